//! A campaign of mutations: bits flipped, records dropped, swapped, doubled and moved, targets replaced, contracts spliced;
//! as they come, and sealed anew by somebody who can hash. Every one is caught and named, natively and in wasm alike.

mod fixture;

use fixture::{Delivery, EASY, at, kind, terms, verify};
use pow::{
    Header,
    bundle::{Code, MAGIC, Terms, Verdict},
    sha256,
};
use units::{ContractId, Nbits, Price, Sats};

/// Frames with their kinds; the magic stands before.
type Frames = Vec<(u8, Vec<u8>)>;

/// `SplitMix64`: the same everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(z ^ (z >> 31)) * n as u128) >> 64) as usize
    }
}

/// Four blocks with their headers, two sessions, eight machines, four epochs and nothing after them.
fn honest(contract: u64) -> Frames {
    let mut delivery = Delivery::new(Terms {
        contract: ContractId::new(contract),
        price: Price::new(1_000_000_000_000_000_000),
        budget: Sats::new(u64::MAX),
        ..terms()
    });
    let d = &mut delivery;
    let mut parent = [contract as u8; 32];
    for block in 0..4 {
        if block % 2 == 0 {
            d.upstream(6);
        }
        let header = header_after(parent);
        parent = header.hash();
        let job = d.job_on(parent);
        d.header(header).unwrap();
        for machine in 0..2 {
            let worker = d.worker("demo-host.rig1", block * 2 + machine);
            d.assign(worker, job, EASY - 1);
            for _ in 0..4 {
                d.share(worker, job);
            }
        }
        d.now += 10_000;
        d.seal();
    }
    let (bytes, spans) = delivery.bundle();
    let frame = |(kind, span): &fixture::Span| (*kind, bytes[span.clone()].to_vec());
    let mut frames: Frames = spans.iter().map(frame).collect();
    frames[0].1.drain(..MAGIC.len());
    frames
}

fn header_after(parent: [u8; 32]) -> Header {
    let nbits = 0x207f_ffff;
    let mut header = Header {
        version: 4,
        prev_hash: parent,
        merkle_root: [9; 32],
        ntime: (at(0).unix_ms() / 1_000) as u32,
        nbits,
        nonce: 0,
    };
    let target = Nbits::from_consensus(nbits).unwrap().target();
    while !target.is_met_by_le_hash(&header.hash()) {
        header.nonce += 1;
    }
    header
}

fn bytes(frames: &Frames) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    frames.iter().for_each(|(_, frame)| out.extend(frame));
    out
}

/// Makes every hash over records right again, as whoever runs the server can.
fn seal_anew(frames: &mut Frames) {
    let mut since = MAGIC.to_vec();
    let mut previous = [0; 32];
    for (kind, frame) in frames {
        // Lengths of epochs and ends are below 128: kind, one byte of length, payload.
        match *kind {
            kind::EPOCH => {
                let hashes = frame.len() - 64;
                frame[hashes..hashes + 32].copy_from_slice(&sha256(&since));
                frame[hashes + 32..].copy_from_slice(&previous);
                previous = sha256(&[b"assay epoch 1\0", &frame[2..]].concat());
                since.clone_from(frame);
            }
            kind::END => {
                let hash = frame.len() - 32;
                since.extend(&frame[2..hash]);
                frame[hash..].copy_from_slice(&sha256(&since));
            }
            _ => since.extend(&*frame),
        }
    }
}

/// Frames from one epoch's end to the next.
fn epochs(frames: &Frames) -> Vec<(usize, usize)> {
    let ends = (0..frames.len()).filter(|at| frames[*at].0 == kind::EPOCH);
    let mut start = 1;
    ends.map(|end| (std::mem::replace(&mut start, end + 1), end + 1))
        .collect()
}

