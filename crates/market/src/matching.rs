//! What the book's events bring about: money, contracts, and what is reported.

use crate::{
    Agreed, Agreement, Bid, Bond, Contract, EpochDelivery, Event, Listing, Market, Product,
    Refusal, Reserve, Term, TermContract, Trade, bond_for, notional,
    step::{Change, Step},
    transfers::{self, Purpose},
};
use ledger::Account;
use orderbook::{CancelReason, Fill, Order, PoolId, Side, TimeInForce};
use std::collections::BTreeMap;
use units::{ContractId, Hashrate, ListingId, OrderId, Price, Sats, Timestamp};

/// A decision in the making, beside the market that it would change.
pub(crate) struct Matching<'a> {
    market: &'a Market,
    at: Timestamp,
    /// The order that a command places.
    arriving: Option<Order>,
    step: Step,
    /// Bids that changed; none for one that is gone.
    bids: BTreeMap<OrderId, Option<Bid>>,
    /// Bonds held for resting asks, likewise.
    bonds: BTreeMap<OrderId, Option<Reserve>>,
    listings: BTreeMap<ListingId, Listing>,
    last_contract: u64,
    last_trade: Option<Trade>,
    /// An arriving bid's budget, until it is held.
    budget: Option<Reserve>,
    /// What the arriving ask's host puts up, in sats.
    bonded: u128,
    /// What is given back of orders of the arriving one's account whose time is over, in sats.
    freed: u128,
}

/// The time that a GTD order is good till.
pub(crate) const fn good_till(order: &Order) -> Option<Timestamp> {
    match order.time_in_force {
        TimeInForce::Gtd(until) => Some(until),
        _ => None,
    }
}

/// Of orders whose time is over.
const fn is_of_time(event: &orderbook::Event) -> bool {
    match event {
        orderbook::Event::TimePassed { .. } => true,
        orderbook::Event::Cancelled { reason, .. } => matches!(reason, CancelReason::Expired),
        _ => false,
    }
}

impl<'a> Matching<'a> {
    pub(crate) fn of(market: &'a Market, arriving: Option<Order>, at: Timestamp) -> Self {
        let last = market.contracts.keys().next_back();
        Self {
            market,
            at,
            arriving,
            step: Step::default(),
            bids: BTreeMap::new(),
            bonds: BTreeMap::new(),
            listings: BTreeMap::new(),
            last_contract: last.map_or(0, |id| id.get()),
            last_trade: market.last_trade,
            budget: None,
            bonded: 0,
            freed: 0,
        }
    }

    /// A bid's budget is held before it trades, and after what was given back of orders whose time is over.
    pub(crate) fn hold_budget(&mut self, order: &Order, bid: Bid) -> Result<(), Refusal> {
        let least = self.market.least_budget(order)?;
        if bid.reserve.amount < least {
            return Err(Refusal::BudgetTooSmall { least });
        }
        self.budget = Some(bid.reserve);
        self.bids.insert(order.id, Some(bid));
        Ok(())
    }

    /// Follows the book's events of one command.
    pub(crate) fn carry_out(mut self, booked: Vec<orderbook::Event>) -> Result<Step, Refusal> {
        let of_time = booked.iter().take_while(|event| is_of_time(event));
        let (over, walked) = booked.split_at(of_time.count());
        for event in over {
            self.follow(event)?;
        }
        if let Some((budget, order)) = self.budget.zip(self.arriving) {
            self.step.transfer(budget.hold(order.id));
        }
        for event in walked {
            self.follow(event)?;
        }
        if let Some(ask) = self.arriving.filter(|order| order.side == Side::Ask) {
            self.require_bonds(&ask)?;
        }
        let mut step = self.step;
        step.booked = booked;
        let bids = self.bids.into_iter();
        let bids = bids.map(|(id, bid)| Change::Bid(id, bid.map(Box::new)));
        let bonds = self.bonds.into_iter();
        let bonds = bonds.map(|(id, bond)| Change::AskBond(id, bond));
        let listings = self.listings.into_values().map(Change::Listing);
        step.changes.extend(bids.chain(bonds).chain(listings));
        Ok(step)
    }

    fn follow(&mut self, event: &orderbook::Event) -> Result<(), Refusal> {
        match event {
            orderbook::Event::Rested { order, remaining } => self.rest(order, *remaining)?,
            orderbook::Event::Filled(fill) => self.fill(fill)?,
            orderbook::Event::Cancelled {
                order,
                remaining,
                reason,
            } => {
                self.give_back(order.id, *reason);
                self.step.events.push(Event::OrderCancelled {
                    order: *order,
                    remaining: *remaining,
                    reason: *reason,
                });
            }
            orderbook::Event::Reduced {
                order,
                by,
                remaining,
            } => {
                self.resize(*order, *remaining)?;
                self.step.events.push(Event::OrderReduced {
                    order: *order,
                    by: *by,
                    remaining: *remaining,
                });
            }
            orderbook::Event::Shrunk { order, remaining } => {
                self.resize(*order, *remaining)?;
                self.step.events.push(Event::OrderShrunk {
                    order: *order,
                    remaining: *remaining,
                });
            }
            orderbook::Event::Truncated { order, visits } => {
                self.step.events.push(Event::SearchTruncated {
                    order: *order,
                    visits: *visits,
                });
            }
            orderbook::Event::PoolSet { .. } | orderbook::Event::TimePassed { .. } => {}
        }
        Ok(())
    }

