//! What a command will change: decided without changing anything, then carried out as a whole.

use crate::{
    Bid, Contract, Event, Fleet, Listing, Market, PoolTarget, Refusal, Reserve, Site, Trade,
    rating::Record,
};
use ledger::Transfer;
use units::{AccountId, ListingId, OrderId};

/// A decision. Dropping it is the rollback.
#[derive(Debug, Default)]
pub(crate) struct Step {
    /// What happens in the book: the events of one command of it.
    pub(crate) booked: Vec<orderbook::Event>,
    /// One linked batch; every one of them is among the events too.
    pub(crate) transfers: Vec<Transfer>,
    /// What is reported, in this order.
    pub(crate) events: Vec<Event>,
    /// Everything else.
    pub(crate) changes: Vec<Change>,
}

/// A new value for a part of the market; none where it is taken out.
#[derive(Debug)]
pub(crate) enum Change {
    Account(AccountId),
    FallbackPool(AccountId, Option<PoolTarget>),
    Bid(OrderId, Option<Box<Bid>>),
    AskBond(OrderId, Option<Reserve>),
    Contract(Box<Contract>),
    LastTrade(Trade),
    Site(Box<Site>),
    Fleet(Fleet),
    Listing(Listing),
    ListingForgotten(ListingId),
    Record(AccountId, Record),
}

impl Step {
    /// A transfer of nothing is none.
    pub(crate) fn transfer(&mut self, transfer: Transfer) {
        if !transfer.amount.is_zero() {
            self.transfers.push(transfer);
            self.events.push(Event::Transferred(transfer));
        }
    }
}

impl Market {
    /// The ledger is the last that can refuse, and itself all or nothing.
    pub(crate) fn carry_out(&mut self, step: Step) -> Result<Vec<Event>, Refusal> {
        self.ledger.apply(&step.transfers)?;
        self.book.absorb(&step.booked);
        step.changes.into_iter().for_each(|change| self.set(change));
        Ok(step.events)
    }

    fn set(&mut self, change: Change) {
        match change {
            Change::Account(account) => {
                self.accounts.insert(account);
            }
            Change::FallbackPool(account, Some(pool)) => {
                self.fallback_pools.insert(account, pool);
            }
            Change::FallbackPool(account, None) => {
                self.fallback_pools.remove(&account);
            }
            Change::Bid(id, Some(bid)) => {
                self.bids.insert(id, *bid);
            }
            Change::Bid(id, None) => {
                self.bids.remove(&id);
            }
            Change::AskBond(id, Some(reserve)) => {
                self.ask_bonds.insert(id, reserve);
            }
            Change::AskBond(id, None) => {
                self.ask_bonds.remove(&id);
            }
            Change::Contract(contract) => {
                self.contracts.insert(contract.id, *contract);
            }
            Change::LastTrade(trade) => self.last_trade = Some(trade),
            Change::Site(site) => self.set_site(*site),
            Change::Fleet(fleet) => self.set_fleet(fleet),
            Change::Listing(listing) => self.set_listing(listing),
            Change::ListingForgotten(id) => self.forget_listing(id),
            Change::Record(host, record) => {
                self.records.insert(host, record);
            }
        }
    }
}
