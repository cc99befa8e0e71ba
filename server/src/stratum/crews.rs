//! The machines of every host, and which contract each works for: `market::assignment` decides, this carries it out.

use super::{delivery::Delivery, meter::Meter};
use crate::{clock, metrics::Metrics};
use market::assignment::{Demand, Plan, Rules, Served, Slice, Switches, Worker, WorkerId, plan};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};
use units::{AccountId, ContractId, Hashrate, Millis, Timestamp, Work};

/// Plans are made again that often at least, and sooner where something changes.
const REPLAN: Millis = Millis::new(10_000);
/// And so many times in the time that makes a machine silent: it is replaced within another fifth of it.
const PLANS_IN_SILENCE: u64 = 5;
/// Slices end with this precision at worst.
const LOOK: Duration = Duration::from_secs(1);
/// Changes are gathered for so long before a plan is made of them: machines come by the thousand.
const GATHER: Duration = Duration::from_millis(50);

/// Whether a change is a host's or a contract's, what is next is another plan.
pub(super) struct Crews {
    hosts: Mutex<BTreeMap<AccountId, Crew>>,
    changed: Notify,
    rules: Rules,
    metrics: Arc<Metrics>,
}

/// One host's machines, and its live contracts.
#[derive(Default)]
struct Crew {
    deliveries: BTreeMap<ContractId, Arc<Delivery>>,
    /// The host's own pool, for machines that no contract needs.
    fallback: Option<Arc<Delivery>>,
    members: BTreeMap<WorkerId, Member>,
    served: BTreeMap<ContractId, Served>,
    /// Those that had no job when `served` was last counted: nobody works for them until one comes.
    jobless: BTreeSet<ContractId>,
    /// Until when `served` is counted.
    counted: Timestamp,
    planned: Option<Timestamp>,
    next_change: Timestamp,
    next_id: u64,
    /// Something changed since the last plan.
    stale: bool,
}

struct Member {
    assigned: watch::Sender<Option<Arc<Delivery>>>,
    meter: Arc<Meter>,
    slices: Vec<Slice>,
    /// False until the first plan.
    placed: bool,
    /// True while it counts as gone: it is left with what it has, and if it is heard again it goes on with that.
    gone: bool,
    serving: Option<ContractId>,
    since: Timestamp,
    switches: Switches,
}

/// What a host's machines can be given.
#[derive(Clone, Copy)]
struct Open<'a> {
    deliveries: &'a BTreeMap<ContractId, Arc<Delivery>>,
    fallback: Option<&'a Arc<Delivery>>,
}

/// What a machine does, as a contract of its host sees it. What comes first is what is said of a login with several machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Activity {
    /// It serves the contract.
    Working,
    /// It serves another contract of its host at the moment.
    Elsewhere,
    /// No contract needs it at the moment, or none has work for it; it works for the host's own pool where there is one.
    Idle,
    /// It is connected, but was not heard for so long that others do its work.
    Silent,
}

/// A machine's place in its host's crew, until it is dropped.
pub(super) struct Enlisted {
    /// What it works for, now and later.
    pub assigned: watch::Receiver<Option<Arc<Delivery>>>,
    /// To be told what it does.
    pub meter: Arc<Meter>,
    host: AccountId,
    id: WorkerId,
    crews: Arc<Crews>,
}

