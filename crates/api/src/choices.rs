//! What sites can be, by name.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The text names none of the choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchChoice;

impl fmt::Display for NoSuchChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no such choice")
    }
}

impl std::error::Error for NoSuchChoice {}

/// An enum of a few choices with their names in JSON, and what people call them.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $choice:ident = $text:literal, $title:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$of])* #[serde(rename = $text)] $choice),* }

        impl $name {
            /// Every choice.
            pub const ALL: &[Self] = &[$(Self::$choice),*];

            /// As it stands in JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$choice => $text),* }
            }

            /// What people call it.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$choice => $title),* }
            }
        }

        impl FromStr for $name {
            type Err = NoSuchChoice;

            fn from_str(text: &str) -> Result<Self, NoSuchChoice> {
                match text {
                    $($text => Ok(Self::$choice),)*
                    _ => Err(NoSuchChoice),
                }
            }
        }
    };
}

choice! {
    /// Where electricity comes from.
    Energy {
        /// Water.
        Hydro = "hydro", "hydro";
        /// Wind.
        Wind = "wind", "wind";
        /// Sun.
        Solar = "solar", "solar";
        /// Heat of the earth.
        Geothermal = "geothermal", "geothermal";
        /// Nuclear fission.
        Nuclear = "nuclear", "nuclear";
        /// Natural gas.
        Gas = "gas", "natural gas";
        /// Gas of oil fields that would be burned otherwise.
        FlaredGas = "flared_gas", "flared gas";
        /// Coal.
        Coal = "coal", "coal";
    }
}
choice! {
    /// How a site stands to the public grid.
    Grid {
        /// Supplied by the grid.
        Connected = "connected", "grid-connected";
        /// Supplied by a plant beside it, ahead of the grid's meter.
        BehindTheMeter = "behind_the_meter", "behind the meter";
        /// Without a connection.
        OffGrid = "off_grid", "off grid";
    }
}
choice! {
    /// How machines are cooled.
    Cooling {
        /// By air.
        Air = "air", "air";
        /// By water through plates.
        Water = "water", "water";
        /// In a bath of oil or the like.
        Immersion = "immersion", "immersion";
    }
}
choice! {
    /// The unit of a tariff.
    TariffUnit {
        /// Thousandths of a sat per kWh.
        SatThousandths = "sat_thousandths_per_kwh", "sat/kWh";
        /// Thousandths of a US cent per kWh.
        UsdCentThousandths = "usd_cent_thousandths_per_kwh", "US cent/kWh";
        /// Thousandths of a euro cent per kWh.
        EurCentThousandths = "eur_cent_thousandths_per_kwh", "euro cent/kWh";
    }
}
choice! {
    /// A constraint of a bid.
    Constraint {
        /// Countries allowed or denied.
        Countries = "countries", "countries";
        /// Sources of energy.
        Energy = "energy", "energy sources";
        /// Grid relation.
        Grid = "grid", "grid relation";
        /// Cooling.
        Cooling = "cooling", "cooling";
        /// J/TH at most.
        Efficiency = "efficiency", "efficiency";
        /// Carbon intensity at most.
        Carbon = "carbon", "carbon intensity";
        /// The host's rating at least.
        Rating = "rating", "host's rating";
        /// At most so much from one country: the ask states none, or its country's part is full.
        CountryPercent = "country_percent", "part of any one country";
        /// What the host must bear of refused work.
        Bears = "bears", "refused work that the host bears";
        /// No trade is smaller.
        MinimumFill = "minimum_fill", "minimum fill";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_their_names_in_json_and_in_forms() {
        for energy in Energy::ALL {
            let json = serde_json::to_string(energy).unwrap();
            assert_eq!(json, format!("\"{}\"", energy.as_str()));
            assert_eq!(energy.as_str().parse(), Ok(*energy));
        }
        assert_eq!("steam".parse::<Energy>(), Err(NoSuchChoice));
        assert_eq!("off_grid".parse(), Ok(Grid::OffGrid));
    }
}
