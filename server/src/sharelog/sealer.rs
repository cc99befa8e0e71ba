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

enum Task {
    Seal(Whole),
    /// Everything before it is done.
    Tell(SyncSender<()>),
}

/// As many as there may be logs.
const QUEUE: usize = 65_536;
const PAUSE: Duration = Duration::from_secs(1);

/// Where whole segments go. After a failure none is sealed any more, so that the sealed ones stay the first ones.
pub(super) struct Sealer {
    tasks: SyncSender<Task>,
    failed: Arc<AtomicBool>,
}

impl Sealer {
    pub(super) fn start(metrics: Arc<Metrics>) -> io::Result<Self> {
        let (tasks, queue) = sync_channel(QUEUE);
        let failed = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&failed);
        thread::Builder::new()
            .name("share-seal".into())
            .spawn(move || run(&queue, &told, &metrics))?;
        Ok(Self { tasks, failed })
    }

    pub(super) fn seal(&self, whole: Whole) {
        if self.tasks.send(Task::Seal(whole)).is_err() {
            self.failed.store(true, Ordering::Release);
        }
    }

    /// Waits until all segments that came so far are sealed. False where one could not be: what the write-ahead log
    /// holds of it must stay there.
    pub(super) fn is_done(&self) -> bool {
        let (tell, told) = sync_channel(1);
        let asked = self.tasks.send(Task::Tell(tell));
        let done = asked.is_ok() && told.recv().is_ok();
        done && !self.failed.load(Ordering::Acquire)
    }
}

fn run(queue: &Receiver<Task>, failed: &AtomicBool, metrics: &Metrics) {
    while let Ok(task) = queue.recv() {
        let whole = match task {
            Task::Seal(whole) => whole,
            Task::Tell(tell) => {
                // Who asked may be gone.
                _ = tell.try_send(());
                continue;
            }
        };
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
