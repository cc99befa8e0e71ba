//! Every path against naive hashes, on random cases.
#![cfg(not(any(target_arch = "wasm32", miri)))]

mod naive;

use lanes::Candidate;
use naive::{Space, check};
use proptest::collection::vec;
use proptest::prelude::*;

fn space(levels: impl Strategy<Value = usize>) -> impl Strategy<Value = Space> {
    let bytes = |most: usize| vec(any::<u8>(), 0..=most);
    let branch = levels.prop_flat_map(|levels| vec(any::<[u8; 32]>(), levels));
    let header = (any::<[u8; 32]>(), any::<u32>());
    (bytes(260), 0_usize..=8, bytes(260), branch, header).prop_map(
        |(prefix, extranonce2_size, suffix, branch, (prev_hash, nbits))| Space {
            prefix,
            extranonce2_size,
            suffix,
            branch,
            prev_hash,
            nbits,
        },
    )
}

fn candidates(spaces: usize) -> impl Strategy<Value = Vec<Candidate>> {
    let template = 0..spaces as u32;
    let words = (any::<u32>(), any::<u32>(), any::<u32>());
    let candidate = (template, any::<[u8; 8]>(), words).prop_map(
        |(template, extranonce2, (version, ntime, nonce))| Candidate {
            template,
            extranonce2,
            version,
            ntime,
            nonce,
        },
    );
    vec(candidate, 0..=70)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn all_paths_agree(
        (spaces, candidates) in vec(space(0_usize..=16), 1..4)
            .prop_flat_map(|spaces| (Just(spaces.clone()), candidates(spaces.len())))
    ) {
        check(&spaces, &candidates);
    }

    #[test]
    fn all_paths_agree_where_branches_are_equally_long(
        (spaces, candidates) in vec(space(Just(2)), 1..8)
            .prop_flat_map(|spaces| (Just(spaces.clone()), candidates(spaces.len())))
    ) {
        check(&spaces, &candidates);
    }
}
