//! The market's state and its one way in.

use crate::{Bid, Command, Contract, Event, PoolTarget, Refusal, Trade};
use ledger::Ledger;
use orderbook::Book;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use units::{AccountId, ContractId, Hashrate, Millis, OrderId, Price, Timestamp};

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
            book: Book::new(orderbook::Settings { lot, tick }),
            ledger: Ledger::new(),
            bids: BTreeMap::new(),
            contracts: BTreeMap::new(),
            last_trade: None,
        }
    }

    /// Carries out a command. No events and no refusal: the command was a retry of one that has been carried out.
    ///
    /// # Errors
    /// `Refusal`; then nothing has changed.
    pub fn apply(&mut self, command: &Command, at: Timestamp) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::OpenAccount { account } => self.open_account(*account),
            Command::Deposit {
                account,
                amount,
                reference,
            } => self.deposit(*account, *amount, *reference),
            Command::SetFallbackPool { account, pool } => {
                self.set_fallback_pool(*account, pool.as_ref())
            }
            Command::PlaceAsk {
                account,
                hashrate,
                price,
            } => self.place_ask(*account, *hashrate, *price, at),
            Command::PlaceBid {
                account,
                hashrate,
                price,
                budget,
                pool,
                backups,
                shares_per_minute,
            } => {
                let order = (*account, *hashrate, *price);
                self.place_bid(order, *budget, (pool, backups), *shares_per_minute, at)
            }
            Command::CancelOrder { account, order } => self.cancel_order(*account, *order),
            Command::SettleEpoch {
                contract,
                epoch,
                shares_total,
                work_total,
                owed_total,
                epoch_hash,
            } => {
                let totals = crate::settlement::Totals {
                    shares: *shares_total,
                    work: *work_total,
                    owed: *owed_total,
                    epoch_hash: *epoch_hash,
                };
                self.settle_epoch(*contract, *epoch, totals, at)
            }
            Command::CloseContract { contract, reason } => self.close_contract(*contract, *reason),
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
