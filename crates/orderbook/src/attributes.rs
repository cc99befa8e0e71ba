//! What a seller states of the machines behind an ask.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A country by its two letters, as ISO 3166-1 alpha-2 writes them: `NO`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

/// A part of a country: the one to three letters or digits behind the hyphen of its ISO 3166-2 code. No constraint asks for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region([u8; 3]);

/// A set of countries.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Vec<Country>", into = "Vec<Country>")]
pub struct CountrySet([u64; 11]);

/// An enum of a few choices, and the set of them.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $choice:ident),* $(,)? } $(#[$set_doc:meta])* $set:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$of])* $choice),* }

        impl $name {
            /// Every choice.
            pub const ALL: &[Self] = &[$(Self::$choice),*];
        }

        $(#[$set_doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $set(u8);

        impl $set {
            /// The set of these.
            #[must_use]
            pub fn of(choices: &[$name]) -> Self {
                let bits = choices.iter().map(|choice| 1u8.wrapping_shl(*choice as u32));
                Self(bits.fold(0, |all, bit| all | bit))
            }

            /// True where it is one of the set.
            #[must_use]
            pub const fn contains(self, choice: $name) -> bool {
                self.0 & 1u8.wrapping_shl(choice as u32) != 0
            }

            /// Those in it.
            pub fn iter(self) -> impl Iterator<Item = $name> {
                $name::ALL.iter().copied().filter(move |choice| self.contains(*choice))
            }

            /// True for the set of none.
            #[must_use]
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }
        }

        impl Serialize for $set {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_seq(self.iter())
            }
        }

        impl<'de> Deserialize<'de> for $set {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Vec::<$name>::deserialize(from).map(|choices| Self::of(&choices))
            }
        }
    };
}

choice! {
    /// Where electricity comes from.
    Energy {
        /// Water.
        Hydro,
        /// Wind.
        Wind,
        /// Sun.
        Solar,
        /// Heat of the earth.
        Geothermal,
        /// Nuclear fission.
        Nuclear,
        /// Natural gas.
        Gas,
        /// Gas of oil fields that would be burned otherwise.
        FlaredGas,
        /// Coal.
        Coal,
    }
    /// A set of sources of energy.
    EnergySet
}
choice! {
    /// How a site stands to the public grid.
    Grid {
        /// Supplied by the grid.
        Connected,
        /// Supplied by a plant beside it, ahead of the grid's meter.
        BehindTheMeter,
        /// Without a connection.
        OffGrid,
    }
    /// A set of grid relations.
    GridSet
}
choice! {
    /// How machines are cooled.
    Cooling {
        /// By air.
        Air,
        /// By water through plates.
        Water,
        /// In a bath of oil or the like.
        Immersion,
    }
    /// A set of ways of cooling.
    CoolingSet
}
choice! {
    /// A class of refused work that the buyer pays for unless the seller bears it.
    Burden {
        /// Shares that the buyer's pool refused.
        PoolReject,
        /// Shares that the buyer's pool never answered.
        PoolDown,
    }
    /// A set of burdens.
    BurdenSet
}

/// The percent of each source, in the order of `Energy::ALL`; what is missing from 100 is not stated.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct EnergyMix(pub [u8; 8]);

/// What a seller states of an ask. What is not stated meets no constraint on it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(default)]
pub struct Attributes {
    /// The country of the site.
    pub country: Option<Country>,
    /// The part of the country.
    pub region: Option<Region>,
    /// Where the electricity comes from.
    pub energy: EnergyMix,
    /// How the site stands to the grid.
    pub grid: Option<Grid>,
    /// How the machines are cooled.
    pub cooling: Option<Cooling>,
    /// Energy for the work, in millijoules per TH (10^12 hashes).
    pub mj_per_th: Option<u32>,
    /// Carbon intensity of the electricity, in grams of CO2 per kWh.
    pub carbon_g_per_kwh: Option<u16>,
    /// The seller's rating when the ask was placed, 0 to 10,000.
    pub rating: Option<u16>,
    /// What the seller bears where a bid asks for it: a term of the ask, not of the machines.
    #[serde(skip_serializing_if = "is_default")]
    pub bears: BurdenSet,
}