impl Crews {
    pub(super) fn new(rules: Rules, metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self {
            hosts: Mutex::default(),
            changed: Notify::new(),
            rules,
            metrics,
        })
    }

    /// Adds a machine of this host; `guess` is what it hashes until its shares tell.
    pub(super) fn enlist(self: &Arc<Self>, host: AccountId, guess: Hashrate) -> Enlisted {
        let now = clock::now();
        let meter = Arc::new(Meter::new(guess, now));
        let (assigned, receiver) = watch::channel(None);
        let mut hosts = self.lock();
        let crew = hosts.entry(host).or_default();
        let id = WorkerId(crew.next_id);
        crew.next_id += 1;
        let member = Member {
            assigned,
            meter: Arc::clone(&meter),
            slices: Vec::new(),
            placed: false,
            gone: false,
            serving: None,
            since: now,
            switches: Switches::default(),
        };
        crew.members.insert(id, member);
        crew.stale = true;
        drop(hosts);
        self.changed.notify_one();
        Enlisted {
            assigned: receiver,
            meter,
            host,
            id,
            crews: Arc::clone(self),
        }
    }

    /// A contract of this host opened, or is live after a start.
    pub(super) fn open(&self, delivery: &Arc<Delivery>) {
        let contract = &delivery.contract;
        let proven = delivery.log.read(|state| state.sum().work);
        let mut hosts = self.lock();
        let crew = hosts.entry(contract.host).or_default();
        let since = if proven == Work::ZERO {
            contract.opened_at
        } else {
            clock::now()
        };
        let served = Served::starting(since, proven);
        crew.served.entry(contract.id).or_insert(served);
        crew.deliveries.insert(contract.id, Arc::clone(delivery));
        drop(hosts);
        self.change(&contract.host);
    }

    /// A contract ended: its machines get other work at once.
    pub(super) fn close(&self, delivery: &Delivery) {
        let contract = &delivery.contract;
        if let Some(crew) = self.lock().get_mut(&contract.host) {
            crew.deliveries.remove(&contract.id);
            crew.served.remove(&contract.id);
        }
        self.change(&contract.host);
    }

    /// From now on the host's idle machines work there.
    pub(super) fn set_fallback(&self, host: &AccountId, delivery: Arc<Delivery>) {
        let mut hosts = self.lock();
        hosts.entry(*host).or_default().set_fallback(Some(delivery));
    }

    /// That one is over; another may have taken its place.
    pub(super) fn leave_fallback(&self, host: &AccountId, delivery: &Arc<Delivery>) {
        let mut hosts = self.lock();
        let Some(crew) = hosts.get_mut(host) else {
            return;
        };
        let now = crew.fallback.as_ref();
        if now.is_some_and(|now| Arc::ptr_eq(now, delivery)) {
            crew.set_fallback(None);
        }
        if crew.is_empty() {
            hosts.remove(host);
        }
    }

    /// Something that a host's plan depends on changed.
    pub(super) fn change(&self, host: &AccountId) {
        if let Some(crew) = self.lock().get_mut(host) {
            crew.stale = true;
        }
        self.changed.notify_one();
    }

    /// What the host's machines do, by login.
    pub(super) fn states(
        &self,
        host: &AccountId,
        contract: ContractId,
    ) -> BTreeMap<Arc<str>, Activity> {
        let hosts = self.lock();
        let mut states = BTreeMap::new();
        for member in hosts
            .get(host)
            .into_iter()
            .flat_map(|crew| crew.members.values())
        {
            let state = member.state(contract);
            for login in member.meter.logins() {
                let known = states.entry(login).or_insert(state);
                *known = state.min(*known);
            }
        }
        states
    }

    /// Carries plans out for as long as the server runs.
    pub(super) async fn run(self: Arc<Self>) {
        loop {
            let changed = tokio::time::timeout(LOOK, self.changed.notified()).await;
            let began = Instant::now();
            self.advance(clock::now());
            if changed.is_ok() {
                // Ten thousand machines take longer to plan than one: at most a tenth of the time goes there.
                tokio::time::sleep(GATHER.max(began.elapsed() * 9)).await;
            }
        }
    }

    fn advance(&self, now: Timestamp) {
        let replan = Millis::new(self.rules.silence.get() / PLANS_IN_SILENCE).min(REPLAN);
        for crew in self.lock().values_mut() {
            let over = crew
                .planned
                .is_none_or(|planned| now.since(planned) >= replan);
            if crew.stale || over || now >= crew.next_change {
                let switched = crew.advance(now, &self.rules);
                self.metrics.switches.inc_by(switched);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<AccountId, Crew>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Enlisted {
    fn drop(&mut self) {
        let mut hosts = self.crews.lock();
        if let Some(crew) = hosts.get_mut(&self.host) {
            crew.count(clock::now(), &self.crews.rules);
            crew.members.remove(&self.id);
            crew.stale = true;
            if crew.is_empty() {
                hosts.remove(&self.host);
            }
        }
        drop(hosts);
        self.crews.changed.notify_one();
    }
}

impl Crew {
    fn set_fallback(&mut self, delivery: Option<Arc<Delivery>>) {
        self.fallback = delivery;
        for member in self.members.values() {
            if member.placed && member.serving.is_none() {
                member.assigned.send_replace(self.fallback.clone());
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.members.is_empty() && self.deliveries.is_empty() && self.fallback.is_none()
    }

    fn advance(&mut self, now: Timestamp, rules: &Rules) -> u64 {
        self.count(now, rules);
        let workers: Vec<Worker> = self
            .members
            .iter()
            .map(|(id, member)| member.worker(*id, now))
            .collect();
        let demands: Vec<Demand> = self
            .deliveries
            .values()
            .filter_map(|delivery| self.demand(delivery, now))
            .collect();
        let plan = plan(now, &workers, &demands, rules);
        (self.planned, self.stale) = (Some(now), false);
        let awaited = self.deliveries.values();
        let awaited = awaited.filter_map(|delivery| delivery.awaited_until(now));
        self.next_change = awaited.fold(plan.next_change(now), Timestamp::min);
        self.carry_out(&plan, now)
    }

    /// Notes what was served since the last time.
    fn count(&mut self, now: Timestamp, rules: &Rules) {
        let from = self.counted;
        self.counted = now.max(from);
        let working = |member: &&Member| {
            let jobless = member.serving.is_some_and(|id| self.jobless.contains(&id));
            !(member.gone || jobless)
        };
        for member in self.members.values().filter(working) {
            let Some(served) = member.serving.and_then(|id| self.served.get_mut(&id)) else {
                continue;
            };
            // What a switch loses is not time served.
            let begins = member.since.after(rules.switch_cost).max(from);
            let (hashrate, _) = member.meter.read(now);
            served.add(hashrate, now.since(begins));
        }
        for served in self.served.values_mut() {
            served.turn(now, rules);
        }
        let jobless = self
            .deliveries
            .iter()
            .filter(|(_, delivery)| !delivery.pool_connected());
        self.jobless = jobless.map(|(id, _)| *id).collect();
    }

    fn demand(&self, delivery: &Arc<Delivery>, now: Timestamp) -> Option<Demand> {
        let contract = &delivery.contract;
        let sum = delivery.log.read(|state| state.sum());
        Some(Demand {
            contract: contract.id,
            hashrate: contract.hashrate,
            opened_at: contract.opened_at,
            served: *self.served.get(&contract.id)?,
            delivered: sum.work,
            shares: sum.shares,
            // The share that the budget does not pay any more ends the contract: it must come.
            at_most: None,
            paused: !delivery.keeps_machines(now) || delivery.is_full(),
        })
    }

    /// Answers how many machines got other work.
    fn carry_out(&mut self, plan: &Plan, now: Timestamp) -> u64 {
        let mut switched = 0;
        let open = Open {
            deliveries: &self.deliveries,
            fallback: self.fallback.as_ref(),
        };
        for gone in &plan.gone {
            if let Some(member) = self.members.get_mut(gone).filter(|member| !member.gone) {
                if let Some(served) = member.serving.and_then(|id| self.served.get_mut(&id)) {
                    let (hashrate, heard) = member.meter.read(now);
                    served.take_back(hashrate, now.since(heard.max(member.since)));
                }
                member.slices.clear();
                if member.meter.is_stranded() {
                    switched += u64::from(member.serve(None, open, now));
                } else {
                    member.gone = true;
                }
            }
        }
        for schedule in &plan.schedules {
            if let Some(member) = self.members.get_mut(&schedule.worker) {
                member.gone = false;
                member.slices.clone_from(&schedule.slices);
                let first = schedule.slices.first().and_then(|slice| slice.serves);
                switched += u64::from(member.serve(first, open, now));
            }
        }
        switched
    }
}

impl Member {
    fn worker(&self, id: WorkerId, now: Timestamp) -> Worker {
        let (hashrate, heard_at) = self.meter.read(now);
        Worker {
            id,
            hashrate,
            serving: self.serving,
            since: self.since,
            live: true,
            heard_at,
            switches: self.switches,
        }
    }

    const fn state(&self, contract: ContractId) -> Activity {
        match self.serving {
            _ if self.gone => Activity::Silent,
            Some(serving) if serving.get() == contract.get() => Activity::Working,
            Some(_) => Activity::Elsewhere,
            None => Activity::Idle,
        }
    }

    /// True where that is another contract than before, or none.
    fn serve(&mut self, contract: Option<ContractId>, open: Open<'_>, now: Timestamp) -> bool {
        if self.placed && contract == self.serving {
            return false;
        }
        self.placed = true;
        // Leaving a contract that ended, whose pool is away, or that has no job for it is nobody's choice: it must not use up
        // what brings it back.
        let left = self.serving.and_then(|id| open.deliveries.get(&id));
        if !self.meter.is_stranded() && left.is_some_and(|delivery| delivery.keeps_machines(now)) {
            self.switches.record(now);
        }
        (self.serving, self.since) = (contract, now);
        let delivery = contract.map_or(open.fallback, |id| open.deliveries.get(&id));
        self.assigned.send_replace(delivery.cloned());
        true
    }
}

#[cfg(test)]
mod tests;
