//! What the writer of a bundle cannot do to the tests on all its shares.

use crate::fixture::{Delivery, EASY, Span, terms, verify};
use pow::{
    bundle::Terms,
    statistics::{DispersionFinding, Outcome},
};
use units::{Price, Sats};

/// Beyond the warm-up one share each 125 ms, as a program makes them, for two minutes: fifteen blocks of eight windows of a
/// second. Before each share `between` may write what it likes.
fn made_up(between: impl Fn(&mut Delivery, u64, &mut u32)) -> DispersionFinding {
    let mut delivery = Delivery::new(Terms {
        budget: Sats::new(u64::MAX),
        price: Price::new(1_000),
        ..terms()
    });
    delivery.upstream(6);
    let job = delivery.job(0xa1);
    let mut worker = delivery.worker("demo-host.rig1", 1);
    delivery.assign(worker, job, EASY - 2);
    delivery.now = 600_000;
    for share in 0..960 {
        between(&mut delivery, share, &mut worker);
        let job = delivery.writer.state().counts().1 - 1;
        delivery.share(worker, job);
        delivery.now -= 125;
    }
    delivery.seal();
    let (bytes, _): (Vec<u8>, Vec<Span>) = delivery.bundle();
    let verdict = verify(&bytes);
    assert!(verdict.valid, "{:?}", verdict.faults);
    verdict.statistics.unwrap().dispersion
}

#[test]
fn made_up_arrivals_are_suspicious() {
    let finding = made_up(|_, _, _| {});
    assert_eq!(finding.outcome, Outcome::Suspicious, "{finding:?}");
    // The machine's first share came in the first.
    assert_eq!((finding.blocks, finding.blocks_left_out), (14, 1));
}

#[test]
fn idle_machines_and_empty_sessions_leave_nothing_out() {
    let idle = made_up(|delivery, share, _| {
        if share % 20 == 0 {
            let job = delivery.writer.state().counts().1 - 1;
            let idle = delivery.worker("demo-host.idle", 100 + share as u16);
            delivery.assign(idle, job, EASY);
        }
    });
    assert_eq!(idle, made_up(|_, _, _| {}));
    let empty = made_up(|delivery, share, _| {
        if share % 20 == 0 {
            delivery.upstream(6);
        }
    });
    assert_eq!(empty, idle);
}

#[test]
fn a_machine_that_comes_and_one_with_another_target_leave_a_block_out() {
    let came = made_up(|delivery, share, worker| {
        if share == 300 {
            *worker = delivery.worker("demo-host.rig2", 2);
            let job = delivery.writer.state().counts().1 - 1;
            delivery.assign(*worker, job, EASY - 2);
        }
    });
    assert_eq!((came.blocks, came.blocks_left_out), (13, 2));
    // The same machine on another block: its own target again, then another one.
    let retargeted = |exponent| {
        made_up(move |delivery, share, worker| {
            if share == 300 {
                let job = delivery.job(0xa2);
                delivery.assign(*worker, job, exponent);
            }
        })
    };
    assert_eq!(retargeted(EASY - 2).blocks_left_out, 1);
    assert_eq!(retargeted(EASY - 1).blocks_left_out, 2);
    assert_eq!(retargeted(EASY - 1).outcome, Outcome::Suspicious);
}

#[test]
fn a_new_session_leaves_out_the_end_of_the_one_before_and_its_own_beginning() {
    let anew = made_up(|delivery, share, worker| {
        if share == 300 {
            delivery.upstream(6);
            let job = delivery.job(0xa2);
            *worker = delivery.worker("demo-host.rig1", 2);
            delivery.assign(*worker, job, EASY - 2);
            // Past the block's end.
            delivery.now += 2_500;
        }
    });
    assert_eq!(anew.blocks_left_out, 3, "{anew:?}");
}

#[test]
fn more_than_a_third_left_out_is_not_judged() {
    let finding = made_up(|delivery, share, worker| {
        if share % 120 == 60 {
            let prefix = 100 + share as u16;
            *worker = delivery.worker("demo-host.rig1", prefix);
            let job = delivery.writer.state().counts().1 - 1;
            delivery.assign(*worker, job, EASY - 2);
        }
    });
    assert_eq!(finding.outcome, Outcome::NotJudged, "{finding:?}");
}