/// One mutation; answers its bytes, and whether they were sealed anew.
fn mutated(chance: &mut Chance, honest: &Frames, other: &Frames) -> (Vec<u8>, bool) {
    let mut frames = honest.clone();
    // All but the terms and the end.
    let one = 1 + chance.below(frames.len() - 2);
    let kind_of_mutation = chance.below(16);
    match kind_of_mutation % 8 {
        0 => {
            let mut bytes = bytes(&frames);
            let bit = chance.below(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            return (bytes, false);
        }
        1 => {
            let mut bytes = bytes(&frames);
            bytes.truncate(chance.below(bytes.len()));
            return (bytes, false);
        }
        2 => _ = frames.remove(one),
        3 => {
            let two = 1 + chance.below(frames.len() - 2);
            frames.swap(one, two);
        }
        4 => {
            let (copy, to) = (frames[one].clone(), 1 + chance.below(frames.len() - 1));
            frames.insert(to, copy);
        }
        5 => {
            let parts = epochs(&frames);
            let first = chance.below(parts.len() - 1);
            let ((from, middle), (_, to)) = (parts[first], parts[first + 1]);
            frames[from..to].rotate_left(middle - from);
        }
        6 => {
            let assignments = (0..frames.len()).filter(|at| frames[*at].0 == kind::ASSIGNMENT);
            let assignments: Vec<usize> = assignments.collect();
            let (_, frame) = &mut frames[assignments[chance.below(assignments.len())]];
            let target = frame.len() - 32;
            // 2^-26 of all hashes, and other parts of them.
            frame[target] = [0x00, 0x01, 0x02, 0x07, 0x0f, 0x3f, 0xff][chance.below(7)];
            frame[target + 1] = chance.below(256) as u8;
        }
        _ => {
            let (here, there) = (epochs(&frames), epochs(other));
            let (_, cut) = here[chance.below(here.len())];
            let (_, from) = there[chance.below(there.len())];
            frames.truncate(cut);
            frames.extend_from_slice(&other[from..]);
        }
    }
    let sealed = kind_of_mutation >= 8;
    if sealed {
        seal_anew(&mut frames);
    }
    (bytes(&frames), sealed)
}

struct Tally {
    caught: usize,
    harmless: usize,
    /// Over every code and place.
    digest: [u8; 32],
}

/// What a bundle says that is paid for.
fn delivered(verdict: &Verdict) -> (u64, u128, u64) {
    (
        verdict.shares_valid,
        verdict.work_hashes.get(),
        verdict.owed_sats.get(),
    )
}

fn campaign(mutations: usize) -> Tally {
    let (honest, other) = (honest(7), honest(8));
    let original = bytes(&honest);
    let untouched = verify(&original);
    assert!(untouched.valid, "{:?}", untouched.faults);
    assert!(verify(&bytes(&other)).valid);
    let mut resealed = honest.clone();
    seal_anew(&mut resealed);
    assert_eq!(bytes(&resealed), original, "sealing anew changes nothing");
    let mut chance = Chance(1);
    let mut tally = Tally {
        caught: 0,
        harmless: 0,
        digest: [0; 32],
    };
    for number in 0..mutations {
        let (bytes, sealed) = mutated(&mut chance, &honest, &other);
        let verdict = verify(&bytes);
        let Some(first) = verdict.faults.first() else {
            // Nothing was changed, or whoever runs the server has restated what nobody is paid for: two records that
            // do not depend on each other changed places, say.
            assert!(verdict.valid);
            assert!(sealed || bytes == original, "mutation {number}");
            assert_eq!(
                delivered(&verdict),
                delivered(&untouched),
                "mutation {number}"
            );
            tally.harmless += 1;
            continue;
        };
        assert!(!verdict.valid && !first.message.is_empty());
        assert!(first.offset <= bytes.len() as u64, "mutation {number}");
        tally.caught += 1;
        let place = format!("{number} {} {}", first.code.as_str(), first.offset);
        tally.digest = sha256(&[&tally.digest[..], place.as_bytes()].concat());
    }
    tally
}

/// As the campaign ended when its code was last read: natively and in wasm the same.
const DIGEST: &str = "a4b493d4eb1a2f424440299533bcbd3eec07769fa51893c02cfc603664de644f";

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[expect(clippy::print_stdout, reason = "the bench's figure")]
fn every_mutation_is_caught_and_named() {
    // The bench asks for more.
    let asked = std::env::var("MUTATIONS").ok().and_then(|n| n.parse().ok());
    let mutations = asked.unwrap_or(10_000);
    let tally = campaign(mutations);
    assert_eq!(tally.caught + tally.harmless, mutations);
    // Two records may change places unseen only where whoever moved them sealed the bundle anew.
    assert!(
        tally.harmless * 20 < mutations,
        "{} harmless",
        tally.harmless
    );
    println!("figure: mutations_caught {} of {mutations}", tally.caught);
    let digest: String = tally.digest.iter().map(|b| format!("{b:02x}")).collect();
    if asked.is_none() {
        assert_eq!(digest, DIGEST);
    }
}

/// Numbers in a bundle ask for nothing before the bytes are there.
#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn what_claims_to_be_huge_takes_nothing() {
    let begun = bytes(&honest(7)[..1].to_vec());
    let with = |frame: &[u8]| verify(&[&begun, frame].concat()).faults[0].code;
    let framed = |kind: u8, payload: &[u8]| {
        let mut frame = vec![kind];
        fixture::varint(payload.len() as u128, &mut frame);
        [&frame, payload].concat()
    };
    // A payload of 2^28 bytes, and one of 65,537.
    assert_eq!(with(&[6, 0x80, 0x80, 0x80, 0x80, 1]), Code::BadFrame);
    assert_eq!(with(&[6, 0x81, 0x80, 0x04]), Code::LimitExceeded);
    // A job with a coinbase of 2^31 bytes; one with 2^32 - 1 levels.
    let mut job = vec![0; 1 + 4 + 32 + 4 + 4 + 1];
    fixture::varint(1 << 31, &mut job);
    assert_eq!(with(&framed(3, &job)), Code::LimitExceeded);
    let mut job = vec![0; 1 + 4 + 32 + 4 + 4 + 1 + 2];
    fixture::varint(u32::MAX.into(), &mut job);
    assert_eq!(with(&framed(3, &job)), Code::LimitExceeded);
    // An epoch of 2^60 shares is read in no time, and differs.
    let mut epoch = vec![0];
    for number in [
        at(0).unix_ms().into(),
        at(0).unix_ms().into(),
        1 << 60,
        1 << 60,
        0,
        0,
    ] {
        fixture::varint(number, &mut epoch);
    }
    epoch.extend([0; 96]);
    assert_eq!(with(&framed(7, &epoch)), Code::EpochShares);
}
