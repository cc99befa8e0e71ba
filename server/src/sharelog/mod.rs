//! The share log: one append-only file for each contract, which is the contract's proof bundle less its end record.
//!
//! Appending goes through `pow`'s `Writer`, so the log cannot hold what a verifier would refuse. Bytes become durable
//! in groups, of all logs together: while one group is being synced, the next gathers.

mod open;
mod recorder;
#[cfg(test)]
mod tests;
mod wal;

pub use open::{OpenError, Opened};
pub use recorder::Recorder;

use pow::bundle::{Code, State, Writer};
use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::SyncSender},
};
use tokio::sync::watch;
use units::Timestamp;

/// Bytes that may wait for the disk; more means that it has stalled.
const PENDING_MAX: usize = 8 << 20;

/// Why a record was not appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The bundle's rules refuse it.
    #[error("{0}")]
    Refused(#[from] Code),
    /// The disk failed or has stalled. A log that failed takes nothing more until it is opened again.
    #[error("the share log is unavailable")]
    Unavailable,
}

/// A place in the log: everything before it is durable once [`ShareLog::durable`] has answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u64);

/// A contract's log.
pub struct ShareLog {
    path: PathBuf,
    /// The same from the data folder on.
    name: String,
    inner: Mutex<Inner>,
    /// Only the recorder's thread writes to it.
    file: File,
    durable: watch::Sender<Durable>,
    dirty: SyncSender<Arc<ShareLog>>,
}

struct Inner {
    writer: Writer,
    pending: Vec<u8>,
    total: u64,
    queued: bool,
    failed: bool,
}

#[derive(Clone, Copy)]
struct Durable {
    bytes: u64,
    failed: bool,
}

impl ShareLog {
    /// Appends what `edit` writes. The answer is decided and ordered now; it is durable at the mark.
    ///
    /// # Errors
    /// `LogError`; then nothing was appended.
    pub fn append<T>(
        self: &Arc<Self>,
        edit: impl FnOnce(&mut Writer, &mut Vec<u8>) -> Result<T, Code>,
    ) -> Result<(T, Mark), LogError> {
        let mut inner = self.lock();
        if inner.failed || inner.pending.len() > PENDING_MAX {
            return Err(LogError::Unavailable);
        }
        let Inner {
            writer,
            pending,
            total,
            queued,
            failed,
        } = &mut *inner;
        let before = pending.len();
        let edited = edit(writer, pending)?;
        *total += (pending.len() - before) as u64;
        if !*queued {
            // Each log waits there once at most, so a full queue means that the recorder is gone.
            *queued = self.dirty.try_send(Arc::clone(self)).is_ok();
            *failed = !*queued;
        }
        Ok((edited, Mark(*total)))
    }

    /// Waits until everything before the mark is durable.
    ///
    /// # Errors
    /// `LogError::Unavailable` where the disk failed.
    pub async fn durable(&self, mark: Mark) -> Result<(), LogError> {
        let mut watch = self.durable.subscribe();
        let reached = watch
            .wait_for(|durable| durable.failed || durable.bytes >= mark.0)
            .await;
        match reached {
            Ok(durable) if durable.bytes >= mark.0 => Ok(()),
            _ => Err(LogError::Unavailable),
        }
    }

    /// Looks at what the log adds up to.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(self.lock().writer.state())
    }

    /// The log's length in bytes, durable or not.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.lock().total
    }

    /// What makes a bundle of the log as it is now: the file's bytes up to the mark, then these. The file holds them
    /// once the mark is durable.
    #[must_use]
    pub fn bundle(&self, now: Timestamp) -> (Mark, Vec<u8>) {
        let inner = self.lock();
        (Mark(inner.total), inner.writer.end(now))
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mark {
    /// Offset in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}
