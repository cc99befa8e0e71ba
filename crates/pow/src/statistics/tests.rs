//! Simulated contracts, honest and cheated. The seeds are fixed: what is asserted holds or fails for good.

mod cheats;
mod honest;

use super::*;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Evenly within 0 to `below` - 1.
    fn below(&mut self, below: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(below);
        u64::try_from(product >> 64).unwrap()
    }

    /// A header's hash, evenly at or below `target`: what honest work finds.
    fn hash(&mut self, target: &Target) -> [u8; 32] {
        let bytes = target.to_be_bytes();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let mask = 0xff >> bytes[zeros].leading_zeros();
        loop {
            let mut hash = [0; 32];
            for word in hash.chunks_mut(8) {
                word.copy_from_slice(&self.next().to_be_bytes());
            }
            hash[..zeros].fill(0);
            hash[zeros] &= mask;
            hash.reverse();
            if meets(&hash, target) {
                return hash;
            }
        }
    }

    /// So many arrivals of a Poisson process, given their number: evenly spread times, in order.
    fn arrivals(&mut self, count: u64, ms: u64) -> Vec<u64> {
        let mut times: Vec<u64> = (0..count).map(|_| self.below(ms)).collect();
        times.sort_unstable();
        times
    }

    /// A Poisson count with a mean of `quarters` / 4, but for a 256th of its variance: rare hits among many trials.
    fn count(&mut self, quarters: u64) -> u64 {
        let rare = |random: &mut Self| (0..8).fold(u64::MAX, |bits, _| bits & random.next());
        (0..quarters)
            .map(|_| u64::from(rare(self).count_ones()))
            .sum()
    }
}

/// `0x00..00 ff..ff` with `mantissa` where the ones start, `doublings` times harder.
fn target(mantissa: u64, doublings: u32) -> Target {
    let mut bytes = [0xff; 32];
    let value = (u128::from(mantissa) << 64 | u128::from(u64::MAX)) >> doublings;
    bytes[..4].fill(0);
    bytes[4..20].copy_from_slice(&value.to_be_bytes());
    Target::from_be_bytes(bytes).unwrap()
}

/// As `Target::is_met_by_le_hash`, which is slow where `units` is not optimised.
fn meets(hash: &[u8; 32], target: &Target) -> bool {
    Ratio::new(hash, target).is_some()
}

/// How many of the runs answer true; each run has a seed of its own.
fn hits(runs: u64, run: impl Fn(&mut Random) -> bool) -> u64 {
    let seeds = (0..runs).map(|seed| Random(seed.wrapping_mul(0x5851_f42d_4c95_7f2d)));
    seeds.map(|mut random| u64::from(run(&mut random))).sum()
}

#[test]
fn all_tests_of_an_honest_contract() {
    let opened = Timestamp::from_unix_ms(1_795_215_000_000);
    let (assigned, network) = (target(0x9abc_def0_1234_5678, 0), target(u64::MAX, 7));
    let work = assigned.work();
    let mut statistics = Statistics::new(opened);
    let mut random = Random(5);
    let shares = 20_000;
    for ms in random.arrivals(shares, 7_200_000) {
        let hash = random.hash(&assigned);
        statistics.observe(&Observation {
            hash: &hash,
            target: assigned,
            work,
            network: Some(network),
            at: opened.after(Millis::new(ms)),
        });
    }
    let promise = Promise {
        hashrate: units::Hashrate::new(work.get() * u128::from(shares) / 7_200),
        tolerance_ppm: 50_000,
        confidence_ppm: 950_000,
    };
    let end = opened.after(Millis::new(7_200_000));
    let findings = statistics.findings(end, &promise, work, ALPHA_PPM);
    assert_eq!(findings.delivery.verdict, Kept::Kept);
    assert_eq!(findings.hours.len(), 2);
    assert_eq!(findings.uniformity.outcome, Outcome::Pass);
    assert_eq!(findings.tail.outcome, Outcome::Pass);
    assert_eq!(findings.dispersion.outcome, Outcome::Pass);
    // 2.8 shares a second: too few for windows of a second.
    assert_eq!(findings.dispersion.window_ms, 10_000);

    let json = serde_json::to_value(&findings).unwrap();
    assert_eq!(json["delivery"]["verdict"], "kept");
    assert_eq!(json["uniformity"]["outcome"], "pass");
    assert!(json["uniformity"]["chi_square_millionths"].is_string());
    assert!(json["tail"]["levels"][0]["expected_millionths"].is_string());
    assert_eq!(
        json["tail"]["levels"][0]["expected_millionths"],
        "10000000000"
    );
    assert!(json["hours"][0]["hashrate"]["low_hs"].is_string());
}

#[test]
fn no_input_breaks_the_statistics() {
    let opened = Timestamp::from_unix_ms(u64::MAX - 5);
    let mut statistics = Statistics::new(opened);
    let one = Target::from_be_bytes(core::array::from_fn(|i| u8::from(i == 31))).unwrap();
    for at in [0, u64::MAX, 7] {
        for (target, network) in [
            (Target::MAX, Some(one)),
            (one, Some(Target::MAX)),
            (one, None),
        ] {
            for hash in [[0; 32], [0xff; 32]] {
                for _ in 0..30 {
                    let (work, at) = (Work::MAX, Timestamp::from_unix_ms(at));
                    statistics.observe(&Observation {
                        hash: &hash,
                        target,
                        work,
                        network,
                        at,
                    });
                }
            }
        }
    }
    let promise = Promise {
        hashrate: units::Hashrate::MAX,
        tolerance_ppm: u32::MAX,
        confidence_ppm: u32::MAX,
    };
    for alpha_ppm in [0, 1, ALPHA_PPM, u32::MAX] {
        for end in [0, u64::MAX] {
            let findings =
                statistics.findings(Timestamp::from_unix_ms(end), &promise, Work::MAX, alpha_ppm);
            assert!(findings.hours.len() <= HOURS_MAX);
            assert!(findings.tail.levels.len() <= 65);
        }
    }
}
