//! Who serves what: whole workers first, those that serve it already before all, then parts of workers.

use super::{Amount, Rules, amount, ms_for, need::Need, seat::Seat};
use std::{cmp::Reverse, collections::BTreeSet};

/// How many nearly fitting workers are looked at for a part before it is split.
const LOOKS: usize = 8;

/// The workers' time, being given to contracts.
#[derive(Clone)]
pub(super) struct Packing<'a> {
    rules: &'a Rules,
    pub needs: Vec<Need>,
    pub seats: Vec<Seat>,
    /// Workers that have a slice and time left, by what they would do in that; then workers that serve a contract which does not
    /// need them any more; then idle ones. A worker without use must switch anyway.
    shelves: [BTreeSet<(Amount, usize)>; 3],
}

impl<'a> Packing<'a> {
    pub(super) fn new(needs: Vec<Need>, seats: Vec<Seat>, rules: &'a Rules) -> Self {
        Self {
            rules,
            needs,
            seats,
            shelves: [const { BTreeSet::new() }; 3],
        }
    }

    /// Gives all the time that can be given.
    pub(super) fn best(self) -> Self {
        let mut kept = self.clone();
        kept.run(true);
        let none_kept = kept.seats.iter().all(|seat| seat.current.is_none());
        if none_kept || kept.missing() == 0 {
            return kept;
        }
        // Workers that stay where they are may be the wrong ones: a small one that goes on whole leaves a rest for which no
        // other has a switch left.
        let mut anew = self;
        anew.run(false);
        // What is better by chance is not worth the switches.
        let margin = kept.needs.iter().map(|need| need.slack).max().unwrap_or(0);
        if anew.missing().saturating_add(margin) < kept.missing() {
            anew
        } else {
            kept
        }
    }

    /// What contracts will not get, where that is worth a switch.
    fn missing(&self) -> Amount {
        let missing = self.needs.iter().filter(|need| need.rest > need.slack);
        missing.fold(0, |sum, need| sum.saturating_add(need.rest))
    }

    fn run(&mut self, keep: bool) {
        self.keep(keep);
        for index in 0..self.seats.len() {
            self.offer(index);
        }
        for need in &self.order() {
            self.fill(*need);
        }
    }

    /// Those far behind first, then the large ones: what is small finds room later.
    fn order(&self) -> Vec<usize> {
        let key = |(index, need): (usize, &Need)| (Reverse((need.behind, need.rest)), index);
        let mut order: Vec<_> = self.needs.iter().enumerate().map(key).collect();
        order.sort_unstable();
        order.into_iter().map(|(_, index)| index).collect()
    }

    /// Who serves a contract goes on with it: as long as it must, or as long as the contract needs it.
    fn keep(&mut self, all: bool) {
        let mut serving: Vec<_> = self
            .seats
            .iter()
            .enumerate()
            .filter_map(|(index, seat)| Some((seat.current?, seat.since, seat.id, index)))
            .collect();
        serving.sort_unstable();
        for group in serving.chunk_by(|one, other| one.0 == other.0) {
            let Some((need, ..)) = group.first() else {
                continue;
            };
            let seats: Vec<usize> = group.iter().map(|(.., index)| *index).collect();
            self.hold(*need, &seats);
            if all {
                self.keep_for(*need, &seats);
            }
        }
    }

    /// Those that may not switch yet.
    fn hold(&mut self, need_index: usize, seats: &[usize]) {
        for index in seats {
            if let (Some(need), Some(seat)) =
                (self.needs.get_mut(need_index), self.seats.get_mut(*index))
                && seat.hold > 0
            {
                seat.give(need_index, need, seat.hold);
            }
        }
    }

    /// `seats` have served `need`, the longest first.
    fn keep_for(&mut self, need_index: usize, seats: &[usize]) {
        let Some(need) = self.needs.get_mut(need_index) else {
            return;
        };
        let mut partly = None;
        for index in seats {
            let Some(seat) = self.seats.get_mut(*index) else {
                continue;
            };
            let whole = amount(seat.rate, seat.left);
            if need.rest > 0 && need.rest.saturating_add(need.slack) >= whole {
                seat.give(need_index, need, seat.left);
            } else {
                // The one that switched last is the one that serves others in turn.
                partly = Some(*index);
            }
        }
        if let Some(seat) = partly.and_then(|index| self.seats.get_mut(index))
            && need.rest > 0
        {
            seat.give(need_index, need, ms_for(need.rest, seat.rate));
        }
    }

