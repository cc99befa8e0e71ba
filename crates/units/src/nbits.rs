//! The compact form of a target, as it stands in a block header.

use crate::Target;
use core::fmt;

/// A valid compact target (Bitcoin's `nBits`): positive, not zero, not above 256 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Nbits {
    wire: u32,
    target: Target,
}

/// Why 32 bits are not a compact target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NbitsError {
    /// The sign bit is set, the mantissa is zero, or the value shifts away to zero.
    NotPositive,
    /// The value does not fit 256 bits.
    TooLarge,
}

impl Nbits {
    /// Reads the number that stands in the header (on the wire little-endian, in Stratum big-endian hex).
    ///
    /// # Errors
    /// `NbitsError` where the number is no positive 256-bit target (Bitcoin Core: `arith_uint256::SetCompact`).
    pub fn from_consensus(wire: u32) -> Result<Self, NbitsError> {
        let (mantissa, size) = (wire & 0x007f_ffff, (wire >> 24) as i32);
        if wire & 0x0080_0000 != 0 || mantissa == 0 {
            return Err(NbitsError::NotPositive);
        }
        let shift = size.saturating_sub(3).saturating_mul(8);
        if shift < 0 && mantissa.checked_shr(shift.unsigned_abs()).unwrap_or(0) == 0 {
            return Err(NbitsError::NotPositive);
        }
        let target = Target::from_shifted(mantissa, shift).ok_or(NbitsError::TooLarge)?;
        Ok(Self { wire, target })
    }

    /// The number that stands in the header.
    #[must_use]
    pub const fn to_consensus(self) -> u32 {
        self.wire
    }

    /// The target it stands for.
    #[must_use]
    pub const fn target(self) -> Target {
        self.target
    }
}

impl fmt::Display for NbitsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotPositive => "nbits is not a positive target",
            Self::TooLarge => "nbits passes 256 bits",
        })
    }
}

#[cfg(feature = "std")]
impl std::error::Error for NbitsError {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn known_targets() {
        for (wire, target) in [
            (
                0x1d00_ffff,
                "00000000ffff0000000000000000000000000000000000000000000000000000",
            ),
            (
                0x207f_ffff,
                "7fffff0000000000000000000000000000000000000000000000000000000000",
            ),
            (
                0x1705_dd01,
                "00000000000000000005dd010000000000000000000000000000000000000000",
            ),
            (
                0x0200_8000,
                "0000000000000000000000000000000000000000000000000000000000000080",
            ),
        ] {
            let nbits = Nbits::from_consensus(wire).unwrap();
            assert_eq!(nbits.target().to_string(), target);
            assert_eq!(nbits.to_consensus(), wire);
        }
    }

    #[test]
    fn impossible_targets_are_refused() {
        for wire in [
            0,
            0x0180_0000,
            0x1d80_ffff,
            0x0100_007f,
            0x0000_ffff,
            0x1d00_0000,
        ] {
            assert_eq!(
                Nbits::from_consensus(wire),
                Err(NbitsError::NotPositive),
                "{wire:08x}"
            );
        }
        for wire in [
            0xff12_3456,
            0x2300_0100,
            0x2200_ff00u32.wrapping_add(0x0100_0000),
        ] {
            assert_eq!(
                Nbits::from_consensus(wire),
                Err(NbitsError::TooLarge),
                "{wire:08x}"
            );
        }
    }
}
