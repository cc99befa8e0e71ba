//! A server with one contract at a pool that the test plays: every job and answer is the test's own.

use crate::{
    client,
    machine::Machine,
    test_app::{self, INDEX, until},
    trade::Trade,
};
use server::{
    config::Config,
    exchange::Exchange,
    service::{DataFolder, Server},
    store::Store,
};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use stratum::VardiffSettings;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use units::Difficulty;

pub const HOST: &str = "rig-host";
pub const LOGIN: &str = "rig-host.rig1";

pub struct Rig {
    pub server: Server,
    pub exchange: Exchange,
    pub pool: Pool,
    data: PathBuf,
    _folder: TempDir,
}

/// Every hash is a share, and stays one: the pace is never reached.
pub fn every_hash() -> VardiffSettings {
    VardiffSettings {
        shares_per_minute: u32::MAX,
        initial: Difficulty::MIN,
        floor: Difficulty::MIN,
    }
}

impl Rig {
    pub async fn start(pool: Pool, change: impl FnOnce(&mut Config)) -> Self {
        Self::trading(pool, |_| {}, change).await
    }

    /// With another trade than usual.
    pub async fn trading(
        pool: Pool,
        agree: impl FnOnce(&mut Trade<'_>),
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path());
        change(&mut config);
        let data = DataFolder::lock(&config.data).unwrap();
        let store = Store::open(&config.data).await.unwrap();
        let exchange = Exchange::start(store.clone(), config.market).await.unwrap();
        let pools = [pool.address];
        let mut trade = Trade::new(HOST, "rig-buyer", &pools);
        agree(&mut trade);
        trade.place(&exchange).await;
        let server = Server::start(config, data, store, exchange.clone())
            .await
            .unwrap();
        let rig = Self {
            server,
            exchange,
            pool,
            data: folder.path().join("data"),
            _folder: folder,
        };
        until("the pool's first job", || async {
            rig.contract().await.pool_connected
        })
        .await;
        rig
    }

    /// A machine at work, whose every hash is a share.
    pub async fn machine(&self) -> Machine {
        Machine::mining(self.server.stratum, LOGIN).await
    }

