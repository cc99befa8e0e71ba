//! How much each contract shall get until the cycle's end.

use super::{Amount, Demand, Rules, amount, amount_of, rate};
use units::{ContractId, Timestamp};

/// A contract behind or ahead is served at most this much faster or slower than contracted.
const PACE_PERCENT: u128 = 10;

/// A contract's part in a plan.
#[derive(Clone)]
pub(super) struct Need {
    pub contract: ContractId,
    /// What it shall have got in the whole cycle by its end, and what of that it has.
    pub wanted: Amount,
    pub got: Amount,
    /// What it shall still get.
    pub needed: Amount,
    /// What of that has no worker yet.
    pub rest: Amount,
    /// All that is due and was not served, without the bound on catching up: a slice of the least length is given for it.
    pub backlog: Amount,
    /// What may be missing or too much by the end, for fewer switches: half a percent of a cycle.
    pub slack: Amount,
    /// How many whole cycles it is behind.
    pub behind: u64,
    /// True where it opened in this cycle and was not served yet: it starts at once.
    pub new: bool,
}

impl Need {
    /// None for a contract that takes nothing now.
    pub(super) fn of(
        demand: &Demand,
        now: Timestamp,
        end: Timestamp,
        rules: &Rules,
    ) -> Option<Self> {
        let rate = rate(demand.hashrate);
        let limit = demand.at_most.map_or(Amount::MAX, amount_of);
        if demand.paused || rate == 0 || limit == 0 {
            return None;
        }
        let (marked, marked_at) = demand.served.mark();
        let served = demand.served.amount();
        let from = marked_at.max(demand.opened_at);
        let pace = amount(rate, end.since(from).get());
        let bend = percent(pace, PACE_PERCENT);
        let least = marked.saturating_add(pace.saturating_sub(bend));
        let most = marked.saturating_add(pace.saturating_add(bend));
        let due = demand.due(end);
        let goal = due.clamp(least, most);
        let needed = goal.saturating_sub(served).min(limit);
        let got = served.saturating_sub(marked);
        let late = demand.due(now).saturating_sub(served);
        let cycle = amount(rate, rules.cycle_ms());
        Some(Self {
            contract: demand.contract,
            wanted: got.saturating_add(needed),
            got,
            needed,
            rest: needed,
            backlog: due.saturating_sub(served).min(limit),
            slack: cycle.checked_div(200).unwrap_or(0),
            behind: u64::try_from(late.checked_div(cycle).unwrap_or(0)).unwrap_or(u64::MAX),
            new: demand.served.is_none() && demand.opened_at >= rules.cycle_start(now),
        })
    }

    /// A worker gives it so much.
    pub(super) fn take(&mut self, gained: Amount) {
        self.rest = self.rest.saturating_sub(gained);
        self.backlog = self.backlog.saturating_sub(gained);
    }
}

fn percent(value: Amount, percent: u128) -> Amount {
    let hundredth = value.checked_div(100).unwrap_or(0);
    hundredth.saturating_mul(percent)
}
