//! Honest data raises an alarm as often as stated.

use super::*;

/// What 2,000 runs may show of 5 %: 100, and three standard deviations to either side.
const FIVE_PERCENT: core::ops::RangeInclusive<u64> = 71..=129;
const LOOSE_PPM: u32 = 50_000;

fn uniformity(random: &mut Random, alpha_ppm: u32) -> Outcome {
    let targets = [
        target(0x9abc_def0_1234_5678, 0),
        target(u64::MAX, 3),
        target(0xc000_0000_0000_0001, 9),
    ];
    let mut uniformity = Uniformity::default();
    for i in 0..1_000 {
        let target = targets[i % 3];
        uniformity.observe(&random.hash(&target), &target);
    }
    uniformity.finding(alpha_ppm).outcome
}

fn tail(random: &mut Random, alpha_ppm: u32) -> Outcome {
    let (assigned, network) = (
        target(0x9abc_def0_1234_5678, 0),
        target(0x9abc_def0_1234_5678, 8),
    );
    let work = assigned.work();
    let mut tail = Tail::default();
    for _ in 0..5_000 {
        tail.observe(&random.hash(&assigned), &assigned, work, &network);
    }
    tail.finding(alpha_ppm).outcome
}

fn dispersion(random: &mut Random, alpha_ppm: u32) -> Outcome {
    let mut dispersion = Dispersion::new(Timestamp::from_unix_ms(50), Millis::new(1_000));
    // A fleet that grows slowly: a hundred minutes, each with a little more shares than the one before.
    for minute in 0..20 {
        for ms in random.arrivals(600 + 10 * minute, 60_000) {
            dispersion.observe(Timestamp::from_unix_ms(minute * 60_000 + ms));
        }
    }
    dispersion.finding(alpha_ppm).outcome
}

#[test]
fn honest_data_passes_at_the_stated_rate() {
    for test in [uniformity, tail, dispersion] {
        let suspicious = hits(400, |random| match test(random, ALPHA_PPM) {
            Outcome::Pass => false,
            Outcome::Suspicious => true,
            Outcome::TooFew | Outcome::NotJudged => panic!("enough shares"),
        });
        // 0.4 expected; more than 4 has a probability of 6e-5.
        assert!(suspicious <= 4, "{suspicious}");
    }
}

#[test]
fn at_five_percent_the_rate_is_five_percent() {
    let rate = |test: fn(&mut Random, u32) -> Outcome| {
        hits(2_000, |random| {
            test(random, LOOSE_PPM) == Outcome::Suspicious
        })
    };
    let found = rate(uniformity);
    assert!(FIVE_PERCENT.contains(&found), "uniformity: {found}");
    let found = rate(dispersion);
    assert!(FIVE_PERCENT.contains(&found), "dispersion: {found}");
    // Counts are whole and the levels are nested, so that this one stays below what it states.
    let found = rate(tail);
    assert!((10..=*FIVE_PERCENT.end()).contains(&found), "tail: {found}");
}

#[test]
fn a_host_that_delivers_just_enough_is_rarely_called_short() {
    let promise = Promise {
        hashrate: units::Hashrate::new(1_000_000),
        tolerance_ppm: 0,
        confidence_ppm: 950_000,
    };
    let short = hits(2_000, |random| {
        let mut delivered = Delivered::default();
        (0..random.count(2_000)).for_each(|_| delivered.observe(Work::new(1_000_000)));
        let finding = promise.judge(&delivered, Millis::new(500_000), Work::ZERO);
        finding.verdict == Kept::Short
    });
    // 2.5 % of 2,000 are 50; three standard deviations are 21.
    assert!((20..=71).contains(&short), "{short}");
}