    pub async fn contract(&self) -> api::Contract {
        client::read_json(self.server.pages, "/api/v1/contracts/1").await
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    pub async fn bundle(&self) -> Vec<u8> {
        let answer = client::get(self.server.pages, "/api/v1/contracts/1/bundle").await;
        assert_eq!(answer.status, 200);
        answer.body
    }
}

fn config(folder: &Path) -> Config {
    let dist = folder.join("dist");
    std::fs::create_dir(&dist).unwrap();
    std::fs::write(dist.join("index.html"), INDEX).unwrap();
    let mut config = test_app::config(folder.join("data"), dist, every_hash());
    config.metrics = Some(config.listen);
    config
}

/// The pool. What it says first is its difficulty and the latest job.
pub struct Pool {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    /// Lines that were said so far, and how many sessions were ended.
    said: watch::Sender<(Vec<String>, u32)>,
    first: Mutex<Vec<String>>,
    /// The answer to a share, after its id.
    verdict: String,
    submits: Mutex<Vec<serde_json::Value>>,
}

/// Accepts every share.
pub const ACCEPTED: &str = r#""result":true,"error":null"#;

impl Pool {
    /// Of this difficulty; it answers shares with the verdict.
    pub async fn start(difficulty: &str, verdict: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let difficulty =
            format!(r#"{{"id":null,"method":"mining.set_difficulty","params":[{difficulty}]}}"#);
        let shared = Arc::new(Shared {
            said: watch::channel((Vec::new(), 0)).0,
            first: Mutex::new(vec![difficulty, Job::new("first", 1).line()]),
            verdict: verdict.to_owned(),
            submits: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        tokio::spawn(async move {
            let mut session: u8 = 0;
            while let Ok((socket, _)) = listener.accept().await {
                session += 1;
                tokio::spawn(serve(socket, session, Arc::clone(&serving)));
            }
        });
        Self { address, shared }
    }

    /// A pool of the easiest difficulty: every share is sent on to it.
    pub async fn easy() -> Self {
        Self::start("2.3283064365386963e-10", ACCEPTED).await
    }

    /// A pool that no share is good enough for.
    pub async fn hard() -> Self {
        Self::start("1000000", ACCEPTED).await
    }

    pub fn say(&self, line: &str) {
        self.shared
            .said
            .send_modify(|(lines, _)| lines.push(line.to_owned()));
    }

    /// Sends the job, to later sessions too.
    pub fn job(&self, job: &Job) {
        self.shared.first.lock().unwrap()[1] = job.line();
        self.say(&job.line());
    }

    /// Ends the session.
    pub fn hang_up(&self) {
        self.shared.said.send_modify(|(_, ended)| *ended += 1);
    }

    /// The parameters of the shares that came.
    pub fn submits(&self) -> Vec<serde_json::Value> {
        self.shared.submits.lock().unwrap().clone()
    }
}

async fn serve(socket: TcpStream, session: u8, shared: Arc<Shared>) {
    let (from, mut to) = socket.into_split();
    let mut lines = BufReader::new(from).lines();
    let mut said = shared.said.subscribe();
    let (mut told, ended) = {
        let now = said.borrow_and_update();
        (now.0.len(), now.1)
    };
    loop {
        let text = tokio::select! {
            line = lines.next_line() => match line {
                Ok(Some(line)) => answer(&line, session, &shared),
                _ => return,
            },
            _ = said.changed() => {
                let now = said.borrow_and_update();
                if now.1 != ended {
                    return;
                }
                let new: String = now.0[told..].iter().map(|line| format!("{line}\n")).collect();
                told = now.0.len();
                new
            }
        };
        if to.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn answer(line: &str, session: u8, shared: &Shared) -> String {
    let request: serde_json::Value = serde_json::from_str(line).unwrap();
    let id = &request["id"];
    match request["method"].as_str().unwrap_or_default() {
        "mining.configure" => format!(
            "{{\"id\":{id},\"result\":{{\"version-rolling\":true,\"version-rolling.mask\":\"1fffe000\"}},\"error\":null}}\n"
        ),
        // Another extranonce1 in every session.
        "mining.subscribe" => {
            format!("{{\"id\":{id},\"result\":[[],\"0badca{session:02x}\",8],\"error\":null}}\n")
        }
        "mining.authorize" => format!(
            "{{\"id\":{id},\"result\":true,\"error\":null}}\n{}\n",
            shared.first.lock().unwrap().join("\n")
        ),
        "mining.submit" => {
            let mut submits = shared.submits.lock().unwrap();
            submits.push(request["params"].clone());
            format!("{{\"id\":{id},{}}}\n", shared.verdict)
        }
        other => panic!("the server asks the pool for {other}"),
    }
}

/// A job of the pool.
#[derive(Clone)]
pub struct Job {
    pub id: String,
    pub block: u32,
    pub version: &'static str,
    pub ntime: u32,
    pub clean: bool,
}

impl Job {
    /// On this block, clean.
    pub fn new(id: &str, block: u32) -> Self {
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        Self {
            id: id.to_owned(),
            block,
            version: "20000000",
            ntime: u32::try_from(now.as_secs()).unwrap(),
            clean: true,
        }
    }

    /// On the block that the job before builds on.
    pub fn more(id: &str, block: u32) -> Self {
        Self {
            clean: false,
            ..Self::new(id, block)
        }
    }

    fn line(&self) -> String {
        // An input without a stated height, then the 12 bytes of both extranonces.
        let coinbase1 = format!(
            "0100000001{}ffffffff40{}",
            "00".repeat(32),
            "20".repeat(0x40 - 12)
        );
        let coinbase2 = format!(
            "ffffffff0100f2052a010000001976a914{}88ac00000000",
            "11".repeat(20)
        );
        let Self {
            id,
            block,
            version,
            ntime,
            clean,
        } = self;
        format!(
            "{{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"{id}\",\"{block:064x}\",\"{coinbase1}\",\"{coinbase2}\",\
             [\"{}\"],\"{version}\",\"1d00ffff\",\"{ntime:08x}\",{clean}]}}",
            "0a".repeat(32)
        )
    }
}
