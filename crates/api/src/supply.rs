//! What hosts have to sell: sites, the machines there, and the capacity drawn from them.

use crate::{Cooling, Energy, Grid, Product, TariffUnit};
use serde::{Deserialize, Serialize};
use units::{AccountId, Hashrate};

/// A machine of the catalogue, as its maker states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// What fleets call it.
    pub model: String,
    /// What people call it.
    pub title: String,
    /// Stated hashrate of one.
    pub hashrate_hs: Hashrate,
    /// Energy for the work, in millijoules per TH (10^12 hashes): a thousandth of J/TH.
    pub mj_per_th: u32,
    /// What one draws, rounded up.
    pub watts: u64,
    /// Where the numbers are from.
    pub source: String,
}

/// A part of a site's electricity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnergyPart {
    /// Where it comes from.
    pub source: Energy,
    /// 1 to 100.
    pub percent: u8,
}

/// Carbon intensity of a site's electricity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carbon {
    /// Grams of CO2 per kWh.
    pub g_per_kwh: u16,
    /// Where the number comes from; 1 to 80 characters.
    pub source: String,
}

/// The price of a kWh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// How many.
    pub amount: u32,
    /// Of what.
    pub unit: TariffUnit,
}

/// When a site's machines are turned down for another reason than a fault. In JSON `"never"`, `"any_time"` or
/// `{"agreed": {"notice_minutes", "hours_per_month"}}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Curtailment {
    /// Never.
    #[default]
    Never,
    /// By agreement with a supplier or grid.
    Agreed {
        /// How long before the machines' owners know.
        notice_minutes: u16,
        /// The most in a month.
        hours_per_month: u16,
    },
    /// At any time, for any length: wind, sun, flared gas.
    AnyTime,
}

/// What a host says of a site. Nobody checks it; contracts keep what was said when their asks were placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteDescription {
    /// What people call it: 1 to 80 characters.
    pub name: String,
    /// Two capital letters, as ISO 3166-1 alpha-2 writes them.
    pub country: String,
    /// The part of the country: what follows the hyphen of its ISO 3166-2 code.
    #[serde(default)]
    pub region: Option<String>,
    /// What it can draw.
    pub power_kw: u32,
    /// How it stands to the public grid.
    pub grid: Grid,
    /// Where its electricity comes from: percents that add up to 100, each source once.
    pub energy: Vec<EnergyPart>,
    /// How much CO2 that makes.
    #[serde(default)]
    pub carbon: Option<Carbon>,
    /// How its machines are cooled.
    pub cooling: Cooling,
    /// What its electricity costs.
    #[serde(default)]
    pub tariff: Option<Tariff>,
    /// When its machines are turned down.
    #[serde(default)]
    pub curtailment: Curtailment,
}

/// A host's site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Its number.
    pub id: u64,
    /// All that the host says of it.
    pub description: SiteDescription,
    /// What the machines of its fleets draw together, rounded up.
    pub drawn_kw: u64,
}

/// What machines of one model stand at a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FleetDescription {
    /// One of the host's sites.
    pub site: u64,
    /// A machine of the catalogue.
    pub model: String,
    /// How many; 0 for a fleet that is gone.
    pub count: u32,
}

/// A host's machines of one model at a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fleet {
    /// Its number.
    pub id: u64,
    /// What the host says of it.
    pub description: FleetDescription,
    /// The machine's name for people.
    pub title: String,
    /// The site's name.
    pub site_name: String,
    /// Energy for the work, in millijoules per TH.
    pub mj_per_th: u32,
    /// What its machines are stated to do together.
    pub capacity_hs: Hashrate,
    /// What of that is not listed.
    pub free_hs: Hashrate,
}

/// Capacity to be offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewListing {
    /// One of the host's fleets.
    pub fleet: u64,
    /// A positive multiple of the lot, at most what is free of the fleet.
    pub hashrate_hs: Hashrate,
    /// What asks may sell of it: one at least.
    pub products: Vec<Product>,
}

/// What a host states of the machines behind an ask.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// The country of the site.
    pub country: Option<String>,
    /// The part of the country.
    pub region: Option<String>,
    /// Where the electricity comes from.
    pub energy: Vec<EnergyPart>,
    /// How the site stands to the grid.
    pub grid: Option<Grid>,
    /// How the machines are cooled.
    pub cooling: Option<Cooling>,
    /// Energy for the work, in millijoules per TH.
    pub mj_per_th: Option<u32>,
    /// Grams of CO2 per kWh.
    pub carbon_g_per_kwh: Option<u16>,
    /// The host's rating, 0 to 10,000, when it was stated.
    pub rating: Option<u16>,
}

/// What is known of a host from the term contracts that are over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostRating {
    /// 0 to 10,000; 5,000 for a host of whom nothing is known.
    pub rating: u16,
    /// Term contracts that are over.
    pub ended: u64,
    /// Those that fell short of the promise.
    pub short: u64,
}

/// Capacity that a host sells: one pool, whatever products are sold of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Its number.
    pub id: u64,
    /// Whose it is.
    pub host: AccountId,
    /// From the host's term contracts that are over.
    pub host_rating: HostRating,
    /// Whose machines.
    pub fleet: u64,
    /// The site's name.
    pub site_name: String,
    /// The machine's name for people.
    pub machine: String,
    /// All that is offered.
    pub hashrate_hs: Hashrate,
    /// What its live contracts have.
    pub sold_hs: Hashrate,
    /// What can still be sold.
    pub free_hs: Hashrate,
    /// What asks may sell of it.
    pub products: Vec<Product>,
    /// What its asks state.
    pub attributes: Attributes,
    /// When its machines are turned down.
    pub curtailment: Curtailment,
    /// True where nothing more is sold of it.
    pub withdrawn: bool,
}
