//! Do shares arrive as chance has it? Neighbouring windows of time must differ, by neither too little nor too much.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "the operators of `Fixed` saturate"
)]

use super::{Outcome, SHARES_MAX, fixed::Fixed, gamma::gamma_tails};
use serde::Serialize;
use units::{Millis, Timestamp};

/// Counts shares in windows of equal length, eight of which make a block. Variance and mean are compared within blocks
/// alone, so that a hashrate that changes slowly raises no alarm.
#[derive(Clone, Debug)]
pub struct Dispersion {
    from: Timestamp,
    window: Millis,
    shares: u64,
    block: u64,
    disturbed: bool,
    counts: [u64; WINDOWS],
    /// Blocks that had any share, those that had enough, and those that had and were disturbed.
    seen: u64,
    blocks: u64,
    left_out: u64,
    statistic: Fixed,
}

/// The test of the index of dispersion, variance / mean of the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DispersionFinding {
    /// The answer.
    pub outcome: Outcome,
    /// Length of a window.
    pub window_ms: u64,
    /// Blocks of eight windows that count.
    pub blocks: u64,
    /// Blocks that would, and are left out: the rate of shares changed in them for a known reason. Where they are more than
    /// a third of both, arrivals could not be judged.
    pub blocks_left_out: u64,
    /// The index in millionths: one million for chance, less where arrivals are too even, more where they come in bursts.
    #[serde(serialize_with = "super::decimal")]
    pub index_millionths: u128,
    /// How often honest arrivals are as far from chance, to either side.
    pub p_ppm: u32,
    /// At and below this it is suspicious: the rate of false alarms.
    pub alpha_ppm: u32,
}

/// Windows in a block.
const WINDOWS: usize = 8;
/// Five expected per window: with fewer, the block's statistic is not chi-square's.
const SHARES_PER_BLOCK_MIN: u64 = 40;
const BLOCKS_MIN: u64 = 4;

impl Dispersion {
    /// Windows are counted from `from`, and what is earlier is left out. A window is at least a millisecond.
    #[must_use]
    pub fn new(from: Timestamp, window: Millis) -> Self {
        Self {
            from,
            window: window.max(Millis::new(1)),
            shares: 0,
            block: 0,
            disturbed: false,
            counts: [0; WINDOWS],
            seen: 0,
            blocks: 0,
            left_out: 0,
            statistic: Fixed::ZERO,
        }
    }

    /// Adds one share. Times must not fall; one that does is counted in the block under way.
    pub fn observe(&mut self, at: Timestamp) {
        if at < self.from || self.shares >= SHARES_MAX {
            return;
        }
        self.shares = self.shares.saturating_add(1);
        let index = at.since(self.from).get().checked_div(self.window.get());
        let index = index.unwrap_or(0);
        let (block, window) = (index >> 3, (index & 7) as usize);
        if block > self.block {
            self.close();
            self.block = block;
        }
        if let Some(count) = self.counts.get_mut(window) {
            *count = count.saturating_add(1);
        }
    }

    /// The rate of shares changed here for a known reason (a target of one of few machines, a new upstream session): the
    /// block of the latest share is left out.
    pub fn disturb(&mut self) {
        self.disturbed |= self.shares > 0;
    }

    /// Ends the block under way.
    fn close(&mut self) {
        // Sum of (seen - n/8)^2 / (n/8) = (8 sum of seen^2 - n^2) / n: chi-square with 7 degrees of freedom.
        let n: i128 = self.counts.iter().map(|seen| i128::from(*seen)).sum();
        let squares: i128 = self
            .counts
            .iter()
            .map(|seen| i128::from(*seen).pow(2))
            .sum();
        self.counts = [0; WINDOWS];
        let disturbed = core::mem::take(&mut self.disturbed);
        self.seen = self.seen.saturating_add(u64::from(n > 0));
        if n < SHARES_PER_BLOCK_MIN.into() {
            return;
        }
        if disturbed {
            self.left_out = self.left_out.saturating_add(1);
        } else {
            self.blocks = self.blocks.saturating_add(1);
            self.statistic =
                self.statistic + Fixed::from_ratio(squares * WINDOWS as i128 - n * n, n);
        }
    }

    /// Blocks that had enough shares, counted or left out.
    const fn thick(&self) -> u64 {
        self.blocks.saturating_add(self.left_out)
    }

    /// True where windows of this length hold enough shares in most of the blocks.
    pub(super) const fn fits(&self) -> bool {
        self.thick() >= BLOCKS_MIN && self.thick().saturating_mul(2) >= self.seen
    }

