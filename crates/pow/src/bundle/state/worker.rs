//! A machine, and the targets that it was assigned.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use units::{Target, Work};

#[derive(Clone)]
pub(super) struct KnownWorker {
    pub login: Box<str>,
    pub upstream: u32,
    /// The pool's extranonce1 and our prefix: what stands before the machine's own bytes.
    pub extranonce1: Arc<[u8]>,
    pub extranonce2_size: usize,
    /// Assignments in order, those kept that a live job may still need.
    pub targets: Vec<(u32, Judge)>,
    /// The latest job that a counted share was judged by.
    pub judged: Option<u32>,
}

/// A target with what one share of it is worth: the division is done once.
#[derive(Clone, Copy)]
pub(super) struct Judge {
    pub target: Target,
    pub work: Work,
}

impl KnownWorker {
    /// How many assignments hold from `job` or an earlier job on: the last of them is the one in force.
    fn assigned_by(&self, job: u32) -> usize {
        self.targets.partition_point(|(from, _)| *from <= job)
    }

    pub fn judge_for(&self, job: u32) -> Option<Judge> {
        let in_force = self.assigned_by(job).checked_sub(1)?;
        self.targets.get(in_force).map(|(_, judge)| *judge)
    }

    /// Most machines never have a second one: no room is taken for it.
    pub fn assign(&mut self, job: u32, judge: Judge) {
        self.targets.reserve_exact(1);
        self.targets.push((job, judge));
    }

    pub fn forget_targets_before(&mut self, job: u32) {
        let superseded = self.assigned_by(job).saturating_sub(1);
        self.targets.drain(..superseded);
    }
}
