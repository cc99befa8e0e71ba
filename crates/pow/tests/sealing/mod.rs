//! A bundle whose records were changed, sealed anew by whoever holds the log: what it states agrees again. Written from
//! `docs/bundle.md`, and used by the tests of other crates too.
#![allow(dead_code, reason = "each test binary uses its own part")]

use pow::{
    Tree,
    bundle::{MAGIC, Terms, Verifier},
    settlement::Tally,
    sha256,
};
use units::{Sats, Work};

/// Frames with their kinds; the magic stands before.
pub type Frames = Vec<(u8, Vec<u8>)>;

const UPSTREAM: u8 = 2;
const JOB: u8 = 3;
const SHARE: u8 = 6;
const EPOCH: u8 = 7;
const END: u8 = 8;
const ANSWER: u8 = 10;

fn varint(mut value: u128, out: &mut Vec<u8>) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub fn bytes(frames: &Frames) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    frames.iter().for_each(|(_, frame)| out.extend(frame));
    out
}

/// Makes every hash over records right again, as whoever runs the server can.
pub fn seal_hashes(frames: &mut Frames) {
    let mut since = MAGIC.to_vec();
    let mut previous = [0; 32];
    for (kind, frame) in frames {
        // Lengths of epochs and ends are below 128: kind, one byte of length, payload.
        match *kind {
            EPOCH => {
                let hashes = frame.len() - 64;
                frame[hashes..hashes + 32].copy_from_slice(&sha256(&since));
                frame[hashes + 32..].copy_from_slice(&previous);
                previous = sha256(&[b"assay epoch 1\0", &frame[2..]].concat());
                since.clone_from(frame);
            }
            END => {
                let hash = frame.len() - 32;
                since.extend(&frame[2..hash]);
                frame[hash..].copy_from_slice(&sha256(&since));
            }
            _ => since.extend(&*frame),
        }
    }
}

/// The number at the front of a payload, and what follows it.
fn number(payload: &[u8]) -> (u64, &[u8]) {
    let length = payload.iter().take_while(|byte| **byte > 0x7f).count() + 1;
    let (varint, rest) = payload.split_at(length.min(payload.len()));
    let value = varint.iter().rev();
    (
        value.fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f)),
        rest,
    )
}

fn framed(kind: u8, numbers: &[u128], hashes: &[[u8; 32]]) -> Vec<u8> {
    let mut payload = Vec::new();
    numbers.iter().for_each(|n| varint(*n, &mut payload));
    payload.extend(hashes.as_flattened());
    let mut frame = vec![kind];
    varint(payload.len() as u128, &mut frame);
    [frame, payload].concat()
}

/// Of a bundle that begins with them.
fn terms(frames: &Frames) -> Option<Terms> {
    let mut verifier = Verifier::new();
    verifier.push(&MAGIC);
    verifier.push(&frames.first()?.1);
    let writer = verifier.into_writer().ok()?;
    Some(writer.state().terms().clone())
}

/// Shares that would not count, and answers to them or that would not be due; the others name their shares anew.
fn leave_out_what_is_refused(frames: &mut Frames) {
    let mut verifier = Verifier::new();
    verifier.push(&MAGIC);
    // Of each share as it stood: its number among those that stay, while an answer is due.
    let mut due: Vec<Option<u64>> = Vec::new();
    let mut kept = 0;
    frames.retain_mut(|(kind, frame)| {
        if *kind == ANSWER {
            let (delta, rest) = number(number(&frame[1..]).1);
            let (back, refusal) = number(rest);
            let share = (due.len() as u64).checked_sub(back.saturating_add(1));
            let share = share.and_then(|share| due[share as usize].take());
            let Some(share) = share else { return false };
            let mut payload = Vec::new();
            varint(delta.into(), &mut payload);
            varint((kept - 1 - share).into(), &mut payload);
            payload.extend(refusal);
            *frame = vec![ANSWER];
            varint(payload.len() as u128, frame);
            frame.extend(payload);
        }
        let mut counts = *kind != SHARE;
        let mut met = None;
        verifier.push_each(frame, &mut |_, share| {
            counts = true;
            met = share.pool.map(|_| kept);
        });
        if *kind == SHARE {
            due.push(met);
            kept += u64::from(counts);
        }
        counts
    });
}

