//! The blocks that jobs build on: headers, heights, targets, and whom the coinbases pay.

use crate::{
    fixture::{Delivery, EASY, OPENED_MS, first_code, kind, terms, verify},
    wire::frame,
};
use pow::{
    Header, Job, VERSION_ROLLING_MASK,
    bundle::{Code, ShareRecord, Terms},
    coinbase::Network,
};
use units::Nbits;

/// Half of all hashes meet it.
const REGTEST: u32 = 0x207f_ffff;
/// The easiest target of the main network.
const MAIN: u32 = 0x1d00_ffff;

/// The header after `parent` that meets its own target.
fn after(parent: [u8; 32], nbits: u32, salt: u8) -> Header {
    let mut header = Header {
        version: 0x2000_0000,
        prev_hash: parent,
        merkle_root: [salt; 32],
        ntime: (OPENED_MS / 1_000) as u32,
        nbits,
        nonce: 0,
    };
    let target = Nbits::from_consensus(nbits).unwrap().target();
    while !target.is_met_by_le_hash(&header.hash()) {
        header.nonce += 1;
    }
    header
}

/// A coinbase of this height that pays one address 50 BTC, signed `/Assay test/`; the extranonce of 10 bytes goes between.
fn job_on(prev_hash: [u8; 32], height: u16, nbits: u32) -> Job {
    let [low, high] = height.to_le_bytes();
    let tag = b"/Assay test/";
    let script_length = 3 + 10 + tag.len() as u8;
    let mut coinbase1 = vec![1, 0, 0, 0, 1];
    coinbase1.extend([0; 32]);
    coinbase1.extend([0xff; 4]);
    coinbase1.extend([script_length, 2, low, high]);
    let mut coinbase2 = tag.to_vec();
    coinbase2.extend([0xff; 4]);
    coinbase2.push(1);
    coinbase2.extend(5_000_000_000u64.to_le_bytes());
    // The witness program of BIP 173's examples.
    coinbase2.extend([22, 0x00, 0x14]);
    coinbase2.extend([
        0x75, 0x1e, 0x76, 0xe8, 0x19, 0x91, 0x96, 0xd4, 0x54, 0x94, 0x1c, 0x45, 0xd1, 0xb3, 0xa3,
        0x23, 0xf1, 0x43, 0x3b, 0xd6,
    ]);
    coinbase2.extend([0; 4]);
    Job {
        version: 0x2000_0000,
        prev_hash,
        coinbase1,
        coinbase2,
        branch: vec![[7; 32]],
        nbits,
        ntime: (OPENED_MS / 1_000) as u32,
    }
}

fn begun(network: Network) -> Delivery {
    let mut delivery = Delivery::new(Terms { network, ..terms() });
    delivery.upstream(6);
    delivery
}

/// A delivery on a block whose header is in the bundle, and that header.
fn on_a_proven_block() -> (Delivery, Header) {
    let mut delivery = begun(Network::Regtest);
    let header = after([0x11; 32], REGTEST, 1);
    let job = delivery
        .custom_job(job_on(header.hash(), 300, REGTEST))
        .unwrap();
    delivery.header(header).unwrap();
    let worker = delivery.worker("demo-host.rig1", 1);
    delivery.assign(worker, job, EASY);
    delivery.share(worker, job);
    (delivery, header)
}

#[test]
fn headers_prove_the_blocks_that_jobs_build_on() {
    let (mut delivery, first) = on_a_proven_block();
    // Two blocks in a row came between two jobs: both headers are needed for the link.
    let second = after(first.hash(), REGTEST, 2);
    let third = after(second.hash(), REGTEST, 3);
    delivery.header(second).unwrap();
    delivery.header(third).unwrap();
    delivery
        .custom_job(job_on(third.hash(), 302, REGTEST))
        .unwrap();
    let unproven = delivery
        .custom_job(job_on([0x99; 32], 303, REGTEST))
        .unwrap();
    delivery.seal();
    let verdict = verify(&delivery.bundle().0);
    assert!(verdict.valid, "{:?}", verdict.faults);
    let chain = verdict.chain;
    assert_eq!((chain.blocks, chain.proven, chain.headers), (3, 2, 3));
    assert_eq!(unproven, 2);
    assert_eq!(chain.work_hashes.get(), 6);
    let ends = [chain.first.unwrap(), chain.last.unwrap()];
    assert_eq!(
        ends.each_ref().map(|end| end.height),
        [Some(299), Some(301)]
    );
    let shown: Vec<String> = third
        .hash()
        .iter()
        .rev()
        .map(|b| format!("{b:02x}"))
        .collect();
    assert_eq!(ends[1].hash, shown.concat());
}

