//! A host in simulation: machines that find shares by chance, and a caller that plans every ten seconds.
//!
//! The truth (what a machine does, whether it lives) is floating point and hidden from the planner, which sees what a server
//! sees: shares, and hashrates measured from them.

use super::{chance::Chance, *};
use std::collections::BTreeMap;

const TICK: u64 = 10_000;
const SWITCH_LOSS: u64 = 2_000;

pub(super) struct Machine {
    pub worker: Worker,
    /// Hashes a second, in truth.
    rate: f64,
    shares_per_minute: f64,
    pub alive: bool,
    next_share: f64,
    /// Shares that it ever found, in how many milliseconds.
    found: (f64, f64),
    lost_until: u64,
    /// Served since it was last heard.
    unheard: Vec<(ContractId, u64)>,
    gone: bool,
    /// Connected, and never given a job: the first one is no switch.
    fresh: bool,
    schedule: Vec<Slice>,
    /// All switches, and how many of them were forced or followed a reboot.
    pub switched: Vec<u64>,
    pub forced: usize,
}

pub(super) struct Deal {
    pub demand: Demand,
    pub open: bool,
    /// Hashes that it got, in truth, without luck.
    pub expected: f64,
    /// `expected` at the ends of cycles, with the time.
    pub history: Vec<(u64, f64)>,
}

pub(super) struct Simulation {
    pub now: u64,
    pub rules: Rules,
    pub machines: Vec<Machine>,
    pub deals: BTreeMap<ContractId, Deal>,
    chance: Chance,
    /// True where the planner is told hashrates measured from shares, not true ones.
    measured: bool,
    /// True where machines are heard between shares too: their systems acknowledge what is sent.
    pub acknowledges: bool,
    /// Hashes that plans gave, and the lesser of need and supply that they had, in TH.
    pub given: f64,
    pub possible: f64,
    pub log: Vec<Plan>,
    pub keep_log: bool,
}

impl Simulation {
    pub fn new(seed: u64, measured: bool) -> Self {
        Self {
            now: START,
            rules: Rules::default(),
            machines: Vec::new(),
            deals: BTreeMap::new(),
            chance: Chance(seed),
            measured,
            acknowledges: false,
            given: 0.0,
            possible: 0.0,
            log: Vec::new(),
            keep_log: false,
        }
    }

    /// A machine that was measured for a day.
    pub fn machine(&mut self, terahash: u128, shares_per_minute: f64) {
        let day = 24.0 * HOUR as f64;
        let found = self.chance.poisson(shares_per_minute * 24.0 * 60.0) as f64;
        let mut new = worker(self.machines.len() as u64, terahash, None);
        new.since = Timestamp::from_unix_ms(self.now);
        new.heard_at = new.since;
        let wait = self.chance.exponential(60_000.0 / shares_per_minute);
        self.machines.push(Machine {
            worker: new,
            rate: (terahash * TH) as f64,
            shares_per_minute,
            alive: true,
            next_share: self.now as f64 + wait,
            found: (found, day),
            lost_until: 0,
            unheard: Vec::new(),
            gone: false,
            fresh: true,
            schedule: Vec::new(),
            switched: Vec::new(),
            forced: 0,
        });
    }

    pub fn open(&mut self, contract: u64, terahash: u128) {
        let now = Timestamp::from_unix_ms(self.now);
        let demand = Demand {
            opened_at: now,
            served: Served::starting(now, Work::ZERO),
            delivered: Work::ZERO,
            shares: 0,
            ..demand(contract, terahash)
        };
        let deal = Deal {
            demand,
            open: true,
            expected: 0.0,
            history: vec![(self.now, 0.0)],
        };
        self.deals.insert(ContractId::new(contract), deal);
    }

    pub fn close(&mut self, contract: u64) {
        self.deals.get_mut(&ContractId::new(contract)).unwrap().open = false;
    }

    pub fn pause(&mut self, contract: u64, paused: bool) {
        self.deals
            .get_mut(&ContractId::new(contract))
            .unwrap()
            .demand
            .paused = paused;
    }

    /// It falls silent, without a word.
    pub fn kill(&mut self, machine: usize) {
        self.machines[machine].alive = false;
    }

