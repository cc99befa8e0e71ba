//! What happened in the market.

use crate::{CloseReason, Contract, Fleet, Listing, Notice, PoolTarget, Site, hex};
use ledger::Transfer;
use orderbook::{CancelReason, Order};
use serde::{Deserialize, Serialize};
use units::{AccountId, ContractId, Hashrate, ListingId, OrderId, Price, Sats, Timestamp, Work};

/// One consequence of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "few of them at a time, and nearly all hold an order or a contract"
)]
pub enum Event {
    /// An account is open.
    AccountOpened {
        /// Its name.
        account: AccountId,
    },
    /// Money moved, was reserved, or came out of a reservation.
    Transferred(Transfer),
    /// A host's idle machines work elsewhere from now on. Holds the pool's login: for the server and the host only.
    FallbackPoolSet {
        /// The host.
        account: AccountId,
        /// None: they get no work.
        pool: Option<PoolTarget>,
    },
    /// An order waits in the book.
    OrderRested {
        /// As it was placed.
        order: Order,
        /// What it still wants to trade.
        remaining: Hashrate,
    },
    /// Two orders met.
    Traded(Trade),
    /// An order was taken out of the book, or what was left of an arriving one did not go in.
    OrderCancelled {
        /// As it was placed, less reductions.
        order: Order,
        /// What it had not traded.
        remaining: Hashrate,
        /// Why.
        reason: CancelReason,
    },
    /// An order wants less, because its account said so.
    OrderReduced {
        /// The order.
        order: OrderId,
        /// By how much.
        by: Hashrate,
        /// What it still wants to trade.
        remaining: Hashrate,
    },
    /// An ask offers less, because its listing has no more.
    OrderShrunk {
        /// The order.
        order: OrderId,
        /// What it still wants to trade.
        remaining: Hashrate,
    },
    /// The search for an arriving order ended at the visit budget, with orders left that it could have traded with.
    SearchTruncated {
        /// The arriving order.
        order: OrderId,
        /// The budget.
        visits: u64,
    },
    /// A host described a site, or described it anew.
    SiteDescribed(Site),
    /// A host described a fleet, or described it anew.
    FleetDescribed(Fleet),
    /// A host sells capacity.
    CapacityListed(Listing),
    /// Nothing more is sold of a listing.
    ListingWithdrawn {
        /// The listing.
        listing: ListingId,
    },
    /// A trade became a contract. Holds the pool's login: for the server and the buyer only.
    ContractOpened(Contract),
    /// An epoch of a contract was paid.
    EpochSettled(Settlement),
    /// A side told the end of a contract.
    NoticeGiven {
        /// The contract.
        contract: ContractId,
        /// Who, and with which epoch it ends.
        notice: Notice,
    },
    /// A term contract is over: its bond is free.
    BondEnded {
        /// The contract.
        contract: ContractId,
        /// What of it went to the buyer.
        forfeited: Sats,
        /// What of it went back to the host.
        returned: Sats,
        /// The work that is missing beyond tolerance and doubt.
        missing: Work,
    },
    /// A contract ended.
    ContractClosed {
        /// The contract.
        contract: ContractId,
        /// Why.
        reason: CloseReason,
        /// What went back to the buyer.
        refunded: Sats,
    },
}

/// Two orders that met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// From 1, without gaps.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// The order that rested.
    pub maker: OrderId,
    /// The order that arrived.
    pub taker: OrderId,
    /// The maker's price.
    pub price: Price,
    /// What was traded, in H/s.
    pub hashrate: Hashrate,
    /// What the trade became.
    pub contract: ContractId,
}

/// One paid epoch. Totals are of the contract, this epoch included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// The contract.
    pub contract: ContractId,
    /// The epoch's number, from 0.
    pub epoch: u32,
    /// When it was paid.
    pub at: Timestamp,
    /// Valid shares.
    pub shares_total: u64,
    /// Verified work.
    pub work_total: Work,
    /// What is owed for the work by the contract's price and its terms on refused work, fee included.
    pub owed_total: Sats,
    /// What the host got for this epoch, after the fee.
    pub paid_host: Sats,
    /// The fee on this epoch.
    pub fee: Sats,
    /// The hash that seals the epoch's record.
    #[serde(with = "hex")]
    pub epoch_hash: [u8; 32],
}
