use super::*;

fn settings(initial: i8) -> VardiffSettings {
    VardiffSettings {
        shares_per_minute: 20,
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
        if let Some(difficulty) = vardiff.retarget(at(job_ms), None) {
            history.push((job_ms, difficulty));
            work = difficulty.target().work();
            next_ms = job_ms as f64 + machine.gap_ms(work);
        }
    }
    history
}

#[test]
fn settles_within_30_s_and_stays() {
    for (hashrate, initial) in [
        (150e3, -16),
        (150e3, -13),
        (20e6, -12),
        (20e6, -6),
        (200e12, 8),
        (200e12, 17),
    ] {
        let (mut late, mut moved) = (0, 0);
        for seed in 1..=40u64 {
            let mut vardiff = Vardiff::new(settings(initial), at(0));
            let seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let history = simulate(&mut vardiff, hashrate, seed);
            let pace =
                |difficulty: Difficulty| hashrate * 60.0 / difficulty.target().work().get() as f64;
            let settled = |difficulty| (8.0..=45.0).contains(&pace(difficulty));
            let after_30_s = history.iter().rev().find(|(ms, _)| *ms <= 30_000).unwrap();
            late += u32::from(!settled(after_30_s.1));
            assert!(
                settled(vardiff.difficulty()),
                "{hashrate} from {initial}: {history:?}"
            );
            moved += history.iter().filter(|(ms, _)| *ms > 30_000).count();
        }
        assert!(
            late <= 2,
            "{hashrate} from {initial}: {late} of 40 machines not settled in 30 s"
        );
        // Chance may still move a machine that came to rest near an edge of the band.
        assert!(
            moved <= 5,
            "{hashrate} from {initial}: {moved} late changes of 40 machines in an hour"
        );
    }
}

#[test]
fn a_burst_jumps_several_steps_at_once() {
    let mut vardiff = Vardiff::new(settings(0), at(0));
    (0..64).for_each(|_| vardiff.on_share(vardiff.difficulty().target().work()));
    // 64 shares in 6 s where 2 are wanted.
    assert_eq!(
        vardiff.retarget(at(6_000), None),
        Difficulty::from_exponent(5)
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
fn silence_goes_down_to_the_floor() {
    let mut vardiff = Vardiff::new(settings(-12), at(0));
    assert_eq!(vardiff.retarget(at(15_000), None), None);
    assert_eq!(
        vardiff.retarget(at(20_000), None),
        Difficulty::from_exponent(-17)
    );
    assert_eq!(
        vardiff.retarget(at(40_000), None),
        Difficulty::from_exponent(-20)
    );
    assert_eq!(vardiff.retarget(at(60_000), None), None);
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
