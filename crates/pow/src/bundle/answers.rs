//! What the pools answered to the shares that were sent on to them.

use super::{Admitted, PoolWord, Terms, state::Answered};
use alloc::{string::String, vec::Vec};
use serde::Serialize;
use units::Work;

/// Different numbers of refusals that a verdict lists.
const REFUSALS_LISTED: usize = 64;
/// The first pool and its backups.
const POOLS_MAX: usize = 4;

/// What the pools answered, as the bundle's writer recorded it: nobody else can check it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PoolAnswersLine {
    /// All pools together.
    pub all: AnswersLine,
    /// Each pool of the terms, the first one first.
    pub by_pool: Vec<PoolLine>,
    /// Refusals by their numbers, in the order in which they first came; the first 64.
    pub refusals: Vec<RefusalLine>,
    /// Refused shares with other numbers.
    pub refusals_left_out: u64,
}

/// One pool's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PoolLine {
    /// `host:port`.
    pub pool: String,
    /// The login there.
    pub user: String,
    /// Upstream sessions with it.
    pub sessions: u32,
    /// Its answers.
    pub answers: AnswersLine,
}

/// Shares that count and met their job's pool target, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AnswersLine {
    /// All of them: the pool had to be sent these.
    pub met: CountLine,
    /// The pool took them.
    pub accepted: CountLine,
    /// The pool did not.
    pub refused: CountLine,
    /// No answer is recorded.
    pub unanswered: CountLine,
}

/// Shares and their work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CountLine {
    /// How many.
    pub shares: u64,
    /// Their work by the targets that were assigned.
    pub work_hashes: Work,
}

/// Refusals with one number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusalLine {
    /// The number that the pool gave, if it did.
    pub code: Option<i32>,
    /// The text of the first of them.
    pub reason: String,
    /// How many.
    pub shares: u64,
}

/// The sums while records are judged.
#[derive(Default)]
pub(super) struct Answers {
    pools: [Tally; POOLS_MAX],
    refusals: Vec<RefusalLine>,
    refusals_left_out: u64,
}

#[derive(Clone, Copy, Default)]
struct Tally {
    sessions: u32,
    met: CountLine,
    accepted: CountLine,
    refused: CountLine,
}

impl CountLine {
    fn add(&mut self, work: Work) {
        self.merge(Self {
            shares: 1,
            work_hashes: work,
        });
    }

    fn merge(&mut self, other: Self) {
        self.shares = self.shares.saturating_add(other.shares);
        let work = self.work_hashes.get();
        self.work_hashes = Work::new(work.saturating_add(other.work_hashes.get()));
    }

    /// Never below zero: what is taken away was counted before.
    fn less(self, other: Self) -> Self {
        let work = self.work_hashes.get();
        Self {
            shares: self.shares.saturating_sub(other.shares),
            work_hashes: Work::new(work.saturating_sub(other.work_hashes.get())),
        }
    }
}

impl Tally {
    fn line(self) -> AnswersLine {
        AnswersLine {
            met: self.met,
            accepted: self.accepted,
            refused: self.refused,
            unanswered: self.met.less(self.accepted).less(self.refused),
        }
    }
}

impl Answers {
    fn of(&mut self, pool: u8) -> Option<&mut Tally> {
        self.pools.get_mut(usize::from(pool))
    }

    pub(super) fn session(&mut self, pool: u8) {
        if let Some(tally) = self.of(pool) {
            tally.sessions = tally.sessions.saturating_add(1);
        }
    }

    /// A share that counts.
    pub(super) fn met(&mut self, share: &Admitted) {
        if let Some(tally) = share.pool.and_then(|pool| self.of(pool)) {
            tally.met.add(share.work);
        }
    }

    /// An answer that was due.
    pub(super) fn answered(&mut self, of: Option<Answered>, word: &PoolWord) {
        let Some(of) = of else { return };
        let Some(tally) = self.of(of.pool) else {
            return;
        };
        match word {
            PoolWord::Accepted => tally.accepted.add(of.work),
            PoolWord::Refused { code, reason } => {
                tally.refused.add(of.work);
                self.refused(*code, reason);
            }
        }
    }

    fn refused(&mut self, code: Option<i32>, reason: &str) {
        let known = self.refusals.iter_mut().find(|line| line.code == code);
        if let Some(line) = known {
            line.shares = line.shares.saturating_add(1);
        } else if self.refusals.len() < REFUSALS_LISTED {
            self.refusals.push(RefusalLine {
                code,
                reason: reason.into(),
                shares: 1,
            });
        } else {
            self.refusals_left_out = self.refusals_left_out.saturating_add(1);
        }
    }

    pub(super) fn line(self, terms: &Terms) -> PoolAnswersLine {
        let mut all = Tally::default();
        for tally in &self.pools {
            all.met.merge(tally.met);
            all.accepted.merge(tally.accepted);
            all.refused.merge(tally.refused);
        }
        let first = (&terms.pool, &terms.pool_user);
        let backups = terms.backups.iter();
        let logins = backups.map(|backup| (&backup.address, &backup.user));
        let pools = core::iter::once(first).chain(logins).zip(self.pools);
        let line = |((pool, user), tally): ((&String, &String), Tally)| PoolLine {
            pool: pool.clone(),
            user: user.clone(),
            sessions: tally.sessions,
            answers: tally.line(),
        };
        PoolAnswersLine {
            all: all.line(),
            by_pool: pools.map(line).collect(),
            refusals: self.refusals,
            refusals_left_out: self.refusals_left_out,
        }
    }
}
