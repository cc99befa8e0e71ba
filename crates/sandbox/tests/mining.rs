//! A miner mines on a pool, over TCP.

use sandbox::{Miner, MinerSettings, Pool, PoolSettings};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use units::{Difficulty, Hashrate};

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "not within a minute: {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

fn easy_pool(exponent: i8) -> PoolSettings {
    PoolSettings {
        difficulty: Difficulty::from_exponent(exponent).unwrap(),
        job_interval: Duration::from_millis(300),
        mean_block_interval: Duration::from_secs(3_600),
        ..PoolSettings::default()
    }
}

fn machine(pool: &Pool, seed: u64) -> MinerSettings {
    MinerSettings {
        pool: pool.address(),
        user: format!("demo-host.rig{seed}"),
        password: "x".to_owned(),
        hashrate: Hashrate::new(60_000),
        seed,
        reconnect: true,
    }
}

#[tokio::test]
async fn shares_are_accepted_across_jobs_and_a_block() {
    let pool = Pool::start(easy_pool(-20)).await.unwrap();
    let mut miners: Vec<_> = (1..=2)
        .map(|seed| Miner::start(machine(&pool, seed)))
        .collect();
    until("10 shares", || {
        miners.iter().all(|miner| miner.stats().accepted >= 10)
    })
    .await;
    pool.new_block();
    assert_eq!(pool.height(), 1);
    let before = pool.shares().accepted;
    until("20 more shares", || pool.shares().accepted >= before + 20).await;
    for miner in &mut miners {
        miner.stop().await;
    }

    let (mut sent, mut accepted, mut rejected) = (0, BTreeSet::new(), 0);
    for miner in &miners {
        let stats = miner.stats();
        assert!(stats.accepted >= 10, "{stats:?}");
        assert!(
            stats
                .rejected
                .keys()
                .all(|reason| reason == "Job not found"),
            "{stats:?}"
        );
        sent += stats.sent;
        rejected += stats.rejected.values().sum::<u64>();
        accepted.extend(miner.accepted_hashes());
    }
    let judged = pool.shares();
    assert_eq!(
        (judged.accepted, judged.rejected),
        (accepted.len() as u64, rejected)
    );
    assert_eq!(
        sent,
        judged.accepted + judged.rejected,
        "every share was answered"
    );
    assert_eq!(
        pool.accepted_hashes().into_iter().collect::<BTreeSet<_>>(),
        accepted
    );
    pool.stop().await;
}

#[tokio::test]
async fn a_miner_comes_back() {
    let pool = Pool::start(easy_pool(-24)).await.unwrap();
    let settings = machine(&pool, 1);
    let address = pool.address();
    let mut miner = Miner::start(settings);
    until("a share", || miner.stats().accepted > 0).await;
    pool.stop().await;
    let before = miner.stats().accepted;
    let again = Pool::start(PoolSettings {
        listen: address,
        ..easy_pool(-24)
    })
    .await
    .unwrap();
    until("a share at the new pool", || again.shares().accepted > 0).await;
    until("its answer", || miner.stats().accepted > before).await;
    miner.stop().await;
}

/// One request, and the answer with the same id.
async fn ask(stream: &mut BufReader<TcpStream>, line: &str, id: &str) -> String {
    stream
        .write_all(format!("{line}\r\n").as_bytes())
        .await
        .unwrap();
    loop {
        let mut answer = String::new();
        assert_ne!(
            stream.read_line(&mut answer).await.unwrap(),
            0,
            "closed after {line}"
        );
        if answer.starts_with(&format!("{{\"id\":{id},")) {
            return answer;
        }
    }
}

#[tokio::test]
async fn bad_input_gets_a_named_answer() {
    let pool = Pool::start(easy_pool(0)).await.unwrap();
    let mut stream = BufReader::new(TcpStream::connect(pool.address()).await.unwrap());
    for (line, id, part) in [
        ("{", "null", "Invalid JSON"),
        (
            r#"{"id":1,"method":"mining.submit","params":["a","1","00","00","00"]}"#,
            "1",
            "[25,",
        ),
        (
            r#"{"id":2,"method":"mining.authorize","params":["a","x"]}"#,
            "2",
            "true",
        ),
        (r#"{"id":3,"method":"mining.subscribe"}"#, "3", "8]"),
        (
            r#"{"id":4,"method":"mining.submit","params":["a"]}"#,
            "4",
            "[20,\"A parameter",
        ),
        (
            r#"{"id":4,"method":"mining.submit","params":["a","1","00","00","00"]}"#,
            "4",
            "[20,\"Invalid extranonce2",
        ),
        (
            r#"{"id":4,"method":"mining.submit","params":["a","zz","0000000000000000","00000000","00000000"]}"#,
            "4",
            "[21,",
        ),
        (
            r#"{"id":4,"method":"mining.submit","params":["a","1","0000000000000000","00000000","00000000"]}"#,
            "4",
            "[20,\"Ntime",
        ),
        (
            r#"{"id":"x","method":"mining.nonsense","params":[]}"#,
            "\"x\"",
            "[20,\"Unknown method",
        ),
    ] {
        let answer = ask(&mut stream, line, id).await;
        assert!(answer.contains(part), "{line}: {answer}");
    }
    assert_eq!(pool.shares().rejected, 5);
    let long = "x".repeat(9_000);
    stream.write_all(long.as_bytes()).await.unwrap();
    let mut rest = String::new();
    let closed = async { while stream.read_line(&mut rest).await.is_ok_and(|read| read > 0) {} };
    timeout(Duration::from_secs(60), closed)
        .await
        .expect("the pool closes after a line over 8 KiB");
    pool.stop().await;
}

#[tokio::test]
async fn an_address_in_use_is_an_error() {
    let pool = Pool::start(easy_pool(0)).await.unwrap();
    let taken = PoolSettings {
        listen: pool.address(),
        ..easy_pool(0)
    };
    let error = Pool::start(taken).await.err().unwrap();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
}
