//! The writer refuses what a verifier would refuse, and writes nothing.

use crate::{
    begun,
    fixture::{Delivery, EASY, at, bare_job, target, terms, verify},
};
use pow::{
    Job,
    bundle::{Assignment, Code, JobRecord, ShareRecord, Terms, Upstream, Worker, Writer},
};
use units::{Sats, Target};

pub fn refused<T: std::fmt::Debug>(
    delivery: &mut Delivery,
    code: Code,
    write: impl FnOnce(&mut Writer, &mut Vec<u8>) -> Result<T, Code>,
) {
    let before = delivery.bytes.clone();
    assert_eq!(
        write(&mut delivery.writer, &mut delivery.bytes).map(|_| ()),
        Err(code)
    );
    assert_eq!(delivery.bytes, before, "{code:?} wrote something");
}

#[test]
fn refuses_what_a_verifier_would_refuse_and_goes_on() {
    let mut delivery = begun(terms());
    let d = &mut delivery;
    let (stale, stale_admitted) = d.mine(0, 0);
    let job = d.job(0xa2);
    d.share(0, job);
    let (record, admitted) = d.mine(0, job);
    d.record(record.clone(), admitted).unwrap();

    refused(d, Code::Duplicate, |w, out| {
        w.share(record.clone(), admitted, out)
    });
    refused(d, Code::Stale, |w, out| w.share(stale, stale_admitted, out));
    let nobody = ShareRecord {
        worker: 9,
        ..record.clone()
    };
    refused(d, Code::UnknownWorker, |w, out| {
        w.share(nobody, admitted, out)
    });
    let no_job = ShareRecord {
        job: 9,
        ..record.clone()
    };
    refused(d, Code::UnknownJob, |w, out| w.share(no_job, admitted, out));
    let long = ShareRecord {
        extranonce2: [0; 5].into(),
        ..record.clone()
    };
    refused(d, Code::BadFrame, |w, out| w.share(long, admitted, out));
    let endless = ShareRecord {
        extranonce2: [0; 70].into(),
        ..record
    };
    refused(d, Code::BadFrame, |w, out| w.share(endless, admitted, out));

    let assign = |worker, job| Assignment {
        worker,
        job,
        target: target(EASY),
    };
    refused(d, Code::UnknownWorker, |w, out| {
        w.assign(assign(9, job), out)
    });
    refused(d, Code::UnknownJob, |w, out| {
        w.assign(assign(0, job + 1), out)
    });
    refused(d, Code::BadOrder, |w, out| w.assign(assign(0, 0), out));

    d.share(0, job);
    d.seal();
    let verdict = verify(&d.bundle().0);
    assert!(verdict.valid, "{:?}", verdict.faults);
    assert_eq!(
        (verdict.shares_valid, verdict.upstreams, verdict.jobs),
        (3, 1, 2)
    );
}

#[test]
fn refuses_machines_and_sessions_that_no_verifier_reads() {
    let mut delivery = begun(terms());
    let d = &mut delivery;
    for (login, prefix) in [("a", 6), ("a", 7), ("ä", 2), (&"a".repeat(129)[..], 2)] {
        let worker = Worker {
            login: login.into(),
            extranonce_prefix: vec![0; prefix],
        };
        let code = if login.len() > 128 {
            Code::LimitExceeded
        } else {
            Code::BadFrame
        };
        refused(d, code, |w, out| w.worker(worker, out));
    }
    for (extranonce1, extranonce2_size, code) in [
        (4, 0, Code::BadFrame),
        (4, 33, Code::BadFrame),
        (33, 6, Code::LimitExceeded),
    ] {
        let upstream = Upstream {
            at: at(0),
            pool: 0,
            extranonce1: vec![0; extranonce1],
            extranonce2_size,
        };
        refused(d, code, |w, out| w.upstream(upstream, out));
    }
    let elsewhere = Upstream {
        at: at(0),
        pool: 2,
        extranonce1: Vec::new(),
        extranonce2_size: 6,
    };
    refused(d, Code::UnknownPool, |w, out| w.upstream(elsewhere, out));
    d.share(0, 0);
    assert!(verify(&d.bundle().0).valid);
}

#[test]
fn refuses_jobs_that_no_verifier_reads() {
    let mut delivery = begun(terms());
    let d = &mut delivery;
    d.job(0xa2);
    let good = Job {
        version: 1,
        prev_hash: [0xa2; 32],
        coinbase1: vec![0; 16_384],
        coinbase2: vec![0; 16_384],
        branch: vec![[0; 32]; 32],
        nbits: 0x207f_ffff,
        ntime: 0,
    };
    let big = |job: Job| JobRecord {
        at: at(0),
        job,
        version_mask: 0,
        pool_target: Target::MAX,
    };
    let half = vec![0; 16_385];
    let first = Job {
        coinbase1: half.clone(),
        ..good.clone()
    };
    refused(d, Code::LimitExceeded, |w, out| w.job(big(first), out));
    let second = Job {
        coinbase2: half,
        ..good.clone()
    };
    refused(d, Code::LimitExceeded, |w, out| w.job(big(second), out));
    let high = Job {
        branch: vec![[0; 32]; 33],
        ..good.clone()
    };
    refused(d, Code::LimitExceeded, |w, out| w.job(big(high), out));
    let returned = Job {
        prev_hash: [0xa1; 32],
        ..good.clone()
    };
    refused(d, Code::ReplacedBlock, |w, out| w.job(big(returned), out));
    assert_eq!(d.custom_job(good), Ok(2));
    assert!(verify(&d.bundle().0).valid);

    let mut empty = Delivery::new(terms());
    let job = big(Job {
        prev_hash: [1; 32],
        ..bare_job()
    });
    refused(&mut empty, Code::BadOrder, |w, out| w.job(job, out));
    let worker = Worker {
        login: "a".into(),
        extranonce_prefix: Vec::new(),
    };
    refused(&mut empty, Code::BadOrder, |w, out| w.worker(worker, out));
}

