//! `docs/verify.py`, written from the page on the format alone, and `pow` say the same of whole bundles and of damaged ones.

mod networks;
#[path = "../../../crates/pow/tests/sealing/mod.rs"]
mod sealing;
mod sessions;

use pow::bundle::Verifier;
use sandbox::{BundleSettings, Random, write_bundle};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    ops::Range,
    path::{Path, PathBuf},
    process::Command,
};
use units::Millis;

const MUTANTS: u64 = 500;
/// After these the reading goes on; a mutation that only ever ends it would compare little.
const CODES_AT_LEAST: usize = 23;

#[test]
fn a_second_verifier_agrees() {
    let vector = |name| {
        let path = root().join("crates/pow/tests/vectors").join(name);
        std::fs::read(path).expect("the vector")
    };
    let (vector, ended) = (vector("bundle.bin"), vector("ended.bin"));
    let (small, large) = (made(60, 4, 2), made(2_000, 120, 4));
    let networks = networks::bundles();
    let mut bundles = vec![vector.clone(), small.clone(), large, ended.clone()];
    bundles.extend(networks.iter().cloned());
    for seed in 0..MUTANTS {
        let mut random = Random::new(seed);
        let network = &networks[index(networks.len(), &mut random)];
        let (mut bundle, other) = match random.between(0, 3) {
            0 => (vector.clone(), &small),
            1 => (ended.clone(), &vector),
            2 => (small.clone(), network),
            _ => (network.clone(), &vector),
        };
        for _ in 0..=random.between(0, 2) {
            mutate(&mut bundle, other, &mut random);
        }
        // Half of them by somebody who restates what the shares come to; of those, half leave out what is refused.
        let bundle = match random.between(0, 3) {
            0 => sealed(&bundle, false),
            1 => sealed(&bundle, true),
            _ => bundle,
        };
        bundles.push(bundle);
    }
    let of_ending = of_ending(&ended);
    let of_ending_from = bundles.len();
    bundles.extend(of_ending);

    let ours: Vec<Value> = bundles.iter().map(|bundle| verdict(bundle)).collect();
    let theirs = python(&bundles, 1);
    assert_eq!(ours.len(), theirs.len());
    for (number, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        let differs = difference(theirs, ours, "");
        assert_eq!(differs, None, "bundle {number}");
    }

    let named: BTreeSet<&str> = ours.iter().flat_map(codes).collect();
    println!("{} of {} valid; {named:?}", valid(&ours), ours.len());
    assert!(ours[..4].iter().all(|verdict| verdict["valid"] == true));
    assert!(ours[2]["chain"]["proven"].as_u64() > Some(1));
    let (ours, of_ending) = ours.split_at(of_ending_from);
    let (of_networks, mutants) = ours[4..].split_at(networks.len());
    for code in ["job_nbits", "job_height"] {
        let has_it = |verdict: &&Value| codes(verdict).any(|found| found == code);
        assert!(of_networks.iter().filter(has_it).count() > 10, "{code}");
    }
    for of_one in of_networks.chunks(networks.len() / 3) {
        assert!(valid(of_one) >= 5, "{}", valid(of_one));
    }
    assert!(valid(mutants) > 10);
    for code in ["ending_reason", "ending_time", "ending_compensation"] {
        let has_it = |verdict: &&Value| codes(verdict).any(|found| found == code);
        assert!(of_ending.iter().any(|verdict| has_it(&verdict)), "{code}");
    }
    let answers = ["unknown_share", "answer_not_due", "answer_twice"];
    assert!(answers.iter().all(|code| named.contains(code)), "{named:?}");
    let refused = |verdict: &&Value| verdict["pool_answers"]["all"]["refused"]["shares"] != 0;
    assert!(ours.iter().filter(refused).count() > 100);
    assert!(named.len() >= CODES_AT_LEAST, "{named:?}");
}

#[test]
fn a_second_verifier_agrees_on_full_proofs_and_spent_budgets() {
    let (bundles, right): (Vec<_>, Vec<bool>) = sessions::bundles().into_iter().unzip();
    let theirs = python(&bundles, 1);
    for (number, (bundle, right)) in bundles.iter().zip(right).enumerate() {
        let ours = verdict(bundle);
        assert_eq!(
            difference(&theirs[number], &ours, ""),
            None,
            "bundle {number}"
        );
        let found = match &ours["guarantee"] {
            Value::Null => ours["valid"] == true,
            line => line["judged_ms"] != 0,
        };
        assert_eq!(found, right, "bundle {number}");
    }
}

/// What decides about the bond with each of its bits turned, and the bundle sealed anew: the ending, and the end of the terms.
fn of_ending(ended: &[u8]) -> Vec<Vec<u8>> {
    let all = records(ended);
    let (terms, ending) = (&all[0], &all[all.len() - 2]);
    let decides = (terms.end - 13..terms.end).chain(ending.start + 2..ending.end);
    let turned = decides.flat_map(|at| (0..8).map(move |bit| (at, bit)));
    let turned = turned.map(|(at, bit)| {
        let mut bundle = ended.to_vec();
        bundle[at] ^= 1 << bit;
        sealed(&bundle, false)
    });
    // Longer without a job than the contract lasted, 120,001 ms.
    let mut long = ended.to_vec();
    long[ending.start + 1] += 1;
    long.splice(ending.start + 3..ending.start + 5, [0xc1, 0xa9, 0x07]);
    turned.chain([sealed(&long, false)]).collect()
}

/// Both say the same of this valid bundle.
pub fn agrees_on(bundle: &[u8]) {
    let theirs = python(&[bundle.to_vec()], 0);
    let differs = difference(&theirs[0], &verdict(bundle), "");
    assert_eq!(differs, None);
}

