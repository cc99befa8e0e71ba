//! A Stratum V1 pool on the synthetic chain. It checks every share itself, with no trust in who sends it.

mod book;
mod connection;
mod headers;

use crate::{Chain, lock, unix_seconds};
use book::Book;
use connection::Connection;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use units::Difficulty;

const CONNECTION_LIMIT: usize = 256;

/// How a pool behaves.
#[derive(Clone, Debug)]
pub struct PoolSettings {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The same for every connection.
    pub difficulty: Difficulty,
    /// Bytes of extranonce2; extranonce1 has 4. At most 32.
    pub extranonce2_size: usize,
    /// Between jobs on the same block.
    pub job_interval: Duration,
    /// Between blocks, on average.
    pub mean_block_interval: Duration,
    /// Of the chain and of the blocks' times.
    pub seed: u64,
    /// A file that keeps the chain's headers, so that the next pool's chain goes on where this one's ended.
    pub headers: Option<PathBuf>,
}

impl Default for PoolSettings {
    /// Shares of difficulty 2^-14 (about 2^18 hashes) on a free local port.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            difficulty: Difficulty::from_exponent(-14).unwrap_or(Difficulty::MIN),
            extranonce2_size: 8,
            job_interval: Duration::from_secs(20),
            mean_block_interval: Duration::from_secs(90),
            seed: 1,
            headers: None,
        }
    }
}

/// What a pool has judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolShares {
    /// Shares that count.
    pub accepted: u64,
    /// Shares that do not, for any reason.
    pub rejected: u64,
}

/// What the connections share.
pub(crate) struct Shared {
    settings: PoolSettings,
    book: Mutex<Book>,
    /// Counts the jobs: a connection that is behind sends the latest alone.
    latest: watch::Sender<u64>,
    closing: CancellationToken,
    /// The pool whose chain this one follows.
    leader: Option<Arc<Shared>>,
}

/// A running pool; dropping it closes its connections soon, [`Pool::stop`] at once.
pub struct Pool {
    shared: Arc<Shared>,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Pool {
    /// Listens and serves, on a chain of its own.
    ///
    /// # Errors
    /// Where the address cannot be bound, extranonce2 would pass 32 bytes, or the file of headers cannot be used.
    pub async fn start(settings: PoolSettings) -> io::Result<Self> {
        let book = Book::new(&settings, unix_seconds())?;
        Self::start_with(settings, book, None).await
    }

    /// Listens and serves on the chain of another pool, which finds all blocks. Of the settings, what makes a chain and
    /// its blocks means nothing.
    ///
    /// # Errors
    /// Where the address cannot be bound, or extranonce2 would pass 32 bytes.
    pub async fn start_beside(settings: PoolSettings, leader: &Self) -> io::Result<Self> {
        let chain = lock(&leader.shared.book).chain.clone();
        let book = Book::following(&settings, chain, unix_seconds());
        Self::start_with(settings, book, Some(leader.shared())).await
    }

    async fn start_with(
        settings: PoolSettings,
        book: Book,
        leader: Option<Arc<Shared>>,
    ) -> io::Result<Self> {
        if settings.extranonce2_size > 32 {
            let message = "extranonce2 has at most 32 bytes";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let listener = TcpListener::bind(settings.listen).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            book: Mutex::new(book),
            settings,
            latest: watch::Sender::new(0),
            closing: CancellationToken::new(),
            leader,
        });
        match shared.leader.clone() {
            None => tokio::spawn(shared.clone().announce()),
            Some(leader) => tokio::spawn(shared.clone().follow(leader)),
        };
        let accepting = tokio::spawn(accept(listener, shared.clone()));
        Ok(Self {
            shared,
            address,
            accepting,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The counts so far.
    #[must_use]
    pub fn shares(&self) -> PoolShares {
        lock(&self.shared.book).shares()
    }

    /// Hashes of the accepted headers, in order: the first million.
    #[must_use]
    pub fn accepted_hashes(&self) -> Vec<[u8; 32]> {
        lock(&self.shared.book).accepted_hashes().to_vec()
    }

    /// Height of the chain.
    #[must_use]
    pub fn height(&self) -> u32 {
        lock(&self.shared.book).height()
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Finds a block now: all jobs before it are stale.
    pub fn new_block(&self) {
        self.shared.new_block();
    }

    /// Closes the listener and every connection.
    pub async fn stop(mut self) {
        self.shared.closing.cancel();
        if let Err(error) = (&mut self.accepting).await {
            tracing::error!(%error, "the sandbox pool ended badly");
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.closing.cancel();
    }
}

impl Shared {
    /// Looks at the chain.
    pub(crate) fn chain<T>(&self, look: impl FnOnce(&Chain) -> T) -> T {
        look(&lock(&self.book).chain)
    }

    fn new_block(&self) {
        if let Some(leader) = &self.leader {
            return leader.new_block();
        }
        lock(&self.book).new_block(unix_seconds());
        self.latest.send_modify(|count| *count += 1);
    }

    fn new_job(&self) {
        lock(&self.book).new_job(unix_seconds());
        self.latest.send_modify(|count| *count += 1);
    }

    /// Jobs at their times and the leader's blocks, until the pool closes.
    async fn follow(self: Arc<Self>, leader: Arc<Self>) {
        let mut blocks = leader.latest.subscribe();
        blocks.mark_changed();
        let mut job_at = Instant::now() + self.settings.job_interval;
        loop {
            tokio::select! {
                () = self.closing.cancelled() => return,
                () = leader.closing.cancelled() => return,
                changed = blocks.changed() => {
                    let chain = leader.chain(Clone::clone);
                    if changed.is_err() || !lock(&self.book).adopt(chain, unix_seconds()) {
                        continue;
                    }
                    self.latest.send_modify(|count| *count += 1);
                }
                () = sleep_until(job_at) => self.new_job(),
            }
            job_at = Instant::now() + self.settings.job_interval;
        }
    }

    /// Jobs and blocks at their times, until the pool closes.
    async fn announce(self: Arc<Self>) {
        let wait = || {
            lock(&self.book)
                .random
                .interval(self.settings.mean_block_interval)
        };
        let mut block_at = Instant::now() + wait();
        let mut job_at = Instant::now() + self.settings.job_interval;
        loop {
            tokio::select! {
                () = self.closing.cancelled() => return,
                () = sleep_until(block_at) => {
                    self.new_block();
                    block_at = Instant::now() + wait();
                }
                () = sleep_until(job_at) => self.new_job(),
            }
            job_at = Instant::now() + self.settings.job_interval;
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = shared.closing.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < CONNECTION_LIMIT => match accepted {
                Ok((stream, peer)) => {
                    let shared = shared.clone();
                    connections.spawn(async move {
                        if let Err(error) = Connection::serve(stream, shared).await {
                            tracing::debug!(%peer, %error, "a sandbox pool's connection ended");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the sandbox pool could not accept a connection");
                    // Mostly too many open files: it must not spin.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    drop(listener);
    connections.shutdown().await;
}
