//! The gamma distribution in fixed point. Poisson counts, chi-squares and the normal distribution are special cases.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "the operators of `Fixed` saturate"
)]

use super::fixed::Fixed;

/// From this shape on, quantiles by the Cornish-Fisher expansion are within 3e-5 of exact.
const EXPANSION_FROM: Fixed = Fixed::from_int(32);
/// No series here needs more terms for shapes below 2^33; see `gamma_tails`.
const TERMS_MAX: u32 = 1 << 20;
/// A series ends where its next term is below this part of its sum.
const NEGLIGIBLE: u32 = 50;
/// A quantile is found where a step is below this part of it.
const QUANTILE_PLACES: u32 = 34;

/// `ln Gamma(y)` for y > 0, within 1e-13: Stirling's series, after moving y up to where it is that exact.
pub(super) fn ln_gamma(y: Fixed) -> Fixed {
    let (mut y, mut product) = (y, Fixed::ONE);
    while y < Fixed::from_int(16) {
        product = product * y;
        y = y + Fixed::ONE;
    }
    let inverse = Fixed::ONE / y;
    let square = inverse.squared();
    let series = [-1_680, 1_260, -360, 12]
        .into_iter()
        .fold(Fixed::ZERO, |sum, bottom| {
            sum * square + Fixed::from_ratio(1, bottom)
        });
    (y - Fixed::HALF) * y.ln() - y + Fixed::HALF_LN_TAU + series * inverse - product.ln()
}

/// The gamma distribution's lower and upper tail at `x` for `shape` > 0; the two add up to one.
///
/// Takes about 6 sqrt(shape) steps; callers keep the shape below 2^33.
pub(super) fn gamma_tails(shape: Fixed, x: Fixed) -> (Fixed, Fixed) {
    if x <= Fixed::ZERO {
        return (Fixed::ZERO, Fixed::ONE);
    }
    if x < shape || x < Fixed::from_int(40) {
        // x^a e^-x / Gamma(a + 1) * (1 + x/(a+1) + x^2/((a+1)(a+2)) + ...)
        let (mut sum, mut term, mut bottom) = (Fixed::ONE, Fixed::ONE, shape);
        for _ in 0..TERMS_MAX {
            bottom = bottom + Fixed::ONE;
            term = term * x / bottom;
            sum = sum + term;
            if term <= sum.halved(NEGLIGIBLE) && bottom > x {
                break;
            }
        }
        let log = shape * x.ln() - x - ln_gamma(shape + Fixed::ONE) + sum.ln();
        let lower = log.exp().min(Fixed::ONE);
        return (lower, Fixed::ONE - lower);
    }
    // x^(a-1) e^-x / Gamma(a) * (1 + (a-1)/x + (a-1)(a-2)/x^2 + ...): ends by itself for whole shapes; for others it
    // goes on as the asymptotic series of what is left, whose terms shrink as long as |a - i| < x.
    let (mut sum, mut term, mut top) = (Fixed::ONE, Fixed::ONE, shape);
    for _ in 0..TERMS_MAX {
        top = top - Fixed::ONE;
        term = term * top / x;
        sum = sum + term;
        if term <= sum.halved(NEGLIGIBLE) || top < -x {
            break;
        }
    }
    let log = (shape - Fixed::ONE) * x.ln() - x - ln_gamma(shape) + sum.ln();
    let upper = log.exp().min(Fixed::ONE);
    (Fixed::ONE - upper, upper)
}

/// The point of the gamma distribution that has this much below it. `lower` within 10^-7 to 1 - 10^-7.
pub(super) fn gamma_quantile(shape: Fixed, lower: Fixed) -> Fixed {
    if shape >= EXPANSION_FROM {
        return expansion(shape, normal_quantile(lower));
    }
    // Newton's steps, and halving the bracket where one would leave it.
    let (mut low, mut high) = (Fixed::ZERO, shape + shape + Fixed::from_int(60));
    let log_scale = ln_gamma(shape);
    let mut x = shape;
    for _ in 0..64 {
        let below = gamma_tails(shape, x).0;
        if below < lower {
            low = x;
        } else {
            high = x;
        }
        let density = ((shape - Fixed::ONE) * x.ln() - x - log_scale).exp();
        let step = x - (below - lower) / density;
        let next = if density > Fixed::ZERO && low < step && step < high {
            step
        } else {
            (low + high).halved(1)
        };
        let moved = (next - x).max(x - next);
        x = next;
        if moved <= x.halved(QUANTILE_PLACES) {
            break;
        }
    }
    x
}

