//! Each way of cheating is caught at the stated power. `docs/verification.md` quotes these numbers.

use super::*;

const RUNS: u64 = 200;
const BASE: u64 = 0x9abc_def0_1234_5678;

fn caught_by_uniformity(shares: &[([u8; 32], Target)]) -> bool {
    let mut uniformity = Uniformity::default();
    for (hash, target) in shares {
        uniformity.observe(hash, target);
    }
    uniformity.finding(ALPHA_PPM).outcome == Outcome::Suspicious
}

#[test]
fn the_hardest_target_that_each_share_meets() {
    let caught = hits(RUNS, |random| {
        let shares: Vec<_> = (0..320)
            .map(|_| {
                let hash = random.hash(&target(BASE, 0));
                let chosen = (0..40).rev().map(|d| target(BASE, d));
                let mut met = chosen.filter(|target| meets(&hash, target));
                (hash, met.next().unwrap())
            })
            .collect();
        caught_by_uniformity(&shares)
    });
    assert_eq!(caught, RUNS);
}

/// Each epoch of `size` shares is cheated after it was seen; at least `least` shares in all.
fn cheated_epochs(
    random: &mut Random,
    size: usize,
    least: usize,
    cheat: impl Fn(&[[u8; 32]]) -> Target,
) -> Vec<([u8; 32], Target)> {
    let mut shares = Vec::new();
    while shares.len() < least {
        let epoch: Vec<_> = (0..size).map(|_| random.hash(&target(BASE, 0))).collect();
        let chosen = cheat(&epoch);
        let met = epoch.into_iter().filter(|hash| meets(hash, &chosen));
        shares.extend(met.map(|hash| (hash, chosen)));
    }
    shares
}

#[test]
fn the_target_of_an_epoch_chosen_for_the_most_work() {
    let best = |epoch: &[[u8; 32]]| {
        let worth = |d: &u32| {
            let chosen = target(BASE, *d);
            let met = epoch.iter().filter(|hash| meets(hash, &chosen));
            met.count() << d
        };
        target(BASE, (0..12).max_by_key(worth).unwrap())
    };
    let caught = hits(RUNS, |random| {
        caught_by_uniformity(&cheated_epochs(random, 20, 2_000, best))
    });
    assert!(caught >= 190, "{caught}");
}

#[test]
fn the_target_of_an_epoch_just_above_its_worst_share() {
    let worst = |epoch: &[[u8; 32]]| {
        let worst = epoch
            .iter()
            .max_by(|a, b| a.iter().rev().cmp(b.iter().rev()));
        let mut bytes = *worst.unwrap();
        bytes.reverse();
        Target::from_be_bytes(bytes).unwrap()
    };
    let caught = hits(RUNS, |random| {
        caught_by_uniformity(&cheated_epochs(random, 20, 1_000, worst))
    });
    assert!(caught >= 190, "{caught}");
}

/// The finding on `count` shares that are shown; those that meet `level` were withheld with a probability in ppm.
fn withheld(random: &mut Random, count: u32, network: u32, level: u32, ppm: u32) -> TailFinding {
    let (assigned, wanted) = (target(BASE, 0), target(BASE, level));
    let (work, network) = (assigned.work(), target(BASE, network));
    let mut tail = Tail::default();
    let mut shown = 0;
    while shown < count {
        let hash = random.hash(&assigned);
        let lost = meets(&hash, &wanted) && random.below(1_000_000) < ppm.into();
        if !lost {
            tail.observe(&hash, &assigned, work, &network);
            shown += 1;
        }
    }
    tail.finding(ALPHA_PPM)
}

