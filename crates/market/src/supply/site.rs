//! A host's facility, as the host describes it.

use orderbook::{Cooling, Country, EnergyMix, Grid, Region};
use serde::{Deserialize, Serialize};
use std::fmt;
use units::{AccountId, SiteId};

/// A short text of people's: 1 to 80 characters, none of them a control character, no space at its ends.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label(String);

/// A site with its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Numbered from 1.
    pub id: SiteId,
    /// Whose it is.
    pub host: AccountId,
    /// What the host says of it.
    pub description: SiteDescription,
}

/// What a host says of a site. Nobody checks it; contracts keep what was said when they were made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteDescription {
    /// What people call it.
    pub name: Label,
    /// Where it is.
    pub country: Country,
    /// The part of the country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// What it can draw.
    pub power_kw: u32,
    /// How it stands to the public grid.
    pub grid: Grid,
    /// Where its electricity comes from: percents that add up to 100.
    pub energy: EnergyMix,
    /// How much CO2 that makes, and who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carbon: Option<Carbon>,
    /// How its machines are cooled.
    pub cooling: Cooling,
    /// What its electricity costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tariff: Option<Tariff>,
    /// When its machines are turned down.
    pub curtailment: Curtailment,
}

/// Carbon intensity of a site's electricity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carbon {
    /// Grams of CO2 per kWh.
    pub g_per_kwh: u16,
    /// Where the number comes from: a register, a supplier's certificate, a national average and its year.
    pub source: Label,
}

/// The price of a kWh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tariff {
    /// In thousandths of a sat.
    SatThousandthsPerKwh(u32),
    /// In thousandths of a US cent.
    UsdCentThousandthsPerKwh(u32),
    /// In thousandths of a euro cent.
    EurCentThousandthsPerKwh(u32),
}

/// When a site's machines are turned down for another reason than a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Curtailment {
    /// Never.
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

/// Why a site cannot be so. Where several hold, the first is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteFault {
    /// It draws nothing.
    NoPower,
    /// The energy sources' percents do not add up to 100.
    EnergyNotWhole {
        /// What they add up to.
        percent: u16,
    },
}

impl Label {
    /// The longest, in characters.
    pub const MAX: usize = 80;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SiteDescription {
    /// # Errors
    /// The first `SiteFault`.
    pub(crate) fn check(&self) -> Result<(), SiteFault> {
        if self.power_kw == 0 {
            return Err(SiteFault::NoPower);
        }
        let percents = self.energy.0.iter().map(|percent| u16::from(*percent));
        let percent = percents.fold(0, u16::saturating_add);
        if percent != 100 {
            return Err(SiteFault::EnergyNotWhole { percent });
        }
        Ok(())
    }
}

impl TryFrom<String> for Label {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let length = text.chars().count();
        let fits = (1..=Self::MAX).contains(&length)
            && text.trim() == text
            && !text.chars().any(char::is_control);
        if fits {
            Ok(Self(text))
        } else {
            Err("a name or source is 1 to 80 characters, without spaces at its ends")
        }
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.0
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for SiteFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPower => f.write_str("a site draws at least 1 kW"),
            Self::EnergyNotWhole { percent } => write!(
                f,
                "the energy sources must add up to 100 percent, and add up to {percent}"
            ),
        }
    }
}

impl std::error::Error for SiteFault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_checked() {
        let read = |text: &str| Label::try_from(text.to_owned());
        assert_eq!(read("Rana 1, hall B").unwrap().as_str(), "Rana 1, hall B");
        assert_eq!(read(&"é".repeat(80)).unwrap().as_str().len(), 160);
        for bad in ["", " a", "a ", "a\nb", &"x".repeat(81)] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
