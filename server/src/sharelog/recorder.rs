//! The thread that makes share logs durable.

use super::{Durable, ShareLog};
use std::{
    io::{self, Write},
    sync::{
        Arc, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

/// More logs than one server has contracts; each is queued once at most.
const QUEUE: usize = 65_536;

/// Starts logs and keeps them durable. The thread ends with the last log.
#[derive(Clone)]
pub struct Recorder {
    dirty: SyncSender<Arc<ShareLog>>,
}

impl Recorder {
    /// Starts the thread.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start() -> io::Result<Self> {
        let (dirty, queue) = sync_channel(QUEUE);
        thread::Builder::new()
            .name("share-log".into())
            .spawn(move || record(&queue))?;
        Ok(Self { dirty })
    }

    pub(super) fn queue(&self) -> SyncSender<Arc<ShareLog>> {
        self.dirty.clone()
    }
}

fn record(queue: &Receiver<Arc<ShareLog>>) {
    while let Ok(log) = queue.recv() {
        log.flush();
    }
}

impl ShareLog {
    /// Writes and syncs what has gathered; what gathers meanwhile is the next group.
    pub(super) fn flush(&self) {
        let (group, total) = {
            let mut inner = self.lock();
            inner.queued = false;
            if inner.failed {
                // What was not written leaves a gap: nothing after it may be acknowledged.
                return;
            }
            (std::mem::take(&mut inner.pending), inner.total)
        };
        let written = {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.write_all(&group).and_then(|()| file.sync_data())
        };
        if let Err(error) = &written {
            // After a failed sync nobody knows what the file holds: only opening it again tells.
            tracing::error!(%error, path = %self.path.display(), "the share log failed");
            self.lock().failed = true;
        }
        let failed = written.is_err();
        self.durable.send_modify(|durable| {
            *durable = Durable {
                bytes: if failed { durable.bytes } else { total },
                failed: failed || durable.failed,
            };
        });
    }
}
