//! What is known of a host from the term contracts that are over and were judged, or delivered all that was bought.

use crate::Market;
use serde::{Deserialize, Serialize};
use units::AccountId;

/// The term contracts of a host that say something of him: not those that the buyer ended, or whose proof the pool filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// All of them.
    pub ended: u64,
    /// Those that fell short of the promise, by the rule on under-delivery.
    pub short: u64,
}

impl Record {
    /// 0 to 10,000: `floor(10,000 * (kept + 1) / (ended + 2))`, so 5,000 for a host of whom nothing is known.
    #[must_use]
    pub fn rating(&self) -> u16 {
        let kept = u128::from(self.ended.saturating_sub(self.short)).saturating_add(1);
        let all = u128::from(self.ended).saturating_add(2);
        let rating = kept.saturating_mul(10_000).checked_div(all).unwrap_or(0);
        u16::try_from(rating).unwrap_or(10_000)
    }

    /// With one more.
    pub(crate) const fn with(self, short: bool) -> Self {
        Self {
            ended: self.ended.saturating_add(1),
            short: self.short.saturating_add(if short { 1 } else { 0 }),
        }
    }
}

impl Market {
    /// What is known of a host.
    #[must_use]
    pub fn record(&self, host: &AccountId) -> Record {
        self.records.get(host).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Record;

    #[test]
    fn a_rating_starts_in_the_middle_and_follows_the_record() {
        let mut record = Record::default();
        assert_eq!(record.rating(), 5_000);
        record = record.with(false);
        assert_eq!(record.rating(), 6_666);
        record = record.with(true);
        assert_eq!(record.rating(), 5_000);
        let all = u64::MAX;
        assert_eq!(
            Record {
                ended: all,
                short: 0
            }
            .rating(),
            9_999
        );
        assert_eq!(
            Record {
                ended: all,
                short: all
            }
            .rating(),
            0
        );
    }
}
