//! Small bundles of every network, with jobs whose nbits and heights are at the edges of what the chain allows.

use pow::{
    Header, Job, Share,
    bundle::{
        Answer, Assignment, Code, JobRecord, PoolWord, ShareRecord, Terms, Upstream, Worker, Writer,
    },
    coinbase::Network,
    settlement::{Payer, RejectTerms},
};
use units::{ContractId, Difficulty, Hashrate, Millis, Price, Sats, Target, Timestamp};

const OPENED_AT: Timestamp = Timestamp::from_unix_ms(1_800_000_000_000);
/// The easiest target of the main network, and that of a quarter of it.
const EASIEST: u32 = 0x1d00_ffff;
const QUARTER: u32 = 0x1c3f_ffc0;
/// Nothing in the bundle has it: there the nbits in question go.
const PLACEHOLDER: u32 = 0x1b0a_b0c3;
/// Of the job on the second block.
const NBITS: [u32; 12] = [
    EASIEST,
    QUARTER,
    0x1c3f_0000,
    0x1c40_0000,
    0x1b04_864c,
    0x207f_ffff,
    0x1d01_0000,
    0x2080_0000,
    0x1d00_0000,
    0x2300_0100,
    0x0100_00ff,
    0,
];

/// The main network's first two blocks: their headers meet the easiest target.
fn blocks() -> [Header; 2] {
    let first = Header {
        version: 1,
        prev_hash: [0; 32],
        merkle_root: hash("4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"),
        ntime: 1_231_006_505,
        nbits: EASIEST,
        nonce: 2_083_236_893,
    };
    let second = Header {
        prev_hash: first.hash(),
        merkle_root: hash("0e3e2357e806b6cdb1f70b54c3a3a17b6714ee1f0e68bebb44a74b1efd512098"),
        ntime: 1_231_469_665,
        nonce: 2_573_394_689,
        ..first
    };
    [first, second]
}

/// In header byte order, from what block explorers print.
fn hash(explorer_hex: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    for (at, byte) in hash.iter_mut().rev().enumerate() {
        *byte = u8::from_str_radix(&explorer_hex[2 * at..2 * at + 2], 16).expect("hex");
    }
    hash
}

/// All of them, valid or not.
pub fn bundles() -> Vec<Vec<u8>> {
    let mut bundles = Vec::new();
    for network in [Network::Main, Network::Test, Network::Regtest] {
        for first_height in [Some(2_014), Some(2_015), None] {
            for height in [Some(2_016), Some(2_017), None] {
                for nbits in NBITS {
                    let bundle = bundle(network, first_height, height).expect("a bundle");
                    bundles.push(super::sealed(&with_nbits(bundle, nbits), false));
                }
            }
        }
    }
    bundles
}

fn with_nbits(mut bundle: Vec<u8>, nbits: u32) -> Vec<u8> {
    let placeholder = PLACEHOLDER.to_le_bytes();
    let at = bundle.windows(4).position(|four| four == placeholder);
    let at = at.expect("the placeholder");
    bundle[at..at + 4].copy_from_slice(&nbits.to_le_bytes());
    bundle
}

/// A job with shares on the first block, both headers, and a job on the second.
fn bundle(
    network: Network,
    first_height: Option<u16>,
    height: Option<u16>,
) -> Result<Vec<u8>, Code> {
    let mut bytes = Vec::new();
    let out = &mut bytes;
    let [first, second] = blocks();
    let mut log = Writer::new(terms(network), out)?;
    let upstream = Upstream {
        at: OPENED_AT,
        pool: 0,
        extranonce1: vec![1, 2, 3, 4],
        extranonce2_size: 6,
    };
    log.upstream(upstream, out)?;
    log.job(job_on(first.hash(), first_height, EASIEST), out)?;
    let worker = Worker {
        login: "demo-host.rig1".into(),
        extranonce_prefix: vec![7, 7],
    };
    let worker = log.worker(worker, out)?;
    log.assign(
        Assignment {
            worker,
            job: 0,
            target: easy(-29),
        },
        out,
    )?;
    for extranonce2 in 0..3 {
        let share = share(&mut log, extranonce2, out)?;
        let word = match share {
            1 => PoolWord::refused(None, "stale"),
            _ => PoolWord::Accepted,
        };
        if share == 2 {
            continue;
        }
        let at = OPENED_AT;
        // Of those that did not meet the pool's target, the writer takes none.
        log.answer(Answer { at, share, word }, out).ok();
    }
    log.header(first, out)?;
    log.header(second, out)?;
    log.seal(OPENED_AT.after(Millis::new(1_000)), out);
    // The writer refuses some of them: then the job is on another block until it is written.
    let before = out.len();
    let job = job_on(second.hash(), height, EASIEST);
    let refused = log.job(job, out).is_err();
    if refused {
        let job = job_on(hash(&"9".repeat(64)), height, EASIEST);
        log.job(job, out)?;
        replace(out, before, &hash(&"9".repeat(64)), &second.hash());
    }
    replace(
        out,
        before,
        &EASIEST.to_le_bytes(),
        &PLACEHOLDER.to_le_bytes(),
    );
    log.seal(OPENED_AT.after(Millis::new(2_000)), out);
    let end = log.end(OPENED_AT.after(Millis::new(2_000)));
    bytes.extend(end);
    Ok(bytes)
}

