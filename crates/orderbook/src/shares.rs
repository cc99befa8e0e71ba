//! The energy sources of up to 64 classes side by side, so that a few words decide for all of them which have enough.
#![expect(
    clippy::indexing_slicing,
    reason = "a source's number is below 8, a slot's below 64"
)]

use crate::{EnergyMix, EnergyShare};

/// Percents as bytes, eight slots to a word: by source, then by slot. Mixes are valid, so no sum passes 100 and no byte spills.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shares([[u64; 8]; 8]);

const BYTES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = 0x8080_8080_8080_8080;
/// Multiplied by this, a word's top bits, shifted to the bottom of their bytes, meet in the highest byte.
const GATHER: u64 = 0x0102_0408_1020_4080;

impl Shares {
    pub(crate) fn set(&mut self, slot: usize, mix: &EnergyMix) {
        let shift = (slot % 8).saturating_mul(8) as u32;
        for (words, percent) in self.0.iter_mut().zip(mix.0) {
            let word = &mut words[slot / 8];
            *word &= !0xff_u64.wrapping_shl(shift);
            *word |= u64::from(percent).wrapping_shl(shift);
        }
    }

    /// The slots whose sources of the share have its percent or more, as bits.
    pub(crate) fn reach(&self, share: EnergyShare) -> u64 {
        let mut sums = [0u64; 8];
        for source in share.sources.iter() {
            let words = &self.0[source as usize];
            for (sum, word) in sums.iter_mut().zip(words) {
                *sum = sum.wrapping_add(*word);
            }
        }
        // A byte's top bit is set by this where the sum reaches the percent, which is at most 100.
        let lift = BYTES.wrapping_mul(128u64.saturating_sub(share.percent.into()));
        let bits = |sum: u64| {
            let reached = (sum.wrapping_add(lift) & TOPS).wrapping_shr(7);
            reached.wrapping_mul(GATHER).wrapping_shr(56)
        };
        let words = (0u32..).step_by(8).zip(sums);
        words.fold(0, |all, (at, sum)| all | bits(sum).wrapping_shl(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Energy, EnergySet};

    /// Every slot, sum and percent, with neighbours of nothing and of everything.
    #[test]
    fn finds_whose_sources_reach_a_percent() {
        for slot in 0..64 {
            for percent in 0..=100u8 {
                for beside in [0, 100] {
                    let mut shares = Shares::default();
                    let mix = |wind: u8, hydro: u8| {
                        let mut mix = EnergyMix::default();
                        mix.0[Energy::Wind as usize] = wind;
                        mix.0[Energy::Hydro as usize] = hydro;
                        mix
                    };
                    (0..64).for_each(|slot| shares.set(slot, &mix(beside, 0)));
                    shares.set(slot, &mix(percent / 3, percent - percent / 3));
                    let sources = EnergySet::of(&[Energy::Hydro, Energy::Wind]);
                    for least in [1, percent.max(1), percent.saturating_add(1).min(100), 100] {
                        let share = EnergyShare {
                            sources,
                            percent: least,
                        };
                        let others = if beside >= least { u64::MAX } else { 0 };
                        let one = 1 << slot;
                        let right = if percent >= least {
                            others | one
                        } else {
                            others & !one
                        };
                        assert_eq!(shares.reach(share), right, "{slot} {percent} {least}");
                    }
                }
            }
        }
    }
}
