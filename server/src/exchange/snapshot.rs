//! Snapshots: which of them a start can go on from, and how they are made.
//!
//! **Invariant:** the journal alone makes the market; a snapshot shortens its replay. What is not exactly what it says, or not
//! by the rules of this program, is passed over, and `audit` compares each with the whole journal.

use super::replay::{Replay, ReplayError};
use crate::store::{self, SnapshotHead, Store, StoreError};
use market::{BadSnapshot, Market, RULES};
use sqlx::SqliteConnection;
use tokio::{sync::watch, task::spawn_blocking};
use units::Timestamp;

/// Commands between two snapshots at least, where the operator chooses nothing else.
pub const SNAPSHOT_EVERY: u64 = 10_000;

/// A snapshot holds all that the one before it held. The next one is due only when a command has come for each four of its entries: so what
/// is written for a command does not grow with the history, and what a start replays is at most a fixed part of what it reads.
const ENTRIES_OF_A_COMMAND: u64 = 4;

/// Commands between a snapshot that holds so many entries, and the next one.
fn spacing(every: u64, entries: u64) -> u64 {
    every.max(entries / ENTRIES_OF_A_COMMAND)
}

/// Why a start does not go on from a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Another program made it.
    #[error("it is by rules {0}, and this program's are {RULES}")]
    OtherRules(i64),
    /// It was not made of this journal.
    #[error("it is ahead of the journal, which ends at command {0}")]
    AheadOfJournal(i64),
    /// It was not made of this journal.
    #[error("the journal's command of that number has another time")]
    OtherTime,
    /// Not what was written.
    #[error("bytes of it are missing")]
    Missing,
    /// Not what was written.
    #[error("its bytes cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// Not what was written.
    #[error(transparent)]
    Bad(#[from] BadSnapshot),
    /// Not what was written.
    #[error("its state hash is another than the one beside it")]
    OtherHash,
    /// It was not made of this journal.
    #[error("its settings are others than the journal's")]
    OtherSettings,
    /// It was not made of this journal.
    #[error("the balances that follow from it are others than the database's")]
    OtherBalances,
    /// What follows from it contradicts the journal, or the database failed.
    #[error(transparent)]
    Replay(#[from] ReplayError),
}

impl From<StoreError> for Unusable {
    fn from(error: StoreError) -> Self {
        Self::Replay(error.into())
    }
}

/// The market as the journal's end leaves it.
pub struct Loaded {
    /// It, with the journal's end.
    pub replay: Replay,
    /// The snapshot after which the journal was applied; `None` for all of it.
    pub snapshot: Option<Base>,
}

/// A snapshot that is known to be good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base {
    /// The last command in it.
    pub seq: i64,
    /// `Market::entries` of its market.
    pub entries: u64,
}

impl Base {
    fn of(replay: &Replay) -> Self {
        Self {
            seq: replay.seq,
            entries: replay.market.entries(),
        }
    }
}

/// Reads the market: from the latest snapshot that is good, or else by the whole journal.
///
/// # Errors
/// `ReplayError` where not even the whole journal makes one.
pub async fn load(db: &mut SqliteConnection) -> Result<Loaded, ReplayError> {
    for head in store::snapshots(db).await? {
        match go_on(db, &head).await {
            Ok((base, replay)) => {
                let tail = replay.seq.saturating_sub(head.seq);
                tracing::info!(
                    snapshot = head.seq,
                    tail,
                    "the market is read from a snapshot"
                );
                let snapshot = Some(base);
                return Ok(Loaded { replay, snapshot });
            }
            Err(why) => passed_over(&head, &why),
        }
    }
    let replay = Replay::beginning(db).await?.to(db, i64::MAX).await?;
    if replay.seq > 0 {
        let commands = replay.seq;
        tracing::info!(commands, "the market is read from the whole journal");
    }
    Ok(Loaded {
        replay,
        snapshot: None,
    })
}

fn passed_over(head: &SnapshotHead, why: &Unusable) {
    tracing::warn!(snapshot = head.seq, %why, "a snapshot of the market is passed over");
}