    fn rest(&mut self, order: &Order, remaining: Hashrate) -> Result<(), Refusal> {
        let term = Product::of_book(order.product).and_then(Product::term);
        if let (Side::Ask, Some(term)) = (order.side, term) {
            let amount = self.bond_of(remaining, order.price, term)?;
            let owner = (order.account, Purpose::Bond);
            let reserve = Reserve::new(owner, remaining, amount, good_till(order));
            self.put_up(amount);
            self.step.transfer(reserve.hold(order.id));
            self.bonds.insert(order.id, Some(reserve));
        }
        self.step.events.push(Event::OrderRested {
            order: *order,
            remaining,
        });
        Ok(())
    }

    fn bond_of(&self, hashrate: Hashrate, price: Price, term: Term) -> Result<Sats, Refusal> {
        let whole = notional(hashrate, price, term.length()).ok_or(Refusal::Overflow)?;
        bond_for(whole, self.market.settings.limits.bond_bps).ok_or(Refusal::Overflow)
    }

    fn put_up(&mut self, amount: Sats) {
        self.bonded = self.bonded.saturating_add(amount.get().into());
    }

    /// Refused when it is placed, never when it trades.
    fn require_bonds(&self, ask: &Order) -> Result<(), Refusal> {
        let available = Account::Available(ask.account);
        let spendable = self.market.ledger.balance(&available).spendable();
        let freed = i128::try_from(self.freed).map_err(|_| Refusal::Overflow)?;
        let spendable = spendable.saturating_add(freed);
        if u128::try_from(spendable).is_ok_and(|spendable| spendable >= self.bonded) {
            return Ok(());
        }
        let bond = u64::try_from(self.bonded).map_err(|_| Refusal::Overflow)?;
        Err(Refusal::BondNotCovered {
            bond: Sats::new(bond),
            spendable,
        })
    }

    fn bid(&self, id: OrderId) -> Option<Bid> {
        let changed = self.bids.get(&id).cloned();
        changed.unwrap_or_else(|| self.market.bids.get(&id).cloned())
    }

    fn bond(&self, id: OrderId) -> Option<Reserve> {
        let changed = self.bonds.get(&id).copied();
        changed.unwrap_or_else(|| self.market.ask_bonds.get(&id).copied())
    }

    fn give_back(&mut self, id: OrderId, reason: CancelReason) {
        let expired = (reason == CancelReason::Expired).then_some(self.at);
        if let Some(bid) = self.bid(id) {
            self.give_back_reserve(id, &bid.reserve, expired);
            self.bids.insert(id, None);
        }
        if let Some(bond) = self.bond(id) {
            self.give_back_reserve(id, &bond, expired);
            self.bonds.insert(id, None);
        }
    }

    fn give_back_reserve(&mut self, id: OrderId, of: &Reserve, expired: Option<Timestamp>) {
        let arriving = self.arriving.map(|order| order.account);
        if expired.is_some() && arriving == Some(of.account) {
            self.freed = self.freed.saturating_add(of.held().get().into());
        }
        self.step.transfer(of.give_back(id, expired));
    }

    fn resize(&mut self, id: OrderId, left: Hashrate) -> Result<(), Refusal> {
        if let Some(mut bid) = self.bid(id) {
            bid.reserve = self.held_anew(id, bid.reserve, left)?;
            self.bids.insert(id, Some(bid));
        }
        if let Some(bond) = self.bond(id) {
            let bond = self.held_anew(id, bond, left)?;
            self.bonds.insert(id, Some(bond));
        }
        Ok(())
    }

    fn held_anew(
        &mut self,
        id: OrderId,
        before: Reserve,
        left: Hashrate,
    ) -> Result<Reserve, Refusal> {
        let after = before.resized(left).ok_or(Refusal::Overflow)?;
        self.step.transfer(before.give_back(id, None));
        self.step.transfer(after.hold(id));
        Ok(after)
    }

    fn fill(&mut self, fill: &Fill) -> Result<(), Refusal> {
        let (bid_left, ask_left) = match fill.taker_side {
            Side::Bid => (fill.taker_remaining, fill.maker_remaining),
            Side::Ask => (fill.maker_remaining, fill.taker_remaining),
        };
        let (id, _) = fill.bid();
        let unknown = Refusal::Order(orderbook::Refusal::UnknownOrder);
        let ask = self.ask(fill).ok_or(unknown)?;
        let mut bid = self.bid(id).ok_or(unknown)?;
        let (part, after) = (bid.reserve.taken(bid_left)).ok_or(Refusal::Overflow)?;

        let mut contract = self.contract(fill, &bid, &ask, part)?;
        self.step.transfer(bid.reserve.give_back(id, None));
        let budget = contract.budget;
        let fund = transfers::fund(contract.buyer, contract.id, budget);
        self.step.transfer(fund);
        bid.reserve = after;
        if !bid_left.is_zero() {
            self.step.transfer(bid.reserve.hold(id));
        }
        self.bids
            .insert(id, Some(bid).filter(|_| !bid_left.is_zero()));
        if let Agreed::Term(term) = &mut contract.agreement.product {
            let parties = (contract.host, contract.buyer);
            let amount = self.take_bond(fill, &ask, ask_left, term.length)?;
            let (bond, post) = Bond::post(contract.id, parties, amount);
            term.bond = bond;
            self.step.transfer(post);
            self.hold_bonds_again(ask.id);
        }
        self.sell(&ask, fill.hashrate)?;
        self.trade(fill, contract)
    }