    /// True where what is left would be too little to speak for the whole: whoever makes times up could choose it.
    const fn too_much_left_out(&self) -> bool {
        self.thick() >= BLOCKS_MIN && self.left_out.saturating_mul(3) > self.thick()
    }

    /// The test of all blocks that have ended.
    #[must_use]
    pub fn finding(&self, alpha_ppm: u32) -> DispersionFinding {
        let degrees = Fixed::from_count(self.blocks) * Fixed::from_int(7);
        let judged = !self.too_much_left_out();
        let enough = judged && self.blocks >= BLOCKS_MIN;
        let p = if enough {
            let (lower, upper) = gamma_tails(degrees.halved(1), self.statistic.halved(1));
            let tail = lower.min(upper);
            (tail + tail).min(Fixed::ONE)
        } else {
            Fixed::ONE
        };
        let index = if self.blocks == 0 {
            Fixed::ZERO
        } else {
            self.statistic / degrees
        };
        let p_ppm = p.to_ppm_up();
        DispersionFinding {
            outcome: if judged {
                Outcome::of(enough, p_ppm, alpha_ppm)
            } else {
                Outcome::NotJudged
            },
            window_ms: self.window.get(),
            blocks: self.blocks,
            blocks_left_out: self.left_out,
            index_millionths: index.to_millionths(),
            p_ppm,
            alpha_ppm,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows of 10 ms from 1,000 on; `counts` shares in each of them.
    fn of(counts: &[u64]) -> Dispersion {
        let mut dispersion = Dispersion::new(Timestamp::from_unix_ms(1_000), Millis::new(10));
        for (window, count) in (0..).zip(counts) {
            for _ in 0..*count {
                dispersion.observe(Timestamp::from_unix_ms(1_000 + 10 * window + 3));
            }
        }
        dispersion
    }

    #[test]
    fn the_index_is_exact() {
        // Four blocks with a mean of 10: (4 * 2^2 + 4 * 2^2) / 10 = 3.2 each; of 28 degrees of freedom 12.8.
        let block = [8, 12, 8, 12, 8, 12, 8, 12];
        let mut counts = block.repeat(4);
        let finding = of(&counts).finding(ALPHA);
        assert_eq!((finding.blocks, finding.outcome), (3, Outcome::TooFew)); // the fourth has not ended
        counts.push(1);
        let finding = of(&counts).finding(ALPHA);
        assert_eq!((finding.blocks, finding.index_millionths), (4, 457_143));
        assert_eq!((finding.p_ppm, finding.outcome), (12_503, Outcome::Pass));
    }

    #[test]
    fn thin_disturbed_and_early_blocks_are_left_out() {
        let mut dispersion = of(&[[5; 8], [4; 8], [5; 8]].concat());
        dispersion.observe(Timestamp::from_unix_ms(999));
        dispersion.disturb();
        // A gap of any length is one step.
        dispersion.observe(Timestamp::from_unix_ms(u64::MAX));
        assert_eq!((dispersion.blocks, dispersion.seen), (1, 3));
        assert_eq!(dispersion.left_out, 1);
        assert_eq!(dispersion.shares, 40 + 32 + 40 + 1);
        // Before the first share there is nothing to disturb.
        let mut dispersion = of(&[]);
        dispersion.disturb();
        assert!(!dispersion.disturbed);
    }

    #[test]
    fn what_is_left_out_of_more_than_a_third_is_not_judged() {
        // Nine blocks as even as a program makes them; some of them are disturbed.
        let with = |disturbed: u64| {
            let mut dispersion = of(&[]);
            for window in 0..=9 * 8 {
                for _ in 0..10 {
                    dispersion.observe(Timestamp::from_unix_ms(1_000 + 10 * window));
                }
                if window % 8 == 3 && window / 8 < disturbed {
                    dispersion.disturb();
                }
            }
            assert!(dispersion.fits());
            let finding = dispersion.finding(ALPHA);
            assert_eq!(finding.blocks + finding.blocks_left_out, 9);
            assert_eq!(finding.blocks_left_out, disturbed);
            finding.outcome
        };
        assert_eq!(with(0), Outcome::Suspicious);
        assert_eq!(with(3), Outcome::Suspicious);
        assert_eq!(with(4), Outcome::NotJudged);
        assert_eq!(with(9), Outcome::NotJudged);
    }

    const ALPHA: u32 = 1_000;
}
