//! The market as bytes, and the hash of them.

use crate::{
    BackupPools, Bid, CloseReason, Contract, ContractState, Market, PoolTarget, SharePace, Trade,
};
use units::{AccountId, OrderId};

impl Market {
    /// SHA-256 over everything the market knows: equal markets give equal hashes, different ones different hashes.
    /// For comparing a replay with what was; the form may change between versions.
    #[must_use]
    pub fn state_hash(&self) -> [u8; 32] {
        let mut out = b"assay/market/v1\0".to_vec();
        out.extend(self.settings.lot.get().to_be_bytes());
        put(&mut out, self.settings.tick.get());
        put(&mut out, self.settings.fee_bps.into());
        put(&mut out, self.settings.epoch_length.get());
        put(&mut out, self.accounts.len() as u64);
        self.accounts
            .iter()
            .for_each(|account| put_account(&mut out, account));
        put(&mut out, self.fallback_pools.len() as u64);
        self.fallback_pools.iter().for_each(|(account, pool)| {
            put_account(&mut out, account);
            put_pool(&mut out, pool);
        });
        self.book.encode(&mut out);
        self.ledger.encode(&mut out);
        put(&mut out, self.bids.len() as u64);
        self.bids
            .iter()
            .for_each(|(id, bid)| put_bid(&mut out, id, bid));
        put(&mut out, self.contracts.len() as u64);
        self.contracts
            .values()
            .for_each(|contract| put_contract(&mut out, contract));
        put(&mut out, self.last_trade.is_some().into());
        self.last_trade
            .iter()
            .for_each(|trade| put_trade(&mut out, trade));
        pow::sha256(&out)
    }
}

fn put(out: &mut Vec<u8>, number: u64) {
    out.extend(number.to_be_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, text.len() as u64);
    out.extend(text.as_bytes());
}

fn put_account(out: &mut Vec<u8>, account: &AccountId) {
    put_text(out, account.as_str());
}

fn put_pool(out: &mut Vec<u8>, pool: &PoolTarget) {
    put_text(out, pool.host());
    put(out, pool.port().into());
    put_text(out, pool.user());
    put_text(out, pool.password());
}

fn put_backups(out: &mut Vec<u8>, backups: &BackupPools) {
    put(out, backups.as_slice().len() as u64);
    (backups.as_slice().iter()).for_each(|pool| put_pool(out, pool));
}

/// No pace is 0.
fn put_pace(out: &mut Vec<u8>, pace: Option<SharePace>) {
    put(out, pace.map_or(0, SharePace::get).into());
}

fn put_bid(out: &mut Vec<u8>, id: &OrderId, bid: &Bid) {
    put(out, id.get());
    put_account(out, &bid.account);
    out.extend(bid.hashrate.get().to_be_bytes());
    put(out, bid.budget.get());
    put_pool(out, &bid.pool);
    put_backups(out, &bid.backups);
    put_pace(out, bid.shares_per_minute);
    put(out, bid.fills);
    put(out, bid.funded.get());
}

fn put_contract(out: &mut Vec<u8>, contract: &Contract) {
    put(out, contract.id.get());
    put_account(out, &contract.buyer);
    put_account(out, &contract.host);
    out.extend(contract.hashrate.get().to_be_bytes());
    put(out, contract.price.get());
    put(out, contract.budget.get());
    put_pool(out, &contract.pool);
    put_backups(out, &contract.backups);
    put_pace(out, contract.shares_per_minute);
    put(out, contract.opened_at.unix_ms());
    put(out, contract.epoch_length.get());
    put(out, contract.fee_bps.into());
    out.push(match contract.state {
        ContractState::Live => 0,
        ContractState::Closed(CloseReason::BudgetSpent) => 1,
        ContractState::Closed(CloseReason::ByBuyer) => 2,
        ContractState::Closed(CloseReason::ByHost) => 3,
        ContractState::Closed(CloseReason::ProofFull) => 4,
    });
    put(out, contract.epochs_settled.into());
    put(out, contract.shares_total);
    out.extend(contract.work_total.get().to_be_bytes());
    put(out, contract.owed_total.get());
    put(out, contract.fee_total.get());
    out.extend(contract.last_epoch_hash);
}

fn put_trade(out: &mut Vec<u8>, trade: &Trade) {
    put(out, trade.number);
    put(out, trade.at.unix_ms());
    put(out, trade.maker.get());
    put(out, trade.taker.get());
    put(out, trade.price.get());
    out.extend(trade.hashrate.get().to_be_bytes());
    put(out, trade.contract.get());
}
