//! The thread that makes share logs durable.

use super::{
    ShareLog,
    wal::{Group, Wal},
};
use crate::metrics::Metrics;
use std::{
    collections::BTreeMap,
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Instant,
};

/// More logs than one server has contracts; each is queued once at most.
const QUEUE: usize = 65_536;

/// Starts logs and keeps them durable. The thread ends with the last log.
#[derive(Clone)]
pub struct Recorder {
    data: Arc<Path>,
    dirty: SyncSender<Arc<ShareLog>>,
}

impl Recorder {
    /// Opens the write-ahead log in the data folder, writes to the logs what a crash kept from them, and starts the
    /// thread. No log may be open yet.
    ///
    /// # Errors
    /// Where a file cannot be read or written, or the system gives no thread.
    pub fn start(data: &Path, metrics: Arc<Metrics>) -> io::Result<Self> {
        let wal = Wal::open(data)?;
        let (dirty, queue) = sync_channel(QUEUE);
        thread::Builder::new()
            .name("share-log".into())
            .spawn(move || record(&queue, wal, &metrics))?;
        Ok(Self {
            data: data.into(),
            dirty,
        })
    }

    /// What a log is called in the write-ahead log.
    pub(super) fn name(&self, log: &Path) -> io::Result<String> {
        let below = log.strip_prefix(&self.data).map_err(io::Error::other)?;
        let name = below.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
        Ok(name.to_owned())
    }

    pub(super) fn queue(&self) -> SyncSender<Arc<ShareLog>> {
        self.dirty.clone()
    }
}

/// While one group is being synced, the next gathers.
fn record(queue: &Receiver<Arc<ShareLog>>, mut wal: Wal, metrics: &Metrics) {
    let mut unsynced: BTreeMap<PathBuf, Arc<ShareLog>> = BTreeMap::new();
    while let Ok(first) = queue.recv() {
        let logs: Vec<_> = std::iter::once(first).chain(queue.try_iter()).collect();
        metrics
            .log_queue
            .set(i64::try_from(logs.len()).unwrap_or(i64::MAX));
        for log in commit(&mut wal, logs, metrics) {
            unsynced.entry(log.path.clone()).or_insert(log);
        }
        if wal.is_full() {
            begin_anew(&mut wal, std::mem::take(&mut unsynced));
        }
    }
}

/// What gathered in one log.
struct Gathered {
    log: Arc<ShareLog>,
    offset: u64,
    bytes: Vec<u8>,
}

/// Makes durable what has gathered; answers the logs that were written to.
fn commit(wal: &mut Wal, logs: Vec<Arc<ShareLog>>, metrics: &Metrics) -> Vec<Arc<ShareLog>> {
    let gathered: Vec<Gathered> = logs.into_iter().filter_map(Gathered::take).collect();
    let mut group = Group::default();
    for Gathered { log, offset, bytes } in &gathered {
        wal.frame(&mut group, &log.name, *offset, bytes);
    }
    if group.is_empty() {
        return Vec::new();
    }
    let began = Instant::now();
    let committed = wal.commit(&group);
    metrics.committed(group.len(), began.elapsed());
    let mut written = Vec::new();
    for Gathered { log, offset, bytes } in gathered {
        let outcome = match &committed {
            Ok(()) => log.file.write_all_at(&bytes, offset),
            Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
        };
        log.settle(offset + bytes.len() as u64, outcome);
        written.push(log);
    }
    written
}

fn begin_anew(wal: &mut Wal, logs: BTreeMap<PathBuf, Arc<ShareLog>>) {
    for (path, log) in logs {
        if let Err(error) = log.file.sync_data() {
            tracing::error!(%error, path = %path.display(), "a share log cannot be synced");
            return wal.give_up();
        }
    }
    if let Err(error) = wal.begin_anew() {
        tracing::error!(%error, "the write-ahead log failed");
    }
}

impl Gathered {
    fn take(log: Arc<ShareLog>) -> Option<Self> {
        let mut inner = log.lock();
        inner.queued = false;
        // After a failure what was not written leaves a gap: nothing after it may be acknowledged.
        if inner.failed || inner.pending.is_empty() {
            return None;
        }
        let bytes = std::mem::take(&mut inner.pending);
        let offset = inner.total - bytes.len() as u64;
        drop(inner);
        Some(Self { log, offset, bytes })
    }
}

impl ShareLog {
    /// Tells those who wait what became of everything before `end`.
    fn settle(&self, end: u64, outcome: io::Result<()>) {
        if let Err(error) = &outcome {
            tracing::error!(%error, path = %self.path.display(), "the share log failed");
            self.lock().failed = true;
        }
        self.durable.send_modify(|durable| match outcome {
            Ok(()) => durable.bytes = end,
            Err(_) => durable.failed = true,
        });
    }
}
