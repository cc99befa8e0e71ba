//! What only all shares together say; `docs/verification.md` explains each test and what it cannot show.

use crate::HashrateEstimate;
use serde::{Deserialize, Serialize};
use units::{Hashrate, Work};

/// The tests over all shares of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// Whether the promised hashrate was delivered.
    pub delivery: Delivery,
    /// Hashrate by the hour.
    pub hours: Vec<Hour>,
    /// Hashes below their targets.
    pub uniformity: Uniformity,
    /// Shares far below their targets.
    pub tail: Tail,
    /// Arrivals.
    pub dispersion: Dispersion,
}

/// What a test says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// Whether the promise was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// The interval lies at or above the promise less the tolerance.
    Kept,
    /// The interval lies below it.
    Short,
    /// The interval contains it: too few shares to say.
    Undecided,
}

/// The rule on under-delivery, with its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The answer.
    pub verdict: Kept,
    /// What was promised.
    pub promised_hs: Hashrate,
    /// The promise less the tolerance.
    pub threshold_hs: Hashrate,
    /// What was delivered, with the interval's bounds.
    pub delivered: HashrateEstimate,
    /// The interval's confidence.
    pub confidence_ppm: u32,
    /// At most so often is a host that delivers exactly the threshold called short.
    pub false_alarm_ppm: u32,
}

/// One hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hour {
    /// Start.
    pub start_ms: u64,
    /// Length; less than an hour for the last.
    pub duration_ms: u64,
    /// Shares.
    pub shares: u64,
    /// Their work.
    pub work_hashes: Work,
    /// Hashrate with its bounds.
    pub hashrate: HashrateEstimate,
}

/// Pearson's chi-square test of hash / target over 32 bins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uniformity {
    /// The answer.
    pub outcome: Outcome,
    /// Shares counted.
    pub shares: u64,
    /// Shares per bin, lowest hashes first.
    pub bins: [u64; 32],
    /// Chi-square in millionths, with 31 degrees of freedom; a decimal number.
    pub chi_square_millionths: String,
    /// How often honest work shows this much or more.
    pub p_ppm: u32,
    /// At and below this it is suspicious: the rate of false alarms.
    pub alpha_ppm: u32,
}

/// One level of the tail test: so many shares could meet it, so many did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TailLevel {
    /// Difficulty in doublings of the assigned one; none for the network's own.
    pub doublings: Option<u32>,
    /// Shares whose assigned difficulty leaves room for the level below the network's.
    pub shares: u64,
    /// Expected of them to meet the level, in millionths; a decimal number.
    pub expected_millionths: String,
    /// Those that did.
    pub observed: u64,
    /// How often honest work shows as few or fewer.
    pub p_ppm: u32,
    /// True where the level takes part in the outcome: the others expect too few to see even all of them missing.
    pub tested: bool,
    /// Withholding this part of the shares that meet the level would have been seen with at least 95 % probability.
    /// None where not even withholding all would.
    pub sees_withheld_ppm: Option<u32>,
}

/// The tail test: were the best shares withheld?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tail {
    /// The answer.
    pub outcome: Outcome,
    /// Shares counted.
    pub shares: u64,
    /// The least p-value times the number of levels tested (Bonferroni).
    pub p_ppm: u32,
    /// At and below this it is suspicious: the rate of false alarms is at most this.
    pub alpha_ppm: u32,
    /// Easiest first, the network's own last.
    pub levels: Vec<TailLevel>,
}

/// Arrivals: variance over mean of the counts in windows of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispersion {
    /// The answer.
    pub outcome: Outcome,
    /// Length of a window.
    pub window_ms: u64,
    /// Blocks of eight windows that count.
    pub blocks: u64,
    /// Blocks that would, and are left out: the rate of shares changed in them for a known reason. Where they are more than
    /// a third of both, the outcome is `NotJudged`.
    pub blocks_left_out: u64,
    /// The index in millionths: one million for chance; a decimal number.
    pub index_millionths: String,
    /// How often honest arrivals are as far from chance, to either side.
    pub p_ppm: u32,
    /// At and below this it is suspicious: the rate of false alarms.
    pub alpha_ppm: u32,
}
