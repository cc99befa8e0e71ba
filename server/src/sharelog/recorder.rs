//! The thread that makes share logs durable.

use super::{
    Part, ShareLog,
    layout::{self, Disk},
    parts,
    room::{Limits, Room},
    sealer::{Progress, Sealer, Unsynced, Whole},
    wal::{Group, Wal},
};
use crate::metrics::Metrics;
use std::{
    fs::File,
    io,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

/// More logs than one server has contracts; each is queued once at most.
const QUEUE: usize = 65_536;
/// What found the disk full is tried again after this.
const RETRY: Duration = Duration::from_secs(1);
/// Answers wait for so long where both files of the write-ahead log are full; then the disk counts as stalled.
const BEHIND: Duration = Duration::from_secs(2);

/// Starts logs and keeps them durable. The thread ends with the last log.
#[derive(Clone)]
pub struct Recorder {
    data: Arc<Path>,
    dirty: SyncSender<Arc<ShareLog>>,
    logs: Logs,
    room: Arc<Room>,
    #[cfg(test)]
    pub(super) disk: Arc<Disk>,
}

/// The logs that are open.
type Logs = Arc<Mutex<Vec<Weak<ShareLog>>>>;

impl Recorder {
    /// Opens the write-ahead log in the data folder, writes to the logs what a crash kept from them, and starts the
    /// thread. No log may be open yet.
    ///
    /// # Errors
    /// Where a file cannot be read or written, or the system gives no thread.
    pub fn start(data: &Path, metrics: Arc<Metrics>) -> io::Result<Self> {
        Self::with_limits(data, Limits::default(), metrics)
    }

    /// The same, and takes no more shares where there is not the room for them that the limits ask for.
    ///
    /// # Errors
    /// As [`Recorder::start`].
    pub fn with_limits(data: &Path, limits: Limits, metrics: Arc<Metrics>) -> io::Result<Self> {
        let wal = Wal::open(data)?;
        let room = Room::watch(data, limits, Arc::clone(&metrics))?;
        let (dirty, queue) = sync_channel(QUEUE);
        let disk = Arc::new(Disk::default());
        let logs = Logs::default();
        let thread = Recording {
            wal,
            sealer: Sealer::start(data, Arc::clone(&disk), Arc::clone(&metrics))?,
            unsynced: Unsynced::new(),
            patience: BEHIND,
            stalled: Vec::new(),
            tried: Instant::now(),
            room: Arc::clone(&room),
            disk: Arc::clone(&disk),
            metrics,
        };
        let end = End(Arc::clone(&logs));
        thread::Builder::new()
            .name("share-log".into())
            .spawn(move || end.after(thread, queue))?;
        Ok(Self {
            data: data.into(),
            dirty,
            logs,
            room,
            #[cfg(test)]
            disk,
        })
    }

    /// Why no more shares are taken, where they are not: a sentence for the operator.
    #[must_use]
    pub fn no_room(&self) -> Option<String> {
        self.room.why()
    }

    pub(super) fn room(&self) -> &Room {
        &self.room
    }

    /// What a log is called in the write-ahead log.
    pub(super) fn name(&self, log: &Path) -> io::Result<String> {
        let below = log.strip_prefix(&self.data).map_err(io::Error::other)?;
        let name = below.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
        Ok(name.to_owned())
    }

    /// Fails with the others where the thread ends.
    pub(super) fn add(&self, log: &Arc<ShareLog>) {
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        logs.retain(|log| log.strong_count() > 0);
        logs.push(Arc::downgrade(log));
    }

    /// False where the thread is gone.
    pub(super) fn queue(&self, log: Arc<ShareLog>) -> bool {
        self.dirty.try_send(log).is_ok()
    }
}

/// Once the thread has ended, however it did, nothing becomes durable any more.
struct End(Logs);

impl End {
    /// The queue goes first: what is queued after it finds the thread gone.
    fn after(self, mut thread: Recording, queue: Receiver<Arc<ShareLog>>) {
        thread.run(&queue);
        drop(queue);
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let logs = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for log in logs.iter().filter_map(Weak::upgrade) {
            tracing::error!(folder = %log.folder.display(), "the share log failed: its thread is gone");
            log.fail();
        }
    }
}

struct Recording {
    wal: Wal,
    sealer: Sealer,
    /// Open segments that the write-ahead log's current file stands for.
    unsynced: Unsynced,
    /// How long the sealer is waited for.
    patience: Duration,
    /// Logs that found the disk full.
    stalled: Vec<Arc<ShareLog>>,
    /// When those were last tried.
    tried: Instant,
    room: Arc<Room>,
    disk: Arc<Disk>,
    metrics: Arc<Metrics>,
}

impl Recording {
    /// While one group is being synced, the next gathers; nothing waits longer than that.
    fn run(&mut self, queue: &Receiver<Arc<ShareLog>>) {
        loop {
            let first = if self.stalled.is_empty() {
                queue.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                queue.recv_timeout(RETRY)
            };
            let mut logs: Vec<_> = match first {
                Ok(first) => std::iter::once(first).chain(queue.try_iter()).collect(),
                Err(RecvTimeoutError::Timeout) => Vec::new(),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if self.tried.elapsed() >= RETRY {
                logs.append(&mut self.stalled);
                self.tried = Instant::now();
            }
            let waiting = i64::try_from(logs.len()).unwrap_or(i64::MAX);
            self.metrics.log_queue.set(waiting);
            self.commit(logs);
            self.room
                .stalled
                .store(self.stalled.len(), Ordering::Release);
        }
    }

    /// Makes durable what has gathered.
    fn commit(&mut self, logs: Vec<Arc<ShareLog>>) {
        let gathered: Vec<Gathered> = logs.into_iter().filter_map(Gathered::take).collect();
        if gathered.is_empty() {
            return;
        }
        let began = Instant::now();
        let committed = self.make_room().and_then(|()| {
            let group = self.group(&gathered);
            let committed = self.wal.commit(&group);
            self.metrics.committed(group.len(), began.elapsed());
            committed
        });
        for gathered in gathered {
            let log = Arc::clone(&gathered.log);
            let outcome = match &committed {
                Ok(()) => self.write(gathered),
                Err(error) => {
                    let error = io::Error::new(error.kind(), error.to_string());
                    Err((gathered.bytes, error))
                }
            };
            if log.settle(outcome) {
                self.stalled.push(log);
            }
        }
    }

    fn group(&self, gathered: &[Gathered]) -> Group {
        let mut group = Group::default();
        for Gathered { log, bytes, parts } in gathered {
            let mut left = bytes.as_slice();
            for part in parts {
                let (these, after) = left.split_at(length(part).min(left.len()));
                let name = format!("{}/{}", log.name, layout::stem(part.segment));
                self.wal.frame(&mut group, &name, part.bytes.start, these);
                left = after;
            }
        }
        group
    }

    /// Turns to the write-ahead log's other file where this one is full. The segments that this one stands for are synced
    /// beside the answers, which wait only where those of the other one are not synced by now.
    fn make_room(&mut self) -> io::Result<()> {
        if self.sealer.has_no_room() {
            let why = "the disk is full for what is to be sealed";
            return Err(io::Error::new(io::ErrorKind::StorageFull, why));
        }
        if !self.wal.is_full() {
            return Ok(());
        }
        match self.sealer.progress(self.patience) {
            Progress::Done => {}
            Progress::Behind => {
                self.patience = Duration::ZERO;
                let why = "the disk has stalled: the write-ahead log is full, and segments are not synced";
                return Err(io::Error::new(io::ErrorKind::StorageFull, why));
            }
            Progress::Failed => {
                tracing::error!("the write-ahead log must stay as it is: a segment is not synced");
                self.wal.give_up();
                return Ok(());
            }
        }
        self.patience = BEHIND;
        self.sealer.sync(std::mem::take(&mut self.unsynced));
        self.wal.turn();
        Ok(())
    }

    /// Writes to the segments; answers what could not be written.
    fn write(&mut self, gathered: Gathered) -> Result<(), (Vec<u8>, io::Error)> {
        let Gathered { log, bytes, parts } = gathered;
        let mut left = bytes.as_slice();
        for part in parts {
            let (these, after) = left.split_at(length(&part).min(left.len()));
            let written = log.segment(part.segment).and_then(|file| {
                self.disk.write_all_at(&file, these, part.bytes.start)?;
                Ok(file)
            });
            let file = written.map_err(|error| (left.to_vec(), error))?;
            log.durable
                .send_modify(|durable| durable.bytes += these.len() as u64);
            let folder = log.folder.clone();
            let key = (folder.clone(), part.segment);
            if part.ends {
                // Synced with that.
                self.unsynced.remove(&key);
                let number = part.segment;
                self.sealer.seal(Whole {
                    folder,
                    number,
                    file,
                });
            } else {
                self.unsynced.entry(key).or_insert(file);
            }
            left = after;
        }
        Ok(())
    }
}

fn length(part: &Part) -> usize {
    usize::try_from(part.bytes.end - part.bytes.start).unwrap_or(usize::MAX)
}

/// What gathered in one log.
struct Gathered {
    log: Arc<ShareLog>,
    bytes: Vec<u8>,
    parts: Vec<Part>,
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
        let parts = parts(&inner.ends, inner.total - bytes.len() as u64..inner.total);
        drop(inner);
        Some(Self { log, bytes, parts })
    }
}

impl ShareLog {
    /// The file of a segment that is being written.
    fn segment(&self, number: u32) -> io::Result<Arc<File>> {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, file)) = writing.as_ref().filter(|(open, _)| *open == number) {
            return Ok(Arc::clone(file));
        }
        let file = Arc::new(layout::open_to_write(&self.folder, number)?);
        *writing = Some((number, Arc::clone(&file)));
        Ok(file)
    }

    /// It takes nothing more, and whoever waits hears that.
    pub(super) fn fail(&self) {
        self.lock().failed = true;
        self.durable.send_modify(|durable| durable.failed = true);
    }

    /// Tells those who wait what became of what was gathered. True where the rest is to be tried again.
    fn settle(&self, outcome: Result<(), (Vec<u8>, io::Error)>) -> bool {
        let Err((rest, error)) = outcome else {
            let was = self.lock().stalled;
            if was {
                tracing::info!(folder = %self.folder.display(), "the share log goes on");
                // In this order: who is taken again must not hear of the stall.
                self.durable.send_modify(|durable| durable.stalled = false);
                self.lock().stalled = false;
            }
            return false;
        };
        let again = layout::is_full(&error);
        let mut inner = self.lock();
        if again {
            // In front of what has come meanwhile, which is the last that comes.
            let after = std::mem::replace(&mut inner.pending, rest);
            inner.pending.extend(after);
            if !inner.stalled {
                tracing::error!(%error, folder = %self.folder.display(), "the share log has no room");
            }
            inner.stalled = true;
        } else {
            tracing::error!(%error, folder = %self.folder.display(), "the share log failed");
            inner.failed = true;
        }
        drop(inner);
        self.durable.send_modify(|durable| {
            durable.stalled = again;
            durable.failed |= !again;
        });
        again
    }
}