#[test]
fn headers_on_branches_are_counted_and_the_best_chain_is_the_one_with_the_most_work() {
    let (mut delivery, first) = on_a_proven_block();
    let real = after(first.hash(), REGTEST, 2);
    delivery.header(real).unwrap();
    // A branch of two from the first: the block before it is off the best chain now.
    let made_up = [after(first.hash(), REGTEST, 3)];
    let made_up = [made_up[0], after(made_up[0].hash(), REGTEST, 4)];
    delivery.header(made_up[0]).unwrap();
    let bundle = |delivery: &Delivery| verify(&delivery.bundle().0).chain;
    let chain = bundle(&delivery);
    assert_eq!((chain.headers, chain.forks), (3, 1));
    assert_eq!(chain.last.unwrap().hash, shown(real), "of equals the first");
    delivery.header(made_up[1]).unwrap();
    let chain = bundle(&delivery);
    assert_eq!((chain.headers, chain.forks), (4, 1));
    assert_eq!(chain.work_hashes.get(), 6);
    assert_eq!(chain.first.unwrap().hash, shown(first));
    assert_eq!(chain.last.unwrap().hash, shown(made_up[1]));
}

#[test]
fn the_first_header_has_the_height_that_a_later_one_tells() {
    let mut delivery = begun(Network::Regtest);
    let ancestor = after([0x11; 32], REGTEST, 1);
    let named = after(ancestor.hash(), REGTEST, 2);
    delivery
        .custom_job(job_on(named.hash(), 300, REGTEST))
        .unwrap();
    delivery.header(ancestor).unwrap();
    delivery.header(named).unwrap();
    let chain = verify(&delivery.bundle().0).chain;
    assert_eq!(chain.first.unwrap().height, Some(298));
    assert_eq!(chain.last.unwrap().height, Some(299));
}

#[test]
fn blocks_with_shares_are_listed_proven_or_not() {
    let (mut delivery, first) = on_a_proven_block();
    let worker = 0;
    delivery.share(worker, 0);
    // Nothing was delivered on this one.
    delivery
        .custom_job(job_on([0x98; 32], 301, REGTEST))
        .unwrap();
    let unproven = delivery
        .custom_job(job_on([0x99; 32], 302, REGTEST))
        .unwrap();
    delivery.share(worker, unproven);
    let verdict = verify(&delivery.bundle().0);
    assert!(verdict.valid, "{:?}", verdict.faults);
    let listed: Vec<_> = verdict
        .chain
        .built_on
        .iter()
        .map(|block| (block.hash.clone(), block.height, block.shares))
        .collect();
    assert_eq!(
        listed,
        [
            (shown(first), Some(299), 2),
            ("99".repeat(32), Some(301), 1)
        ]
    );
    assert_eq!(verdict.chain.built_on_left_out, 0);
}

fn shown(header: Header) -> String {
    let digits: Vec<String> = header
        .hash()
        .iter()
        .rev()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    digits.concat()
}

#[test]
fn coinbases_say_whom_they_pay() {
    let (delivery, _) = on_a_proven_block();
    let coinbases = verify(&delivery.bundle().0).coinbases;
    assert_eq!((coinbases.decoded, coinbases.undecoded), (1, 0));
    let [payout] = &coinbases.payouts[..] else {
        panic!("{coinbases:?}");
    };
    assert_eq!(
        payout.address.as_deref(),
        Some("bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080")
    );
    assert_eq!((payout.kind.as_str(), payout.jobs), ("p2wpkh", 1));
    assert_eq!(payout.most_sats.get(), 5_000_000_000);
    assert_eq!(coinbases.tags[0].text, "/Assay test/");
}

/// What the writer refuses, a verifier names where somebody else wrote it.
fn refused_and_named(delivery: &Delivery, header: Header, code: Code) {
    let mut writer = delivery.clone();
    assert_eq!(writer.header(header), Err(code));
    let mut bytes = delivery.bytes.clone();
    bytes.extend(frame(kind::HEADER, &header.to_bytes()));
    assert_eq!(first_code(&bytes), code);
}

#[test]
fn a_header_must_have_its_work_and_follow_one_that_is_there() {
    let (delivery, first) = on_a_proven_block();
    let mut idle = after(first.hash(), REGTEST, 2);
    let target = Nbits::from_consensus(REGTEST).unwrap().target();
    while target.is_met_by_le_hash(&idle.hash()) {
        idle.nonce += 1;
    }
    refused_and_named(&delivery, idle, Code::HeaderWork);
    let no_target = Header { nbits: 0, ..first };
    refused_and_named(&delivery, no_target, Code::HeaderWork);
    refused_and_named(&delivery, after([0x22; 32], REGTEST, 2), Code::HeaderLink);
    refused_and_named(&delivery, first, Code::HeaderLink);
    // 0x2070ffff is a little harder, and nothing on regtest ever changes the target.
    let harder = after(first.hash(), 0x2070_ffff, 2);
    refused_and_named(&delivery, harder, Code::HeaderNbits);
}

