//! Signed fixed point with 60 binary places: the same answer on every machine, which floating point's `ln` and `exp`
//! do not promise. Every operation saturates; division by zero gives the largest value.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "the operators of `Fixed` saturate"
)]

use core::ops::{Add, Div, Mul, Neg, Sub};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fixed(i128);

const PLACES: u32 = 60;
const UNIT: i128 = 1 << PLACES;
/// The fraction's bits.
const FRACTION: u128 = (1 << PLACES) - 1;
const SQRT_2: i128 = 1_630_477_228_166_597_777;

impl Fixed {
    pub(super) const ZERO: Self = Self(0);
    pub(super) const ONE: Self = Self(UNIT);
    pub(super) const HALF: Self = Self(UNIT >> 1);
    pub(super) const MAX: Self = Self(i128::MAX);
    pub(super) const LN_2: Self = Self(799_144_290_325_165_979);
    pub(super) const HALF_LN_TAU: Self = Self(1_059_463_996_343_540_307);

    pub(super) const fn from_int(value: i128) -> Self {
        Self(value.saturating_mul(UNIT))
    }

    pub(super) fn from_count(value: u64) -> Self {
        Self::from_int(value.into())
    }

    /// `top / bottom`; the two only have to share their unit.
    pub(super) fn from_ratio(top: i128, bottom: i128) -> Self {
        Self(top) / Self(bottom)
    }

    pub(super) fn from_ppm(ppm: u32) -> Self {
        Self::from_ratio(ppm.into(), 1_000_000)
    }

    /// `value / 10^6`, saturating.
    pub(super) fn from_millionths(value: u128) -> Self {
        Self::from_ratio(i128::try_from(value).unwrap_or(i128::MAX), 1_000_000)
    }

    /// The nearest count of millionths; 0 below zero.
    pub(super) fn to_millionths(self) -> u128 {
        let rounded = (self * Self::from_int(1_000_000))
            .0
            .saturating_add(UNIT / 2)
            >> PLACES;
        u128::try_from(rounded).unwrap_or(0)
    }

    /// Parts per million, rounded up and held within 0 to 10^6: a p-value is never shown smaller than it is.
    pub(super) fn to_ppm_up(self) -> u32 {
        let scaled = self.clamp(Self::ZERO, Self::ONE) * Self::from_int(1_000_000);
        u32::try_from(scaled.0.saturating_add(UNIT.saturating_sub(1)) >> PLACES)
            .unwrap_or(1_000_000)
    }

    /// The whole part; 0 below zero.
    pub(super) fn floor(self) -> u64 {
        u64::try_from(self.0.max(0) >> PLACES).unwrap_or(u64::MAX)
    }

    /// `self / 2^bits`.
    pub(super) fn halved(self, bits: u32) -> Self {
        Self(self.0.checked_shr(bits).unwrap_or(0))
    }

    pub(super) fn squared(self) -> Self {
        self * self
    }

    /// The square root, with half the places; 0 below zero.
    pub(super) fn sqrt(self) -> Self {
        let value = u128::try_from(self.0).unwrap_or(0);
        // As many more places as fit, an even number of them, before the root is taken.
        let spare = value.leading_zeros().saturating_sub(1).min(PLACES) & !1;
        let root = i128::try_from((value << spare).isqrt()).unwrap_or(0);
        Self(root << (PLACES.saturating_sub(spare) / 2))
    }

    /// The natural logarithm; the least value where there is none.
    pub(super) fn ln(self) -> Self {
        if self.0 <= 0 {
            return Self(i128::MIN);
        }
        // self = mantissa * 2^exponent with the mantissa within sqrt(1/2) to sqrt(2), where the series is short.
        let top = 127u32.saturating_sub(self.0.leading_zeros());
        let mut exponent = i128::from(top).saturating_sub(PLACES.into());
        let mut mantissa = if top >= PLACES {
            self.0 >> top.saturating_sub(PLACES)
        } else {
            self.0 << PLACES.saturating_sub(top)
        };
        if mantissa >= SQRT_2 {
            mantissa >>= 1;
            exponent = exponent.saturating_add(1);
        }
        // ln m = 2 artanh((m - 1) / (m + 1)), by Horner's rule.
        let z = Self::from_ratio(mantissa.saturating_sub(UNIT), mantissa.saturating_add(UNIT));
        let square = z.squared();
        let series = (0..13i128).rev().fold(Self::ZERO, |sum, i| {
            sum * square + Self::from_ratio(1, i.saturating_mul(2).saturating_add(1))
        });
        Self((z * series).0.saturating_mul(2)) + Self(Self::LN_2.0.saturating_mul(exponent))
    }

