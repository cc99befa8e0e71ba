//! Are there as many hard shares as there must be? Whoever withholds blocks withholds the hardest.

use super::{
    Outcome, SHARES_MAX,
    count::Law,
    fixed::Fixed,
    gamma::{gamma_quantile, normal_quantile},
    ratio::Ratio,
};
use alloc::vec::Vec;
use serde::Serialize;
use units::{Target, Work};

#[cfg(test)]
mod tests;

/// Counts shares that meet 2, 4, 8, ... times their difficulty, and the network's.
#[derive(Clone, Debug)]
pub struct Tail {
    shares: u64,
    /// By how often a share's target could be doubled in difficulty before it passes the network's: how many shares.
    reach: [u64; LEVELS],
    /// By how often the share itself met that, its reach at most: how many shares.
    met: [u64; LEVELS],
    blocks: u64,
    /// Blocks expected under earlier networks' targets.
    expected: Fixed,
    /// The latest, with one hash's work under it, and the work done under it.
    network: Option<(Target, Work)>,
    network_work: Work,
}

/// One level: so many shares could meet it, so many did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TailLevel {
    /// Difficulty in doublings of the assigned one; none for the network's own.
    pub doublings: Option<u32>,
    /// Shares whose assigned difficulty leaves room for the level below the network's.
    pub shares: u64,
    /// Expected of them to meet the level, in millionths.
    #[serde(serialize_with = "super::decimal")]
    pub expected_millionths: u128,
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

/// The test of all levels together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TailFinding {
    /// The answer.
    pub outcome: Outcome,
    /// Shares counted.
    pub shares: u64,
    /// The least p-value times the number of levels tested (Bonferroni): honest work is at or below it at most so often.
    pub p_ppm: u32,
    /// At and below this it is suspicious: the rate of false alarms is at most this.
    pub alpha_ppm: u32,
    /// Easiest first, the network's own last.
    pub levels: Vec<TailLevel>,
}

/// Levels 1 to 64: 2^64 times a share's difficulty is beyond any network's.
const LEVELS: usize = 65;
const LEVEL_MAX: u32 = 64;
/// The probability with which the stated withholding is seen is one less this.
const MISS_PPM: u32 = 50_000;

impl Default for Tail {
    fn default() -> Self {
        Self {
            shares: 0,
            reach: [0; LEVELS],
            met: [0; LEVELS],
            blocks: 0,
            expected: Fixed::ZERO,
            network: None,
            network_work: Work::ZERO,
        }
    }
}

/// A level before it is judged.
#[derive(Clone, Copy)]
struct Level {
    doublings: Option<u32>,
    shares: u64,
    observed: u64,
    law: Law,
}

impl Tail {
    /// Adds one share that meets its target, with the target's work and the network's target in its header.
    #[cfg(test)]
    pub(super) fn observe(
        &mut self,
        hash: &[u8; 32],
        target: &Target,
        work: Work,
        network: &Target,
    ) {
        if let Some(ratio) = Ratio::new(hash, target) {
            self.count(ratio, work, network);
        }
    }

    pub(super) fn count(&mut self, ratio: Ratio, work: Work, network: &Target) {
        if self.shares >= SHARES_MAX {
            return;
        }
        self.shares = self.shares.saturating_add(1);
        let reach = ratio.doublings_to(network, LEVEL_MAX);
        let met = ratio.doublings(reach);
        for (counts, level) in [(&mut self.reach, reach), (&mut self.met, met)] {
            if let Some(count) = counts.get_mut(level as usize) {
                *count = count.saturating_add(1);
            }
        }
        if reach == 0 {
            return;
        }
        if self.network.is_none_or(|(known, _)| known != *network) {
            self.expected = self.blocks_expected();
            self.network = Some((*network, network.work()));
            self.network_work = Work::ZERO;
        }
        let sum = self.network_work.get().saturating_add(work.get());
        self.network_work = Work::new(sum);
        let block = u64::from(ratio.meets(network));
        self.blocks = self.blocks.saturating_add(block);
    }