#[test]
fn heights_follow_one_another() {
    let (mut delivery, first) = on_a_proven_block();
    let second = after(first.hash(), REGTEST, 2);
    assert_eq!(
        delivery.custom_job(job_on(first.hash(), 301, REGTEST)),
        Err(Code::JobHeight)
    );
    // A job that came before its block's header, and states one block too many.
    delivery
        .custom_job(job_on(second.hash(), 302, REGTEST))
        .unwrap();
    refused_and_named(&delivery, second, Code::HeaderHeight);
}

/// The first header is held against jobs on its parent, too.
#[test]
fn a_parent_without_a_header_is_known_by_its_jobs() {
    let mut delivery = begun(Network::Regtest);
    let parent = [0x33; 32];
    delivery.custom_job(job_on(parent, 300, REGTEST)).unwrap();
    refused_and_named(&delivery, after(parent, 0x2070_ffff, 1), Code::HeaderNbits);
    let header = after(parent, REGTEST, 1);
    let mut wrong = delivery.clone();
    wrong
        .custom_job(job_on(header.hash(), 305, REGTEST))
        .unwrap();
    refused_and_named(&wrong, header, Code::HeaderHeight);
    delivery
        .custom_job(job_on(header.hash(), 301, REGTEST))
        .unwrap();
    delivery.header(header).unwrap();
}

#[test]
fn jobs_carry_the_target_of_their_chain() {
    let (mut delivery, first) = on_a_proven_block();
    let other = job_on(first.hash(), 300, 0x2070_ffff);
    assert_eq!(delivery.custom_job(other), Err(Code::JobNbits));
    let second = after(first.hash(), REGTEST, 2);
    delivery.header(second).unwrap();
    let other = job_on(second.hash(), 301, 0x2070_ffff);
    assert_eq!(delivery.custom_job(other), Err(Code::JobNbits));
    delivery
        .custom_job(job_on(second.hash(), 301, REGTEST))
        .unwrap();
}

