//! Hashrate from shares, with exact intervals, in all and by the hour.

use super::poisson::gamma_interval;
use crate::bundle::HashrateLine;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use units::{Hashrate, Millis, Timestamp, Work};

/// What was delivered in some time: what an interval needs to know of the shares. In JSON the sums are decimal strings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    shares: u64,
    #[serde(with = "sum")]
    work: u128,
    /// Sums of the work and of its square in units of 2^8 hashes, where the squares stay far from 128 bits.
    #[serde(with = "sum")]
    scaled: u128,
    #[serde(with = "sum")]
    squares: u128,
}

/// A `u128` as a decimal string.
mod sum {
    use serde::{Deserialize, Deserializer, Serializer};
    use units::Work;

    pub(super) fn serialize<S: Serializer>(sum: &u128, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(sum)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u128, D::Error> {
        Work::deserialize(from).map(Work::get)
    }
}

/// Hours that are kept apart: more than a year of them. They bound the memory, whatever the times in a bundle.
pub const HOURS_MAX: usize = 10_000;

const HOUR_MS: u64 = 3_600_000;
const SQUARE_SHIFT: u32 = 8;
/// Fixed point: millionths.
const MILLION: u128 = 1_000_000;

impl Delivered {
    /// Adds one share; sums stay at the most their type holds.
    pub fn observe(&mut self, work: Work) {
        let scaled = (work.get() >> SQUARE_SHIFT).max(1);
        self.shares = self.shares.saturating_add(1);
        self.work = self.work.saturating_add(work.get());
        self.scaled = self.scaled.saturating_add(scaled);
        self.squares = self.squares.saturating_add(scaled.saturating_mul(scaled));
    }

    /// Both together.
    #[must_use]
    pub const fn merge(self, other: Self) -> Self {
        Self {
            shares: self.shares.saturating_add(other.shares),
            work: self.work.saturating_add(other.work),
            scaled: self.scaled.saturating_add(other.scaled),
            squares: self.squares.saturating_add(other.squares),
        }
    }

    /// How many shares.
    #[must_use]
    pub const fn shares(&self) -> u64 {
        self.shares
    }

    /// Their work.
    #[must_use]
    pub const fn work(&self) -> Work {
        Work::new(self.work)
    }

    /// The hashrate over `time` with its exact Poisson bounds. Shares of unequal work count as `(sum w)^2 / sum w^2`
    /// equal ones. Where there is no share, the upper bound is that of none seen worth `if_none` each. Over no time
    /// everything is zero.
    #[must_use]
    pub fn hashrate(&self, time: Millis, confidence_ppm: u32, if_none: Work) -> HashrateLine {
        let per_second = |work: u128| {
            let scaled = work.saturating_mul(1_000);
            Hashrate::new(scaled.checked_div(time.get().into()).unwrap_or(0))
        };
        let n = self.effective_shares_millionths();
        let (low, high) = gamma_interval(n, confidence_ppm);
        let bound = |events: u128| {
            per_second(if n == 0 {
                part(if_none.get(), events, MILLION)
            } else {
                part(self.work, events, n)
            })
        };
        HashrateLine {
            estimate_hs: per_second(self.work),
            low_hs: bound(low),
            high_hs: bound(high),
        }
    }

    fn effective_shares_millionths(&self) -> u128 {
        let plain = u128::from(self.shares).saturating_mul(MILLION);
        if plain == 0 || self.squares == u128::MAX {
            return plain;
        }
        // The share-weighted mean of the work, in 65,536ths, keeps the product within 128 bits.
        let mean = part(self.squares, 1 << 16, self.scaled);
        part(self.scaled, MILLION << 16, mean).clamp(MILLION, plain)
    }
}

/// One hour of delivery, counted from the contract's opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct HourLine {
    /// Start.
    pub start_ms: u64,
    /// Length; less than an hour for the last.
    pub duration_ms: u64,
    /// Shares.
    pub shares: u64,
    /// Their work.
    pub work_hashes: Work,
    /// Hashrate with its bounds.
    pub hashrate: HashrateLine,
}

/// Delivery by the hour.
#[derive(Clone, Debug)]
pub struct Hourly {
    opened: Timestamp,
    hours: Vec<Delivered>,
}

impl Hourly {
    /// Hours are counted from here.
    #[must_use]
    pub const fn new(opened: Timestamp) -> Self {
        Self {
            opened,
            hours: Vec::new(),
        }
    }

    /// Adds one share; those after [`HOURS_MAX`] hours are left out.
    pub fn observe(&mut self, at: Timestamp, work: Work) {
        let index = usize::try_from(hours(at.since(self.opened))).unwrap_or(usize::MAX);
        if index >= HOURS_MAX {
            return;
        }
        if self.hours.len() <= index {
            self.hours
                .resize(index.saturating_add(1), Delivered::default());
        }
        if let Some(hour) = self.hours.get_mut(index) {
            hour.observe(work);
        }
    }

