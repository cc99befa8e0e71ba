use super::*;

fn settings(initial: i8) -> VardiffSettings {
    VardiffSettings {
        shares_per_minute: VardiffSettings::USUAL_PACE,
        initial: Difficulty::from_exponent(initial).unwrap(),
        floor: Difficulty::from_exponent(-20).unwrap(),
    }
}

fn at(ms: u64) -> Timestamp {
    Timestamp::from_unix_ms(1_700_000_000_000 + ms)
}

/// Random arrivals of a machine, with a fixed seed.
struct Machine {
    hashrate: f64,
    random: u64,
}

impl Machine {
    /// Milliseconds to the next share: exponential.
    fn gap_ms(&mut self, work: Work) -> f64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let uniform = ((self.random >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
        let mean = work.get() as f64 / self.hashrate * 1_000.0;
        -uniform.ln() * mean
    }
}

/// Mines for an hour with a job every 5 s; answers the difficulty in force from each change on, first the initial one.
fn simulate(vardiff: &mut Vardiff, hashrate: f64, seed: u64) -> Vec<(u64, Difficulty)> {
    simulate_on(vardiff, hashrate, seed, 0)
}

/// The same from then on.
fn simulate_on(
    vardiff: &mut Vardiff,
    hashrate: f64,
    seed: u64,
    from_ms: u64,
) -> Vec<(u64, Difficulty)> {
    let mut machine = Machine {
        hashrate,
        random: seed | 1,
    };
    let mut history = vec![(0, vardiff.difficulty())];
    let mut work = vardiff.difficulty().target().work();
    let mut next_ms = machine.gap_ms(work);
    for job_ms in (5_000..=3_600_000).step_by(5_000) {
        while next_ms < job_ms as f64 {
            vardiff.on_share(work);
            next_ms += machine.gap_ms(work);
        }
        if let Some(difficulty) = vardiff.retarget(at(from_ms + job_ms), None) {
            history.push((job_ms, difficulty));
            work = difficulty.target().work();
            next_ms = job_ms as f64 + machine.gap_ms(work);
        }
    }
    history
}

/// From 100 kH/s to 300 TH/s, from where a start should be (16 to 1,024 times too easy) to four times too hard.
#[test]
fn settles_within_30_s_at_6_to_20_shares_a_minute_and_stays() {
    const SEEDS: u64 = 24;
    let rates = [
        100e3, 1e6, 20e6, 1.2e9, 0.5e12, 3.5e12, 14e12, 104e12, 200e12, 300e12,
    ];
    // Starts, in powers of two from the right one; by when; how many of a hundred chance may still deceive.
    for (offset, by_ms, chance) in [
        (-10, 30_000, 5),
        (-8, 30_000, 5),
        (-6, 30_000, 5),
        (-4, 30_000, 5),
        (-2, 30_000, 8),
        (0, 30_000, 8),
        (2, 300_000, 8),
    ] {
        let (mut runs, mut late, mut at_the_end, mut moved) = (0, 0, 0, 0);
        let mut all_measured = 0.0;
        for (hashrate, seed) in rates
            .iter()
            .flat_map(|rate| (1..=SEEDS).map(move |seed| (*rate, seed)))
        {
            let pace =
                |difficulty: Difficulty| hashrate * 60.0 / difficulty.target().work().get() as f64;
            let settled = |difficulty| (6.0..=20.0).contains(&pace(difficulty));
            let right = (-20..=30)
                .map(|exponent| Difficulty::from_exponent(exponent).unwrap())
                .min_by_key(|difficulty| ((pace(*difficulty) / 11.0).log2().abs() * 1e6) as u64)
                .unwrap();
            let settings = VardiffSettings {
                floor: Difficulty::from_exponent(-30).unwrap(),
                ..settings(right.exponent() + offset)
            };
            let mut vardiff = Vardiff::new(settings, at(0));
            let seed =
                seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::try_from(offset + 99).unwrap();
            let history = simulate(&mut vardiff, hashrate, seed);
            let then = history.iter().rev().find(|(ms, _)| *ms <= by_ms).unwrap();
            runs += 1;
            late += u32::from(!settled(then.1));
            at_the_end += u32::from(!settled(vardiff.difficulty()));
            moved += history.iter().filter(|(ms, _)| *ms > 300_000).count();
            let measured = vardiff.hashrate(at(3_600_000)).unwrap().get() as f64;
            all_measured += measured / hashrate;
        }
        let bias = all_measured / f64::from(runs) - 1.0;
        assert!(
            bias.abs() < 0.05,
            "{offset}: the measured hashrate is off by {bias}"
        );
        assert!(
            late * 100 <= runs * chance,
            "{offset}: {late} of {runs} had not settled"
        );
        assert!(
            at_the_end * 100 <= runs,
            "{offset}: {at_the_end} of {runs} are out of the band in the end"
        );
        assert!(
            moved * 4 <= 240,
            "{offset}: {moved} late changes of {runs} machines in an hour"
        );
    }
}

/// A contract's own pace, at both ends of what it may be: told at the first job, kept as well as the usual one.
#[test]
fn other_paces_are_kept_alike() {
    for (pace, offset) in [(6, -8), (6, -4), (20, -8), (20, -4)] {
        let (mut runs, mut late, mut at_the_end) = (0, 0, 0);
        for (hashrate, seed) in [1e6, 14e12, 200e12]
            .iter()
            .flat_map(|rate| (1..=20).map(move |seed| (*rate, seed)))
        {
            let found =
                |difficulty: Difficulty| hashrate * 60.0 / difficulty.target().work().get() as f64;
            // As 6 and 20 are to 11.
            let low = 6.0 / 11.0 * f64::from(pace);
            let settled = |difficulty| (low..=low * 20.0 / 6.0).contains(&found(difficulty));
            let usual = (-20..=30)
                .map(|exponent| Difficulty::from_exponent(exponent).unwrap())
                .min_by_key(|difficulty| ((found(*difficulty) / 11.0).log2().abs() * 1e6) as u64)
                .unwrap();
            let settings = VardiffSettings {
                floor: Difficulty::from_exponent(-30).unwrap(),
                ..settings(usual.exponent() + offset)
            };
            let mut vardiff = Vardiff::new(settings, at(0));
            vardiff.set_pace(pace, at(0));
            let history = simulate(&mut vardiff, hashrate, seed * 0x9e37_79b9);
            let then = history.iter().rev().find(|(ms, _)| *ms <= 30_000).unwrap();
            runs += 1;
            late += u32::from(!settled(then.1));
            at_the_end += u32::from(!settled(vardiff.difficulty()));
        }
        assert!(late * 100 <= runs * 8, "{pace} {offset}: {late} of {runs}");
        assert!(
            at_the_end * 100 <= runs * 2,
            "{pace} {offset}: {at_the_end}"
        );
    }
}

/// Settled at one pace, a machine is at once right for another, and comes back to what it had.
#[test]
fn another_pace_is_another_power_of_two_and_back() {
    let hashrate = 100e12;
    let per_minute =
        |difficulty: Difficulty| hashrate * 60.0 / difficulty.target().work().get() as f64;
    for (seed, before) in [(1, 6), (2, 8), (3, 11), (4, 15), (5, 20), (6, 40)] {
        let settings = VardiffSettings {
            shares_per_minute: before,
            ..settings(8)
        };
        let mut vardiff = Vardiff::new(settings, at(0));
        simulate(&mut vardiff, hashrate, seed);
        let own = vardiff.difficulty();
        for pace in [6, 20, 7, 8, 11, 15, 19, 20, 14, 10, 6] {
            vardiff.set_pace(pace, at(3_600_000));
            let found = per_minute(vardiff.difficulty()) / f64::from(pace);
            // Twice rounded: half a step each, and a settled machine is left alone a little beyond.
            assert!((0.45..=2.2).contains(&found), "{before} {pace} {found}");
        }
        // The nearest power of two to what is measured there.
        simulate_on(&mut vardiff, hashrate, seed, 3_600_000);
        let found = per_minute(vardiff.difficulty());
        assert!((0.6 * 6.0..=1.6 * 6.0).contains(&found), "{before} {found}");
        vardiff.set_pace(before, at(7_200_000));
        vardiff.set_pace(20, at(7_200_000));
        let there = vardiff.difficulty();
        vardiff.set_pace(before, at(7_200_000));
        let back = vardiff.difficulty();
        assert!((i32::from(back.exponent()) - i32::from(own.exponent())).abs() <= 1);
        vardiff.set_pace(20, at(7_200_001));
        assert_eq!(vardiff.difficulty(), there);
    }
}

#[test]
fn a_new_machine_is_measured_at_the_pace_of_now() {
    let mut vardiff = Vardiff::new(settings(0), at(0));
    vardiff.set_pace(20, at(0));
    assert_eq!(vardiff.difficulty().exponent(), 0, "nothing is known yet");
    (0..80).for_each(|_| vardiff.on_share(vardiff.difficulty().target().work()));
    // 80 shares in a minute are four times 20, and seven times 11.
    let after = vardiff.retarget(at(60_000), None);
    assert_eq!(after, Difficulty::from_exponent(2));
    // The server's floor holds at every pace.
    let mut vardiff = Vardiff::new(settings(-20), at(0));
    for second in 0..200 {
        vardiff.on_share(vardiff.difficulty().target().work());
        vardiff.retarget(at(second * 5_000), None);
    }
    let before = vardiff.difficulty();
    vardiff.set_pace(u32::MAX, at(1_000_000));
    assert_eq!(vardiff.difficulty().exponent(), -20);
    vardiff.set_pace(11, at(1_000_000));
    assert_eq!(vardiff.difficulty(), before);
    vardiff.set_pace(0, at(1_000_000));
    vardiff.set_pace(u32::MAX, at(1_000_000));
}

#[test]
fn a_burst_jumps_several_steps_at_once() {
    let mut vardiff = Vardiff::new(settings(0), at(0));
    (0..64).for_each(|_| vardiff.on_share(vardiff.difficulty().target().work()));
    // 64 shares in 6 s where 1.1 are wanted.
    assert_eq!(
        vardiff.retarget(at(6_000), None),
        Difficulty::from_exponent(6)
    );
    assert_eq!(vardiff.retarget(at(6_001), None), None);
}

#[test]
fn too_few_shares_prove_nothing() {
    let mut vardiff = Vardiff::new(settings(0), at(0));
    (0..7).for_each(|_| vardiff.on_share(vardiff.difficulty().target().work()));
    assert_eq!(vardiff.retarget(at(100), None), None);
}

#[test]
fn a_flood_is_left_where_it_can_be_measured() {
    let mut vardiff = Vardiff::new(settings(0), at(0));
    // Eight shares in a millisecond: 2^15 times too many, if it is no accident.
    (0..8).for_each(|_| vardiff.on_share(vardiff.difficulty().target().work()));
    let after = vardiff.retarget(at(1), None).unwrap().exponent();
    assert!((8..=13).contains(&after), "{after}");
}

#[test]
fn silence_goes_down_to_the_floor() {
    let mut vardiff = Vardiff::new(settings(-12), at(0));
    assert_eq!(vardiff.retarget(at(9_000), None), None);
    assert_eq!(
        vardiff.retarget(at(10_000), None),
        Difficulty::from_exponent(-17)
    );
    assert_eq!(
        vardiff.retarget(at(20_000), None),
        Difficulty::from_exponent(-20)
    );
    assert_eq!(vardiff.retarget(at(60_000), None), None);
}

#[test]
fn a_suggestion_sets_the_start_and_only_the_start() {
    let wish = |exponent| Difficulty::from_exponent(exponent).unwrap();
    let mut vardiff = Vardiff::new(settings(0), at(0));
    vardiff.suggest(wish(12));
    assert_eq!(vardiff.difficulty(), wish(12));
    vardiff.suggest(wish(-32));
    assert_eq!(vardiff.difficulty(), wish(-20), "the floor");
    vardiff.suggest(wish(3));
    vardiff.on_share(wish(3).target().work());
    for _ in 0..100 {
        vardiff.suggest(wish(-10));
    }
    assert_eq!(
        vardiff.difficulty(),
        wish(3),
        "a keep-alive changes nothing"
    );
}

#[test]
fn a_minimum_raises_the_floor_and_never_lowers_it() {
    let wish = |exponent| Difficulty::from_exponent(exponent).unwrap();
    let mut vardiff = Vardiff::new(settings(-19), at(0));
    vardiff.require(wish(-32));
    assert_eq!(vardiff.difficulty(), wish(-19));
    assert_eq!(vardiff.retarget(at(15_000), None), Some(wish(-20)));
    vardiff.require(wish(8));
    assert_eq!(vardiff.difficulty(), wish(8));
    vardiff.suggest(wish(2));
    assert_eq!(vardiff.difficulty(), wish(8));
    vardiff.on_share(wish(8).target().work());
    // One share in 20 s is less than wanted, and yet what the machine asked for.
    assert_eq!(vardiff.retarget(at(35_000), None), None);
    assert_eq!(
        vardiff.retarget(at(70_000), Some(wish(4))),
        Some(wish(4)),
        "the pool's cap wins"
    );
}

#[test]
fn a_minimum_without_any_share_is_forgotten() {
    let wish = |exponent| Difficulty::from_exponent(exponent).unwrap();
    let mut vardiff = Vardiff::new(settings(0), at(0));
    vardiff.require(Difficulty::MAX);
    assert_eq!(vardiff.retarget(at(15_000), None), Some(wish(59)));
    let found = (2..60).find_map(|step| {
        vardiff
            .retarget(at(step * 15_000), None)
            .filter(|d| *d == wish(-20))
    });
    assert_eq!(found, Some(wish(-20)), "down to the server's own floor");
}

#[test]
fn the_cap_wins_at_once() {
    let mut vardiff = Vardiff::new(settings(0), at(0));
    let cap = Difficulty::from_exponent(-30);
    assert_eq!(vardiff.retarget(at(1), cap), cap);
    assert_eq!(vardiff.retarget(at(2), cap), None);
    assert_eq!(
        vardiff.retarget(at(3), None),
        Difficulty::from_exponent(-20)
    );
}

#[test]
fn the_hashrate_is_measured_over_all_difficulties() {
    let mut vardiff = Vardiff::new(settings(0), at(0));
    assert_eq!(vardiff.hashrate(at(1_000)), None);
    vardiff.on_share(Work::new(6_000_000));
    vardiff.retarget(at(15_000), None);
    vardiff.on_share(Work::new(3_000_000));
    assert_eq!(vardiff.hashrate(at(30_000)), Some(Hashrate::new(300_000)));
    // Ten minutes later nothing of it is left.
    for step in 1..=4 {
        vardiff.retarget(at(400_000 * step), None);
    }
    assert_eq!(vardiff.hashrate(at(1_700_000)), Some(Hashrate::ZERO));
}

#[test]
fn a_change_after_hours_is_still_noticed() {
    let mut vardiff = Vardiff::new(settings(-6), at(0));
    simulate(&mut vardiff, 20e6, 7);
    let before = vardiff.difficulty();
    let after = (1..=36).find_map(|step| vardiff.retarget(at(3_600_000 + step * 5_000), None));
    assert!(
        after.is_some_and(|after| after < before),
        "a machine that went silent"
    );
}

#[test]
fn no_arithmetic_trap_at_the_edges() {
    let mut vardiff = Vardiff::new(
        VardiffSettings {
            shares_per_minute: u32::MAX,
            ..settings(64)
        },
        at(0),
    );
    vardiff.on_share(Work::MAX);
    vardiff.on_share(Work::MAX);
    vardiff.retarget(Timestamp::from_unix_ms(u64::MAX), None);
    vardiff.retarget(Timestamp::from_unix_ms(0), None);
}
