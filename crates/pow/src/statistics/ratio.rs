//! Where a header's hash lies below its target, exactly: hash / (target + 1), which honest work spreads evenly over
//! 0 to 1.

use units::Target;

/// An unsigned 256-bit integer, high half first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wide([u128; 2]);

/// A hash that meets its target, and that target + 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ratio {
    hash: Wide,
    bound: Wide,
}

impl Ratio {
    /// `None` where the hash does not meet the target.
    pub(super) fn new(hash: &[u8; 32], target: &Target) -> Option<Self> {
        let hash = Wide::from_le(hash); // as SHA-256d of a header is read
        let bound = Wide::above(target);
        (hash < bound).then_some(Self { hash, bound })
    }

    /// `floor(2^bits * hash / (target + 1))`, by long division.
    pub(super) fn bin(self, bits: u32) -> usize {
        let (mut rest, mut bin) = (self.hash, 0usize);
        for _ in 0..bits {
            let (carry, doubled) = rest.doubled();
            let one = carry || doubled >= self.bound;
            rest = if one {
                doubled.wrapping_sub(self.bound)
            } else {
                doubled
            };
            bin = (bin << 1) | usize::from(one);
        }
        bin
    }

    /// How often the target could have been halved (its difficulty doubled) and still be met; `most` at most.
    pub(super) fn doublings(self, most: u32) -> u32 {
        let mut hash = self.hash;
        for count in 0..most {
            let (carry, doubled) = hash.doubled();
            if carry || doubled >= self.bound {
                return count;
            }
            hash = doubled;
        }
        most
    }

    /// True where the hash meets this target too.
    pub(super) fn meets(self, other: &Target) -> bool {
        self.hash < Wide::above(other)
    }

    /// How often the assigned target can be halved before it is below the network's; `most` at most.
    pub(super) fn doublings_to(self, network: &Target, most: u32) -> u32 {
        let network = Wide::above(network);
        let zeros = network.leading_zeros();
        let Some(bits) = zeros.checked_sub(self.bound.leading_zeros()) else {
            return 0;
        };
        let bits = if network.shifted(bits) > self.bound {
            bits.saturating_sub(1)
        } else {
            bits
        };
        bits.min(most)
    }
}

impl Wide {
    fn from_be(bytes: &[u8; 32]) -> Self {
        let (high, low) = halves(bytes);
        Self([u128::from_be_bytes(high), u128::from_be_bytes(low)])
    }

    fn from_le(bytes: &[u8; 32]) -> Self {
        let (low, high) = halves(bytes);
        Self([u128::from_le_bytes(high), u128::from_le_bytes(low)])
    }

    /// Target + 1; of the easiest target itself, since 2^256 does not fit and nobody can tell.
    fn above(target: &Target) -> Self {
        let Self([high, low]) = Self::from_be(&target.to_be_bytes());
        match (low.checked_add(1), high.checked_add(1)) {
            (Some(low), _) => Self([high, low]),
            (None, Some(high)) => Self([high, 0]),
            (None, None) => Self([high, low]),
        }
    }

    fn doubled(self) -> (bool, Self) {
        let [high, low] = self.0;
        let doubled = [(high << 1) | (low >> 127), low << 1];
        (high >> 127 == 1, Self(doubled))
    }

    fn wrapping_sub(self, other: Self) -> Self {
        let ([a_high, a_low], [b_high, b_low]) = (self.0, other.0);
        let (low, borrow) = a_low.overflowing_sub(b_low);
        let high = a_high.wrapping_sub(b_high).wrapping_sub(borrow.into());
        Self([high, low])
    }

    fn leading_zeros(self) -> u32 {
        let [high, low] = self.0;
        if high == 0 {
            low.leading_zeros().saturating_add(128)
        } else {
            high.leading_zeros()
        }
    }

    /// Shifted up; the caller knows that no one is lost.
    fn shifted(self, bits: u32) -> Self {
        let [high, low] = self.0;
        let from_low = match bits.checked_sub(128) {
            Some(more) => low.checked_shl(more),
            None => low.checked_shr(128u32.saturating_sub(bits)),
        };
        Self([
            high.checked_shl(bits).unwrap_or(0) | from_low.unwrap_or(0),
            low.checked_shl(bits).unwrap_or(0),
        ])
    }
}

fn halves(bytes: &[u8; 32]) -> ([u8; 16], [u8; 16]) {
    let (first, second) = bytes.split_at(16);
    let half = |part: &[u8]| part.try_into().unwrap_or_default();
    (half(first), half(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(byte: usize, value: u8) -> Target {
        let mut bytes = [0; 32];
        bytes[byte] = value;
        bytes[byte + 1..].fill(0xff);
        Target::from_be_bytes(bytes).unwrap()
    }

    fn hash(byte: usize, value: u8) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[31 - byte] = value;
        bytes
    }

    #[test]
    fn bins_and_doublings_are_exact() {
        // Target + 1 = 2^(8 * 28), so that byte 4 counts 256ths of it.
        let easy = target(4, 0xff);
        for (value, bin, doublings) in [
            (0, 0, 64),
            (1, 0, 7),
            (7, 0, 5),
            (8, 1, 4),
            (127, 15, 1),
            (128, 16, 0),
            (255, 31, 0),
        ] {
            let ratio = Ratio::new(&hash(4, value), &easy).unwrap();
            assert_eq!(
                (ratio.bin(5), ratio.doublings(64)),
                (bin, doublings),
                "{value}"
            );
        }
        assert!(Ratio::new(&hash(3, 1), &easy).is_none());
        // Not a power of two: target + 1 = 3 * 2^k, so a third is exactly where the 2nd of 3 parts starts.
        let odd = target(4, 2);
        let ratio = Ratio::new(&hash(4, 1), &odd).unwrap();
        assert_eq!(ratio.bin(5), 32 / 3);
        assert_eq!(ratio.doublings(64), 1);
    }

    #[test]
    fn levels_up_to_the_network() {
        let zero = [0; 32];
        for (assigned, network, levels) in [
            (target(4, 0xff), target(4, 0xff), 0),
            (target(4, 0xff), target(4, 0x7f), 1),
            (target(4, 0xff), target(4, 0x80), 0),
            (target(4, 0xff), target(4, 0x3e), 2),
            (target(4, 0xff), target(9, 0xff), 40),
            (target(4, 0xff), target(20, 0xff), 64),
            (target(1, 0xff), target(28, 0xff), 64),
            (target(9, 0xff), target(4, 0xff), 0),
            (Target::MAX, target(0, 0x7f), 0), // 2^255 * 2 passes 2^256 - 1, which stands for the easiest target
            (Target::MAX, target(0, 0x3f), 1),
        ] {
            let ratio = Ratio::new(&zero, &assigned).unwrap();
            assert_eq!(
                ratio.doublings_to(&network, 64),
                levels,
                "{assigned} {network}"
            );
        }
    }
}