#[test]
fn what_is_stated_of_withholding_holds_at_every_level() {
    let stated = withheld(&mut Random(1), 20_000, 6, 6, 0);
    assert_eq!(stated.levels.len(), 7);
    for level in stated.levels {
        let doublings = level.doublings.unwrap_or(6);
        let ppm = level.sees_withheld_ppm.expect("312 blocks expected");
        let suspicious = |random: &mut Random| {
            withheld(random, 20_000, 6, doublings, ppm).outcome == Outcome::Suspicious
        };
        let caught = hits(RUNS, suspicious);
        // 95 % of 200 are 190; two standard deviations are 6.
        assert!(caught >= 184, "{doublings} doublings, {ppm} ppm: {caught}");
    }
}

#[test]
fn the_statement_is_no_looser_than_need_be() {
    let stated = withheld(&mut Random(1), 20_000, 6, 6, 0);
    let network = stated.levels.last().unwrap().sees_withheld_ppm.unwrap();
    let caught = hits(RUNS, |random| {
        withheld(random, 20_000, 6, 6, network / 2).outcome == Outcome::Suspicious
    });
    assert!((10..=120).contains(&caught), "{caught}");
}

#[test]
fn withholding_every_block_is_seen_from_a_dozen_on_and_not_before() {
    // 12 blocks expected; then 3, where e^-3 = 5 % is above every alpha.
    let caught = hits(RUNS, |random| {
        withheld(random, 12_288, 10, 10, 1_000_000).outcome == Outcome::Suspicious
    });
    assert_eq!(caught, RUNS);
    let few = withheld(&mut Random(3), 3_072, 10, 10, 1_000_000);
    let network = few.levels.last().unwrap();
    assert_eq!(
        (network.observed, network.tested, network.sees_withheld_ppm),
        (0, false, None)
    );
    assert_eq!(few.outcome, Outcome::Pass);
}

fn caught_by_dispersion(window_ms: u64, times: impl IntoIterator<Item = u64>) -> (bool, u128) {
    let mut dispersion = Dispersion::new(Timestamp::from_unix_ms(0), Millis::new(window_ms));
    for ms in times {
        dispersion.observe(Timestamp::from_unix_ms(ms));
    }
    let finding = dispersion.finding(ALPHA_PPM);
    (
        finding.outcome == Outcome::Suspicious,
        finding.index_millionths,
    )
}

#[test]
fn arrivals_that_are_too_even() {
    // One share a second, give or take half a second; windows of ten seconds, five blocks and a bit.
    let caught = hits(RUNS, |random| {
        let mut times: Vec<u64> = (0..410).map(|i| i * 1_000 + random.below(1_000)).collect();
        times.sort_unstable();
        let (caught, index) = caught_by_dispersion(10_000, times);
        caught && index < 1_000_000
    });
    assert_eq!(caught, RUNS);
}

#[test]
fn half_of_the_arrivals_are_made_up_evenly() {
    let caught = hits(RUNS, |random| {
        let mut times = random.arrivals(2_000, 4_000_000);
        times.extend((0..2_000).map(|i| i * 2_000));
        times.sort_unstable();
        caught_by_dispersion(10_000, times).0
    });
    assert!(caught >= 190, "{caught}");
}

#[test]
fn arrivals_in_bursts() {
    // Each of 300 arrivals brings three shares at once.
    let caught = hits(RUNS, |random| {
        let times = random.arrivals(300, 600_000);
        let (caught, index) =
            caught_by_dispersion(10_000, times.into_iter().flat_map(|ms| [ms; 3]));
        caught && index > 1_000_000
    });
    assert!(caught >= 190, "{caught}");
}

#[test]
fn a_rate_that_was_inflated() {
    // Nine tenths of the promise, 1,500 shares of it.
    let promise = Promise {
        hashrate: units::Hashrate::new(1_000_000),
        tolerance_ppm: 0,
        confidence_ppm: 950_000,
    };
    let time = Millis::new(1_500_000 * 10 / 9);
    let caught = hits(RUNS, |random| {
        let mut delivered = Delivered::default();
        (0..random.count(6_000)).for_each(|_| delivered.observe(Work::new(1_000_000)));
        promise.judge(&delivered, time, Work::ZERO).verdict == Kept::Short
    });
    assert!(caught >= 190, "{caught}");
}
