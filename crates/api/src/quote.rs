//! What hashrate would cost now.

use crate::{Constraint, Constraints, Level, Product, RejectTerms};
use serde::{Deserialize, Serialize};
use units::{Hashrate, Price, Sats};

/// What somebody wants to know the price of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuoteRequest {
    /// What is bought.
    #[serde(default)]
    pub product: Product,
    /// A positive multiple of the lot.
    pub hashrate_hs: Hashrate,
    /// The highest price; none for whatever it costs.
    #[serde(default)]
    pub price_sats_per_phs_day: Option<Price>,
    /// No fill is smaller. A multiple of the lot.
    #[serde(default)]
    pub minimum_fill_hs: Option<Hashrate>,
    /// What is required of asks.
    #[serde(default)]
    pub constraints: Constraints,
    /// Who shall pay for refused work: asks whose hosts bear less are left out.
    #[serde(default)]
    pub rejects: RejectTerms,
}

/// What a bid would trade if it were placed now. Amounts are for all of the work being delivered, over all fills.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// When this was read.
    pub at_ms: u64,
    /// What was asked for.
    pub product: Product,
    /// What was asked for.
    pub hashrate_hs: Hashrate,
    /// What of it the book would sell at once.
    pub fillable_hs: Hashrate,
    /// Price over all fills, rounded up; none without a fill.
    pub average_price_sats_per_phs_day: Option<Price>,
    /// The price of the last fill: the limit of a bid that would get all of this.
    pub worst_price_sats_per_phs_day: Option<Price>,
    /// The fills by price.
    pub levels: Vec<Level>,
    /// The fills by country, most first.
    pub countries: Vec<CountryPart>,
    /// What each constraint keeps out that excludes anything.
    pub excluded: Vec<Excluded>,
    /// True where the search ended at the market's visit budget: there may be more.
    pub search_truncated: bool,
    /// Per day.
    pub day_sats: Sats,
    /// For the whole term; none for spot.
    pub term_sats: Option<Sats>,
    /// The smallest budget of a bid for all of the hashrate at the worst of these prices.
    pub least_budget_sats: Sats,
    /// What the hosts would put up; nothing for spot.
    pub bond_sats: Sats,
    /// What ending early costs the buyer.
    pub leaving: Leaving,
}

/// What a country delivers of a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountryPart {
    /// Two letters; none for asks that state no country.
    pub country: Option<String>,
    /// How much.
    pub hashrate_hs: Hashrate,
}

/// What a constraint keeps out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// Which.
    pub constraint: Constraint,
    /// What is offered at the price that does not meet it.
    pub hashrate_hs: Hashrate,
    /// The part of that that meets every other constraint.
    pub alone_hs: Hashrate,
    /// What would be fillable without this constraint.
    pub fillable_without_hs: Hashrate,
    /// The average price without it; none without a fill.
    pub average_price_without_sats_per_phs_day: Option<Price>,
}

/// What ending a contract early costs the buyer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// At most: the epoch in which notice is given, if it has just begun.
    pub most_sats: Sats,
    /// In words.
    pub words: String,
}
