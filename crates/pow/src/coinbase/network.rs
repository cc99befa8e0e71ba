//! The chain that an address is written for.

use bech32::{Hrp, hrp};
use serde::{Serialize, Serializer};

/// A Bitcoin network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Network {
    /// The one with money.
    #[default]
    Main,
    /// The public test networks 3 and 4: their addresses look alike.
    Test,
    /// A private chain.
    Regtest,
}

impl Network {
    /// `main`, `test` or `regtest`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Test => "test",
            Self::Regtest => "regtest",
        }
    }

    /// Its number in a bundle.
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        match self {
            Self::Main => 0,
            Self::Test => 1,
            Self::Regtest => 2,
        }
    }

    /// The network with this number in a bundle.
    #[must_use]
    pub const fn from_u8(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Main),
            1 => Some(Self::Test),
            2 => Some(Self::Regtest),
            _ => None,
        }
    }

    /// nbits of the easiest target that a block may have: Bitcoin Core's `powLimit`, in its compact form.
    pub(crate) const fn easiest_nbits(self) -> u32 {
        match self {
            Self::Main | Self::Test => 0x1d00_ffff,
            Self::Regtest => 0x207f_ffff,
        }
    }

    /// What an address of a witness program starts with: BIP 173.
    pub(super) const fn hrp(self) -> Hrp {
        match self {
            Self::Main => hrp::BC,
            Self::Test => hrp::TB,
            Self::Regtest => hrp::BCRT,
        }
    }

    /// The first byte of a base58 address of a key's hash.
    pub(super) const fn key_prefix(self) -> u8 {
        match self {
            Self::Main => 0x00,
            Self::Test | Self::Regtest => 0x6f,
        }
    }

    /// The first byte of a base58 address of a script's hash.
    pub(super) const fn script_prefix(self) -> u8 {
        match self {
            Self::Main => 0x05,
            Self::Test | Self::Regtest => 0xc4,
        }
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words_name_the_same() {
        let words = ["main", "test", "regtest"];
        for (number, word) in (0..).zip(words) {
            let network = Network::from_u8(number).unwrap();
            assert_eq!(network.to_u8(), number);
            assert_eq!(network.as_str(), word);
            let json = serde_json::to_string(&network).unwrap();
            assert_eq!(json, alloc::format!("\"{word}\""));
        }
        assert!((3..=u8::MAX).all(|number| Network::from_u8(number).is_none()));
    }
}