/// The first `old` after `from` becomes `new`.
fn replace(bytes: &mut [u8], from: usize, old: &[u8], new: &[u8]) {
    let found = bytes[from..]
        .windows(old.len())
        .position(|part| part == old);
    let at = from + found.expect("what is replaced");
    bytes[at..at + new.len()].copy_from_slice(new);
}

fn easy(exponent: i8) -> Target {
    let difficulty = Difficulty::from_exponent(exponent);
    difficulty.unwrap_or(Difficulty::MIN).target()
}

fn share(log: &mut Writer, extranonce2: u32, out: &mut Vec<u8>) -> Result<u64, Code> {
    for nonce in 0..10_000 {
        let record = ShareRecord {
            at: OPENED_AT,
            worker: 0,
            job: 0,
            extranonce2: extranonce2.to_be_bytes().into(),
            share: Share {
                ntime: 1_800_000_000,
                nonce,
                version_bits: 0,
            },
        };
        if let Ok(admitted) = log.state().check(&record) {
            return log.share(record, admitted, out);
        }
    }
    Err(Code::LowDifficulty)
}

/// A coinbase that states this height, or one that cannot be read.
fn job_on(prev_hash: [u8; 32], height: Option<u16>, nbits: u32) -> JobRecord {
    let mut coinbase1 = vec![1, 0, 0, 0, 1];
    coinbase1.extend([0; 32]);
    coinbase1.extend([0xff; 4]);
    // The height, and ten bytes of extranonce.
    if let Some(height) = height {
        coinbase1.extend([13, 2]);
        coinbase1.extend(height.to_le_bytes());
    }
    let mut coinbase2 = vec![0xff; 4];
    coinbase2.extend([1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x51]);
    coinbase2.extend([0; 4]);
    JobRecord {
        at: OPENED_AT,
        job: Job {
            version: 0x2000_0000,
            prev_hash,
            coinbase1,
            coinbase2,
            branch: Vec::new(),
            nbits,
            ntime: 1_800_000_000,
        },
        version_mask: 0,
        pool_target: easy(-28),
    }
}

/// Who, where the host is said to.
const fn bears(host: bool) -> Payer {
    if host { Payer::Host } else { Payer::Buyer }
}

fn terms(network: Network) -> Terms {
    Terms {
        contract: ContractId::new(9),
        buyer: "demo-buyer".parse().expect("an account"),
        host: "demo-host".parse().expect("an account"),
        hashrate: Hashrate::new(1_000),
        // A share of 8 hashes is worth 1.67 sats.
        price: Price::new(18_000_000_000_000_000_000),
        budget: Sats::new(1_000_000),
        fee_bps: 100,
        opened_at: OPENED_AT,
        epoch_length: Millis::new(1_000),
        pool: "127.0.0.1:3334".into(),
        pool_user: "demo-buyer.pool".into(),
        backups: Vec::new(),
        network,
        tolerance_ppm: 50_000,
        confidence_ppm: 950_000,
        term_days: 0,
        bond: Sats::ZERO,
        rejects: RejectTerms {
            seller_stale: Payer::Host,
            pool_reject: bears(network != Network::Main),
            pool_down: bears(network == Network::Regtest),
        },
    }
}
