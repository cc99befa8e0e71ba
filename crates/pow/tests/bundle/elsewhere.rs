//! Hashing elsewhere, and hashing a part.

use crate::{
    fixture::{Delivery, EASY, Span, kind, small_delivery, terms, verify},
    wire::{assignment_frame, share_frame},
};
use pow::bundle::{Batch, Code, Terms, Verdict, Verifier};
use std::{collections::VecDeque, num::NonZeroU32};
use units::Sats;

/// Some thousand shares over several jobs, blocks, machines and epochs.
fn long_delivery() -> (Vec<u8>, Vec<Span>) {
    let mut delivery = Delivery::new(Terms {
        budget: Sats::new(u64::MAX),
        price: units::Price::new(1_000),
        ..terms()
    });
    let d = &mut delivery;
    d.upstream(6);
    // It alone states the pool's target.
    d.job(0xa0);
    for block in 0..4 {
        let job = d.job(0xa0 + block);
        for machine in 0..5 {
            let worker = d.worker("demo-host.rig1", u16::from(block) * 8 + machine);
            d.assign(worker, job, EASY - 2);
            for _ in 0..150 {
                d.share(worker, job);
            }
        }
        d.seal();
    }
    delivery.bundle()
}

/// Reads all, hashes batches from the last to the first, each in another place.
fn elsewhere(bytes: &[u8], piece: usize) -> Verdict {
    read_and_hashed(Verifier::new(), bytes, piece)
}

fn read_and_hashed(mut verifier: Verifier, bytes: &[u8], piece: usize) -> Verdict {
    let mut given = Vec::new();
    for bytes in bytes.chunks(piece) {
        verifier.read(bytes);
        given.extend(verifier.next_batch(false));
    }
    given.extend(std::iter::from_fn(|| verifier.next_batch(true)));
    assert!(verifier.progress().bytes < bytes.len() as u64 || given.is_empty());
    for batch in given.iter().rev() {
        let there = Batch::from_bytes(&batch.to_bytes()).unwrap();
        assert_eq!(there.hashes(), batch.hashes());
        verifier.hashed(batch.number(), there.hashes());
    }
    assert_eq!(verifier.waiting(), 0);
    verifier.finish()
}

#[test]
fn hashes_may_come_in_any_order() {
    let (bytes, spans) = long_delivery();
    let here = verify(&bytes);
    assert!(here.valid, "{:?}", here.faults);
    assert_eq!(here.shares_valid, 3_000);
    for piece in [64, 10_000, bytes.len()] {
        assert_eq!(elsewhere(&bytes, piece), here);
    }
    // And faults are the same: a share whose bytes differ, a record left out, a cut.
    let shares: Vec<&Span> = spans.iter().filter(|(k, _)| *k == kind::SHARE).collect();
    let mut damaged = bytes.clone();
    damaged[shares[700].1.end - 1] ^= 1;
    damaged[shares[2_000].1.end - 1] ^= 1;
    let mut shorter = bytes.clone();
    shorter.drain(shares[1_500].1.clone());
    let cut = &bytes[..bytes.len() - 40];
    for bytes in [&damaged[..], &shorter, cut] {
        let here = verify(bytes);
        assert!(!here.valid);
        assert_eq!(elsewhere(bytes, 5_000), here);
    }
}

/// As long as so many batches are away, the next piece is read all the same.
fn with_batches_away(mut verifier: Verifier, bytes: &[u8], piece: usize, away: usize) -> Verdict {
    let mut given = VecDeque::new();
    for bytes in bytes.chunks(piece) {
        verifier.read(bytes);
        given.extend(verifier.next_batch(false));
        while given.len() > away {
            let batch: Batch = given.pop_front().unwrap();
            verifier.hashed(batch.number(), batch.hashes());
        }
    }
    // What a fault left to be hashed still comes back.
    given.extend(std::iter::from_fn(|| verifier.next_batch(true)));
    for batch in given {
        verifier.hashed(batch.number(), batch.hashes());
    }
    assert_eq!(verifier.waiting(), 0);
    verifier.finish()
}

