//! Verifying some of the shares, chosen by chance.

use crate::statistics::poisson_interval;
use core::num::NonZeroU32;
use serde::Serialize;

/// Chooses shares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sampler {
    one_in: NonZeroU32,
    seed: u64,
}

/// What a sample says of all shares. A share that may weigh more than four times the mean of those before it is in every
/// sample, so that of the work, and so of the bill, the bad part is at most four times that of the shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SampleLine {
    /// Each share was taken with a chance of one in so many.
    pub one_in: u32,
    /// What the choice was made with.
    pub seed: u64,
    /// Shares that were hashed.
    pub hashed: u64,
    /// With this confidence, in parts per million ...
    pub confidence_ppm: u32,
    /// ... at most this part of all shares is not what the bundle says, in parts per million.
    pub bad_at_most_ppm: u32,
}

const CONFIDENCE_PPM: u32 = 950_000;
/// Its upper bound alone has the confidence that is asked for.
const TWO_SIDED_PPM: u32 = 900_000;

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

    /// With `bad` of `hashed` shares found wrong: the exact upper bound of a Poisson count, over the sample's size. It
    /// lies above the binomial's.
    pub(super) fn line(self, hashed: u64, bad: u64) -> SampleLine {
        let (_, most) = poisson_interval(bad, TWO_SIDED_PPM);
        let part = most
            .checked_div(hashed.into())
            .map(|part| part.saturating_add(1));
        let part = part.unwrap_or(1_000_000).min(1_000_000);
        SampleLine {
            one_in: self.one_in.get(),
            seed: self.seed,
            hashed,
            confidence_ppm: CONFIDENCE_PPM,
            bad_at_most_ppm: u32::try_from(part).unwrap_or(1_000_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_its_part_and_states_what_it_says() {
        let sampler = Sampler::new(NonZeroU32::new(100).unwrap(), 7);
        let taken = (0..1_000_000).filter(|n| sampler.takes(*n)).count() as u64;
        // Ten standard deviations.
        assert!((9_000..11_000).contains(&taken), "{taken}");
        let all = Sampler::new(NonZeroU32::MIN, 7);
        assert!((0..1_000).all(|n| all.takes(n)));
        // The rule of three: 2.9957 / 10,000.
        assert_eq!(sampler.line(10_000, 0).bad_at_most_ppm, 300);
        assert_eq!(sampler.line(0, 0).bad_at_most_ppm, 1_000_000);
        // 4.7439 / 1,000.
        assert_eq!(sampler.line(1_000, 1).bad_at_most_ppm, 4_744);
    }
}
