//! The file that keeps a chain's headers over restarts: 80 bytes each, the genesis block's first.

use crate::Chain;
use pow::Header;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

pub(super) struct HeaderFile {
    file: File,
}

impl HeaderFile {
    /// Opens the file, and the chain that it holds: none where it is new. What a kill left of a header is cut off.
    pub(super) fn open(path: &Path, seed: u64) -> io::Result<(Self, Option<Chain>)> {
        let mut options = OpenOptions::new();
        let mut file = options.read(true).append(true).create(true).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (whole, cut) = bytes.as_chunks();
        if !cut.is_empty() {
            file.set_len((bytes.len() - cut.len()) as u64)?;
        }
        let headers: Vec<Header> = whole.iter().map(Header::from_bytes).collect();
        let chain = Chain::resume(seed, &headers);
        if chain.is_none() && !headers.is_empty() {
            let message = format!("{} holds no chain of block headers", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok((Self { file }, chain))
    }

    /// On disk when it returns: nobody may build on a block that a restart forgets.
    pub(super) fn append(&mut self, header: &Header) -> io::Result<()> {
        self.file.write_all(&header.to_bytes())?;
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::{Book, PoolSettings};

    #[test]
    fn a_chain_goes_on_over_restarts_with_a_new_block_each() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("headers");
        let book = |seed| {
            let headers = Some(path.clone());
            let settings = PoolSettings {
                seed,
                headers,
                ..PoolSettings::default()
            };
            Book::new(&settings, 1_700_000_000)
        };
        drop(book(1).unwrap());
        let first = book(1).unwrap();
        assert_eq!(
            first.height(),
            1,
            "a genesis block is a block that work was given on"
        );
        let before = first.chain.headers().to_vec();
        drop(first);
        // What a kill left of one more header.
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend_from_slice(&[1; 79]);
        std::fs::write(&path, bytes).unwrap();
        let second = book(2).unwrap();
        assert_eq!(second.height(), 2);
        assert_eq!(second.chain.headers()[..2], before);
        drop(second);
        assert_eq!(book(3).unwrap().height(), 3);

        std::fs::write(&path, [7; 160]).unwrap();
        let error = book(4).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
