//! A verdict made by hand, with something in every field.

use api::{
    AnswerCounts, BlockLine, Chain, Coinbases, Delivery, Dispersion, Ending, EndingReason,
    EpochLine, Guarantee, HashrateEstimate, Hour, Kept, Outcome, Payer, Payout, PoolAnswers,
    PoolLine, PoolLogin, Refusal, RejectTerms, ShareCount, Statistics, Tag, Tail, TailLevel, Terms,
    Uniformity, Verdict, Worked, WorkerLine, WorkersLeftOut,
};
use units::{Hashrate, Price, Sats, Work};

const OPENED_MS: u64 = 1_795_215_000_000;
const PHS: u128 = 1_000_000_000_000_000;
const HOURS: u64 = 720;

fn estimate(thousandths: u128) -> HashrateEstimate {
    let of = |part: u128| Hashrate::new(PHS / 1_000 * part);
    HashrateEstimate {
        estimate_hs: of(thousandths),
        low_hs: of(thousandths * 94 / 100),
        high_hs: of(thousandths * 106 / 100),
    }
}

/// An honest contract of a month.
pub fn verdict() -> Verdict {
    Verdict {
        verifier: "assay-pow 0.1.0".into(),
        valid: true,
        sample: None,
        bytes: 198_412_345,
        terms: Some(terms()),
        shares_valid: 9_210_000,
        shares_invalid: 0,
        invalid_by_reason: Vec::new(),
        work_hashes: Work::new(2_592_000 * PHS),
        hashrate: estimate(1_000),
        duration_ms: HOURS * 3_600_000,
        workers: vec![WorkerLine {
            login: "demo-host.rig1".into(),
            shares: 9_210_000,
            work_hashes: Work::new(2_592_000 * PHS),
            hashrate: estimate(1_000),
        }],
        workers_left_out: WorkersLeftOut::default(),
        epochs_total: 4,
        epochs: vec![epoch(); 4],
        owed_sats: Sats::new(1_350_412),
        owed_sealed_sats: Sats::new(1_350_000),
        fee_sealed_sats: Sats::new(20_250),
        upstreams: 3,
        jobs: 86_411,
        head: "a1".repeat(32),
        coinbases: coinbases(),
        chain: chain(),
        ending: Some(Ending {
            reason: EndingReason::TermOver,
            excused_ms: 0,
            to_buyer_sats: Sats::ZERO,
        }),
        guarantee: Some(Guarantee {
            agreed_ms: 2_592_000_000,
            judged_ms: 2_592_000_000,
            delivery: statistics().delivery,
            missing_hashes: Work::ZERO,
            bond_sats: Sats::new(135_000),
            to_buyer_sats: Sats::ZERO,
            to_host_sats: Sats::new(135_000),
        }),
        pool_answers: Some(pool_answers()),
        statistics: Some(statistics()),
        worked: Some(worked()),
        faults_total: 0,
        faults_by_code: Vec::new(),
        faults: Vec::new(),
    }
}

fn terms() -> Terms {
    Terms {
        contract: 7,
        buyer: "demo-buyer".into(),
        host: "demo-host".into(),
        hashrate_hs: Hashrate::new(PHS),
        price_sats_per_phs_day: Price::new(45_000),
        budget_sats: Sats::new(1_400_000),
        fee_bps: 150,
        opened_at_ms: OPENED_MS,
        epoch_length_ms: 600_000,
        pool: "pool.example:3333".into(),
        pool_user: "demo-buyer.pool".into(),
        backups: vec![PoolLogin {
            pool: "backup.example:3333".into(),
            user: "demo-buyer.backup".into(),
        }],
        network: "main".into(),
        tolerance_ppm: 50_000,
        confidence_ppm: 950_000,
        term_days: 30,
        bond_sats: Sats::new(135_000),
        rejects: RejectTerms {
            seller_stale: Payer::Host,
            pool_reject: Payer::Buyer,
            pool_down: Payer::Buyer,
        },
    }
}

fn epoch() -> EpochLine {
    EpochLine {
        index: 0,
        start_ms: OPENED_MS,
        end_ms: OPENED_MS + 600_000,
        shares: 2_302_500,
        shares_total: 2_302_500,
        work_total_hashes: Work::new(648_000 * PHS),
        owed_total_sats: Sats::new(337_500),
        hash: "b2".repeat(32),
    }
}

fn coinbases() -> Coinbases {
    let payout = |address: Option<&str>, kind: &str| Payout {
        address: address.map(Into::into),
        kind: kind.into(),
        script: "0014751e76e8199196d454941c45d1b3a323f1433bd6".into(),
        jobs: 86_410,
        least_sats: Sats::new(312_500_000),
        most_sats: Sats::new(318_421_077),
    };
    Coinbases {
        decoded: 86_410,
        undecoded: 1,
        payouts: vec![
            payout(Some("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"), "p2wpkh"),
            payout(None, "other"),
        ],
        payouts_more: 2,
        tags: vec![Tag {
            text: "/Example Pool/".into(),
            jobs: 86_410,
        }],
    }
}

fn answer_counts(met: u64, refused: u64, unanswered: u64) -> AnswerCounts {
    let count = |shares: u64| ShareCount {
        shares,
        work_hashes: Work::new(u128::from(shares) * 281_443_698_512),
    };
    AnswerCounts {
        met: count(met),
        accepted: count(met - refused - unanswered),
        refused: count(refused),
        unanswered: count(unanswered),
    }
}