/// The main network's first two blocks: the only headers with its work that are at hand.
fn genesis() -> [Header; 2] {
    let hash = |explorer_hex: &str| {
        let digits = (0..64).step_by(2).rev();
        let bytes = digits.map(|at| u8::from_str_radix(&explorer_hex[at..at + 2], 16).unwrap());
        <[u8; 32]>::try_from(bytes.collect::<Vec<_>>()).unwrap()
    };
    let first = Header {
        version: 1,
        prev_hash: [0; 32],
        merkle_root: hash("4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"),
        ntime: 1_231_006_505,
        nbits: MAIN,
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

#[test]
fn the_main_network_changes_its_target_every_2016_blocks_fourfold_at_most() {
    let [first, second] = genesis();
    // The block's height is what the first job on it says.
    let may = |height: u16, to: u32| {
        let mut delivery = begun(Network::Main);
        delivery.header(first).unwrap();
        delivery.header(second).unwrap();
        delivery.custom_job(job_on(second.hash(), height, to))
    };
    assert_eq!(may(2_016, 0x1c3f_ffc0), Ok(0));
    assert_eq!(may(2_016, 0x1c3f_0000), Err(Code::JobNbits));
    assert_eq!(may(2_015, 0x1c3f_ffc0), Err(Code::JobNbits));
    assert_eq!(may(2_017, 0x1c3f_ffc0), Err(Code::JobNbits));
    assert_eq!(may(2_015, MAIN), Ok(0));
}

/// The block's height counts where a coinbase states none.
#[test]
fn a_coinbase_without_a_height_may_not_change_the_target_at_any() {
    let [first, second] = genesis();
    let may = |height: u16, to: u32| {
        let mut delivery = begun(Network::Main);
        delivery
            .custom_job(job_on(first.hash(), height, MAIN))
            .unwrap();
        delivery.header(first).unwrap();
        delivery.header(second).unwrap();
        let silent = Job {
            coinbase1: Vec::new(),
            ..job_on(second.hash(), 1, to)
        };
        delivery.custom_job(silent)
    };
    assert_eq!(may(2_015, 0x1c3f_ffc0), Ok(1));
    assert_eq!(may(2_014, 0x1c3f_ffc0), Err(Code::JobNbits));
    assert_eq!(may(2_014, MAIN), Ok(1));
}

#[test]
fn test_networks_may_have_an_easy_block_at_any_time() {
    let may = |network| {
        let [first, second] = genesis();
        let mut delivery = begun(network);
        let hard = job_on(first.hash(), 300, 0x1c3f_ffc0);
        delivery.custom_job(hard).unwrap();
        delivery.header(first)?;
        delivery.header(second)
    };
    assert_eq!(may(Network::Test), Ok(()));
    assert_eq!(may(Network::Main), Err(Code::HeaderNbits));
}

/// What the writer refuses of a job, a verifier names, and goes on.
fn job_refused_and_named(network: Network, job: Job) {
    let mut delivery = begun(network);
    let nbits = job.nbits;
    assert_eq!(
        delivery.custom_job(job.clone()),
        Err(Code::JobNbits),
        "{nbits:08x}"
    );
    let stated = Job {
        nbits: network_limit(network),
        ..job.clone()
    };
    let before = delivery.bytes.len();
    delivery.custom_job(stated).unwrap();
    let mut bytes = delivery.bytes.clone();
    let found = bytes[before..]
        .windows(4)
        .position(|four| four == network_limit(network).to_le_bytes());
    let at = before + found.unwrap();
    bytes[at..at + 4].copy_from_slice(&nbits.to_le_bytes());
    let codes: Vec<Code> = verify(&bytes).faults.iter().map(|f| f.code).collect();
    // The log has no end.
    assert_eq!(codes, [Code::JobNbits, Code::Truncated], "{nbits:08x}");
}

const fn network_limit(network: Network) -> u32 {
    match network {
        Network::Main | Network::Test => MAIN,
        Network::Regtest => REGTEST,
    }
}

#[test]
fn nbits_state_a_target_that_the_network_allows() {
    for network in [Network::Main, Network::Test, Network::Regtest] {
        // Nothing, negative, a mantissa of zero, too large; and a little easier than the network's easiest.
        let easier = network_limit(network) + 1;
        for nbits in [0, 0x1d80_ffff, 0x1d00_0000, 0x2300_0100, easier] {
            // On a block that nothing is known of, too.
            job_refused_and_named(network, job_on([0x44; 32], 300, nbits));
        }
    }
    job_refused_and_named(Network::Main, job_on([0x44; 32], 300, REGTEST));
    job_refused_and_named(Network::Test, job_on([0x44; 32], 300, REGTEST));
    let easy = after([0x11; 32], REGTEST, 1);
    refused_and_named(&begun(Network::Main), easy, Code::HeaderWork);
    refused_and_named(&begun(Network::Test), easy, Code::HeaderWork);
    begun(Network::Regtest).header(easy).unwrap();
    begun(Network::Main).header(genesis()[0]).unwrap();
    begun(Network::Test).header(genesis()[0]).unwrap();
}

#[test]
fn version_bits_lie_within_the_mask_in_force() {
    let mut delivery = begun(Network::Regtest);
    let mut job = |mask| {
        delivery
            .masked_job(job_on([0x11; 32], 300, REGTEST), mask)
            .unwrap()
    };
    let (narrow, wide) = (job(0x0000_e000), job(VERSION_ROLLING_MASK));
    let worker = delivery.worker("demo-host.rig1", 1);
    delivery.assign(worker, narrow, EASY);
    let mut record = delivery.attempt(worker, narrow);
    record.share.version_bits = 0x0002_0000;
    let check = |record: &ShareRecord| delivery.writer.state().check(record).map(|_| ());
    assert_eq!(check(&record), Err(Code::VersionBitsOutsideMask));
    // Under the wide mask the same bits are judged by their hash.
    record.job = wide;
    assert_ne!(check(&record), Err(Code::VersionBitsOutsideMask));
    record.job = narrow;
    record.share.version_bits = 0x0000_2000;
    assert_ne!(check(&record), Err(Code::VersionBitsOutsideMask));
}

/// A pool follows its chain upwards; a rival of the same height may take its place.
#[test]
fn a_tip_that_falls_is_a_doubt_and_no_fault() {
    let doubts = |heights: &[u16]| {
        let mut delivery = begun(Network::Regtest);
        for (block, height) in (0xa0..).zip(heights) {
            delivery
                .custom_job(job_on([block; 32], *height, REGTEST))
                .unwrap();
        }
        let verdict = verify(&delivery.bundle().0);
        assert!(verdict.valid, "{:?}", verdict.faults);
        verdict.chain.doubts
    };
    assert_eq!(doubts(&[300, 301, 301, 302, 310]), []);
    let found = doubts(&[300, 301, 300, 301, 250]);
    assert_eq!((found.len(), found[0].count), (1, 2));
    let json = serde_json::to_value(&found[0]).unwrap();
    assert_eq!(json["code"], "height_falls");
}