    /// It connects again, and works for nobody yet.
    pub fn revive(&mut self, machine: usize) {
        let now = self.now;
        let wait = self
            .chance
            .exponential(60_000.0 / self.machines[machine].shares_per_minute);
        self.count_out(machine);
        let machine = &mut self.machines[machine];
        (machine.alive, machine.gone, machine.fresh) = (true, false, true);
        machine.worker.heard_at = Timestamp::from_unix_ms(now);
        machine.next_share = now as f64 + wait;
        machine.worker.serving = None;
        machine.unheard.clear();
    }

    /// Until `minutes` after the start.
    pub fn run_until(&mut self, minutes: u64) {
        while self.now < START + minutes * MINUTE {
            self.plan();
            let until = self.now + TICK;
            for index in 0..self.machines.len() {
                self.work(index, until);
                if self.acknowledges && self.machines[index].alive {
                    self.hear(index, until);
                }
            }
            self.now = until;
            let cycle = self.rules.cycle.get();
            for deal in self.deals.values_mut().filter(|deal| deal.open) {
                if self.now.is_multiple_of(cycle) {
                    deal.history.push((self.now, deal.expected));
                }
            }
        }
    }

    fn plan(&mut self) {
        let now = Timestamp::from_unix_ms(self.now);
        for index in 0..self.machines.len() {
            let machine = &mut self.machines[index];
            if self.measured {
                let per_share = machine.rate * 60.0 / machine.shares_per_minute;
                let hashrate = machine.found.0 * per_share * 1_000.0 / machine.found.1;
                machine.worker.hashrate = Hashrate::new(hashrate as u128);
            }
            if now.since(machine.worker.heard_at) >= self.rules.silence && !machine.gone {
                self.count_out(index);
            }
        }
        for deal in self.deals.values_mut() {
            deal.demand.served.turn(now, &self.rules);
        }
        let workers: Vec<Worker> = self.machines.iter().map(|machine| machine.worker).collect();
        let open = self.deals.values().filter(|deal| deal.open);
        let demands: Vec<Demand> = open.map(|deal| deal.demand).collect();
        let plan = plan(now, &workers, &demands, &self.rules);
        properties::check(&plan, &workers, &demands, &self.rules);
        for planned in &plan.contracts {
            self.given += planned.gets.get() as f64 / 1e12;
            self.possible += planned.needed.get() as f64 / 1e12;
        }
        for machine in &mut self.machines {
            machine.schedule.clear();
        }
        for schedule in &plan.schedules {
            let machine = &mut self.machines[schedule.worker.0 as usize];
            assert!(!machine.gone, "a gone worker was assigned");
            machine.schedule.clone_from(&schedule.slices);
        }
        if self.keep_log {
            self.log.push(plan);
        }
    }

    /// It counts as gone: what it was taken to serve since it was heard, it did not.
    fn count_out(&mut self, index: usize) {
        let machine = &mut self.machines[index];
        if machine.gone {
            return;
        }
        machine.gone = true;
        for (contract, ms) in &machine.unheard {
            let served = &mut self.deals.get_mut(contract).unwrap().demand.served;
            served.take_back(machine.worker.hashrate, Millis::new(*ms));
        }
    }

    /// What a machine does until then: its slices, and where it is gone, what it did before.
    fn work(&mut self, index: usize, until: u64) {
        let machine = &self.machines[index];
        let whole = Slice {
            serves: machine.worker.serving,
            from: Timestamp::from_unix_ms(self.now),
            until: Timestamp::from_unix_ms(until),
        };
        let slices = if machine.gone {
            vec![whole]
        } else {
            machine.schedule.clone()
        };
        for slice in slices {
            let (from, to) = (slice.from.unix_ms(), slice.until.unix_ms().min(until));
            if from < to {
                self.switch(index, slice.serves, from);
                self.serve(index, from, to);
            }
        }
    }

    fn switch(&mut self, index: usize, serves: Option<ContractId>, at: u64) {
        let machine = &mut self.machines[index];
        if machine.worker.serving == serves {
            return;
        }
        let left = machine
            .worker
            .serving
            .map(|contract| &self.deals[&contract]);
        if left.is_some_and(|deal| !deal.open || deal.demand.paused) {
            machine.forced += 1;
        }
        machine.worker.serving = serves;
        machine.worker.since = Timestamp::from_unix_ms(at);
        if std::mem::take(&mut machine.fresh) {
            return;
        }
        machine.worker.switches.record(machine.worker.since);
        machine.switched.push(at);
        machine.lost_until = at + SWITCH_LOSS;
    }

