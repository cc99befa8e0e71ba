//! Every path against naive hashes, on cases that are the same natively and in wasm.

mod naive;

use lanes::{Candidate, NO_HASH, Path, Template};
use naive::{Space, check};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Miri takes a second per share: a few of the cases are enough for it.
const STEP: usize = if cfg!(miri) { 67 } else { 1 };

#[test]
fn coinbases_of_every_length_around_the_borders_of_blocks() {
    let mut numbers = Numbers(1);
    for prefix in (0..140).step_by(STEP) {
        for suffix in [0, 1, 40, 64, 192] {
            let size = 1 + (prefix + suffix) % 8;
            let space = numbers.space(prefix, size, suffix, 1);
            check(&[space], &numbers.candidates(2, 1));
        }
    }
    for length in (0..200).step_by(STEP) {
        let space = numbers.space(length / 2, 8, length.div_ceil(2), 0);
        check(&[space], &numbers.candidates(1, 1));
    }
}

#[test]
fn every_size_of_extranonce2_at_every_place_in_a_block() {
    let mut numbers = Numbers(2);
    for size in (0..=8).step_by(STEP) {
        for prefix in (0..=64).step_by(STEP) {
            let space = numbers.space(prefix, size, 9, 0);
            check(&[space], &numbers.candidates(1, 1));
        }
    }
}

#[test]
fn branches_of_every_length() {
    let mut numbers = Numbers(3);
    for levels in (0..=16).step_by(STEP) {
        let space = numbers.space(50, 8, 192, levels);
        check(&[space], &numbers.candidates(5, 1));
    }
}

#[test]
fn batches_of_every_size() {
    let mut numbers = Numbers(4);
    for count in (0..=70).chain([255, 256, 257, 600]).step_by(STEP) {
        let space = numbers.space(42, 4, 100, 1);
        check(&[space], &numbers.candidates(count.min(600 / STEP), 1));
    }
}

#[test]
fn templates_of_one_shape_mixed_in_every_group() {
    let mut numbers = Numbers(5);
    // As many blocks each, with extranonce2 of other sizes in other places.
    let spaces = [
        numbers.space(10, 8, 100, 2),
        numbers.space(30, 4, 84, 2),
        numbers.space(61, 8, 48, 2),
        numbers.space(64 + 7, 2, 110, 2),
    ];
    check(&spaces, &numbers.candidates(70 / STEP.min(9), 4));
}

#[test]
fn shapes_mixed_in_one_batch() {
    let mut numbers = Numbers(6);
    let spaces: Vec<_> = (0..9)
        .map(|i| numbers.space(7 * i, i % 9, 150 - 10 * i, i % 4))
        .collect();
    check(&spaces, &numbers.candidates(70 / STEP.min(9), 9));
}

#[test]
fn the_first_block() {
    let mut header = [0; 80];
    header[0] = 1;
    header[36..68].copy_from_slice(&hex::<32>(
        "3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a",
    ));
    header[68..].copy_from_slice(&hex::<12>("29ab5f49ffff001d1dac2b7c"));
    for path in Path::all() {
        let mut out = Vec::new();
        path.hash_headers(&[header], &mut out);
        let expected = hex("6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000");
        assert_eq!(out, [expected], "{}", path.name());
    }
}

#[test]
fn a_candidate_without_template_has_no_hash() {
    let mut numbers = Numbers(7);
    let space = numbers.space(50, 8, 60, 1);
    let candidates = [1, 0, u32::MAX].map(|template| Candidate {
        template,
        ..Candidate::default()
    });
    for path in Path::all() {
        let mut out = Vec::new();
        path.header_hashes(&[space.template()], &candidates, &mut out);
        let hash = naive::sha256d(&space.header(&candidates[1]));
        assert_eq!(out, [NO_HASH, hash, NO_HASH], "{}", path.name());
        path.header_hashes(&[], &candidates, &mut out);
        assert_eq!(out, [NO_HASH; 3], "{}", path.name());
    }
}

#[test]
fn an_extranonce2_longer_than_a_candidate_carries_is_refused() {
    assert!(Template::new(&[], 9, &[], &[], [0; 32], 0).is_none());
    assert!(Template::new(&[], usize::MAX, &[], &[], [0; 32], 0).is_none());
}

/// The wasm build must have its lanes, and every machine its oracle.
#[test]
fn the_scalar_path_is_the_last_of_several_or_the_only_one() {
    let names: Vec<_> = Path::all().map(Path::name).collect();
    assert_eq!(names.last(), Some(&"scalar"));
    assert_eq!(names.first(), Some(&lanes::backend()));
    if cfg!(target_arch = "wasm32") {
        assert_eq!(names, ["simd128", "scalar"]);
    }
}

/// What callers use, whichever path it takes for so many.
#[test]
fn the_path_chosen_by_batch_agrees() {
    let mut numbers = Numbers(8);
    let space = numbers.space(50, 8, 60, 1);
    for count in [1, 7, 8, 9, 17] {
        let candidates = numbers.candidates(count, 1);
        let headers: Vec<_> = candidates.iter().map(|one| space.header(one)).collect();
        let expected: Vec<_> = headers.iter().map(|one| naive::sha256d(one)).collect();
        let (mut shares, mut whole, mut scalar) = (Vec::new(), Vec::new(), Vec::new());
        let templates = [space.template()];
        lanes::header_hashes(&templates, &candidates, &mut shares);
        lanes::hash_headers(&headers, &mut whole);
        lanes::header_hashes_scalar(&templates, &candidates, &mut scalar);
        assert_eq!([shares, whole, scalar], [(); 3].map(|()| expected.clone()));
    }
}

fn hex<const N: usize>(text: &str) -> [u8; N] {
    core::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
}

/// The same numbers in every run, natively and in wasm.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }

    fn hash(&mut self) -> [u8; 32] {
        core::array::from_fn(|_| self.next() as u8)
    }

    fn space(&mut self, prefix: usize, extranonce2: usize, suffix: usize, levels: usize) -> Space {
        Space {
            prefix: self.bytes(prefix),
            extranonce2_size: extranonce2,
            suffix: self.bytes(suffix),
            branch: (0..levels).map(|_| self.hash()).collect(),
            prev_hash: self.hash(),
            nbits: self.next() as u32,
        }
    }

    fn candidates(&mut self, count: usize, spaces: usize) -> Vec<Candidate> {
        (0..count)
            .map(|_| Candidate {
                template: (self.next() % spaces as u64) as u32,
                extranonce2: self.next().to_le_bytes(),
                version: self.next() as u32,
                ntime: self.next() as u32,
                nonce: self.next() as u32,
            })
            .collect()
    }
}
