//! Shares put together byte by byte and hashed by the `sha2` crate, to compare the paths with.

use lanes::{Candidate, Path, Template};
use sha2::{Digest, Sha256};

/// What a [`Template`] is made from.
#[derive(Clone, Debug)]
pub struct Space {
    pub prefix: Vec<u8>,
    pub extranonce2_size: usize,
    pub suffix: Vec<u8>,
    pub branch: Vec<[u8; 32]>,
    pub prev_hash: [u8; 32],
    pub nbits: u32,
}

impl Space {
    pub fn template(&self) -> Template {
        Template::new(
            &self.prefix,
            self.extranonce2_size,
            &self.suffix,
            &self.branch,
            self.prev_hash,
            self.nbits,
        )
        .unwrap()
    }

    pub fn header(&self, candidate: &Candidate) -> [u8; 80] {
        let extranonce2 = &candidate.extranonce2[..self.extranonce2_size];
        let coinbase = [&self.prefix, extranonce2, &self.suffix].concat();
        let root = self.branch.iter().fold(sha256d(&coinbase), |left, right| {
            sha256d(&[left, *right].concat())
        });
        let parts = [
            &candidate.version.to_le_bytes()[..],
            &self.prev_hash,
            &root,
            &candidate.ntime.to_le_bytes(),
            &self.nbits.to_le_bytes(),
            &candidate.nonce.to_le_bytes(),
        ];
        parts.concat().try_into().unwrap()
    }
}

pub fn sha256d(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(Sha256::digest(bytes)).into()
}

/// Compares every path that there is here with the naive hashes, for shares and for their headers.
pub fn check(spaces: &[Space], candidates: &[Candidate]) {
    let headers: Vec<[u8; 80]> = candidates
        .iter()
        .map(|candidate| spaces[candidate.template as usize].header(candidate))
        .collect();
    let expected: Vec<[u8; 32]> = headers.iter().map(|header| sha256d(header)).collect();
    let templates: Vec<Template> = spaces.iter().map(Space::template).collect();
    // What was there before must not stay.
    let mut out = vec![[1; 32]; 3];
    for path in Path::all() {
        path.header_hashes(&templates, candidates, &mut out);
        assert_eq!(
            out,
            expected,
            "shares, {}: {spaces:?} {candidates:?}",
            path.name()
        );
        path.hash_headers(&headers, &mut out);
        assert_eq!(out, expected, "headers, {}: {headers:?}", path.name());
    }
}
