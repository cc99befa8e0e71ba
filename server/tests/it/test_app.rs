//! A demo of its own for each test: its own folder, its own ports.

use crate::client;
use market::{Settings, assignment::Rules};
use pow::bundle::{Verdict, Verifier};
use server::{
    cli::{DemoArgs, SharesArgs},
    config::{Config, MachinePatience, SharesConfig, StratumConfig},
    demo::{self, Demo},
    exchange,
    pools::PoolPolicy,
    stratum::{PoolPatience, RecordLimits},
};
use std::{
    future::Future,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};
use stratum::VardiffSettings;
use tempfile::TempDir;
use units::{Difficulty, Hashrate, Millis, Price};

pub struct TestApp {
    pub demo: Demo,
    pub args: DemoArgs,
    pub _folder: TempDir,
}

/// What the server reads of Trunk's output; the pages' wasm is the browser tests' business.
pub const INDEX: &str = r#"<link rel="modulepreload" href="/client-0123456789ab.js" integrity="sha384-x">
<link rel="preload" href="/client-0123456789ab_bg.wasm" as="fetch">"#;

/// Options of a demo in a fresh folder, with epochs of two seconds.
pub fn args() -> (DemoArgs, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let dist = folder.path().join("dist");
    std::fs::create_dir(&dist).expect("a folder");
    std::fs::write(dist.join("index.html"), INDEX).expect("a file");
    let args = DemoArgs {
        data: folder.path().join("data"),
        listen: "127.0.0.1:0".parse().expect("an address"),
        https: false,
        trusted_proxy: Vec::new(),
        stratum: "127.0.0.1:0".parse().expect("an address"),
        dist,
        epoch_seconds: 2,
        // No block by chance: the tests that want one ask for it.
        block_seconds: 86_400,
        cycle_minutes: 15,
        snapshot_every: exchange::SNAPSHOT_EVERY,
        node: None,
        stratum_tls: None,
        tls_certificate: None,
        tls_key: None,
        metrics: None,
        overbooked: true,
        shares: SharesArgs::default(),
    };
    (args, folder)
}

/// Machines begin at this difficulty, and get nothing easier.
pub fn from(difficulty: Difficulty) -> VardiffSettings {
    VardiffSettings {
        shares_per_minute: 60,
        initial: difficulty,
        floor: difficulty,
    }
}

/// A server without a sandbox around it, whose machines have this pace. Tests change what they need otherwise.
pub fn config(data: PathBuf, dist: PathBuf, vardiff: VardiffSettings) -> Config {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    Config {
        data,
        listen: any,
        dist,
        stratum: StratumConfig {
            listen: any,
            tls: None,
            vardiff,
            connections: 1_000,
            connections_per_address: 1_000,
            patience: MachinePatience::default(),
            records: RecordLimits::default(),
        },
        market: Settings {
            lot: Hashrate::new(1_000_000_000_000_000),
            tick: Price::new(1),
            fee_bps: 100,
            epoch_length: Millis::new(60_000),
            limits: market::Limits::of_new_market(),
        },
        metrics: None,
        snapshot_every: exchange::SNAPSHOT_EVERY,
        shares: SharesConfig::default(),
        node: None,
        pools: PoolPolicy {
            allow_private_pools: true,
            ..PoolPolicy::default()
        },
        patience: PoolPatience::default(),
        assignment: Rules::default(),
        sandbox: true,
        identity: server::config::IdentityConfig::default(),
    }
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With other limits.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let (args, folder) = args();
        Self::start_args(args, folder, change).await
    }

    pub async fn start_args(
        args: DemoArgs,
        folder: TempDir,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let started = demo::start_with(&args, change).await;
        let demo = started.expect("the demo starts");
        Self {
            demo,
            args,
            _folder: folder,
        }
    }

    /// The API's view of contract 1.
    pub async fn contract(&self) -> api::Contract {
        client::read_json(self.demo.pages, "/api/v1/contracts/1").await
    }

    pub async fn bundle(&self) -> Vec<u8> {
        let answer = client::get(self.demo.pages, "/api/v1/contracts/1/bundle").await;
        assert_eq!(answer.status, 200);
        answer.body
    }

    pub fn data(&self) -> PathBuf {
        self.args.data.clone()
    }
}

/// Asks until the answer is yes; fails after two minutes, which is for machines without SHA extensions.
pub async fn until<F: Future<Output = bool>>(what: &str, mut ask: impl FnMut() -> F) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !ask().await {
        assert!(Instant::now() < deadline, "still waiting: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The verdict on a bundle, which is valid.
pub fn verify(bundle: &[u8]) -> Verdict {
    let mut verifier = Verifier::new();
    verifier.push(bundle);
    let verdict = verifier.finish();
    assert!(verdict.valid, "{:?}", verdict.faults);
    verdict
}
