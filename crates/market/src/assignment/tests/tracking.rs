//! Contracts get what they are due, measured in what their machines did in truth: not in shares, which have luck.

use super::{HOUR, MINUTE, START, simulation::Simulation};
use units::ContractId;

/// Machines and contracts, in TH/s.
type Mix = (&'static str, &'static [u128], &'static [u128]);

const FEASIBLE: &[Mix] = &[
    ("50 of one 200", &[200], &[50]),
    ("one shared by halves", &[200], &[100, 100]),
    ("one shared by three", &[200], &[90, 60, 30]),
    ("three on two, full", &[100, 100], &[66, 66, 66]),
    ("three on two", &[100, 100], &[50, 50, 50]),
    ("three on two, uneven", &[234, 110], &[120, 90, 77]),
    ("two and a half", &[100, 100, 100, 100], &[250]),
    (
        "ten mixed",
        &[234, 234, 200, 200, 200, 110, 110, 95, 95, 14],
        &[500, 120, 330, 77, 205],
    ),
    (
        "ten, nearly full",
        &[200; 10],
        &[500, 300, 250, 250, 160, 300, 200],
    ),
    ("six small", &[200, 200, 200], &[5, 10, 15, 20, 30, 40]),
    ("forty on one", &[110; 40], &[3_333]),
];

fn simulate(mix: &Mix, seed: u64, shares_per_minute: f64, measured: bool) -> Simulation {
    let mut simulation = Simulation::new(seed, measured);
    // At six shares a minute, 50 s of silence come by chance more than twice an hour.
    simulation.acknowledges = shares_per_minute < 12.0;
    for terahash in mix.1 {
        simulation.machine(*terahash, shares_per_minute);
    }
    for (contract, terahash) in (1..).zip(mix.2) {
        simulation.open(contract, *terahash);
    }
    simulation
}

#[test]
fn an_hours_work_is_within_a_percent() {
    for mix in FEASIBLE {
        for (seed, shares_per_minute) in [(1, 6.0), (2, 12.0), (3, 20.0)] {
            let mut simulation = simulate(mix, seed, shares_per_minute, false);
            simulation.run_until(4 * 60);
            let tracking = simulation.tracking();
            assert!(tracking.hour <= 1.0, "{}: {tracking:?}", mix.0);
            assert!(tracking.since_opening <= 1.0, "{}: {tracking:?}", mix.0);
            assert!(tracking.switches <= 4, "{}: {tracking:?}", mix.0);
            assert!(
                (99.0..=101.0).contains(&tracking.given),
                "{}: {tracking:?}",
                mix.0
            );
        }
    }
}

#[test]
fn with_measured_hashrates_the_error_is_that_of_the_measurement() {
    for mix in FEASIBLE {
        for (seed, shares_per_minute) in [(1, 6.0), (2, 12.0), (3, 20.0)] {
            let mut simulation = simulate(mix, seed, shares_per_minute, true);
            simulation.run_until(4 * 60);
            let tracking = simulation.tracking();
            // A day's shares of one machine, three standard deviations, in percent.
            let measurement = 300.0 / f64::sqrt(shares_per_minute * 24.0 * 60.0);
            assert!(
                tracking.since_opening <= 1.0 + measurement,
                "{}: {tracking:?}",
                mix.0
            );
            assert!(tracking.switches <= 4, "{}: {tracking:?}", mix.0);
            assert!(
                (98.0..=102.0).contains(&tracking.given),
                "{}: {tracking:?}",
                mix.0
            );
        }
    }
}

#[test]
fn a_shortage_is_shared_in_proportion() {
    let mix: Mix = ("", &[100, 100, 200], &[300, 150, 50]);
    let mut simulation = simulate(&mix, 5, 20.0, false);
    simulation.run_until(4 * 60);
    assert!(simulation.tracking().given > 99.0);
    let part = |contract: u64| {
        let deal = &simulation.deals[&ContractId::new(contract)];
        deal.expected / (deal.demand.hashrate.get() as f64 * 4.0 * 3_600.0)
    };
    for contract in 1..=3 {
        let part = part(contract);
        assert!((0.79..=0.81).contains(&part), "{contract}: {part}");
    }
}

/// Twenty machines with a third to spare, each of which dies every ten hours on average, for 3 to 30 minutes.
fn with_deaths(seed: u64, shares_per_minute: f64) -> Simulation {
    let mix: Mix = ("", &[200; 20], &[1_000, 730, 450, 333, 120, 40]);
    let mut simulation = simulate(&mix, seed, shares_per_minute, false);
    let mut chance = super::chance::Chance(seed);
    let mut back = [0; 20];
    for minute in 1..=5 * 60 {
        simulation.run_until(minute);
        for (machine, back) in back.iter_mut().enumerate() {
            if *back == minute {
                simulation.revive(machine);
            } else if *back < minute && chance.below(600) == 0 {
                simulation.kill(machine);
                *back = minute + 3 + chance.below(28);
            }
        }
    }
    simulation
}

#[test]
fn machines_may_die_and_come_back() {
    for (seed, shares_per_minute) in [(1, 6.0), (2, 12.0), (3, 20.0)] {
        let simulation = with_deaths(seed, shares_per_minute);
        let tracking = simulation.tracking();
        assert!(tracking.since_opening <= 1.0, "{tracking:?}");
        assert!(tracking.hour <= 2.0, "{tracking:?}");
        assert!(tracking.switches <= 4, "{tracking:?}");
        assert!(tracking.given >= 99.0, "{tracking:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_plans() {
    let run = || {
        let mut simulation = with_deaths(9, 12.0);
        simulation.keep_log = true;
        simulation.run_until(6 * 60);
        simulation.log
    };
    assert_eq!(run(), run());
}

#[test]
fn contracts_open_close_and_lose_their_pool() {
    let mix: Mix = ("", &[200; 6], &[500, 150]);
    let mut simulation = simulate(&mix, 4, 20.0, false);
    simulation.run_until(95);
    simulation.open(3, 70);
    simulation.run_until(130);
    simulation.close(2);
    simulation.open(4, 260);
    simulation.run_until(200);
    simulation.pause(1, true);
    simulation.run_until(206);
    simulation.pause(1, false);
    simulation.run_until(8 * 60);
    simulation.deals.remove(&ContractId::new(2));
    for deal in simulation.deals.values() {
        let seconds = (simulation.now - deal.history[0].0) as f64 / 1_000.0;
        let due = deal.demand.hashrate.get() as f64 * seconds;
        let off = (deal.expected / due - 1.0) * 100.0;
        assert!(off.abs() <= 1.0, "{:?}: {off} %", deal.demand.contract);
    }
    for machine in &simulation.machines {
        for (index, at) in machine.switched.iter().enumerate() {
            let within = machine.switched[index..]
                .iter()
                .take_while(|later| *later - at < HOUR);
            assert!(within.count() <= 4 + machine.forced);
        }
    }
}

#[test]
fn catching_up_is_at_most_a_tenth_faster() {
    let mix: Mix = ("", &[100; 10], &[500]);
    let mut simulation = simulate(&mix, 6, 20.0, false);
    simulation.pause(1, true);
    simulation.run_until(60);
    simulation.pause(1, false);
    simulation.run_until(14 * 60);
    let history = &simulation.deals[&ContractId::new(1)].history;
    let hour = 500e12 * 3_600.0;
    for pair in history[1..].windows(2) {
        let part = (pair[1].1 - pair[0].1) / hour;
        assert!(part < 1.11, "{part}");
        assert!(part > 0.99, "{part}");
    }
    let (then, last) = history[history.len() - 1];
    let due = (then - START) as f64 / (60 * MINUTE) as f64 * hour;
    assert!(
        (last / due - 1.0).abs() < 0.01,
        "an hour is caught up within ten"
    );
}

/// Shares alone, six a minute: machines are taken for gone again and again, and the plan bears it.
#[test]
fn false_alarms_cost_little() {
    let mix: Mix = ("", &[200; 20], &[1_000, 730, 450, 333, 120, 40]);
    let mut simulation = simulate(&mix, 8, 6.0, false);
    simulation.acknowledges = false;
    simulation.run_until(4 * 60);
    let tracking = simulation.tracking();
    assert!(tracking.since_opening <= 3.0, "{tracking:?}");
    assert!(tracking.switches <= 4, "{tracking:?}");
}
