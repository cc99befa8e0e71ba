//! A contract's invoice, out of its settled epochs.

use super::{super::Service, choices::product, refusals::refused};
use crate::{clock, identity::failed};
use api::{Error, Invoice, InvoiceLine};
use market::{BondState, Contract, Refusal, Settlement};
use units::{AccountId, ContractId, Sats};

pub(crate) async fn invoice(
    service: &Service,
    account: AccountId,
    id: ContractId,
) -> Result<Invoice, Error> {
    let found = service.exchange.read(|market| {
        let contract = market.contract(&id).ok_or(Refusal::UnknownContract)?;
        contract.party(&account).ok_or(Refusal::NotParty)?;
        Ok(contract.clone())
    });
    let contract = found.map_err(refused)?;
    let mut db = service.store.reader().await.map_err(|why| failed(&why))?;
    let paid = crate::store::payments(&mut db, &contract).await;
    let paid = paid.map_err(|why| failed(&why))?;
    // The database may be an epoch ahead of what was read.
    let settled = usize::try_from(contract.epochs_settled).unwrap_or(usize::MAX);
    let paid = paid.into_iter().take(settled);
    let settlements: Vec<Settlement> = paid.map(|payment| payment.settlement).collect();
    let made = market::Invoice::of(&contract, &settlements).map_err(|why| failed(&why))?;
    Ok(told(&contract, &made))
}

fn told(contract: &Contract, made: &market::Invoice) -> Invoice {
    let line = |line: &market::InvoiceLine| InvoiceLine {
        epoch: line.epoch,
        epoch_hash: stratum::hex::encode(&line.epoch_hash),
        settled_at_ms: line.settled_at.unix_ms(),
        shares: line.shares,
        work_hashes: line.work,
        amount_sats: line.amount,
        to_host_sats: line.to_host,
        fee_sats: line.fee,
    };
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
        lines: made.lines.iter().map(line).collect(),
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