#[test]
fn refuses_terms_that_no_verifier_reads() {
    for (wrong, code) in [
        (
            Terms {
                fee_bps: 10_001,
                ..terms()
            },
            Code::BadFrame,
        ),
        (
            Terms {
                pool: "pöol:3333".into(),
                ..terms()
            },
            Code::BadFrame,
        ),
        (
            Terms {
                pool: "p".repeat(261),
                ..terms()
            },
            Code::LimitExceeded,
        ),
        (
            Terms {
                pool_user: "u".repeat(129),
                ..terms()
            },
            Code::LimitExceeded,
        ),
        (
            Terms {
                backups: vec![terms().backups[0].clone(); 4],
                ..terms()
            },
            Code::LimitExceeded,
        ),
        (
            Terms {
                backups: vec![terms().backups[0].clone(); 256],
                ..terms()
            },
            Code::LimitExceeded,
        ),
        (
            Terms {
                term_days: 3_651,
                ..terms()
            },
            Code::BadFrame,
        ),
        (
            // Spot, with a bond.
            Terms {
                term_days: 0,
                ..terms()
            },
            Code::BadFrame,
        ),
    ] {
        let mut out = Vec::new();
        assert_eq!(Writer::new(wrong, &mut out).err(), Some(code));
        assert!(out.is_empty());
    }
}

#[test]
fn refuses_pay_beyond_the_budget() {
    let mut delivery = begun(Terms {
        budget: Sats::new(25),
        ..terms()
    });
    delivery.share(0, 0);
    let (record, admitted) = delivery.mine(0, 0);
    refused(&mut delivery, Code::OverBudget, |w, out| {
        w.share(record, admitted, out)
    });
    assert_eq!(delivery.writer.state().owed(), Sats::new(13));
    assert!(verify(&delivery.bundle().0).valid);
}

#[test]
fn a_clock_that_goes_back_is_held() {
    let mut delivery = begun(terms());
    delivery.now = 10_000;
    delivery.share(0, 0);
    delivery.now = 4_000;
    delivery.share(0, 0);
    delivery.job(0xa2);
    let epoch = delivery.seal();
    assert_eq!(epoch.end, at(10_250));
    let verdict = verify(&delivery.bundle().0);
    assert!(verdict.valid, "{:?}", verdict.faults);
    assert_eq!(verdict.duration_ms, 10_250);
}

#[test]
fn a_new_block_makes_room_for_jobs() {
    let mut delivery = begun(terms());
    let job = Job {
        prev_hash: [0xa1; 32],
        nbits: 0x207f_ffff,
        ..bare_job()
    };
    for number in 1..16_384 {
        assert_eq!(delivery.custom_job(job.clone()), Ok(number));
    }
    let record = JobRecord {
        at: at(0),
        job: job.clone(),
        version_mask: 0,
        pool_target: Target::MAX,
    };
    refused(&mut delivery, Code::LimitExceeded, |w, out| {
        w.job(record, out)
    });
    let next = Job {
        prev_hash: [0xa2; 32],
        ..job
    };
    assert_eq!(delivery.custom_job(next), Ok(16_384));
}

/// 64 MiB of coinbases and branches under one block: the writer refuses more, a verifier names it.
#[test]
fn the_jobs_of_a_block_are_bounded_in_bytes() {
    let large = |block: u8| JobRecord {
        at: at(0),
        job: Job {
            prev_hash: [block; 32],
            coinbase1: vec![0; 16_384],
            coinbase2: vec![0; 16_384],
            branch: vec![[0; 32]; 32],
            ..bare_job()
        },
        version_mask: 0,
        pool_target: Target::MAX,
    };
    let mut delivery = Delivery::new(terms());
    let d = &mut delivery;
    d.upstream(6);
    d.writer.job(large(0xa1), &mut d.bytes).unwrap();
    // The first one states the pool's target.
    let before = d.bytes.len();
    d.writer.job(large(0xa1), &mut d.bytes).unwrap();
    let frame = d.bytes[before..].to_vec();
    let fit = (1 << 26) / (16_384 * 2 + 32 * 32);
    for _ in 2..fit {
        d.writer.job(large(0xa1), &mut d.bytes).unwrap();
    }
    refused(d, Code::LimitExceeded, |w, out| w.job(large(0xa1), out));
    let mut bytes = d.bytes.clone();
    bytes.extend(frame);
    assert_eq!(verify(&bytes).faults[0].code, Code::LimitExceeded);
    // The next block has room of its own.
    d.writer.job(large(0xa2), &mut d.bytes).unwrap();
    assert!(verify(&d.bundle().0).valid);
}
