//! What holds of every plan, whatever came in.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

pub(super) fn check(plan: &Plan, workers: &[Worker], demands: &[Demand], rules: &Rules) {
    assert!(plan.until > plan.from, "a plan of nothing");
    let open: BTreeSet<ContractId> = demands
        .iter()
        .filter(|demand| !demand.paused)
        .map(|demand| demand.contract)
        .collect();
    let ids: BTreeSet<WorkerId> = workers.iter().map(|worker| worker.id).collect();
    assert_eq!(plan.schedules.len() + plan.gone.len(), ids.len());
    assert!(
        plan.schedules
            .is_sorted_by(|one, other| one.worker < other.worker)
    );
    for schedule in &plan.schedules {
        let worker = workers
            .iter()
            .find(|worker| worker.id == schedule.worker)
            .unwrap();
        assert!(worker.live && plan.from.since(worker.heard_at) < rules.silence);
        let mut at = plan.from;
        let mut serves = None;
        for (index, slice) in schedule.slices.iter().enumerate() {
            assert_eq!(slice.from, at, "a gap or an overlap");
            assert!(slice.until > slice.from, "an empty slice");
            assert!(
                index == 0 || slice.serves != serves,
                "two slices that are one"
            );
            assert!(slice.serves.is_none_or(|contract| open.contains(&contract)));
            (at, serves) = (slice.until, slice.serves);
        }
        assert_eq!(at, plan.until, "not the whole cycle");
        check_switches(schedule, worker, plan.from, &open, rules);
    }
    check_sums(plan, workers, rules);
}

/// No hour with more switches than the rules allow, forced ones aside.
fn check_switches(
    schedule: &Schedule,
    worker: &Worker,
    now: Timestamp,
    open: &BTreeSet<ContractId>,
    rules: &Rules,
) {
    let mut switches = worker.switches;
    let mut serves = worker.serving;
    let forced = serves.is_some_and(|contract| !open.contains(&contract));
    for (index, slice) in schedule.slices.iter().enumerate() {
        if slice.serves != serves {
            switches.record(slice.from);
            let within = switches.within_hour(slice.from);
            let limit = usize::from(rules.max_switches_per_hour);
            if !(forced || worker.switches.within_hour(now) > limit) {
                assert!(within <= limit, "{within} switches an hour");
            }
            assert!(slice.from >= now, "{index}");
        }
        serves = slice.serves;
    }
}

/// What contracts get is what the slices are, counted again.
fn check_sums(plan: &Plan, workers: &[Worker], rules: &Rules) {
    for planned in &plan.contracts {
        let mut sum = 0;
        for schedule in &plan.schedules {
            let worker = workers
                .iter()
                .find(|worker| worker.id == schedule.worker)
                .unwrap();
            for (index, slice) in schedule.slices.iter().enumerate() {
                if slice.serves == Some(planned.contract) {
                    let goes_on = index == 0 && worker.serving == slice.serves;
                    let lost = if goes_on { 0 } else { rules.switch_cost.get() };
                    let ms = slice.until.since(slice.from).get().saturating_sub(lost);
                    sum += worker.hashrate.get() * u128::from(ms);
                }
            }
        }
        assert_eq!(planned.gets.get(), sum / 1_000);
    }
}

fn any_worker() -> impl Strategy<Value = Worker> {
    let switches = proptest::collection::vec(0..2 * HOUR, 0..9);
    (
        0..40_u64,
        0..400_u128,
        0..9_u64,
        0..2 * HOUR,
        any::<bool>(),
        0..100_000_u64,
        switches,
    )
        .prop_map(
            |(id, terahash, serving, since, live, silent, mut switches)| {
                let mut new = worker(id, terahash, (serving > 0).then_some(serving));
                new.since = Timestamp::from_unix_ms(START - since);
                new.live = live || silent % 4 > 0;
                new.heard_at = Timestamp::from_unix_ms(START + HOUR - silent % 70_000);
                switches.sort_unstable();
                for at in switches {
                    new.switches
                        .record(Timestamp::from_unix_ms(START - HOUR + at));
                }
                new
            },
        )
}

fn any_demand() -> impl Strategy<Value = Demand> {
    (
        1..12_u64,
        0..900_u128,
        0..3 * HOUR,
        0..200_u128,
        0..5_000_u64,
        0..200_u128,
        0..20_u8,
    )
        .prop_map(|(contract, terahash, age, percent, shares, served, odd)| {
            let opened_at = Timestamp::from_unix_ms(START + HOUR - age);
            let due = terahash * TH * u128::from(age / 1_000);
            let mut served = Served::starting(opened_at, Work::new(due * served / 100));
            served.turn(at(HOUR - age / 3), &Rules::default());
            Demand {
                contract: ContractId::new(contract),
                hashrate: Hashrate::new(terahash * TH),
                opened_at,
                served,
                delivered: Work::new(due * percent / 100),
                shares,
                at_most: (odd == 1).then(|| Work::new(due / 7)),
                paused: odd == 0,
            }
        })
}

proptest! {
    #[test]
    fn plans_keep_the_rules(
        workers in proptest::collection::vec(any_worker(), 0..30),
        demands in proptest::collection::vec(any_demand(), 0..9),
        into in 0..30 * MINUTE,
    ) {
        let mut workers = workers;
        workers.sort_by_key(|worker| worker.id);
        workers.dedup_by_key(|worker| worker.id);
        let mut demands = demands;
        demands.sort_by_key(|demand| demand.contract);
        demands.dedup_by_key(|demand| demand.contract);
        let (now, rules) = (at(HOUR + into), Rules::default());
        for worker in &mut workers {
            worker.heard_at = worker.heard_at.after(Millis::new(into));
        }
        let made = plan(now, &workers, &demands, &rules);
        check(&made, &workers, &demands, &rules);

        workers.reverse();
        demands.reverse();
        prop_assert_eq!(plan(now, &workers, &demands, &rules), made, "the order of the input matters");
    }

    #[test]
    fn no_number_is_too_large(
        numbers in proptest::collection::vec(any::<(u64, u64, u64, u64)>(), 1..20),
        large in any::<u128>(),
        now in any::<u64>(),
        rules in any::<(u64, u64, u64, u8, u64)>(),
    ) {
        let wide = |number: u64| u128::from(number).saturating_mul(large);
        let contract = |number: u64| ContractId::new(number % 5);
        let workers: Vec<Worker> = numbers.iter().map(|(a, b, c, d)| Worker {
            id: WorkerId(a % 9),
            hashrate: Hashrate::new(wide(*b)),
            serving: (c % 3 > 0).then(|| contract(*c)),
            since: Timestamp::from_unix_ms(*d),
            live: true,
            heard_at: Timestamp::from_unix_ms(now),
            switches: Switches::default(),
        }).collect();
        let demands: Vec<Demand> = numbers.iter().map(|(a, b, c, d)| Demand {
            contract: contract(*d),
            hashrate: Hashrate::new(wide(*a)),
            opened_at: Timestamp::from_unix_ms(*c),
            served: Served::starting(Timestamp::from_unix_ms(*b), Work::new(wide(*c))),
            delivered: Work::new(wide(*b)),
            shares: *a,
            at_most: None,
            paused: false,
        }).collect();
        let (cycle, min_slice, cost, switches, silence) = rules;
        let rules = Rules {
            cycle: Millis::new(cycle),
            min_slice: Millis::new(min_slice),
            switch_cost: Millis::new(cost),
            max_switches_per_hour: switches,
            silence: Millis::new(silence),
        };
        let _ = plan(Timestamp::from_unix_ms(now), &workers, &demands, &rules);
    }
}
