//! A campaign of mutations: bits flipped, records dropped, swapped, doubled and moved, targets replaced, contracts spliced,
//! pools' answers turned round, made up and given to other shares;
//! as they come, and sealed anew by somebody who can hash. Every one is caught and named, natively and in wasm alike.

mod fixture;
mod sealing;

use fixture::{Delivery, EASY, at, kind, target, terms, verify};
use pow::{
    Header,
    bundle::{Code, Ending, MAGIC, PoolAnswersLine, PoolWord, Terms, Verdict, Verifier},
    settlement::CloseReason,
    sha256,
};
use sealing::{Frames, bytes, seal_hashes, seal_sums};
use std::collections::BTreeMap;
use units::{ContractId, Millis, Nbits, Price, Sats, Target};

/// So high that every hash is worth something.
const PRICE: Price = Price::new(1_000_000_000_000_000_000);

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

/// Four blocks with their headers, two sessions, each with another pool, eight machines, four epochs and a host who ends it.
/// Half of the shares meet the pool's target; it answers each but the last two once another one has come.
fn honest(contract: u64) -> Frames {
    let mut delivery = Delivery::new(Terms {
        contract: ContractId::new(contract),
        price: PRICE,
        budget: Sats::new(u64::MAX),
        ..terms()
    });
    let d = &mut delivery;
    d.pool_target = target(EASY);
    let mut parent = [contract as u8; 32];
    for block in 0..4 {
        if block % 2 == 0 {
            d.upstream(6);
            d.pool = 1;
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
                if d.due.len() > 2 {
                    d.answer_next(word(d.due[0]));
                }
            }
        }
        d.now += 10_000;
        d.seal();
    }
    let (bytes, spans) = delivery.ended(Ending {
        reason: CloseReason::ByHost,
        excused: Millis::new(2_000),
        // All of it.
        to_buyer: terms().bond,
    });
    let frame = |(kind, span): &fixture::Span| (*kind, bytes[span.clone()].to_vec());
    let mut frames: Frames = spans.iter().map(frame).collect();
    frames[0].1.drain(..MAGIC.len());
    frames
}

/// Every fourth is refused.
fn word(share: u64) -> PoolWord {
    match share % 4 {
        0 => PoolWord::refused(Some(21), "Job not found"),
        _ => PoolWord::Accepted,
    }
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

/// Frames from one epoch's end to the next.
fn epochs(frames: &Frames) -> Vec<(usize, usize)> {
    let ends = (0..frames.len()).filter(|at| frames[*at].0 == kind::EPOCH);
    let mut start = 1;
    ends.map(|end| (std::mem::replace(&mut start, end + 1), end + 1))
        .collect()
}

/// Who mutates.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// Half of the mutants are left as they come, of the others the hashes over records are made right again.
    Anybody,
    /// The sums as well: half of them leave out the shares that would be refused.
    Liar,
}

/// What was done to a bundle.
struct Mutant {
    bytes: Vec<u8>,
    sealed: bool,
    /// A target was replaced.
    retargeted: bool,
}