    #[expect(
        clippy::arithmetic_side_effects,
        reason = "the operators of `Fixed` saturate"
    )]
    fn blocks_expected(&self) -> Fixed {
        let clamp = |work: Work| i128::try_from(work.get()).unwrap_or(i128::MAX);
        self.network.map_or(self.expected, |(_, work)| {
            self.expected + Fixed::from_ratio(clamp(self.network_work), clamp(work))
        })
    }

    fn levels(&self) -> Vec<Level> {
        let beyond =
            |counts: &[u64; LEVELS], level: usize| -> u64 { counts.iter().skip(level).sum() };
        let doublings = (1..=LEVEL_MAX).map_while(|doublings| {
            let shares = beyond(&self.reach, doublings as usize);
            (shares > 0).then(|| Level {
                doublings: Some(doublings),
                shares,
                observed: beyond(&self.met, doublings as usize),
                law: Law::of_level(shares, doublings),
            })
        });
        let mean = self.blocks_expected();
        let network = (mean > Fixed::ZERO).then(|| Level {
            doublings: None,
            shares: beyond(&self.reach, 1),
            observed: self.blocks,
            law: Law::Poisson { mean },
        });
        doublings.chain(network).collect()
    }

    /// The test as of now.
    ///
    /// Levels that expect so few shares that none at all would pass are not counted among those that could raise an
    /// alarm; which they are depends on what is expected alone, never on what was seen.
    #[must_use]
    pub fn finding(&self, alpha_ppm: u32) -> TailFinding {
        let levels = self.levels();
        let alpha = Fixed::from_ppm(alpha_ppm.clamp(1, 999_999));
        let mut none: Vec<Fixed> = levels.iter().map(|level| level.law.at_most(0)).collect();
        none.sort();
        let mut tested = none.len();
        while tested > 0 && none.get(tested.saturating_sub(1)) > Some(&per_level(alpha, tested)) {
            tested = tested.saturating_sub(1);
        }
        let last = tested
            .checked_sub(1)
            .and_then(|last| none.get(last).copied());
        // Levels that are equal to the last take part too.
        let tests = none.iter().filter(|none| Some(**none) <= last).count();
        let each = per_level(alpha, tests.max(1));
        let z = normal_quantile(each);
        let levels: Vec<(Fixed, TailLevel)> = levels
            .into_iter()
            .map(|level| level.judge(last, each, z))
            .collect();
        let least = levels
            .iter()
            .filter(|(_, level)| level.tested)
            .map(|(p, _)| *p)
            .min();
        let p_ppm = least.map_or(1_000_000, |p| times(p, tests).to_ppm_up());
        TailFinding {
            outcome: Outcome::of(tests > 0, p_ppm, alpha_ppm),
            shares: self.shares,
            p_ppm,
            alpha_ppm,
            levels: levels.into_iter().map(|(_, level)| level).collect(),
        }
    }
}

impl Level {
    /// `last`: the probability of none at the least of the levels that are tested. `alpha` is a level's, `z` its quantile.
    fn judge(self, last: Option<Fixed>, alpha: Fixed, z: Fixed) -> (Fixed, TailLevel) {
        let p = self.law.at_most(self.observed);
        let tested = last.is_some_and(|last| self.law.at_most(0) <= last);
        let critical = if tested {
            self.law.critical(alpha, z)
        } else {
            None
        };
        let level = TailLevel {
            doublings: self.doublings,
            shares: self.shares,
            expected_millionths: self.law.mean().to_millionths(),
            observed: self.observed,
            p_ppm: p.to_ppm_up(),
            tested,
            sees_withheld_ppm: critical.map(|count| self.sees_withheld(count).to_ppm_up()),
        };
        (p, level)
    }

    /// The withheld part that leaves `critical` or fewer with 95 % probability. What is withheld is missing among the
    /// shares too: with a part w withheld of those that meet the level with probability p, the rest meets it with
    /// p (1 - w) / (1 - p w).
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "the operators of `Fixed` saturate"
    )]
    fn sees_withheld(self, critical: u64) -> Fixed {
        let shape = Fixed::from_count(critical) + Fixed::ONE;
        let left = gamma_quantile(shape, Fixed::from_ppm(MISS_PPM));
        let (mean, shares) = (self.law.mean(), Fixed::from_count(self.shares));
        let missing = Fixed::ONE - left / mean;
        (missing / (Fixed::ONE - left / shares)).clamp(Fixed::ZERO, Fixed::ONE)
    }
}

#[expect(
    clippy::arithmetic_side_effects,
    reason = "the operators of `Fixed` saturate"
)]
fn per_level(alpha: Fixed, levels: usize) -> Fixed {
    alpha / times(Fixed::ONE, levels)
}

#[expect(
    clippy::arithmetic_side_effects,
    reason = "the operators of `Fixed` saturate"
)]
fn times(value: Fixed, count: usize) -> Fixed {
    value * Fixed::from_count(count as u64)
}
