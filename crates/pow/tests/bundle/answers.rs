//! What a pool said of the shares that were sent on to it: recorded once each, counted, and guarded like all else.

use crate::{
    SMALL, begun,
    fixture::{Delivery, EASY, bare_job, first_code, kind, target, terms, varint, verify},
    wire::frame,
    writer::refused,
};
use pow::{
    Job, VERSION_ROLLING_MASK,
    bundle::{
        AnswersLine, Code, CountLine, JobRecord, PoolWord, RefusalLine, Terms, Upstream, Verdict,
        Verifier,
    },
};
use std::num::NonZeroU32;
use units::{Price, Target, Work};

/// Every share meets its pool's target.
fn all_due() -> Delivery {
    let mut delivery = Delivery::new(Terms {
        price: Price::new(0),
        ..terms()
    });
    delivery.pool_target = Target::MAX;
    delivery.upstream(6);
    let job = delivery.job(0xa1);
    let worker = delivery.worker("demo-host.rig1", 1);
    delivery.assign(worker, job, EASY - 3);
    delivery
}

fn count(shares: u64, work: u128) -> CountLine {
    CountLine {
        shares,
        work_hashes: Work::new(work),
    }
}

fn answers(verdict: &Verdict) -> AnswersLine {
    verdict.pool_answers.as_ref().unwrap().all
}

/// As the page has it: time since the last record, shares back, and what follows of a refusal.
fn answer_frame(back: u128, refusal: &[u8]) -> Vec<u8> {
    let mut payload = vec![0];
    varint(back, &mut payload);
    payload.extend(refusal);
    frame(kind::ANSWER, &payload)
}

fn with(delivery: &Delivery, frames: &[u8]) -> Vec<u8> {
    [&delivery.bytes[..], frames].concat()
}

#[test]
fn answers_are_summed_by_pool_and_reason() {
    let verdict = verify(&SMALL.0);
    assert!(verdict.valid, "{:?}", verdict.faults);
    let lines = verdict.pool_answers.unwrap();
    let all = lines.all;
    assert_eq!((all.accepted.shares, all.refused.shares), (3, 1));
    assert!(all.unanswered.shares > 1);
    assert_eq!(
        all.met.shares,
        all.accepted.shares + all.refused.shares + all.unanswered.shares
    );
    assert!(all.met.shares < verdict.shares_valid, "some are ours alone");
    let pools: Vec<_> = lines
        .by_pool
        .iter()
        .map(|line| {
            let answers = line.answers;
            (
                &line.pool[..],
                &line.user[..],
                line.sessions,
                answers.accepted.shares,
                answers.refused.shares,
            )
        })
        .collect();
    let expected = [
        ("127.0.0.1:3334", "demo-buyer.pool", 1, 2, 1),
        ("backup.test:3333", "demo-buyer.backup", 1, 1, 0),
    ];
    assert_eq!(pools, expected);
    let met = lines.by_pool.iter().map(|line| line.answers.met.shares);
    assert_eq!(met.sum::<u64>(), all.met.shares);
    let refusal = RefusalLine {
        code: Some(23),
        reason: "Low difficulty share".into(),
        shares: 1,
    };
    assert_eq!(lines.refusals, [refusal]);
    assert_eq!(lines.refusals_left_out, 0);
}

#[test]
fn a_share_below_the_pool_s_target_is_ours_alone() {
    let mut delivery = begun(terms());
    let d = &mut delivery;
    for _ in 0..8 {
        d.share(0, 0);
    }
    let due: Vec<u64> = d.due.iter().copied().collect();
    assert!(!due.is_empty() && due.len() < 8, "{due:?}");
    for share in 0..8 {
        let is_due = due.contains(&share);
        if is_due {
            d.answer(share, PoolWord::Accepted).unwrap();
            refused(d, Code::AnswerTwice, |w, out| {
                let word = PoolWord::refused(None, "");
                w.answer(answer(share, word), out)
            });
        } else {
            refused(d, Code::AnswerNotDue, |w, out| {
                w.answer(answer(share, PoolWord::Accepted), out)
            });
        }
        // What the writer refuses, a verifier names, and goes on.
        let back = 7 - u128::from(share);
        let code = if is_due {
            Code::AnswerTwice
        } else {
            Code::AnswerNotDue
        };
        let verdict = verify(&with(d, &answer_frame(back, &[]).repeat(2)));
        let codes: Vec<_> = verdict.faults.iter().map(|fault| fault.code).collect();
        assert_eq!(codes, [code, code, Code::Truncated]);
    }
    refused(d, Code::UnknownShare, |w, out| {
        w.answer(answer(8, PoolWord::Accepted), out)
    });
    for back in [8, u128::from(u64::MAX)] {
        let bytes = with(d, &answer_frame(back, &[]));
        assert_eq!(first_code(&bytes), Code::UnknownShare);
    }
    let work = due.len() as u128 * 64;
    let expected = count(due.len() as u64, work);
    assert_eq!(answers(&verify(&d.bundle().0)).accepted, expected);
}

