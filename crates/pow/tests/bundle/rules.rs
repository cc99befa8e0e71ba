//! Each rule of `docs/bundle.md`, broken alone.

use crate::{
    SMALL, begun,
    fixture::{self, Delivery, EASY, at, first_code, kind, terms, varint, verify},
    wire::{assignment_frame, epoch_frame, frame, share_frame},
};
use pow::bundle::{Code, Epoch, MAGIC, ShareRecord, Terms};
use units::{Sats, Work};

/// Each bundle's first fault.
fn named(cases: Vec<(&str, Vec<u8>, Code)>) {
    for (what, bytes, code) in cases {
        let verdict = verify(&bytes);
        assert_eq!(verdict.faults[0].code, code, "{what}");
        assert_eq!(verdict.faults[0].message, code.sentence());
        assert!(!verdict.valid);
    }
}

#[test]
fn records_stand_in_order() {
    let record = |number: usize| &SMALL.0[SMALL.1[number].1.clone()];
    // The span of the terms holds the magic too.
    let (terms, upstream) = (record(0), record(1));
    let share = share_frame(&begun(fixture::terms()).mine(0, 0).0, 0, 6);
    let assignment = assignment_frame(0, 0, EASY);
    let with = |head: &[&[u8]], record: &[u8]| [&head.concat(), record].concat();
    named(vec![
        ("share first", with(&[&MAGIC], &share), Code::BadOrder),
        ("upstream first", with(&[&MAGIC], upstream), Code::BadOrder),
        ("terms twice", with(&[terms], &terms[8..]), Code::BadOrder),
        (
            "job, no upstream",
            with(&[terms], record(2)),
            Code::BadOrder,
        ),
        (
            "worker, no upstream",
            with(&[terms], record(3)),
            Code::BadOrder,
        ),
        (
            "assignment, no worker",
            with(&[terms, upstream], &assignment),
            Code::UnknownWorker,
        ),
        (
            "share, no worker",
            with(&[terms, upstream], &share),
            Code::UnknownWorker,
        ),
    ]);
}

#[test]
fn records_that_cannot_be_read_are_named() {
    let mut delivery = begun(terms());
    let mined = delivery.mine(0, 0).0;
    let log = &delivery.bytes;
    let after = |record: &[u8]| [log, record].concat();
    named(vec![
        ("no magic", b"assay\0\0\x01".to_vec(), Code::BadMagic),
        (
            "version 2",
            b"ASSAY\0\0\x02".to_vec(),
            Code::UnsupportedVersion,
        ),
        ("unknown kind", after(&frame(9, &[])), Code::BadFrame),
        ("long varint", after(&[2, 0x83, 0, 0, 0, 6]), Code::BadFrame),
        (
            "no extranonce2",
            after(&frame(2, &[0, 0, 0])),
            Code::BadFrame,
        ),
        (
            "nothing of its own",
            after(&frame(4, &[1, b'a', 6, 0, 0, 0, 0, 0, 0])),
            Code::BadFrame,
        ),
        (
            "control character",
            after(&frame(4, &[1, 7, 2, 0, 0])),
            Code::BadFrame,
        ),
        ("target of zero", after(&frame(5, &[0; 34])), Code::BadFrame),
        (
            "assignment, no job",
            after(&assignment_frame(0, 1, EASY)),
            Code::UnknownJob,
        ),
        (
            "share, no job",
            after(&share_frame(&mined, 1, 6)),
            Code::UnknownJob,
        ),
    ]);
}

#[test]
fn a_share_is_judged_in_the_page_s_order() {
    let mut delivery = begun(terms());
    let second = delivery.worker("demo-host.rig2", 2);
    let mined = delivery.mine(0, 0).0;
    let log = delivery.bytes.clone();
    let first = |record: &ShareRecord, back, ntime| {
        first_code(&[&log[..], &share_frame(record, back, ntime)].concat())
    };
    let record = mined.clone();
    assert_eq!(first(&record, 0, 6), Code::Truncated);
    assert_eq!(
        first(
            &ShareRecord {
                worker: 2,
                ..record.clone()
            },
            1,
            6
        ),
        Code::UnknownWorker
    );
    assert_eq!(first(&record, 1, 6), Code::UnknownJob);
    let short = ShareRecord {
        worker: second,
        extranonce2: [0; 3].into(),
        ..record.clone()
    };
    assert_eq!(first(&short, 0, 6), Code::BadFrame);
    assert_eq!(
        first(
            &ShareRecord {
                worker: second,
                ..record.clone()
            },
            0,
            1
        ),
        Code::NoTarget
    );
    assert_eq!(first(&record, 0, 1), Code::NtimeOutOfRange);
    assert_eq!(first(&record, 0, 2 * 7_001), Code::NtimeOutOfRange);
    let low = delivery.attempt(0, 0);
    assert_eq!(
        delivery.writer.state().check(&low),
        Err(Code::LowDifficulty)
    );
    assert_eq!(first(&low, 0, 6), Code::LowDifficulty);
}