fn mutated(chance: &mut Chance, by: By, honest: &Frames, other: &Frames) -> Mutant {
    let mut frames = honest.clone();
    // All but the terms and the end.
    let one = 1 + chance.below(frames.len() - 2);
    let kind_of_mutation = chance.below(18);
    let second_half = kind_of_mutation >= 9;
    let mut retargeted = kind_of_mutation % 9 == 6;
    match kind_of_mutation % 9 {
        kind @ (0 | 1) if by == By::Anybody => {
            let mut bytes = bytes(&frames);
            if kind == 0 {
                let bit = chance.below(bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            } else {
                bytes.truncate(chance.below(bytes.len()));
            }
            return Mutant {
                bytes,
                sealed: false,
                retargeted: false,
            };
        }
        0 => {
            let (kind, frame) = &mut frames[one];
            retargeted = *kind == kind::ASSIGNMENT;
            // Within the payload.
            let bit = 16 + chance.below((frame.len() - 2) * 8);
            frame[bit / 8] ^= 1 << (bit % 8);
        }
        1 => _ = frames.drain(one..frames.len() - 1),
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
        7 => mutate_answer(chance, &mut frames),
        _ => {
            let (here, there) = (epochs(&frames), epochs(other));
            let (_, cut) = here[chance.below(here.len())];
            let (_, from) = there[chance.below(there.len())];
            frames.truncate(cut);
            frames.extend_from_slice(&other[from..]);
        }
    }
    match by {
        By::Anybody if second_half => seal_hashes(&mut frames),
        By::Anybody => {}
        By::Liar => seal_sums(&mut frames, second_half),
    }
    Mutant {
        bytes: bytes(&frames),
        sealed: by == By::Liar || second_half,
        retargeted,
    }
}

/// An answer is turned round, given to another share, or made up.
fn mutate_answer(chance: &mut Chance, frames: &mut Frames) {
    let answers = (0..frames.len()).filter(|at| frames[*at].0 == kind::ANSWER);
    let answers: Vec<usize> = answers.collect();
    let one = answers[chance.below(answers.len())];
    // 40 ms after what was before, so many shares back; then what follows of a refusal.
    let (back, refusal) = (frames[one].1[3], frames[one].1[4..].to_vec());
    let answer = |back: u8, refusal: &[u8]| {
        let payload = [&[40, back][..], refusal].concat();
        [&[kind::ANSWER, payload.len() as u8][..], &payload].concat()
    };
    match chance.below(3) {
        0 if refusal.is_empty() => frames[one].1 = answer(back, &[1, 42, 1, b'?']),
        0 => frames[one].1 = answer(back, &[]),
        1 => frames[one].1 = answer(chance.below(12) as u8, &refusal),
        _ => {
            let made_up = answer(chance.below(12) as u8, &[]);
            let place = 1 + chance.below(frames.len() - 1);
            frames.insert(place, (kind::ANSWER, made_up));
        }
    }
}

#[derive(Debug, Default)]
struct Tally {
    /// Named as invalid.
    caught: usize,
    /// Valid, and nothing changed of what is paid for.
    harmless: usize,
    /// Valid, the same is paid for, and the pools' answers are others: they are the word of whoever sealed the bundle.
    retold: usize,
    /// Valid, and asks for less: shares that are left out leave no trace in a bundle.
    modest: usize,
    /// Valid by luck: a share that was moved to another job or machine met its target there, which is a hash like any.
    lucky: usize,
    /// Valid with a target set after the hashes, which all of its shares happen to meet.
    retargeted: usize,
    /// Over every code and place, and the work of those that are valid.
    digest: [u8; 32],
}

/// The hashes that count, with the work of each.
type Counted = BTreeMap<[u8; 32], u128>;

fn read(bytes: &[u8]) -> (Verdict, Counted) {
    let (mut verifier, mut counted) = (Verifier::new(), Counted::new());
    verifier.push_each(bytes, &mut |_, share| {
        counted.insert(share.hash, share.work.get());
    });
    (verifier.finish(), counted)
}

/// The work that a hash is a proof of at most: that of the hardest target that it meets.
fn most_work(hash: &[u8; 32]) -> u128 {
    let mut number = *hash;
    number.reverse();
    Target::from_be_bytes(number).unwrap().work().get()
}

impl Tally {
    /// A mutant in which nothing is wrong: nobody has to pay for more than was delivered.
    fn valid(
        &mut self,
        number: usize,
        mutant: &Mutant,
        verdict: &Verdict,
        counted: &Counted,
        (honest, answers): (&Counted, &Option<PoolAnswersLine>),
    ) {
        let sum = |counted: &Counted| counted.values().sum::<u128>();
        let (work, delivered) = (verdict.work_hashes.get(), sum(honest));
        assert_eq!(work, sum(counted), "mutation {number}");
        let known = |hash: &[u8; 32]| honest.contains_key(hash);
        let found = counted.iter().filter(|(hash, _)| !known(hash));
        let found: u128 = found.map(|(_, work)| work).sum();
        if counted == honest && verdict.pool_answers != *answers {
            assert!(mutant.sealed, "mutation {number}");
            self.retold += 1;
        } else if counted == honest {
            self.harmless += 1;
        } else if work < delivered {
            self.modest += 1;
        } else if mutant.retargeted {
            // What shares alone cannot show; the page on the format says so. It stays within what the hashes are.
            let most: u128 = honest.keys().map(most_work).sum();
            assert!(work <= most && found == 0, "mutation {number}");
            self.retargeted += 1;
        } else {
            assert!(work - found <= delivered, "mutation {number}");
            self.lucky += usize::from(found > 0);
            self.harmless += usize::from(found == 0);
        }
    }
}

fn campaign(by: By, mutations: usize) -> Tally {
    let (honest, other) = (honest(7), honest(8));
    let original = bytes(&honest);
    let (untouched, delivered) = read(&original);
    assert!(untouched.valid, "{:?}", untouched.faults);
    assert!(verify(&bytes(&other)).valid);
    let seals: [fn(&mut Frames); 3] = [
        seal_hashes,
        |frames| seal_sums(frames, false),
        |frames| seal_sums(frames, true),
    ];
    for seal in seals {
        let mut resealed = honest.clone();
        seal(&mut resealed);
        assert_eq!(bytes(&resealed), original, "sealing anew changes nothing");
    }
    let mut chance = Chance(1);
    let mut tally = Tally::default();
    for number in 0..mutations {
        let mutant = mutated(&mut chance, by, &honest, &other);
        let (verdict, counted) = read(&mutant.bytes);
        let outcome = match verdict.faults.first() {
            None => {
                assert!(verdict.valid);
                assert!(
                    mutant.sealed || mutant.bytes == original,
                    "mutation {number}"
                );
                let honest = (&delivered, &untouched.pool_answers);
                tally.valid(number, &mutant, &verdict, &counted, honest);
                format!("{number} {}", verdict.work_hashes.get())
            }
            Some(first) => {
                assert!(!verdict.valid && !first.message.is_empty());
                assert!(
                    first.offset <= mutant.bytes.len() as u64,
                    "mutation {number}"
                );
                tally.caught += 1;
                format!("{number} {} {}", first.code.as_str(), first.offset)
            }
        };
        tally.digest = sha256(&[&tally.digest[..], outcome.as_bytes()].concat());
    }
    tally
}

/// As the campaigns ended when their code was last read: natively and in wasm the same.
const DIGEST: &str = "10a7dcf9bc935cf3e69cb7b2e35cf89cfe238eca4db85f12eccddad5ef42f3f8";
const DIGEST_OF_LIES: &str = "f3305cdb4be6859ebb7bc7d627c1c9beb5214e7f4ad7aedab6208f7313f691ef";

/// The bench asks for more; then there is no digest to compare.
fn asked() -> Option<usize> {
    std::env::var("MUTATIONS").ok()?.parse().ok()
}

fn hex(digest: &[u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[expect(clippy::print_stdout, reason = "the bench's figure")]
fn every_mutation_is_caught_and_named() {
    let mutations = asked().unwrap_or(10_000);
    let tally = campaign(By::Anybody, mutations);
    println!("figure: mutations_caught {} of {mutations}", tally.caught);
    println!("{tally:?}");
    assert_eq!(tally.caught + tally.harmless + tally.retold, mutations);
    assert!(tally.retold * 100 > mutations, "{tally:?}");
    // Two records may change places unseen only where whoever moved them sealed the bundle anew.
    assert!(tally.harmless * 20 < mutations, "{tally:?}");
    if asked().is_none() {
        assert_eq!(hex(&tally.digest), DIGEST);
    }
}

/// Whoever writes the bundle can restate all that it says of its shares. He still cannot ask for more than was hashed.
#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[expect(clippy::print_stdout, reason = "read when the digest changes")]
fn no_consistent_lie_asks_for_more_than_was_hashed() {
    let mutations = asked().unwrap_or(10_000) / 2;
    let tally = campaign(By::Liar, mutations);
    println!("{tally:?}");
    assert!(tally.caught * 3 > mutations, "{tally:?}");
    assert!(tally.modest * 10 > mutations, "{tally:?}");
    // One in 32 of the shares that were moved; and an eighth of the mutants are targets.
    assert!(tally.lucky * 100 < mutations, "{tally:?}");
    assert!(tally.retargeted * 20 < mutations, "{tally:?}");
    if asked().is_none() {
        assert_eq!(hex(&tally.digest), DIGEST_OF_LIES);
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
    let mut job = [&[0; 1 + 4 + 32 + 4 + 4 + 1][..], &[1, 0xff]].concat();
    fixture::varint(1 << 31, &mut job);
    assert_eq!(with(&framed(3, &job)), Code::LimitExceeded);
    let mut job = [&[0; 1 + 4 + 32 + 4 + 4 + 1][..], &[1, 0xff, 0, 0]].concat();
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
