//! What a bundle may hold, and what of it is held.

use crate::fixture::{Delivery, terms, verify};
use pow::bundle::{Code, Terms, Verifier, Worker};
use units::{Price, Sats};

const EPOCHS: u32 = 10_000;
const LISTED: usize = 4_464;

#[test]
fn epochs_are_counted_and_the_last_ones_held() {
    let mut delivery = Delivery::new(terms());
    (0..EPOCHS).for_each(|_| _ = delivery.seal());
    let (bytes, _) = delivery.bundle();
    let mut verifier = Verifier::new();
    for piece in bytes.chunks(1 << 14) {
        verifier.push(piece);
        assert!(verifier.epochs().len() <= 2 * LISTED);
    }
    let verdict = verifier.finish();
    assert!(verdict.valid, "{:?}", verdict.faults);
    assert_eq!(
        (verdict.epochs_total, verdict.epochs.len()),
        (EPOCHS, LISTED)
    );
    assert_eq!(verdict.epochs[0].index, EPOCHS - LISTED as u32);
    assert_eq!(verdict.epochs[LISTED - 1].hash, verdict.head);
    // Who goes on with a log settles every one.
    let mut verifier = Verifier::of_log();
    verifier.push(&delivery.bytes);
    assert_eq!(verifier.epochs().len(), EPOCHS as usize);
    assert_eq!(verifier.finish().epochs, verdict.epochs);
}

#[test]
fn machines_are_bounded() {
    let mut delivery = Delivery::new(terms());
    delivery.upstream(4);
    let worker = Worker {
        login: "a".into(),
        extranonce_prefix: Vec::new(),
    };
    for _ in 0..1 << 18 {
        let written = delivery.writer.worker(worker.clone(), &mut delivery.bytes);
        assert!(written.is_ok());
    }
    let refused = delivery.writer.worker(worker, &mut delivery.bytes);
    assert_eq!(refused, Err(Code::LimitExceeded));
    assert!(verify(&delivery.bundle().0).valid);
}

#[test]
fn shares_far_from_their_jobs_time_are_a_doubt_and_no_fault() {
    let shares = |late: u64, of: u64| {
        let mut delivery = Delivery::new(Terms {
            price: Price::new(1),
            budget: Sats::MAX,
            ..terms()
        });
        let d = &mut delivery;
        d.upstream(6);
        let job = d.job(0xa1);
        let worker = d.worker("demo-host.a", 1);
        d.assign(worker, job, -32);
        // The second that the ntime leaves out is the clock's.
        d.now = 7_200_000 - 250 * (of - late);
        (0..of).for_each(|_| d.share(worker, job));
        let verdict = verify(&d.bundle().0);
        assert!(verdict.valid, "{:?}", verdict.faults);
        verdict.chain.doubts
    };
    // One in a hundred is what a pool that is silent for two hours leaves behind.
    assert_eq!(shares(0, 200), []);
    assert_eq!(shares(2, 200), []);
    let doubts = shares(3, 200);
    assert_eq!((doubts.len(), doubts[0].count), (1, 3));
    let json = serde_json::to_value(&doubts[0]).unwrap();
    assert_eq!(json["code"], "share_times");
    assert!(doubts[0].message.contains("up to 7200 s"), "{doubts:?}");
}
