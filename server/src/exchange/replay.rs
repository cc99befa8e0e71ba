//! A market out of the journal.

use crate::store::{self, StoreError};
use market::{Market, Refusal};
use sqlx::SqliteConnection;
use units::Timestamp;

/// Commands that are read at a time.
const PAGE: i64 = 4_096;

/// Why the exchange cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The journal cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A journalled command is refused now: the journal belongs to other rules.
    #[error("the journal's command {seq} is refused on replay: {why}")]
    Refused {
        /// Its place.
        seq: i64,
        /// Why.
        why: Refusal,
    },
    /// A thread of ours ended.
    #[error("the replay ended in the middle: {0}")]
    Ended(#[from] tokio::task::JoinError),
}

/// A market as the journal makes it, up to a command.
pub struct Replay {
    /// The market.
    pub market: Market,
    /// The last command; 0 before the first one.
    pub seq: i64,
    /// When that was sequenced.
    pub at: Timestamp,
}

impl Replay {
    /// The empty market, with the settings that the journal began with.
    ///
    /// # Errors
    /// `ReplayError` where they cannot be read.
    pub async fn beginning(db: &mut SqliteConnection) -> Result<Self, ReplayError> {
        Ok(Self {
            market: Market::new(store::settings(db).await?),
            seq: 0,
            at: Timestamp::default(),
        })
    }

    /// The commands after that, `until` the last of them; fewer where the journal ends before. A page at a time, on a
    /// thread of its own: others go on meanwhile.
    ///
    /// # Errors
    /// `ReplayError`.
    pub async fn to(mut self, db: &mut SqliteConnection, until: i64) -> Result<Self, ReplayError> {
        loop {
            let page = store::journal_part(db, self.seq, until, PAGE).await?;
            if page.is_empty() {
                return Ok(self);
            }
            let applied = tokio::task::spawn_blocking(move || {
                for (seq, at, command) in page {
                    let applied = self.market.apply(&command, at);
                    applied.map_err(|why| ReplayError::Refused { seq, why })?;
                    (self.seq, self.at) = (seq, at);
                }
                Ok::<_, ReplayError>(self)
            });
            self = applied.await??;
        }
    }
}
