//! A machine, and the targets that it was assigned.

use super::State;
use crate::bundle::{Assignment, Code, Worker};
use alloc::{boxed::Box, sync::Arc, vec::Vec};
use units::{Target, Work};

/// More means a broken or hostile bundle: ten thousand machines may connect, or get another target, 26 times each.
const WORKERS_MAX: usize = 1 << 18;

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

impl State {
    pub(in crate::bundle) fn worker(&mut self, worker: &Worker) -> Result<u32, Code> {
        let (number, upstream) = self.latest_upstream()?;
        let size = usize::from(upstream.extranonce2_size);
        let rest = size
            .checked_sub(worker.extranonce_prefix.len())
            .ok_or(Code::BadFrame)?;
        if !(1..=8).contains(&rest) || self.machine_size.is_some_and(|known| known != rest) {
            return Err(Code::BadFrame);
        }
        if self.workers.len() >= WORKERS_MAX {
            return Err(Code::LimitExceeded);
        }
        let extranonce1 = [&upstream.extranonce1[..], &worker.extranonce_prefix].concat();
        let index = self.worker_count();
        self.machine_size = Some(rest);
        self.workers.push(KnownWorker {
            login: worker.login.as_str().into(),
            upstream: number,
            extranonce1: extranonce1.into(),
            extranonce2_size: rest,
            targets: Vec::new(),
            judged: None,
        });
        Ok(index)
    }

    pub(in crate::bundle) fn assign(&mut self, assignment: &Assignment) -> Result<(), Code> {
        let jobs = self.jobs;
        let oldest_live = self.live.oldest().unwrap_or(jobs);
        let worker = self
            .workers
            .get_mut(assignment.worker as usize)
            .ok_or(Code::UnknownWorker)?;
        if assignment.job >= jobs {
            return Err(Code::UnknownJob);
        }
        // One target for a worker and job, for good: it cannot be chosen after the share.
        let last = worker.targets.last().map(|(job, _)| *job);
        if last.max(worker.judged) >= Some(assignment.job) {
            return Err(Code::BadOrder);
        }
        worker.forget_targets_before(oldest_live);
        let (target, work) = (assignment.target, assignment.target.work());
        worker.assign(assignment.job, Judge { target, work });
        self.promised.assign(work);
        Ok(())
    }
}