/// The reader is far ahead when the record's turn comes: shares after it were given out to be hashed, and come back.
#[test]
fn a_fatal_fault_while_batches_are_away_changes_nothing() {
    let (bytes, spans) = long_delivery();
    let of_kind = |wanted| spans.iter().filter(move |(k, _)| *k == wanted);
    let share = |number| of_kind(kind::SHARE).nth(number).unwrap().1.clone();
    let with = |record: &[u8], at: usize| [&bytes[..at], record, &bytes[at..]].concat();
    // Between two shares of the second of four blocks.
    let at = share(1_100).start;
    let first = &bytes[of_kind(kind::JOB).nth(1).unwrap().1.clone()];
    let mut other_kind = bytes.clone();
    other_kind[share(1_100).start] = kind::HEADER;
    let cases = [
        ("replaced block", with(first, at), Code::ReplacedBlock),
        (
            "a target twice",
            with(&assignment_frame(7, 0, EASY), at),
            Code::BadOrder,
        ),
        (
            "no such worker",
            with(&assignment_frame(99, 0, EASY), at),
            Code::UnknownWorker,
        ),
        (
            "terms twice",
            with(&bytes[8..spans[0].1.end], at),
            Code::BadOrder,
        ),
        ("no record", with(&[77, 0], at), Code::BadFrame),
        ("a share that is a header", other_kind, Code::BadFrame),
        (
            "bytes after the end",
            with(&[1], bytes.len()),
            Code::DataAfterEnd,
        ),
    ];
    for (what, bytes, code) in cases {
        let here = verify(&bytes);
        let faults: Vec<Code> = here.faults.iter().map(|fault| fault.code).collect();
        assert_eq!(faults, [code], "{what}");
        let read = if code == Code::DataAfterEnd {
            3_000
        } else {
            1_100
        };
        assert_eq!(here.shares_valid, read, "{what}");
        for (piece, away) in [(700, 1), (9_000, 2), (bytes.len(), 0), (64, usize::MAX)] {
            let there = with_batches_away(Verifier::new(), &bytes, piece, away);
            assert_eq!(there, here, "{what}, {piece}, {away}");
        }
        assert_eq!(elsewhere_unchecked(&bytes), here, "{what}");
        let one_in = NonZeroU32::new(5).unwrap();
        let here = sampled(&bytes, 5, 9);
        let there = with_batches_away(Verifier::sampling(one_in, 9), &bytes, 700, 2);
        assert_eq!(there, here, "{what}, of a sample");
    }
}

/// All batches given out, the first to come back being the last.
fn elsewhere_unchecked(bytes: &[u8]) -> Verdict {
    let mut verifier = Verifier::new();
    verifier.read(bytes);
    let given: Vec<Batch> = std::iter::from_fn(|| verifier.next_batch(true)).collect();
    for batch in given.iter().rev() {
        verifier.hashed(batch.number(), batch.hashes());
    }
    verifier.finish()
}

#[test]
fn a_sample_that_is_hashed_elsewhere_says_the_same() {
    let (bytes, spans) = long_delivery();
    let share = spans.iter().filter(|(k, _)| *k == kind::SHARE).nth(100);
    let mut damaged = bytes.clone();
    damaged[share.unwrap().1.end - 1] ^= 1;
    for bytes in [&bytes, &damaged, &bytes[..bytes.len() - 40].to_vec()] {
        for (one_in, seed) in [(1, 0), (3, 1), (10, 42), (1_000_000, 7)] {
            let sampling = || Verifier::sampling(NonZeroU32::new(one_in).unwrap(), seed);
            let here = sampled(bytes, one_in, seed);
            for piece in [64, 10_000, bytes.len()] {
                assert_eq!(read_and_hashed(sampling(), bytes, piece), here);
                assert_eq!(with_batches_away(sampling(), bytes, piece, 1), here);
            }
        }
    }
}

