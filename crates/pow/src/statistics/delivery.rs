//! The rule on under-delivery: what the interval of the hashrate says of the promise.

use super::rate::{Delivered, part};
use crate::bundle::HashrateLine;
use serde::Serialize;
use units::{Hashrate, Millis, Work};

/// What was promised, and how sure one must be that it was not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The contract's hashrate.
    pub hashrate: Hashrate,
    /// How much less still keeps it, in parts per million.
    pub tolerance_ppm: u32,
    /// Of the two-sided interval.
    pub confidence_ppm: u32,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// The interval lies at or above the promise less the tolerance.
    Kept,
    /// The interval lies below it.
    Short,
    /// The interval contains it: too few shares to say.
    Undecided,
}

/// The answer with its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DeliveryFinding {
    /// The answer.
    pub verdict: Kept,
    /// What was promised.
    pub promised_hs: Hashrate,
    /// The promise less the tolerance.
    pub threshold_hs: Hashrate,
    /// What was delivered, with the interval's bounds.
    pub delivered: HashrateLine,
    /// The interval's confidence.
    pub confidence_ppm: u32,
    /// At most so often is a host that delivers exactly the threshold called short.
    pub false_alarm_ppm: u32,
}

impl Promise {
    /// Compares what was delivered over `time`. `if_none` is the work of one share at the target that was assigned,
    /// for the case that none came; zero where no target was ever assigned, so that nothing can have been delivered.
    #[must_use]
    pub fn judge(&self, delivered: &Delivered, time: Millis, if_none: Work) -> DeliveryFinding {
        let confidence_ppm = self.confidence_ppm.clamp(1, 999_999);
        let line = delivered.hashrate(time, confidence_ppm, if_none);
        let kept = 1_000_000u32.saturating_sub(self.tolerance_ppm);
        let threshold = Hashrate::new(part(self.hashrate.get(), kept.into(), 1_000_000));
        let verdict = if time.get() == 0 {
            Kept::Undecided
        } else if line.high_hs < threshold {
            Kept::Short
        } else if line.low_hs >= threshold {
            Kept::Kept
        } else {
            Kept::Undecided
        };
        DeliveryFinding {
            verdict,
            promised_hs: self.hashrate,
            threshold_hs: threshold,
            delivered: line,
            confidence_ppm,
            false_alarm_ppm: 1_000_000u32.saturating_sub(confidence_ppm).div_ceil(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(shares: u32, tolerance_ppm: u32, seconds: u64, if_none: u128) -> Kept {
        let mut delivered = Delivered::default();
        (0..shares).for_each(|_| delivered.observe(Work::new(1_000_000)));
        let promise = Promise {
            hashrate: Hashrate::new(1_000_000),
            tolerance_ppm,
            confidence_ppm: 950_000,
        };
        let finding = promise.judge(&delivered, Millis::new(seconds * 1_000), Work::new(if_none));
        assert_eq!(finding.false_alarm_ppm, 25_000);
        finding.verdict
    }

    #[test]
    fn the_interval_decides() {
        // Of 1,000 shares expected, the interval of 938 ends at 1,000.0 and that of 1,064 starts at 1,001.
        assert_eq!(judge(936, 0, 1_000, 0), Kept::Short);
        assert_eq!(judge(940, 0, 1_000, 0), Kept::Undecided);
        assert_eq!(judge(1_062, 0, 1_000, 0), Kept::Undecided);
        assert_eq!(judge(1_064, 0, 1_000, 0), Kept::Kept);
        assert_eq!(judge(936, 50_000, 1_000, 0), Kept::Undecided);
        assert_eq!(judge(1_014, 50_000, 1_000, 0), Kept::Kept);
        assert_eq!(judge(0, 1_000_000, 1_000, 0), Kept::Kept);
    }

    #[test]
    fn nothing_delivered() {
        assert_eq!(judge(0, 0, 3, 1_000_000), Kept::Undecided);
        assert_eq!(judge(0, 0, 4, 1_000_000), Kept::Short);
        assert_eq!(judge(0, 0, 1, 0), Kept::Short);
        assert_eq!(judge(5, 0, 0, 0), Kept::Undecided);
    }
}