/// From a snapshot to the journal's end.
async fn go_on(db: &mut SqliteConnection, head: &SnapshotHead) -> Result<(Base, Replay), Unusable> {
    let restored = restore(db, head).await?;
    let base = Base::of(&restored);
    let replay = restored.to(db, i64::MAX).await?;
    if Store::balances_of(&replay.market) != Some(store::balances(db).await?) {
        return Err(Unusable::OtherBalances);
    }
    Ok((base, replay))
}

/// The market that a snapshot holds.
///
/// # Errors
/// `Unusable`.
pub async fn restore(db: &mut SqliteConnection, head: &SnapshotHead) -> Result<Replay, Unusable> {
    if head.rules != i64::from(RULES) {
        return Err(Unusable::OtherRules(head.rules));
    }
    let Some(at_ms) = store::time_of(db, head.seq).await? else {
        return Err(Unusable::AheadOfJournal(store::journal_end(db).await?));
    };
    if at_ms != head.at_ms {
        return Err(Unusable::OtherTime);
    }
    let bytes = store::snapshot_bytes(db, head).await?;
    let bytes = bytes.ok_or(Unusable::Missing)?;
    let settings = store::settings(db).await?;
    let (seq, hash) = (head.seq, head.state_hash.clone());
    let read = spawn_blocking(move || {
        let market = Market::restore(serde_json::from_slice(&bytes)?)?;
        if market.state_hash()[..] != hash[..] {
            return Err(Unusable::OtherHash);
        }
        if *market.settings() != settings {
            return Err(Unusable::OtherSettings);
        }
        Ok(market)
    });
    let market = read.await.map_err(ReplayError::from)??;
    let at = Timestamp::from_unix_ms(u64::try_from(at_ms).map_err(|_| Unusable::OtherTime)?);
    Ok(Replay { market, seq, at })
}

/// When the next snapshot is due.
struct Next {
    every: u64,
    /// The one to go on from.
    good: Option<Base>,
    /// The last command when one was made or tried.
    tried: i64,
    /// How many were tried since the good one, all in vain.
    failures: u32,
}

impl Next {
    fn after(every: u64, good: Option<Base>) -> Self {
        Self {
            every,
            good,
            tried: good.map_or(0, |base| base.seq),
            failures: 0,
        }
    }

    fn is_due(&self, last: i64) -> bool {
        u64::try_from(last.saturating_sub(self.tried)).is_ok_and(|since| since >= self.wait())
    }

    /// Commands from the last one on. After a failure it is tried again soon, since until then each start replays more; but each time
    /// costs the replay of all since the good one, and without one that of the whole journal.
    fn wait(&self) -> u64 {
        let usual = spacing(self.every, self.good.map_or(0, |base| base.entries));
        let Some(doublings) = self.failures.checked_sub(1) else {
            return usual;
        };
        let again = self.every.saturating_mul(2_u64.saturating_pow(doublings));
        match self.good {
            Some(_) => again.min(usual),
            None => again,
        }
    }

    fn failed(&mut self, last: i64) {
        self.tried = last;
        self.failures = self.failures.saturating_add(1);
    }
}

/// Makes a snapshot where one is due, for as long as the writer lives; `good` is the one that the start went on from.
pub(super) async fn keep(
    store: Store,
    every: u64,
    mut committed: watch::Receiver<i64>,
    good: Option<Base>,
) {
    let mut next = Next::after(every, good);
    loop {
        let last = *committed.borrow_and_update();
        if next.is_due(last) {
            match make(&store, next.good, last).await {
                Ok(made) => next = Next::after(every, Some(made)),
                Err(why) => {
                    next.failed(last);
                    let again_after = next.wait();
                    tracing::warn!(command = last, again_after, %why, "no snapshot of the market: the next start takes longer");
                }
            }
        } else if committed.changed().await.is_err() {
            return;
        }
    }
}

/// Not of the writer's market, but of the snapshot before and the journal since: a copy of the writer's would hold it up
/// for as long as copying takes, and so each snapshot is tried before the next one needs it.
async fn make(store: &Store, good: Option<Base>, seq: i64) -> Result<Base, ReplayError> {
    let mut db = store.reader().await?;
    let replay = base(&mut db, good).await?.to(&mut db, seq).await?;
    drop(db);
    let made = spawn_blocking(move || {
        let bytes = serde_json::to_vec(&replay.market.snapshot());
        Ok::<_, serde_json::Error>((Base::of(&replay), head(&replay), bytes?))
    });
    let (base, mut head, bytes) = made.await?.map_err(store::unreadable("snapshot"))?;
    head.bytes = i64::try_from(bytes.len()).map_err(|_| StoreError::OutOfRange)?;
    store.save_snapshot(&head, &bytes).await?;
    tracing::info!(
        command = head.seq,
        bytes = head.bytes,
        entries = base.entries,
        "a snapshot of the market is written"
    );
    Ok(base)
}