fn answer(share: u64, word: PoolWord) -> pow::bundle::Answer {
    pow::bundle::Answer {
        at: crate::fixture::at(0),
        share,
        word,
    }
}

#[test]
fn a_refused_answer_still_moves_time_and_only_for_the_verifier() {
    let mut delivery = all_due();
    delivery.share(0, 0);
    let before = delivery.writer.state().last_time();
    let late = pow::bundle::Answer {
        at: crate::fixture::at(90_000),
        ..answer(5, PoolWord::Accepted)
    };
    refused(&mut delivery, Code::UnknownShare, |w, out| {
        w.answer(late, out)
    });
    assert_eq!(delivery.writer.state().last_time(), before);
    // 1,000 ms later, to a share that there is not; then an end at its time.
    let mut payload = Vec::new();
    varint(1_000, &mut payload);
    varint(9, &mut payload);
    let frames = frame(kind::ANSWER, &payload);
    let early = [&with(&delivery, &frames)[..], &delivery.writer.end(before)].concat();
    let codes: Vec<_> = verify(&early)
        .faults
        .iter()
        .map(|fault| fault.code)
        .collect();
    assert_eq!(codes, [Code::UnknownShare, Code::EndHash]);
}

/// A share that does not count has a number too, and no answer to it is due.
#[test]
fn numbers_are_those_of_all_share_records() {
    let mut delivery = all_due();
    delivery.share(0, 0);
    let start = delivery.bytes.len();
    delivery.share(0, 0);
    let twice = delivery.bytes[start..].to_vec();
    let frames = [
        &twice[..],
        &answer_frame(0, &[]),
        &answer_frame(1, &[]),
        &answer_frame(2, &[]),
    ]
    .concat();
    let verdict = verify(&with(&delivery, &frames));
    let codes: Vec<_> = verdict.faults.iter().map(|fault| fault.code).collect();
    assert_eq!(
        codes,
        [Code::Duplicate, Code::AnswerNotDue, Code::Truncated]
    );
    assert_eq!(answers(&verdict).accepted.shares, 2);
}

#[test]
fn an_answer_has_one_form() {
    let mut delivery = all_due();
    delivery.share(0, 0);
    let d = &delivery;
    for (refusal, code) in [
        (&[2, 0][..], Code::BadFrame),
        (&[0], Code::BadFrame),
        (&[0, 0, 0], Code::BadFrame),
        (&[0, 1, 0x1f], Code::BadFrame),
        (&[0, 1, 0x7f], Code::BadFrame),
        (&[1, 0], Code::BadFrame),
        (&[1, 0x80, 0x80, 0x80, 0x80, 0x10, 0], Code::BadFrame),
        (&[0, 65], Code::LimitExceeded),
        (&[0, 0], Code::Truncated),
        (&[1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0], Code::Truncated),
    ] {
        let bytes = with(d, &answer_frame(0, refusal));
        assert_eq!(first_code(&bytes), code, "{refusal:?}");
    }
    let mut delivery = all_due();
    let d = &mut delivery;
    d.share(0, 0);
    let long = PoolWord::Refused {
        code: None,
        reason: "r".repeat(65),
    };
    refused(d, Code::LimitExceeded, |w, out| {
        w.answer(answer(0, long), out)
    });
    let start = d.bytes.len();
    let text = format!("Höhe\u{7}\n{}", "x".repeat(200));
    d.answer(0, PoolWord::refused(Some(-7), &text)).unwrap();
    let written = [&[1, 13, 64][..], b"H?he??", &[b'x'; 58]].concat();
    assert_eq!(d.bytes[start..], answer_frame(0, &written));
    assert!(verify(&d.bundle().0).valid);
}

