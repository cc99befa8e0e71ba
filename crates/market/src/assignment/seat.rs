//! A worker's time in a plan, being given away.

use super::{Amount, Rules, Worker, WorkerId, amount, ms_for, need::Need, rate};
use units::{Millis, Timestamp};

/// A worker that is there, with the time that it has until the cycle's end.
#[derive(Clone)]
pub(super) struct Seat {
    pub id: WorkerId,
    pub rate: u128,
    /// The need that it serves now, by its index.
    pub current: Option<usize>,
    pub since: Timestamp,
    /// True where it must leave what it serves.
    pub leaves: bool,
    /// How long it must stay with what it serves now.
    pub hold: u64,
    /// When each of its next switches may come, at the earliest, after now.
    pub waits: Vec<u64>,
    /// The time given away, by the need's index, in the order in which it was given.
    pub items: Vec<(usize, u64)>,
    /// The time left; of an idle worker, what is left after `hold`.
    pub left: u64,
    /// What may be too much for the contracts in `items`, together.
    pub slack: Amount,
    /// What a switch loses.
    pub cost: u64,
}

impl Seat {
    pub(super) fn of(
        worker: &Worker,
        current: Option<usize>,
        now: Timestamp,
        span: u64,
        rules: &Rules,
    ) -> Self {
        let leaves = worker.serving.is_some() && current.is_none();
        // Waiting for a switch is not planned beyond the cycle, nor where no slice would be left.
        let last = span.saturating_sub(rules.min_slice.get());
        // Of the cycle that the plan is for, which may be the next one.
        let end = now.after(Millis::new(span.saturating_sub(1)));
        let used = worker.switches.since(rules.cycle_start(end));
        let mut waits: Vec<u64> = worker
            .switches
            .waits(now, rules.max_switches_per_hour)
            .take_while(|wait| *wait <= last)
            .take(rules.switches_per_cycle().saturating_sub(used))
            .collect();
        if leaves {
            match waits.first_mut() {
                Some(first) => *first = 0,
                None => waits.push(0),
            }
        }
        let served = now.since(worker.since).get();
        let young = current.map_or(0, |_| rules.min_slice.get().saturating_sub(served));
        let first = waits.first().copied().unwrap_or(span);
        let hold = if leaves {
            0
        } else {
            first.max(young).min(span)
        };
        let idle = current.is_none();
        Self {
            id: worker.id,
            rate: rate(worker.hashrate),
            current,
            since: worker.since,
            leaves,
            hold,
            waits,
            items: Vec::new(),
            left: if idle {
                span.saturating_sub(hold)
            } else {
                span
            },
            slack: 0,
            cost: rules.switch_cost.get(),
        }
    }

    /// True where it begins with idle time, if it has any: it is idle now.
    pub(super) fn begins_idle(&self) -> bool {
        self.current.is_none() && !self.leaves
    }

    /// How many more switches the plan may hold.
    fn switches_left(&self) -> usize {
        let switched = |item: &&(usize, u64)| Some(item.0) != self.current;
        let used = self.items.iter().filter(switched).count();
        self.waits.len().saturating_sub(used)
    }

    /// True where it may switch once more.
    pub(super) fn may_switch(&self) -> bool {
        self.switches_left() > 0
    }

    /// What it would do for a contract that it does not serve now, with all the time it has left.
    pub(super) fn offer(&self) -> Amount {
        if self.switches_left() == 0 {
            return 0;
        }
        amount(self.rate, self.left.saturating_sub(self.cost))
    }

    /// The time that an amount takes after a switch.
    pub(super) fn time_for(&self, wanted: Amount) -> u64 {
        ms_for(wanted, self.rate).saturating_add(self.cost)
    }

    /// True where a slice of this length has room, with a switch to it and, where time is left worth a switch, one from it.
    /// Where `tight`, time that is left is given away rather than that no slice be: less than a quarter of the slice.
    pub(super) fn has_room(&self, length: u64, slack: Amount, new: bool, tight: bool) -> bool {
        let after = self.left.saturating_sub(length);
        let leaves_again = (!self.begins_idle() || new)
            && amount(self.rate, after) > self.slack.saturating_add(slack);
        let small = tight && after < length.div_euclid(4);
        let needed = if leaves_again && !small { 2 } else { 1 };
        // What may be missing at the end is no reason to look for another.
        let short = amount(self.rate, length.saturating_sub(self.left));
        short <= slack && self.switches_left() >= needed
    }

    /// Gives time to the need with this index; the contract gets less where it costs a switch.
    pub(super) fn give(&mut self, index: usize, need: &mut Need, length: u64) {
        let length = length.min(self.left);
        self.left = self.left.saturating_sub(length);
        let mut lost = 0;
        if let Some(item) = self.items.iter_mut().find(|item| item.0 == index) {
            item.1 = item.1.saturating_add(length);
        } else {
            self.items.push((index, length));
            self.slack = self.slack.saturating_add(need.slack);
            lost = if Some(index) == self.current {
                0
            } else {
                self.cost
            };
        }
        need.take(amount(self.rate, length.saturating_sub(lost)));
    }
}
