//! `assay` on the command line.

use crate::{
    binary::{Running, assay, demo},
    client,
    test_app::{args, until},
};
use std::process::Output;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

async fn verify(file: &std::path::Path, json: bool) -> Output {
    let mut command = assay();
    command.arg("verify").arg(file);
    if json {
        command.arg("--json");
    }
    command.output().await.expect("it runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_and_audit_and_the_exit_codes() {
    let (args, folder) = args();
    let running = Running::start(&args).await;
    until("an epoch with shares", || async {
        client::read_json::<api::Contract>(running.pages, "/api/v1/contracts/1")
            .await
            .settlements
            .first()
            .is_some_and(|settled| settled.shares_total > 0)
    })
    .await;
    let mut bundle = client::get(running.pages, "/api/v1/contracts/1/bundle")
        .await
        .body;
    let file = folder.path().join("contract.assay");
    std::fs::write(&file, &bundle).unwrap();

    let good = verify(&file, false).await;
    assert_eq!(
        (good.status.code(), text(&good.stdout).lines().next()),
        (Some(0), Some("VALID"))
    );
    let json = verify(&file, true).await;
    let verdict: api::Verdict = serde_json::from_slice(&json.stdout).unwrap();
    assert!(verdict.valid && verdict.shares_valid > 0);

    let last = bundle.len() - 1;
    bundle[last] ^= 1;
    std::fs::write(&file, &bundle).unwrap();
    let bad = verify(&file, false).await;
    assert_eq!(
        (bad.status.code(), text(&bad.stdout).lines().next()),
        (Some(1), Some("INVALID"))
    );
    assert!(
        text(&bad.stdout).contains("end_hash"),
        "{}",
        text(&bad.stdout)
    );
    std::fs::write(&file, [0x5a; 3_000]).unwrap();
    let random = verify(&file, false).await;
    assert_eq!(random.status.code(), Some(1));
    assert!(
        text(&random.stdout).contains("bad_magic"),
        "{}",
        text(&random.stdout)
    );

    let missing = verify(&folder.path().join("none"), false).await;
    assert_eq!(missing.status.code(), Some(2));
    assert!(
        text(&missing.stderr).contains("cannot be opened"),
        "{}",
        text(&missing.stderr)
    );

    // While the server runs, and from a folder without a database.
    let audit = assay()
        .arg("audit")
        .arg("--data")
        .arg(&args.data)
        .output()
        .await
        .unwrap();
    assert_eq!(audit.status.code(), Some(0));
    assert!(
        text(&audit.stdout).starts_with("the books balance"),
        "{}",
        text(&audit.stdout)
    );
    let none = assay()
        .arg("audit")
        .arg("--data")
        .arg(folder.path())
        .output()
        .await
        .unwrap();
    assert_eq!(none.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_and_a_taken_folder_are_one_clear_sentence() {
    let (args, _folder) = args();
    let running = Running::start(&args).await;
    let same_folder = demo(&args).output().await.unwrap();
    assert_eq!(same_folder.status.code(), Some(2));
    let sentence = text(&same_folder.stderr);
    assert!(
        sentence.starts_with("assay: another server is using the data folder"),
        "{sentence}"
    );

    let mut other = args.clone();
    other.data = args.data.join("other");
    other.listen = running.pages;
    let same_port = demo(&other).output().await.unwrap();
    assert_eq!(same_port.status.code(), Some(2));
    let sentence = text(&same_port.stderr);
    let wanted = format!(
        "assay: {} is taken: another program listens there; stop it, or choose another address with --listen\n",
        running.pages
    );
    assert_eq!(sentence, wanted);

    other.listen = "127.0.0.1:0".parse().unwrap();
    other.stratum = running.stratum;
    let same_port = demo(&other).output().await.unwrap();
    assert!(
        text(&same_port.stderr).contains("with --stratum"),
        "{}",
        text(&same_port.stderr)
    );
}
