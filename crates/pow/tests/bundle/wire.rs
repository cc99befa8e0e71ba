//! Records as `docs/bundle.md` has them, and not by the code under test.

use crate::fixture::{kind, target, varint};
use pow::bundle::{Epoch, ShareRecord};

pub fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![kind];
    varint(payload.len() as u128, &mut out);
    out.extend_from_slice(payload);
    out
}

/// A share with ntime 3 s after the latest job's and no time since the last record.
pub fn share_frame(record: &ShareRecord, jobs_back: u128, ntime_zigzag: u128) -> Vec<u8> {
    let mut payload = Vec::new();
    varint(record.worker.into(), &mut payload);
    varint(jobs_back, &mut payload);
    varint(0, &mut payload);
    varint(ntime_zigzag, &mut payload);
    payload.extend(record.share.nonce.to_le_bytes());
    varint((record.share.version_bits >> 13).into(), &mut payload);
    payload.extend_from_slice(&record.extranonce2);
    frame(kind::SHARE, &payload)
}

pub fn assignment_frame(worker: u8, jobs_back: u8, exponent: i8) -> Vec<u8> {
    let mut payload = vec![worker, jobs_back];
    payload.extend(target(exponent).to_be_bytes());
    frame(kind::ASSIGNMENT, &payload)
}

pub fn epoch_frame(epoch: &Epoch) -> Vec<u8> {
    let mut payload = Vec::new();
    for number in [
        epoch.index.into(),
        epoch.start.unix_ms().into(),
        epoch.end.unix_ms().into(),
        epoch.shares.into(),
        epoch.shares_total.into(),
        epoch.work_total.get(),
        epoch.owed_total.get().into(),
    ] {
        varint(number, &mut payload);
    }
    let hashes = [epoch.merkle_root, epoch.records_hash, epoch.previous];
    payload.extend(hashes.as_flattened());
    frame(kind::EPOCH, &payload)
}
