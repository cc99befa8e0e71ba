use super::*;
use crate::{
    sharelog::{Limits, Recorder},
    stratum::{records, upstream::tests::delivery},
};
use pow::{
    Job,
    bundle::{Assignment, Worker},
};
use std::time::Duration;
use stratum::PREFIX_SIZE;
use units::Target;

/// The latest job of a session that the log knows.
fn job(delivery: &Delivery) -> Arc<LiveJob> {
    let space = ExtranonceSpace::new(&[9], 8).unwrap();
    let job = Job {
        version: 0x2000_0000,
        prev_hash: [1; 32],
        coinbase1: vec![2; 50],
        coinbase2: vec![3; 60],
        branch: Vec::new(),
        nbits: 0x207f_ffff,
        ntime: 1,
    };
    let session = pow::bundle::Upstream {
        at: clock::now(),
        pool: 0,
        extranonce1: vec![9],
        extranonce2_size: 8,
    };
    let record = pow::bundle::JobRecord {
        at: clock::now(),
        job: job.clone(),
        version_mask: 0,
        pool_target: Target::MAX,
    };
    let recorded = delivery.log.append(|log, out| {
        let upstream = log.upstream(session, out)?;
        Ok((upstream, log.job(record, out)?))
    });
    let ((upstream, number), _) = recorded.unwrap();
    Arc::new(LiveJob {
        number,
        pool: 0,
        connection: 0,
        upstream,
        template: NotifyTemplate::in_space(&job, &space),
        space,
        version_mask: 0,
        from_pool: UpstreamJob {
            id: "a".into(),
            job,
            clean: true,
            target: Target::MAX,
        },
        cap: Difficulty::MIN,
    })
}

fn introduce(delivery: &Delivery, extranonce_prefix: Vec<u8>, job: u32) -> u32 {
    let machine = Worker {
        login: "host.rig".into(),
        extranonce_prefix,
    };
    let introduced = delivery.log.append(|log, out| {
        let worker = log.worker(machine, out)?;
        let target = Target::MAX;
        log.assign(
            Assignment {
                worker,
                job,
                target,
            },
            out,
        )?;
        Ok(worker)
    });
    introduced.unwrap().0
}

/// A share of the job, of which every hash is one.
fn share(delivery: &Arc<Delivery>, job: &Arc<LiveJob>, nonce: u32) -> Submitted {
    let prefix = [0; PREFIX_SIZE];
    let fixed = job.space.fixed_extranonce2(prefix);
    let worker = match delivery.log.read(|state| state.counts().2) {
        0 => introduce(delivery, fixed.clone(), job.number),
        known => known - 1,
    };
    let found = pow::Share {
        ntime: 1,
        nonce,
        version_bits: 0,
    };
    Submitted {
        sent: Arc::new(SentJob {
            delivery: Arc::clone(delivery),
            job: Arc::clone(job),
            place: 0,
            extranonce1: [job.space.extranonce1(), &fixed].concat().into(),
            mask: 0,
        }),
        login: "host.rig".into(),
        address: [127, 0, 0, 1].into(),
        record: ShareRecord {
            at: clock::now(),
            worker,
            job: job.number,
            extranonce2: [0, 0, 0, 1].into(),
            share: found,
        },
    }
}

#[tokio::test]
async fn once_closed_nothing_counts_no_job_comes_and_the_crew_is_told() {
    let (delivery, _shares, _folder) = delivery(1);
    let delivery = Arc::new(delivery);
    let job = job(&delivery);
    delivery.about.crews.open(&delivery);
    delivery.publish(Some(Arc::clone(&job)));
    let (first, late) = (share(&delivery, &job, 1), share(&delivery, &job, 2));
    let counted = |share| {
        let (outcomes, _) = delivery.submit(&[share]);
        outcomes[0].map(|_| ())
    };
    assert_eq!(counted(first), Ok(()));
    let owners = Arc::strong_count(&delivery);
    delivery.close();
    assert_eq!(Arc::strong_count(&delivery), owners - 1, "the crew's");
    assert_eq!(counted(late), Err(Reject::JobNotFound));
    assert_eq!(delivery.log.totals().shares, 1);
    delivery.publish(Some(job));
    assert!(
        !delivery.pool_connected(),
        "a session that was not told yet"
    );
}