/// All but the number of its bytes.
fn head(replay: &Replay) -> SnapshotHead {
    SnapshotHead {
        seq: replay.seq,
        at_ms: i64::try_from(replay.at.unix_ms()).unwrap_or(i64::MAX),
        rules: i64::from(RULES),
        state_hash: replay.market.state_hash().to_vec(),
        bytes: 0,
    }
}

/// The snapshot that is known to be good, or the beginning: never one that a start passed over.
async fn base(db: &mut SqliteConnection, good: Option<Base>) -> Result<Replay, ReplayError> {
    for head in store::snapshots(db).await? {
        if Some(head.seq) != good.map(|base| base.seq) {
            continue;
        }
        match restore(db, &head).await {
            Ok(replay) => return Ok(replay),
            Err(why) => passed_over(&head, &why),
        }
    }
    Replay::beginning(db).await
}

#[cfg(test)]
mod tests {
    use super::{Base, Next, spacing};

    /// Snapshots of a journal of so many commands with two entries each: how many, their entries together, the longest way between two.
    fn written(commands: u64, every: u64) -> (u64, u64, u64) {
        let (mut last, mut many, mut sum, mut longest) = (0, 0, 0, 0);
        for command in 1..=commands {
            if command - last >= spacing(every, 2 * last) {
                longest = longest.max(command - last);
                (last, many, sum) = (command, many + 1, sum + 2 * command);
            }
        }
        (many, sum, longest)
    }

    #[test]
    fn what_is_written_stays_in_proportion_to_the_commands() {
        // While they are few, each so many commands.
        assert_eq!(written(30_000, 10_000), (3, 120_000, 10_000));
        for commands in [100_000, 1_000_000, 10_000_000] {
            let (many, sum, longest) = written(commands, 10_000);
            // Two entries of its own, and four of those that were there before, are each command's part.
            assert!(sum <= 6 * commands, "{sum} for {commands}");
            assert!(longest <= 10_000.max(commands / 2), "{longest}");
            assert!(many <= 20, "{many} for {commands}");
        }
    }

    /// At which commands one is tried of which none can be written.
    fn tries(mut next: Next, until: i64) -> Vec<i64> {
        let mut tries = Vec::new();
        for last in (next.tried..until).step_by(1_000) {
            if next.is_due(last) {
                next.failed(last);
                tries.push(last);
            }
        }
        tries
    }

    #[test]
    fn after_a_failure_it_is_tried_again_soon_and_then_ever_later() {
        let thousand = |commands: &[i64]| commands.iter().map(|at| at * 1_000).collect::<Vec<_>>();
        let base = |seq, entries| Some(Base { seq, entries });
        // Not another two million commands later, as where it succeeds; after many failures as seldom as then.
        let large = Next::after(10_000, base(2_000_000, 8_000_000));
        let soon = [
            4_000, 4_010, 4_030, 4_070, 4_150, 4_310, 4_630, 5_270, 6_550, 8_550, 10_550,
        ];
        assert_eq!(tries(large, 12_000_000), thousand(&soon));
        let small = Next::after(10_000, base(20_000, 40_000));
        assert_eq!(tries(small, 61_000), thousand(&[30, 40, 50, 60]));
        // Each replays the whole journal: of a million commands a hundred replays would be 50 million.
        let none = tries(Next::after(10_000, None), 1_000_000);
        assert_eq!(none, thousand(&[10, 20, 40, 80, 160, 320, 640]));
        // A start after a change of rules tries at once.
        assert!(Next::after(10_000, None).is_due(5_000_000));
        let mut after = Next::after(10_000, None);
        (0..100).for_each(|_| after.failed(5_000_000));
        assert_eq!(after.wait(), u64::MAX);
    }
}
