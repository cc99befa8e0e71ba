//! Under-delivery: when a host's bond is used, and how much of it.

use crate::settlement::owed;
use crate::statistics::{Delivered, DeliveryFinding, Kept, Promise};
use serde::Serialize;
use units::{Millis, Price, Sats, Work};

/// What stands behind a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guarantee {
    /// The hashrate, with the contract's tolerance and confidence.
    pub promise: Promise,
    /// What work costs.
    pub price: Price,
    /// What the host has put up: the most that the buyer can be compensated with.
    pub bond: Sats,
}

/// What a guarantee comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Compensation {
    /// The interval against the promise.
    pub finding: DeliveryFinding,
    /// Work that is missing beyond the tolerance and beyond doubt; zero unless the finding is `short`.
    pub missing_hashes: Work,
    /// What of the bond goes to the buyer; the rest goes back to the host.
    pub forfeit_sats: Sats,
}

impl Guarantee {
    /// Judges once, when the contract is over: a look at every epoch would find chance alone guilty sooner or later.
    ///
    /// The bond is used only where even the interval's upper bound is below the promise less the tolerance. Then the buyer
    /// gets what lies between the two, at the contract's price, up to the bond: it starts at nothing and grows with
    /// what is certainly missing. What was proven is paid as ever, and what was not has not been paid.
    ///
    /// `if_none`: see [`Promise::judge`].
    #[must_use]
    pub fn judge(&self, delivered: &Delivered, time: Millis, if_none: Work) -> Compensation {
        let finding = self.promise.judge(delivered, time, if_none);
        let missing = match finding.verdict {
            Kept::Short => {
                let threshold = finding.threshold_hs.get();
                let rate = threshold.saturating_sub(finding.delivered.high_hs.get());
                work_over(rate, time)
            }
            Kept::Kept | Kept::Undecided => 0,
        };
        let missing_hashes = Work::new(missing);
        // What passes the type passes the bond.
        let worth = owed(missing_hashes, self.price).unwrap_or(Sats::MAX);
        Compensation {
            finding,
            missing_hashes,
            forfeit_sats: worth.min(self.bond),
        }
    }
}

/// The standard deviation of a hashrate that `shares` equal shares show, in parts per million of it, rounded up:
/// `1 / sqrt(shares)`. Of no share, all of it.
#[must_use]
pub fn relative_error_ppm(shares: u64) -> u32 {
    const SQUARE: u64 = 1_000_000_000_000;
    let Some(square) = SQUARE.checked_div(shares) else {
        return 1_000_000;
    };
    let root = square.isqrt();
    let below = u128::from(root).saturating_mul(root.into());
    let is_exact = below.saturating_mul(shares.into()) == u128::from(SQUARE);
    let root = u32::try_from(root).unwrap_or(u32::MAX);
    root.saturating_add(u32::from(!is_exact))
}

/// Rounded down, in the host's favour; saturating.
fn work_over(rate_hs: u128, time: Millis) -> u128 {
    let whole = rate_hs.checked_div(1_000).unwrap_or(0);
    let rest = rate_hs.checked_rem(1_000).unwrap_or(0);
    let time = u128::from(time.get());
    let rest = rest.saturating_mul(time).checked_div(1_000).unwrap_or(0);
    whole.saturating_mul(time).saturating_add(rest)
}

#[cfg(test)]
mod tests;
