//! Orders: placed, cancelled, made smaller, expired.

use crate::{
    BackupPools, Market, OrderTerms, PoolTarget, Product, Refusal, Reserve, SharePace,
    matching::Matching, product::is_default, rejects, step::Step, transfers::Purpose,
};
use orderbook::{Constraints, Order, Side, TimeInForce};
use pow::settlement::RejectTerms;
use serde::{Deserialize, Serialize};
use units::{AccountId, Hashrate, ListingId, OrderId, Price, Sats, Timestamp};

/// A resting bid's money, and where the work goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bid {
    /// What is held for it.
    pub reserve: Reserve,
    /// Where the work goes.
    pub pool: PoolTarget,
    /// Where it goes when that pool gives none.
    pub backups: BackupPools,
    /// How often each machine shall find a share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shares_per_minute: Option<SharePace>,
    /// Who pays for refused work in its contracts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rejects: RejectTerms,
}

impl Bid {
    /// What is held for it now.
    #[must_use]
    pub fn held(&self) -> Sats {
        self.reserve.held()
    }
}

/// Whose order, how much, at what price.
pub(crate) type Wanted = (AccountId, Hashrate, Price);

impl Market {
    pub(crate) fn place_ask(
        &self,
        wanted: Wanted,
        listing: Option<ListingId>,
        terms: &OrderTerms,
        at: Timestamp,
    ) -> Result<Step, Refusal> {
        let mut order = self.next_order(wanted, Side::Ask, terms, at)?;
        match listing {
            Some(id) => {
                let listing = self.offered(wanted.0, id, terms.product)?;
                order.pool = Some(listing.pool());
                order.attributes = self.attributes(listing)?;
            }
            None if terms.product != Product::Spot || self.has_machines(wanted.0) => {
                return Err(Refusal::ListingNeeded);
            }
            None => {}
        }
        order.attributes.bears = rejects::borne_by_host(&terms.rejects);
        let booked = self.book.place_at(&order, at)?;
        Matching::of(self, Some(order), at).carry_out(booked)
    }

    /// What such a host sells is listed: the same machines are not sold once more beside that.
    fn has_machines(&self, host: AccountId) -> bool {
        self.fleets_of(host).any(|fleet| fleet.count > 0)
    }

    pub(crate) fn place_bid(
        &self,
        wanted: Wanted,
        budget: Sats,
        (pool, backups, pace): (&PoolTarget, &BackupPools, Option<u32>),
        (constraints, terms): (&Constraints, &OrderTerms),
        at: Timestamp,
    ) -> Result<Step, Refusal> {
        let mut order = self.next_order(wanted, Side::Bid, terms, at)?;
        let shares_per_minute = pace.map(SharePace::new).transpose()?;
        order.constraints = Constraints {
            bears: rejects::borne_by_host(&terms.rejects),
            ..*constraints
        };
        let booked = self.book.place_at(&order, at)?;
        let owner = (wanted.0, Purpose::Budget);
        let until = crate::matching::good_till(&order);
        let bid = Bid {
            reserve: Reserve::new(owner, order.hashrate, budget, until),
            pool: pool.clone(),
            backups: backups.clone(),
            shares_per_minute,
            rejects: terms.rejects,
        };
        let mut matching = Matching::of(self, Some(order), at);
        matching.hold_budget(&order, bid)?;
        matching.carry_out(booked)
    }

    /// A command of the book that places nothing.
    pub(crate) fn change_orders(
        &self,
        command: &orderbook::Command,
        at: Timestamp,
    ) -> Result<Step, Refusal> {
        let booked = self.book.preview(command)?;
        Matching::of(self, None, at).carry_out(booked)
    }

    pub(crate) fn cancel_all(&self, account: AccountId, at: Timestamp) -> Result<Step, Refusal> {
        self.require_account(&account)?;
        self.change_orders(&orderbook::Command::CancelAll { account }, at)
    }

    /// Where no order's time is over nothing changes, the book's time neither: the command needs no place in a journal.
    pub(crate) fn expire_orders(&self, at: Timestamp) -> Result<Step, Refusal> {
        let step = self.change_orders(&orderbook::Command::Expire { now: at }, at)?;
        if step.events.is_empty() {
            return Ok(Step::default());
        }
        Ok(step)
    }

    /// The checks that are the market's and not the book's.
    fn next_order(
        &self,
        (account, hashrate, price): Wanted,
        side: Side,
        terms: &OrderTerms,
        at: Timestamp,
    ) -> Result<Order, Refusal> {
        self.require_account(&account)?;
        rejects::check(terms)?;
        let last = self.book.last_id().map_or(0, OrderId::get);
        let id = OrderId::new(last.checked_add(1).ok_or(Refusal::Overflow)?);
        if matches!(terms.time_in_force, TimeInForce::Gtd(until) if until <= at) {
            return Err(Refusal::Order(orderbook::Refusal::TimePassed));
        }
        Ok(Order {
            product: terms.product.in_book(),
            time_in_force: terms.time_in_force,
            post_only: terms.post_only,
            minimum_fill: terms.minimum_fill,
            self_trade: terms.self_trade,
            client_id: terms.client_id,
            ..Order::limit(id, account, side, hashrate, price)
        })
    }
}
