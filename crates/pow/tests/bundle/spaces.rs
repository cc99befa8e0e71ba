//! One target for each coinbase space under a block: work is not paid twice.

use crate::{
    begun,
    fixture::{Delivery, EASY, at, bare_job, first_code, target, terms, verify},
    wire::{frame, share_frame},
};
use pow::{
    Job, Share,
    bundle::{
        Admitted, Assignment, Code, JobRecord, ShareRecord, Terms, Upstream, Verifier, Worker,
        Writer,
    },
};
use units::{Price, Sats, Target, Work};

/// Sixteen times as hard.
const HARD: i8 = EASY + 4;

/// The pool's job: it comes again with a later ntime, and otherwise the same.
fn repeated_job(block: u8, ntime: u32) -> Job {
    Job {
        prev_hash: [block; 32],
        coinbase1: vec![1; 40],
        coinbase2: vec![2; 40],
        ntime,
        ..bare_job()
    }
}

/// Two workers that are one machine: the same login, the same coinbase space, two targets.
fn under_two_targets() -> (Delivery, u32, u32) {
    let mut delivery = Delivery::new(Terms {
        budget: Sats::MAX,
        ..terms()
    });
    let d = &mut delivery;
    d.upstream(6);
    let easy = d.custom_job(repeated_job(0xa1, 1_000)).unwrap();
    let worker = d.worker("demo-host.rig1", 1);
    d.assign(worker, easy, EASY);
    let hard = d.custom_job(repeated_job(0xa1, 1_030)).unwrap();
    d.assign(worker, hard, HARD);
    (delivery, easy, hard)
}

/// What a machine gets that hashes once: each header under the hard target where it meets that one, else under the easy
/// one. The two jobs give the same header.
fn twice_judged(d: &mut Delivery, easy: u32, hard: u32, hashes: u32) -> (Work, u32) {
    let (mut work, mut refused) = (Work::ZERO, 0);
    for nonce in 0..hashes {
        for job in [hard, easy] {
            let mut record = d.attempt(0, job);
            record.share.ntime = 1_100;
            record.share.nonce = nonce;
            record.share.version_bits = 0;
            match d.writer.state().check(&record) {
                Ok(admitted) => {
                    d.record(record, admitted).unwrap();
                    work = work.checked_add(admitted.work).unwrap();
                    break;
                }
                Err(Code::SpaceHasOtherTarget) => refused += 1,
                Err(code) => assert_eq!(code, Code::LowDifficulty),
            }
        }
    }
    (work, refused)
}

#[test]
fn hashing_once_is_not_paid_under_two_targets() {
    let hashes = 100_000;
    let (mut delivery, easy, hard) = under_two_targets();
    let (work, refused) = twice_judged(&mut delivery, easy, hard, hashes);
    // Some 1,600 shares of the one target or 100 of the other; of both it would be near to double the hashes.
    assert!(refused > 50, "{refused}");
    assert!(work.get() < u128::from(hashes) * 13 / 10, "{work:?}");
    let verdict = verify(&delivery.bundle().0);
    assert!(verdict.valid, "{:?}", verdict.faults);
    assert_eq!(verdict.work_hashes, work);
}

#[test]
fn a_space_keeps_the_target_of_its_first_share_until_the_next_block() {
    for (first, second) in [(0, 1), (1, 0)] {
        let (mut delivery, ..) = under_two_targets();
        let (late, late_admitted) = delivery.mine(0, second);
        delivery.share(0, first);
        let before = delivery.bytes.clone();
        // Also one that was checked before the space had its target.
        assert_eq!(
            delivery.writer.state().check(&late),
            Err(Code::SpaceHasOtherTarget)
        );
        assert_eq!(
            delivery.record(late.clone(), late_admitted),
            Err(Code::SpaceHasOtherTarget)
        );
        assert_eq!(delivery.bytes, before, "a refused share is not written");

        let back = u128::from(1 - second);
        // Nor after a restart: a log that goes on has read the target from its shares.
        let mut verifier = Verifier::new();
        verifier.push(&before);
        let resumed = verifier.into_writer().ok().unwrap();
        assert_eq!(resumed.state().check(&late), Err(Code::SpaceHasOtherTarget));

        // 3 s after their own job's, which is 30 s before the latest or it itself.
        let zigzag = if second == 0 { 2 * 27 - 1 } else { 2 * 3 };
        let bundle = [&before[..], &share_frame(&late, back, zigzag)].concat();
        let verdict = verify(&bundle);
        let codes: Vec<_> = verdict.faults.iter().map(|fault| fault.code).collect();
        // Its fault alone: the reading goes on to where the file ends.
        assert_eq!(codes, [Code::SpaceHasOtherTarget, Code::Truncated]);
        assert_eq!(verdict.faults[0].share, Some(1));
        assert_eq!((verdict.shares_valid, verdict.shares_invalid), (1, 1));

        // The target stays for good under this block, and any may be the next block's.
        delivery.share(0, first);
        let third = delivery.custom_job(repeated_job(0xa2, 1_060)).unwrap();
        delivery.share(0, third);
        assert!(verify(&delivery.bundle().0).valid);
    }
}

