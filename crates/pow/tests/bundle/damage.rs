//! What is damaged, cut, moved or made up does not verify, and the fault says where.

use crate::{
    SMALL, begun,
    fixture::{Span, kind, small_delivery, terms, varint, verify},
    wire::{frame, share_frame},
};
use pow::bundle::{Code, MAGIC, ShareRecord, Verifier};
use proptest::prelude::*;

/// The record that a byte belongs to, its share's number, and the record that seals it.
fn place(index: usize) -> (&'static Span, u64, &'static Span) {
    let spans = &SMALL.1;
    let number = spans
        .iter()
        .position(|(_, span)| span.contains(&index))
        .unwrap();
    let shares = spans[..number]
        .iter()
        .filter(|(kind, _)| *kind == kind::SHARE);
    let seals = |(kind, _): &&Span| *kind == kind::EPOCH || *kind == kind::END;
    let seal = spans[number + 1..].iter().find(seals);
    (
        &spans[number],
        shares.count() as u64,
        seal.unwrap_or(&spans[number]),
    )
}

#[test]
fn every_byte_is_guarded_and_its_fault_is_near() {
    let (bytes, _) = &*SMALL;
    let (mut shares_named, mut shares_changed) = (0, 0);
    for index in 0..bytes.len() {
        let varying = (index as u8).wrapping_mul(37) | 1;
        for mask in [0x01, 0x80, varying] {
            let mut changed = bytes.clone();
            changed[index] ^= mask;
            let verdict = verify(&changed);
            let context = format!("byte {index} ^ {mask:#04x}");
            assert!(!verdict.valid, "{context}");
            let first = &verdict.faults[0];
            let ((kind, record), share, (_, seal)) = place(index);
            let offset = first.offset as usize;
            if index < MAGIC.len() {
                let magic = [Code::BadMagic, Code::UnsupportedVersion];
                assert!(magic.contains(&first.code), "{context}: {first:?}");
                continue;
            }
            let start = record
                .start
                .max(if record.start == 0 { MAGIC.len() } else { 0 });
            assert!(
                (start..=seal.start).contains(&offset),
                "{context}: {first:?}"
            );
            if *kind == kind::SHARE {
                shares_changed += 1;
                assert!(
                    [record.start, seal.start].contains(&offset),
                    "{context}: {first:?}"
                );
                if first.share.is_some() {
                    assert_eq!(
                        (offset, first.share),
                        (record.start, Some(share)),
                        "{context}"
                    );
                    shares_named += 1;
                }
            }
        }
    }
    // Most changes of a share miss the target or name another worker, job or length.
    assert!(
        shares_named * 2 > shares_changed,
        "{shares_named} of {shares_changed}"
    );
}

#[test]
fn truncation_is_invalid_at_every_length() {
    let (bytes, spans) = &*SMALL;
    for length in 0..bytes.len() {
        let verdict = verify(&bytes[..length]);
        let codes: Vec<_> = verdict.faults.iter().map(|fault| fault.code).collect();
        assert_eq!(codes, [Code::Truncated], "{length}");
        let whole = spans.iter().rev().find(|(_, span)| span.end <= length);
        let magic = if length < MAGIC.len() { 0 } else { MAGIC.len() };
        let whole = whole.map_or(magic, |(_, span)| span.end);
        assert_eq!(verdict.faults[0].offset, whole as u64, "{length}");
        assert!(!verdict.valid);
    }
}

#[test]
fn no_record_can_be_left_out_doubled_or_moved() {
    let (bytes, spans) = &*SMALL;
    let record = |number: usize| &bytes[spans[number].1.clone()];
    for number in 0..spans.len() {
        let (before, after) = (
            &bytes[..spans[number].1.start],
            &bytes[spans[number].1.end..],
        );
        let without = [before, after].concat();
        assert!(!verify(&without).valid, "without record {number}");
        let doubled = [before, record(number), record(number), after].concat();
        assert!(!verify(&doubled).valid, "record {number} twice");
        if number > 0 {
            let before = &bytes[..spans[number - 1].1.start];
            let swapped = [before, record(number), record(number - 1), after].concat();
            assert!(
                !verify(&swapped).valid,
                "record {number} before its predecessor"
            );
        }
    }
}

#[test]
fn data_after_the_end_is_refused() {
    let mut bytes = SMALL.0.clone();
    bytes.push(0);
    let verdict = verify(&bytes);
    assert_eq!(verdict.faults[0].code, Code::DataAfterEnd);
    assert_eq!(verdict.faults[0].offset, SMALL.0.len() as u64);
    assert_eq!(verdict.faults_total, 1);
}

#[test]
fn an_oversize_frame_is_refused_before_it_comes() {
    let log = &small_delivery().bytes;
    for (length, code) in [
        (65_536, Code::Truncated),
        (65_537, Code::LimitExceeded),
        (1 << 27, Code::LimitExceeded),
        (1 << 40, Code::BadFrame),
    ] {
        let mut head = vec![kind::JOB];
        varint(length, &mut head);
        let mut verifier = Verifier::new();
        verifier.push(log);
        verifier.push(&head);
        let refused = code != Code::Truncated;
        let after_head = verifier.progress().bytes;
        verifier.push(&[0; 1_000]);
        assert_eq!(verifier.progress().bytes == after_head, refused, "{length}");
        let first = &verifier.finish().faults[0];
        assert_eq!(
            (first.code, first.offset),
            (code, log.len() as u64),
            "{length}"
        );
    }
}

#[test]
fn faults_are_counted_and_a_hundred_are_listed() {
    let mut delivery = begun(terms());
    let (record, _) = delivery.mine(0, 0);
    let mut bytes = delivery.bytes;
    let low = ShareRecord {
        worker: 5,
        ..record
    };
    (0..300).for_each(|_| bytes.extend(share_frame(&low, 0, 6)));
    let verdict = verify(&bytes);
    assert_eq!((verdict.faults.len(), verdict.faults_total), (100, 301));
    assert_eq!(verdict.shares_invalid, 300);
    let reasons: Vec<_> = verdict
        .invalid_by_reason
        .iter()
        .map(|line| (line.code, line.count))
        .collect();
    assert_eq!(reasons, [(Code::UnknownWorker, 300)]);
    assert_eq!(verdict.faults[99].share, Some(99));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_pass(
        prefix in prop::sample::select(vec![0, 6, 8, SMALL.1[0].1.end, SMALL.1[9].1.end]),
        random in prop::collection::vec(any::<u8>(), 0..4096),
    ) {
        let bytes = [&SMALL.0[..prefix], &random].concat();
        let verdict = verify(&bytes);
        prop_assert!(!verdict.valid);
        prop_assert!(verdict.faults_total > 0);
    }

    #[test]
    fn random_records_never_pass(
        prefix in prop::sample::select(vec![8, SMALL.1[0].1.end, SMALL.1[4].1.end, SMALL.1[9].1.end]),
        records in prop::collection::vec((0u8..12, prop::collection::vec(0u8..8, 0..60)), 1..40),
    ) {
        let mut bytes = SMALL.0[..prefix].to_vec();
        records.iter().for_each(|(kind, payload)| bytes.extend(frame(*kind, payload)));
        prop_assert!(!verify(&bytes).valid);
    }
}