#[test]
fn foreign_bytes_are_no_batch() {
    assert_eq!(Batch::from_bytes(&[0xff; 40]), None);
    assert_eq!(Batch::from_bytes(&[0, 1]), None);
    // Unknown jobs and spaces: hashes of nothing, but no panic.
    let mut lonely = vec![5, 0, 1, 9, 0, 4];
    lonely.extend([0; 24]);
    let batch = Batch::from_bytes(&lonely).unwrap();
    assert_eq!((batch.number(), batch.hashes().len()), (5, 1));
}

fn sampled(bytes: &[u8], one_in: u32, seed: u64) -> Verdict {
    let mut verifier = Verifier::sampling(NonZeroU32::new(one_in).unwrap(), seed);
    verifier.push(bytes);
    verifier.finish()
}

#[test]
fn a_sample_checks_everything_but_the_hashes_it_leaves_out() {
    let (bytes, spans) = long_delivery();
    let full = verify(&bytes);
    let verdict = sampled(&bytes, 10, 3);
    assert!(verdict.valid, "{:?}", verdict.faults);
    let sample = verdict.sample.unwrap();
    assert!((200..400).contains(&sample.hashed), "{sample:?}");
    assert_eq!(
        (verdict.work_hashes, verdict.owed_sealed_sats, &verdict.head),
        (full.work_hashes, full.owed_sealed_sats, &full.head)
    );
    assert_eq!(verdict.statistics, None);
    // One bad share of 3,000: the sealed bytes differ, whatever is in the sample; its hash is found by those who took it.
    let share = spans.iter().filter(|(k, _)| *k == kind::SHARE).nth(100);
    let mut damaged = bytes.clone();
    damaged[share.unwrap().1.end - 1] ^= 1;
    let mut found = 0;
    for seed in 0..100 {
        let verdict = sampled(&damaged, 10, seed);
        let codes: Vec<Code> = verdict.faults.iter().map(|fault| fault.code).collect();
        assert!(codes.contains(&Code::EpochRecordsHash), "{codes:?}");
        found += u32::from(codes.contains(&Code::LowDifficulty));
    }
    assert!((1..30).contains(&found), "{found}");
}

/// One share of a made-up difficulty could carry the whole bill: every sample has it.
#[test]
fn no_sample_leaves_a_heavy_share_out() {
    let mut delivery = small_delivery();
    let job = delivery.job(0xa4);
    let worker = 3;
    let mut bytes = delivery.bytes.clone();
    bytes.extend(assignment_frame(3, 0, 20));
    bytes.extend(share_frame(&delivery.attempt(worker, job), 0, 6));
    for seed in 0..20 {
        let verdict = sampled(&bytes, 1_000_000, seed);
        assert_eq!(verdict.faults[0].code, Code::LowDifficulty, "seed {seed}");
    }
}

#[test]
fn the_verdict_works_the_best_share_through() {
    let delivery = small_delivery();
    let verdict = verify(&delivery.bundle().0);
    let worked = verdict.worked.unwrap();
    let unhex = |text: &str| -> Vec<u8> {
        (0..text.len() / 2)
            .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
            .collect()
    };
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let coinbase = [
        &worked.coinbase1,
        &worked.extranonce1,
        &worked.extranonce2,
        &worked.coinbase2,
    ];
    let coinbase = unhex(&coinbase.map(String::as_str).concat());
    let mut root = pow::sha256d(&coinbase).to_vec();
    assert_eq!(worked.coinbase_hash, hex(&root));
    assert_eq!(worked.branch.len(), worked.folded.len());
    for (level, folded) in worked.branch.iter().zip(&worked.folded) {
        root = pow::sha256d(&[root, unhex(level)].concat()).to_vec();
        assert_eq!(&hex(&root), folded);
    }
    assert_eq!(worked.merkle_root, hex(&root));
    assert_eq!(worked.header[72..136], worked.merkle_root);
    assert_eq!(worked.hash, hex(&pow::sha256d(&unhex(&worked.header))));
    assert!(worked.hash_number <= worked.target);
    assert!(worked.share < verdict.shares_valid);
}
