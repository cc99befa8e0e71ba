//! A contract's invoice, out of its settled epochs.

use super::{super::Service, choices::product, refusals::refused};
use crate::{clock, identity::failed, store::Store};
use api::{Error, Invoice, InvoiceLine, InvoiceRange};
use market::{BondState, Contract, Refusal};
use units::{AccountId, ContractId, Sats};

pub(crate) async fn invoice(
    service: &Service,
    account: AccountId,
    id: ContractId,
    lines: InvoiceRange,
) -> Result<Invoice, Error> {
    let limit = lines.limit;
    if !(1..=InvoiceRange::MAX).contains(&limit) {
        let words = format!("An answer has 1 to {} lines.", InvoiceRange::MAX);
        return Err(Error::bad_request(words).about("limit"));
    }
    let contract = of_party(service, account, id)?;
    let made = page(&service.store, &contract, lines).await?;
    Ok(told(&contract, &made, lines))
}

/// The contract, for its buyer and its host.
pub(super) fn of_party(
    service: &Service,
    account: AccountId,
    id: ContractId,
) -> Result<Contract, Error> {
    let found = service.exchange.read(|market| {
        let contract = market.contract(&id).ok_or(Refusal::UnknownContract)?;
        contract.party(&account).ok_or(Refusal::NotParty)?;
        Ok(contract.clone())
    });
    found.map_err(refused)
}

/// Some lines of the invoice of a contract as it stood when it was read: the database may be ahead of that.
pub(super) async fn page(
    store: &Store,
    contract: &Contract,
    lines: InvoiceRange,
) -> Result<market::Invoice, Error> {
    let settled = contract.epochs_settled;
    let from = lines.from.min(settled);
    let until = from.saturating_add(lines.limit).min(settled);
    // With the one before, whose totals are what the first line begins with.
    let epochs = from.saturating_sub(1)..until;
    let found = store.settlements(contract.id, epochs).await;
    let found = found.map_err(|why| failed(&why))?;
    let (before, lines) = match found.split_first() {
        Some((before, lines)) if from > 0 => (Some(before), lines),
        _ => (None, &found[..]),
    };
    market::Invoice::page(contract, before, lines).map_err(|why| failed(&why))
}

pub(super) fn line(line: &market::InvoiceLine) -> InvoiceLine {
    InvoiceLine {
        epoch: line.epoch,
        epoch_hash: stratum::hex::encode(&line.epoch_hash),
        settled_at_ms: line.settled_at.unix_ms(),
        shares: line.shares,
        work_hashes: line.work,
        amount_sats: line.amount,
        to_host_sats: line.to_host,
        fee_sats: line.fee,
    }
}

fn told(contract: &Contract, made: &market::Invoice, asked: InvoiceRange) -> Invoice {
    let next = asked.from.saturating_add(asked.limit);
    let bond = contract.agreement.term().map(|term| term.bond.state);
    Invoice {
        at_ms: clock::now().unix_ms(),
        contract: contract.id.get(),
        buyer: made.buyer,
        host: made.host,
        product: product(contract.agreement.product()),
        hashrate_hs: made.hashrate,
        price_sats_per_phs_day: made.price,
        fee_bps: made.fee_bps,
        epochs: contract.epochs_settled,
        lines: made.lines.iter().map(line).collect(),
        next: (next < contract.epochs_settled).then_some(next),
        work_hashes: made.work,
        amount_sats: made.amount,
        to_host_sats: made.to_host,
        fee_sats: made.fee,
        budget_sats: made.budget,
        rest_sats: made.rest,
        compensation_sats: match bond {
            Some(BondState::Ended { forfeited }) => forfeited,
            Some(BondState::Posted) | None => Sats::ZERO,
        },
        closed: !contract.is_live(),
        bundle: format!("/api/v1/contracts/{}/bundle", contract.id),
    }
}
