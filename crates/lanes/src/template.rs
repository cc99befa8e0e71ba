//! What a batch shares, and what each of its candidates adds.

use crate::constants::{IV, PAD, Table, expand};
use crate::known::Sibling;
use crate::scalar;
use alloc::vec::Vec;

/// The longest extranonce2 that a candidate can carry.
pub const EXTRANONCE2_MAX: usize = 8;

/// One job seen from one coinbase space: everything of a header that the candidates of that space have in common.
#[derive(Clone, Debug)]
pub struct Template {
    /// State after the whole blocks before extranonce2.
    pub(crate) midstate: [u32; 8],
    /// The padded coinbase from there on, with zeros for extranonce2.
    pub(crate) tail: Vec<[u32; 16]>,
    /// `K + W` of the tail's blocks after extranonce2: the last ones of `tail`.
    tables: Vec<Table>,
    /// Where extranonce2 stands in the tail, in bytes; below 64.
    extranonce2_at: usize,
    extranonce2_size: usize,
    pub(crate) branch: Vec<Sibling>,
    pub(crate) prev_hash: [u32; 8],
    /// As the header's word is hashed.
    pub(crate) nbits: u32,
}

/// One possible share: a header in all that its [`Template`] leaves open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// Index of its template in the slice that is passed along.
    pub template: u32,
    /// Extranonce2 in the template's first bytes; the others are not read.
    pub extranonce2: [u8; EXTRANONCE2_MAX],
    /// Version of the header, with its rolled bits.
    pub version: u32,
    /// Seconds since the Unix epoch.
    pub ntime: u32,
    /// The nonce.
    pub nonce: u32,
}

impl Template {
    /// A coinbase (non-witness serialisation) of `prefix`, `extranonce2_size` bytes and `suffix`, under `branch` (lowest
    /// level first) and a header of `prev_hash` and `nbits`; hashes in header byte order. `None` when extranonce2 is
    /// longer than [`EXTRANONCE2_MAX`].
    #[must_use]
    pub fn new(
        prefix: &[u8],
        extranonce2_size: usize,
        suffix: &[u8],
        branch: &[[u8; 32]],
        prev_hash: [u8; 32],
        nbits: u32,
    ) -> Option<Self> {
        if extranonce2_size > EXTRANONCE2_MAX {
            return None;
        }
        let (whole, rest) = prefix.as_chunks::<64>();
        let mut midstate = IV;
        for block in whole {
            scalar::compress(&mut midstate, &words(block));
        }
        let mut bytes = rest.to_vec();
        bytes.resize(rest.len() + extranonce2_size, 0);
        bytes.extend_from_slice(suffix);
        let tail = padded(bytes, whole.len());
        let varying = (rest.len() + extranonce2_size).div_ceil(64);
        Some(Self {
            midstate,
            tables: tail.iter().skip(varying).map(expand).collect(),
            tail,
            extranonce2_at: rest.len(),
            extranonce2_size,
            branch: branch
                .iter()
                .map(|hash| Sibling::new(words(hash)))
                .collect(),
            prev_hash: words(&prev_hash),
            nbits: nbits.swap_bytes(),
        })
    }

    /// Templates of one shape can fill the lanes of one group: as many blocks of the coinbase and as many levels.
    pub(crate) fn shape(&self) -> (usize, usize) {
        (self.tail.len(), self.branch.len())
    }

    /// The tail's block number `block` as a table, where extranonce2 has no part in it.
    pub(crate) fn table(&self, block: usize) -> Option<&Table> {
        let varying = self.tail.len() - self.tables.len();
        self.tables.get(block.checked_sub(varying)?)
    }

    /// What extranonce2 adds to the tail's block number `block`: at most three words and their places.
    pub(crate) fn extranonce2(
        &self,
        block: usize,
        extranonce2: [u8; EXTRANONCE2_MAX],
    ) -> impl Iterator<Item = (usize, u32)> {
        let unread = 8 * (EXTRANONCE2_MAX - self.extranonce2_size) as u32;
        let value = u64::from_be_bytes(extranonce2);
        let value = value.checked_shr(unread).unwrap_or(0);
        // Its first byte stands highest in the window of four words that starts at its first word.
        let shift = 64 + unread - 8 * (self.extranonce2_at % 4) as u32;
        let window = u128::from(value).checked_shl(shift).unwrap_or(0);
        let first = self.extranonce2_at / 4;
        (0..3).filter_map(move |i| {
            let place = (first + i).checked_sub(16 * block)?;
            (place < 16).then_some((place, (window >> (96 - 32 * i)) as u32))
        })
    }
}

impl Candidate {
    /// The header's last words, after the merkle root.
    pub(crate) fn header_end(&self, nbits: u32) -> [u32; 3] {
        [self.ntime.swap_bytes(), nbits, self.nonce.swap_bytes()]
    }
}

/// SHA-256's padding of a message whose first `blocks_before` blocks are hashed already.
fn padded(mut bytes: Vec<u8>, blocks_before: usize) -> Vec<[u32; 16]> {
    let bits = 8 * (64 * blocks_before as u64 + bytes.len() as u64);
    bytes.push((PAD >> 24) as u8);
    bytes.resize((bytes.len() + 8).next_multiple_of(64) - 8, 0);
    bytes.extend_from_slice(&bits.to_be_bytes());
    bytes.as_chunks::<64>().0.iter().map(words).collect()
}

/// Bytes as SHA-256 reads them; `BYTES` is four times `WORDS`.
pub(crate) fn words<const BYTES: usize, const WORDS: usize>(bytes: &[u8; BYTES]) -> [u32; WORDS] {
    const { assert!(BYTES == 4 * WORDS) };
    let mut out = [0; WORDS];
    for (word, bytes) in out.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *word = u32::from_be_bytes(*bytes);
    }
    out
}

/// A state as the hash it stands for.
pub(crate) fn bytes(words: &[u32; 8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (bytes, word) in out.as_chunks_mut::<4>().0.iter_mut().zip(words) {
        *bytes = word.to_be_bytes();
    }
    out
}
