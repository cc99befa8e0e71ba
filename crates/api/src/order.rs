//! Orders: as they are placed, as they stand, and what became of them.

use crate::{Cooling, Energy, Grid, OrderSide, Product, RejectTerms, WantedPool};
use serde::{Deserialize, Serialize};
use units::{Hashrate, Price, Sats};

/// How long an order wants to trade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeInForce {
    /// Good till cancelled.
    #[default]
    Gtc,
    /// Immediate or cancel: what cannot trade at once is cancelled.
    Ioc,
    /// Fill or kill: refused unless all of it trades at once.
    Fok,
    /// Good till a time.
    Gtd,
}

/// What happens when an order reaches one of its own account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelfTrade {
    /// The arriving order is refused whole.
    #[default]
    Refuse,
    /// The resting order is cancelled.
    CancelResting,
    /// What is left of the arriving order is cancelled.
    CancelArriving,
}

/// An order's terms beside product, hashrate and price. The default is good till cancelled and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderTerms {
    /// How long it wants to trade.
    pub time_in_force: TimeInForce,
    /// With `gtd` and no other: till when.
    pub good_till_ms: Option<u64>,
    /// Refused where it would trade at once.
    pub post_only: bool,
    /// No trade is smaller, but one that takes all that the order still wants. A multiple of the lot.
    pub minimum_fill_hs: Option<Hashrate>,
    /// When it reaches an order of its own account.
    pub self_trade: SelfTrade,
    /// The account's own number for it: no two open orders of an account have the same.
    pub client_order_id: Option<u64>,
    /// Who pays for refused work: of a bid a term of its contracts, of an ask all that the host is ready to bear.
    pub rejects: RejectTerms,
}

/// At least so much of the electricity from these sources together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnergyShare {
    /// The sources.
    pub sources: Vec<Energy>,
    /// 1 to 100.
    pub percent: u8,
}

/// What a bid requires of asks. The default requires nothing; what an ask does not state meets no constraint on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Constraints {
    /// These countries and no others: two capital letters each. Not together with `countries_denied`.
    pub countries_allowed: Option<Vec<String>>,
    /// All countries but these.
    pub countries_denied: Option<Vec<String>>,
    /// Sources of energy.
    pub energy: Option<EnergyShare>,
    /// One of these grid relations.
    pub grid: Option<Vec<Grid>>,
    /// One of these ways of cooling.
    pub cooling: Option<Vec<Cooling>>,
    /// At most so many millijoules per TH: thousandths of J/TH.
    pub max_mj_per_th: Option<u32>,
    /// At most so many grams of CO2 per kWh.
    pub max_carbon_g_per_kwh: Option<u16>,
    /// At least this rating of the host, 0 to 10,000.
    pub min_rating: Option<u16>,
    /// At most so many percent of the bid's hashrate from any one country, 1 to 99.
    pub max_country_percent: Option<u8>,
}

/// An ask to be placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAsk {
    /// The capacity that it draws on, and what it states: one of the caller's listings, or it is refused.
    #[serde(default)]
    pub listing: Option<u64>,
    /// What is sold.
    #[serde(default)]
    pub product: Product,
    /// A positive multiple of the lot.
    pub hashrate_hs: Hashrate,
    /// The lowest price, a positive multiple of the tick.
    pub price_sats_per_phs_day: Price,
    /// Its other terms.
    #[serde(default)]
    pub terms: OrderTerms,
    /// True: say what would happen, and change nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// A bid to be placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewBid {
    /// What is bought.
    #[serde(default)]
    pub product: Product,
    /// A positive multiple of the lot.
    pub hashrate_hs: Hashrate,
    /// The highest price, a positive multiple of the tick.
    pub price_sats_per_phs_day: Price,
    /// All that the contracts of this bid may cost together; held until they open.
    pub budget_sats: Sats,
    /// Where the work goes.
    pub pool: WantedPool,
    /// Where it goes when that pool gives none: three at most.
    #[serde(default)]
    pub backups: Vec<WantedPool>,
    /// How often each machine of its contracts shall find a share: 6 to 20 times a minute, or as the server is set.
    #[serde(default)]
    pub shares_per_minute: Option<u32>,
    /// What it requires of asks.
    #[serde(default)]
    pub constraints: Constraints,
    /// Its other terms.
    #[serde(default)]
    pub terms: OrderTerms,
    /// True: say what would happen, and change nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// What an order did at once; in a dry run, what it would have done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// True where nothing was changed.
    pub dry_run: bool,
    /// The order's number; in a dry run the one that it would have got.
    pub id: u64,
    /// What traded at once, in order: each fill is a contract.
    pub fills: Vec<PlacedFill>,
    /// What traded at once, together.
    pub filled_hs: Hashrate,
    /// What waits in the book.
    pub resting_hs: Hashrate,
    /// What did neither and is cancelled.
    pub cancelled_hs: Hashrate,
    /// What is held for what waits: the rest of a bid's budget, or the bonds of a term ask.
    pub held_sats: Sats,
    /// What went into the escrows of the new contracts.
    pub escrow_sats: Sats,
    /// What the hosts of the new contracts put up.
    pub bond_sats: Sats,
    /// True where the search ended at the market's visit budget, with orders left that it could have traded with.
    pub search_truncated: bool,
}

/// A trade of an order that was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedFill {
    /// The contract that it opened; in a dry run the number that it would have got.
    pub contract: u64,
    /// The price of the order that waited.
    pub price_sats_per_phs_day: Price,
    /// How much.
    pub hashrate_hs: Hashrate,
    /// The contract's escrow: the most that it may cost.
    pub escrow_sats: Sats,
    /// The host's bond; nothing for spot.
    pub bond_sats: Sats,
}

/// An account's order in the book, as the account alone sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its number.
    pub id: u64,
    /// Bid or ask.
    pub side: OrderSide,
    /// What is traded.
    pub product: Product,
    /// Its limit.
    pub price_sats_per_phs_day: Price,
    /// All that it wanted to trade.
    pub hashrate_hs: Hashrate,
    /// What it still wants to trade.
    pub remaining_hs: Hashrate,
    /// What is held for it: budget or bonds.
    pub held_sats: Sats,
    /// The capacity that an ask draws on.
    pub listing: Option<u64>,
    /// What a bid requires.
    pub constraints: Constraints,
    /// Its other terms.
    pub terms: OrderTerms,
    /// A bid's pools, `host:port`, the first one first.
    pub pools: Vec<String>,
}

/// Makes an order smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReduceOrder {
    /// By how much: a positive multiple of the lot, less than what it still wants.
    pub by_hs: Hashrate,
    /// True: say what would happen, and change nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// An order that is smaller now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reduced {
    /// True where nothing was changed.
    pub dry_run: bool,
    /// The order.
    pub id: u64,
    /// What it still wants.
    pub remaining_hs: Hashrate,
    /// What is held for it now.
    pub held_sats: Sats,
    /// What came back into the account.
    pub released_sats: Sats,
}

/// Orders that are out of the book.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    /// Their numbers.
    pub orders: Vec<u64>,
    /// What came back into the account.
    pub released_sats: Sats,
}

/// The number of what was made or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// The number.
    pub id: u64,
}

/// A listing of which nothing more is sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// The listing.
    pub id: u64,
    /// Its asks, cancelled by that.
    pub orders: Vec<u64>,
    /// What was held for them.
    pub released_sats: Sats,
}
