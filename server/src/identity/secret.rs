//! Random secrets, and what is kept of them.

use sha2::{Digest, Sha256};

/// So many bytes of the system's random source.
///
/// # Errors
/// Where the system has none to give.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// 256 random bits: nobody guesses them, so that a plain hash of them is enough to keep.
pub(crate) struct Secret([u8; 32]);

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// Where the system has no randomness to give.
    pub(crate) fn new() -> Result<Self, getrandom::Error> {
        random().map(Self)
    }

    /// Reads 64 hex digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        stratum::hex::decode_array(text).map(Self)
    }

    /// 64 hex digits.
    pub(crate) fn hex(&self) -> String {
        stratum::hex::encode(&self.0)
    }

    /// What is kept.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}
