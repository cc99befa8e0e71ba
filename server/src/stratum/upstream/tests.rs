use super::*;
use crate::{
    clock,
    metrics::Metrics,
    pools::{Answers, ConnectError, PoolPolicy},
    sharelog::{Recorder, ShareLog},
    stratum::{
        crews::Crews,
        delivery::{FORWARD_QUEUE, Surroundings, terms},
        records::RecordLimits,
        stats::Stats,
    },
};
use market::{Contract, PoolTarget, assignment::Rules};
use std::collections::BTreeMap;
use tempfile::TempDir;
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
};
use units::{AccountId, ContractId, Hashrate, Millis, Price, Sats};

pub(in crate::stratum) fn contract(pool: PoolTarget) -> Contract {
    let accounts: [AccountId; 2] = ["buyer", "host"].map(|name| name.parse().unwrap());
    Contract {
        hashrate: Hashrate::new(1),
        price: Price::new(1),
        budget: Sats::new(1),
        epoch_length: Millis::new(60_000),
        ..Contract::blank(ContractId::new(1), accounts.into(), pool, clock::now())
    }
}

/// A contract's delivery whose pool is a name at a port of this machine.
pub(in crate::stratum) fn delivery(port: u16) -> (Delivery, mpsc::Receiver<Forward>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let metrics: Arc<Metrics> = Arc::default();
    let recorder = Recorder::start(folder.path(), Arc::clone(&metrics)).unwrap();
    let target = PoolTarget::new("pool.net".into(), port, "u".into(), "x".into());
    let contract = contract(target.unwrap());
    let path = folder.path().join("shares.log");
    let opened = ShareLog::open(&path, &terms(&contract), &recorder).unwrap();
    let short = Duration::from_millis(5);
    let access = PoolAccess {
        policy: PoolPolicy {
            allow_private_pools: true,
            also_ports: vec![port],
            ..PoolPolicy::default()
        },
        patience: PoolPatience {
            back_off: short,
            back_off_max: short,
            ..PoolPatience::default()
        },
    };
    let about = Surroundings {
        crews: Crews::new(Rules::default(), Arc::clone(&metrics)),
        metrics,
        access: Arc::new(access),
        prefixes: Arc::default(),
        shares_per_minute: 11,
        records: RecordLimits::default(),
    };
    let (forward, shares) = mpsc::channel(FORWARD_QUEUE);
    let stats = Stats::new(clock::now(), &BTreeMap::new());
    let delivery = Delivery::new(contract, opened.log, stats, forward, about);
    (delivery, shares, folder)
}

/// The name is good when the session is opened; by the time it has to be opened anew it points elsewhere.
#[tokio::test]
async fn a_name_that_points_to_a_private_address_at_the_reconnection_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (delivery, shares, _folder) = delivery(listener.local_addr().unwrap().port());
    let answers = Answers::new(&[&["127.0.0.1"], &["127.0.0.1", "169.254.169.254"]]);
    let sessions = Sessions::new(&delivery, &answers);
    let script = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        // It has asked for work.
        assert!(socket.read_u8().await.is_ok());
        drop(socket);
        while answers.asked() < 4 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        () = sessions.keep(shares) => unreachable!(),
        () = script => {}
        never = listener_of_others(&listener, &answers) => unreachable!("{never:?}"),
    }
    let trouble = delivery.pool_trouble().unwrap();
    let refused = "the pool's address is not public: it is of the local link";
    assert_eq!(trouble.words, refused);
    assert!(!delivery.pool_connected());
}

/// A connection after the name was refused.
async fn listener_of_others(listener: &TcpListener, answers: &Answers) -> TcpStream {
    while answers.asked() < 2 {
        sleep(Duration::from_millis(5)).await;
    }
    listener.accept().await.unwrap().0
}

#[tokio::test]
async fn next_attempts() {
    let (delivery, _shares, _folder) = delivery(1);
    let answers = Answers::new(&[&["127.0.0.1"]]);
    let sessions = Sessions::new(&delivery, &answers);
    let end = |lasted, why| End {
        pool: 0,
        lasted: Duration::from_secs(lasted),
        why,
    };
    let own = Next::default();
    let moved = Next {
        pool: 0,
        port: Some(3_334),
    };
    let asked = || Ended::ReconnectAsked { port: 3_334 };
    let mut moves = 0;
    // Three in a row are followed.
    for _ in 0..3 {
        assert_eq!(sessions.after(&end(1, asked()), own, &mut moves), moved);
    }
    assert_eq!(sessions.after(&end(1, asked()), moved, &mut moves), own);
    let refused = || Ended::Connect(ConnectError::Refused);
    assert_eq!(sessions.after(&end(0, refused()), moved, &mut moves), own);
    assert_eq!(sessions.after(&end(0, refused()), own, &mut moves), own);
}
