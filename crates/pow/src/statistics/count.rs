//! How few shares chance alone would leave: exact lower tails of the binomial and the Poisson distribution.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "the operators of `Fixed` saturate"
)]

use super::{fixed::Fixed, gamma::ln_gamma};

/// The distribution of a count.
#[derive(Clone, Copy, Debug)]
pub(super) enum Law {
    /// Of `n` < 2^32 trials each succeeds with probability `2^-doublings`, 1 to 20 doublings.
    Binomial { n: u64, doublings: u32 },
    /// Many rare events.
    Poisson { mean: Fixed },
}

/// A sum ends where its next term is below this part of it.
const NEGLIGIBLE: u32 = 50;
/// More steps than any sum of fewer than 2^32 shares takes.
const STEPS_MAX: u32 = 1 << 21;
/// Below a millionth, binomial and Poisson differ by less than a millionth.
const BINOMIAL_UP_TO: u32 = 20;

impl Law {
    /// The number among `n` shares that meet their target halved so many times.
    pub(super) fn of_level(n: u64, doublings: u32) -> Self {
        if doublings <= BINOMIAL_UP_TO {
            Self::Binomial { n, doublings }
        } else {
            let mean = Fixed::from_count(n).halved(doublings);
            Self::Poisson { mean }
        }
    }

    pub(super) fn mean(self) -> Fixed {
        match self {
            Self::Binomial { n, doublings } => Fixed::from_count(n).halved(doublings),
            Self::Poisson { mean } => mean,
        }
    }

    fn deviation(self) -> Fixed {
        let variance = match self {
            Self::Binomial { doublings, .. } => self.mean() - self.mean().halved(doublings),
            Self::Poisson { mean } => mean,
        };
        variance.sqrt()
    }

    /// The probability of exactly `k`.
    fn exactly(self, k: u64) -> Fixed {
        let (count, log_factorial) = (Fixed::from_count, |k: Fixed| ln_gamma(k + Fixed::ONE));
        let log = match self {
            Self::Binomial { n, doublings } => {
                let Some(rest) = n.checked_sub(k) else {
                    return Fixed::ZERO;
                };
                let miss = Fixed::ONE - Fixed::ONE.halved(doublings);
                log_factorial(count(n))
                    - log_factorial(count(k))
                    - log_factorial(count(rest))
                    - count(k) * Fixed::from_count(doublings.into()) * Fixed::LN_2
                    + count(rest) * miss.ln()
            }
            Self::Poisson { mean } => {
                let falling = if k == 0 {
                    Fixed::ZERO
                } else {
                    count(k) * mean.ln()
                };
                falling - mean - log_factorial(count(k))
            }
        };
        log.exp().min(Fixed::ONE)
    }

    /// The odds of `k` against `k + 1`.
    fn odds(self, k: u64) -> (Fixed, Fixed) {
        let next = Fixed::from_count(k) + Fixed::ONE;
        match self {
            Self::Binomial { n, doublings } => {
                let others = 1u64.checked_shl(doublings).unwrap_or(u64::MAX);
                let others = Fixed::from_count(others) - Fixed::ONE;
                (next * others, Fixed::from_count(n.saturating_sub(k)))
            }
            Self::Poisson { mean } => (next, mean),
        }
    }

    /// The probability of `k` or fewer.
    pub(super) fn at_most(self, k: u64) -> Fixed {
        let (mut at, mut sum, mut term) = (k, Fixed::ONE, Fixed::ONE);
        if Fixed::from_count(k) < self.mean() {
            for _ in 0..STEPS_MAX {
                let Some(below) = at.checked_sub(1) else {
                    break;
                };
                let (fewer, more) = self.odds(below);
                term = term * fewer / more;
                sum = sum + term;
                if term <= sum.halved(NEGLIGIBLE) {
                    break;
                }
                at = below;
            }
            return (self.exactly(k) * sum).min(Fixed::ONE);
        }
        at = k.saturating_add(1);
        for _ in 0..STEPS_MAX {
            let (fewer, more) = self.odds(at);
            term = term * more / fewer;
            sum = sum + term;
            if term <= sum.halved(NEGLIGIBLE) {
                break;
            }
            at = at.saturating_add(1);
        }
        (Fixed::ONE - self.exactly(k.saturating_add(1)) * sum).max(Fixed::ZERO)
    }

    /// The largest count that is as improbable as `alpha`, it or fewer; `None` where even none at all is not.
    /// `z`: the normal distribution's quantile of `alpha`, near which the search starts.
    pub(super) fn critical(self, alpha: Fixed, z: Fixed) -> Option<u64> {
        let guess = self.mean() + z * self.deviation();
        let mut k = guess.floor();
        let mut below = self.at_most(k);
        for _ in 0..STEPS_MAX {
            let more = below + self.exactly(k.saturating_add(1));
            if below > alpha {
                below = below - self.exactly(k);
                k = k.checked_sub(1)?;
                if below <= alpha {
                    return Some(k);
                }
            } else if more <= alpha {
                below = more;
                k = k.saturating_add(1);
            } else {
                return Some(k);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::gamma::normal_quantile;

    /// Parts per 10^9, by summing exact fractions.
    #[test]
    fn tails_are_exact() {
        let poisson = |thousandths| Law::Poisson {
            mean: Fixed::from_ratio(thousandths, 1_000),
        };
        for (law, k, exact) in [
            (Law::of_level(100, 1), 40, 28443967),
            (Law::of_level(100, 1), 50, 539794619),
            (Law::of_level(100, 1), 99, 1000000000),
            (Law::of_level(1000, 3), 100, 8151509),
            (Law::of_level(1000, 3), 140, 929058644),
            (Law::of_level(5000, 10), 0, 7557625),
            (Law::of_level(5000, 10), 12, 998362002),
            (poisson(7000), 0, 911882),
            (poisson(500), 0, 606530660),
            (poisson(500), 3, 998248377),
            (poisson(100000), 70, 971444),
            (poisson(100000), 130, 998293160),
            (poisson(6908), 0, 999755),
            (Law::of_level(1 << 32, 24), 200, 161483),
        ] {
            let error = law.at_most(k) - Fixed::from_ratio(exact, 1_000_000_000);
            let error = error.max(-error);
            assert!(
                error <= Fixed::from_ratio(2, 1_000_000_000),
                "{law:?} {k}: {:?}",
                law.at_most(k)
            );
        }
    }

    #[test]
    fn critical_counts_are_the_largest() {
        for law in [
            Law::of_level(1_000, 1),
            Law::of_level(1_000, 5),
            Law::of_level(4_000_000_000, 12),
            Law::of_level(1 << 31, 24),
            Law::Poisson {
                mean: Fixed::from_int(7),
            },
        ] {
            for alpha in [50_000, 1_000, 20] {
                let alpha = Fixed::from_ppm(alpha);
                match law.critical(alpha, normal_quantile(alpha)) {
                    Some(k) => assert!(law.at_most(k) <= alpha && law.at_most(k + 1) > alpha),
                    None => assert!(law.at_most(0) > alpha),
                }
            }
        }
        let seven = Law::Poisson {
            mean: Fixed::from_int(7),
        };
        let z = normal_quantile(Fixed::from_ppm(900));
        assert_eq!(seven.critical(Fixed::from_ppm(900), z), None); // e^-7 is 912 ppm
        assert_eq!(seven.critical(Fixed::from_ppm(1_000), z), Some(0));
    }
}