fn pool_answers() -> PoolAnswers {
    let line = |pool: &str, sessions, answers| PoolLine {
        pool: pool.into(),
        user: "demo-buyer.pool".into(),
        sessions,
        answers,
    };
    PoolAnswers {
        all: answer_counts(32_410, 27, 3),
        by_pool: vec![
            line("pool.example:3333", 2, answer_counts(32_000, 20, 2)),
            line("backup.example:3333", 1, answer_counts(410, 7, 1)),
        ],
        refusals: vec![
            Refusal {
                code: Some(21),
                reason: "Job not found".into(),
                shares: 26,
            },
            Refusal {
                code: None,
                reason: String::new(),
                shares: 1,
            },
        ],
        refusals_left_out: 0,
    }
}

fn chain() -> Chain {
    let block = |height: Option<u32>, time| BlockLine {
        hash: format!("{:0>64}", "4c6e2f9b7f0a1d3e5b8c7a6f9e0d1c2b3a49585f6"),
        height,
        time,
    };
    Chain {
        blocks: 4_330,
        proven: 4_329,
        headers: 4_335,
        forks: 1,
        work_hashes: Work::new(u128::MAX / 7),
        first: Some(block(Some(925_100), 1_795_215_000)),
        last: Some(block(None, 1_797_807_000)),
        built_on: Vec::new(),
        built_on_left_out: 0,
        doubts: Vec::new(),
    }
}

fn statistics() -> Statistics {
    Statistics {
        delivery: Delivery {
            verdict: Kept::Kept,
            promised_hs: Hashrate::new(PHS),
            threshold_hs: Hashrate::new(PHS / 100 * 95),
            delivered: estimate(1_020),
            confidence_ppm: 950_000,
            false_alarm_ppm: 25_000,
        },
        hours: (0..HOURS).map(hour).collect(),
        uniformity: uniformity(),
        tail: tail(),
        dispersion: Dispersion {
            outcome: Outcome::TooFew,
            window_ms: 10_000,
            blocks: 0,
            blocks_left_out: 0,
            index_millionths: "0".into(),
            p_ppm: 1_000_000,
            alpha_ppm: 1_000,
        },
    }
}

fn hour(number: u64) -> Hour {
    // Some ups and downs, and an outage of five hours.
    let thousandths = match number {
        300..305 => 0,
        _ => 940 + u128::from(number * 7_919 % 121),
    };
    Hour {
        start_ms: OPENED_MS + number * 3_600_000,
        duration_ms: 3_600_000,
        shares: 12_790,
        work_hashes: Work::new(PHS / 1_000 * thousandths * 3_600),
        hashrate: estimate(thousandths),
    }
}

fn uniformity() -> Uniformity {
    let mut bins = [0; 32];
    for (bin, number) in bins.iter_mut().zip(0_u64..) {
        *bin = 287_812 + number * 7_919 % 1_500 - 750;
    }
    Uniformity {
        outcome: Outcome::Pass,
        shares: bins.iter().sum(),
        bins,
        chi_square_millionths: "29412345".into(),
        p_ppm: 546_123,
        alpha_ppm: 1_000,
    }
}

fn tail() -> Tail {
    let level =
        |doublings: Option<u32>, expected: &str, observed, p_ppm, sees: Option<u32>| TailLevel {
            doublings,
            shares: 9_210_000,
            expected_millionths: expected.into(),
            observed,
            p_ppm,
            tested: sees.is_some(),
            sees_withheld_ppm: sees,
        };
    Tail {
        outcome: Outcome::Suspicious,
        shares: 9_210_000,
        p_ppm: 400,
        alpha_ppm: 1_000,
        levels: vec![
            level(Some(1), "4605000000000", 4_604_113, 280_123, Some(3_700)),
            level(Some(2), "2302500000000", 2_303_001, 631_000, Some(4_100)),
            level(Some(12), "2248535156", 1_998, 1, Some(141_000)),
            level(Some(19), "17566680", 17, 510_000, Some(930_000)),
            level(Some(20), "8783340", 9, 620_000, None),
            level(Some(21), "4391670", 4, 540_000, None),
            level(None, "4200", 0, 995_808, None),
        ],
    }
}

/// The header of the first block after the genesis one, as though a machine had found it.
pub fn worked() -> Worked {
    let root = "982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e";
    let before = "6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000";
    Worked {
        share: 4_711,
        at_ms: OPENED_MS + 1_234_567,
        login: "demo-host.rig1".into(),
        job: 12,
        coinbase1: "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff2b03dc1d0e04".into(),
        extranonce1: "e1005e060001".into(),
        extranonce2: "0000002a".into(),
        coinbase2: "0b2f4578616d706c652f0affffffff0120a2a512000000001600".repeat(3),
        coinbase_hash: "c3".repeat(32),
        branch: vec!["d4".repeat(32), "e5".repeat(32)],
        folded: vec!["f6".repeat(32), root.into()],
        job_version: 1,
        version_bits: 0,
        version_mask: 0,
        version: 1,
        prev_hash: before.into(),
        merkle_root: root.into(),
        ntime: 1_231_469_665,
        nbits: 0x1d00_ffff,
        nonce: 2_573_394_689,
        header: format!("01000000{before}{root}61bc6649ffff001d01e36299"),
        hash: "4860eb18bf1b1620e37e9490fc8a427514416fd75159ab86688e9a8300000000".into(),
        hash_number: "00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048".into(),
        target: format!("00000000ffff{}", "0".repeat(52)),
        work_hashes: Work::new(4_295_032_833),
    }
}
