//! The buyer's pool as this bench plays it: jobs with a coinbase of 250 bytes and 12 branches, a difficulty that no
//! share meets, and a new block when told.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
};

pub struct Pool {
    address: SocketAddr,
    block: watch::Sender<u64>,
    next: AtomicU64,
}

impl Pool {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (block, blocks) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, blocks.clone()));
            }
        });
        Self {
            address,
            block,
            next: AtomicU64::new(1),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn new_block(&self) {
        self.block
            .send_replace(self.next.fetch_add(1, Ordering::Relaxed));
    }
}

async fn serve(socket: TcpStream, mut blocks: watch::Receiver<u64>) {
    let (from, mut to) = socket.into_split();
    let mut lines = BufReader::new(from).lines();
    loop {
        let text = tokio::select! {
            line = lines.next_line() => match line {
                Ok(Some(line)) => answer(&line, *blocks.borrow()),
                _ => return,
            },
            _ = blocks.changed() => notify(*blocks.borrow()),
        };
        if to.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn answer(line: &str, block: u64) -> String {
    let request: serde_json::Value = serde_json::from_str(line).unwrap();
    let id = &request["id"];
    match request["method"].as_str().unwrap_or_default() {
        "mining.configure" => format!(
            "{{\"id\":{id},\"result\":{{\"version-rolling\":true,\"version-rolling.mask\":\"1fffe000\"}},\"error\":null}}\n"
        ),
        "mining.subscribe" => {
            format!("{{\"id\":{id},\"result\":[[],\"0badcafe\",8],\"error\":null}}\n")
        }
        "mining.authorize" => format!(
            "{{\"id\":{id},\"result\":true,\"error\":null}}\n\
             {{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[1000000]}}\n{}",
            notify(block)
        ),
        _ => format!("{{\"id\":{id},\"result\":true,\"error\":null}}\n"),
    }
}

fn notify(block: u64) -> String {
    // An input without a stated height, then 250 bytes in all with the 12 of both extranonces.
    let coinbase1 = format!(
        "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff40{}",
        "20".repeat(52)
    );
    let script = "6a4c".to_owned() + "44" + &"00".repeat(0x44);
    let output = format!("0000000000000000{:02x}{script}", script.len() / 2);
    let pay = format!("00f2052a010000001976a914{}88ac", "11".repeat(20));
    let coinbase2 = format!("ffffffff02{pay}{output}00000000");
    let branches: Vec<String> = (0..12)
        .map(|n| format!("\"{}\"", format!("{n:02x}").repeat(32)))
        .collect();
    let now = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs();
    format!(
        "{{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"{block:x}\",\"{:064x}\",\"{coinbase1}\",\"{coinbase2}\",\
         [{}],\"20000000\",\"1d00ffff\",\"{now:08x}\",true]}}\n",
        block + 1,
        branches.join(",")
    )
}
