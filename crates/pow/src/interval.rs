//! The hashrate that shares show, with its 95 % interval, in integers.

use units::{Hashrate, Millis, Work};

/// Sums that the interval needs: shares are a Poisson process, each carrying its own work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkSum {
    /// How many shares.
    pub shares: u64,
    /// Their work.
    pub work: Work,
    /// The sum of the squares of their work, in units of 2^16; it only weighs shares of unequal difficulty.
    squares: u128,
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

impl WorkSum {
    /// Adds one share; `None` where a sum passes its type.
    #[must_use]
    pub fn checked_add(self, work: Work) -> Option<Self> {
        let scaled = work.get() >> SQUARE_SHIFT;
        Some(Self {
            shares: self.shares.checked_add(1)?,
            work: self.work.checked_add(work)?,
            squares: self.squares.saturating_add(scaled.saturating_mul(scaled)),
        })
    }

    /// Both sums together; `None` where one passes its type.
    #[must_use]
    pub fn checked_merge(self, other: Self) -> Option<Self> {
        Some(Self {
            shares: self.shares.checked_add(other.shares)?,
            work: self.work.checked_add(other.work)?,
            squares: self.squares.saturating_add(other.squares),
        })
    }

    /// The hashrate over `time`. Bounds are Byar's approximation of the exact Poisson interval
    /// `n (1 - 1/9n -/+ z/(3 sqrt n))^3`, n and n + 1, with the effective number of shares `(sum w)^2 / sum w^2`;
    /// within 2 % of the exact bounds from 4 shares on. Of no shares: everything is zero.
    #[must_use]
    pub fn interval(&self, time: Millis) -> Interval {
        if self.shares == 0 || time.get() == 0 {
            return Interval::default();
        }
        let per_second = |work: u128| {
            let scaled = work
                .checked_mul(1_000)
                .and_then(|w| w.checked_div(time.get().into()));
            Hashrate::new(scaled.unwrap_or(u128::MAX))
        };
        let n = self.effective_shares_millionths();
        let (low, high) = byar(n);
        let part = |factor: u128| scale(self.work.get(), factor, n.max(1));
        Interval {
            hashrate: per_second(self.work.get()),
            low: per_second(part(low)),
            high: per_second(part(high)),
        }
    }

    /// `(sum w)^2 / sum w^2` in millionths; the plain number of shares where all carry the same work.
    fn effective_shares_millionths(&self) -> u128 {
        let plain = u128::from(self.shares).saturating_mul(ONE);
        let work = self.work.get() >> SQUARE_SHIFT;
        if self.squares == 0 || self.squares == u128::MAX {
            return plain;
        }
        // work / (squares / work) keeps the product within 128 bits.
        let mean_square = self.squares.checked_div(work.max(1)).unwrap_or(0);
        let effective = scale(work, ONE, mean_square.max(1));
        effective.clamp(ONE, plain)
    }
}

/// Squares are taken of work / 2^8: exact enough from 256 hashes a share on, and far from 128 bits below 2^72.
const SQUARE_SHIFT: u32 = 8;
/// Fixed point: millionths.
const ONE: u128 = 1_000_000;
/// The normal distribution's 97.5 % point, in millionths.
const Z: u128 = 1_959_964;

/// Byar's bounds for `n` events, all in millionths.
fn byar(n: u128) -> (u128, u128) {
    let low = cube_scaled(n, n, false);
    let more = n.saturating_add(ONE);
    (low, cube_scaled(more, more, true))
}

/// `n (1 - 1/(9n) ± z/(3 sqrt n))^3` in millionths; 0 where the bracket is negative.
fn cube_scaled(n: u128, value: u128, plus: bool) -> u128 {
    let ninth = scale(ONE, ONE, n.saturating_mul(9).max(1));
    let root = n.saturating_mul(ONE).isqrt(); // sqrt(n) in millionths
    let spread = scale(Z, ONE, root.saturating_mul(3).max(1));
    let base = ONE.saturating_sub(ninth);
    let factor = if plus {
        base.saturating_add(spread)
    } else {
        base.saturating_sub(spread)
    };
    let squared = scale(factor, factor, ONE);
    scale(value, scale(squared, factor, ONE), ONE)
}

/// `a * b / c`, saturating; splits `a` so that the product stays small.
fn scale(a: u128, b: u128, c: u128) -> u128 {
    let c = c.max(1);
    let whole = a.checked_div(c).unwrap_or(0).saturating_mul(b);
    let rest = a
        .checked_rem(c)
        .unwrap_or(0)
        .saturating_mul(b)
        .checked_div(c)
        .unwrap_or(0);
    whole.saturating_add(rest)
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
                (bound.get() / 1_000_000).abs_diff(exact) * 50 <= exact
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
