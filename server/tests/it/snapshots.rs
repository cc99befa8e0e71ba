//! A start from a snapshot is a start from the journal, whatever becomes of the snapshot.

use crate::{
    market_kills::{LOT, settings},
    test_app::until,
};
use ledger::TransferId;
use market::{Command, Market, RULES};
use serde_json::json;
use server::{
    audit::{self, SnapshotFinding},
    exchange::{Exchange, Loaded, load},
    store::{self, SnapshotHead, Store},
};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::path::Path;
use tempfile::TempDir;
use units::{AccountId, Sats, Timestamp};

const EVERY: u64 = 10;
const COMMANDS: i64 = 45;

fn account(number: u64) -> AccountId {
    format!("account-{number}").parse().unwrap()
}

/// Two commands for each number: an account with money, with an ask, or with a bid.
fn commands(number: u64) -> [Command; 2] {
    let account = account(number);
    let open = Command::OpenAccount { account };
    let price = (100 + number % 7) * 10;
    let order =
        json!({"account": account, "hashrate": LOT.to_string(), "price": price.to_string()});
    let next = match number % 2 {
        0 => serde_json::from_value(json!({ "place_ask": order })).unwrap(),
        _ => Command::Deposit {
            account,
            amount: Sats::new(1_000 + number),
            reference: TransferId::new(number.into()),
        },
    };
    [open, next]
}

async fn open(folder: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(folder.join("assay.db"));
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn heads(folder: &Path) -> Vec<SnapshotHead> {
    store::snapshots(&mut open(folder).await).await.unwrap()
}

async fn change(folder: &Path, statement: &'static str) {
    let mut db = open(folder).await;
    let done = sqlx::query(statement).execute(&mut db).await.unwrap();
    assert!(done.rows_affected() > 0, "{statement}");
}

/// A folder whose journal has 45 commands, and whose snapshots are of commands 30 and 40.
async fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let exchange = Exchange::start_with(store, settings(), EVERY)
        .await
        .unwrap();
    let all = (0..)
        .flat_map(commands)
        .take(COMMANDS.unsigned_abs() as usize);
    for (number, command) in (1_i64..).zip(all) {
        exchange.send(command).await.unwrap();
        if number % EVERY.cast_signed() == 0 {
            until("the snapshot", || async {
                heads(folder.path()).await.first().map(|head| head.seq) == Some(number)
            })
            .await;
        }
    }
    until("the older ones are gone", || async {
        heads(folder.path()).await.len() == 2
    })
    .await;
    drop(exchange);
    folder
}

async fn begin(folder: &Path) -> Loaded {
    load(&mut open(folder).await).await.unwrap()
}

/// Where the start began, and that it made what the journal makes.
async fn begins_at(folder: &Path) -> Option<i64> {
    let Loaded { replay, snapshot } = begin(folder).await;
    assert_eq!(replay.seq, COMMANDS);
    let hash = stratum::hex::encode(&replay.market.state_hash());
    let audit = audit::audit(folder).await.unwrap();
    assert_eq!(hash, audit.state_hash, "from {snapshot:?}");
    assert_eq!(audit.journal_entries, COMMANDS);
    snapshot.map(|base| base.seq)
}

