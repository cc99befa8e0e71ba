//! The rule on under-delivery as a table, against bounds from an independent computation.

use super::*;
use crate::settlement::HASHES_PER_PHS_DAY;
use proptest::prelude::*;
use units::Hashrate;

const SHARE: Work = Work::new(HASHES_PER_PHS_DAY);

fn shares(count: u32) -> Delivered {
    let mut delivered = Delivered::default();
    (0..count).for_each(|_| delivered.observe(SHARE));
    delivered
}

/// One share a second was promised, and each is worth 1,000 sats.
fn guarantee(tolerance_ppm: u32, confidence_ppm: u32, bond: u64) -> Guarantee {
    Guarantee {
        promise: Promise {
            hashrate: Hashrate::new(SHARE.get()),
            tolerance_ppm,
            confidence_ppm,
        },
        price: Price::new(1_000),
        bond: Sats::new(bond),
    }
}

#[test]
fn the_bond_pays_what_is_certainly_missing() {
    const TEN_PERCENT: u64 = 100_000;
    // Of 1,000 shares. Upper bounds at 95 %: 936 997.937, 937 998.969, 938 1,000.001, 900 960.773, 850 909.117, 800 857.412,
    // none 3.689; at 99 %: 900 980.195.
    for (came, tolerance_ppm, confidence_ppm, bond, verdict, forfeit) in [
        (1_064, 0, 950_000, TEN_PERCENT, Kept::Kept, 0),
        (1_000, 0, 950_000, TEN_PERCENT, Kept::Undecided, 0),
        (938, 0, 950_000, TEN_PERCENT, Kept::Undecided, 0),
        (937, 0, 950_000, TEN_PERCENT, Kept::Short, 1_031),
        (936, 0, 950_000, TEN_PERCENT, Kept::Short, 2_063),
        (900, 0, 950_000, TEN_PERCENT, Kept::Short, 39_227),
        (900, 0, 990_000, TEN_PERCENT, Kept::Short, 19_805),
        (900, 50_000, 950_000, TEN_PERCENT, Kept::Undecided, 0),
        (850, 50_000, 950_000, TEN_PERCENT, Kept::Short, 40_883),
        (800, 50_000, 950_000, TEN_PERCENT, Kept::Short, 92_588),
        (800, 0, 950_000, TEN_PERCENT, Kept::Short, 100_000),
        (0, 0, 950_000, TEN_PERCENT, Kept::Short, 100_000),
        (0, 0, 950_000, 2_000_000, Kept::Short, 996_311),
        (0, 0, 950_000, 0, Kept::Short, 0),
    ] {
        let guarantee = guarantee(tolerance_ppm, confidence_ppm, bond);
        let found = guarantee.judge(&shares(came), Millis::new(1_000_000), SHARE);
        let row = format!("{came} shares, {tolerance_ppm}, {confidence_ppm}: {found:?}");
        assert_eq!(found.finding.verdict, verdict, "{row}");
        // The bounds are within 1 part in 30,000.
        assert!(found.forfeit_sats.get().abs_diff(forfeit) <= 33, "{row}");
        assert_eq!(
            found.missing_hashes.is_zero(),
            verdict != Kept::Short,
            "{row}"
        );
        assert!(found.forfeit_sats <= guarantee.bond, "{row}");
    }
}

#[test]
fn few_shares_never_cost_a_bond() {
    // Half of what was promised, seen by ever more shares: 1 / sqrt(n) has to shrink first.
    let judge = |came: u32| {
        let time = Millis::new(u64::from(came) * 2_000);
        let found = guarantee(50_000, 950_000, u64::MAX).judge(&shares(came), time, SHARE);
        found.forfeit_sats.get() / 1_000
    };
    assert_eq!([1, 2, 4, 8].map(judge), [0; 4]);
    assert!(judge(16) < 5 && judge(100) > 60 && judge(10_000) > 8_700);
}

#[test]
fn a_host_at_the_threshold_seldom_loses_and_then_little() {
    // Exactly, by summing the Poisson distribution of mean 400 over what each count would forfeit.
    const MEAN: u32 = 400;
    let guarantee = guarantee(0, 950_000, 100_000);
    let (mut probability, mut loses, mut lost) = ((-f64::from(MEAN)).exp(), 0.0, 0.0);
    for came in 0..MEAN {
        let found = guarantee.judge(&shares(came), Millis::new(400_000), SHARE);
        let forfeit = found.forfeit_sats.get() as f64;
        if forfeit > 0.0 {
            loses += probability;
            lost += probability * forfeit;
        }
        probability *= f64::from(MEAN) / f64::from(came + 1);
    }
    assert!((0.015..=0.025).contains(&loses), "{loses}");
    // In those cases less than 10 of 400 shares' worth on average.
    assert!(lost / loses < 10_000.0, "{}", lost / loses);
}

#[test]
fn no_time_is_no_promise() {
    let none = guarantee(0, 950_000, 100).judge(&shares(0), Millis::new(0), SHARE);
    assert_eq!(none.forfeit_sats, Sats::ZERO);
}

#[test]
fn the_relative_error_is_one_over_the_root() {
    for (shares, ppm) in [
        (0, 1_000_000),
        (1, 1_000_000),
        (2, 707_107),
        (4, 500_000),
        (100, 100_000),
        (1_500, 25_820),
        (10_000, 10_000),
        (1_000_000, 1_000),
        (999_999_999_999, 2),
        (1_000_000_000_000, 1),
        (u64::MAX, 1),
    ] {
        assert_eq!(relative_error_ppm(shares), ppm, "{shares}");
    }
}

proptest! {
    #[test]
    fn no_input_breaks_it_and_more_shares_never_cost_more(
        came in 0u32..400, hashrate: u128, tolerance_ppm: u32, confidence_ppm: u32, price: u64, bond: u64, ms in 1u64..1 << 40,
    ) {
        let guarantee = Guarantee {
            promise: Promise { hashrate: Hashrate::new(hashrate >> (came % 128)), tolerance_ppm, confidence_ppm },
            price: Price::new(price),
            bond: Sats::new(bond),
        };
        let judge = |came| guarantee.judge(&shares(came), Millis::new(ms), SHARE);
        let (less, more) = (judge(came), judge(came + 1));
        prop_assert!(less.forfeit_sats <= guarantee.bond);
        // From none to one the bound's unit changes from the assigned target to what came; here they are the same.
        prop_assert!(more.forfeit_sats <= less.forfeit_sats);
        prop_assert_eq!(less.missing_hashes.is_zero(), less.finding.verdict != Kept::Short);
    }
}