#[tokio::test]
async fn answers_are_owed_until_their_shares_are_gone() {
    let (delivery, mut shares, _folder) = delivery(1);
    let delivery = Arc::new(delivery);
    let job = job(&delivery);
    delivery.answered().await;
    for nonce in [1, 2] {
        let (outcomes, _) = delivery.submit(&[share(&delivery, &job, nonce)]);
        assert!(outcomes[0].is_ok());
    }
    let first = shares.recv().await.unwrap();
    let second = shares.recv().await.unwrap();
    let answered = || futures::FutureExt::now_or_never(delivery.answered());
    assert!(answered().is_none());
    drop(first);
    assert!(answered().is_none());
    drop(second);
    assert!(answered().is_some());
}

#[tokio::test]
async fn a_stranger_under_an_honest_login_has_the_reserve_alone() {
    let (mut delivery, _shares, _folder) = delivery(1);
    let limits = RecordLimits {
        reserve: 2,
        refill: std::time::Duration::from_secs(1 << 30),
        ..RecordLimits::default()
    };
    delivery.records = Records::new(limits, Instant::now());
    let job = job(&delivery);
    let enter = |address: u8, machine: u8| {
        let place = records::Place {
            login: "host.rig",
            address: [192, 0, 2, address].into(),
            prefix: &job.space.fixed_extranonce2([machine; PREFIX_SIZE]),
            target: Target::MAX,
        };
        delivery.enter(&place, &job).map_err(|why| why.to_string())
    };
    let (honest, stranger) = (1, 2);
    assert_eq!(enter(honest, 0), Ok(0), "from the reserve");
    let eight = (0..8).try_fold(WorkSum::default(), |sum, _| {
        sum.checked_add(units::Work::new(1))
    });
    let address = [192, 0, 2, honest].into();
    let now = clock::now();
    delivery
        .stats()
        .accepted("host.rig", address, now, eight.unwrap());
    assert_eq!(enter(stranger, 1), Ok(1), "the rest of the reserve");
    let later = Unplaced::Later.to_string();
    assert_eq!(enter(stranger, 2), Err(later.clone()));
    assert_eq!(enter(honest, 3), Ok(2));
    assert_eq!(enter(honest, 4), Ok(3));
    assert_eq!(enter(honest, 5), Err(later), "eight shares earn two");
}

#[tokio::test]
async fn a_bundle_that_is_full_at_the_start_ends_its_contract() {
    let (mut delivery, _shares, _folder) = delivery(1);
    let limits = RecordLimits {
        all: 1,
        ..RecordLimits::default()
    };
    delivery.records = Records::new(limits, Instant::now());
    let job = job(&delivery);
    delivery.look_whether_full();
    assert!(!delivery.is_full());
    let prefix = job.space.fixed_extranonce2([0; PREFIX_SIZE]);
    introduce(&delivery, prefix, job.number);
    delivery.look_whether_full();
    assert!(delivery.is_full());
    assert_eq!(delivery.used_up().await, CloseReason::ProofFull);
}

#[tokio::test]
async fn a_job_ends_the_time_that_is_not_the_hosts_and_a_log_without_room_begins_it() {
    let (delivery, _shares, folder) = delivery(1);
    let delivery = Arc::new(delivery);
    let began = Instant::now();
    let hours = |hours: u64| {
        let then = began + Duration::from_secs(3_600 * hours);
        delivery.excused().total_at(then).get() / 3_600_000
    };
    assert_eq!(hours(1), 1);
    let job = job(&delivery);
    delivery.publish(Some(Arc::clone(&job)));
    assert_eq!(hours(2), 1);
    delivery.publish(None);
    assert_eq!(hours(3), 2);
    delivery.publish(Some(Arc::clone(&job)));
    delivery.close();
    delivery.publish(None);
    assert_eq!(hours(9), 2, "it is over");

    let (mut full, _shares, _folder) = self::delivery(1);
    let limits = Limits {
        shares_max: None,
        reserve: u64::MAX,
    };
    let path = folder.path().join("full");
    std::fs::create_dir(&path).unwrap();
    let recorder = Recorder::with_limits(&path, limits, Arc::default()).unwrap();
    let opened = ShareLog::open(&path.join("shares"), &terms(&full.contract), &recorder).unwrap();
    full.log = opened.log;
    full.publish(Some(Arc::clone(&job)));
    let hours = |hours: u64| {
        let then = began + Duration::from_secs(3_600 * hours);
        full.excused().total_at(then).get() / 3_600_000
    };
    assert_eq!(hours(1), 0);
    let (outcomes, _) = full.submit(&[share(&delivery, &job, 1)]);
    assert_eq!(outcomes[0].err(), Some(Reject::ShareLogUnavailable));
    assert_eq!(hours(2), 1);
}