    /// Every hour up to `end`, those without a share too; at most [`HOURS_MAX`].
    #[must_use]
    pub fn lines(&self, end: Timestamp, confidence_ppm: u32) -> Vec<HourLine> {
        let (shares, work) = self
            .hours
            .iter()
            .fold((0u128, 0u128), |(shares, work), hour| {
                let more = shares.saturating_add(hour.shares.into());
                (more, work.saturating_add(hour.work))
            });
        let mean = Work::new(work.checked_div(shares).unwrap_or(0));
        let empty = core::iter::repeat(Delivered::default());
        let starts =
            (0u64..).map(|hour| self.opened.after(Millis::new(hour.saturating_mul(HOUR_MS))));
        starts
            .zip(self.hours.iter().copied().chain(empty))
            .take(HOURS_MAX)
            .take_while(|(start, _)| *start < end)
            .map(|(start, hour)| {
                let duration = end.since(start).min(Millis::new(HOUR_MS));
                HourLine {
                    start_ms: start.unix_ms(),
                    duration_ms: duration.get(),
                    shares: hour.shares,
                    work_hashes: hour.work(),
                    hashrate: hour.hashrate(duration, confidence_ppm, mean),
                }
            })
            .collect()
    }
}

fn hours(time: Millis) -> u64 {
    time.get().checked_div(HOUR_MS).unwrap_or(0)
}

/// `a * b / c`, saturating; splits `a` so that the product stays small.
pub(super) fn part(a: u128, b: u128, c: u128) -> u128 {
    let c = c.max(1);
    let whole = a.checked_div(c).unwrap_or(0).saturating_mul(b);
    let rest = a.checked_rem(c).unwrap_or(0);
    let rest = match rest.checked_mul(b) {
        Some(product) => product.checked_div(c),
        // Only where `c` is beyond 2^64, whose lower half then weighs nothing.
        None => (rest >> 64).saturating_mul(b).checked_div((c >> 64).max(1)),
    };
    whole.saturating_add(rest.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(works: impl IntoIterator<Item = u128>) -> Delivered {
        let mut delivered = Delivered::default();
        works
            .into_iter()
            .for_each(|work| delivered.observe(Work::new(work)));
        delivered
    }

    #[test]
    fn bounds_are_the_exact_ones() {
        let line = of([1_000_000_000_000; 10]).hashrate(Millis::new(1_000), 950_000, Work::ZERO);
        assert_eq!(line.estimate_hs.get(), 10_000_000_000_000);
        assert_eq!(line.low_hs.get() / 10_000_000, 479_538);
        assert_eq!(line.high_hs.get() / 10_000_000, 1_839_035);
    }

    #[test]
    fn unequal_shares_count_as_fewer() {
        assert_eq!(of([1 << 40; 7]).effective_shares_millionths(), 7_000_000);
        // (100 + 900)^2 / (100 * 1 + 9 * 100^2) = 11.0988
        let mixed = of([1 << 40; 100].into_iter().chain([100 << 40; 9]));
        assert_eq!(mixed.effective_shares_millionths(), 11_098_779);
        assert_eq!(of([u128::MAX; 3]).effective_shares_millionths(), 3_000_000);
    }

    #[test]
    fn no_share_is_not_no_hashrate() {
        let line = of([]).hashrate(Millis::new(2_000), 950_000, Work::new(1_000_000));
        assert_eq!(line.high_hs.get(), 3_688_879 / 2);
        assert_eq!((line.estimate_hs, line.low_hs), Default::default());
        assert_eq!(
            of([5]).hashrate(Millis::new(0), 950_000, Work::ZERO),
            HashrateLine::default()
        );
    }

    #[test]
    fn hours_count_from_the_opening_and_are_bounded() {
        let opened = Timestamp::from_unix_ms(1_000);
        let mut hourly = Hourly::new(opened);
        for at in [1_000, 3_600_999, 2 * HOUR_MS + 1_000, u64::MAX] {
            hourly.observe(Timestamp::from_unix_ms(at), Work::new(HOUR_MS.into()));
        }
        let end = Timestamp::from_unix_ms(2 * HOUR_MS + 1_500);
        let lines = hourly.lines(end, 950_000);
        let brief: Vec<_> = lines
            .iter()
            .map(|l| (l.start_ms, l.duration_ms, l.shares))
            .collect();
        assert_eq!(
            brief,
            [
                (1_000, HOUR_MS, 2),
                (HOUR_MS + 1_000, HOUR_MS, 0),
                (2 * HOUR_MS + 1_000, 500, 1)
            ]
        );
        assert_eq!(lines[0].hashrate.estimate_hs.get(), 2_000);
        assert!(lines[1].hashrate.high_hs.get() > 3_600);
        assert_eq!(
            hourly
                .lines(Timestamp::from_unix_ms(u64::MAX), 950_000)
                .len(),
            HOURS_MAX
        );
    }
}
