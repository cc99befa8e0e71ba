//! What the pool says of shares, over real sockets: its words stand in the bundle beside ours.

use crate::{
    client,
    test_app::{TestApp, until},
};
use pow::bundle::{PoolAnswersLine, RefusalLine};
use server::demo::Demo;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// Each met by about one of four of the machines' shares.
const DIFFICULTY: f64 = 1.0 / 4_096.0;
const NOTIFY: &str = concat!(
    r#"{"id":null,"method":"mining.notify","params":["1","#,
    r#""a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1","#,
    r#""01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff0e0151","#,
    r#""ffffffff0100f2052a01000000015100000000",[],"20000000","207fffff","#,
);

/// A pool that says this of every share, in turn; `ID` is the share's.
pub async fn serve(listener: TcpListener, difficulty: f64, words: &'static [&'static str]) {
    let mut words = words.iter().cycle();
    while let Ok((socket, _)) = listener.accept().await {
        // It closes, and the next one comes.
        let _ = session(socket, difficulty, &mut words).await;
    }
}

async fn session(
    socket: TcpStream,
    difficulty: f64,
    words: &mut (impl Iterator<Item = &'static &'static str> + Send),
) -> std::io::Result<()> {
    let (from, mut to) = socket.into_split();
    let mut lines = BufReader::new(from).lines();
    while let Some(line) = lines.next_line().await? {
        let request: serde_json::Value = serde_json::from_str(&line)?;
        let id = request["id"].to_string();
        let answer = match request["method"].as_str() {
            Some("mining.subscribe") => {
                r#"{"id":ID,"result":[[],"e1005e01",8],"error":null}"#.into()
            }
            Some("mining.authorize") => {
                let now = std::time::SystemTime::now();
                let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
                format!(
                    "{}\n{}\n{NOTIFY}\"{now:08x}\",true]}}",
                    r#"{"id":ID,"result":true,"error":null}"#,
                    format_args!(
                        r#"{{"id":null,"method":"mining.set_difficulty","params":[{difficulty}]}}"#
                    ),
                )
            }
            Some("mining.submit") => words.next().unwrap().to_string(),
            _ => r#"{"id":ID,"result":null,"error":[20,"no",null]}"#.into(),
        };
        let answer = answer.replace("ID", &id) + "\n";
        to.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

async fn answers(pages: SocketAddr) -> PoolAnswersLine {
    let bundle = client::get(pages, "/api/v1/contracts/1/bundle").await.body;
    crate::test_app::verify(&bundle).pool_answers.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_s_refusals_are_recorded_with_its_words() {
    let TestApp {
        demo,
        args,
        _folder,
    } = TestApp::start().await;
    let Demo {
        pages,
        pool,
        second_pool,
        mut machines,
        ..
    } = demo;
    let before = answers(pages).await;
    let address = pool.address();
    pool.stop().await;
    // The contract's backup.
    second_pool.stop().await;
    let listener = TcpListener::bind(address).await.unwrap();
    let words = &[
        r#"{"id":ID,"result":true,"error":null}"#,
        r#"{"id":ID,"result":null,"error":[23,"Zu leicht: \u00fc\u001b[31m low difficulty share of a stranger's essay, which goes on and on",null]}"#,
        r#"{"id":ID,"result":false,"error":null}"#,
    ];
    let serving = tokio::spawn(serve(listener, DIFFICULTY, words));
    until("six answers of the pool that came after", || async {
        let now = answers(pages).await;
        now.all.refused.shares >= 4 && now.all.accepted.shares >= before.all.accepted.shares + 2
    })
    .await;
    for machine in &mut machines {
        machine.stop().await;
    }
    let found = answers(pages).await;
    let expected = [
        (
            Some(23),
            "Zu leicht: ?[31m low difficulty share of a stranger's essay, whi",
        ),
        (None, ""),
    ];
    let line = |line: &RefusalLine| (line.code, line.reason.clone());
    let lines: Vec<_> = found.refusals.iter().map(line).collect();
    assert_eq!(
        lines,
        expected.map(|(code, reason)| (code, reason.to_string()))
    );
    assert_eq!(
        found.refusals.iter().map(|line| line.shares).sum::<u64>(),
        found.all.refused.shares
    );
    assert_eq!(found.by_pool[0].answers, found.all);
    // Each share was sent on, and answered, once.
    assert!(found.all.met.shares >= found.all.accepted.shares + found.all.refused.shares);
    serving.abort();
    drop(args);
}
