//! The settings of a host's assignment.

use units::{Millis, Timestamp};

/// How a host's machines are assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// By the end of each cycle every contract shall have what is due. On a grid from the Unix epoch, the same for all workers.
    pub cycle: Millis,
    /// No slice is begun that would be shorter.
    pub min_slice: Millis,
    /// What a switch loses: work found for the job before it, in milliseconds of the worker's hashrate.
    pub switch_cost: Millis,
    /// How often a worker may switch within any hour, 1 to 8. Leaving a contract that closed or lost its pool is always allowed.
    pub max_switches_per_hour: u8,
    /// A worker that was not heard for this long counts as gone.
    pub silence: Millis,
}

impl Default for Rules {
    /// Cycles of an hour, slices of 20 s and more, 2 s lost by a switch, 4 switches an hour, gone after 50 s: a worker that
    /// falls silent is replaced within 60 s where a plan is made every 10 s.
    ///
    /// Four switches are five parts, one of them idle: contracts to the brim of what machines can do need up to four. With half
    /// an hour and two switches the same mixes were off by up to 20 %.
    fn default() -> Self {
        Self {
            cycle: Millis::new(HOUR_MS),
            min_slice: Millis::new(20_000),
            switch_cost: Millis::new(2_000),
            max_switches_per_hour: 4,
            silence: Millis::new(50_000),
        }
    }
}

pub(super) const HOUR_MS: u64 = 3_600_000;

impl Rules {
    /// Which cycle a point in time is in.
    pub(super) fn cycle_at(&self, at: Timestamp) -> u64 {
        at.unix_ms().checked_div(self.cycle_ms()).unwrap_or(0)
    }

    pub(super) fn cycle_start(&self, now: Timestamp) -> Timestamp {
        let into = now.unix_ms().checked_rem(self.cycle_ms()).unwrap_or(0);
        Timestamp::from_unix_ms(now.unix_ms().saturating_sub(into))
    }

    /// From a minute to a day: shorter is no cycle, longer no plan.
    pub(super) fn cycle_ms(&self) -> u64 {
        self.cycle.get().clamp(60_000, 24 * HOUR_MS)
    }

    /// The end of the cycle, or of the next one where this one has no room for a slice any more.
    pub(super) fn end_after(&self, now: Timestamp) -> Timestamp {
        let cycle = self.cycle_ms();
        let from = now.after(self.min_slice).unix_ms();
        let next = from.checked_div(cycle).unwrap_or(0).saturating_add(1);
        Timestamp::from_unix_ms(next.saturating_mul(cycle))
    }

    /// How many switches of one worker a cycle may hold: its part of the hour's less one, and at least one. Where all were
    /// planned, each would have to come an hour after the one before the others, and slices could not change their length.
    pub(super) fn switches_per_cycle(&self) -> usize {
        let limit = u64::from(self.max_switches_per_hour).saturating_mul(self.cycle_ms());
        let whole = limit.checked_div(HOUR_MS).unwrap_or(0).saturating_sub(1);
        usize::try_from(whole).unwrap_or(usize::MAX).max(1)
    }
}
