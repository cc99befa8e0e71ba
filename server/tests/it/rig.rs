//! A server with contracts at the pools that a test names, and no sandbox around it.

use crate::{
    client,
    test_app::{self, args},
    trade::Trade,
};
use server::{
    config::Config,
    exchange::Exchange,
    service::{DataFolder, Server},
    store::Store,
    stratum::PoolPatience,
};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;
use units::Difficulty;

pub struct Rig {
    pub server: Server,
    data: PathBuf,
    _folder: TempDir,
}

/// Long where a test waits for something else, short between attempts.
pub fn patience() -> PoolPatience {
    let long = Duration::from_secs(600);
    PoolPatience {
        first_job: long,
        silence: long,
        no_answer: long,
        no_job: long,
        back_off: Duration::from_millis(20),
        back_off_max: Duration::from_millis(200),
        steady: long,
        fail_over: long,
        come_back: long,
        stay: long,
        last_answers: long,
    }
}

impl Rig {
    /// One contract for each list of pools: the first pool, then its backups. Contract N is host N's.
    pub async fn start(patience: PoolPatience, contracts: &[&[SocketAddr]]) -> Self {
        let (args, folder) = args();
        let config = config(args.data, args.dist, patience);
        let data = DataFolder::lock(&config.data).unwrap();
        let store = Store::open(&config.data).await.unwrap();
        let exchange = Exchange::start(store.clone(), config.market).await.unwrap();
        for (number, pools) in (1_u32..).zip(contracts) {
            let [host, buyer] = ["host", "buyer"].map(|kind| format!("{kind}{number}"));
            let trade = Trade::new(&host, &buyer, pools);
            trade.place(&exchange).await;
        }
        let path = config.data.clone();
        let server = Server::start(config, data, store, exchange).await.unwrap();
        Self {
            server,
            data: path,
            _folder: folder,
        }
    }

    /// Another server on what this one would leave on the disk were it killed now. Nothing may be on its way to the disk.
    pub async fn after_a_crash(&self, patience: PoolPatience) -> Self {
        let (args, folder) = args();
        copy(&self.data, &args.data);
        let config = config(args.data, args.dist, patience);
        let data = DataFolder::lock(&config.data).unwrap();
        let store = Store::open(&config.data).await.unwrap();
        let exchange = Exchange::start(store.clone(), config.market).await.unwrap();
        let path = config.data.clone();
        let server = Server::start(config, data, store, exchange).await.unwrap();
        Self {
            server,
            data: path,
            _folder: folder,
        }
    }

    pub async fn contract(&self, number: u64) -> api::Contract {
        let path = format!("/api/v1/contracts/{number}");
        client::read_json(self.server.pages, &path).await
    }

    /// What the page says is wrong with a pool.
    pub async fn trouble(&self) -> String {
        let trouble = self.contract(1).await.fail_over.trouble;
        trouble.map(|trouble| trouble.why).unwrap_or_default()
    }

    /// The contract's bundle is valid; the number of its shares.
    pub async fn verify(&self, number: u64) -> u64 {
        let path = format!("/api/v1/contracts/{number}/bundle");
        let bundle = client::get(self.server.pages, &path).await.body;
        crate::test_app::verify(&bundle).shares_valid
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).unwrap()),
        }
    }
}

fn config(data: PathBuf, dist: PathBuf, patience: PoolPatience) -> Config {
    let difficulty = Difficulty::from_exponent(crate::puppet::DIFFICULTY).unwrap();
    // The pool's own difficulty is the hardest: it stays there.
    let mut config = test_app::config(data, dist, test_app::from(difficulty));
    config.stratum.connections = 20;
    config.stratum.connections_per_address = 20;
    config.patience = patience;
    config.metrics = Some(config.listen);
    config
}