/// Every target has one form, and none is written twice in a row.
#[test]
fn a_job_states_its_pool_s_target_where_it_changes() {
    let mut delivery = Delivery::new(terms());
    let d = &mut delivery;
    d.upstream(6);
    let job = |d: &mut Delivery, pool_target| {
        let record = JobRecord {
            at: crate::fixture::at(0),
            job: Job {
                nbits: 0x207f_ffff,
                ..bare_job()
            },
            version_mask: VERSION_ROLLING_MASK,
            pool_target,
        };
        let start = d.bytes.len();
        d.writer.job(record, &mut d.bytes).unwrap();
        d.bytes[start..].to_vec()
    };
    let before_first = d.bytes.clone();
    // Difficulty 1,024; the same; the greatest; the least.
    let mut least = [0; 32];
    least[31] = 1;
    let least = Target::from_be_bytes(least).unwrap();
    let frames = [target(10), target(10), Target::MAX, least].map(|target| job(d, target));
    assert_eq!(
        frames.each_ref().map(|frame| frame.len() - frames[1].len()),
        [8, 0, 32, 32]
    );
    let stated = &frames[0][50..];
    assert_eq!(stated[..9], [8, 0, 0, 0, 0, 0, 0x3f, 0xff, 0xc0]);
    assert!(verify(&d.bundle().0).valid);
    // None before, once more the same, zeros at the end, none at all.
    let as_before = [&before_first[..], &frames[1]].concat();
    assert_eq!(first_code(&as_before), Code::BadFrame);
    let twice = [&before_first[..], &frames[0], &frames[0]].concat();
    assert_eq!(first_code(&twice), Code::BadFrame);
    for stated in [&[2, 0xff, 0][..], &[1, 0]] {
        let longer = [&frames[1][2..50], stated, &frames[1][51..]].concat();
        let bytes = [&before_first[..], &frame(kind::JOB, &longer)].concat();
        assert_eq!(first_code(&bytes), Code::BadFrame, "{stated:?}");
    }
    let stated = [&frames[1][2..50], &[1, 0xff], &frames[1][51..]].concat();
    let bytes = [&before_first[..], &frame(kind::JOB, &stated)].concat();
    assert_eq!(first_code(&bytes), Code::Truncated);
}

#[test]
fn a_session_is_with_a_pool_of_the_terms() {
    let mut delivery = Delivery::new(terms());
    let start = delivery.bytes.len();
    delivery.pool = 1;
    delivery.upstream(6);
    assert!(verify(&delivery.bundle().0).valid);
    let mut other = delivery.bytes.clone();
    other[start + 3] = 2;
    let verdict = verify(&other);
    let codes: Vec<_> = verdict.faults.iter().map(|fault| fault.code).collect();
    assert_eq!(codes, [Code::UnknownPool], "and nothing after it is read");
    let other = Upstream {
        at: crate::fixture::at(0),
        pool: 2,
        extranonce1: Vec::new(),
        extranonce2_size: 6,
    };
    refused(&mut delivery, Code::UnknownPool, |w, out| {
        w.upstream(other, out)
    });
}

/// So many shares that met the target may come before an answer, whatever comes beside them.
#[test]
fn what_waits_for_an_answer_is_bounded() {
    let mut delivery = all_due();
    let d = &mut delivery;
    (0..8_192).for_each(|_| d.share(0, 0));
    d.seal();
    let word = || PoolWord::Accepted;
    d.answer(0, word()).unwrap();
    d.share(0, 0);
    refused(d, Code::AnswerTooLate, |w, out| {
        w.answer(answer(0, word()), out)
    });
    let late = with(d, &answer_frame(8_192, &[]));
    assert_eq!(first_code(&late), Code::AnswerTooLate);
    // A new block and a new session change nothing.
    d.upstream(6);
    d.job(0xa2);
    d.answer(1, word()).unwrap();
    let verdict = verify(&d.bundle().0);
    assert!(verdict.valid, "{:?}", verdict.faults);
    let found = answers(&verdict);
    assert_eq!(found.met, count(8_193, 8_193 * 8));
    assert_eq!(found.accepted, count(2, 16));
    assert_eq!(found.unanswered, count(8_191, 8_191 * 8));
    // Going on after a restart, a log knows what was answered.
    let mut verifier = Verifier::new();
    verifier.push(&d.bytes);
    let mut writer = verifier.into_writer().ok().unwrap();
    let twice = writer.answer(answer(1, word()), &mut Vec::new());
    assert_eq!(twice, Err(Code::AnswerTwice));
    writer.answer(answer(2, word()), &mut Vec::new()).unwrap();
}

