//! The heads of a group's slots in their order.
#![expect(clippy::indexing_slicing, reason = "a slot's number is below 64")]

use crate::{
    index::GROUP,
    queue::{EMPTY, Key},
};

/// A group's live slots, best head first, and their heads; what stands behind them means nothing. Apart from the group, since a
/// query looks at the heads of many groups, and at the rest of few.
#[derive(Clone, Debug)]
pub(crate) struct Heads {
    pub slots: [u8; GROUP],
    pub keys: [Key; GROUP],
}

impl Heads {
    pub(crate) const fn new() -> Self {
        Self {
            slots: [0; GROUP],
            keys: [EMPTY; GROUP],
        }
    }

    /// A slot's head has changed; so many slots were live before.
    pub(crate) fn rank_anew(&mut self, slot: usize, old: Key, new: Key, ranked: usize) {
        let place = |key| self.keys[..ranked].partition_point(|one| *one < key);
        let (from, to) = match (old, new) {
            (EMPTY, _) => (ranked, place(new)),
            (_, EMPTY) => (place(old), ranked.saturating_sub(1)),
            // The old one makes room.
            _ if old < new => (place(old), place(new).saturating_sub(1)),
            _ => (place(old), place(new)),
        };
        if from < to {
            self.slots.copy_within(from.saturating_add(1)..=to, from);
            self.keys.copy_within(from.saturating_add(1)..=to, from);
        } else {
            self.slots.copy_within(to..from, to.saturating_add(1));
            self.keys.copy_within(to..from, to.saturating_add(1));
        }
        // An empty one stands behind all.
        self.slots[to] = u8::try_from(slot).unwrap_or(0);
        self.keys[to] = new;
    }
}
