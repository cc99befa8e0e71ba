//! Which hash worker has which batch.

use std::collections::VecDeque;

/// Batches that one hash worker may have and not have answered: one at work, and enough beside it that it never waits.
const DEPTH: usize = 3;

/// A batch on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// The verification that it is of.
    pub run: u32,
    /// Its number there.
    pub batch: u64,
    /// How many hashes it must bring.
    pub shares: usize,
}

/// The hash workers, each with what it was sent, oldest first: it answers in that order.
pub(crate) struct Pool {
    sent: Vec<VecDeque<Ticket>>,
}

impl Pool {
    pub(crate) fn new(hashers: usize) -> Self {
        Self {
            sent: vec![VecDeque::new(); hashers],
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    /// Batches that all of them may have together.
    pub(crate) fn room(&self) -> usize {
        self.sent.len().saturating_mul(DEPTH)
    }

    /// The one with the least to do, and whether that is nothing; none where all have enough.
    pub(crate) fn free(&self) -> Option<(usize, bool)> {
        let loads = self.sent.iter().map(VecDeque::len).enumerate();
        let (hasher, load) = loads.min_by_key(|(_, load)| *load)?;
        (load < DEPTH).then_some((hasher, load == 0))
    }

    pub(crate) fn send(&mut self, hasher: usize, ticket: Ticket) {
        if let Some(sent) = self.sent.get_mut(hasher) {
            sent.push_back(ticket);
        }
    }

    /// What an answer is to; none where it was not asked for.
    pub(crate) fn answered(&mut self, hasher: usize) -> Option<Ticket> {
        self.sent.get_mut(hasher)?.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(batch: u64) -> Ticket {
        Ticket {
            run: 1,
            batch,
            shares: 1,
        }
    }

    #[test]
    fn batches_go_where_least_is_to_do_until_all_have_enough() {
        let mut pool = Pool::new(2);
        let mut went = Vec::new();
        while let Some((hasher, idle)) = pool.free() {
            pool.send(hasher, ticket(went.len() as u64));
            went.push((hasher, idle));
        }
        assert_eq!(went.len(), pool.room());
        assert_eq!(went[..3], [(0, true), (1, true), (0, false)]);
        // The second is faster: it gets the next.
        assert_eq!(pool.answered(1), Some(ticket(1)));
        assert_eq!(pool.free(), Some((1, false)));
        assert_eq!(pool.answered(1), Some(ticket(3)));
        assert_eq!(pool.answered(1), Some(ticket(5)));
        assert_eq!(pool.free(), Some((1, true)));
    }

    #[test]
    fn an_answer_to_nothing_is_noticed() {
        let mut pool = Pool::new(1);
        assert_eq!(pool.answered(0), None);
        assert_eq!(pool.answered(7), None);
        assert_eq!(Pool::new(0).free(), None);
    }
}