    /// e to this power.
    pub(super) fn exp(self) -> Self {
        if self < Self::from_int(-42) {
            return Self::ZERO;
        }
        if self > Self::from_int(46) {
            return Self::MAX;
        }
        let halvings = self.0.div_euclid(Self::LN_2.0);
        let rest = Self(self.0.rem_euclid(Self::LN_2.0));
        let series = (1..22i128).rev().fold(Self::ONE, |sum, i| {
            Self::ONE + rest * Self(sum.0.checked_div(i).unwrap_or(0))
        });
        let bits = u32::try_from(halvings.unsigned_abs()).unwrap_or(0);
        if halvings < 0 {
            series.halved(bits)
        } else {
            Self(series.0.checked_shl(bits).unwrap_or(i128::MAX))
        }
    }

    fn signed(negative: bool, magnitude: u128) -> Self {
        let value = i128::try_from(magnitude).unwrap_or(i128::MAX);
        Self(if negative {
            value.saturating_neg()
        } else {
            value
        })
    }
}

impl Add for Fixed {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Fixed {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Fixed {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Mul for Fixed {
    type Output = Self;

    /// The product of 256 bits, cut to what is kept: whole and fractional parts are multiplied crosswise.
    fn mul(self, other: Self) -> Self {
        let (a, b) = (self.0.unsigned_abs(), other.0.unsigned_abs());
        let (a_whole, a_part) = (a >> PLACES, a & FRACTION);
        let (b_whole, b_part) = (b >> PLACES, b & FRACTION);
        let whole = a_whole.saturating_mul(b_whole).saturating_mul(1 << PLACES);
        let cross = a_whole
            .saturating_mul(b_part)
            .saturating_add(a_part.saturating_mul(b_whole));
        let part = a_part.saturating_mul(b_part) >> PLACES;
        let magnitude = whole.saturating_add(cross).saturating_add(part);
        Self::signed((self.0 < 0) != (other.0 < 0), magnitude)
    }
}

impl Div for Fixed {
    type Output = Self;

    /// Long division in two steps. A divisor of more than 67 bits loses its lowest: 2^-67 of it at most.
    fn div(self, other: Self) -> Self {
        let (a, b) = (self.0.unsigned_abs(), other.0.unsigned_abs());
        let Some(whole) = a.checked_div(b) else {
            return Self::MAX;
        };
        let rest = a.saturating_sub(whole.saturating_mul(b));
        let lost = 61u32.saturating_sub(b.leading_zeros());
        let part = ((rest >> lost) << PLACES)
            .checked_div(b >> lost)
            .unwrap_or(0);
        let magnitude = whole.saturating_mul(1 << PLACES).saturating_add(part);
        Self::signed((self.0 < 0) != (other.0 < 0), magnitude)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: Fixed, exact: f64, slack: f64) {
        let found = found.0 as f64 / UNIT as f64;
        let error = (found - exact).abs() / exact.abs().max(1.0);
        assert!(error <= slack, "{found} is not {exact}");
    }

    #[test]
    fn agrees_with_floating_point() {
        for (top, bottom) in [
            (1, 1),
            (1, 3),
            (2, 1),
            (7, 5),
            (355, 113),
            (1, 1 << 40),
            (1 << 30, 3),
        ] {
            let (x, exact) = (Fixed::from_ratio(top, bottom), top as f64 / bottom as f64);
            near(x, exact, 1e-15);
            near(x.ln(), exact.ln(), 1e-15);
            near(x.sqrt(), exact.sqrt(), 1e-9);
            near(x * x, exact * exact, 1e-14);
            near(x / Fixed::from_int(-7), exact / -7.0, 1e-15);
            near((-x).exp(), (-exact).exp(), 1e-15);
            if exact < 40.0 {
                near(x.exp(), exact.exp(), 1e-14);
            }
        }
    }

    #[test]
    fn the_edges_saturate() {
        let (big, least) = (Fixed::MAX, Fixed(i128::MIN));
        assert_eq!(big * big, Fixed::MAX);
        assert_eq!(big * least, -Fixed::MAX);
        assert_eq!(big + big, Fixed::MAX);
        assert_eq!(Fixed::ONE / Fixed::ZERO, Fixed::MAX);
        assert_eq!(big / Fixed(1), Fixed::MAX);
        assert_eq!(big / big, Fixed::ONE);
        assert_eq!(big.exp(), Fixed::MAX);
        assert_eq!(least.exp(), Fixed::ZERO);
        assert_eq!(Fixed::ZERO.ln(), least);
        assert_eq!(least.sqrt(), Fixed::ZERO);
        assert!(big.ln() > Fixed::from_int(46));
        assert!(big.sqrt() > Fixed::from_int(1 << 33));
        assert_eq!(Fixed::from_count(u64::MAX).floor(), u64::MAX);
    }

    #[test]
    fn parts_per_million_are_rounded_up() {
        assert_eq!(Fixed::ZERO.to_ppm_up(), 0);
        assert_eq!(Fixed(1).to_ppm_up(), 1);
        assert_eq!(Fixed::HALF.to_ppm_up(), 500_000);
        assert_eq!(Fixed::from_int(7).to_ppm_up(), 1_000_000);
        assert_eq!(Fixed::from_millionths(2_500_000).to_millionths(), 2_500_000);
        assert_eq!((-Fixed::ONE).to_millionths(), 0);
    }
}
