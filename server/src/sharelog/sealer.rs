//! The thread that gives whole segments their sealed names: syncing them one by one would hold up the answers to the
//! shares of all contracts.

use super::layout;
use crate::metrics::Metrics;
use std::{
    fs::File,
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
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

/// As many as there may be logs.
const QUEUE: usize = 65_536;
const PAUSE: Duration = Duration::from_secs(1);

/// Where whole segments go. After a failure none is sealed any more, so that the sealed ones stay the first ones.
pub(super) struct Sealer {
    whole: SyncSender<Whole>,
    failed: Arc<AtomicBool>,
}

impl Sealer {
    pub(super) fn start(metrics: Arc<Metrics>) -> io::Result<Self> {
        let (whole, queue) = sync_channel(QUEUE);
        let failed = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&failed);
        thread::Builder::new()
            .name("share-seal".into())
            .spawn(move || run(&queue, &told, &metrics))?;
        Ok(Self { whole, failed })
    }

    pub(super) fn seal(&self, whole: Whole) {
        if self.whole.send(whole).is_err() {
            self.failed.store(true, Ordering::Release);
        }
    }

    /// True where a segment could not be synced: what the write-ahead log holds of it must stay there.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }
}

fn run(queue: &Receiver<Whole>, failed: &AtomicBool, metrics: &Metrics) {
    while let Ok(whole) = queue.recv() {
        let began = Instant::now();
        if let Err(error) = seal(&whole) {
            let (folder, number) = (whole.folder.display(), whole.number);
            tracing::error!(%error, %folder, number, "a segment cannot be sealed before the next start");
            failed.store(true, Ordering::Release);
            return;
        }
        metrics.sealed(began.elapsed());
    }
}

fn seal(whole: &Whole) -> io::Result<()> {
    // Once: after a failed sync nobody knows what is on the disk, and asking again does not tell.
    whole.file.sync_all()?;
    loop {
        match layout::seal(&whole.folder, whole.number, &whole.file) {
            // Removed with its contract.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) if layout::is_full(&error) => thread::sleep(PAUSE),
            sealed => return sealed,
        }
    }
}
