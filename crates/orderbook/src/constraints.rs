//! What a buyer requires of the asks that a bid trades with.

use crate::{
    Attributes, BurdenSet, CoolingSet, Country, CountrySet, EnergySet, GridSet,
    attributes::is_default,
};
use serde::{Deserialize, Serialize};

/// The countries that a bid takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Countries {
    /// All, and asks that state none.
    #[default]
    Any,
    /// These and no others.
    Only(CountrySet),
    /// All but these; not asks that state none.
    Except(CountrySet),
}

/// At least so much of the electricity from these sources together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EnergyShare {
    /// The sources.
    pub sources: EnergySet,
    /// 1 to 100.
    pub percent: u8,
}

/// What a bid requires. The default requires nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Constraints {
    /// Countries allowed or denied.
    pub countries: Countries,
    /// Sources of energy.
    pub energy: Option<EnergyShare>,
    /// One of these grid relations.
    pub grid: Option<GridSet>,
    /// One of these ways of cooling.
    pub cooling: Option<CoolingSet>,
    /// At most so many millijoules per TH.
    pub max_mj_per_th: Option<u32>,
    /// At most so many grams of CO2 per kWh.
    pub max_carbon_g_per_kwh: Option<u16>,
    /// At least this rating.
    pub min_rating: Option<u16>,
    /// At most so many percent of the bid's hashrate from any one country, 1 to 99.
    pub max_country_percent: Option<u8>,
    /// What the seller must bear, all of it.
    #[serde(skip_serializing_if = "is_default")]
    pub bears: BurdenSet,
}

/// The name of a constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Constraint {
    /// `Constraints::countries`.
    Countries,
    /// `Constraints::energy`.
    Energy,
    /// `Constraints::grid`.
    Grid,
    /// `Constraints::cooling`.
    Cooling,
    /// `Constraints::max_mj_per_th`.
    Efficiency,
    /// `Constraints::max_carbon_g_per_kwh`.
    Carbon,
    /// `Constraints::min_rating`.
    Rating,
    /// `Constraints::max_country_percent`: the ask states no country.
    CountryPercent,
    /// `Constraints::bears`.
    Bears,
}

impl Constraint {
    /// Every constraint.
    pub const ALL: [Self; 9] = [
        Self::Countries,
        Self::Energy,
        Self::Grid,
        Self::Cooling,
        Self::Efficiency,
        Self::Carbon,
        Self::Rating,
        Self::CountryPercent,
        Self::Bears,
    ];
}

impl Countries {
    /// True where an ask with this country, or with none stated, is taken.
    #[must_use]
    pub fn take(&self, country: Option<Country>) -> bool {
        match (self, country) {
            (Self::Any, _) => true,
            (Self::Only(_) | Self::Except(_), None) => false,
            (Self::Only(set), Some(country)) => set.contains(country),
            (Self::Except(set), Some(country)) => !set.contains(country),
        }
    }
}

impl Constraints {
    /// True where one constraint is met by an ask that states these attributes.
    #[must_use]
    pub fn meets(&self, constraint: Constraint, ask: &Attributes) -> bool {
        match constraint {
            Constraint::Countries => self.countries.take(ask.country),
            Constraint::Energy => self.energy.is_none_or(|share| {
                ask.energy.percent_of(share.sources) >= u16::from(share.percent)
            }),
            Constraint::Grid => {
                (self.grid).is_none_or(|set| ask.grid.is_some_and(|grid| set.contains(grid)))
            }
            Constraint::Cooling => (self.cooling)
                .is_none_or(|set| ask.cooling.is_some_and(|cooling| set.contains(cooling))),
            Constraint::Efficiency => at_most(ask.mj_per_th, self.max_mj_per_th),
            Constraint::Carbon => at_most(ask.carbon_g_per_kwh, self.max_carbon_g_per_kwh),
            Constraint::Rating => (self.min_rating)
                .is_none_or(|least| ask.rating.is_some_and(|rating| rating >= least)),
            Constraint::CountryPercent => {
                self.max_country_percent.is_none() || ask.country.is_some()
            }
            Constraint::Bears => {
                let mut asked = self.bears.iter();
                asked.all(|burden| ask.bears.contains(burden))
            }
        }
    }

    /// True where every constraint is met.
    #[must_use]
    pub fn accept(&self, ask: &Attributes) -> bool {
        Constraint::ALL
            .iter()
            .all(|constraint| self.meets(*constraint, ask))
    }

    /// True where no percent is out of its range and no set is empty.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let energy = (self.energy)
            .is_none_or(|share| (1..=100).contains(&share.percent) && !share.sources.is_empty());
        energy
            && self.grid.is_none_or(|set| !set.is_empty())
            && self.cooling.is_none_or(|set| !set.is_empty())
            && (self.max_country_percent).is_none_or(|percent| (1..100).contains(&percent))
    }
}

fn at_most<T: PartialOrd>(stated: Option<T>, most: Option<T>) -> bool {
    most.is_none_or(|most| stated.is_some_and(|stated| stated <= most))
}