/// For `skip_serializing_if`.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Country {
    /// How many pairs of letters there are.
    pub(crate) const COUNT: u16 = 26 * 26;

    /// The country with these two capital letters.
    #[must_use]
    pub const fn new(letters: [u8; 2]) -> Option<Self> {
        let [a, b] = letters;
        if a.is_ascii_uppercase() && b.is_ascii_uppercase() {
            Some(Self(letters))
        } else {
            None
        }
    }

    /// Its letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Below `COUNT`.
    pub(crate) fn number(self) -> u16 {
        let [a, b] = self.0.map(|letter| u16::from(letter.wrapping_sub(b'A')));
        a.wrapping_mul(26).wrapping_add(b)
    }

    pub(crate) fn of_number(number: u16) -> Option<Self> {
        let letter = |n: u16| u8::try_from(n).ok()?.checked_add(b'A');
        let (a, b) = (number.checked_div(26)?, number.checked_rem(26)?);
        Self::new([letter(a)?, letter(b)?])
    }
}

impl Region {
    /// The region with this code.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        let fits = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        if code.is_empty() || code.len() > 3 || !code.bytes().all(fits) {
            return None;
        }
        let mut bytes = [0; 3];
        bytes
            .iter_mut()
            .zip(code.bytes())
            .for_each(|(to, b)| *to = b);
        Some(Self(bytes))
    }

    /// Its code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0)
            .unwrap_or_default()
            .trim_end_matches('\0')
    }
}

impl CountrySet {
    /// The set of these.
    #[must_use]
    pub fn of(countries: &[Country]) -> Self {
        let mut set = Self::default();
        countries.iter().for_each(|country| set.insert(*country));
        set
    }

    fn insert(&mut self, country: Country) {
        let number = country.number();
        if let Some(word) = self.0.get_mut(usize::from(number >> 6)) {
            *word |= 1u64.wrapping_shl(u32::from(number & 63));
        }
    }

    /// True where the country is one of the set.
    #[must_use]
    pub fn contains(&self, country: Country) -> bool {
        self.contains_number(country.number())
    }

    /// One bit for each country's number.
    pub(crate) const fn words(&self) -> [u64; 11] {
        self.0
    }

    /// `contains`, by the country's number.
    fn contains_number(&self, number: u16) -> bool {
        let word = self.0.get(usize::from(number >> 6)).copied();
        word.unwrap_or(0) & 1u64.wrapping_shl(u32::from(number & 63)) != 0
    }

    /// The countries by their letters.
    pub fn iter(&self) -> impl Iterator<Item = Country> {
        let all = (0..Country::COUNT).filter_map(Country::of_number);
        all.filter(|country| self.contains(*country))
    }
}

impl EnergyMix {
    /// The percent of a source.
    #[must_use]
    pub fn percent(&self, source: Energy) -> u8 {
        self.0.get(source as usize).copied().unwrap_or(0)
    }

    /// The percent of several sources together.
    #[must_use]
    pub fn percent_of(&self, sources: EnergySet) -> u16 {
        let percents = sources.iter().map(|source| u16::from(self.percent(source)));
        percents.fold(0, u16::saturating_add)
    }
}

impl Attributes {
    /// What constraints can tell apart: all but the region.
    pub(crate) const fn class(self) -> Self {
        Self {
            region: None,
            ..self
        }
    }

    /// True where percents add up to at most 100 and the rating is at most 10,000.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let percents = self.energy.0.iter().map(|percent| u16::from(*percent));
        percents.fold(0, u16::saturating_add) <= 100
            && self.rating.is_none_or(|rating| rating <= 10_000)
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CountrySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl TryFrom<String> for Country {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let letters = text.as_bytes().try_into().ok().and_then(Self::new);
        letters.ok_or("a country is two capital letters")
    }
}

impl TryFrom<String> for Region {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text).ok_or("a region is one to three capital letters or digits")
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.as_str().to_owned()
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.as_str().to_owned()
    }
}

impl From<Vec<Country>> for CountrySet {
    fn from(countries: Vec<Country>) -> Self {
        Self::of(&countries)
    }
}

impl From<CountrySet> for Vec<Country> {
    fn from(set: CountrySet) -> Self {
        set.iter().collect()
    }
}
