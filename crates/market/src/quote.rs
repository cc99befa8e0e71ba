//! What a bid would get if it were placed now, and what it would cost to stay and to leave. Reads only.

use crate::{Market, OrderTerms, Refusal, bond_for, notional, rejects};
use orderbook::{Constraints, Order, SelfTrade, Side, TimeInForce};
use units::{AccountId, Hashrate, Millis, OrderId, Price, Sats, Timestamp};

const DAY: Millis = Millis::new(86_400_000);

/// What somebody wants to know the price of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuoteRequest {
    /// Who asks, so that no own ask is counted; none for a stranger.
    pub account: Option<AccountId>,
    /// In H/s, a positive multiple of the lot.
    pub hashrate: Hashrate,
    /// The highest price; none for whatever it costs.
    pub price: Option<Price>,
    /// What is required of asks, what they must bear of refused work included.
    pub constraints: Constraints,
    /// Product and minimum fill; how long it would rest does not matter.
    pub terms: OrderTerms,
}

/// The answer. Amounts are for all of the work being delivered, over all fills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketQuote {
    /// Fills by price and country, and what each constraint excludes.
    pub book: orderbook::Quote,
    /// Price over all fills, rounded up; none without a fill.
    pub average_price: Option<Price>,
    /// Per day.
    pub day: Sats,
    /// For the whole term; none for spot.
    pub term: Option<Sats>,
    /// The smallest budget of a bid for all of the hashrate at the worst of these prices.
    pub least_budget: Sats,
    /// What the hosts put up; nothing for spot.
    pub bonds: Sats,
    /// What leaving early costs the buyer at most: the epoch in which notice is given, if it has just begun. The rest of the
    /// budget goes back, whatever the product.
    pub leaving: Sats,
}

impl Market {
    /// What a bid would trade if it were placed then: orders whose time is over by then do not count.
    ///
    /// # Errors
    /// `Refusal`, as placing it; but for budget and money, which are not asked for.
    pub fn quote(&self, request: &QuoteRequest, at: Timestamp) -> Result<MarketQuote, Refusal> {
        let order = self.quoted_order(request)?;
        let book = self.book.quote_at(&order, at)?;
        let over = |length: Millis| {
            let levels = book.levels.iter();
            let costs = levels.map(|level| notional(level.hashrate, level.price, length));
            sum(costs).ok_or(Refusal::Overflow)
        };
        let term = request.terms.product.term();
        let bond_bps = self.settings.limits.bond_bps;
        let bonds = match term {
            None => Sats::ZERO,
            Some(term) => {
                let levels = book.levels.iter();
                let bonds = levels.map(|level| {
                    let whole = notional(level.hashrate, level.price, term.length())?;
                    bond_for(whole, bond_bps)
                });
                sum(bonds).ok_or(Refusal::Overflow)?
            }
        };
        let worst = Order {
            price: book.worst_price.unwrap_or(order.price),
            ..order
        };
        let least_budget = match book.worst_price {
            Some(_) => self.least_budget(&worst)?,
            None => Sats::ZERO,
        };
        let hashrate = book.hashrate.get();
        let average = match hashrate {
            0 => None,
            some => u64::try_from(book.notional.div_ceil(some)).ok(),
        };
        Ok(MarketQuote {
            average_price: average.map(Price::new),
            day: over(DAY)?,
            term: term.map(|term| over(term.length())).transpose()?,
            least_budget,
            bonds,
            leaving: over(self.settings.epoch_length)?,
            book,
        })
    }

    /// One sat for each lot makes every part of a budget at least one sat, whatever the fills; a term's budget pays for
    /// all of it at the order's price.
    pub(crate) fn least_budget(&self, order: &Order) -> Result<Sats, Refusal> {
        let lots = order.hashrate.get().checked_div(self.settings.lot.get());
        let lots = lots.and_then(|lots| u64::try_from(lots).ok());
        let lots = Sats::new(lots.ok_or(Refusal::Overflow)?);
        let product = crate::Product::of_book(order.product);
        let Some(term) = product.and_then(crate::Product::term) else {
            return Ok(lots);
        };
        let whole = notional(order.hashrate, order.price, term.length());
        Ok(lots.max(whole.ok_or(Refusal::Overflow)?))
    }

    fn quoted_order(&self, request: &QuoteRequest) -> Result<Order, Refusal> {
        let account = match request.account {
            Some(account) => account,
            None => self.nobody().ok_or(Refusal::Overflow)?,
        };
        rejects::check(&request.terms)?;
        let last = self.book.last_id().map_or(0, OrderId::get);
        let id = OrderId::new(last.checked_add(1).ok_or(Refusal::Overflow)?);
        let most = self.settings.limits.max_price.get();
        let rest = most.checked_rem(self.settings.tick.get()).unwrap_or(0);
        let highest = Price::new(most.saturating_sub(rest));
        let price = request.price.unwrap_or(highest);
        Ok(Order {
            product: request.terms.product.in_book(),
            time_in_force: TimeInForce::Ioc,
            minimum_fill: request.terms.minimum_fill,
            self_trade: SelfTrade::CancelResting,
            constraints: request.constraints,
            ..Order::limit(id, account, Side::Bid, request.hashrate, price)
        })
    }

    /// A name that no account has.
    fn nobody(&self) -> Option<AccountId> {
        let names = (0u64..).map(|number| format!("nobody-{number}").parse().ok());
        names.flatten().find(|name| !self.account_exists(name))
    }
}

fn sum(mut parts: impl Iterator<Item = Option<Sats>>) -> Option<Sats> {
    parts.try_fold(Sats::ZERO, |all, part| all.checked_add(part?))
}