#[test]
fn a_share_counts_once() {
    let mut delivery = begun(terms());
    let (record, admitted) = delivery.mine(0, 0);
    delivery.record(record.clone(), admitted).unwrap();
    // Neither in the same epoch nor in the next, nor a second later.
    delivery.seal();
    let doubled = [&delivery.bytes[..], &share_frame(&record, 0, 6)].concat();
    let verdict = verify(&doubled);
    assert_eq!(verdict.faults[0].code, Code::Duplicate);
    assert_eq!(verdict.faults[0].share, Some(1));
    assert_eq!((verdict.shares_valid, verdict.shares_invalid), (1, 1));
    assert_eq!(verdict.work_hashes, Work::new(64));
}

#[test]
fn a_replaced_block_never_returns() {
    let mut delivery = begun(terms());
    let old = delivery.mine(0, 0).0;
    // The first job states the pool's target, which the next one would not.
    let second = delivery.bytes.len();
    delivery.job(0xa1);
    let old_job = delivery.bytes[second..].to_vec();
    delivery.job(0xa2);
    let stale = [&delivery.bytes[..], &share_frame(&old, 2, 6)].concat();
    assert_eq!(first_code(&stale), Code::Stale);
    let returned = [&delivery.bytes[..], &old_job].concat();
    assert_eq!(first_code(&returned), Code::ReplacedBlock);
}

#[test]
fn a_worker_belongs_to_its_upstream_session() {
    let mut delivery = begun(terms());
    delivery.upstream(6);
    let job = delivery.job(0xa1);
    let record = ShareRecord {
        job,
        ..delivery.attempt(0, 0)
    };
    assert_eq!(
        delivery.writer.state().check(&record),
        Err(Code::UnknownWorker)
    );
    // The session before still delivers for its own jobs while their block is the tip.
    delivery.share(0, 0);
    assert!(verify(&delivery.bundle().0).valid);
}

#[test]
fn a_target_holds_from_its_job_on_and_is_never_chosen_afterwards() {
    let mut delivery = Delivery::new(terms());
    delivery.upstream(6);
    let (first, second) = (delivery.job(0xa1), delivery.job(0xa1));
    let worker = delivery.worker("demo-host.rig1", 1);
    let unassigned = delivery.attempt(worker, first);
    assert_eq!(
        delivery.writer.state().check(&unassigned),
        Err(Code::NoTarget)
    );
    delivery.assign(worker, second, EASY);
    assert_eq!(
        delivery.writer.state().check(&unassigned),
        Err(Code::NoTarget)
    );
    assert_eq!(
        delivery.try_assign(worker, first, EASY),
        Err(Code::BadOrder)
    );
    delivery.share(worker, second);

    // A much harder target from the third job on leaves the second one's as it was.
    let third = delivery.job(0xa1);
    delivery.assign(worker, third, 0);
    let (record, admitted) = delivery.mine(worker, second);
    assert_eq!(admitted.work, Work::new(64));
    delivery.record(record, admitted).unwrap();

    // The third inherits an easy target; once a share was judged by it, it stays.
    let other = delivery.worker("demo-host.rig2", 2);
    delivery.assign(other, first, EASY);
    delivery.share(other, third);
    assert_eq!(
        delivery.try_assign(other, third, EASY + 2),
        Err(Code::BadOrder)
    );
    let chosen_late = [&delivery.bytes[..], &assignment_frame(1, 0, EASY + 2)].concat();
    assert_eq!(first_code(&chosen_late), Code::BadOrder);

    // The next block's job, the first that it may judge by, has the harder one.
    let fourth = delivery.job(0xa2);
    let hard = delivery.attempt(worker, fourth);
    assert_eq!(
        delivery.writer.state().check(&hard),
        Err(Code::LowDifficulty)
    );
    assert!(verify(&delivery.bundle().0).valid);
}

