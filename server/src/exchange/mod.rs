//! The exchange: the market's single writer. Commands are applied one at a time: apply, journal, publish.
//!
//! The writer's market runs ahead of the database by the batch that is being committed; readers see a second copy, to
//! which a command is applied only after its commit. The market is deterministic, so the copies agree.

mod expiry;
mod replay;
mod snapshot;
mod writer;

pub use replay::{Replay, ReplayError};
pub use snapshot::{Base, Loaded, SNAPSHOT_EVERY, Unusable, load, restore};

use crate::store::{Claim, Store};
use market::{Command, Event, Market, Refusal, Settings};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The market's rules refuse it.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The exchange has stopped; the log says why.
    #[error("the exchange has stopped")]
    Stopped,
}

/// A command on its way to the writer.
struct Request {
    command: Command,
    /// Where it leaves a receipt.
    claim: Option<Claim>,
    reply: Reply,
}

type Reply = oneshot::Sender<Result<Vec<Event>, ExchangeError>>;

/// A handle to the exchange.
#[derive(Clone)]
pub struct Exchange {
    commands: mpsc::Sender<Request>,
    published: Arc<RwLock<Market>>,
    events: broadcast::Sender<Arc<Vec<Event>>>,
}

impl Exchange {
    /// Reads the market and starts the writer. `wanted` are the settings of a market that begins now.
    ///
    /// # Errors
    /// `ReplayError`; the database is left as it is.
    pub async fn start(store: Store, wanted: Settings) -> Result<Self, ReplayError> {
        Self::start_with(store, wanted, SNAPSHOT_EVERY).await
    }

    /// The same, with so many commands at least between two snapshots; none is made for 0.
    ///
    /// # Errors
    /// `ReplayError`; the database is left as it is.
    pub async fn start_with(
        store: Store,
        wanted: Settings,
        snapshot_every: u64,
    ) -> Result<Self, ReplayError> {
        store.begin(wanted).await?;
        let Loaded { replay, snapshot } = load(&mut *store.reader().await?).await?;
        let Replay { market, seq, at } = replay;
        let last = (seq, at);
        let (committed, commits) = watch::channel(seq);
        if snapshot_every > 0 {
            tokio::spawn(snapshot::keep(
                store.clone(),
                snapshot_every,
                commits,
                snapshot,
            ));
        }
        let (commands, queue) = mpsc::channel(256);
        let (events, _) = broadcast::channel(256);
        let published = Arc::new(RwLock::new(market.clone()));
        let handle = Self {
            commands,
            published: published.clone(),
            events: events.clone(),
        };
        tokio::spawn(expiry::run(handle.commands.downgrade(), published.clone()));
        tokio::spawn(writer::run(writer::Writer {
            store,
            market,
            last,
            queue,
            published,
            events,
            committed,
        }));
        Ok(handle)
    }

    /// Carries out a command; answers when it is durable.
    ///
    /// # Errors
    /// `ExchangeError`; then nothing has changed.
    pub async fn send(&self, command: Command) -> Result<Vec<Event>, ExchangeError> {
        self.pass(command, None).await
    }

    /// The same, and leaves a receipt: what it caused, or why it was refused, is written with it. The caller has looked
    /// that there is none yet, and sends one request of a key at a time.
    ///
    /// # Errors
    /// `ExchangeError`; then nothing but the receipt has changed.
    pub async fn send_once(
        &self,
        command: Command,
        claim: Claim,
    ) -> Result<Vec<Event>, ExchangeError> {
        self.pass(command, Some(claim)).await
    }

    async fn pass(
        &self,
        command: Command,
        claim: Option<Claim>,
    ) -> Result<Vec<Event>, ExchangeError> {
        let (reply, answer) = oneshot::channel();
        let request = Request {
            command,
            claim,
            reply,
        };
        self.commands
            .send(request)
            .await
            .map_err(|_| ExchangeError::Stopped)?;
        answer.await.map_err(|_| ExchangeError::Stopped)?
    }

    /// Once the exchange has stopped because its database failed: nothing can be paid any more.
    pub async fn stopped(&self) {
        self.commands.closed().await;
    }

    /// Reads the market as of the last durable command.
    pub fn read<T>(&self, look: impl FnOnce(&Market) -> T) -> T {
        look(
            &self
                .published
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// Events of the commands that follow, each command's together.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Vec<Event>>> {
        self.events.subscribe()
    }
}
