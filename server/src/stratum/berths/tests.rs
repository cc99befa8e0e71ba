use super::*;
use pow::Job;
use stratum::{ExtranonceSpace, NotifyTemplate, UpstreamJob};
use units::{Difficulty, Target, Timestamp};

fn berths() -> Berths {
    Berths::new(Arc::default())
}

fn job(ntime: u32, block: u8) -> Job {
    Job {
        version: 1,
        prev_hash: [block; 32],
        coinbase1: vec![2; 50],
        coinbase2: vec![3; 60],
        branch: vec![[4; 32]],
        nbits: 0x207f_ffff,
        ntime,
    }
}

fn live(connection: u64, extranonce1: [u8; 4]) -> Arc<LiveJob> {
    let space = ExtranonceSpace::for_one_machine(&extranonce1, 4).unwrap();
    let job = job(1, 1);
    Arc::new(LiveJob {
        number: 0,
        pool: 0,
        connection,
        upstream: 0,
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

/// A session with this end that has given a job.
pub(in crate::stratum) fn open(berths: &Berths, connection: u64, end: [u8; 2]) {
    assert!(berths.hold(connection, end));
    berths.give(end, live(connection, [9, 9, end[0], end[1]]));
}

#[test]
fn a_berth_is_for_one_machine_at_a_time() {
    let berths = berths();
    assert!(berths.hold(1, [7, 7]));
    assert!(berths.claim([0, 0]).is_none(), "it has no job yet");
    open(&berths, 1, [7, 7]);
    assert!(!berths.hold(2, [7, 7]), "another session's");
    let taken = berths.claim([0, 0]).unwrap();
    assert_eq!(taken.bytes(), [7, 7]);
    assert!(berths.claim([0, 1]).is_none());
    assert_eq!(berths.job_for([7, 7]).unwrap().connection, 1);
    assert!(berths.job_for([0, 1]).is_none());
    // The machine works elsewhere, and may come back.
    berths.leave([7, 7]);
    assert!(berths.claim([0, 1]).is_none());
    drop(taken);
    assert!(berths.claim([0, 1]).is_none(), "that work was done");
    open(&berths, 1, [7, 7]);
    assert!(berths.claim([0, 1]).is_some());
}

#[test]
fn the_prefix_of_a_live_connection_is_nobody_elses() {
    let berths = berths();
    let machine = berths.prefixes.take().unwrap();
    open(&berths, 1, machine.bytes());
    assert!(berths.claim([5, 5]).is_none());
    drop(machine);
    let taken = berths.claim([5, 5]).unwrap();
    // Another contract's session with the same end.
    let other = Berths::new(Arc::clone(&berths.prefixes));
    open(&other, 1, taken.bytes());
    assert!(other.claim([6, 6]).is_none());
}

#[test]
fn sessions_are_wanted_for_machines_that_wait() {
    let berths = berths();
    open(&berths, 1, [7, 7]);
    assert!(!berths.are_too_few(1));
    let first = berths.claim([0, 0]);
    assert!(!berths.are_too_few(1), "nobody waits");
    assert!(berths.claim([0, 1]).is_none());
    assert!(berths.are_too_few(1));
    assert!(!berths.are_too_few(2), "one more has no job yet");
    berths.leave([0, 1]);
    assert!(!berths.are_too_few(1));
    assert!(berths.claim([0, 1]).is_none());
    berths.close(1);
    assert!(berths.are_too_few(0));
    drop(first);
    berths.close_all();
    assert!(!berths.are_too_few(0));
    assert!(berths.prefixes.share([7, 7]).bytes() == [7, 7]);
}

#[test]
fn a_session_with_another_extranonce1_is_another_berth() {
    let berths = berths();
    open(&berths, 1, [7, 7]);
    open(&berths, 1, [7, 8]);
    assert!(berths.job_for([7, 7]).is_none());
    assert!(berths.job_for([7, 8]).is_some());
    open(&berths, 2, [7, 7]);
}

#[test]
fn a_job_of_all_sessions_is_known() {
    let berths = berths();
    let record = |ntime, block| JobRecord {
        at: Timestamp::from_unix_ms(1),
        job: job(ntime, block),
        version_mask: 0,
        pool_target: Target::MAX,
    };
    assert_eq!(berths.known(&record(1, 1), None), None);
    berths.introduced(3, 8);
    assert_eq!(berths.session(), Some((3, 8)));
    berths.recorded(10, record(1, 1));
    berths.recorded(11, record(2, 1));
    let later = JobRecord {
        at: Timestamp::from_unix_ms(9),
        ..record(1, 1)
    };
    assert_eq!(berths.known(&later, None), Some(10));
    assert_eq!(berths.known(&later, Some(10)), Some(10));
    assert_eq!(berths.known(&later, Some(11)), None, "it would go back");
    let masked = JobRecord {
        version_mask: 0x2000,
        ..record(1, 1)
    };
    assert_eq!(berths.known(&masked, None), None);
    // The block is replaced.
    berths.recorded(12, record(3, 2));
    assert_eq!(berths.known(&record(1, 1), None), None);
    for number in 13..500 {
        berths.recorded(number, record(number, 2));
    }
    assert_eq!(berths.known(&record(3, 2), None), None);
    assert_eq!(berths.known(&record(499, 2), None), Some(499));
}

#[test]
fn a_machine_that_delivers_nothing_makes_room_where_others_wait() {
    let berths = berths();
    let machines = [1, 2, 3_u8].map(|number| {
        open(&berths, number.into(), [7, number]);
        let taken = berths.claim([0, number]).unwrap();
        assert!(berths.job_for(taken.bytes()).is_some());
        taken
    });
    let later = Instant::now() + UNWORKED;
    assert!(berths.give_up(usize::MAX, later).is_empty(), "nobody waits");
    assert!(berths.claim([0, 4]).is_none());
    let soon = later - Duration::from_secs(60);
    assert!(
        berths.give_up(usize::MAX, soon).is_empty(),
        "all have some time"
    );
    std::thread::sleep(Duration::from_millis(1));
    berths.counted([7, 1]);
    assert_eq!(
        berths.give_up(usize::MAX, later),
        [2],
        "as many as wait, and not one that works"
    );
    berths.close(2);
    // It would like another one, and comes after the other.
    open(&berths, 4, [8, 8]);
    assert!(berths.claim([7, 2]).is_none());
    let theirs = berths.claim([0, 4]).unwrap();
    assert!(berths.job_for(theirs.bytes()).is_some());
    open(&berths, 5, [8, 9]);
    assert!(berths.claim([7, 2]).is_some(), "nobody else waits");
    drop(machines);
}