/// What the audit says of the snapshots, the oldest first.
async fn findings(folder: &Path) -> Vec<Option<SnapshotFinding>> {
    let audit = audit::audit(folder).await.unwrap();
    let findings: Vec<_> = audit.snapshots.iter().map(|one| one.finding).collect();
    assert_eq!(audit.is_good(), findings.iter().all(Option::is_none));
    findings
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_with_and_without_snapshots_makes_the_same_market() {
    let folder = folder().await;
    let seqs: Vec<i64> = heads(folder.path())
        .await
        .iter()
        .map(|one| one.seq)
        .collect();
    assert_eq!(seqs, [40, 30], "the two latest");
    let parts: (i64,) = sqlx::query_as("SELECT count(DISTINCT seq) FROM snapshot_parts")
        .fetch_one(&mut open(folder.path()).await)
        .await
        .unwrap();
    assert_eq!(parts.0, 2, "nothing is left of the others");
    assert_eq!(begins_at(folder.path()).await, Some(40));
    assert_eq!(findings(folder.path()).await, [None, None]);

    // It goes on from there, with the next snapshot where it is due.
    let copy = tempfile::tempdir().unwrap();
    for file in ["assay.db", "assay.db-wal"] {
        let from = folder.path().join(file);
        if from.exists() {
            std::fs::copy(from, copy.path().join(file)).unwrap();
        }
    }
    let store = Store::open(copy.path()).await.unwrap();
    let exchange = Exchange::start_with(store, settings(), EVERY)
        .await
        .unwrap();
    for command in (1_000..1_003).flat_map(commands) {
        exchange.send(command).await.unwrap();
    }
    until("the snapshot after the start", || async {
        heads(copy.path()).await[0].seq >= 50
    })
    .await;

    change(folder.path(), "DELETE FROM snapshots").await;
    assert_eq!(begins_at(folder.path()).await, None);
}

/// Each holds all that the one before held: what is written must not grow faster than the journal.
#[tokio::test(flavor = "multi_thread")]
async fn the_next_snapshot_waits_for_a_quarter_of_what_the_last_one_holds() {
    let folder = folder().await;
    let snapshot = begin(folder.path()).await.snapshot.unwrap();
    assert_eq!((snapshot.seq, snapshot.entries), (40, 40));
    let store = Store::open(folder.path()).await.unwrap();
    // Each command would do for one.
    let exchange = Exchange::start_with(store, settings(), 1).await.unwrap();
    let accounts = (1_000..).map(|number| Command::OpenAccount {
        account: account(number),
    });
    let mut commands = (COMMANDS + 1..).zip(accounts);
    // One command an entry: ten on 40, twelve on 50.
    for (due, before) in [(50, 40), (62, 50)] {
        for (number, command) in commands.by_ref() {
            exchange.send(command).await.unwrap();
            if number == due {
                break;
            }
        }
        until("the snapshot that is due", || async {
            let heads = heads(folder.path()).await;
            heads[0].seq == due && heads.len() == 2
        })
        .await;
        let last: Vec<i64> = heads(folder.path())
            .await
            .iter()
            .map(|one| one.seq)
            .collect();
        assert_eq!(last, [due, before], "none was made between them");
    }
}

/// One that cannot be written is not waited for as long as one that was.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_snapshot_that_failed_the_next_one_comes_soon() {
    let folder = folder().await;
    let mut db = open(folder.path()).await;
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON snapshots WHEN new.seq = 50 BEGIN SELECT RAISE(ABORT, 'no'); END";
    sqlx::query(refuse).execute(&mut db).await.unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    // Each command would do for one, but for the 40 entries of the last.
    let exchange = Exchange::start_with(store, settings(), 1).await.unwrap();
    let open_account = |number: i64| Command::OpenAccount {
        account: account(1_000 + number.unsigned_abs()),
    };
    for number in COMMANDS + 1..=50 {
        exchange.send(open_account(number)).await.unwrap();
    }
    until("the one that fails", || async {
        parts(folder.path()).await.contains(&(50, 0))
    })
    .await;
    exchange.send(open_account(51)).await.unwrap();
    until("the next one", || async {
        heads(folder.path()).await[0].seq == 51
    })
    .await;
}

async fn parts(folder: &Path) -> Vec<(i64, i64)> {
    let parts = "SELECT seq, part FROM snapshot_parts ORDER BY seq, part";
    sqlx::query_as(parts)
        .fetch_all(&mut open(folder).await)
        .await
        .unwrap()
}

