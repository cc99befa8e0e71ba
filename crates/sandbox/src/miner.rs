//! A CPU miner, as a host's machine would be: a Stratum V1 client over TCP and a thread that hashes.

mod hashing;
mod session;

use crate::{REMEMBERED_HASHES, lock};
use hashing::Desk;
use session::Session;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use units::Hashrate;

/// Wait before the server is tried again.
const BACK_OFF: Duration = Duration::from_secs(1);

/// Shares found and not yet sent; the hashing thread waits when there are more.
const FOUND_LIMIT: usize = 64;

/// What a miner is.
#[derive(Clone, Debug)]
pub struct MinerSettings {
    /// The Stratum server.
    pub pool: SocketAddr,
    /// Its login, `account.worker` or whatever the server wants.
    pub user: String,
    /// Its password.
    pub password: String,
    /// The pace that it keeps; slower only where the processor is.
    pub hashrate: Hashrate,
    /// Of the nonces it starts at.
    pub seed: u64,
    /// Whether it comes back when the server goes away.
    pub reconnect: bool,
}

/// What a miner has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MinerStats {
    /// Shares that were sent.
    pub sent: u64,
    /// Shares that were answered `true`.
    pub accepted: u64,
    /// Shares that were refused, by the server's own reason. What is in neither was not answered.
    pub rejected: BTreeMap<String, u64>,
}

/// A running miner; dropping it ends it at once, [`Miner::stop`] after the last answers.
pub struct Miner {
    record: Arc<Mutex<Record>>,
    desk: Arc<Desk>,
    stopping: CancellationToken,
    /// Gone once it was waited for.
    running: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Record {
    stats: MinerStats,
    accepted_hashes: Vec<[u8; 32]>,
}

impl Record {
    fn accept(&mut self, hash: [u8; 32]) {
        self.stats.accepted += 1;
        if self.accepted_hashes.len() < REMEMBERED_HASHES {
            self.accepted_hashes.push(hash);
        }
    }

    fn reject(&mut self, reason: String) {
        *self.stats.rejected.entry(reason).or_default() += 1;
    }
}

impl Miner {
    /// Connects and mines. Must be called within a tokio runtime.
    #[must_use]
    pub fn start(settings: MinerSettings) -> Self {
        let record = Arc::new(Mutex::new(Record::default()));
        let desk = Arc::new(Desk::default());
        let stopping = CancellationToken::new();
        let (to_session, found) = mpsc::channel(FOUND_LIMIT);
        let (hashrate, seed) = (settings.hashrate, settings.seed);
        let hashing = desk.clone();
        std::thread::spawn(move || hashing::run(&hashing, hashrate, seed, &to_session));
        let session = Session {
            settings,
            record: record.clone(),
            desk: desk.clone(),
            stopping: stopping.clone(),
            found,
        };
        let running = Some(tokio::spawn(session.run()));
        Self {
            record,
            desk,
            stopping,
            running,
        }
    }

    /// The counts so far.
    #[must_use]
    pub fn stats(&self) -> MinerStats {
        lock(&self.record).stats.clone()
    }

    /// Hashes of the headers that were answered `true`, in order: the first million.
    #[must_use]
    pub fn accepted_hashes(&self) -> Vec<[u8; 32]> {
        lock(&self.record).accepted_hashes.clone()
    }

    /// Stops hashing, waits up to 5 s for the answers that are due, and closes the connection. The counts stay
    /// readable.
    pub async fn stop(&mut self) {
        self.stopping.cancel();
        if let Some(running) = self.running.take()
            && let Err(error) = running.await
        {
            tracing::error!(%error, "the sandbox miner ended badly");
        }
    }
}

impl Drop for Miner {
    fn drop(&mut self) {
        self.desk.close();
        if let Some(running) = &self.running {
            running.abort();
        }
    }
}
