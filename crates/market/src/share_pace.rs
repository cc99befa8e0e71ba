//! How often a contract's machines are to find a share.

use crate::Refusal;
use serde::{Deserialize, Serialize};

/// Shares a minute that each machine of a contract is steered to, 6 to 20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct SharePace(u32);

impl SharePace {
    /// With fewer nobody can tell for minutes whether a machine works.
    pub const MIN: u32 = 6;
    /// More tell hardly more, and each is sent, judged and kept.
    pub const MAX: u32 = 20;

    /// Takes a number of shares a minute.
    ///
    /// # Errors
    /// `Refusal::SharePaceOutOfRange` below 6 and above 20.
    pub const fn new(shares_per_minute: u32) -> Result<Self, Refusal> {
        if shares_per_minute < Self::MIN || shares_per_minute > Self::MAX {
            return Err(Refusal::SharePaceOutOfRange);
        }
        Ok(Self(shares_per_minute))
    }

    /// Shares a minute.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for SharePace {
    type Error = Refusal;

    fn try_from(shares_per_minute: u32) -> Result<Self, Refusal> {
        Self::new(shares_per_minute)
    }
}

impl From<SharePace> for u32 {
    fn from(pace: SharePace) -> Self {
        pace.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_to_twenty_also_in_json() {
        for (number, good) in [(0, false), (5, false), (6, true), (20, true), (21, false)] {
            assert_eq!(SharePace::new(number).is_ok(), good, "{number}");
            let read = serde_json::from_str::<SharePace>(&number.to_string());
            assert_eq!(read.is_ok(), good, "{number}");
            assert!(read.is_err() || read.unwrap().get() == number);
        }
        let six = SharePace::new(6).unwrap();
        assert_eq!(serde_json::to_string(&six).unwrap(), "6");
    }
}
