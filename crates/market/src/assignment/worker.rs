//! A host's worker, as the assignment sees it.

use super::rules::{HOUR_MS, Rules};
use units::{ContractId, Hashrate, Millis, Timestamp};

/// A worker of the host. The caller numbers them; a number is not used again while the host is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkerId(pub u64);

/// A worker now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worker {
    /// Which one.
    pub id: WorkerId,
    /// What it does when it works, measured over as many of its shares as there are, whatever contract they were for. A short
    /// window tells chance: `n` shares are good for `1 / sqrt(n)`.
    pub hashrate: Hashrate,
    /// The contract whose jobs it has; none where it works for the host's own pool or not at all.
    pub serving: Option<ContractId>,
    /// Since when.
    pub since: Timestamp,
    /// False where the connection is known to be dead.
    pub live: bool,
    /// When it was last heard: its last share, or line.
    pub heard_at: Timestamp,
    /// When it switched.
    pub switches: Switches,
}

impl Worker {
    /// True where it can be counted on.
    pub(super) fn is_there(&self, now: Timestamp, rules: &Rules) -> bool {
        self.live && now.since(self.heard_at) < rules.silence && !self.hashrate.is_zero()
    }
}

const KEPT: usize = 8;

/// The last eight switches of a worker: between two contracts, or between a contract and the host's own pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// Oldest first; none before the first.
    at: [Option<Timestamp>; KEPT],
}

impl Switches {
    /// Remembers a switch, which is not before the ones remembered.
    pub fn record(&mut self, at: Timestamp) {
        self.at.rotate_left(1);
        if let Some(last) = self.at.last_mut() {
            *last = Some(at);
        }
    }

    /// The last one.
    #[must_use]
    pub fn last(&self) -> Option<Timestamp> {
        self.at.last().copied().flatten()
    }

    /// How many there were within the hour before `now`, eight at most.
    #[must_use]
    pub fn within_hour(&self, now: Timestamp) -> usize {
        let hour = Millis::new(HOUR_MS);
        let recent = |at: &&Timestamp| now.since(**at) < hour;
        self.at.iter().flatten().filter(recent).count()
    }

    /// How many there were since then, eight at most.
    pub(super) fn since(&self, then: Timestamp) -> usize {
        self.at.iter().flatten().filter(|at| **at >= then).count()
    }

    /// How long after `now` each of the next switches may come at the earliest, the next one first; as many as a limit allows.
    pub(super) fn waits(&self, now: Timestamp, limit: u8) -> impl Iterator<Item = u64> {
        let limit = usize::from(limit).clamp(1, KEPT);
        let before = self.at.iter().skip(KEPT.saturating_sub(limit));
        before.map(move |at| at.map_or(0, |at| at.after(Millis::new(HOUR_MS)).since(now).get()))
    }
}
