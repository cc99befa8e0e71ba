//! What clients see, made of what the parts know.

use super::{Service, trading};
use crate::{
    clock,
    pools::sentence,
    store::Payment,
    stratum::{Activity, Delivery, Stats, bucket},
};
use api::{
    Bill, ContractState, ContractSummary, Counts, HashrateEstimate, Settlement, Trade, WorkerState,
    WorkerView,
};
use ledger::{Account, Ledger};
use market::{CloseReason, Contract, Market, PoolTarget};
use orderbook::Side;
use pow::Interval;
use std::{collections::BTreeMap, sync::Arc};
use units::{ContractId, Hashrate, ListingId, Sats, Timestamp, Work};

/// Contracts that the market's view lists.
const CONTRACTS_LISTED: usize = 100;

pub(super) fn market(service: &Service, product: api::Product) -> api::Market {
    let now = clock::now();
    service.exchange.read(|market| {
        let mut contracts: Vec<&Contract> = market.contracts().collect();
        contracts.reverse();
        contracts.truncate(CONTRACTS_LISTED);
        let settings = market.settings();
        api::Market {
            at_ms: now.unix_ms(),
            lot_hs: settings.lot,
            tick_sats_per_phs_day: settings.tick,
            fee_bps: settings.fee_bps,
            product,
            bids: trading::levels(market, product, Side::Bid),
            asks: trading::levels(market, product, Side::Ask),
            last_trade: market.last_trade().map(|trade| Trade {
                at_ms: trade.at.unix_ms(),
                price_sats_per_phs_day: trade.price,
                hashrate_hs: trade.hashrate,
                product: traded(market, trade.contract),
                contract: trade.contract.get(),
            }),
            contracts: contracts
                .into_iter()
                .map(|c| summary(service, market, c, now))
                .collect(),
            sandbox: service.sandbox,
            stratum_url: format!("stratum+tcp://{}", service.stratum),
        }
    })
}

/// What a contract was opened for.
fn traded(market: &Market, contract: ContractId) -> api::Product {
    let contract = market.contract(&contract);
    contract.map_or_else(Default::default, |contract| {
        trading::product(contract.agreement.product())
    })
}

pub(super) fn summary(
    service: &Service,
    market: &Market,
    contract: &Contract,
    now: Timestamp,
) -> ContractSummary {
    let delivery = service.desk.delivery(contract.id);
    let delivered = delivery.map(|d| d.stats().delivered(contract.opened_at, now).0);
    ContractSummary {
        id: contract.id.get(),
        buyer: contract.buyer.to_string(),
        host: contract.host.to_string(),
        hashrate_hs: contract.hashrate,
        price_sats_per_phs_day: contract.price,
        product: trading::product(contract.agreement.product()),
        state: state(contract),
        delivered: delivered.map(estimate).unwrap_or_default(),
        paid_sats: paid(market.ledger(), contract),
    }
}

/// What left the contract's escrow and is no refund.
fn paid(ledger: &Ledger, contract: &Contract) -> Sats {
    let left = ledger.balance(&Account::Escrow(contract.id)).debits_posted;
    let refunded = if contract.is_live() {
        Sats::ZERO
    } else {
        contract.unspent()
    };
    let paid = left.saturating_sub(u128::from(refunded.get()));
    u64::try_from(paid).map_or(Sats::MAX, Sats::new)
}

pub(super) fn contract(
    service: &Service,
    delivery: &Delivery,
    settled: Vec<Payment>,
) -> Result<api::Contract, api::Error> {
    let now = clock::now();
    let id = delivery.contract.id;
    let found = service.exchange.read(|market| {
        let contract = market.contract(&id)?.clone();
        let escrow = market.ledger().balance(&Account::Escrow(id)).spendable();
        Some((
            contract,
            u64::try_from(escrow).map(Sats::new).unwrap_or_default(),
        ))
    });
    let Some((contract, escrow_sats)) = found else {
        return Err(api::Error::not_found(format!("There is no contract {id}.")));
    };
    let totals = delivery.log.totals();
    let open_sats = totals
        .owed
        .checked_sub(contract.owed_total)
        .unwrap_or_default();
    let bill = Bill {
        escrow_sats,
        // From the transfers, not from what was owed: this is what the verdict is held against.
        paid_sats: settled.first().map(|p| p.paid_total).unwrap_or_default(),
        fee_sats: contract.fee_total,
        // A closed contract's open epoch is sealed before it closes.
        open_sats: if contract.is_live() {
            open_sats
        } else {
            Sats::ZERO
        },
    };
    // Before the counts are locked: crews look at them too.
    let activities = delivery.activities();
    let epoch_end = totals.epoch_start.after(contract.epoch_length).unix_ms();
    let stats = delivery.stats();
    let (interval, over) = stats.delivered(contract.opened_at, now);
    let work_rate = |work: Work| {
        let per_second = work.get().saturating_mul(1_000) / u128::from(bucket().get());
        Hashrate::new(per_second)
    };
    Ok(api::Contract {
        at_ms: now.unix_ms(),
        id: id.get(),
        buyer: contract.buyer.to_string(),
        host: contract.host.to_string(),
        hashrate_hs: contract.hashrate,
        price_sats_per_phs_day: contract.price,
        budget_sats: contract.budget,
        fee_bps: contract.fee_bps,
        opened_at_ms: contract.opened_at.unix_ms(),
        epoch_length_ms: contract.epoch_length.get(),
        pool: pool_name(&contract.pool),
        pool_connected: delivery.pool_connected(),
        shares_per_minute: delivery.shares_per_minute(),
        fail_over: fail_over(&contract, delivery),
        state: state(&contract),
        agreed: agreed(&contract.agreement),
        delivered: estimate(interval),
        delivered_over_ms: over.get(),
        counts: counts(&stats, totals.shares),
        work_hashes: totals.work,
        last_share_at_ms: stats.last_share.map(Timestamp::unix_ms),
        bill,
        workers: workers(&stats, &activities, now),
        settlements: settled.iter().map(settlement).collect(),
        epoch_ends_at_ms: contract.is_live().then_some(epoch_end),
        bundle_bytes: delivery.log.bytes(),
        shares_removed_at_ms: delivery.log.removed_at().map(Timestamp::unix_ms),
        history: stats.history(now).into_iter().map(work_rate).collect(),
    })
}