#[test]
fn targets_outlive_the_block_that_they_were_assigned_under() {
    let mut delivery = begun(terms());
    let kept = delivery.worker("demo-host.rig2", 2);
    delivery.assign(kept, 0, EASY);
    for block in [0xa1, 0xa2, 0xa3] {
        let job = delivery.job(block);
        delivery.assign(0, job, EASY + 1);
        delivery.share(0, job);
        delivery.share(kept, job);
    }
    let verdict = verify(&delivery.bundle().0);
    assert!(verdict.valid, "{:?}", verdict.faults);
    assert_eq!(verdict.work_hashes, Work::new(3 * (64 + 128)));
}

#[test]
fn pay_stays_within_the_budget() {
    let mut delivery = begun(terms());
    delivery.share(0, 0);
    delivery.share(0, 0);
    // The same records under terms that allow for one share (13 sats) and not for two (26).
    let tight = Terms {
        budget: Sats::new(25),
        ..terms()
    };
    let terms_end = delivery.spans[0].1.end;
    let head = Delivery::new(tight.clone()).bytes;
    let verdict = verify(&[&head, &delivery.bytes[terms_end..]].concat());
    assert_eq!(verdict.faults[0].code, Code::OverBudget);
    assert_eq!(verdict.faults[0].share, Some(1));
    assert_eq!(
        (verdict.shares_valid, verdict.owed_sats),
        (1, Sats::new(13))
    );
    let mut exact = begun(Terms {
        budget: Sats::new(26),
        ..tight
    });
    exact.share(0, 0);
    exact.share(0, 0);
    assert!(verify(&exact.bundle().0).valid);
}

#[test]
fn a_wrong_epoch_is_named_by_what_is_wrong() {
    type Change = fn(&mut Epoch);
    let mut delivery = begun(terms());
    delivery.share(0, 0);
    delivery.now = 60_000;
    delivery.seal();
    delivery.share(0, 0);
    delivery.now = 120_000;
    let log = delivery.bytes.clone();
    let right = delivery.seal();
    let changes: [(Change, Code); 10] = [
        (|epoch| epoch.index = 0, Code::EpochIndex),
        (|epoch| epoch.start = at(0), Code::EpochTime),
        (|epoch| epoch.end = at(60_100), Code::EpochTime),
        (|epoch| epoch.shares = 2, Code::EpochShares),
        (|epoch| epoch.shares_total = 3, Code::EpochShares),
        (|epoch| epoch.work_total = Work::new(129), Code::EpochWork),
        (|epoch| epoch.owed_total = Sats::new(27), Code::EpochOwed),
        (|epoch| epoch.merkle_root[31] ^= 1, Code::EpochMerkleRoot),
        (|epoch| epoch.records_hash[0] ^= 1, Code::EpochRecordsHash),
        (|epoch| epoch.previous[0] ^= 1, Code::EpochChain),
    ];
    for (change, code) in changes {
        let mut wrong = right.clone();
        change(&mut wrong);
        let verdict = verify(&[&log[..], &epoch_frame(&wrong)].concat());
        let codes: Vec<_> = verdict
            .faults
            .iter()
            .map(|fault| (fault.code, fault.epoch))
            .collect();
        assert_eq!(codes, [(code, 1), (Code::Truncated, 2)]);
        assert_eq!(verdict.faults[0].offset, log.len() as u64);
    }
}

#[test]
fn a_wrong_end_is_named() {
    let mut delivery = begun(terms());
    delivery.share(0, 0);
    let (bytes, spans) = delivery.bundle();
    let mut payload = Vec::new();
    varint(at(delivery.now + 500).unix_ms().into(), &mut payload);
    let fields = |shares: u8| [&payload[..], &[shares]].concat();
    let end = |fields: Vec<u8>| {
        let hash = pow::sha256(&[&delivery.bytes[..], &fields].concat());
        [
            &delivery.bytes[..],
            &frame(kind::END, &[&fields[..], &hash].concat()),
        ]
        .concat()
    };
    assert_eq!(
        end(fields(1)),
        bytes,
        "the page's end record is the writer's"
    );
    assert_eq!(spans.last().unwrap().0, kind::END);
    let codes = |bytes: &[u8]| {
        let faults = verify(bytes).faults;
        faults.iter().map(|fault| fault.code).collect::<Vec<_>>()
    };
    // The hash covers the fields as they stand, and is made from the number that must stand there.
    assert_eq!(codes(&end(fields(2))), [Code::EndShares, Code::EndHash]);
    let mut other = bytes.clone();
    *other.last_mut().unwrap() ^= 1;
    assert_eq!(codes(&other), [Code::EndHash]);
    let mut early = Vec::new();
    varint(at(delivery.now - 1).unix_ms().into(), &mut early);
    early.push(1);
    assert_eq!(codes(&end(early)), [Code::EndHash]);
}