    fn serve(&mut self, index: usize, from: u64, until: u64) {
        let machine = &mut self.machines[index];
        let serving = machine.worker.serving;
        let counted = until.saturating_sub(from.max(machine.lost_until));
        let mut deal = serving.and_then(|contract| self.deals.get_mut(&contract));
        if let Some(deal) = &mut deal {
            if machine.alive {
                deal.expected += machine.rate * counted as f64 / 1_000.0;
            }
            if !machine.gone {
                deal.demand
                    .served
                    .add(machine.worker.hashrate, Millis::new(counted));
            }
            machine.unheard.push((deal.demand.contract, counted));
        }
        if !machine.alive {
            return;
        }
        machine.found.1 += (until - from) as f64;
        let per_share = machine.rate * 60.0 / machine.shares_per_minute;
        let mut heard = None;
        while machine.next_share < until as f64 {
            let at = machine.next_share;
            machine.next_share += self
                .chance
                .exponential(60_000.0 / machine.shares_per_minute);
            machine.found.0 += 1.0;
            heard = Some(at as u64);
            if let Some(deal) = &mut deal
                && at >= machine.lost_until as f64
            {
                let sum = deal.demand.delivered.get() + per_share as u128;
                deal.demand.delivered = Work::new(sum);
                deal.demand.shares += 1;
            }
        }
        if let Some(at) = heard {
            self.hear(index, at);
        }
    }

    fn hear(&mut self, index: usize, at: u64) {
        let machine = &mut self.machines[index];
        machine.worker.heard_at = Timestamp::from_unix_ms(at);
        let unheard = std::mem::take(&mut machine.unheard);
        if !std::mem::take(&mut machine.gone) {
            return;
        }
        // It was there all the time.
        for (contract, ms) in unheard {
            let served = &mut self.deals.get_mut(&contract).unwrap().demand.served;
            served.add(machine.worker.hashrate, Millis::new(ms));
        }
    }
}

/// How far contracts were off at the ends of cycles, in percent of an hour's work.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tracking {
    /// Over an hour, between two ends of cycles.
    pub hour: f64,
    /// Since the opening, an hour or more after it.
    pub since_opening: f64,
    /// The most switches of a worker within any hour, without those that were forced.
    pub switches: usize,
    /// Switches of all workers in an hour on average, for each contract.
    pub per_contract: f64,
    /// What the plans gave of what they could have given.
    pub given: f64,
}

impl Simulation {
    pub fn tracking(&self) -> Tracking {
        let mut tracking = Tracking::default();
        for deal in self.deals.values() {
            let rate = deal.demand.hashrate.get() as f64;
            let hour = rate * 3_600.0;
            let opened = deal.history[0].0;
            for (index, (then, expected)) in deal.history.iter().enumerate() {
                let age = (then - opened) as f64 / 1_000.0;
                if age >= 3_600.0 {
                    let off = (expected - rate * age) / (rate * age);
                    tracking.since_opening = tracking.since_opening.max(off.abs() * 100.0);
                }
                for (later, more) in &deal.history[index..] {
                    if later - then == HOUR {
                        let off = (more - expected - hour) / hour;
                        tracking.hour = tracking.hour.max(off.abs() * 100.0);
                    }
                }
            }
        }
        let mut all = 0;
        for machine in &self.machines {
            all += machine.switched.len();
            for (index, at) in machine.switched.iter().enumerate() {
                let hour = machine.switched[index..]
                    .iter()
                    .take_while(|later| *later - at < HOUR);
                let voluntary = hour.count().saturating_sub(machine.forced);
                tracking.switches = tracking.switches.max(voluntary);
            }
        }
        let hours = (self.now - START) as f64 / HOUR as f64;
        tracking.per_contract = all as f64 / hours / self.deals.len().max(1) as f64;
        tracking.given = self.given / self.possible * 100.0;
        tracking
    }
}
