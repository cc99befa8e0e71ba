//! Bundles of contracts whose proof was full, with as many upstream sessions as decide about the bond; and of some whose host
//! bears what pools refuse, with the budget spent.

#[path = "../../../../crates/pow/tests/fixture/mod.rs"]
mod fixture;

use fixture::{Delivery, EASY, at, spent, terms};
use pow::{
    bundle::{Ending, Terms, Upstream},
    settlement::CloseReason,
};
use units::{Hashrate, Millis, Price, Sats};

const LIMIT_MS: u64 = 300_000;

/// Each with what its verdict must be: for a full proof whether the promise is judged, for a spent budget whether it was.
pub fn bundles() -> Vec<(Vec<u8>, bool)> {
    // Half of 4 H/s over the time are 600 hashes, and a share is 64.
    let full = [
        (63, LIMIT_MS - 1, 0, true),
        (64, LIMIT_MS - 1, 0, false),
        (64, LIMIT_MS, 0, true),
        (64, LIMIT_MS, 9, true),
        (63, LIMIT_MS, 10, true),
        (64, LIMIT_MS, 10, false),
    ];
    let full = full.map(|(sessions, lasts, shares, judged)| {
        let mut delivery = delivery();
        for _ in 0..sessions {
            session(&mut delivery, lasts, shares);
        }
        // It ends the one before; the last one is open.
        delivery.upstream(6);
        delivery.seal();
        (ended(&delivery), judged)
    });
    let budgets = [(80, 4, false), (79, 4, true), (26, 0, false), (25, 0, true)];
    let budgets = budgets.map(|(sats, accepted, valid)| (spent(sats, accepted, 5), valid));
    full.into_iter().chain(late()).chain(budgets).collect()
}

/// Sessions that count only after the last epoch, and one without an extranonce1.
fn late() -> [(Vec<u8>, bool); 4] {
    let mut after = delivery();
    for _ in 0..64 {
        session(&mut after, 0, 0);
    }
    after.seal();
    after.upstream(6);
    let mut one_each = delivery();
    let all = Upstream {
        at: at(one_each.now),
        pool: 0,
        extranonce1: Vec::new(),
        extranonce2_size: 8,
    };
    (one_each.writer.upstream(all, &mut one_each.bytes)).unwrap();
    one_each.seal();
    let [few, many] = [20, 21].map(of_blocks);
    [
        (ended(&after), true),
        (ended(&one_each), false),
        (few, true),
        (many, false),
    ]
}

/// Sessions of 400 s, each with so many blocks that nobody had before.
fn of_blocks(count: u64) -> Vec<u8> {
    let mut delivery = delivery();
    for session in 0..64 {
        delivery.upstream(6);
        let began = delivery.now;
        for number in 0..count {
            let mut block = [0xb0; 32];
            block[..16].copy_from_slice(&[session, number + 1].map(u64::to_be_bytes).concat());
            delivery.job_on(block);
            delivery.now = began + if number + 2 < count { number } else { 400_000 };
        }
    }
    delivery.upstream(6);
    delivery.seal();
    ended(&delivery)
}

/// A term of a day over which 4 H/s were promised.
fn delivery() -> Delivery {
    Delivery::new(Terms {
        hashrate: Hashrate::new(4),
        price: Price::new(1_000_000_000_000_000_000),
        budget: Sats::new(u64::MAX),
        bond: Sats::new(1_000_000),
        ..terms()
    })
}

/// With this time between its beginning and its last job.
fn session(delivery: &mut Delivery, lasts: u64, shares: u32) {
    delivery.upstream(6);
    let began = delivery.now;
    let job = delivery.job(0xa1);
    if shares > 0 {
        let worker = delivery.worker("demo-host.rig1", 1);
        delivery.assign(worker, job, EASY);
        (0..shares).for_each(|_| delivery.share(worker, job));
    }
    delivery.now = began + lasts;
    delivery.job(0xa1);
}

/// With what the rule gives the buyer.
fn ended(delivery: &Delivery) -> Vec<u8> {
    let with = |to_buyer| {
        let ending = Ending {
            reason: CloseReason::ProofFull,
            excused: Millis::new(0),
            to_buyer,
        };
        delivery.ended(ending).0
    };
    let line = fixture::verify(&with(Sats::ZERO)).guarantee.unwrap();
    with(line.to_buyer_sats)
}