/// A worker's number is a name that costs nothing: the space counts, also over a new session that states the same one.
#[test]
fn another_login_or_session_is_no_other_space() {
    let mut delivery = begun(terms());
    delivery.share(0, 0);
    let other = delivery.worker("demo-host.rig2", 1);
    delivery.assign(other, 0, EASY + 1);
    let refused = delivery.attempt(other, 0);
    assert_eq!(
        delivery.writer.state().check(&refused),
        Err(Code::SpaceHasOtherTarget)
    );
    delivery.upstream(6);
    let job = delivery.job(0xa1);
    let again = delivery.worker("demo-host.rig1", 1);
    delivery.assign(again, job, EASY + 1);
    let refused = delivery.attempt(again, job);
    assert_eq!(
        delivery.writer.state().check(&refused),
        Err(Code::SpaceHasOtherTarget)
    );
    // Under the same target two logins may share a space; another prefix is another space.
    let same = delivery.worker("demo-host.rig2", 1);
    delivery.assign(same, job, EASY);
    delivery.share(same, job);
    let fresh = delivery.worker("demo-host.rig2", 2);
    delivery.assign(fresh, job, EASY + 1);
    delivery.share(fresh, job);
    assert!(verify(&delivery.bundle().0).valid);
}

/// A share that does not count fixes nothing.
#[test]
fn a_refused_share_does_not_choose_the_target() {
    let (mut delivery, easy, hard) = under_two_targets();
    let low = delivery.attempt(0, easy);
    assert_eq!(
        delivery.writer.state().check(&low),
        Err(Code::LowDifficulty)
    );
    let zigzag = 2 * (1_030 - low.share.ntime) - 1;
    let mut bundle = delivery.bytes.clone();
    bundle.extend(share_frame(&low, 1, zigzag.into()));
    let (record, _) = delivery.mine(0, hard);
    bundle.extend(share_frame(&record, 0, 6));
    let verdict = verify(&bundle);
    assert_eq!(verdict.faults[0].code, Code::LowDifficulty);
    assert_eq!((verdict.shares_valid, verdict.shares_invalid), (1, 1));
}

/// What is checked before and after the space's target, as the page has it.
#[test]
fn the_space_s_target_stands_between_no_target_and_ntime() {
    let (mut delivery, easy, hard) = under_two_targets();
    delivery.share(0, easy);
    let no_target = delivery.worker("demo-host.rig2", 1);
    let check = |worker, job, ntime| {
        let mut record = delivery.attempt(worker, job);
        record.share.ntime = ntime;
        delivery.writer.state().check(&record)
    };
    assert_eq!(check(no_target, hard, 1_033), Err(Code::NoTarget));
    assert_eq!(check(0, hard, 0), Err(Code::SpaceHasOtherTarget));
    assert_eq!(check(0, easy, 0), Err(Code::NtimeOutOfRange));
}

/// Were the sizes different, a space could lie within another one and not be equal to it.
#[test]
fn machines_of_a_session_count_through_the_same_number_of_bytes() {
    let mut delivery = begun(terms());
    let worker = |prefix: usize| Worker {
        login: "demo-host.rig2".into(),
        extranonce_prefix: vec![0; prefix],
    };
    for prefix in [0, 1, 3, 5] {
        let before = delivery.bytes.clone();
        let refused = delivery.writer.worker(worker(prefix), &mut delivery.bytes);
        assert_eq!(refused, Err(Code::BadFrame), "{prefix}");
        assert_eq!(delivery.bytes, before);
        let payload = [&b"\x01a"[..], &[prefix as u8], &[0; 5][..prefix]].concat();
        let bundle = [&before[..], &frame(4, &payload)].concat();
        assert_eq!(first_code(&bundle), Code::BadFrame, "{prefix}");
    }
    // Another session may divide its extranonce2 in another way.
    delivery.upstream(8);
    for prefix in [3, 3] {
        let written = delivery.writer.worker(worker(prefix), &mut delivery.bytes);
        assert!(written.is_ok());
    }
    let refused = delivery.writer.worker(worker(4), &mut delivery.bytes);
    assert_eq!(refused, Err(Code::BadFrame));
    assert!(verify(&delivery.bundle().0).valid);
}

