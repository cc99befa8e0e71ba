//! A disk without room: shares are refused, none that was acknowledged is lost, and it goes on by itself.

use crate::{
    archive,
    binary::{Running, assay, demo_by, free_address},
    client, metrics,
    scripted::{Job, LOGIN, Pool, Rig},
    test_app::{args, until},
};
use pow::bundle::Verifier;
use sandbox::{Miner, MinerSettings};
use std::{
    collections::BTreeSet,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};
use tokio::process::Command;
use units::Hashrate;

fn miner(stratum: SocketAddr) -> Miner {
    Miner::start(MinerSettings {
        pool: stratum,
        user: "demo-host.rig1".into(),
        password: "x".into(),
        hashrate: Hashrate::new(1_000_000),
        seed: 7,
        reconnect: true,
    })
}

async fn health(server: SocketAddr) -> (u16, String) {
    let answer = client::get(server, "/api/v1/health").await;
    (answer.status, answer.text())
}

/// Fills the disk, waits until shares are refused, makes room, waits until they are taken again.
async fn full_for_a_while(running: &Running, ballast: &Path, bytes: usize) {
    let mut machine = miner(running.stratum);
    until("shares", || async { machine.stats().accepted >= 10 }).await;
    assert_eq!(health(running.pages).await, (200, "\"ok\"".into()));
    let mut size = bytes;
    // A disk that is nearly full takes less than that.
    while size > 0 && fs::write(ballast, vec![7; size]).is_err() {
        size -= (4 << 10).min(size);
    }
    until("a share that is refused", || async {
        let rejected = machine.stats().rejected;
        rejected
            .keys()
            .any(|why| why.contains("Share log unavailable"))
    })
    .await;
    until("the reason", || async {
        health(running.pages).await.0 == 503
    })
    .await;
    let (_, why) = health(running.pages).await;
    assert!(why.contains("no more shares are taken: "), "{why}");
    fs::remove_file(ballast).unwrap();
    until("health", || async { health(running.pages).await.0 == 200 }).await;
    let before = machine.stats().accepted;
    until("shares again", || async {
        machine.stats().accepted > before + 10
    })
    .await;
    machine.stop().await;

    let bundle = client::get(running.pages, "/api/v1/contracts/1/bundle").await;
    let mut counted = BTreeSet::new();
    let mut verifier = Verifier::new();
    verifier.push_each(&bundle.body, &mut |_, share| {
        counted.insert(share.hash);
    });
    let verdict = verifier.finish();
    assert!(verdict.valid, "{:?}", verdict.faults);
    let acknowledged: BTreeSet<_> = machine.accepted_hashes().into_iter().collect();
    assert!(acknowledged.is_subset(&counted));
    println!(
        "{} shares acknowledged, all in the archive; refused: {:?}",
        acknowledged.len(),
        machine.stats().rejected
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn share_logs_that_take_all_they_may_refuse_shares_until_there_is_room() {
    let (mut args, _folder) = args();
    (args.listen, args.stratum, args.epoch_seconds) = (free_address(), free_address(), 1);
    args.shares.shares_max_bytes = Some(16 << 20);
    let running = Running::start(&args).await;
    let ballast = args.data.join("contracts/ballast");
    full_for_a_while(&running, &ballast, 20 << 20).await;
    running.kill().await;
    let (code, text) = archive::verify(&args.data).await;
    assert_eq!(code, Some(0), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_s_job_waits_for_room_and_its_session_lives_on() {
    let rig = Rig::start(Pool::easy().await, |config| {
        config.shares.limits.shares_max = Some(16 << 20);
    })
    .await;
    let told = rig.server.metrics.unwrap();
    let mut machine = rig.machine().await;
    assert!(machine.mine(LOGIN, 0).await.contains("true"));
    let ballast = rig.data().join("contracts/ballast");
    fs::write(&ballast, vec![7; 20 << 20]).unwrap();
    until("no room", || async {
        health(rig.server.pages).await.0 == 503
    })
    .await;

    // One that makes what was before stale, and another one while that waits.
    rig.pool.job(&Job::new("second", 1));
    let trouble = || async {
        let contract = rig.contract().await;
        contract.fail_over.trouble.map(|trouble| trouble.why)
    };
    until("the job waits", || async {
        trouble()
            .await
            .is_some_and(|why| why.contains("work waits, since"))
    })
    .await;
    assert!((metrics::read(told, "assay_jobs_held").await - 1.0).abs() < 0.1);
    let mut third = Job::more("third", 1);
    third.ntime += 3;
    rig.pool.job(&third);
    // The session goes on meanwhile; what comes after the job tells that it came.
    rig.pool
        .say(r#"{"id":null,"method":"client.reconnect","params":["elsewhere.example",3333,0]}"#);
    until("the line after it", || async {
        trouble()
            .await
            .is_some_and(|why| why.contains("another host"))
    })
    .await;
    assert!(rig.contract().await.pool_connected);
    fs::remove_file(&ballast).unwrap();

    let job = machine.next_job().await;
    assert_eq!(job.job.ntime, third.ntime, "the latest");
    assert!(job.clean, "as the one that it replaced");
    let answer = machine.mine(LOGIN, 7).await;
    assert!(answer.contains("true"), "{answer}");
    until("no trouble", || async { trouble().await.is_none() }).await;
    assert!(metrics::read(told, "assay_jobs_held").await < 0.1);
    let verdict = crate::test_app::verify(&rig.bundle().await);
    assert_eq!(verdict.upstreams, 1, "one session all the time");
    assert_eq!(verdict.shares_valid, 2);
}

/// A small file system of its own for the share logs, which takes no privilege where user namespaces are allowed.
fn with_small_disk(contracts: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.kill_on_drop(true);
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    command.arg("mount -t tmpfs -o size=256k none \"$0\" && exec \"$@\"");
    command.arg(contracts);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_refuses_shares_until_there_is_room() {
    let (mut args, _folder) = args();
    (args.listen, args.stratum, args.epoch_seconds) = (free_address(), free_address(), 1);
    let contracts = args.data.join("contracts");
    fs::create_dir_all(&contracts).unwrap();
    let allowed = with_small_disk(&contracts).arg("true").status().await;
    if !allowed.is_ok_and(|status| status.success()) {
        println!("skipped: no file system can be mounted here");
        return;
    }
    let mut command = with_small_disk(&contracts);
    command.arg(assay().as_std().get_program());
    let running = Running::run(demo_by(command, &args)).await;
    // As the process sees it.
    let root = PathBuf::from(format!("/proc/{}/root", running.id()));
    let seen = root.join(args.data.strip_prefix("/").unwrap());
    full_for_a_while(&running, &seen.join("contracts/ballast"), 256 << 10).await;
    let (code, text) = archive::verify(&seen).await;
    assert_eq!(code, Some(0), "{text}");
    running.kill().await;
}
