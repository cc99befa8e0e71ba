//! Removing the shares of a contract that is over: its terms and the records of its epochs stay.
//!
//! `epochs.kept` is JSON. It holds the log's first bytes, up to its terms, and every epoch's record as they stood in the
//! log, so that the chain of epochs can still be checked against what was paid, but not the shares.

use super::{
    LogError, ShareLog, Totals,
    layout::{self, KEPT, KEPT_NEW, Layout, Segments},
    scan::{self, EPOCH, Scan, TERMS},
};
use pow::bundle::{Epoch, EpochLine};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
    sync::PoisonError,
};
use stratum::hex;
use units::Timestamp;

/// What is left of a log.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    removed_at_ms: u64,
    /// The length of what was removed.
    bytes: u64,
    /// Magic and terms, in hex.
    terms: String,
    /// The epochs' payloads, in hex.
    epochs: Vec<String>,
    /// SHA-256 of all that, in hex: against a disk that changes a byte, not against people.
    hash: String,
}

/// That the shares were removed, and what they added up to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Removed {
    pub at: Timestamp,
    pub totals: Totals,
}

impl Kept {
    /// # Errors
    /// Where the file cannot be read, or is none of these.
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        let bytes = fs::read(folder.join(KEPT))?;
        serde_json::from_slice(&bytes).map_err(io::Error::from)
    }

    pub(crate) fn removed(&self) -> Removed {
        Removed {
            at: Timestamp::from_unix_ms(self.removed_at_ms),
            totals: self.totals(),
        }
    }

    /// The log's first bytes, up to its terms.
    pub(crate) fn begun(&self) -> Option<Vec<u8>> {
        hex::decode(&self.terms)
    }

    /// The records, as far as they can be read.
    pub(crate) fn records(&self) -> Vec<Epoch> {
        let payloads = self.epochs.iter().map_while(|text| hex::decode(text));
        payloads
            .map_while(|payload| scan::epoch(&payload))
            .collect()
    }

    /// True where the log began with these bytes.
    pub(crate) fn is_of(&self, begun: &[u8]) -> bool {
        self.terms == hex::encode(begun)
    }

    /// Over everything but the hash itself.
    fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.removed_at_ms.to_le_bytes());
        hasher.update(self.bytes.to_le_bytes());
        for text in std::iter::once(&self.terms).chain(&self.epochs) {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text);
        }
        hex::encode(&hasher.finalize())
    }

    /// What does not fit together, as a sentence: each epoch must name the hash of the one before.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.hash != self.hash() {
            return Err("it is not what was written".into());
        }
        let records = self.records();
        if records.len() != self.epochs.len() {
            return Err(format!("epoch {} cannot be read", records.len()));
        }
        let mut previous = [0; 32];
        for (index, epoch) in (0_u32..).zip(&records) {
            if epoch.index != index || epoch.previous != previous {
                return Err(format!("epoch {index} does not follow the one before"));
            }
            previous = epoch.hash();
        }
        Ok(())
    }

    pub(crate) fn epochs(&self) -> Vec<EpochLine> {
        let records = self.records();
        let lines = records.iter().map(|epoch| EpochLine {
            index: epoch.index,
            start_ms: epoch.start.unix_ms(),
            end_ms: epoch.end.unix_ms(),
            shares: epoch.shares,
            shares_total: epoch.shares_total,
            work_total_hashes: epoch.work_total,
            owed_total_sats: epoch.owed_total,
            hash: hex::encode(&epoch.hash()),
        });
        lines.collect()
    }

    pub(crate) fn totals(&self) -> Totals {
        let records = self.records();
        records.last().map_or_else(Totals::default, |last| Totals {
            shares: last.shares_total,
            work: last.work_total,
            owed: last.owed_total,
            epoch_start: last.end,
        })
    }
}

impl ShareLog {
    /// Removes the shares for good. The contract must be over and paid.
    ///
    /// # Errors
    /// Where something is still to be written, or the files cannot be read or written. A crash in between is made good
    /// when the log is opened.
    pub fn remove_shares(&self, now: Timestamp) -> io::Result<()> {
        let shares = {
            let inner = self.lock();
            if inner.removed.is_some() {
                return Ok(());
            }
            if inner.queued || !inner.pending.is_empty() || inner.failed {
                return Err(io::Error::other(LogError::Unavailable));
            }
            inner.writer.state().sum().shares
        };
        let layout = Layout::read(&self.folder)?;
        let kept = read(&self.folder, &layout, now)?;
        if kept.totals().shares != shares {
            return Err(io::Error::other("not all shares are in sealed epochs"));
        }
        write(&self.folder, &kept)?;
        self.lock().removed = Some(kept.removed());
        *self.writing.lock().unwrap_or_else(PoisonError::into_inner) = None;
        remove_segments(&self.folder, &layout)
    }
}

fn read(folder: &Path, layout: &Layout, now: Timestamp) -> io::Result<Kept> {
    let mut kept = Kept {
        removed_at_ms: now.unix_ms(),
        bytes: layout.bytes(),
        terms: String::new(),
        epochs: Vec::new(),
        hash: String::new(),
    };
    let (mut segments, mut scan) = (Segments::new(folder, layout), Scan::default());
    let mut chunk = vec![0; 1 << 16];
    let mut first = Vec::new();
    loop {
        let read = segments.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        let bytes = chunk.get(..read).unwrap_or_default();
        if kept.terms.is_empty() {
            first.extend_from_slice(bytes);
        }
        scan.push(bytes, &mut |found| match found.kind {
            TERMS => {
                let end = usize::try_from(found.end).unwrap_or(usize::MAX);
                kept.terms = hex::encode(first.get(..end).unwrap_or_default());
            }
            EPOCH => kept.epochs.push(hex::encode(&found.payload)),
            _ => {}
        });
    }
    kept.hash = kept.hash();
    kept.check().map_err(io::Error::other)?;
    Ok(kept)
}

/// All of it or nothing.
fn write(folder: &Path, kept: &Kept) -> io::Result<()> {
    let new = folder.join(KEPT_NEW);
    let mut file = File::create(&new)?;
    file.write_all(&serde_json::to_vec(kept)?)?;
    file.sync_all()?;
    fs::rename(&new, folder.join(KEPT))?;
    layout::sync_folder(folder)
}

pub(super) fn remove_segments(folder: &Path, layout: &Layout) -> io::Result<()> {
    for segment in &layout.segments {
        // In this order: it may be sealed at this moment.
        let names = [
            layout::open_name(segment.number),
            layout::sealed_name(segment.number),
        ];
        for name in names {
            match fs::remove_file(folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    layout::sync_folder(folder)
}
