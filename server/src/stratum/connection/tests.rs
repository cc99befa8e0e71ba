use super::least;
use market::assignment::{Demand, Rules, Served, Switches, Worker, WorkerId, plan};
use stratum::VardiffSettings;
use units::{ContractId, Difficulty, Hashrate, Timestamp, Work};

/// Strangers that serve a contract do not keep a machine from it that is known to hash.
#[test]
fn machines_of_which_nothing_is_known_take_nobodys_place() {
    let vardiff = VardiffSettings {
        shares_per_minute: 12,
        initial: Difficulty::from_exponent(10).unwrap(),
        floor: Difficulty::from_exponent(4).unwrap(),
    };
    let now = Timestamp::from_unix_ms(1_800_000_000_000);
    let machine = |id, hashrate, serving| Worker {
        id: WorkerId(id),
        hashrate,
        serving,
        since: now,
        live: true,
        heard_at: now,
        switches: Switches::default(),
    };
    let contract = ContractId::new(1);
    // What twenty machines do that find shares of the first difficulty at the wanted pace.
    let promised = vardiff.initial.target().work().get() * 12 / 60 * 20;
    let mut machines: Vec<Worker> = (1..=1_000)
        .map(|id| machine(id, least(vardiff), Some(contract)))
        .collect();
    machines.push(machine(0, Hashrate::new(promised), None));
    let demand = Demand {
        contract,
        hashrate: Hashrate::new(promised),
        opened_at: now,
        served: Served::starting(now, Work::ZERO),
        delivered: Work::ZERO,
        shares: 0,
        at_most: None,
        paused: false,
    };
    let plan = plan(now, &machines, &[demand], &Rules::default());
    let slices = &plan.schedules[0].slices;
    assert!(
        slices.iter().any(|slice| slice.serves == Some(contract)),
        "{slices:?}"
    );
}
