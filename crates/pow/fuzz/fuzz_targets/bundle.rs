//! Any bytes: the reader never panics, pieces and places of hashing change nothing, and a valid bundle has no second form.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pow::bundle::{Batch, Verifier};

fuzz_target!(|bytes: &[u8]| {
    let mut whole = Verifier::new();
    whole.push(bytes);
    let whole = whole.finish();

    let mut pieces = Verifier::new();
    let piece = bytes.first().map_or(1, |first| usize::from(*first) + 1);
    let mut given = Vec::new();
    for bytes in bytes.chunks(piece) {
        pieces.read(bytes);
        given.extend(pieces.next_batch(bytes.len().is_multiple_of(2)));
    }
    given.extend(std::iter::from_fn(|| pieces.next_batch(true)));
    for batch in given.iter().rev() {
        let there = Batch::from_bytes(&batch.to_bytes()).expect("its own bytes");
        pieces.hashed(batch.number(), there.hashes());
    }
    assert_eq!(pieces.finish(), whole);

    // Bytes that nobody wrote as a batch.
    if let Some(batch) = Batch::from_bytes(bytes) {
        assert_eq!(batch.hashes().len(), batch.len());
    }
});
