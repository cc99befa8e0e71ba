//! What one would write in an afternoon: tokio, lines, `serde_json`, `sha2`. It judges each share as the real server
//! does, coinbase, branches and header, and answers; it has no contract, no memory of shares, no record on a disk.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::Read;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::codec::{Framed, LinesCodec};

pub fn run() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        std::thread::spawn(|| {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            std::process::exit(0);
        });
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(socket));
        }
    });
}

async fn serve(socket: TcpStream) {
    socket.set_nodelay(true).unwrap();
    let mut lines = Framed::new(socket, LinesCodec::new_with_max_length(8_192));
    let (coinbase1, coinbase2) = (vec![0x20; 100], vec![0x30; 144]);
    let branches: Vec<[u8; 32]> = (0..12).map(|n| [n; 32]).collect();
    while let Some(Ok(line)) = lines.next().await {
        let Ok(request) = serde_json::from_str::<Value>(&line) else {
            return;
        };
        let answers = match request["method"].as_str().unwrap_or_default() {
            "mining.subscribe" => {
                vec![json!({"id": request["id"], "result": [[], "0001", 4], "error": null})]
            }
            "mining.authorize" => vec![
                json!({"id": request["id"], "result": true, "error": null}),
                json!({"id": null, "method": "mining.notify", "params": ["1", "00", "00", "00", [], "20000000", "1d00ffff", "6920a000", true]}),
            ],
            "mining.submit" => {
                let share = judge(&request["params"], &coinbase1, &coinbase2, &branches);
                vec![json!({"id": request["id"], "result": share.is_some(), "error": null})]
            }
            _ => return,
        };
        for answer in answers {
            if lines.send(answer.to_string()).await.is_err() {
                return;
            }
        }
    }
}

fn judge(
    params: &Value,
    coinbase1: &[u8],
    coinbase2: &[u8],
    branches: &[[u8; 32]],
) -> Option<[u8; 32]> {
    let part = |n: usize| u32::from_str_radix(params[n].as_str()?, 16).ok();
    let (extranonce2, ntime, nonce) = (part(2)?, part(3)?, part(4)?);
    let coinbase = [coinbase1, &[0, 1], &extranonce2.to_be_bytes(), coinbase2].concat();
    let mut root = double(&coinbase);
    for branch in branches {
        root = double(&[root, *branch].concat());
    }
    let mut header = [0; 80];
    header[..4].copy_from_slice(&0x2000_0000_u32.to_le_bytes());
    header[36..68].copy_from_slice(&root);
    header[68..72].copy_from_slice(&ntime.to_le_bytes());
    header[76..].copy_from_slice(&nonce.to_le_bytes());
    let hash = double(&header);
    (hash[31] != 0xff || hash[30] != 0xff).then_some(hash)
}

fn double(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(Sha256::digest(bytes)).into()
}
