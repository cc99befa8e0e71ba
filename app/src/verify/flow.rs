//! What is on its way to the coordinator, and which of its answers are of the verification that runs.

use std::{cell::Cell, rc::Rc};

/// Chunks that the coordinator may have and not have answered: enough to keep it busy, little to hold.
const WINDOW: usize = 4;

/// One verification after another.
#[derive(Debug, Default)]
pub struct Flow {
    run: Rc<Cell<u32>>,
    outstanding: usize,
    lost: bool,
}

impl Flow {
    /// The number of the verification that runs, as it changes.
    pub fn run(&self) -> Rc<Cell<u32>> {
        self.run.clone()
    }

    /// Another begins, or none does: what is answered to those before is not listened to.
    pub fn next(&mut self) -> u32 {
        let run = self.run.get().wrapping_add(1);
        self.run.set(run);
        self.outstanding = 0;
        self.lost = false;
        run
    }

    /// A chunk was posted.
    pub fn sent(&mut self) {
        self.outstanding = self.outstanding.saturating_add(1);
    }

    /// True where the next chunk has to wait.
    pub const fn is_full(&self) -> bool {
        self.outstanding >= WINDOW
    }

    /// After a fault that ends the reading: the rest of the bundle is of no interest.
    pub const fn is_lost(&self) -> bool {
        self.lost
    }

    /// True where an answer is of the verification that runs; it may have waited since before that began.
    pub fn is_of(&self, run: u32) -> bool {
        run == self.run.get()
    }

    /// So many chunks were answered.
    pub fn answered(&mut self, chunks: usize, lost: bool) {
        self.outstanding = self.outstanding.saturating_sub(chunks);
        self.lost |= lost;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_chunk_waits_for_an_answer_once_enough_are_on_their_way() {
        let mut flow = Flow::default();
        flow.next();
        for _ in 0..WINDOW {
            assert!(!flow.is_full());
            flow.sent();
        }
        assert!(flow.is_full());
        flow.answered(0, false);
        assert!(flow.is_full());
        flow.answered(1, true);
        assert!(!flow.is_full() && flow.is_lost());
    }

    #[test]
    fn an_answer_to_what_ran_before_is_not_listened_to() {
        let mut flow = Flow::default();
        let listened = flow.run();
        let first = flow.next();
        flow.sent();
        flow.answered(0, true);
        let second = flow.next();
        assert!(!flow.is_of(first) && flow.is_of(second));
        assert_eq!(listened.get(), second);
        assert!(!flow.is_lost());
    }
}
