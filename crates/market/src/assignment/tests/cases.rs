//! Small hosts, their plans written out.

use super::*;

#[test]
fn a_small_contract_gets_a_part_of_a_large_worker() {
    let workers = [worker(1, 200, None)];
    let made = plan(at(0), &workers, &[demand(7, 50)], &Rules::default());
    // A quarter of the hour, after a switch that loses 2 s, at the end: the next hour goes on with it.
    let begins = HOUR - HOUR / 4 - 2_000;
    assert_eq!(
        slices_of(&made, 1),
        [(None, 0, begins), (Some(7), begins, HOUR)]
    );
    assert_eq!(made.next_change(at(0)), at(begins));
    assert_eq!(made.contracts[0].needed, Work::new(50 * TH * 3_600));
    assert_eq!(made.contracts[0].gets, made.contracts[0].needed);

    let serving = [worker(1, 200, Some(7))];
    let made = plan(at(0), &serving, &[demand(7, 50)], &Rules::default());
    assert_eq!(
        slices_of(&made, 1),
        [(Some(7), 0, HOUR / 4), (None, HOUR / 4, HOUR)]
    );
}

#[test]
fn a_new_contract_does_not_wait() {
    let new = Demand {
        opened_at: at(0),
        served: Served::starting(at(0), Work::ZERO),
        delivered: Work::ZERO,
        shares: 0,
        ..demand(7, 50)
    };
    let made = plan(at(0), &[worker(1, 200, None)], &[new], &Rules::default());
    assert_eq!(slices_of(&made, 1)[0], (Some(7), 0, HOUR / 4 + 2_000));
}

#[test]
fn who_serves_a_contract_stays_and_one_serves_two_in_turn() {
    let workers = [
        worker(1, 100, None),
        worker(2, 100, Some(8)),
        worker(3, 100, Some(7)),
    ];
    let demands = [demand(7, 150), demand(8, 100)];
    let made = plan(at(0), &workers, &demands, &Rules::default());
    assert_eq!(slices_of(&made, 2), [(Some(8), 0, HOUR)]);
    assert_eq!(slices_of(&made, 3), [(Some(7), 0, HOUR)]);
    let begins = HOUR / 2 - 2_000;
    assert_eq!(
        slices_of(&made, 1),
        [(None, 0, begins), (Some(7), begins, HOUR)]
    );
}

#[test]
fn a_silent_worker_is_replaced_at_the_next_look() {
    let rules = Rules::default();
    let mut workers = [worker(1, 100, Some(7)), worker(2, 100, None)];
    let demands = [demand(7, 100)];
    workers[0].heard_at = at(0);
    let made = plan(at(49_999), &workers, &demands, &rules);
    assert_eq!((made.gone.len(), slices_of(&made, 2)[0].0), (0, None));
    let made = plan(at(50_000), &workers, &demands, &rules);
    assert_eq!(made.gone, [WorkerId(1)]);
    assert_eq!(slices_of(&made, 2), [(Some(7), 50_000, HOUR)]);
    assert!(slices_of(&made, 1).is_empty());
}

#[test]
fn a_closed_or_paused_contract_is_left_at_once_whatever_the_limit() {
    let mut switched = worker(1, 100, Some(7));
    for minute in 1..=4 {
        switched
            .switches
            .record(Timestamp::from_unix_ms(START - minute * MINUTE));
    }
    let rules = Rules::default();
    let made = plan(at(0), &[switched], &[demand(8, 100)], &rules);
    assert_eq!(slices_of(&made, 1)[0].0, Some(8));
    let paused = Demand {
        paused: true,
        ..demand(7, 100)
    };
    let made = plan(at(0), &[switched], &[paused], &rules);
    assert_eq!(slices_of(&made, 1), [(None, 0, HOUR)]);
    assert!(made.contracts.is_empty());
}

#[test]
fn luck_is_no_reason_and_more_than_luck_is() {
    let rules = Rules::default();
    let needed = |percent: u128, shares| {
        let fair = demand(7, 100);
        let delivered = Work::new(fair.delivered.get() * percent / 100);
        let told = Demand {
            delivered,
            shares,
            ..fair
        };
        plan(at(0), &[worker(1, 200, None)], &[told], &rules).contracts[0]
            .needed
            .get()
    };
    let hour = 100 * TH * 3_600;
    // Three standard deviations of 400 shares are 15 % of them, of 10,000 they are 3 %.
    assert_eq!(needed(90, 400), hour);
    assert_eq!(needed(110, 400), hour);
    assert_eq!(needed(90, 10_000), hour + hour * 73 / 1_000);
    assert_eq!(needed(110, 10_000), hour - hour * 67 / 1_000);
    // However much is missing, a tenth more at most.
    assert_eq!(needed(50, 10_000), hour + hour / 10);
}

#[test]
fn no_more_than_the_budget_pays() {
    let last = Demand {
        at_most: Some(Work::new(5 * TH * 3_600)),
        ..demand(7, 50)
    };
    let made = plan(
        at(0),
        &[worker(1, 200, Some(7))],
        &[last],
        &Rules::default(),
    );
    assert_eq!(slices_of(&made, 1)[0], (Some(7), 0, HOUR / 40));
}

#[test]
fn switches_are_remembered_for_an_hour() {
    let mut switches = Switches::default();
    for minute in [0, 10, 20, 70, 80, 90, 91, 92, 93] {
        switches.record(at(minute * MINUTE));
    }
    assert_eq!(switches.last(), Some(at(93 * MINUTE)));
    assert_eq!(switches.within_hour(at(100 * MINUTE)), 6);
    let waits: Vec<u64> = switches.waits(at(100 * MINUTE), 4).collect();
    assert_eq!(waits, [50, 51, 52, 53].map(|minutes| minutes * MINUTE));
}

#[test]
fn ten_thousand_workers_and_a_thousand_contracts() {
    let mut chance = chance::Chance(3);
    let workers: Vec<Worker> = (0..10_000)
        .map(|id| worker(id, 90 + u128::from(chance.below(150)), Some(id % 1_100)))
        .collect();
    let demands: Vec<Demand> = (0..1_000)
        .map(|id| demand(id, 50 + u128::from(chance.below(3_000))))
        .collect();
    let made = plan(at(0), &workers, &demands, &Rules::default());
    let sum =
        |part: fn(&Planned) -> Work| made.contracts.iter().map(part).map(Work::get).sum::<u128>();
    let (needed, gets) = (sum(|planned| planned.needed), sum(|planned| planned.gets));
    assert!(
        gets * 100 >= needed * 99 && gets * 100 <= needed * 101,
        "{gets} of {needed}"
    );
    let slices: usize = made
        .schedules
        .iter()
        .map(|schedule| schedule.slices.len())
        .sum();
    assert!(slices < 13_000, "{slices} slices");
}

#[test]
fn nobody_is_idle_where_there_is_not_enough() {
    let workers: Vec<Worker> = (0..3).map(|id| worker(id, 100, None)).collect();
    // Half a percent of what they want is more than a worker does.
    for demands in [
        vec![demand(1, 40_000)],
        vec![demand(1, 40_000), demand(2, 60_000)],
    ] {
        let plan = plan(at(0), &workers, &demands, &Rules::default());
        for id in 0..3 {
            let idle = slices_of(&plan, id)
                .into_iter()
                .filter(|(serves, ..)| serves.is_none());
            let idle: u64 = idle.map(|(_, from, until)| until - from).sum();
            assert!(idle < 60_000, "worker {id} is idle for {idle} ms: {plan:?}");
        }
    }
}