/// What of the work pools refused, and left unanswered yet.
#[derive(Default)]
struct Answers {
    /// By share: what it stands for, while an answer is due.
    due: Vec<Option<u128>>,
    refused: u128,
}

impl Answers {
    fn share(&mut self, stands_for: Option<u128>) {
        self.due.push(stands_for);
    }

    /// How many shares back, and what follows of a refusal.
    fn take(&mut self, (back, refusal): (u64, &[u8])) {
        let share = (self.due.len() as u64).checked_sub(back.saturating_add(1));
        let stands_for = share.and_then(|share| self.due[share as usize].take());
        if !refusal.is_empty() {
            self.refused += stands_for.unwrap_or(0);
        }
    }

    /// In all, where so much was owed before.
    fn owed(&self, terms: &Terms, counted: u128, before: Sats) -> Sats {
        let tally = Tally {
            counted_hashes: Work::new(counted),
            stale_hashes: Work::ZERO,
            refused_hashes: Work::new(self.refused),
            silent_hashes: Work::new(self.due.iter().flatten().sum()),
        };
        let owed = terms.rejects.owed_total(&tally, terms.price, before);
        owed.unwrap_or(before)
    }
}

/// Makes every sum right again too, so that nothing that is sealed differs from the shares. A `careful` liar leaves out
/// what would be refused.
pub fn seal_sums(frames: &mut Frames, careful: bool) {
    if careful {
        leave_out_what_is_refused(frames);
    }
    let Some(terms) = terms(frames) else {
        return;
    };
    let mut verifier = Verifier::new();
    verifier.push(&MAGIC);
    let mut since = MAGIC.to_vec();
    let (mut index, mut previous, mut start) = (0, [0; 32], terms.opened_at.unix_ms());
    let (mut last_time, mut shares_total, mut work_total) = (start, 0, 0);
    let (mut shares, mut tree) = (0, Tree::default());
    let (mut answers, mut owed) = (Answers::default(), Sats::ZERO);
    for (kind, frame) in frames.iter_mut() {
        let before = frame.clone();
        let (_, payload) = number(&before[1..]);
        match *kind {
            EPOCH => {
                let (_, rest) = number(payload);
                let end = number(number(rest).1).0.max(last_time);
                owed = answers.owed(&terms, work_total, owed);
                let numbers = [
                    index,
                    start.into(),
                    end.into(),
                    shares,
                    shares_total,
                    work_total,
                ];
                let numbers = [&numbers[..], &[owed.get().into()]].concat();
                *frame = framed(*kind, &numbers, &[tree.root(), sha256(&since), previous]);
                previous = sha256(&[b"assay epoch 1\0", number(&frame[1..]).1].concat());
                since.clear();
                (index, start, last_time) = (index + 1, end, end);
                (shares, tree) = (0, Tree::default());
            }
            END => {
                let at = number(payload).0.max(last_time);
                let mut guarded = since.clone();
                varint(at.into(), &mut guarded);
                varint(shares_total, &mut guarded);
                *frame = framed(*kind, &[at.into(), shares_total], &[sha256(&guarded)]);
            }
            UPSTREAM | JOB => last_time = last_time.wrapping_add(number(payload).0),
            ANSWER => {
                let (delta, rest) = number(payload);
                last_time = last_time.wrapping_add(delta);
                answers.take(number(rest));
            }
            _ => {}
        }
        let mut counted = None;
        verifier.push_each(frame, &mut |record, share| {
            counted = Some((record.clone(), *share));
        });
        if let Some((record, share)) = &counted {
            last_time = record.at.unix_ms();
            (shares, shares_total) = (shares + 1, shares_total + 1);
            work_total += share.work.get();
            answers.share((share.pool).map(|_| share.work.max(share.pool_work).get()));
            let (at, worker) = (last_time.to_le_bytes(), record.worker.to_le_bytes());
            tree.append(&[&share.hash[..], &at, &worker].concat());
        } else if *kind == SHARE {
            answers.share(None);
            let delta = number(number(number(payload).1).1).0;
            last_time = last_time.wrapping_add(delta);
        }
        since.extend(&*frame);
    }
}
