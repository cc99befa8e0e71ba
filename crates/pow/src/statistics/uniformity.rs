//! Are the hashes spread evenly below their targets, as honest work is?

#![expect(
    clippy::arithmetic_side_effects,
    reason = "the operators of `Fixed` saturate"
)]

use super::{Outcome, SHARES_MAX, fixed::Fixed, gamma::gamma_tails, ratio::Ratio};
use serde::Serialize;
#[cfg(test)]
use units::Target;

/// Counts hash / (target + 1) in 32 equal bins.
#[derive(Clone, Debug, Default)]
pub struct Uniformity {
    shares: u64,
    bins: [u64; BINS],
}

/// Pearson's chi-square test of those bins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UniformityFinding {
    /// The answer.
    pub outcome: Outcome,
    /// Shares counted.
    pub shares: u64,
    /// Shares per bin, lowest hashes first.
    pub bins: [u64; 32],
    /// Chi-square in millionths, with 31 degrees of freedom.
    #[serde(serialize_with = "super::decimal")]
    pub chi_square_millionths: u128,
    /// How often honest work shows this much or more.
    pub p_ppm: u32,
    /// At and below this it is suspicious: the rate of false alarms.
    pub alpha_ppm: u32,
}

const BINS: usize = 32;
const BIN_BITS: u32 = 5;
/// Ten expected per bin, so that chi-square's distribution holds far into its tail.
const SHARES_MIN: u64 = 320;

impl Uniformity {
    /// Adds one share that meets its target; no other is counted.
    #[cfg(test)]
    pub(super) fn observe(&mut self, hash: &[u8; 32], target: &Target) {
        if let Some(ratio) = Ratio::new(hash, target) {
            self.count(ratio);
        }
    }

    pub(super) fn count(&mut self, ratio: Ratio) {
        if self.shares >= SHARES_MAX {
            return;
        }
        if let Some(bin) = self.bins.get_mut(ratio.bin(BIN_BITS)) {
            *bin = bin.saturating_add(1);
            self.shares = self.shares.saturating_add(1);
        }
    }

    /// The test as of now.
    #[must_use]
    pub fn finding(&self, alpha_ppm: u32) -> UniformityFinding {
        // Sum of (seen - n/32)^2 / (n/32) = (32 sum of seen^2 - n^2) / n; all below 2^70.
        let n = i128::from(self.shares);
        let squares: i128 = self.bins.iter().map(|seen| i128::from(*seen).pow(2)).sum();
        let chi_square = Fixed::from_ratio(squares * BINS as i128 - n * n, n.max(1));
        let enough = self.shares >= SHARES_MIN;
        let p = if enough {
            gamma_tails(Fixed::from_ratio(31, 2), chi_square.halved(1)).1
        } else {
            Fixed::ONE
        };
        let p_ppm = p.to_ppm_up();
        UniformityFinding {
            outcome: Outcome::of(enough, p_ppm, alpha_ppm),
            shares: self.shares,
            bins: self.bins,
            chi_square_millionths: chi_square.to_millionths(),
            p_ppm,
            alpha_ppm,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bins: [u64; BINS]) -> UniformityFinding {
        let shares = bins.iter().sum();
        Uniformity { shares, bins }.finding(1_000)
    }

    #[test]
    fn chi_square_is_exact() {
        let mut bins = [100; BINS];
        assert_eq!(of(bins).chi_square_millionths, 0);
        assert_eq!(of(bins).p_ppm, 1_000_000);
        // Half of the bins 13 up, half 13 down: 32 * 13^2 / 100 = 54.08, of which p = 0.006301.
        bins.iter_mut()
            .enumerate()
            .for_each(|(i, bin)| *bin = if i % 2 == 0 { 113 } else { 87 });
        let found = of(bins);
        assert_eq!(found.chi_square_millionths, 54_080_000);
        assert_eq!(found.p_ppm, 6301);
        assert_eq!(found.outcome, Outcome::Pass);
        bins[0] += 30;
        bins[1] -= 30;
        assert_eq!(of(bins).outcome, Outcome::Suspicious);
    }

    #[test]
    fn few_shares_say_nothing() {
        let mut bins = [0; BINS];
        bins[31] = SHARES_MIN - 1;
        assert_eq!(of(bins).outcome, Outcome::TooFew);
        bins[31] = SHARES_MAX;
        assert_eq!(of(bins).outcome, Outcome::Suspicious);
        assert_eq!(
            Uniformity::default().finding(1_000).outcome,
            Outcome::TooFew
        );
    }

    #[test]
    fn a_hash_above_its_target_is_not_counted() {
        let mut uniformity = Uniformity::default();
        let mut one = [0; 32];
        one[31] = 1;
        let target = Target::from_be_bytes(one).unwrap();
        uniformity.observe(&[0xff; 32], &target);
        assert_eq!(uniformity.shares, 0);
        uniformity.observe(&[0; 32], &target);
        assert_eq!(uniformity.bins[0], 1);
    }
}