    /// The ask of a trade, as it rested or arrived.
    fn ask(&self, fill: &Fill) -> Option<Order> {
        let (id, _) = fill.ask();
        let arriving = self.arriving.filter(|order| order.id == id);
        arriving.or_else(|| Some(self.market.book.order(&id)?.order))
    }

    /// The bond of a trade: its part of what is held for a resting ask, or out of what the arriving one's host has.
    fn take_bond(
        &mut self,
        fill: &Fill,
        ask: &Order,
        left: Hashrate,
        term: Term,
    ) -> Result<Sats, Refusal> {
        let Some(reserve) = self.bond(ask.id) else {
            let amount = self.bond_of(fill.hashrate, fill.price, term)?;
            self.put_up(amount);
            return Ok(amount);
        };
        let (part, after) = reserve.taken(left).ok_or(Refusal::Overflow)?;
        self.step.transfer(reserve.give_back(ask.id, None));
        self.bonds
            .insert(ask.id, Some(after).filter(|_| !left.is_zero()));
        Ok(part)
    }

    fn hold_bonds_again(&mut self, ask: OrderId) {
        if let Some(Some(reserve)) = self.bonds.get(&ask) {
            self.step.transfer(reserve.hold(ask));
        }
    }

    fn sell(&mut self, ask: &Order, hashrate: Hashrate) -> Result<(), Refusal> {
        let Some(PoolId(number)) = ask.pool else {
            return Ok(());
        };
        let id = ListingId::new(number);
        let changed = self.listings.get(&id);
        let known = changed.or_else(|| self.market.listings.get(&id));
        let mut listing = known.ok_or(Refusal::UnknownListing)?.clone();
        let sold = listing.sold.checked_add(hashrate);
        listing.sold = sold.ok_or(Refusal::Overflow)?;
        self.listings.insert(id, listing);
        Ok(())
    }

    fn trade(&mut self, fill: &Fill, contract: Contract) -> Result<(), Refusal> {
        let last = self.last_trade.map_or(0, |trade| trade.number);
        let trade = Trade {
            number: last.checked_add(1).ok_or(Refusal::Overflow)?,
            at: self.at,
            maker: fill.maker,
            taker: fill.taker,
            price: fill.price,
            hashrate: fill.hashrate,
            contract: contract.id,
        };
        self.last_trade = Some(trade);
        self.last_contract = contract.id.get();
        self.step.events.push(Event::Traded(trade));
        let opened = Event::ContractOpened(contract.clone());
        self.step.events.push(opened);
        self.step.changes.push(Change::LastTrade(trade));
        self.step.changes.push(Change::Contract(Box::new(contract)));
        Ok(())
    }

    fn contract(
        &self,
        fill: &Fill,
        bid: &Bid,
        ask: &Order,
        part: Sats,
    ) -> Result<Contract, Refusal> {
        let settings = &self.market.settings;
        let number = self.last_contract.checked_add(1);
        let id = ContractId::new(number.ok_or(Refusal::Overflow)?);
        let (host, buyer) = (ask.account, bid.reserve.account);
        let term = Product::of_book(ask.product).and_then(Product::term);
        let product = term.map_or(Agreed::Spot, |length| {
            // What the host puts up is known when the money moves.
            let (bond, _) = Bond::post(id, (host, buyer), Sats::ZERO);
            Agreed::Term(TermContract {
                length,
                starts_at: self.at,
                bond,
                tolerance_ppm: settings.limits.tolerance_ppm,
                confidence_ppm: settings.limits.confidence_ppm,
                seen: EpochDelivery::default(),
            })
        });
        // A term costs what was promised and no more, where it was sold for less than the bid allowed.
        let whole = term.and_then(|term| notional(fill.hashrate, fill.price, term.length()));
        let most = whole.filter(|whole| !whole.is_zero());
        Ok(Contract {
            hashrate: fill.hashrate,
            price: fill.price,
            budget: most.map_or(part, |most| part.min(most)),
            backups: bid.backups.clone(),
            shares_per_minute: bid.shares_per_minute,
            epoch_length: settings.epoch_length,
            fee_bps: settings.fee_bps,
            agreement: Agreement {
                product,
                listing: ask.pool.map(|PoolId(number)| ListingId::new(number)),
                attributes: ask.attributes,
                rejects: bid.rejects,
                notice: None,
            },
            ..Contract::blank(id, (buyer, host), bid.pool.clone(), self.at)
        })
    }
}
