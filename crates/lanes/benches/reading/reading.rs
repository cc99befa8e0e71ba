//! Part of `cargo xtask bench pow`: a bundle of full shares is read, hashed and judged in three passes, so that each
//! can be timed alone.
#![allow(clippy::disallowed_methods, reason = "a bench needs a clock")]

use pow::bundle::{
    Assignment, Batch, JobRecord, ShareRecord, Terms, Upstream, Verifier, Worker, Writer,
};
use pow::{Job, Share, VERSION_ROLLING_MASK, coinbase::Network, settlement::RejectTerms};
use std::time::{Duration, Instant};
use units::{ContractId, Difficulty, Hashrate, Millis, Price, Sats, Timestamp};

const SHARES: u32 = 102_400;
const SHARES_OF_A_JOB: u32 = 5_120;
const SHARES_OF_AN_EPOCH: u32 = 10_240;
const WORKERS: u32 = 4;
/// With extranonce1 and extranonce2, 4 and 6 bytes, 250 bytes of coinbase.
const COINBASE1: usize = 60;
const COINBASE2: usize = 180;
const LEVELS: usize = 12;
/// Every hash meets it: what is timed does not depend on the target.
const ANY_HASH: i8 = -32;
const OPENED_MS: u64 = 1_795_215_000_000;
const ROUNDS: usize = 15;
/// As a browser's stream gives it.
const PIECE: usize = 1 << 16;

fn at(ms: u64) -> Timestamp {
    Timestamp::from_unix_ms(OPENED_MS + ms)
}

fn terms() -> Terms {
    Terms {
        contract: ContractId::new(7),
        buyer: "demo-buyer".parse().unwrap(),
        host: "demo-host".parse().unwrap(),
        hashrate: Hashrate::new(5_000_000),
        price: Price::new(1_000_000),
        budget: Sats::MAX,
        fee_bps: 150,
        opened_at: at(0),
        epoch_length: Millis::new(60_000),
        pool: "127.0.0.1:3334".into(),
        pool_user: "demo-buyer.pool".into(),
        backups: Vec::new(),
        network: Network::Regtest,
        tolerance_ppm: 50_000,
        confidence_ppm: 950_000,
        term_days: 0,
        bond: Sats::ZERO,
        rejects: RejectTerms::default(),
    }
}

fn job(number: u32, ms: u64) -> JobRecord {
    let fill = number.to_le_bytes()[0];
    JobRecord {
        at: at(ms),
        job: Job {
            version: 0x2000_0000,
            prev_hash: [0xa1; 32],
            coinbase1: vec![fill; COINBASE1],
            coinbase2: vec![9; COINBASE2],
            branch: vec![[8; 32]; LEVELS],
            nbits: 0x207f_ffff,
            ntime: ((OPENED_MS + ms) / 1_000) as u32,
        },
        version_mask: VERSION_ROLLING_MASK,
        // Seldom met.
        pool_target: Difficulty::MAX.target(),
    }
}

/// The bundle, and how many of its bytes are share records.
fn bundle() -> (Vec<u8>, usize) {
    let mut bytes = Vec::new();
    let out = &mut bytes;
    let mut writer = Writer::new(terms(), out).unwrap();
    let upstream = Upstream {
        at: at(0),
        pool: 0,
        extranonce1: vec![0xe1; 4],
        extranonce2_size: 6,
    };
    writer.upstream(upstream, out).unwrap();
    let target = Difficulty::from_exponent(ANY_HASH).unwrap().target();
    let (mut current, mut ntime, mut of_shares) = (0, 0, 0);
    for number in 0..SHARES {
        let ms = 20 * u64::from(number);
        if number % SHARES_OF_A_JOB == 0 {
            let record = job(number / SHARES_OF_A_JOB, ms);
            ntime = record.job.ntime;
            current = writer.job(record, out).unwrap();
        }
        if number == 0 {
            for worker in 0..WORKERS {
                let login = format!("demo-host.rig{worker}");
                let extranonce_prefix = (worker as u16).to_be_bytes().to_vec();
                let worker = Worker {
                    login,
                    extranonce_prefix,
                };
                let worker = writer.worker(worker, out).unwrap();
                let assignment = Assignment {
                    worker,
                    job: current,
                    target,
                };
                writer.assign(assignment, out).unwrap();
            }
        }
        let record = ShareRecord {
            at: at(ms),
            worker: number % WORKERS,
            job: current,
            extranonce2: number.to_le_bytes()[..].into(),
            share: Share {
                ntime,
                nonce: number.wrapping_mul(2_246_822_519),
                version_bits: number.wrapping_mul(3_266_489_917) & VERSION_ROLLING_MASK,
            },
        };
        let admitted = writer.state().check(&record).unwrap();
        let before = out.len();
        writer.share(record, admitted, out).unwrap();
        of_shares += out.len() - before;
        if (number + 1) % SHARES_OF_AN_EPOCH == 0 {
            writer.seal(at(ms), out);
        }
    }
    let end = writer.end(at(20 * u64::from(SHARES)));
    bytes.extend(end);
    (bytes, of_shares)
}

/// What one share costs in each pass, in nanoseconds.
#[derive(Clone, Copy)]
struct Costs {
    read: f64,
    hash: f64,
    judge: f64,
}

/// One of them.
type Part = fn(&Costs) -> f64;

fn pass(bytes: &[u8]) -> Costs {
    let each = |time: Duration| time.as_nanos() as f64 / f64::from(SHARES);
    let mut verifier = Verifier::new();
    let start = Instant::now();
    for piece in bytes.chunks(PIECE) {
        verifier.read(piece);
    }
    let read = each(start.elapsed());
    let batches: Vec<Batch> = std::iter::from_fn(|| verifier.next_batch(true)).collect();
    let start = Instant::now();
    let hashes: Vec<_> = batches
        .iter()
        .map(|batch| (batch.number(), batch.hashes()))
        .collect();
    let hash = each(start.elapsed());
    let start = Instant::now();
    for (number, hashes) in hashes {
        verifier.hashed(number, hashes);
    }
    let judge = each(start.elapsed());
    let verdict = verifier.finish();
    assert!(verdict.faults.is_empty(), "{:?}", verdict.faults.first());
    assert_eq!(verdict.shares_valid, u64::from(SHARES));
    Costs { read, hash, judge }
}

fn main() {
    let (bytes, of_shares) = bundle();
    let costs: Vec<Costs> = (0..ROUNDS).map(|_| pass(&bytes)).collect();
    let quantile = |of: Part, hundredths: usize| {
        let mut values: Vec<f64> = costs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[(values.len() - 1) * hundredths / 100]
    };
    let record = of_shares as f64 / f64::from(SHARES);
    println!(
        "\none of {SHARES} shares of a bundle, {record:.1} bytes each, {ROUNDS} rounds   median      p10"
    );
    let rows: [(&str, Part); 3] = [
        ("read: frames, records, queue", |costs| costs.read),
        ("hash", |costs| costs.hash),
        ("judge: duplicates, roots, statistics", |costs| costs.judge),
    ];
    for (name, of) in rows {
        println!(
            "{name:52} {:8.0} ns {:5.0} ns",
            quantile(of, 50),
            quantile(of, 10)
        );
    }
    let all: f64 = rows.iter().map(|(_, of)| quantile(*of, 10)).sum();
    let [read, _, judge] = rows.map(|(_, of)| quantile(of, 10));
    println!("\nfigure: native_read_ns_per_share {read:.0} ns");
    println!("figure: native_read_part {:.1} %", 100.0 * read / all);
    println!("figure: native_judge_part {:.1} %", 100.0 * judge / all);
}
