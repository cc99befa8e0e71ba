//! What the pools answered to the shares that were sent on to them.

use serde::{Deserialize, Serialize};
use units::Work;

/// What the pools answered, as the bundle's writer recorded it: nobody else can check it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolAnswers {
    /// All pools together.
    pub all: AnswerCounts,
    /// Each pool of the terms, the first one first.
    pub by_pool: Vec<PoolLine>,
    /// Refusals by their numbers, in the order in which they first came; the first 64.
    pub refusals: Vec<Refusal>,
    /// Refused shares with other numbers.
    pub refusals_left_out: u64,
}

/// One pool's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolLine {
    /// `host:port`.
    pub pool: String,
    /// The login there.
    pub user: String,
    /// Upstream sessions with it.
    pub sessions: u32,
    /// Its answers.
    pub answers: AnswerCounts,
}

/// Shares that count and met their job's pool target, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerCounts {
    /// All of them: the pool had to be sent these.
    pub met: ShareCount,
    /// The pool took them.
    pub accepted: ShareCount,
    /// The pool did not.
    pub refused: ShareCount,
    /// No answer is recorded.
    pub unanswered: ShareCount,
}

/// Shares and their work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareCount {
    /// How many.
    pub shares: u64,
    /// Their work by the targets that were assigned.
    pub work_hashes: Work,
}

/// Refusals with one number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The number that the pool gave, if it did.
    pub code: Option<i32>,
    /// The pool's text with the first of them, in printable ASCII; may be empty.
    pub reason: String,
    /// How many.
    pub shares: u64,
}
