use super::*;
use crate::pools::{ResolveError, SystemResolver};
use pow::coinbase::Network;
use sandbox::{Pool, PoolSettings};
use std::net::{IpAddr, SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const QUICK: Patience = Patience {
    total: Duration::from_secs(6),
    job: Duration::from_secs(3),
    linger: Duration::from_millis(100),
};

async fn look(at: SocketAddr, user: &str, hashrate: Option<u128>) -> PoolReport {
    let address = PoolAddress::parse(&at.to_string()).unwrap();
    let policy = PoolPolicy {
        allow_private_pools: true,
        also_ports: vec![at.port()],
        network: Network::Regtest,
        ..PoolPolicy::default()
    };
    let wanted = Preflight {
        address: &address,
        user,
        password: "x",
        hashrate: hashrate.map(Hashrate::new),
        node: None,
        patience: QUICK,
    };
    preflight(wanted, &policy, &SystemResolver).await
}

/// A pool that sends these bytes, and then nothing; or closes.
async fn fake(bytes: Vec<u8>, closes: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            // The machine's first lines, so that closing is no reset.
            let mut first = [0; 64];
            let _ = socket.read(&mut first).await;
            let _ = socket.write_all(&bytes).await;
            if closes {
                continue;
            }
            tokio::spawn(async move {
                let mut rest = Vec::new();
                let _ = socket.read_to_end(&mut rest).await;
            });
        }
    });
    address
}

fn codes(report: &PoolReport, refuses: bool) -> Vec<Code> {
    let warnings = report.warnings.iter();
    let these = warnings.filter(|warning| warning.refuses == refuses);
    these.map(|warning| warning.code).collect()
}

const SUBSCRIBED: &str = r#"{"id":2,"result":[[["mining.notify","a"]],"0a0b0c0d",8],"error":null}"#;
const AUTHORIZED: &str = r#"{"id":3,"result":true,"error":null}"#;

fn lines(lines: &[&str]) -> Vec<u8> {
    lines
        .join("\n")
        .into_bytes()
        .into_iter()
        .chain(*b"\n")
        .collect()
}

#[tokio::test]
async fn a_sound_pool_is_described() {
    let pool = Pool::start(PoolSettings::default()).await.unwrap();
    let report = look(pool.address(), "buyer.a", Some(100_000)).await;
    assert!(report.usable, "{:?}", report.warnings);
    assert_eq!(codes(&report, true), []);
    let notes = codes(&report, false);
    for note in [
        Code::PrivateAddress,
        Code::LoginWithoutAddress,
        Code::NotEncrypted,
    ] {
        assert!(notes.contains(&note), "{notes:?}");
    }
    assert_eq!(report.login_accepted, Some(true));
    assert_eq!(
        (report.extranonce1_bytes, report.extranonce2_bytes),
        (Some(4), Some(8))
    );
    assert_eq!(report.version_mask.as_deref(), Some("1fffe000"));
    assert!(report.connect_ms.is_some() && report.answer_ms.is_some() && report.jobs >= 1);
    let difficulty = report.difficulty.unwrap();
    assert_eq!(
        (difficulty.least.as_str(), difficulty.most.as_str()),
        ("0.000061035", "0.000061035")
    );
    // 100 kH/s at 2^18 hashes a share: 22.9 a minute.
    assert_eq!(difficulty.shares_per_minute_thousandths, Some(22_887));
    let job = report.job.unwrap();
    assert_eq!(job.tag, "/assay sandbox/");
    assert_eq!(job.pays_login, None);
    assert_eq!(job.payouts.len(), 2);
    assert!(job.payouts.iter().all(|payout| {
        payout.kind == "p2wpkh" && payout.address.as_ref().unwrap().starts_with("bcrt1q")
    }));
    assert!(job.height.is_some());

    let payee = job.payouts[0].address.clone().unwrap();
    let report = look(pool.address(), &format!("{payee}.rig"), None).await;
    assert_eq!(report.job.as_ref().unwrap().pays_login, Some(true));
    assert!(!codes(&report, false).contains(&Code::LoginWithoutAddress));
    for (hashrate, code) in [
        (100, Code::DifficultyHigh),
        (10_000_000, Code::DifficultyLow),
    ] {
        let report = look(pool.address(), "buyer.a", Some(hashrate)).await;
        assert!(
            codes(&report, false).contains(&code),
            "{:?}",
            report.warnings
        );
        assert!(report.usable);
    }
}

#[tokio::test]
async fn a_narrow_space_is_told() {
    // With 4 or 5 bytes each machine has a session of its own; with fewer a contract would get no work.
    for (extranonce2_size, refuses) in [(3, true), (4, false), (5, false)] {
        let settings = PoolSettings {
            extranonce2_size,
            ..PoolSettings::default()
        };
        let pool = Pool::start(settings).await.unwrap();
        let report = look(pool.address(), "buyer.a", None).await;
        let told = codes(&report, refuses).contains(&Code::ExtranonceSmall);
        assert!(told, "{:?}", report.warnings);
        assert_eq!(report.usable, !refuses);
    }
}