fn valid(verdicts: &[Value]) -> usize {
    let valid = verdicts.iter().filter(|verdict| verdict["valid"] == true);
    valid.count()
}

/// What it states of its shares is made right again; bytes that are no whole record are dropped.
fn sealed(bundle: &[u8], careful: bool) -> Vec<u8> {
    let frame = |at: Range<usize>| (bundle[at.start], bundle[at].to_vec());
    let mut frames: sealing::Frames = records(bundle).into_iter().map(frame).collect();
    sealing::seal_sums(&mut frames, careful);
    sealing::bytes(&frames)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A bundle with headers.
fn made(shares: u64, shares_per_job: u64, jobs_per_block: u64) -> Vec<u8> {
    let settings = BundleSettings {
        shares,
        shares_per_job,
        jobs_per_block,
        epoch_length: Millis::new(shares * 125),
        ..BundleSettings::default()
    };
    let mut bundle = Vec::new();
    write_bundle(settings, &mut bundle).expect("a bundle");
    bundle
}

fn verdict(bundle: &[u8]) -> Value {
    let mut verifier = Verifier::new();
    verifier.push(bundle);
    serde_json::to_value(verifier.finish()).expect("a verdict")
}

fn codes(verdict: &Value) -> impl Iterator<Item = &str> {
    let faults = verdict["faults"].as_array().into_iter().flatten();
    faults.filter_map(|fault| fault["code"].as_str())
}

/// One process for all of them: it starts for longer than it verifies. It ends with this code.
fn python(bundles: &[Vec<u8>], code: i32) -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a folder");
    let name = |(number, bundle): (usize, &Vec<u8>)| {
        let path = folder.path().join(format!("{number}.assay"));
        std::fs::write(&path, bundle).expect("a file");
        path
    };
    let output = Command::new("python3")
        .arg(root().join("docs/verify.py"))
        .args(bundles.iter().enumerate().map(name))
        .output()
        .unwrap_or_else(|why| {
            panic!("this test needs `python3` (3.9 or later) on PATH, and it does not start: {why}")
        });
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{complaint}");
    let lines = String::from_utf8(output.stdout).expect("text");
    let json = |line| serde_json::from_str(line).expect("JSON");
    lines.lines().map(json).collect()
}

/// How `part`, which has not all that `whole` has, differs from it.
fn difference(part: &Value, whole: &Value, path: &str) -> Option<String> {
    match (part, whole) {
        (Value::Object(fields), Value::Object(_)) => fields
            .iter()
            .find_map(|(name, value)| difference(value, &whole[name], &format!("{path}/{name}"))),
        (Value::Array(some), Value::Array(all)) if some.len() == all.len() => some
            .iter()
            .zip(all)
            .enumerate()
            .find_map(|(at, (one, other))| difference(one, other, &format!("{path}/{at}"))),
        _ => (part != whole).then(|| format!("{path}: the second says {part}, ours {whole}")),
    }
}

/// One thing wrong more.
fn mutate(bundle: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let own = records(bundle);
    let (one, two) = (pick(&own, random), pick(&own, random));
    let at = index(bundle.len(), random);
    match random.between(0, 11) {
        0 => flip(bundle, at, random),
        // A record at a time, so that the short ones have their turn.
        1..=3 => flip(bundle, one.start + index(one.len(), random), random),
        4 => drop(bundle.drain(one)),
        5 => {
            let copy = bundle[one].to_vec();
            insert(bundle, two.start, &copy);
        }
        6 => swap(bundle, one, two),
        7 => bundle.truncate(one.start),
        8 => bundle.truncate(at),
        9 => insert(bundle, at, &random.bytes(1)),
        10 => bundle.extend(random.bytes(3)),
        _ => {
            let foreign = pick(&records(other), random);
            insert(bundle, one.start, &other[foreign]);
        }
    }
}

fn flip(bundle: &mut [u8], at: usize, random: &mut Random) {
    if let Some(byte) = bundle.get_mut(at) {
        *byte ^= 1 << random.between(0, 7);
    }
}

fn insert(bundle: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    bundle.splice(at..at, bytes.iter().copied());
}

fn swap(bundle: &mut Vec<u8>, one: Range<usize>, two: Range<usize>) {
    let (first, second) = if one.start <= two.start {
        (one, two)
    } else {
        (two, one)
    };
    if first.end <= second.start {
        let (a, b) = (
            bundle[first.clone()].to_vec(),
            bundle[second.clone()].to_vec(),
        );
        bundle.splice(second, a);
        bundle.splice(first, b);
    }
}

fn pick(records: &[Range<usize>], random: &mut Random) -> Range<usize> {
    let picked = records.get(index(records.len(), random));
    picked.cloned().unwrap_or_default()
}

fn index(length: usize, random: &mut Random) -> usize {
    random.between(0, (length as u64).saturating_sub(1)) as usize
}

/// The whole records, each with its head, as far as they can be told.
fn records(bundle: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 8;
    while let Some(end) = record_end(bundle, start) {
        found.push(start..end);
        start = end;
    }
    found
}

fn record_end(bundle: &[u8], start: usize) -> Option<usize> {
    let (mut length, mut at) = (0, start + 1);
    for shift in [0, 7, 14, 21] {
        let byte = usize::from(*bundle.get(at)?);
        length |= (byte & 0x7f) << shift;
        at += 1;
        if byte < 0x80 {
            break;
        }
    }
    Some(at + length).filter(|end| *end <= bundle.len())
}
