//! Sums of work, and the hashrate that they show with its 95 % interval.

use crate::statistics::Delivered;
use units::{Hashrate, Millis, Work};

/// Sums that the interval needs: shares are a Poisson process, each carrying its own work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkSum {
    /// How many shares.
    pub shares: u64,
    /// Their work.
    pub work: Work,
    /// The same, as the interval needs it.
    delivered: Delivered,
}

/// A hashrate with the bounds of its 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// The estimate: work / time.
    pub hashrate: Hashrate,
    /// 2.5 % of hashrates that would show this lie below.
    pub low: Hashrate,
    /// 2.5 % of hashrates that would show this lie above.
    pub high: Hashrate,
}

const CONFIDENCE_PPM: u32 = 950_000;

impl WorkSum {
    /// Adds one share; `None` where a sum passes its type.
    #[must_use]
    pub fn checked_add(mut self, work: Work) -> Option<Self> {
        self.shares = self.shares.checked_add(1)?;
        self.work = self.work.checked_add(work)?;
        self.delivered.observe(work);
        Some(self)
    }

    /// Both sums together; `None` where one passes its type.
    #[must_use]
    pub fn checked_merge(self, other: Self) -> Option<Self> {
        Some(Self {
            shares: self.shares.checked_add(other.shares)?,
            work: self.work.checked_add(other.work)?,
            delivered: self.delivered.merge(other.delivered),
        })
    }

    /// The hashrate over `time`, with the exact bounds of [`Delivered::hashrate`]. Of no shares: everything is zero.
    #[must_use]
    pub fn interval(&self, time: Millis) -> Interval {
        let line = self.delivered.hashrate(time, CONFIDENCE_PPM, Work::ZERO);
        Interval {
            hashrate: line.estimate_hs,
            low: line.low_hs,
            high: line.high_hs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(shares: u64, work: u128) -> WorkSum {
        (0..shares).fold(WorkSum::default(), |sum, _| {
            sum.checked_add(Work::new(work)).unwrap()
        })
    }

    #[test]
    fn matches_the_exact_poisson_bounds() {
        // Exact (Garwood) bounds for n = 4, 10, 100 and 1,000 events, in thousandths of an event.
        for (n, low, high) in [
            (4, 1_090, 10_242),
            (10, 4_795, 18_390),
            (100, 81_364, 121_627),
            (1_000, 938_970, 1_063_954),
        ] {
            let share = 1_000_000_000;
            let found = sum(n, share).interval(Millis::new(1_000));
            assert_eq!(found.hashrate.get(), u128::from(n) * share);
            let near = |bound: Hashrate, exact: u128| {
                (bound.get() / 1_000_000).abs_diff(exact) * 1_000 <= exact
            };
            assert!(near(found.low, low), "{n}: {found:?}");
            assert!(near(found.high, high), "{n}: {found:?}");
        }
    }

    #[test]
    fn unequal_shares_widen_the_interval() {
        let equal = sum(100, 1 << 40).interval(Millis::new(1_000));
        let mixed = sum(99, 1 << 34)
            .checked_add(Work::new(99 << 40))
            .unwrap()
            .interval(Millis::new(1_000));
        let width = |i: Interval| (i.high.get() - i.low.get()) * 100 / i.hashrate.get();
        assert!(
            width(mixed) > 3 * width(equal),
            "{} {}",
            width(mixed),
            width(equal)
        );
        assert_eq!(
            WorkSum::default().interval(Millis::new(5)),
            Interval::default()
        );
    }
}
