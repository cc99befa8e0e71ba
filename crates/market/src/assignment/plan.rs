//! The plan: who serves what, from when until when.

use super::{
    Amount, Demand, Rules, Worker, WorkerId, amount,
    layout::{Part, lay_out},
    need::Need,
    packing::Packing,
    seat::Seat,
    shortage::ration,
    work_of,
};
use std::collections::BTreeMap;
use units::{ContractId, Millis, Timestamp, Work};

/// A time that a worker spends on one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The contract; none is the host's own pool.
    pub serves: Option<ContractId>,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// A worker's slices: without gaps, from now to the plan's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Whose.
    pub worker: WorkerId,
    /// In their order. Two neighbours differ in what they serve. Where the first is what the worker serves, there is nothing to do.
    pub slices: Vec<Slice>,
}

/// What a contract gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Which one.
    pub contract: ContractId,
    /// What it shall get from now to the plan's end, after the host's whole hashrate was shared.
    pub needed: Work,
    /// What it gets by the slices, without what switches lose.
    pub gets: Work,
}

/// A host's workers until the cycle's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Now.
    pub from: Timestamp,
    /// The end of all slices.
    pub until: Timestamp,
    /// Of every worker that is there, by id.
    pub schedules: Vec<Schedule>,
    /// Workers that count as gone, by id: they have no slices, and nothing is to be sent to them.
    pub gone: Vec<WorkerId>,
    /// Of every contract that takes work, by id.
    pub contracts: Vec<Planned>,
}

impl Plan {
    /// When the caller has to do something next: the first end of a slice after `now`.
    #[must_use]
    pub fn next_change(&self, now: Timestamp) -> Timestamp {
        let ends = self.schedules.iter().flat_map(|schedule| &schedule.slices);
        let later = ends.map(|slice| slice.until).filter(|end| *end > now);
        later.min().unwrap_or(self.until)
    }
}

/// Plans a host's workers until the end of the cycle. The order of the input does not matter; of workers or contracts with the
/// same id, one counts.
#[must_use]
pub fn plan(now: Timestamp, workers: &[Worker], demands: &[Demand], rules: &Rules) -> Plan {
    let end = rules.end_after(now);
    let span = end.since(now).get();
    let demands: BTreeMap<ContractId, &Demand> = demands
        .iter()
        .map(|demand| (demand.contract, demand))
        .collect();
    let workers: BTreeMap<WorkerId, &Worker> =
        workers.iter().map(|worker| (worker.id, worker)).collect();

    let mut needs: Vec<Need> = demands
        .values()
        .filter_map(|demand| Need::of(demand, now, end, rules))
        .collect();
    let index_of = |contract: ContractId| {
        needs
            .binary_search_by_key(&contract, |need| need.contract)
            .ok()
    };
    let (mut seats, mut gone) = (Vec::new(), Vec::new());
    for worker in workers.into_values() {
        if worker.is_there(now, rules) {
            let current = worker.serving.and_then(index_of);
            seats.push(Seat::of(worker, current, now, span, rules));
        } else {
            gone.push(worker.id);
        }
    }
    let supply = seats.iter().map(|seat| amount(seat.rate, span));
    let least = rules
        .min_slice
        .get()
        .saturating_add(rules.switch_cost.get());
    let slack = seats.iter().map(|seat| amount(seat.rate, least)).min();
    let supply = supply.fold(0, Amount::saturating_add);
    ration(&mut needs, supply, slack.unwrap_or(0));
    let Packing { needs, seats, .. } = Packing::new(needs, seats, rules).best();

    let mut gains = vec![0; needs.len()];
    let mut schedules = Vec::with_capacity(seats.len());
    for seat in &seats {
        let parts = lay_out(seat, &needs, span);
        for (part, need) in parts.iter().filter_map(|part| Some((part, part.serves?))) {
            if let Some(gained) = gains.get_mut(need) {
                *gained = part.gains.saturating_add(*gained);
            }
        }
        schedules.push(schedule(seat.id, &parts, &needs, now));
    }
    let contracts = needs.iter().zip(gains).map(|(need, gained)| Planned {
        contract: need.contract,
        needed: work_of(need.needed),
        gets: work_of(gained),
    });
    Plan {
        from: now,
        until: end,
        schedules,
        gone,
        contracts: contracts.collect(),
    }
}

fn schedule(worker: WorkerId, parts: &[Part], needs: &[Need], now: Timestamp) -> Schedule {
    let slice = |part: &Part| Slice {
        serves: part
            .serves
            .and_then(|need| needs.get(need))
            .map(|need| need.contract),
        from: now.after(Millis::new(part.from)),
        until: now.after(Millis::new(part.until)),
    };
    Schedule {
        worker,
        slices: parts.iter().map(slice).collect(),
    }
}
