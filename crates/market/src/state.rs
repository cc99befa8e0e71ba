//! The market's state.

use crate::{
    Bid, Contract, Fleet, Limits, Listing, PoolTarget, Reserve, Site, Trade, product::is_default,
    rating::Record, supply::Owned,
};
use ledger::Ledger;
use orderbook::Book;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use units::{AccountId, ContractId, FleetId, Hashrate, ListingId, Millis, OrderId, Price, SiteId};

/// What the operator fixes. Contracts keep the values that they were opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The smallest hashrate, and the step between hashrates, in H/s.
    pub lot: Hashrate,
    /// The lowest price, and the step between prices.
    pub tick: Price,
    /// The marketplace's part of what is owed, in hundredths of a percent; above 10,000 no epoch can be settled.
    pub fee_bps: u16,
    /// The settlement interval of new contracts.
    pub epoch_length: Millis,
    /// Limits of orders and the terms of new contracts. Older databases have no such field.
    #[serde(default, skip_serializing_if = "is_default")]
    pub limits: Limits,
}

/// The whole market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    pub(crate) settings: Settings,
    pub(crate) accounts: BTreeSet<AccountId>,
    pub(crate) fallback_pools: BTreeMap<AccountId, PoolTarget>,
    pub(crate) book: Book,
    pub(crate) ledger: Ledger,
    /// The money side of the bids in the book.
    pub(crate) bids: BTreeMap<OrderId, Bid>,
    /// What is held for the bonds of the term asks in the book.
    pub(crate) ask_bonds: BTreeMap<OrderId, Reserve>,
    pub(crate) sites: BTreeMap<SiteId, Site>,
    pub(crate) fleets: BTreeMap<FleetId, Fleet>,
    pub(crate) listings: BTreeMap<ListingId, Listing>,
    /// Of these three; kept by `Market::set_site` and its like.
    pub(crate) owned: Owned,
    /// Of hosts of whom something is known.
    pub(crate) records: BTreeMap<AccountId, Record>,
    /// Never removed, so the next id follows from the last one.
    pub(crate) contracts: BTreeMap<ContractId, Contract>,
    pub(crate) last_trade: Option<Trade>,
}

impl Market {
    /// An empty market.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let Settings { lot, tick, .. } = settings;
        Self {
            settings,
            accounts: BTreeSet::new(),
            fallback_pools: BTreeMap::new(),
            book: Book::new(settings.limits.of_book(lot, tick)),
            ledger: Ledger::new(),
            bids: BTreeMap::new(),
            ask_bonds: BTreeMap::new(),
            sites: BTreeMap::new(),
            fleets: BTreeMap::new(),
            listings: BTreeMap::new(),
            owned: Owned::default(),
            records: BTreeMap::new(),
            contracts: BTreeMap::new(),
            last_trade: None,
        }
    }

    /// What the operator fixed.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The order book.
    #[must_use]
    pub const fn book(&self) -> &Book {
        &self.book
    }

    /// The double-entry books.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// True for an open account.
    #[must_use]
    pub fn account_exists(&self, account: &AccountId) -> bool {
        self.accounts.contains(account)
    }

    /// All open accounts, by name.
    pub fn accounts(&self) -> impl Iterator<Item = &AccountId> {
        self.accounts.iter()
    }

    /// Where a host's machines work while no contract needs them.
    #[must_use]
    pub fn fallback_pool(&self, host: &AccountId) -> Option<&PoolTarget> {
        self.fallback_pools.get(host)
    }

    /// The budget and pool of a bid that rests in the book.
    #[must_use]
    pub fn bid(&self, order: &OrderId) -> Option<&Bid> {
        self.bids.get(order)
    }

    /// What is held for the bonds of a term ask that rests in the book.
    #[must_use]
    pub fn ask_bond(&self, order: &OrderId) -> Option<&Reserve> {
        self.ask_bonds.get(order)
    }

    /// A contract, live or closed.
    #[must_use]
    pub fn contract(&self, id: &ContractId) -> Option<&Contract> {
        self.contracts.get(id)
    }

    /// All contracts by id, which is the order in which they were opened.
    pub fn contracts(&self) -> impl Iterator<Item = &Contract> {
        self.contracts.values()
    }

    /// The latest trade.
    #[must_use]
    pub const fn last_trade(&self) -> Option<&Trade> {
        self.last_trade.as_ref()
    }
}
