//! The server's process: a market with one contract at the bench's pool.

use market::{Settings, assignment::Rules};
use server::{
    config::{Config, MachinePatience, SharesConfig, StratumConfig},
    exchange::{Exchange, SNAPSHOT_EVERY},
    pools::PoolPolicy,
    service::{DataFolder, Server},
    store::Store,
    stratum::{PoolPatience, RecordLimits},
};
use std::{io::Read, net::SocketAddr};
use stratum::VardiffSettings;
use trade::Trade;
use units::{Difficulty, Hashrate, Millis, Price};

#[path = "../../tests/it/trade.rs"]
mod trade;

pub const HOST: &str = "bench-host";

pub fn run(pool: SocketAddr) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let server = start(folder.path(), pool).await;
        println!("{}", server.stratum);
        // Until the bench ends, however it ends.
        tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()))
            .await
            .unwrap()
            .unwrap();
        folder.close().unwrap();
        std::process::exit(0);
    });
}

async fn start(folder: &std::path::Path, pool: SocketAddr) -> Server {
    let dist = folder.join("dist");
    std::fs::create_dir(&dist).unwrap();
    let index = r#"<link rel="modulepreload" href="/client-0123456789ab.js" integrity="sha384-x">
<link rel="preload" href="/client-0123456789ab_bg.wasm" as="fetch">"#;
    std::fs::write(dist.join("index.html"), index).unwrap();
    let market = Settings {
        lot: Hashrate::new(1_000_000_000_000_000),
        tick: Price::new(1),
        fee_bps: 100,
        epoch_length: Millis::new(60_000),
        limits: market::Limits::default(),
    };
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let easiest = Difficulty::MIN;
    let config = Config {
        data: folder.join("data"),
        listen: any,
        dist,
        stratum: StratumConfig {
            listen: any,
            tls: None,
            // A pace that is never reached: the difficulty stays at the floor, where every hash is a share.
            vardiff: VardiffSettings {
                shares_per_minute: u32::MAX,
                initial: easiest,
                floor: easiest,
            },
            connections: 20_000,
            connections_per_address: 20_000,
            patience: MachinePatience::default(),
            // All machines come from one address.
            records: RecordLimits {
                reserve: u32::MAX,
                of_address: u32::MAX,
                ..RecordLimits::default()
            },
        },
        market,
        metrics: None,
        snapshot_every: SNAPSHOT_EVERY,
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
    };
    let data = DataFolder::lock(&config.data).unwrap();
    let store = Store::open(&config.data).await.unwrap();
    let exchange = Exchange::start(store.clone(), market).await.unwrap();
    Trade::new(HOST, "bench-buyer", &[pool])
        .place(&exchange)
        .await;
    Server::start(config, data, store, exchange).await.unwrap()
}
