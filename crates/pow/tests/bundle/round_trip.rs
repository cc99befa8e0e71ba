//! What is written verifies, with exact sums, in pieces of any size.

use crate::{
    SMALL, begun,
    fixture::{Delivery, EASY, OPENED_MS, kind, terms, verify},
    wire::{epoch_frame, share_frame},
};
use pow::{
    bundle::{Terms, Verifier},
    settlement,
};
use proptest::prelude::*;
use units::{Price, Sats, Work};

#[test]
fn counts_work_money_epochs_and_workers_exactly() {
    let (bytes, spans) = &*SMALL;
    let verdict = verify(bytes);
    assert!(verdict.valid, "{:?}", verdict.faults);
    assert_eq!((verdict.faults_total, verdict.faults.len()), (0, 0));
    assert_eq!(verdict.bytes, bytes.len() as u64);
    let shares = spans
        .iter()
        .filter(|(kind, _)| *kind == kind::SHARE)
        .count();
    assert_eq!(
        (verdict.shares_valid, verdict.shares_invalid),
        (shares as u64, 0)
    );
    // 11 shares of 64 expected hashes, 2 of 128: those of the second worker's first target.
    assert_eq!(verdict.work_hashes.get(), 11 * 64 + 2 * 128);
    let owed = |work| settlement::owed(Work::new(work), terms().price).unwrap();
    assert_eq!(verdict.owed_sats, owed(960));
    assert_eq!(verdict.owed_sealed_sats, owed(832));
    assert_eq!(verdict.fee_sealed_sats, Sats::new(173 * 150 / 10_000));
    assert_eq!((verdict.upstreams, verdict.jobs), (2, 4));
    assert_eq!(verdict.duration_ms, 181_040);

    let epochs = verdict.epochs.iter().map(|epoch| {
        let work = epoch.work_total_hashes.get();
        (epoch.index, epoch.shares, work, epoch.end_ms - OPENED_MS)
    });
    let expected = [
        (0, 4, 320, 60_000),
        (1, 6, 768, 120_000),
        (2, 1, 832, 180_000),
    ];
    assert_eq!(epochs.collect::<Vec<_>>(), expected);
    for epoch in &verdict.epochs {
        assert_eq!(epoch.owed_total_sats, owed(epoch.work_total_hashes.get()));
    }
    assert_eq!(verdict.head, verdict.epochs[2].hash);
    // The machine that came back under another worker number is one line.
    let lines = verdict.workers.iter();
    let lines = lines.map(|line| (&line.login[..], line.shares, line.work_hashes.get()));
    let expected = [("demo-host.rig1", 9, 576), ("demo-host.rig2", 4, 384)];
    assert_eq!(lines.collect::<Vec<_>>(), expected);
}

#[test]
fn the_page_s_bytes_are_the_writer_s() {
    let mut delivery = begun(terms());
    let (record, admitted) = delivery.mine(0, 0);
    let before = delivery.bytes.len();
    delivery.record(record.clone(), admitted).unwrap();
    assert_eq!(delivery.bytes[before..], share_frame(&record, 0, 6));
    let before = delivery.bytes.len();
    let epoch = delivery.seal();
    assert_eq!(delivery.bytes[before..], epoch_frame(&epoch));
    let leaf = [
        &[0][..],
        &admitted.hash,
        &record.at.unix_ms().to_le_bytes(),
        &0u32.to_le_bytes(),
    ];
    assert_eq!(epoch.merkle_root, pow::sha256(&leaf.concat()));
    assert_eq!(epoch.records_hash, pow::sha256(&delivery.bytes[..before]));

    // The second epoch's bytes begin with the first one's record, and it names that record's payload.
    let first = before;
    delivery.share(0, 0);
    let before = delivery.bytes.len();
    let second = delivery.seal();
    assert_eq!(
        second.records_hash,
        pow::sha256(&delivery.bytes[first..before])
    );
    let payload = &epoch_frame(&epoch)[2..];
    assert_eq!(
        second.previous,
        pow::sha256(&[b"assay epoch 1\0", payload].concat())
    );
    assert_eq!(second.previous, epoch.hash());
}

#[test]
fn a_bundle_without_shares_is_valid() {
    let mut delivery = Delivery::new(terms());
    assert!(verify(&delivery.bundle().0).valid);
    delivery.now = 60_000;
    delivery.seal();
    let verdict = verify(&delivery.bundle().0);
    assert!(verdict.valid, "{:?}", verdict.faults);
    assert_eq!((verdict.shares_valid, verdict.epochs.len()), (0, 1));
}

/// Whatever a bundle names, a verdict is of bounded size; its sums leave nothing out.
#[test]
fn a_verdict_lists_so_many_logins_and_epochs() {
    let mut delivery = Delivery::new(Terms {
        budget: Sats::new(u64::MAX),
        price: Price::new(1_000),
        ..terms()
    });
    let d = &mut delivery;
    d.upstream(6);
    let job = d.job(0xa1);
    for number in 0..210 {
        let worker = d.worker(&format!("demo-host.rig{number:03}"), number);
        // The first twenty are worth half as much.
        d.assign(worker, job, if number < 20 { EASY - 2 } else { EASY - 1 });
        d.share(worker, job);
    }
    for _ in 0..4_470 {
        d.seal();
    }
    let verdict = verify(&d.bundle().0);
    assert!(verdict.valid, "{:?}", verdict.faults);
    let logins: Vec<&str> = verdict.workers.iter().map(|w| &w.login[..]).collect();
    assert_eq!(logins.len(), 200);
    assert!(logins.is_sorted());
    // Of equal work the first by name are listed.
    assert_eq!(
        (logins[0], logins[10]),
        ("demo-host.rig000", "demo-host.rig020")
    );
    let left_out = verdict.workers_left_out;
    assert_eq!((left_out.logins, left_out.shares), (10, 10));
    let listed: u128 = verdict.workers.iter().map(|w| w.work_hashes.get()).sum();
    assert_eq!(
        listed + left_out.work_hashes.get(),
        verdict.work_hashes.get()
    );
    assert_eq!((verdict.epochs_total, verdict.epochs.len()), (4_470, 4_464));
    assert_eq!(verdict.epochs[0].index, 6);
    assert_eq!(verdict.epochs.last().unwrap().hash, verdict.head);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_of_any_size_give_the_same_verdict(
        mut cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        damaged in prop::option::of((any::<prop::sample::Index>(), 1u8..)),
        length in any::<prop::sample::Index>(),
        cut_short: bool,
    ) {
        let mut bytes = SMALL.0.clone();
        if let Some((index, mask)) = damaged {
            bytes[index.index(SMALL.0.len())] ^= mask;
        }
        if cut_short {
            bytes.truncate(length.index(SMALL.0.len()));
        }
        let mut verifier = Verifier::new();
        let mut rest = &bytes[..];
        for cut in &mut cuts {
            let (piece, later) = rest.split_at(cut.index(rest.len() + 1));
            verifier.push(piece);
            rest = later;
        }
        verifier.push(rest);
        let verdict = verifier.finish();
        prop_assert_eq!(verdict.valid, damaged.is_none() && !cut_short);
        prop_assert_eq!(verdict, verify(&bytes));
    }
}
