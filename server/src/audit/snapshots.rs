//! Snapshots, which nobody has to believe: the whole journal is replayed, and each is held against it at its place.

use crate::{
    exchange::{Replay, ReplayError, Unusable, restore},
    store::{self, SnapshotHead},
};
use market::RULES;
use serde::Serialize;
use sqlx::SqliteConnection;

/// A snapshot of the market.
#[derive(Debug, Serialize)]
pub struct AuditedSnapshot {
    /// The last command in it.
    pub seq: i64,
    /// Whose rules made it. Those of another program cannot be compared, and are never used by this one.
    pub rules: i64,
    /// Its bytes.
    pub bytes: i64,
    /// The state hash that it states, in hex.
    pub state_hash: String,
    /// What is wrong with it.
    pub finding: Option<SnapshotFinding>,
}

/// What is wrong with a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SnapshotFinding {
    /// The journal makes another market: somebody forged it, or the rules changed and `RULES` did not.
    SnapshotDiffers,
    /// It is not what was written: the next start passes it over.
    SnapshotDamaged,
    /// The journal ends before it, or has a command of another time there.
    SnapshotOfAnotherJournal,
}

impl SnapshotFinding {
    /// One sentence for the operator.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::SnapshotDiffers => {
                "snapshot_differs: the journal makes another market than this snapshot holds"
            }
            Self::SnapshotDamaged => {
                "snapshot_damaged: it cannot be read, or is not what was written"
            }
            Self::SnapshotOfAnotherJournal => {
                "snapshot_of_another_journal: the journal has no such command, or one of another time"
            }
        }
    }
}

/// Replays the whole journal, from the beginning, and looks at every snapshot on the way.
pub(super) async fn replay(
    db: &mut SqliteConnection,
) -> Result<(Replay, Vec<AuditedSnapshot>), ReplayError> {
    let mut heads = store::snapshots(db).await?;
    heads.reverse();
    let mut replay = Replay::beginning(db).await?;
    let mut audited = Vec::new();
    for head in heads {
        replay = replay.to(db, head.seq).await?;
        let finding = finding(db, &head, &replay).await?;
        audited.push(AuditedSnapshot {
            seq: head.seq,
            rules: head.rules,
            bytes: head.bytes,
            state_hash: stratum::hex::encode(&head.state_hash),
            finding,
        });
    }
    Ok((replay.to(db, i64::MAX).await?, audited))
}

async fn finding(
    db: &mut SqliteConnection,
    head: &SnapshotHead,
    replay: &Replay,
) -> Result<Option<SnapshotFinding>, ReplayError> {
    if head.rules != i64::from(RULES) {
        return Ok(None);
    }
    Ok(match restore(db, head).await {
        // Its bytes are what its hash says, so the hash is what is left to compare.
        Ok(_) if replay.market.state_hash()[..] == head.state_hash[..] => None,
        Ok(_) => Some(SnapshotFinding::SnapshotDiffers),
        Err(Unusable::Replay(why)) => return Err(why),
        Err(Unusable::AheadOfJournal(_) | Unusable::OtherTime) => {
            Some(SnapshotFinding::SnapshotOfAnotherJournal)
        }
        Err(_) => Some(SnapshotFinding::SnapshotDamaged),
    })
}
