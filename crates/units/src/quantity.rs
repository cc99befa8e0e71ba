//! Money, prices, hashrates and work: one private integer each.

use crate::parse::{ParseError, decimal};
use core::{fmt, str::FromStr};

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident($int:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($int);

        impl $name {
            /// Nothing of it.
            pub const ZERO: Self = Self(0);
            /// The most the type holds.
            pub const MAX: Self = Self(<$int>::MAX);

            /// The quantity with this many units.
            #[must_use]
            pub const fn new(units: $int) -> Self {
                Self(units)
            }

            /// How many units.
            #[must_use]
            pub const fn get(self) -> $int {
                self.0
            }

            /// True for nothing.
            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            /// The sum, or `None` where it passes the type.
            #[must_use]
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(sum) => Some(Self(sum)),
                    None => None,
                }
            }

            /// The difference, or `None` where it would be negative.
            #[must_use]
            pub const fn checked_sub(self, other: Self) -> Option<Self> {
                match self.0.checked_sub(other.0) {
                    Some(rest) => Some(Self(rest)),
                    None => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                <$int>::try_from(decimal(text)?).map(Self).map_err(|_| ParseError::OutOfRange)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_str(crate::parse::Text(core::marker::PhantomData))
            }
        }
    };
}

quantity! {
    /// Satoshis: 10^-8 bitcoin. All money is counted in them.
    Sats(u64)
}
quantity! {
    /// Satoshis per PH/s (10^15 hashes a second) and day (86,400 s).
    Price(u64)
}
quantity! {
    /// Hashes per second.
    Hashrate(u128)
}
quantity! {
    /// Expected hashes: `floor(2^256 / (target + 1))`, summed. Additive, unlike difficulty.
    Work(u128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_is_checked() {
        assert_eq!(Sats::MAX.checked_add(Sats::new(1)), None);
        assert_eq!(Sats::ZERO.checked_sub(Sats::new(1)), None);
        assert_eq!(Work::new(7).checked_sub(Work::new(3)), Some(Work::new(4)));
    }

    #[test]
    fn text_is_plain_decimal() {
        assert_eq!("42".parse(), Ok(Sats::new(42)));
        for bad in ["", "+1", "-1", "1.0", " 1", "1_0", "0x1", "1e3"] {
            assert_eq!(bad.parse::<Sats>(), Err(ParseError::NotDecimal), "{bad}");
        }
        assert_eq!(
            "18446744073709551616".parse::<Sats>(),
            Err(ParseError::OutOfRange)
        );
    }

    #[test]
    fn json_is_a_decimal_string() {
        let json = serde_json::to_string(&Hashrate::new(u128::MAX)).unwrap();
        assert_eq!(json, "\"340282366920938463463374607431768211455\"");
        assert_eq!(
            serde_json::from_str::<Hashrate>(&json).unwrap(),
            Hashrate::MAX
        );
        assert!(serde_json::from_str::<Hashrate>("12").is_err());
    }
}
