//! Epochs: what must stand in the next one.

use super::State;
use crate::{
    Tree,
    bundle::{Code, Epoch},
};
use alloc::vec::Vec;
use units::Timestamp;

impl State {
    /// What the epoch must say if it is sealed here.
    pub(in crate::bundle) fn epoch(&self, end: Timestamp, records_hash: [u8; 32]) -> Epoch {
        Epoch {
            index: self.epochs,
            start: self.epoch_start,
            end: end.max(self.last_time),
            shares: self.epoch_shares,
            shares_total: self.sum.shares,
            work_total: self.sum.work,
            owed_total: self.owed(),
            merkle_root: self.tree.root(),
            records_hash,
            previous: self.previous,
        }
    }

    /// Compares a sealed epoch with what it must say; every difference, in the order of the codes. Of a `sample` the
    /// Merkle root is not known.
    pub(in crate::bundle) fn epoch_faults(
        &self,
        found: &Epoch,
        records_hash: [u8; 32],
        sample: bool,
    ) -> Vec<Code> {
        let must = self.epoch(found.end, records_hash);
        let times = found.start == must.start && found.end == must.end;
        let shares = found.shares == must.shares && found.shares_total == must.shares_total;
        [
            (found.index == must.index, Code::EpochIndex),
            (times, Code::EpochTime),
            (shares, Code::EpochShares),
            (found.work_total == must.work_total, Code::EpochWork),
            (self.may_owe(found.owed_total), Code::EpochOwed),
            (
                sample || found.merkle_root == must.merkle_root,
                Code::EpochMerkleRoot,
            ),
            (
                found.records_hash == must.records_hash,
                Code::EpochRecordsHash,
            ),
            (found.previous == must.previous, Code::EpochChain),
        ]
        .into_iter()
        .filter_map(|(good, code)| (!good).then_some(code))
        .collect()
    }

    /// Starts the next epoch. The bytes hashed from here on begin with this epoch's own.
    pub(in crate::bundle) fn seal(&mut self, epoch: &Epoch) {
        self.epochs = self.epochs.saturating_add(1);
        self.epoch_start = epoch.end;
        self.advance(epoch.end);
        self.epoch_shares = 0;
        self.tree = Tree::default();
        self.previous = epoch.hash();
        self.seal_money(epoch);
        self.promised.seal();
    }
}