    /// Puts a worker where it is found, if it has anything to offer.
    fn offer(&mut self, index: usize) {
        let Some(seat) = self.seats.get(index) else {
            return;
        };
        let offer = seat.offer();
        let [opened, surplus, idle] = &mut self.shelves;
        let shelf = match (seat.items.is_empty(), seat.begins_idle()) {
            (false, _) => opened,
            (true, false) => surplus,
            (true, true) => idle,
        };
        if offer > 0 && seat.left >= self.rules.min_slice.get() {
            shelf.insert((offer, index));
        }
    }

    /// As much of one worker as the contract needs, where one worker does; until one does, whole ones, the largest first.
    fn fill(&mut self, need_index: usize) {
        // Every round but the last uses up a worker's time.
        loop {
            let Some(need) = self.needs.get(need_index) else {
                return;
            };
            let wanted = need.rest;
            if wanted <= need.slack {
                return;
            }
            let found = self
                .fitting(need_index, wanted, false)
                .or_else(|| self.fitting(need_index, wanted, true));
            let Some(entry) = found.or_else(|| self.largest(need)) else {
                return;
            };
            let time = self
                .seats
                .get(entry.1)
                .map_or(0, |seat| seat.time_for(wanted));
            self.give(entry, need_index, time.max(self.rules.min_slice.get()));
            if found.is_some() {
                return;
            }
        }
    }

    /// The worker with the least time that does for a slice. One that has a slice already only where no time is left then, or no
    /// other does: the switches are as many, but spread.
    fn fitting(&self, need_index: usize, wanted: Amount, tight: bool) -> Option<(Amount, usize)> {
        let need = self.needs.get(need_index)?;
        let fits = |entry: &&(Amount, usize)| {
            self.seats.get(entry.1).is_some_and(|seat| {
                let length = seat.time_for(wanted);
                // A contract that may not catch up faster still gets the least slice, once so much is due.
                let least = self.rules.min_slice.get();
                let due = amount(seat.rate, least.saturating_sub(seat.cost));
                (length >= least || need.backlog >= due)
                    && seat.has_room(length.max(least), need.slack, need.new, tight)
            })
        };
        // A worker that is short by no more than what may be missing is taken whole.
        let least = (wanted.saturating_sub(need.slack), 0);
        let most = (wanted.saturating_add(need.slack), usize::MAX);
        let [opened, surplus, idle] = &self.shelves;
        let exact = opened.range(least..=most).take(LOOKS).find(fits);
        let first = |shelf: &'_ BTreeSet<(Amount, usize)>| {
            shelf.range(least..).take(LOOKS).find(fits).copied()
        };
        exact
            .copied()
            .or_else(|| [surplus, idle, opened].into_iter().find_map(first))
    }

    /// The worker with the most to offer.
    fn largest(&self, need: &Need) -> Option<(Amount, usize)> {
        let may = |entry: &&(Amount, usize)| {
            let seat = self.seats.get(entry.1);
            seat.is_some_and(|seat| entry.0 <= need.rest && seat.may_switch())
        };
        let bound = (need.rest, usize::MAX);
        let last = |shelf: &BTreeSet<(Amount, usize)>| {
            shelf.range(..=bound).rev().take(LOOKS).find(may).copied()
        };
        self.shelves
            .iter()
            .rev()
            .filter_map(last)
            .max_by_key(|entry| entry.0)
    }

    fn give(&mut self, entry: (Amount, usize), need_index: usize, length: u64) {
        for shelf in &mut self.shelves {
            shelf.remove(&entry);
        }
        let (Some(seat), Some(need)) =
            (self.seats.get_mut(entry.1), self.needs.get_mut(need_index))
        else {
            return;
        };
        seat.give(need_index, need, length);
        self.offer(entry.1);
    }
}