#[test]
fn a_verdict_lists_so_many_refusals() {
    let mut delivery = all_due();
    let d = &mut delivery;
    for number in 0..70 {
        d.share(0, 0);
        let code = (number != 3).then_some(number);
        d.answer_next(PoolWord::refused(code, "first"));
    }
    for code in [Some(63), Some(64), None] {
        d.share(0, 0);
        d.answer_next(PoolWord::refused(code, "later"));
    }
    let verdict = verify(&d.bundle().0);
    assert!(verdict.valid, "{:?}", verdict.faults);
    let lines = verdict.pool_answers.unwrap();
    assert_eq!((lines.refusals.len(), lines.refusals_left_out), (64, 7));
    assert!(lines.refusals.iter().all(|line| line.reason == "first"));
    let codes = [3, 63].map(|at| (lines.refusals[at].code, lines.refusals[at].shares));
    assert_eq!(codes, [(None, 2), (Some(63), 2)]);
}

/// Which shares were due an answer is not known without their hashes.
#[test]
fn a_sample_says_nothing_of_answers() {
    let mut verifier = Verifier::sampling(NonZeroU32::new(2).unwrap(), 7);
    verifier.push(&SMALL.0);
    let verdict = verifier.finish();
    assert!(verdict.valid, "{:?}", verdict.faults);
    assert_eq!(verdict.pool_answers, None);
    let mut delivery = begun(terms());
    delivery.share(0, 0);
    let mut verifier = Verifier::sampling(NonZeroU32::new(2).unwrap(), 7);
    verifier.push(&with(&delivery, &answer_frame(1, &[])));
    assert_eq!(verifier.finish().faults[0].code, Code::UnknownShare);
}

/// Whoever holds a bundle cannot change, leave out, double or make up an answer unseen; whoever writes it can, before it
/// is sealed: what the pool said is the server's word.
#[test]
fn answers_are_guarded_and_remain_the_writer_s_word() {
    let (bytes, spans) = &*SMALL;
    let honest = answers(&verify(bytes));
    let of_answers = spans.iter().filter(|(kind, _)| *kind == kind::ANSWER);
    let mut seen = 0;
    for (_, span) in of_answers {
        seen += 1;
        let (before, own, after) = (
            &bytes[..span.start],
            &bytes[span.clone()],
            &bytes[span.end..],
        );
        let turned = match own.len() {
            4 => answer_frame(own[3].into(), &[0, 0]),
            _ => answer_frame(own[3].into(), &[]),
        };
        for changed in [&[][..], &own.repeat(2), &turned] {
            let verdict = verify(&[before, changed, after].concat());
            assert!(!verdict.valid, "{changed:?}");
            let guarded = [
                Code::AnswerTwice,
                Code::EpochTime,
                Code::EpochMerkleRoot,
                Code::EpochRecordsHash,
                Code::EndHash,
            ];
            assert!(
                guarded.contains(&verdict.faults[0].code),
                "{:?}",
                verdict.faults
            );
        }
    }
    assert_eq!(seen, 4);
    // A log whose last answer was not written yet when it was cut is whole, and the share counts as unanswered.
    let last = spans
        .iter()
        .rfind(|(kind, _)| *kind == kind::ANSWER)
        .unwrap();
    let mut verifier = Verifier::new();
    verifier.push(&bytes[..last.1.start]);
    let writer = verifier.into_writer().ok().unwrap();
    let cut = [
        &bytes[..last.1.start],
        &writer.end(crate::fixture::at(200_000)),
    ]
    .concat();
    let verdict = verify(&cut);
    assert!(verdict.valid, "{:?}", verdict.faults);
    assert_eq!(
        answers(&verdict).accepted.shares,
        honest.accepted.shares - 1
    );
}
