//! A log survives being cut in mid-write.

use crate::{
    SMALL,
    fixture::{Delivery, EASY, kind, small_delivery, verify},
};
use pow::bundle::{Verifier, Writer};

#[test]
fn a_log_cut_anywhere_goes_on_without_losing_a_whole_share() {
    let small = small_delivery();
    let terms_end = small.spans[0].1.end;
    for cut in 0..=small.bytes.len() {
        let mut verifier = Verifier::new();
        verifier.push(&small.bytes[..cut]);
        let whole = usize::try_from(verifier.whole_bytes()).unwrap();
        assert!(whole <= cut);
        let ends = small.spans.iter().map(|(_, span)| span.end);
        let Ok(writer) = verifier.into_writer() else {
            assert!(cut < terms_end, "not resumed at {cut}");
            continue;
        };
        assert_eq!(Some(whole), ends.filter(|end| *end <= cut).max(), "{cut}");

        let before = &small.bytes[..whole];
        let kept = small
            .spans
            .iter()
            .filter(|(kind, span)| *kind == kind::SHARE && span.end <= cut);
        let shares = kept.count() as u64;
        let mut resumed = goes_on(writer, before.to_vec());
        assert!(resumed.bytes.starts_with(before));
        resumed.now = 400_000;
        let verdict = verify(&resumed.bundle().0);
        assert!(verdict.valid, "{cut}: {:?}", verdict.faults);
        assert_eq!(verdict.shares_valid, shares + 2, "{cut}");
    }
}

/// A new session, job, worker and share, a sealed epoch, and a share after it.
fn goes_on(writer: Writer, bytes: Vec<u8>) -> Delivery {
    let mut delivery = Delivery::resumed(writer, bytes);
    delivery.now = 200_000;
    delivery.upstream(6);
    let job = delivery.job(0xb7);
    let worker = delivery.worker("demo-host.rig1", 9);
    delivery.assign(worker, job, EASY);
    delivery.share(worker, job);
    delivery.now = 240_000;
    delivery.seal();
    delivery.share(worker, job);
    delivery
}

/// Resuming changes nothing: the same shares give the same bytes as without a break.
#[test]
fn a_resumed_log_equals_an_unbroken_one() {
    let mut unbroken = small_delivery();
    let mut verifier = Verifier::new();
    verifier.push(&unbroken.bytes);
    let mut resumed = unbroken.clone();
    resumed.writer = verifier.into_writer().ok().unwrap();
    for delivery in [&mut unbroken, &mut resumed] {
        delivery.share(3, 3);
        delivery.seal();
    }
    assert_eq!(unbroken.bundle(), resumed.bundle());
}

#[test]
fn a_damaged_or_ended_log_is_not_resumed() {
    let (bytes, spans) = &*SMALL;
    let mut damaged = bytes[..spans.last().unwrap().1.start].to_vec();
    let share = spans.iter().find(|(kind, _)| *kind == kind::SHARE).unwrap();
    damaged[share.1.start + 2] ^= 1;
    for log in [&damaged, bytes] {
        let mut verifier = Verifier::new();
        verifier.push(log);
        assert!(verifier.into_writer().is_err());
    }
}