/// Of two coinbases of one length, one with a byte more before the machines' bytes: the same header would lie in one space
/// by the first job and in another by the second.
#[test]
fn coinbases_of_one_length_are_cut_at_one_place() {
    let mut delivery = begun(terms());
    let cut = |block, before, after| Job {
        coinbase1: vec![1; before],
        coinbase2: vec![2; after],
        ..repeated_job(block, 1_000)
    };
    assert_eq!(delivery.custom_job(cut(0xa1, 40, 21)), Ok(1));
    // Pools state times in as few bytes as they take: then the whole is shorter.
    assert_eq!(delivery.custom_job(cut(0xa1, 39, 21)), Ok(2));
    let mut other = delivery.clone();
    for (before, after) in [(41, 20), (39, 22), (38, 22)] {
        let refused = delivery.custom_job(cut(0xa1, before, after));
        assert_eq!(refused, Err(Code::JobCut));
    }
    // The same bytes as a frame, by a writer that takes it as the next block's.
    let start = other.bytes.len();
    other.custom_job(cut(0xa2, 41, 20)).unwrap();
    let mut frame = other.bytes.split_off(start);
    for byte in frame.iter_mut().filter(|byte| **byte == 0xa2) {
        *byte = 0xa1;
    }
    let verdict = verify(&[&delivery.bytes[..], &frame].concat());
    let codes: Vec<_> = verdict.faults.iter().map(|fault| fault.code).collect();
    assert_eq!(codes, [Code::JobCut, Code::Truncated], "not a fatal one");
    assert_eq!(verdict.jobs, 4);
    // Under the next block headers are others, and over another session spaces are.
    assert_eq!(delivery.custom_job(cut(0xa2, 41, 20)), Ok(3));
    assert_eq!(delivery.custom_job(cut(0xa2, 40, 21)), Err(Code::JobCut));
    delivery.upstream(6);
    assert_eq!(delivery.custom_job(cut(0xa2, 40, 21)), Ok(4));
    assert!(verify(&delivery.bundle().0).valid);
}

/// 2^22 shares with made-up hashes: what the writer is told that was checked, it does not hash again.
#[test]
fn shares_under_a_block_are_bounded_and_a_new_block_makes_room() {
    let mut out = Vec::new();
    let terms = Terms {
        price: Price::new(0),
        ..terms()
    };
    let mut writer = Writer::new(terms, &mut out).unwrap();
    let upstream = Upstream {
        at: at(0),
        pool: 0,
        extranonce1: vec![1],
        extranonce2_size: 6,
    };
    writer.upstream(upstream, &mut out).unwrap();
    let job = |block| JobRecord {
        at: at(0),
        job: repeated_job(block, 1_000),
        version_mask: 0,
        pool_target: Target::MAX,
    };
    writer.job(job(0xa1), &mut out).unwrap();
    let worker = Worker {
        login: "demo-host.rig1".into(),
        extranonce_prefix: vec![0; 2],
    };
    writer.worker(worker, &mut out).unwrap();
    let assignment = Assignment {
        worker: 0,
        job: 0,
        target: target(EASY),
    };
    writer.assign(assignment, &mut out).unwrap();
    for number in 0..1 << 22 {
        assert_eq!(made_up(&mut writer, 0, number), Ok(number.into()));
    }
    assert_eq!(made_up(&mut writer, 0, 7), Err(Code::Duplicate));
    assert_eq!(made_up(&mut writer, 0, 1 << 22), Err(Code::TooManyShares));
    let next = writer.job(job(0xa2), &mut out).unwrap();
    assert_eq!(made_up(&mut writer, next, 1 << 22), Ok(1 << 22));
    assert_eq!(writer.state().sum().shares, (1 << 22) + 1);
}

fn made_up(writer: &mut Writer, job: u32, number: u32) -> Result<u64, Code> {
    let mut hash = [0; 32];
    hash[..4].copy_from_slice(&number.to_be_bytes());
    let record = ShareRecord {
        at: at(0),
        worker: 0,
        job,
        extranonce2: [0; 4].into(),
        share: Share {
            ntime: 1_000,
            nonce: number,
            version_bits: 0,
        },
    };
    let work = Work::new(64);
    let mut out = Vec::new();
    let admitted = Admitted {
        hash,
        work,
        target: target(EASY),
        network: None,
        pool: None,
        pool_work: Work::ZERO,
    };
    let written = writer.share(record, admitted, &mut out);
    assert_eq!(written.is_ok(), !out.is_empty());
    written
}
