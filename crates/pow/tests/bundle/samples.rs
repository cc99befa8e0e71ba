//! What a sample says holds as often as it says.

use crate::fixture::{Delivery, terms};
use pow::bundle::{Admitted, Code, Terms, Verdict, Verifier};
use std::num::NonZeroU32;
use units::{Price, Sats};

/// Expected hashes of a share: 2, 64 and 128 as powers of two of difficulty; and one that every hash meets, but for one in 65,537.
const LIGHT: i8 = -31;
const HEAVY: i8 = -26;
const HEAVIER: i8 = -25;
const ANY: i8 = -32;

fn delivery() -> Delivery {
    let mut delivery = Delivery::new(Terms {
        price: Price::new(1),
        budget: Sats::MAX,
        ..terms()
    });
    delivery.upstream(6);
    delivery
}

/// Writes a share that misses its target, as whoever writes the bundle can.
fn make_up(d: &mut Delivery, worker: u32, job: u32, number: u32) -> u128 {
    let mut record = d.attempt(worker, job);
    // Far from what `mine` counts through.
    record.share.nonce = number | 1 << 31;
    record.share.version_bits = 0;
    while d.writer.state().check(&record).is_ok() {
        record.share.nonce += 1 << 20;
    }
    assert_eq!(d.writer.state().check(&record), Err(Code::LowDifficulty));
    let (_, honest) = d.mine(worker, job);
    let mut hash = [0xfa; 32];
    hash[..4].copy_from_slice(&number.to_le_bytes());
    d.record(record, Admitted { hash, ..honest }).unwrap();
    honest.work.get()
}

fn sampled(bytes: &[u8], one_in: u32, seed: u64) -> Verdict {
    let mut verifier = Verifier::sampling(NonZeroU32::new(one_in).unwrap(), seed);
    verifier.push(bytes);
    verifier.finish()
}

/// Shares that every sample has are three in a hundred, as many as chance takes of the others: good ones, which say nothing
/// of those left out.
#[test]
fn shares_that_every_sample_has_do_not_speak_for_the_others() {
    let mut delivery = delivery();
    let d = &mut delivery;
    let job = d.job(0xa1);
    let (light, heavy) = (d.worker("demo-host.a", 1), d.worker("demo-host.b", 2));
    d.assign(light, job, LIGHT);
    d.assign(heavy, job, HEAVY);
    let (shares, mut bad, mut bad_work) = (6_000u32, 0u64, 0);
    for number in 0..shares {
        d.now += 10;
        if number % 33 == 20 {
            d.share(heavy, job);
        } else if number % 40 == 7 {
            bad_work += make_up(d, light, job, number);
            bad += 1;
        } else {
            d.share(light, job);
        }
    }
    let work = d.writer.state().sum().work.get();
    let (bytes, _) = d.bundle();
    let (bad_ppm, work_ppm) = (
        bad * 1_000_000 / u64::from(shares),
        bad_work * 1_000_000 / work,
    );
    let (mut wrong, mut valid) = (0, 0);
    for seed in 0..100 {
        let verdict = sampled(&bytes, 100, seed);
        let sample = verdict.sample.unwrap();
        assert!((150..200).contains(&sample.heavy), "{sample:?}");
        valid += u32::from(verdict.valid);
        let shares = u64::from(sample.bad_at_most_ppm) < bad_ppm;
        let work = u128::from(sample.bad_work_at_most_ppm) < work_ppm;
        wrong += u32::from(shares || (work && verdict.valid));
    }
    // Five in a hundred are expected to be wrong at most, and by chance a few more.
    assert!(wrong <= 12, "{wrong} of 100");
    assert!((5..60).contains(&valid), "{valid}");
}

/// A hard target that was assigned once and never used does not make light of what comes after it.
#[test]
fn a_target_of_long_ago_hides_no_heavy_share() {
    let mut delivery = delivery();
    let d = &mut delivery;
    let first = d.job(0xa1);
    let (many, few) = (d.worker("demo-host.a", 1), d.worker("demo-host.b", 2));
    d.assign(many, first, HEAVY);
    let job = d.job(0xa1);
    d.assign(many, job, ANY);
    d.assign(few, job, HEAVIER);
    let mut made_up = 0;
    for number in 0..2_000 {
        d.now += 10;
        if number % 100 != 50 {
            d.share(many, job);
        } else if number % 1_000 == 550 {
            made_up += make_up(d, few, job, number);
        } else {
            d.share(few, job);
        }
    }
    assert!(made_up > 200);
    let (bytes, _) = d.bundle();
    for seed in 0..20 {
        let verdict = sampled(&bytes, 200, seed);
        let codes: Vec<Code> = verdict.faults.iter().map(|fault| fault.code).collect();
        assert_eq!(codes.first(), Some(&Code::LowDifficulty), "seed {seed}");
    }
}
