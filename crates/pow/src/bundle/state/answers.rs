//! The shares that their pool had to be sent, and what it answered.

use super::State;
use crate::{
    bundle::{Answer, Code, PoolWord},
    settlement::{Class, OurAnswer, PoolAnswer},
};
use alloc::collections::VecDeque;
use units::Work;

/// Later shares that met their pool's target, after which an answer to one is too late: more than a session may leave
/// unanswered, and what a verifier has to remember.
const MET_MAX: usize = 8_192;

/// The last shares that met their job's pool target, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct MetShares(VecDeque<Met>);

#[derive(Clone, Debug)]
struct Met {
    /// Number among all share records.
    share: u64,
    pool: u8,
    work: Work,
    pool_work: Work,
    answered: bool,
}

/// Whose answer it was, and to how much work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bundle) struct Answered {
    /// The pool's number in the terms.
    pub pool: u8,
    /// The share's work.
    pub work: Work,
    /// Of the target that the pool asks for.
    pub pool_work: Work,
}

impl MetShares {
    pub(super) fn push(&mut self, share: u64, pool: u8, work: Work, pool_work: Work) {
        if self.0.len() >= MET_MAX {
            self.0.pop_front();
        }
        self.0.push_back(Met {
            share,
            pool,
            work,
            pool_work,
            answered: false,
        });
    }

    fn answer(&mut self, share: u64) -> Result<Answered, Code> {
        let oldest = self.0.front().map(|met| met.share);
        if self.0.len() >= MET_MAX && Some(share) < oldest {
            return Err(Code::AnswerTooLate);
        }
        let place = self.0.binary_search_by_key(&share, |met| met.share);
        let place = place.map_err(|_| Code::AnswerNotDue)?;
        let met = self.0.get_mut(place).ok_or(Code::AnswerNotDue)?;
        if core::mem::replace(&mut met.answered, true) {
            return Err(Code::AnswerTwice);
        }
        Ok(Answered {
            pool: met.pool,
            work: met.work,
            pool_work: met.pool_work,
        })
    }
}

impl State {
    /// A pool's answer. Of a `sample` it is not known which shares were due one: then nothing comes back.
    pub(in crate::bundle) fn answer(
        &mut self,
        answer: &Answer,
        sample: bool,
    ) -> Result<Option<Answered>, Code> {
        if answer.share >= self.share_records {
            return Err(Code::UnknownShare);
        }
        let answered = if sample {
            self.sampled = true;
            None
        } else {
            let answered = self.met.answer(answer.share)?;
            self.take(answered, &answer.word);
            Some(answered)
        };
        self.advance(answer.at);
        Ok(answered)
    }

    fn take(&mut self, answered: Answered, word: &PoolWord) {
        let pools = match word {
            PoolWord::Accepted => PoolAnswer::Accepted,
            PoolWord::Refused { .. } => PoolAnswer::Refused,
        };
        let class = Class::of(OurAnswer::Counted, pools);
        let tally = (self.tally).answered(class, answered.work, answered.pool_work);
        // It was added as silent, and its sum is no larger than that of all was.
        self.tally = tally.unwrap_or(self.tally);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_due_once_and_not_for_ever() {
        let mut met = MetShares::default();
        // Every third share met its pool's target.
        (0..MET_MAX as u64)
            .for_each(|n| met.push(3 * n + 1, (n % 2) as u8, Work::new(n.into()), Work::new(9)));
        let answered = |pool, work| {
            Ok(Answered {
                pool,
                work: Work::new(work),
                pool_work: Work::new(9),
            })
        };
        assert_eq!(met.answer(0), Err(Code::AnswerTooLate));
        assert_eq!(met.answer(1), answered(0, 0));
        assert_eq!(met.answer(1), Err(Code::AnswerTwice));
        assert_eq!(met.answer(2), Err(Code::AnswerNotDue));
        met.push(100_000, 3, Work::new(7), Work::new(9));
        assert_eq!(met.answer(1), Err(Code::AnswerTooLate));
        assert_eq!(met.answer(3), Err(Code::AnswerTooLate));
        assert_eq!(met.answer(4), answered(1, 1));
        assert_eq!(met.answer(100_000), answered(3, 7));
        assert_eq!(met.answer(100_001), Err(Code::AnswerNotDue));
        assert_eq!(met.0.len(), MET_MAX);
    }
}
