//! Orders: placed, matched into contracts, cancelled.

use crate::{
    BackupPools, Contract, Event, Market, PoolTarget, Refusal, SharePace, Trade, transfers,
};
use ledger::Transfer;
use orderbook::{Fill, Order, Side};
use std::collections::BTreeMap;
use units::{AccountId, ContractId, Hashrate, OrderId, Price, Sats, Timestamp};

/// The money side of a bid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bid {
    /// The buyer.
    pub account: AccountId,
    /// All that the bid wants to trade.
    pub hashrate: Hashrate,
    /// All that its contracts may cost together.
    pub budget: Sats,
    /// Where the work goes.
    pub pool: PoolTarget,
    /// Where it goes when that pool gives none.
    pub backups: BackupPools,
    /// How often each machine shall find a share.
    pub shares_per_minute: Option<SharePace>,
    /// How many times it has traded.
    pub fills: u64,
    /// The part of the budget that has gone to its contracts; the rest is held.
    pub funded: Sats,
}

impl Bid {
    /// What is held for it now.
    #[must_use]
    pub fn held(&self) -> Sats {
        // Parts are differences of floors that end at the budget.
        self.budget.checked_sub(self.funded).unwrap_or(Sats::ZERO)
    }

    /// What of the budget belongs to the first `filled` of the hashrate.
    fn share_of(&self, filled: Hashrate) -> Option<Sats> {
        let product = u128::from(self.budget.get()).checked_mul(filled.get())?;
        let share = product.checked_div(self.hashrate.get())?;
        u64::try_from(share).ok().map(Sats::new)
    }
}

/// What an arriving order brings about, beside the market that it would change. Dropping it is the rollback.
struct Matching<'a> {
    market: &'a Market,
    at: Timestamp,
    transfers: Vec<Transfer>,
    events: Vec<Event>,
    /// Bids that changed; `None` for one that is filled.
    bids: BTreeMap<OrderId, Option<Bid>>,
    contracts: Vec<Contract>,
    last_trade: Option<Trade>,
}

impl Market {
    pub(crate) fn place_ask(
        &mut self,
        account: AccountId,
        hashrate: Hashrate,
        price: Price,
        at: Timestamp,
    ) -> Result<Vec<Event>, Refusal> {
        let order = self.next_order((account, hashrate, price), Side::Ask)?;
        self.place(order, None, at)
    }

    pub(crate) fn place_bid(
        &mut self,
        (account, hashrate, price): (AccountId, Hashrate, Price),
        budget: Sats,
        (pool, backups): (&PoolTarget, &BackupPools),
        shares_per_minute: Option<u32>,
        at: Timestamp,
    ) -> Result<Vec<Event>, Refusal> {
        let order = self.next_order((account, hashrate, price), Side::Bid)?;
        let shares_per_minute = shares_per_minute.map(SharePace::new).transpose()?;
        let bid = Bid {
            account,
            hashrate,
            budget,
            pool: pool.clone(),
            backups: backups.clone(),
            shares_per_minute,
            fills: 0,
            funded: Sats::ZERO,
        };
        self.place(order, Some(bid), at)
    }

    pub(crate) fn cancel_order(
        &mut self,
        account: AccountId,
        id: OrderId,
    ) -> Result<Vec<Event>, Refusal> {
        let cancel = orderbook::Command::Cancel { id, account };
        let booked = self.book.preview(&cancel)?;
        let mut events = Vec::new();
        if let Some(bid) = self.bids.get(&id) {
            let release = transfers::release(account, id, bid.fills, bid.held());
            self.ledger.apply(&[release])?;
            events.push(Event::Transferred(release));
            self.bids.remove(&id);
        }
        self.book.absorb(&booked);
        events.extend(booked.iter().filter_map(reported));
        Ok(events)
    }

    fn next_order(
        &self,
        (account, hashrate, price): (AccountId, Hashrate, Price),
        side: Side,
    ) -> Result<Order, Refusal> {
        self.require_account(&account)?;
        let last = self.book.last_id().map_or(0, OrderId::get);
        let id = OrderId::new(last.checked_add(1).ok_or(Refusal::Overflow)?);
        Ok(Order {
            id,
            account,
            side,
            hashrate,
            price,
        })
    }

