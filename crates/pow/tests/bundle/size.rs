//! How many bytes a share takes.

use crate::fixture::{Delivery, OPENED_MS, target, terms, verify};
use pow::{
    Job, Share,
    bundle::{PoolWord, ShareRecord, Terms},
};
use units::{Sats, Target};

/// 10,000 shares as the demo makes them: four workers, each a share a second; a job every 30 s with a coinbase of
/// 250 bytes and 8 branch levels on average; a block every 10 minutes; each machine another target, and so another
/// coinbase space, every 5 minutes; an epoch a minute. What meets the pool's target is answered when the next share has come;
/// the pool changes that target every 5 minutes, and refuses one share in 32.
fn demo(version_rolling: bool, pool_target: impl Fn(u32) -> Target) -> f64 {
    let mut delivery = Delivery::new(Terms {
        budget: Sats::MAX,
        ..terms()
    });
    let d = &mut delivery;
    d.upstream(6);
    let mut job = 0;
    let mut workers = Vec::new();
    for share in 0..10_000u32 {
        let ms = u64::from(share) * 250;
        d.now = ms + u64::from(share.wrapping_mul(2_654_435_761) >> 24);
        if ms.is_multiple_of(60_000) && share > 0 {
            d.seal();
        }
        if ms.is_multiple_of(30_000) {
            let number = (ms / 30_000) as u32;
            d.pool_target = pool_target(number / 10);
            let levels = 4 + number % 9;
            job = d
                .custom_job(Job {
                    version: 0x2000_0000,
                    prev_hash: [(number / 20) as u8; 32],
                    coinbase1: [&number.to_le_bytes()[..], &[7; 116]].concat(),
                    coinbase2: vec![9; 120],
                    branch: vec![[8; 32]; levels as usize],
                    nbits: 0x207f_ffff,
                    ntime: ((OPENED_MS + ms) / 1_000) as u32,
                })
                .unwrap();
        }
        if ms.is_multiple_of(300_000) {
            let variant = (ms / 300_000) as u16 * 4;
            workers = (0..4)
                .map(|n| d.worker(&format!("demo-host.rig{n}"), variant + n))
                .collect();
            workers
                .iter()
                .for_each(|worker| d.assign(*worker, job, -32));
        }
        let record = ShareRecord {
            extranonce2: share.to_le_bytes()[..].into(),
            share: Share {
                ntime: ((OPENED_MS + ms) / 1_000) as u32,
                nonce: share.wrapping_mul(2_246_822_519),
                version_bits: if version_rolling {
                    (share.wrapping_mul(3_266_489_917) >> 3) & 0x1fff_e000
                } else {
                    0
                },
            },
            ..d.attempt(workers[share as usize % 4], job)
        };
        // One hash in 65,537 misses even the easiest target.
        if let Ok(admitted) = d.writer.state().check(&record) {
            d.record(record, admitted).unwrap();
        }
        if d.due.len() > 1 {
            d.answer_next(match d.due[0] % 32 {
                0 => PoolWord::refused(Some(23), "Low difficulty share"),
                _ => PoolWord::Accepted,
            });
        }
    }
    let (bytes, _) = d.bundle();
    let verdict = verify(&bytes);
    assert!(verdict.valid, "{:?}", verdict.faults);
    assert!(verdict.shares_valid > 9_990);
    bytes.len() as f64 / verdict.shares_valid as f64
}

#[test]
#[expect(clippy::print_stdout, reason = "the figure")]
fn a_share_takes_at_most_24_bytes_with_all_that_goes_with_it() {
    // A pool sees the whole contract as one machine, and asks one share in eight or sixteen of four machines.
    let seldom = |number| target(-29 + (number % 2) as i8);
    // One that asks as little as the machines are asked gets, and answers, every share.
    let always = |_| Target::MAX;
    for (version_rolling, name) in [(false, "plain"), (true, "version_rolling")] {
        let bytes = demo(version_rolling, seldom);
        println!("figure: bundle_bytes_per_share_{name} {bytes:.2} bytes");
        assert!(
            bytes <= 24.0,
            "{bytes} with version rolling {version_rolling}"
        );
        let bytes = demo(version_rolling, always);
        println!("figure: bundle_bytes_per_share_{name}_all_answered {bytes:.2} bytes");
        assert!(
            bytes <= 28.0,
            "{bytes} with version rolling {version_rolling}"
        );
    }
}
