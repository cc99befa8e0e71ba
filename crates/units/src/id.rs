//! Ids and names.

use crate::parse::{ParseError, decimal};
use core::{fmt, str::FromStr};

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
        pub struct $name(u64);

        impl $name {
            /// The id with this number.
            #[must_use]
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
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
                u64::try_from(decimal(text)?).map(Self).map_err(|_| ParseError::OutOfRange)
            }
        }
    };
}

number_id! {
    /// An order, numbered in the sequence of the exchange.
    OrderId
}
number_id! {
    /// A contract, numbered in the sequence of the exchange.
    ContractId
}

number_id! {
    /// A host's site, numbered in the sequence of the exchange.
    SiteId
}
number_id! {
    /// The machines of one model at a site, numbered in the sequence of the exchange.
    FleetId
}
number_id! {
    /// Capacity that a host sells, numbered in the sequence of the exchange.
    ListingId
}

const NAME_MAX: usize = 32;

/// 1 to 32 of `a-z 0-9 - _`: what an account or a worker may be called.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Name {
    bytes: [u8; NAME_MAX],
    len: u8,
}

impl Name {
    fn as_str(&self) -> &str {
        let used = self.bytes.get(..usize::from(self.len)).unwrap_or_default();
        core::str::from_utf8(used).unwrap_or_default()
    }
}

impl FromStr for Name {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let allowed =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        if text.is_empty() || text.len() > NAME_MAX || !text.bytes().all(allowed) {
            return Err(ParseError::BadName);
        }
        let mut bytes = [0; NAME_MAX];
        bytes
            .iter_mut()
            .zip(text.bytes())
            .for_each(|(to, from)| *to = from);
        let len = u8::try_from(text.len()).map_err(|_| ParseError::BadName)?;
        Ok(Self { bytes, len })
    }
}

macro_rules! name_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Name);

        impl $name {
            /// The name itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                text.parse().map(Self)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
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

name_id! {
    /// An account of the marketplace, by its name: 1 to 32 of `a-z 0-9 - _`.
    AccountId
}
name_id! {
    /// A worker of a host, the part after the first dot of a Stratum login: 1 to 32 of `a-z 0-9 - _`.
    WorkerName
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn names_are_checked() {
        assert_eq!(
            "demo-host".parse::<AccountId>().unwrap().to_string(),
            "demo-host"
        );
        for bad in ["", "Demo", "a.b", "a b", "é", &"x".repeat(33)] {
            assert_eq!(bad.parse::<AccountId>(), Err(ParseError::BadName), "{bad}");
        }
    }

    #[test]
    fn number_ids_are_plain_decimal() {
        assert_eq!("7".parse(), Ok(ContractId::new(7)));
        assert_eq!("-7".parse::<ContractId>(), Err(ParseError::NotDecimal));
    }
}
