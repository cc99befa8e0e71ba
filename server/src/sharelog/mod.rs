//! The share log: a contract's proof bundle less its end record, one file an epoch (`layout.rs`).
//!
//! Appending goes through `pow`'s `Writer`, so the log cannot hold what a verifier would refuse. Bytes become durable
//! in groups, of all logs together: while one group is being synced, the next gathers. Where the disk is full, what was
//! not written waits and nothing more is taken; it goes on by itself.

mod kept;
pub(crate) mod layout;
mod open;
mod recorder;
mod room;
pub(crate) mod scan;
mod sealer;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod wal;

pub(crate) use kept::Kept;
use kept::Removed;
pub use open::{OpenError, Opened};
pub use recorder::Recorder;
pub use room::Limits;

use pow::bundle::{Code, Ending, State, Writer};
use std::{
    fs::File,
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;
use units::{Sats, Timestamp, Work};

/// Bytes that may wait for the disk; more means that it has stalled.
const PENDING_MAX: usize = 8 << 20;

/// Why a record was not appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The bundle's rules refuse it.
    #[error("{0}")]
    Refused(#[from] Code),
    /// There is no room, or the disk has stalled or failed. A log that failed takes nothing more until it is opened
    /// again; otherwise it goes on by itself.
    #[error("the share log is unavailable")]
    Unavailable,
    /// The contract's last epoch is sealed: nothing comes after it.
    #[error("the share log has ended")]
    Ended,
}

/// A place in the log: everything before it is durable once [`ShareLog::durable`] has answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u64);

/// What a log adds up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Shares that count.
    pub shares: u64,
    /// Their work.
    pub work: Work,
    /// Owed for them.
    pub owed: Sats,
    /// Start of the open epoch.
    pub epoch_start: Timestamp,
}

/// A contract's log.
pub struct ShareLog {
    folder: PathBuf,
    /// The same from the data folder on.
    name: String,
    inner: Mutex<Inner>,
    /// The segment that is being written; the recorder's thread alone writes.
    writing: Mutex<Option<(u32, Arc<File>)>>,
    durable: watch::Sender<Durable>,
    recorder: Recorder,
    /// False where nothing is kept of it but what it adds up to.
    recorded: bool,
}

struct Inner {
    writer: Writer,
    pending: Vec<u8>,
    total: u64,
    /// Where each sealed epoch's segment ends.
    ends: Vec<u64>,
    queued: bool,
    /// The disk was full: what is pending is tried again, and nothing is added to it.
    stalled: bool,
    failed: bool,
    /// The last epoch is sealed.
    ended: bool,
    removed: Option<Removed>,
}

#[derive(Clone, Copy)]
struct Durable {
    bytes: u64,
    stalled: bool,
    failed: bool,
}

impl Inner {
    const fn refuses(&self) -> bool {
        let is_closed = self.failed || self.stalled || self.removed.is_some();
        is_closed || self.pending.len() > PENDING_MAX
    }
}

impl ShareLog {
    /// Appends what `edit` writes. The answer is decided and ordered now; it is durable at the mark.
    ///
    /// # Errors
    /// `LogError`; then nothing was appended but the records that `edit` wrote before its error: each of them stands, as
    /// the log and what it adds up to must be the same.
    pub fn append<T>(
        self: &Arc<Self>,
        edit: impl FnOnce(&mut Writer, &mut Vec<u8>) -> Result<T, Code>,
    ) -> Result<(T, Mark), LogError> {
        if self.recorded && self.recorder.room().is_short() {
            return Err(LogError::Unavailable);
        }
        self.write(edit, false)
    }

    /// As [`ShareLog::append`], also where no more shares are taken for want of room: those that were are to be paid.
    /// An edit that seals an epoch writes nothing after its record; nor does anybody after the `last` one.
    ///
    /// # Errors
    /// `LogError`, as above.
    pub fn seal<T>(
        self: &Arc<Self>,
        last: bool,
        edit: impl FnOnce(&mut Writer, &mut Vec<u8>) -> Result<T, Code>,
    ) -> Result<(T, Mark), LogError> {
        self.write(edit, last)
    }

    fn write<T>(
        self: &Arc<Self>,
        edit: impl FnOnce(&mut Writer, &mut Vec<u8>) -> Result<T, Code>,
        last: bool,
    ) -> Result<(T, Mark), LogError> {
        let mut inner = self.lock();
        if inner.refuses() {
            return Err(LogError::Unavailable);
        }
        if inner.ended {
            return Err(LogError::Ended);
        }
        let (before, epochs) = (inner.pending.len(), inner.writer.state().epochs());
        let Inner {
            writer, pending, ..
        } = &mut *inner;
        let edited = edit(writer, pending);
        // Whatever became of the edit: a record that was written is in the state, too.
        let wrote = inner.pending.len() - before;
        inner.total += wrote as u64;
        if inner.writer.state().epochs() > epochs {
            let end = inner.total;
            inner.ends.push(end);
        }
        inner.ended = last && edited.is_ok();
        if !self.recorded {
            inner.pending.clear();
            inner.ends.clear();
        } else if wrote > 0 && !inner.queued {
            // Each log waits there once at most, so a full queue means that the recorder is gone.
            inner.queued = self.recorder.queue(Arc::clone(self));
            if !inner.queued {
                inner.failed = true;
                self.durable.send_modify(|durable| durable.failed = true);
            }
        }
        Ok((edited?, Mark(inner.total)))
    }

