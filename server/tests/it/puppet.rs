//! A pool that does what a test says, line by line.

use pow::{Job, Share, VERSION_ROLLING_MASK};
use sandbox::Chain;
use serde_json::{Value, json};
use std::{
    io,
    net::SocketAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use stratum::{downstream, hex};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::{
        TcpListener,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    task::JoinHandle,
    time::timeout,
};
use units::Difficulty;

/// Of every job: about 2^8 hashes.
pub const DIFFICULTY: i8 = -24;
const EXTRANONCE2_SIZE: usize = 8;
const PATIENCE: Duration = Duration::from_secs(60);

/// Listens, and hands each connection to the test.
pub struct Puppet {
    pub address: SocketAddr,
    callers: mpsc::Receiver<Caller>,
    accepting: JoinHandle<()>,
}

/// One connection of the server to it.
pub struct Caller {
    lines: Lines<BufReader<OwnedReadHalf>>,
    to: OwnedWriteHalf,
    pub extranonce1: Vec<u8>,
    pub extranonce2_size: usize,
}

/// What `mining.submit` said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    pub id: u64,
    pub job_id: String,
    pub extranonce2: Vec<u8>,
    pub share: Share,
}

/// Jobs as real as the sandbox's.
pub struct Jobs(Chain);

impl Jobs {
    pub fn new(seed: u64) -> Self {
        Self(Chain::new(seed, now()))
    }

    /// On the same block as the one before.
    pub fn next(&mut self) -> Job {
        self.next_leaving(EXTRANONCE2_SIZE)
    }

    /// The same with room for so many bytes of extranonce2.
    pub fn next_leaving(&mut self, extranonce2_size: usize) -> Job {
        self.0.template(now(), 4 + extranonce2_size).job
    }
}

fn now() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u32::try_from(since.as_secs()).unwrap()
}

impl Puppet {
    pub async fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap()).await
    }

    pub async fn start_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.expect("a free port");
        let address = listener.local_addr().unwrap();
        let (to, callers) = mpsc::channel(100);
        let accepting = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                socket.set_nodelay(true).unwrap();
                let (from, write) = socket.into_split();
                let caller = Caller {
                    lines: BufReader::new(from).lines(),
                    to: write,
                    extranonce1: Vec::new(),
                    extranonce2_size: EXTRANONCE2_SIZE,
                };
                if to.send(caller).await.is_err() {
                    return;
                }
            }
        });
        Self {
            address,
            callers,
            accepting,
        }
    }

    /// The next connection.
    pub async fn caller(&mut self) -> Caller {
        let caller = timeout(PATIENCE, self.callers.recv()).await;
        caller.expect("the server connects").expect("it listens")
    }

    /// The next connection, greeted and with a job.
    pub async fn serve(&mut self, extranonce1: [u8; 4], id: &str, job: &Job) -> Caller {
        let mut caller = self.caller().await;
        caller.greet(extranonce1).await;
        caller.give(id, job, true).await;
        caller
    }

    /// True where no connection waits.
    pub fn nobody_called(&mut self) -> bool {
        self.callers.try_recv().is_err()
    }

    /// Nobody listens any more.
    pub async fn stop(self) -> SocketAddr {
        self.accepting.abort();
        let _ = self.accepting.await;
        self.address
    }
}

impl Caller {
    pub async fn say(&mut self, line: &str) {
        // The server may have closed.
        let _ = self.try_say(line.as_bytes()).await;
    }

    pub async fn try_say(&mut self, line: &[u8]) -> io::Result<()> {
        self.to.write_all(line).await?;
        self.to.write_all(b"\n").await
    }

    /// Bytes without an end of line.
    pub async fn say_raw(&mut self, bytes: &[u8]) {
        let _ = self.to.write_all(bytes).await;
    }

    /// The next request; `None` where the server closed.
    pub async fn request(&mut self) -> Option<Value> {
        let line = timeout(PATIENCE, self.lines.next_line()).await;
        let line = line.expect("the server says something or closes");
        let line = line.ok().flatten()?;
        Some(serde_json::from_str(&line).expect("JSON"))
    }

    /// Answers the three requests of the beginning.
    pub async fn greet(&mut self, extranonce1: [u8; 4]) {
        self.greet_as(extranonce1, true).await;
    }

    pub async fn greet_as(&mut self, extranonce1: [u8; 4], login_is_good: bool) {
        self.extranonce1 = extranonce1.to_vec();
        for _ in 0..3 {
            let request = self.request().await.expect("a request");
            let result = match request["method"].as_str().unwrap() {
                "mining.configure" => {
                    let mask = format!("{VERSION_ROLLING_MASK:08x}");
                    json!({"version-rolling": true, "version-rolling.mask": mask})
                }
                "mining.subscribe" => json!([[], hex::encode(&extranonce1), self.extranonce2_size]),
                _ => json!(login_is_good),
            };
            let answer = json!({"id": request["id"], "result": result, "error": null});
            self.say(&answer.to_string()).await;
        }
        let difficulty = Difficulty::from_exponent(DIFFICULTY).unwrap();
        self.say(&downstream::set_difficulty(difficulty)).await;
    }

    pub async fn give(&mut self, id: &str, job: &Job, clean: bool) {
        self.say(&downstream::notify(id, job, clean)).await;
    }

    /// Reads until a share comes; answers it.
    pub async fn share(&mut self) -> Submitted {
        loop {
            let request = self.request().await.expect("a share");
            if request["method"] != "mining.submit" {
                continue;
            }
            let text = |index: usize| request["params"][index].as_str().unwrap().to_owned();
            let number = |index| u32::from_str_radix(&text(index), 16).unwrap();
            let id = request["id"].as_u64().unwrap();
            self.say(&json!({"id": id, "result": true, "error": null}).to_string())
                .await;
            return Submitted {
                id,
                job_id: text(1),
                extranonce2: hex::decode(&text(2)).unwrap(),
                share: Share {
                    ntime: number(3),
                    nonce: number(4),
                    version_bits: number(5),
                },
            };
        }
    }

    /// A share that this pool would accept for the job.
    pub async fn good_share(&mut self, job_id: &str, job: &Job) -> Submitted {
        let submitted = self.share().await;
        assert_eq!(submitted.job_id, job_id);
        let target = Difficulty::from_exponent(DIFFICULTY).unwrap().target();
        let parts = [&self.extranonce1[..], &submitted.extranonce2];
        let checked = job.check(&parts, submitted.share, VERSION_ROLLING_MASK, &target);
        assert!(checked.is_ok(), "{checked:?}");
        submitted
    }

    /// The connection ends, as when the pool's process dies.
    pub async fn die(&mut self) {
        let _ = self.to.shutdown().await;
    }

    /// Until the server has closed; what it still said is dropped.
    pub async fn until_closed(&mut self) {
        while self.request().await.is_some() {}
    }
}