/// What a pool sends, whether it closes then, and what is said of it.
type Trouble = (&'static str, Vec<u8>, bool, Vec<Code>);

/// What is no Stratum, or too much.
fn unreadable() -> Vec<Trouble> {
    let line = format!(
        "{{\"method\":\"x\",\"params\":[\"{}\"]}}\n",
        "a".repeat(60_000)
    );
    let not_utf8 = vec![0xff, 0xfe, b'\n'];
    let (ssh, http) = ("SSH-2.0-OpenSSH_9.9", "HTTP/1.1 400 Bad Request\r");
    vec![
        ("silent", vec![], false, vec![Code::NoAnswer]),
        ("closes", vec![], true, vec![Code::Closed]),
        ("SSH", lines(&[ssh]), false, vec![Code::Garbage]),
        ("HTTP", lines(&[http, "\r"]), false, vec![Code::Garbage]),
        ("not UTF-8", not_utf8, false, vec![Code::Garbage]),
        ("no end", vec![b'a'; 4 << 20], false, vec![Code::Garbage]),
        (
            "long lines",
            line.repeat(40).into_bytes(),
            false,
            vec![Code::Flood],
        ),
        ("many lines", vec![b'\n'; 2_000], false, vec![Code::Flood]),
    ]
}

/// What is Stratum, and of no use.
fn unusable() -> Vec<Trouble> {
    let no_login = r#"{"id":3,"result":null,"error":[24,"secret of another service",null]}"#;
    let no_subscription = r#"{"id":2,"result":null,"error":[20,"secret",null]}"#;
    let elsewhere = r#"{"id":null,"method":"client.reconnect","params":["127.0.0.1",22,0]}"#;
    let zeros = "0".repeat(64);
    let notify = format!(
        r#"{{"id":null,"method":"mining.notify","params":["j","{zeros}","0100","ffff",[],"20000000","1d00ffff","65000000",true]}}"#
    );
    let good = [SUBSCRIBED, AUTHORIZED];
    let with = |line| lines(&[good[0], good[1], line]);
    vec![
        (
            "no subscription",
            lines(&[no_subscription]),
            false,
            vec![Code::SubscribeRefused],
        ),
        (
            "no login",
            lines(&[SUBSCRIBED, no_login]),
            false,
            vec![Code::LoginRefused],
        ),
        (
            "unanswered",
            lines(&[SUBSCRIBED]),
            false,
            vec![Code::LoginUnanswered, Code::NoJob],
        ),
        ("no job", lines(&good), false, vec![Code::NoJob]),
        ("closes later", lines(&good), true, vec![Code::Closed]),
        (
            "elsewhere",
            with(elsewhere),
            false,
            vec![Code::ReconnectAsked],
        ),
        (
            "no coinbase",
            with(&notify),
            false,
            vec![Code::CoinbaseUnreadable],
        ),
    ]
}

#[tokio::test]
async fn every_trouble_has_its_code_and_ends_in_time() {
    let looks = unreadable().into_iter().chain(unusable());
    let looks = looks.map(|(name, bytes, closes, wanted)| async move {
        let pool = fake(bytes, closes).await;
        let started = Instant::now();
        let report = look(pool, "buyer.a", None).await;
        assert!(
            started.elapsed() < QUICK.total + Duration::from_secs(1),
            "{name}"
        );
        assert_eq!(codes(&report, true), wanted, "{name}");
        assert!(!report.usable, "{name}");
        let json = serde_json::to_string(&report).unwrap();
        for theirs in ["secret", "OpenSSH", "Bad Request"] {
            assert!(!json.contains(theirs), "{name}: {json}");
        }
    });
    futures::future::join_all(looks).await;
}

#[tokio::test]
async fn what_cannot_be_reached_is_told() {
    let free = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let report = look(free, "buyer.a", None).await;
    assert_eq!(codes(&report, true), [Code::Unreachable]);
    assert_eq!((report.connect_ms, report.job.is_none()), (None, true));
}

struct To(IpAddr);

impl Resolver for To {
    async fn addresses(&self, _name: &str) -> Result<Vec<IpAddr>, ResolveError> {
        Ok(vec![self.0])
    }
}

#[tokio::test]
async fn policy_is_told_with_its_code() {
    let to = |ip: &str| To(ip.parse().unwrap());
    for (text, resolver, wanted) in [
        ("127.0.0.1:3333", to("1.1.1.1"), Code::PrivateAddress),
        ("pool.net:3333", to("10.0.0.1"), Code::PrivateAddress),
        ("localhost:3333", to("1.1.1.1"), Code::PrivateAddress),
        ("pool.net:22", to("1.1.1.1"), Code::PortRefused),
        (
            "stratum+tls://pool.net:443",
            to("1.1.1.1"),
            Code::TlsNotOffered,
        ),
    ] {
        let address = PoolAddress::parse(text).unwrap();
        let wanted_look = Preflight {
            address: &address,
            user: "buyer.a",
            password: "x",
            hashrate: None,
            node: None,
            patience: QUICK,
        };
        let report = preflight(wanted_look, &PoolPolicy::default(), &resolver).await;
        assert_eq!(codes(&report, true), [wanted], "{text}");
        let sentence = &report.warnings[0].message;
        assert!(
            sentence.starts_with("The pool's") || sentence.starts_with("Pools are"),
            "{sentence}"
        );
        assert!(sentence.ends_with('.'), "{sentence}");
    }
}
