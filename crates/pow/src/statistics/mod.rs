//! The statistics of a verdict: what all shares together say that no single one can.
//!
//! Everything is a streaming sum of fixed size, in integers or fixed point, so that every machine that reads the same
//! bundle answers the same. `docs/verification.md` says in plain words what each test shows and what it cannot.

mod count;
mod delivery;
mod dispersion;
mod fixed;
mod gamma;
mod poisson;
mod rate;
mod ratio;
mod tail;
mod uniformity;

#[cfg(test)]
mod tests;

pub use delivery::{DeliveryFinding, Kept, Promise};
pub use dispersion::{Dispersion, DispersionFinding};
pub use poisson::{gamma_interval, poisson_interval};
pub use rate::{Delivered, HOURS_MAX, HourLine, Hourly};
pub use tail::{Tail, TailFinding, TailLevel};
pub use uniformity::{Uniformity, UniformityFinding};

use alloc::vec::Vec;
use ratio::Ratio;
use serde::{Serialize, Serializer};
use units::{Millis, Target, Timestamp, Work};

/// The rate of false alarms of each test where nothing else is asked for: one honest contract in a thousand.
pub const ALPHA_PPM: u32 = 1_000;
/// Shares that the tests look at, more than any contract has; those after them are left out.
pub const SHARES_MAX: u64 = u32::MAX as u64;
/// Arrivals are looked at from here on after the opening: before, targets still find their level.
pub const WARM_UP: Millis = Millis::new(600_000);

/// The windows of time in which arrivals are counted; the shortest that holds enough shares is reported.
const WINDOWS: [Millis; 3] = [Millis::new(1_000), Millis::new(10_000), Millis::new(60_000)];

/// What a test says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Honest data looks like this.
    Pass,
    /// Honest data looks like this at most as often as the stated rate of false alarms.
    Suspicious,
    /// Not enough shares to say anything.
    TooFew,
    /// Too much had to be left out to say anything of the whole.
    NotJudged,
}

/// One share that counts, as the tests see it.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// The header's hash, in header byte order.
    pub hash: &'a [u8; 32],
    /// The target that was assigned before it.
    pub target: Target,
    /// That target's work.
    pub work: Work,
    /// The network's target by the header's nbits; none where they are no target.
    pub network: Option<Target>,
    /// When it arrived.
    pub at: Timestamp,
}

/// Every test of a contract at once; feed it the shares that count, in the bundle's order.
#[derive(Clone, Debug)]
pub struct Statistics {
    opened: Timestamp,
    delivered: Delivered,
    hourly: Hourly,
    uniformity: Uniformity,
    tail: Tail,
    dispersions: [Dispersion; 3],
}

/// What the tests say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// Whether the promised hashrate was delivered.
    pub delivery: DeliveryFinding,
    /// Hashrate by the hour.
    pub hours: Vec<HourLine>,
    /// Hashes below their targets.
    pub uniformity: UniformityFinding,
    /// Shares far below their targets.
    pub tail: TailFinding,
    /// Arrivals.
    pub dispersion: DispersionFinding,
}

impl Statistics {
    /// For a contract opened here.
    #[must_use]
    pub fn new(opened: Timestamp) -> Self {
        Self {
            opened,
            delivered: Delivered::default(),
            hourly: Hourly::new(opened),
            uniformity: Uniformity::default(),
            tail: Tail::default(),
            dispersions: WINDOWS.map(|window| Dispersion::new(opened.after(WARM_UP), window)),
        }
    }

    /// Adds one share that counts.
    pub fn observe(&mut self, share: &Observation<'_>) {
        self.delivered.observe(share.work);
        self.hourly.observe(share.at, share.work);
        for dispersion in &mut self.dispersions {
            dispersion.observe(share.at);
        }
        if let Some(ratio) = Ratio::new(share.hash, &share.target) {
            self.uniformity.count(ratio);
            if let Some(network) = &share.network {
                self.tail.count(ratio, share.work, network);
            }
        }
    }

    /// See [`Dispersion::disturb`].
    pub fn disturb(&mut self) {
        self.dispersions.iter_mut().for_each(Dispersion::disturb);
    }

    /// The tests as of now, delivery up to `end`. `if_none`: see [`Promise::judge`].
    #[must_use]
    pub fn findings(
        &self,
        end: Timestamp,
        promise: &Promise,
        if_none: Work,
        alpha_ppm: u32,
    ) -> Findings {
        let [first, second, last] = &self.dispersions;
        let fitting = [first, second].into_iter().find(|windows| windows.fits());
        Findings {
            delivery: promise.judge(&self.delivered, end.since(self.opened), if_none),
            hours: self.hourly.lines(end, promise.confidence_ppm),
            uniformity: self.uniformity.finding(alpha_ppm),
            tail: self.tail.finding(alpha_ppm),
            dispersion: fitting.unwrap_or(last).finding(alpha_ppm),
        }
    }
}

impl Outcome {
    const fn of(enough: bool, p_ppm: u32, alpha_ppm: u32) -> Self {
        if !enough {
            Self::TooFew
        } else if p_ppm <= alpha_ppm {
            Self::Suspicious
        } else {
            Self::Pass
        }
    }
}

/// Numbers that may pass 2^53 travel as decimal strings.
fn decimal<S: Serializer>(value: &u128, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}