    /// False where shares are refused because of the disk; that may pass.
    #[must_use]
    pub fn is_available(&self) -> bool {
        let is_short = self.recorded && self.recorder.room().is_short();
        !is_short && !self.lock().refuses()
    }

    /// True where it takes nothing more until it is opened again.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.lock().failed
    }

    /// Waits until everything before the mark is durable.
    ///
    /// # Errors
    /// `LogError::Unavailable` where the disk failed or is full. In the second case it may become durable later.
    pub async fn durable(&self, mark: Mark) -> Result<(), LogError> {
        self.wait(mark, |durable| durable.stalled || durable.failed)
            .await
    }

    /// The same, and waits as long as the disk is full.
    ///
    /// # Errors
    /// `LogError::Unavailable` where the disk failed.
    pub async fn durable_at_last(&self, mark: Mark) -> Result<(), LogError> {
        self.wait(mark, |durable| durable.failed).await
    }

    async fn wait(&self, mark: Mark, given_up: impl Fn(&Durable) -> bool) -> Result<(), LogError> {
        let mut watch = self.durable.subscribe();
        let reached = watch
            .wait_for(|durable| durable.bytes >= mark.0 || given_up(durable))
            .await;
        match reached {
            Ok(durable) if durable.bytes >= mark.0 => Ok(()),
            _ => Err(LogError::Unavailable),
        }
    }

    /// Looks at what the log adds up to. Where the shares were removed, it holds nothing.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(self.lock().writer.state())
    }

    /// What the log adds up to; as of its last epoch where the shares were removed.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let inner = self.lock();
        if let Some(removed) = &inner.removed {
            return removed.totals;
        }
        let state = inner.writer.state();
        let sum = state.sum();
        Totals {
            shares: sum.shares,
            work: sum.work,
            owed: state.owed(),
            epoch_start: state.epoch_start(),
        }
    }

    /// The log's length in bytes, durable or not; none where the shares were removed.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let inner = self.lock();
        if inner.removed.is_some() {
            0
        } else {
            inner.total
        }
    }

    /// When the shares were removed, where they were.
    #[must_use]
    pub fn removed_at(&self) -> Option<Timestamp> {
        self.lock().removed.map(|removed| removed.at)
    }

    /// What makes a bundle of the log as it is now: the segments' bytes up to the mark, then these. The files hold them
    /// once the mark is durable. Of a contract that is over, which was settled for so many epochs and ended so, it is the
    /// same whenever it is made.
    #[must_use]
    pub fn bundle(&self, now: Timestamp, over: Option<(u32, Ending)>) -> (Mark, Vec<u8>) {
        let inner = self.lock();
        let end = match over {
            Some((settled, ending)) if settled == inner.writer.state().epochs() => {
                inner.writer.ended(ending)
            }
            // Not all that was sealed is settled: how it ended was judged by less than the log holds.
            Some(_) | None => inner.writer.end(now),
        };
        (Mark(inner.total), end)
    }

    /// Which parts of which segments are these bytes of the log.
    #[must_use]
    pub fn parts(&self, bytes: Range<u64>) -> Vec<Part> {
        parts(&self.lock().ends, bytes)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A part of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Number of the segment.
    pub segment: u32,
    /// From where to where in its file.
    pub bytes: Range<u64>,
    /// True where it ends with the segment.
    pub ends: bool,
}

impl Part {
    /// Opens the segment's file to read.
    ///
    /// # Errors
    /// Where it cannot be opened, or is not there any more.
    pub fn open(&self, folder: &Path) -> std::io::Result<File> {
        layout::open_to_read(folder, self.segment)
    }
}

fn parts(ends: &[u64], bytes: Range<u64>) -> Vec<Part> {
    let first = ends.partition_point(|end| *end <= bytes.start);
    let mut begin = first.checked_sub(1).and_then(|before| ends.get(before));
    let mut at = bytes.start;
    let mut found = Vec::new();
    for segment in first.. {
        if at >= bytes.end {
            break;
        }
        let start = begin.copied().unwrap_or(0);
        begin = ends.get(segment);
        let end = begin.map_or(bytes.end, |end| bytes.end.min(*end));
        found.push(Part {
            segment: u32::try_from(segment).unwrap_or(u32::MAX),
            bytes: at - start..end - start,
            ends: begin == Some(&end),
        });
        at = end;
    }
    found
}

impl Mark {
    /// Offset in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}
