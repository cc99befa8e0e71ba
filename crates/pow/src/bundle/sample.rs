//! Verifying some of the shares, chosen by chance.

use super::Assignment;
use crate::statistics::poisson_interval;
use alloc::{collections::BTreeMap, vec::Vec};
use core::num::NonZeroU32;
use serde::Serialize;

/// Chooses shares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sampler {
    one_in: NonZeroU32,
    seed: u64,
}

/// Whether a share is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    LeftOut,
    /// As every share is where there is no sample.
    ByChance,
    /// Whatever the seed: nothing follows from it for the others.
    Heavy,
}

/// What a sample says of all shares, and of their work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SampleLine {
    /// Each share was taken with a chance of one in so many.
    pub one_in: u32,
    /// What the choice was made with.
    pub seed: u64,
    /// Shares that were hashed.
    pub hashed: u64,
    /// Those of them that every sample has, since they weigh much. They stand for no others.
    pub heavy: u64,
    /// With this confidence, in parts per million ...
    pub confidence_ppm: u32,
    /// ... at most this part of all shares is not what the bundle says, in parts per million ...
    pub bad_at_most_ppm: u32,
    /// ... and of the work that is counted, and so of the bill, at most this part.
    pub bad_work_at_most_ppm: u32,
}

const CONFIDENCE_PPM: u32 = 950_000;
/// Its upper bound alone has the confidence that is asked for.
const TWO_SIDED_PPM: u32 = 900_000;
/// A share that weighs more than so many times the mean is in every sample.
const HEAVY: u128 = 4;
/// To so many bits sums of work are compared exactly.
const EXACT_BITS: u32 = 100;

/// What shares weigh, each by the target in force for it. Only a sample needs to know.
#[derive(Default)]
pub(super) struct Weights {
    /// By worker: the jobs that its assignments hold from, and the work of a share.
    assigned: BTreeMap<u32, Vec<(u32, u128)>>,
    /// Shares so far, and their work.
    shares: u128,
    work: u128,
}

impl Weights {
    /// No share is of a job before `oldest_live` any more.
    pub(super) fn assign(&mut self, assignment: &Assignment, oldest_live: Option<u32>) {
        let held = self.assigned.entry(assignment.worker).or_default();
        let oldest = oldest_live.unwrap_or(assignment.job);
        let superseded = held.partition_point(|(from, _)| *from <= oldest);
        held.drain(..superseded.saturating_sub(1));
        held.push((assignment.job, assignment.target.work().get()));
    }

    /// Adds a share; true where it weighs so much that a sample without it could leave out the bill.
    pub(super) fn is_heavy(&mut self, worker: u32, job: u32) -> bool {
        let held = self.assigned.get(&worker);
        let in_force = held.and_then(|held| held.iter().rfind(|(from, _)| *from <= job));
        let weight = in_force.map_or(0, |(_, work)| *work);
        let heavy = weight.saturating_mul(self.shares) > self.work.saturating_mul(HEAVY);
        let first = self.shares == 0;
        self.shares = self.shares.saturating_add(1);
        self.work = self.work.saturating_add(weight);
        heavy || first
    }
}

/// What became of the shares.
#[derive(Default)]
pub(super) struct Tally {
    heavy: Counts,
    light: Counts,
    /// Those that count and were not hashed, by the length of their work in bits: how many, and the most that one weighs.
    unseen: BTreeMap<u32, (u64, u128)>,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    all: u64,
    hashed: u64,
    /// Of those that were hashed.
    bad: u64,
}

impl Tally {
    /// Adds a share; of one that counts, its work.
    pub(super) fn add(&mut self, choice: Choice, counts: Option<u128>) {
        let to = match choice {
            Choice::Heavy => &mut self.heavy,
            Choice::LeftOut | Choice::ByChance => &mut self.light,
        };
        to.all = to.all.saturating_add(1);
        if choice != Choice::LeftOut {
            to.hashed = to.hashed.saturating_add(1);
            to.bad = to.bad.saturating_add(counts.is_none().into());
        } else if let Some(work) = counts {
            let bits = u128::BITS.saturating_sub(work.leading_zeros());
            let (number, most) = self.unseen.entry(bits).or_default();
            *number = number.saturating_add(1);
            *most = work.max(*most);
        }
    }

    /// The most light shares that can be bad: the exact upper bound of a Poisson count, which lies above that of a choice
    /// without return. Heavy ones are no choice, and are left out of it on both sides.
    fn bad_light(&self) -> u64 {
        let Counts { all, hashed, bad } = self.light;
        let (_, most) = poisson_interval(bad, TWO_SIDED_PPM);
        let in_all = most
            .saturating_mul(all.into())
            .checked_div(u128::from(hashed).saturating_mul(1_000_000));
        let good = hashed.saturating_sub(bad);
        let most = u64::try_from(in_all.unwrap_or(all.into())).unwrap_or(all);
        most.min(all.saturating_sub(good))
    }

    /// The work of so many of the heaviest shares that nobody saw.
    fn heaviest(&self, mut number: u64) -> u128 {
        let mut work = 0u128;
        for (there, most) in self.unseen.values().rev() {
            let taken = number.min(*there);
            work = work.saturating_add(most.saturating_mul(taken.into()));
            number = number.saturating_sub(taken);
        }
        work
    }
}

/// Rounded up; of nothing, all.
fn part_ppm(part: u128, whole: u128) -> u32 {
    let bits = u128::BITS.saturating_sub(whole.leading_zeros());
    let shift = bits.saturating_sub(EXACT_BITS);
    let part = (part >> shift).saturating_add(u128::from(shift > 0 && part > 0));
    let whole = whole >> shift;
    let millionths = part
        .saturating_mul(1_000_000)
        .saturating_add(whole.saturating_sub(1));
    let ppm = millionths.checked_div(whole).unwrap_or(1_000_000);
    u32::try_from(ppm).unwrap_or(u32::MAX).min(1_000_000)
}

impl Sampler {
    pub(super) const fn new(one_in: NonZeroU32, seed: u64) -> Self {
        Self { one_in, seed }
    }

    /// Whether share `number` is in the sample: `SplitMix64` of seed and number, as good as chance for who does not
    /// know the seed, and the same for who does.
    pub(super) fn takes(self, number: u64) -> bool {
        let step = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed.wrapping_add(step);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        // The high half of a product with a number below 2^64 is even over 0 to `one_in`.
        let scaled = u128::from(z).wrapping_mul(u128::from(self.one_in.get())) >> 64;
        scaled == 0
    }

    /// What follows from these, the work that is counted being `work`.
    pub(super) fn line(self, tally: &Tally, work: u128) -> SampleLine {
        let Tally { heavy, light, .. } = tally;
        let bad_light = tally.bad_light();
        let bad = bad_light.saturating_add(heavy.bad);
        let all = light.all.saturating_add(heavy.all);
        // Those that were seen to be bad are not counted, so that they are no part of the work.
        let unseen = tally.heaviest(bad_light.saturating_sub(light.bad));
        SampleLine {
            one_in: self.one_in.get(),
            seed: self.seed,
            hashed: heavy.hashed.saturating_add(light.hashed),
            heavy: heavy.hashed,
            confidence_ppm: CONFIDENCE_PPM,
            bad_at_most_ppm: part_ppm(bad.into(), all.into()),
            bad_work_at_most_ppm: part_ppm(unseen, work),
        }
    }
}

#[cfg(test)]
mod tests;