fn agreed(agreement: &market::Agreement) -> api::Agreed {
    api::Agreed {
        product: trading::product(agreement.product()),
        term: agreement.term().map(term),
        notice: agreement.notice.map(trading::notice_of),
        listing: agreement.listing.map(ListingId::get),
        attributes: trading::attributes(&agreement.attributes),
        rejects: trading::rejects_of(&agreement.rejects),
    }
}

const fn term(term: &market::TermContract) -> api::TermAgreed {
    let (bond_state, bond_forfeited_sats) = match term.bond.state {
        market::BondState::Posted => (api::BondState::Posted, Sats::ZERO),
        market::BondState::Ended { forfeited } => (api::BondState::Ended, forfeited),
    };
    api::TermAgreed {
        starts_at_ms: term.starts_at.unix_ms(),
        ends_at_ms: term.ends_at().unix_ms(),
        bond_sats: term.bond.amount,
        bond_state,
        bond_forfeited_sats,
        tolerance_ppm: term.tolerance_ppm,
        confidence_ppm: term.confidence_ppm,
    }
}

pub(super) fn pool_name(pool: &PoolTarget) -> String {
    format!("{}:{}", pool.host(), pool.port())
}

fn fail_over(contract: &Contract, delivery: &Delivery) -> api::FailOver {
    let name = |place: usize| contract.pools().nth(place).map(pool_name);
    let trouble = delivery.pool_trouble().filter(|_| contract.is_live());
    api::FailOver {
        backups: contract.backups.as_slice().iter().map(pool_name).collect(),
        serving: delivery.pool_serving().and_then(name),
        small_extranonce2_bytes: delivery
            .small_extranonce2()
            .and_then(|bytes| u32::try_from(bytes).ok()),
        trouble: trouble.and_then(|trouble| {
            Some(api::PoolTrouble {
                pool: name(trouble.pool)?,
                at_ms: trouble.at.unix_ms(),
                why: sentence(&trouble.words),
            })
        }),
    }
}

fn counts(stats: &Stats, accepted: u64) -> Counts {
    Counts {
        accepted,
        stale: stats.stale,
        rejected: stats.rejected,
        forwarded: stats.forwarded,
        not_sent: stats.not_sent,
        pool_accepted: stats.pool_accepted,
        pool_rejected: stats.pool_rejected,
    }
}

fn workers(stats: &Stats, activities: &Activities, now: Timestamp) -> Vec<WorkerView> {
    let logins = stats.logins(now);
    logins
        .map(|(name, login, interval)| WorkerView {
            login: name.to_owned(),
            online: activities.contains_key(name),
            state: worker_state(activities.get(name)),
            shares: login.shares,
            hashrate: estimate(interval),
            difficulty: login.difficulty.map(|d| d.to_string()).unwrap_or_default(),
            last_share_at_ms: login.last_share.map(Timestamp::unix_ms),
        })
        .collect()
}

/// Of the machines that are connected, by login.
type Activities = BTreeMap<Arc<str>, Activity>;

const fn worker_state(connected: Option<&Activity>) -> WorkerState {
    match connected {
        Some(Activity::Working) => WorkerState::Working,
        Some(Activity::Elsewhere) => WorkerState::Elsewhere,
        Some(Activity::Idle) => WorkerState::Idle,
        Some(Activity::Silent) => WorkerState::Silent,
        None => WorkerState::Offline,
    }
}

fn settlement(payment: &Payment) -> Settlement {
    let settled = &payment.settlement;
    Settlement {
        epoch: settled.epoch,
        at_ms: settled.at.unix_ms(),
        shares_total: settled.shares_total,
        work_total_hashes: settled.work_total,
        host_sats: payment.host,
        fee_sats: payment.fee,
        paid_total_sats: payment.paid_total,
        epoch_hash: stratum::hex::encode(&settled.epoch_hash),
    }
}

fn state(contract: &Contract) -> ContractState {
    match contract.state {
        market::ContractState::Live => ContractState::Live,
        market::ContractState::Closed(CloseReason::BudgetSpent) => ContractState::BudgetSpent,
        market::ContractState::Closed(CloseReason::ByBuyer) => ContractState::ClosedByBuyer,
        market::ContractState::Closed(CloseReason::ByHost) => ContractState::ClosedByHost,
        market::ContractState::Closed(CloseReason::TermOver) => ContractState::TermOver,
        market::ContractState::Closed(CloseReason::ProofFull) => ContractState::ProofFull,
    }
}

fn estimate(interval: Interval) -> HashrateEstimate {
    HashrateEstimate {
        estimate_hs: interval.hashrate,
        low_hs: interval.low,
        high_hs: interval.high,
    }
}
