//! What the market is asked to do. Commands are journalled as JSON: a change here must still read old journals.

use crate::{
    BackupPools, EpochDelivery, Model, OrderTerms, PoolTarget, Product, SiteDescription, hex,
    product::is_default,
};
use ledger::TransferId;
use orderbook::Constraints;
use pow::settlement::{CloseReason, Tally};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use units::{
    AccountId, ContractId, FleetId, Hashrate, ListingId, OrderId, Price, Sats, SiteId, Work,
};

/// One step of the market's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Opens an account.
    OpenAccount {
        /// Its name, not taken yet.
        account: AccountId,
    },
    /// Money comes in from outside.
    Deposit {
        /// Whose it becomes.
        account: AccountId,
        /// How much.
        amount: Sats,
        /// What the outside calls this payment: the same reference is the same deposit, and counts once.
        reference: TransferId,
    },
    /// Names the pool that a host's machines work for while no contract needs them.
    SetFallbackPool {
        /// The host.
        account: AccountId,
        /// None: they get no work then.
        pool: Option<PoolTarget>,
    },
    /// Offers hashrate.
    PlaceAsk {
        /// The host.
        account: AccountId,
        /// In H/s, a positive multiple of the lot.
        hashrate: Hashrate,
        /// The lowest price, a positive multiple of the tick.
        price: Price,
        /// The capacity that it draws on; none for a host that has described no machines: such an ask states nothing and sells spot
        /// only. The API and the pages always name one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        listing: Option<ListingId>,
        /// Its other terms. Older journals have no such field.
        #[serde(default, skip_serializing_if = "is_default")]
        terms: OrderTerms,
    },
    /// Wants hashrate.
    PlaceBid {
        /// The buyer.
        account: AccountId,
        /// In H/s, a positive multiple of the lot.
        hashrate: Hashrate,
        /// The highest price, a positive multiple of the tick.
        price: Price,
        /// All that the contracts of this bid may cost together; at least one sat for each lot.
        budget: Sats,
        /// Where the work goes.
        pool: PoolTarget,
        /// Where it goes when that pool gives none. Older journals have no such field.
        #[serde(default, skip_serializing_if = "BackupPools::is_empty")]
        backups: BackupPools,
        /// How often each machine of its contracts shall find a share: 6 to 20 times a minute, or as the server is set.
        /// Older journals have no such field.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shares_per_minute: Option<u32>,
        /// What it requires of asks. Older journals have no such field.
        #[serde(default, skip_serializing_if = "is_default")]
        constraints: Constraints,
        /// Its other terms. Older journals have no such field.
        #[serde(default, skip_serializing_if = "is_default")]
        terms: OrderTerms,
    },
    /// Says what a host's site is.
    DescribeSite {
        /// The host.
        account: AccountId,
        /// A site to describe anew; none for a new one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        site: Option<SiteId>,
        /// All of it.
        description: SiteDescription,
    },
    /// Says what machines of one model stand at a site.
    DescribeFleet {
        /// The host.
        account: AccountId,
        /// A fleet to describe anew; none for a new one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fleet: Option<FleetId>,
        /// Where they stand: one of the host's sites.
        site: SiteId,
        /// Which they are.
        model: Model,
        /// How many; 0 for a fleet that is gone.
        count: u32,
    },
    /// Offers a part of a fleet for sale: asks draw on it.
    ListCapacity {
        /// The host.
        account: AccountId,
        /// Whose machines: one of the host's fleets.
        fleet: FleetId,
        /// In H/s, a positive multiple of the lot, at most what is left of the fleet.
        hashrate: Hashrate,
        /// What asks may sell of it.
        products: BTreeSet<Product>,
    },
    /// Sells nothing more of a listing: its asks are cancelled, its contracts go on.
    WithdrawListing {
        /// The host.
        account: AccountId,
        /// One of the host's listings.
        listing: ListingId,
    },
    /// Makes a resting order smaller; it keeps its place.
    ReduceOrder {
        /// Whose order it is.
        account: AccountId,
        /// The order.
        order: OrderId,
        /// By how much: a positive multiple of the lot, less than what it still wants.
        by: Hashrate,
    },
    /// Takes all of an account's orders out of the book.
    CancelAll {
        /// Whose.
        account: AccountId,
    },
    /// Takes out the orders whose time is over by the command's time.
    ExpireOrders,
    /// Takes an order out of the book.
    CancelOrder {
        /// Whose order it is.
        account: AccountId,
        /// The order.
        order: OrderId,
    },
    /// Pays a contract's next epoch. Totals are of the contract since it was opened, this epoch included.
    SettleEpoch {
        /// The contract.
        contract: ContractId,
        /// Its number, from 0, without gaps.
        epoch: u32,
        /// Valid shares.
        shares_total: u64,
        /// Verified work.
        work_total: Work,
        /// `pow::settlement::RejectTerms::owed_total` by the contract's terms on refused work, without other terms
        /// `owed(work_total, price)`; at most the contract's budget.
        owed_total: Sats,
        /// The hash that seals the epoch's record.
        #[serde(with = "hex")]
        epoch_hash: [u8; 32],
        /// True where no share is counted after it. Only then does a contract end with it that has reason to: an epoch that was sealed
        /// just before notice came is not the last, since the next one has begun.
        #[serde(default, skip_serializing_if = "is_default")]
        last: bool,
        /// What the rule on under-delivery needs to know; must be there for a term contract.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delivery: Option<EpochDelivery>,
        /// The work by class; must be there where the contract's terms ask what the pools answered. Older journals have no such field.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tally: Option<Tally>,
    },
    /// Tells the end of a contract: the open epoch is the last.
    GiveNotice {
        /// The buyer or the host.
        account: AccountId,
        /// The contract.
        contract: ContractId,
        /// The epoch that is being delivered: the next to settle, or the one after while that one is sealed but not settled.
        open_epoch: u32,
    },
    /// Ends a term contract whose time is over by the command's time. Every epoch that was delivered must be settled before.
    ExpireTerm {
        /// The contract.
        contract: ContractId,
    },
    /// Ends a contract and refunds the rest of its budget.
    CloseContract {
        /// The contract.
        contract: ContractId,
        /// Why.
        reason: CloseReason,
    },
}