/// As a kill in the middle leaves them: the database refuses the statement at which it would have come.
#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_is_cut_off_while_it_is_written_is_none() {
    let cuts = [
        "CREATE TRIGGER cut BEFORE INSERT ON snapshot_parts WHEN new.part = 2 BEGIN SELECT RAISE(ABORT, 'cut'); END",
        "CREATE TRIGGER cut BEFORE INSERT ON snapshots BEGIN SELECT RAISE(ABORT, 'cut'); END",
        "CREATE TRIGGER cut BEFORE DELETE ON snapshots BEGIN SELECT RAISE(ABORT, 'cut'); END",
        "CREATE TRIGGER cut BEFORE DELETE ON snapshot_parts BEGIN SELECT RAISE(ABORT, 'cut'); END",
    ];
    // What is there then: whole snapshots, the latest first, and parts.
    let left: [(&[i64], usize); 4] = [
        (&[40, 30], 4),
        (&[40, 30], 5),
        (&[45, 40, 30], 5),
        (&[45, 40], 5),
    ];
    for (cut, (whole, left)) in cuts.into_iter().zip(left) {
        let folder = folder().await;
        assert_eq!(parts(folder.path()).await, [(30, 0), (40, 0)]);
        let head = {
            let replay = begin(folder.path()).await.replay;
            let mut bytes = serde_json::to_vec(&replay.market.snapshot()).unwrap();
            // White space, so that it has three parts.
            bytes.resize(600 * 1_024, b' ');
            let head = SnapshotHead {
                seq: COMMANDS,
                at_ms: replay.at.unix_ms().cast_signed(),
                rules: RULES.into(),
                state_hash: replay.market.state_hash().to_vec(),
                bytes: bytes.len() as i64,
            };
            let mut db = open(folder.path()).await;
            sqlx::query(cut).execute(&mut db).await.unwrap();
            let store = Store::open(folder.path()).await.unwrap();
            store.save_snapshot(&head, &bytes).await.unwrap_err();
            head
        };
        let seqs: Vec<i64> = heads(folder.path())
            .await
            .iter()
            .map(|one| one.seq)
            .collect();
        assert_eq!(
            (&seqs[..], parts(folder.path()).await.len()),
            (whole, left),
            "{cut}"
        );
        assert_eq!(begins_at(folder.path()).await, Some(whole[0]), "{cut}");
        assert!(
            findings(folder.path()).await.iter().all(Option::is_none),
            "{cut}"
        );

        // The next one takes its place, and nothing of it is left.
        let mut db = open(folder.path()).await;
        sqlx::query("DROP TRIGGER cut")
            .execute(&mut db)
            .await
            .unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let exchange = Exchange::start_with(store, settings(), 1).await.unwrap();
        for command in (1_000..1_008).flat_map(commands) {
            exchange.send(command).await.unwrap();
        }
        until("another snapshot, and nothing else", || async {
            let heads = heads(folder.path()).await;
            let parts = parts(folder.path()).await;
            let mut seqs: Vec<i64> = parts.iter().map(|(seq, _)| *seq).collect();
            seqs.dedup();
            seqs.reverse();
            heads[0].seq > head.seq && seqs == heads.iter().map(|one| one.seq).collect::<Vec<_>>()
        })
        .await;
        drop(exchange);
        assert!(
            findings(folder.path()).await.iter().all(Option::is_none),
            "{cut}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_snapshot_is_passed_over() {
    let folder = folder().await;
    // A letter of an account's name: still JSON, and another market.
    change(
        folder.path(),
        "UPDATE snapshot_parts SET bytes = CAST(replace(CAST(bytes AS TEXT), 'account-3', 'account-x') AS BLOB) WHERE seq = 40",
    )
    .await;
    assert_eq!(begins_at(folder.path()).await, Some(30));
    let damaged = Some(SnapshotFinding::SnapshotDamaged);
    assert_eq!(findings(folder.path()).await, [None, damaged]);
    change(
        folder.path(),
        "UPDATE snapshot_parts SET bytes = substr(bytes, 1, 100) WHERE seq = 30",
    )
    .await;
    assert_eq!(begins_at(folder.path()).await, None);
    assert_eq!(findings(folder.path()).await, [damaged, damaged]);
    change(folder.path(), "DELETE FROM snapshot_parts").await;
    assert_eq!(begins_at(folder.path()).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_another_journal_or_other_rules_is_passed_over() {
    let folder = folder().await;
    change(
        folder.path(),
        "UPDATE snapshots SET rules = rules + 1 WHERE seq = 40",
    )
    .await;
    assert_eq!(begins_at(folder.path()).await, Some(30));
    assert_eq!(
        findings(folder.path()).await,
        [None, None],
        "nobody here can tell"
    );
    change(
        folder.path(),
        "UPDATE snapshots SET at_ms = at_ms + 1 WHERE seq = 30",
    )
    .await;
    assert_eq!(begins_at(folder.path()).await, None);
    for table in [
        "UPDATE snapshot_parts SET seq = 1000000 WHERE seq = 40",
        "UPDATE snapshots SET seq = 1000000, rules = rules - 1 WHERE seq = 40",
    ] {
        change(folder.path(), table).await;
    }
    assert_eq!(begins_at(folder.path()).await, None, "ahead of the journal");
    let other = Some(SnapshotFinding::SnapshotOfAnotherJournal);
    assert_eq!(findings(folder.path()).await, [other, other]);

    // The next snapshots take their place.
    let store = Store::open(folder.path()).await.unwrap();
    let exchange = Exchange::start_with(store, settings(), EVERY)
        .await
        .unwrap();
    until("a snapshot of the start", || async {
        let heads = heads(folder.path()).await;
        heads.first().map(|head| head.seq) == Some(COMMANDS)
    })
    .await;
    drop(exchange);
    assert_eq!(begins_at(folder.path()).await, Some(COMMANDS));
}

/// Puts another market in the place of the latest snapshot, with a hash that is right for it.
async fn forge(folder: &Path, command: Command) {
    let mut db = open(folder).await;
    let head = heads(folder).await.remove(0);
    let bytes = store::snapshot_bytes(&mut db, &head).await.unwrap();
    let mut market = Market::restore(serde_json::from_slice(&bytes.unwrap()).unwrap()).unwrap();
    let at = Timestamp::from_unix_ms(head.at_ms.unsigned_abs());
    market.apply(&command, at).unwrap();
    let bytes = serde_json::to_vec(&market.snapshot()).unwrap();
    let forged = SnapshotHead {
        rules: RULES.into(),
        state_hash: market.state_hash().to_vec(),
        bytes: bytes.len() as i64,
        ..head
    };
    let store = Store::open(folder).await.unwrap();
    store.save_snapshot(&forged, &bytes).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_finds_a_forged_snapshot_and_a_start_finds_forged_money() {
    let differs = Some(SnapshotFinding::SnapshotDiffers);
    let rich = folder().await;
    let account = account(1);
    forge(
        rich.path(),
        Command::Deposit {
            account,
            amount: Sats::new(1_000_000),
            reference: TransferId::new(u128::MAX),
        },
    )
    .await;
    assert_eq!(findings(rich.path()).await, [None, differs]);
    assert_eq!(begins_at(rich.path()).await, Some(30));
    // The next ones are made without it.
    let store = Store::open(rich.path()).await.unwrap();
    let exchange = Exchange::start_with(store, settings(), EVERY)
        .await
        .unwrap();
    until("a snapshot of the start", || async {
        heads(rich.path()).await[0].seq == COMMANDS
    })
    .await;
    drop(exchange);
    assert_eq!(begins_at(rich.path()).await, Some(COMMANDS));
    assert_eq!(findings(rich.path()).await, [differs, None]);

    // No money is moved: a start cannot know, the audit does.
    let account = "nobody".parse().unwrap();
    let quiet = folder().await;
    forge(quiet.path(), Command::OpenAccount { account }).await;
    let snapshot = begin(quiet.path()).await.snapshot;
    assert_eq!(snapshot.map(|base| base.seq), Some(40));
    assert_eq!(findings(quiet.path()).await, [None, differs]);
}
