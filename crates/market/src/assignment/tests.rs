mod cases;
mod chance;
mod properties;
mod simulation;
mod tracking;

use super::*;
use units::{ContractId, Millis, Timestamp};

const TH: u128 = 1_000_000_000_000;
const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
/// A cycle begins here.
const START: u64 = 1_795_215_600_000;

fn at(ms: u64) -> Timestamp {
    Timestamp::from_unix_ms(START + ms)
}

fn worker(id: u64, terahash: u128, serving: Option<u64>) -> Worker {
    Worker {
        id: WorkerId(id),
        hashrate: Hashrate::new(terahash * TH),
        serving: serving.map(ContractId::new),
        since: Timestamp::default(),
        live: true,
        heard_at: at(24 * HOUR),
        switches: Switches::default(),
    }
}

/// A contract that was served what was due when this cycle began.
fn demand(contract: u64, terahash: u128) -> Demand {
    let opened_at = Timestamp::from_unix_ms(START - HOUR);
    let delivered = Work::new(terahash * TH * 3_600);
    Demand {
        contract: ContractId::new(contract),
        hashrate: Hashrate::new(terahash * TH),
        opened_at,
        served: Served::starting(at(0), delivered),
        delivered,
        shares: 1_000,
        at_most: None,
        paused: false,
    }
}

fn slices_of(plan: &Plan, worker: u64) -> Vec<(Option<u64>, u64, u64)> {
    let found = plan
        .schedules
        .iter()
        .find(|schedule| schedule.worker == WorkerId(worker));
    let slice = |slice: &Slice| {
        let ms = |at: Timestamp| at.unix_ms() - START;
        (
            slice.serves.map(ContractId::get),
            ms(slice.from),
            ms(slice.until),
        )
    };
    found
        .map(|schedule| schedule.slices.iter().map(slice).collect())
        .unwrap_or_default()
}
