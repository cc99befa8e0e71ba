//! The thread that syncs segments and gives whole ones their sealed names: beside the answers to the shares of all
//! contracts, which it would hold up.

use super::{
    layout::{self, Disk},
    wal,
};
use crate::metrics::Metrics;
use std::{
    collections::BTreeMap,
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

/// A segment to which nothing will be written any more.
pub(super) struct Whole {
    pub folder: PathBuf,
    pub number: u32,
    pub file: Arc<File>,
}

/// Open segments, by folder and number.
pub(super) type Unsynced = BTreeMap<(PathBuf, u32), Arc<File>>;

enum Task {
    Seal(Whole),
    /// All that one file of the write-ahead log stands for, less what came to be sealed before.
    Sync(Unsynced),
}

/// How far the thread is with the segments that the other file of the write-ahead log stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// They are synced.
    Done,
    /// They are not yet.
    Behind,
    /// They never will be: what the file holds of them must stay there.
    Failed,
}

/// A full disk is tried again after this.
const PAUSE: Duration = Duration::from_secs(1);

/// Where segments go. After a failure none is sealed any more, so that the sealed ones stay the first ones.
pub(super) struct Sealer {
    /// Without a bound of its own: the write-ahead log's two files hold all that is in it.
    tasks: Sender<Task>,
    synced: Receiver<()>,
    syncing: bool,
    full: Arc<AtomicBool>,
}

impl Sealer {
    pub(super) fn start(data: &Path, disk: Arc<Disk>, metrics: Arc<Metrics>) -> io::Result<Self> {
        let (tasks, queue) = channel();
        let (tell, synced) = sync_channel(1);
        let full = Arc::new(AtomicBool::new(false));
        let sealing = Sealing {
            data: data.to_owned(),
            full: Arc::clone(&full),
            disk,
            metrics,
        };
        thread::Builder::new()
            .name("share-seal".into())
            .spawn(move || sealing.run(&queue, &tell))?;
        Ok(Self {
            tasks,
            synced,
            syncing: false,
            full,
        })
    }

    /// Syncs a segment and gives it its sealed name.
    pub(super) fn seal(&self, whole: Whole) {
        // Where the thread is gone, the next look at its progress tells.
        _ = self.tasks.send(Task::Seal(whole));
    }

    /// Syncs these; what was given before must be done.
    pub(super) fn sync(&mut self, segments: Unsynced) {
        self.syncing = true;
        _ = self.tasks.send(Task::Sync(segments));
    }

    /// How far it is with what was last to be synced, and with all that came before it; waits for so long for the end.
    pub(super) fn progress(&mut self, patience: Duration) -> Progress {
        if !self.syncing {
            return Progress::Done;
        }
        match self.synced.recv_timeout(patience) {
            Ok(()) => {
                self.syncing = false;
                Progress::Done
            }
            Err(RecvTimeoutError::Timeout) => Progress::Behind,
            Err(RecvTimeoutError::Disconnected) => Progress::Failed,
        }
    }

    /// True while it waits for room on the disk.
    pub(super) fn has_no_room(&self) -> bool {
        self.full.load(Ordering::Acquire)
    }
}

/// The thread's own.
struct Sealing {
    data: PathBuf,
    full: Arc<AtomicBool>,
    disk: Arc<Disk>,
    metrics: Arc<Metrics>,
}

impl Sealing {
    fn run(&self, queue: &Receiver<Task>, tell: &SyncSender<()>) {
        while let Ok(task) = queue.recv() {
            let done = match task {
                Task::Seal(whole) => self.seal(&whole),
                // Who waits for it may be gone.
                Task::Sync(segments) => self.sync_all(&segments).map(|()| _ = tell.try_send(())),
            };
            if done.is_err() {
                return;
            }
        }
    }

    fn seal(
        &self,
        Whole {
            folder,
            number,
            file,
        }: &Whole,
    ) -> Result<(), ()> {
        let began = Instant::now();
        let rename = || self.disk.seal(folder, *number, file);
        let synced = self.sync(folder, *number, file);
        let sealed = synced.and_then(|()| self.while_full(rename, rename));
        match sealed {
            // Removed with its contract.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let folder = folder.display();
                tracing::error!(%error, %folder, number, "a segment cannot be sealed before the next start");
                return Err(());
            }
            Ok(()) => self.metrics.sealed(began.elapsed()),
        }
        Ok(())
    }

    fn sync_all(&self, segments: &Unsynced) -> Result<(), ()> {
        let mut synced = Ok(());
        let mut last: Option<&Path> = None;
        for ((folder, number), file) in segments {
            synced = synced.and_then(|()| self.sync(folder, *number, file));
            // A new segment's name, once a folder.
            if last.replace(folder) != Some(folder) {
                let sync = || layout::sync_folder(folder);
                synced = synced.and_then(|()| match self.while_full(sync, sync) {
                    // Removed with its contract.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                    synced => synced,
                });
            }
        }
        synced.map_err(|error| tracing::error!(%error, "a share log cannot be synced"))
    }

    /// Once: after a failed sync nobody knows what is on the disk, and asking again does not tell. Only where there was no
    /// room is it written once more, by what the write-ahead log holds.
    fn sync(&self, folder: &Path, number: u32, file: &File) -> io::Result<()> {
        self.while_full(
            || self.disk.sync(file),
            || {
                wal::rewrite(&self.data, folder, number, file)?;
                self.disk.sync(file)
            },
        )
    }

    /// Tries again for as long as there is no room, and says meanwhile that it waits.
    fn while_full(
        &self,
        first: impl FnOnce() -> io::Result<()>,
        again: impl Fn() -> io::Result<()>,
    ) -> io::Result<()> {
        let mut done = first();
        while let Err(error) = &done
            && layout::is_full(error)
        {
            if !self.full.swap(true, Ordering::AcqRel) {
                tracing::error!(%error, "segments cannot be synced or sealed: no more shares are taken");
            }
            thread::sleep(PAUSE);
            done = again();
        }
        self.full.store(false, Ordering::Release);
        done
    }
}
