//! The fuzz targets on their corpus, and on a fixed number of mutations of each of its files: the same ones every time.

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::{fs, path::Path};

const MUTATIONS: u32 = 150;

/// Where a test runs optimised code there is time for more.
const FACTOR: u32 = if cfg!(debug_assertions) { 1 } else { 20 };

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let limit = u64::try_from(limit).unwrap().max(1);
        usize::try_from((self.0 >> 11) % limit).unwrap()
    }

    /// Bytes changed, put in, taken out, doubled or spliced with another file's.
    fn mutate(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        const TOKENS: &[&[u8]] = &[
            b"\"",
            b"\\",
            b"null",
            b"{",
            b"}",
            b"[",
            b"]",
            b",",
            b":",
            b"\n",
            b"\r\n",
            b"\\u0000",
            b"-1",
            b"1e999",
            b"0",
            b"\xff",
            b"\xc3\xa9",
            b"ffffffff",
            b"true",
            b"false",
            b" ",
            b"\t",
            b"\"id\":",
            b"\"params\":[",
            b"99999999999999999999",
        ];
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            let end = (at + self.below(12)).min(bytes.len());
            match self.below(6) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                1 => drop(bytes.drain(at..end)),
                2 => drop(bytes.splice(at..end, TOKENS[self.below(TOKENS.len())].iter().copied())),
                3 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
                4 => {
                    let from = self.below(other.len() + 1);
                    bytes.truncate(at);
                    bytes.extend_from_slice(&other[from..]);
                }
                _ => bytes.insert(at, u8::try_from(self.below(256)).unwrap()),
            }
        }
    }
}

fn run(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(name);
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let files: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(files.len() >= 24, "{name}: {} seeds", files.len());
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for file in &files {
        target(file);
        for _ in 0..MUTATIONS * FACTOR {
            let mut bytes = file.clone();
            let other = random.below(files.len());
            random.mutate(&mut bytes, &files[other]);
            target(&bytes);
        }
    }
}

#[test]
fn line() {
    run("line", targets::line);
}

#[test]
fn notify() {
    run("notify", targets::notify);
}

#[test]
fn submit() {
    run("submit", targets::submit);
}

#[test]
fn upstream() {
    run("upstream", targets::upstream);
}
