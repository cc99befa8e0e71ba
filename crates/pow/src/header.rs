//! The 80-byte block header.

use crate::hash::sha256d;

/// A block header, its hashes in the byte order that the header has (the reverse of what block explorers print).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Version and, in its rolled bits, BIP 310 version bits.
    pub version: u32,
    /// Hash of the block before it.
    pub prev_hash: [u8; 32],
    /// Root of the transactions' merkle tree.
    pub merkle_root: [u8; 32],
    /// Seconds since the Unix epoch.
    pub ntime: u32,
    /// The network's target in compact form.
    pub nbits: u32,
    /// What the machine counts through.
    pub nonce: u32,
}

impl Header {
    /// The header that these 80 bytes are.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 80]) -> Self {
        fn part<const N: usize>(bytes: &[u8; 80], at: usize) -> [u8; N] {
            let part = bytes.get(at..).and_then(|rest| rest.first_chunk());
            part.copied().unwrap_or([0; N])
        }
        Self {
            version: u32::from_le_bytes(part(bytes, 0)),
            prev_hash: part(bytes, 4),
            merkle_root: part(bytes, 36),
            ntime: u32::from_le_bytes(part(bytes, 68)),
            nbits: u32::from_le_bytes(part(bytes, 72)),
            nonce: u32::from_le_bytes(part(bytes, 76)),
        }
    }

    /// The 80 bytes that are hashed; integers little-endian.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 80] {
        let mut out = [0; 80];
        let parts = [
            &self.version.to_le_bytes()[..],
            &self.prev_hash,
            &self.merkle_root,
            &self.ntime.to_le_bytes(),
            &self.nbits.to_le_bytes(),
            &self.nonce.to_le_bytes(),
        ];
        let bytes = parts.into_iter().flatten();
        out.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        out
    }

    /// SHA-256d of the header, in header byte order: read as a little-endian integer and compared with a target.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        sha256d(&self.to_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back() {
        let mut bytes = [0; 80];
        (0u8..).zip(&mut bytes).for_each(|(n, byte)| *byte = n);
        assert_eq!(Header::from_bytes(&bytes).to_bytes(), bytes);
    }
}
