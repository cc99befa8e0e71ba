//! `assay shares verify`, and shares that are kept for a time only.

use crate::{
    binary::{Running, assay},
    client, closing,
    test_app::{args, until},
};
use sandbox::{Pool, PoolSettings};
use server::{
    audit,
    exchange::Exchange,
    service::{DataFolder, Server},
    store::Store,
};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;

/// Exit code, and what was printed.
pub async fn verify(folder: &Path) -> (Option<i32>, String) {
    let mut command = assay();
    command.arg("shares").arg("verify").arg(folder);
    let output = command.output().await.expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).expect("text");
    (output.status.code(), text)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if from.is_dir() {
            copy(&from, &to);
        } else {
            // The bytes alone: the copy can be written to.
            fs::write(to, fs::read(from).unwrap()).unwrap();
        }
    }
}

/// A copy of a data folder in which something is to be changed.
struct Copy {
    folder: TempDir,
}

const SHARES: &str = "contracts/1/shares";

impl Copy {
    fn of(data: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(data, folder.path());
        Self { folder }
    }

    /// What was synced long ago is not in the write-ahead log any more.
    fn without_wal(data: &Path) -> Self {
        let copy = Self::of(data);
        copy.remove_wal();
        copy
    }

    fn remove_wal(&self) {
        for name in ["shares.wal", "shares-2.wal"] {
            fs::remove_file(self.path(name)).unwrap();
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn flip(&self, name: &str, at: usize) {
        let mut bytes = fs::read(self.path(name)).unwrap();
        bytes[at] ^= 1;
        fs::write(self.path(name), bytes).unwrap();
    }

    /// It is found, and named.
    async fn is_damaged(&self, named: &str) {
        let (code, text) = verify(self.folder.path()).await;
        assert_eq!(code, Some(1), "{named}: {text}");
        assert!(text.contains(named), "{named}: {text}");
        assert!(text.ends_with("DAMAGED\n"), "{named}: {text}");
    }

    async fn is_good(&self) -> String {
        let (code, text) = verify(self.folder.path()).await;
        assert_eq!(code, Some(0), "{text}");
        assert!(text.ends_with("OK\n"), "{text}");
        text
    }
}

/// A data folder with sealed epochs in which shares are, left by a server that was killed.
async fn killed() -> (PathBuf, TempDir) {
    let (mut args, folder) = args();
    args.epoch_seconds = 1;
    let running = Running::start(&args).await;
    until("epochs with shares", || async {
        let path = "/api/v1/contracts/1";
        let contract = client::read_json::<api::Contract>(running.pages, path).await;
        let (code, text) = verify(&args.data).await;
        assert_eq!(code, Some(0), "while the server runs: {text}");
        assert!(text.starts_with("contract 1: OK, "), "{text}");
        contract.settlements.len() >= 3 && contract.settlements[0].shares_total >= 20
    })
    .await;
    running.kill().await;
    (args.data, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_anywhere_in_the_archive_is_named() {
    let (data, _folder) = killed().await;
    let whole = Copy::of(&data);
    whole.is_good().await;
    let contracts = verify(&whole.path("contracts")).await;
    assert_eq!(contracts.0, Some(0), "{}", contracts.1);
    let names = fs::read_dir(whole.path(SHARES)).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();

    // A sealed segment, with and without the write-ahead log to compare it with.
    for name in names.iter().filter(|name| name.ends_with(".epoch")).take(2) {
        let name = format!("{SHARES}/{name}");
        let length = fs::read(whole.path(&name)).unwrap().len();
        for at in [0, 1, length / 3, length / 2, length - 100, length - 1] {
            let copy = Copy::of(&data);
            copy.flip(&name, at);
            // The log's first bytes were made without it.
            let exactly = !name.ends_with("0000000000.epoch") || at > 300;
            let place = if exactly {
                at.to_string()
            } else {
                String::new()
            };
            copy.is_damaged(&format!("{name} byte {place}")).await;
            let copy = Copy::without_wal(&data);
            copy.flip(&name, at);
            // A record whose length was changed may reach into the next file, and be noticed there.
            copy.is_damaged(SHARES).await;
        }
        let copy = Copy::without_wal(&data);
        fs::write(
            copy.path(&name),
            &fs::read(copy.path(&name)).unwrap()[..length - 1],
        )
        .unwrap();
        copy.is_damaged(&name).await;
        fs::remove_file(copy.path(&name)).unwrap();
        copy.is_damaged(&name).await;
    }

    // The open one: the write-ahead log still holds what is in it, and the next start writes it once more.
    if let Some(open) = names.iter().find(|name| name.ends_with(".open")) {
        let name = format!("{SHARES}/{open}");
        let expected = Copy::of(&data).is_good().await;
        let copy = Copy::of(&data);
        let bytes = fs::read(copy.path(&name)).unwrap();
        // As after a power cut.
        for left in [&bytes[..bytes.len() / 2], &[], &vec![0; bytes.len()]] {
            fs::write(copy.path(&name), left).unwrap();
            let text = copy.is_good().await;
            assert_eq!(text.lines().next(), expected.lines().next());
        }
        fs::remove_file(copy.path(&name)).unwrap();
        assert_eq!(copy.is_good().await, expected);
        if !bytes.is_empty() {
            let copy = Copy::of(&data);
            copy.flip(&name, 0);
            let text = copy.is_good().await;
            assert!(text.contains(&format!("note: {name} byte 0: ")), "{text}");
            copy.remove_wal();
            copy.is_damaged(&name).await;
        }
    }

    // The write-ahead log: its header, and a frame before others.
    for at in [3, 20, 4_096 + 30] {
        let copy = Copy::of(&data);
        copy.flip("shares.wal", at);
        copy.is_damaged("shares.wal byte ").await;
    }

    // What is none of it.
    for foreign in ["contracts/x", "contracts/1/x", "contracts/1/shares/1.epoch"] {
        let copy = Copy::of(&data);
        fs::write(copy.path(foreign), b"").unwrap();
        copy.is_damaged(&format!("{foreign} byte 0: it is no file of a share log"))
            .await;
    }

    // The books.
    let copy = Copy::of(&data);
    let options = SqliteConnectOptions::new().filename(copy.path("assay.db"));
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    let change = "UPDATE settlements SET epoch_hash = (SELECT epoch_hash FROM settlements WHERE epoch = 0) WHERE epoch = 1";
    sqlx::query(change).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
    copy.is_damaged("0000000001.epoch byte 0: the books paid for another epoch 1")
        .await;
    let copy = Copy::of(&data);
    fs::remove_dir_all(copy.path("contracts/1")).unwrap();
    copy.is_damaged("contracts/1 byte 0: it is missing").await;

    let empty = tempfile::tempdir().unwrap();
    assert_eq!(verify(empty.path()).await.0, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_is_json_too() {
    let (data, _folder) = killed().await;
    let copy = Copy::without_wal(&data);
    copy.flip("contracts/1/shares/0000000000.epoch", 9);
    let mut command = assay();
    command
        .arg("shares")
        .arg("verify")
        .arg("--json")
        .arg(copy.folder.path());
    let output = command.output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["ok"], &report["books"]),
        (&false.into(), &true.into())
    );
    let found = &report["contracts"][0]["findings"][0];
    assert_eq!(found["file"], "contracts/1/shares/0000000000.epoch");
    assert!(found["offset"].is_u64() && found["message"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn shares_that_were_kept_long_enough_are_removed_and_the_epochs_stay() {
    let (args, _folder) = args();
    let mut config = closing::config(args.data.clone(), args.dist);
    config.shares.keep_days = Some(0);
    let folder = DataFolder::lock(&config.data).unwrap();
    let store = Store::open(&config.data).await.unwrap();
    let exchange = Exchange::start(store.clone(), config.market).await.unwrap();
    let pool = Pool::start(PoolSettings {
        mean_block_interval: Duration::from_secs(86_400),
        ..PoolSettings::default()
    });
    let pool = pool.await.unwrap();
    closing::trade(&exchange, pool.address()).await;
    let server = Server::start(config, folder, store, exchange)
        .await
        .unwrap();
    let mut machine = closing::machine(&server);
    let contract =
        async || client::read_json::<api::Contract>(server.pages, "/api/v1/contracts/1").await;
    until("the shares' end", || async {
        contract().await.shares_removed_at_ms.is_some()
    })
    .await;
    machine.stop().await;
    let removed = contract().await;
    assert_eq!(removed.counts.accepted, machine.stats().accepted);
    assert!(!removed.settlements.is_empty() && removed.bundle_bytes == 0);
    let bundle = client::get(server.pages, "/api/v1/contracts/1/bundle").await;
    assert_eq!(bundle.status, 410);
    let gone: api::Error = serde_json::from_slice(&bundle.body).unwrap();
    assert_eq!(gone.code, api::ErrorCode::Gone);
    assert!(
        gone.message.contains("were kept until 20"),
        "{}",
        gone.message
    );
    let page = client::get(server.pages, "/contracts/1").await.text();
    assert!(page.contains("shares-removed") && !page.contains("verify-button"));

    let audit = audit::audit(&args.data).await.unwrap();
    assert!(audit.is_good() && audit.contracts[0].epochs == removed.settlements.len());
    let copy = Copy::of(&args.data);
    let text = copy.is_good().await;
    assert!(text.contains("its shares were removed"), "{text}");
    let kept = format!("{SHARES}/epochs.kept");
    let length = fs::read(copy.path(&kept)).unwrap().len();
    // In the terms, in the last epoch, and the JSON itself.
    for at in [length / 4, length - 80, 0] {
        let copy = Copy::of(&args.data);
        copy.flip(&kept, at);
        copy.is_damaged(&kept).await;
    }
}