/// The point of the normal distribution that has this much below it.
pub(super) fn normal_quantile(lower: Fixed) -> Fixed {
    let upper = Fixed::ONE - lower;
    // z^2 / 2 is gamma distributed with shape 1/2.
    let between = Fixed::ONE - lower.min(upper) - lower.min(upper);
    let half_square = gamma_quantile(Fixed::HALF, between);
    let z = (half_square + half_square).sqrt();
    if lower < upper { -z } else { z }
}

/// Cornish and Fisher: the quantile from the normal distribution's, in falling powers of the shape's root.
fn expansion(shape: Fixed, z: Fixed) -> Fixed {
    let n = Fixed::from_int;
    let polynomial = |terms: [i128; 7]| {
        terms
            .into_iter()
            .fold(Fixed::ZERO, |sum, factor| sum * z + n(factor))
    };
    let root = shape.sqrt();
    let parts = [
        (polynomial([12, 0, -243, 0, -923, 0, 1_472]), 204_120),
        (polynomial([0, 9, 0, 256, 0, -433, 0]), 38_880),
        (-polynomial([0, 0, 3, 0, 7, 0, -16]), 810),
        (polynomial([0, 0, 0, 1, 0, -7, 0]), 36),
        (polynomial([0, 0, 0, 0, 1, 0, -1]), 3),
    ];
    let rest = parts.into_iter().fold(Fixed::ZERO, |sum, (value, bottom)| {
        sum / root + value / n(bottom)
    });
    shape + z * root + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Upper tails of chi-square in parts per 10^9, from an independent computation with 30 digits.
    #[test]
    fn chi_square_tails() {
        for (degrees, thousandths, exact) in [
            (31, 31_000, 466_212_506i128),
            (31, 44_985, 50_003_515),
            (31, 61_098, 1_000_084),
            (31, 20_000, 935_803_621),
            (28, 10_000, 999_302_010),
            (700, 800_000, 5_046_664),
            (20, 80_000, 4),
        ] {
            let shape = Fixed::from_ratio(degrees, 2);
            let x = Fixed::from_ratio(thousandths, 2_000);
            let (lower, upper) = gamma_tails(shape, x);
            let exact = Fixed::from_ratio(exact, 1_000_000_000);
            let error = (upper - exact).max(exact - upper);
            assert!(
                error < Fixed::from_ratio(1, 900_000_000),
                "{degrees}: {upper:?}"
            );
            assert_eq!(lower + upper, Fixed::ONE);
        }
    }

    #[test]
    fn both_series_meet() {
        // Just below and above the point where the series changes.
        for shape in [10, 39, 41, 1_000, 1 << 32] {
            let shape = Fixed::from_int(shape) + Fixed::HALF;
            let at = shape.max(Fixed::from_int(40));
            let step = Fixed::from_ratio(1, 1 << 40);
            let (below, above) = (gamma_tails(shape, at - step).0, gamma_tails(shape, at).0);
            let jump = (above - below).max(below - above);
            assert!(
                jump < Fixed::from_ratio(1, 10_000_000),
                "{shape:?}: {jump:?}"
            );
        }
    }

    #[test]
    fn normal_points() {
        for (ppm, exact) in [
            (975_000, 1_959_964),
            (999_500, 3_290_527),
            (500_000, 0),
            (950_000, 1_644_854),
        ] {
            let z = normal_quantile(Fixed::from_ppm(ppm));
            assert!(z.to_millionths().abs_diff(exact) <= 1, "{ppm}: {z:?}");
            let mirrored = normal_quantile(Fixed::ONE - Fixed::from_ppm(ppm));
            assert!((z + mirrored).to_millionths() <= 1);
        }
    }
}