    fn place(
        &mut self,
        order: Order,
        bid: Option<Bid>,
        at: Timestamp,
    ) -> Result<Vec<Event>, Refusal> {
        let booked = self.book.preview(&orderbook::Command::Place(order))?;
        let mut matching = Matching::of(self, at);
        if let Some(bid) = bid {
            matching.hold_budget(order.id, bid)?;
        }
        for event in &booked {
            match event {
                orderbook::Event::Filled(fill) => matching.fill(fill)?,
                other => matching.events.extend(reported(other)),
            }
        }
        let Matching {
            transfers,
            events,
            bids,
            contracts,
            last_trade,
            ..
        } = matching;
        // The last step that can refuse, and itself all or nothing.
        self.ledger.apply(&transfers)?;
        self.book.absorb(&booked);
        for (id, bid) in bids {
            match bid {
                Some(bid) => self.bids.insert(id, bid),
                None => self.bids.remove(&id),
            };
        }
        let opened = contracts
            .into_iter()
            .map(|contract| (contract.id, contract));
        self.contracts.extend(opened);
        self.last_trade = last_trade;
        Ok(events)
    }
}

/// The book's event as the market reports it; a fill is reported as a trade instead.
fn reported(event: &orderbook::Event) -> Option<Event> {
    match *event {
        orderbook::Event::Rested { order, remaining } => {
            Some(Event::OrderRested { order, remaining })
        }
        orderbook::Event::Cancelled { order, remaining } => {
            Some(Event::OrderCancelled { order, remaining })
        }
        orderbook::Event::Filled(_) => None,
    }
}

impl<'a> Matching<'a> {
    fn of(market: &'a Market, at: Timestamp) -> Self {
        Self {
            market,
            at,
            transfers: Vec::new(),
            events: Vec::new(),
            bids: BTreeMap::new(),
            contracts: Vec::new(),
            last_trade: market.last_trade,
        }
    }

    fn transfer(&mut self, transfer: Transfer) {
        self.transfers.push(transfer);
        self.events.push(Event::Transferred(transfer));
    }

    /// One sat for each lot makes every part of the budget at least one sat, whatever the fills.
    fn hold_budget(&mut self, order: OrderId, bid: Bid) -> Result<(), Refusal> {
        let lots = bid
            .hashrate
            .get()
            .checked_div(self.market.settings.lot.get());
        let least = lots.and_then(|lots| u64::try_from(lots).ok());
        let least = Sats::new(least.ok_or(Refusal::Overflow)?);
        if bid.budget < least {
            return Err(Refusal::BudgetTooSmall { least });
        }
        self.transfer(transfers::hold(bid.account, order, 0, bid.budget));
        self.bids.insert(order, Some(bid));
        Ok(())
    }

    fn fill(&mut self, fill: &Fill) -> Result<(), Refusal> {
        let (order, _) = fill.bid();
        let remaining = match fill.taker_side {
            Side::Bid => fill.taker_remaining,
            Side::Ask => fill.maker_remaining,
        };
        let known = self.bids.get(&order).cloned();
        let known = known.unwrap_or_else(|| self.market.bids.get(&order).cloned());
        let mut bid = known.ok_or(Refusal::Order(orderbook::Refusal::UnknownOrder))?;
        let filled = bid.hashrate.checked_sub(remaining);
        let funded = filled.and_then(|filled| bid.share_of(filled));
        let funded = funded.ok_or(Refusal::Overflow)?;
        let part = funded.checked_sub(bid.funded).ok_or(Refusal::Overflow)?;
        let fills = bid.fills.checked_add(1).ok_or(Refusal::Overflow)?;

        let contract = self.contract(fill, &bid, part)?;
        self.transfer(transfers::release(
            bid.account,
            order,
            bid.fills,
            bid.held(),
        ));
        self.transfer(transfers::fund(bid.account, contract.id, part));
        (bid.funded, bid.fills) = (funded, fills);
        if !remaining.is_zero() {
            self.transfer(transfers::hold(bid.account, order, fills, bid.held()));
        }
        self.bids
            .insert(order, Some(bid).filter(|_| !remaining.is_zero()));
        self.trade(fill, contract)
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
        self.events.push(Event::Traded(trade));
        self.events.push(Event::ContractOpened(contract.clone()));
        self.contracts.push(contract);
        Ok(())
    }

    fn contract(&self, fill: &Fill, bid: &Bid, budget: Sats) -> Result<Contract, Refusal> {
        let settings = &self.market.settings;
        let opened = self.contracts.last().map(|contract| contract.id);
        let last = opened.or_else(|| self.market.contracts.keys().next_back().copied());
        let number = last.map_or(0, ContractId::get).checked_add(1);
        let id = ContractId::new(number.ok_or(Refusal::Overflow)?);
        Ok(Contract {
            hashrate: fill.hashrate,
            price: fill.price,
            budget,
            backups: bid.backups.clone(),
            shares_per_minute: bid.shares_per_minute,
            epoch_length: settings.epoch_length,
            fee_bps: settings.fee_bps,
            ..Contract::blank(id, (bid.account, fill.ask().1), bid.pool.clone(), self.at)
        })
    }
}
