use super::*;
use pow::bundle::{Terms, Upstream};
use units::{ContractId, Hashrate, Millis, Price, Sats};

fn terms() -> Terms {
    Terms {
        contract: ContractId::new(1),
        buyer: "buyer".parse().unwrap(),
        host: "host".parse().unwrap(),
        hashrate: Hashrate::new(1),
        price: Price::new(1),
        budget: Sats::new(1),
        fee_bps: 0,
        opened_at: Timestamp::from_unix_ms(1_000),
        epoch_length: Millis::new(1_000),
        pool: "pool:1".into(),
        pool_user: "user".into(),
        backups: Vec::new(),
        network: pow::coinbase::Network::Regtest,
        tolerance_ppm: 50_000,
        confidence_ppm: 950_000,
    }
}

fn append(log: &Arc<ShareLog>) -> Result<Mark, LogError> {
    let session = Upstream {
        at: Timestamp::from_unix_ms(2_000),
        pool: 0,
        extranonce1: vec![1],
        extranonce2_size: 8,
    };
    log.append(|log, out| log.upstream(session, out))
        .map(|(_, mark)| mark)
}

#[tokio::test]
async fn what_is_durable_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/shares.log");
    let recorder = Recorder::start(folder.path(), Arc::default()).unwrap();
    let log = ShareLog::open(&path, &terms(), &recorder).unwrap().log;
    let mark = append(&log).unwrap();
    log.durable(mark).await.unwrap();
    drop(log);
    for tail in [&[][..], &[2], &[0; 5_000]] {
        // A record cut by a crash, and a tail whose bytes never reached the disk.
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend_from_slice(tail);
        std::fs::write(&path, bytes).unwrap();
        let log = ShareLog::open(&path, &terms(), &recorder).unwrap().log;
        assert_eq!(log.bytes(), mark.bytes(), "{} bytes", tail.len());
        assert_eq!(log.read(|state| state.counts().0), 1);
    }
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend_from_slice(&[9, 1, 1]);
    std::fs::write(&path, &bytes).unwrap();
    let damaged = ShareLog::open(&path, &terms(), &recorder);
    assert!(matches!(damaged, Err(OpenError::Damaged { offset, .. }) if offset == mark.bytes()));
    assert_eq!(
        std::fs::read(&path).unwrap(),
        bytes,
        "the file is as it was"
    );
    let other = Terms {
        price: Price::new(2),
        ..terms()
    };
    std::fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
    assert!(matches!(
        ShareLog::open(&path, &other, &recorder),
        Err(OpenError::OtherTerms { .. })
    ));
}

/// `/dev/full` takes no byte: every write fails as on a full disk.
#[tokio::test]
async fn a_failed_log_acknowledges_nothing_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(folder.path(), Arc::default()).unwrap();
    let path = folder.path().join("shares.log");
    let mut log = ShareLog::open(&path, &terms(), &recorder).unwrap().log;
    Arc::get_mut(&mut log).unwrap().file = File::options().write(true).open("/dev/full").unwrap();
    let first = append(&log).unwrap();
    assert_eq!(log.durable(first).await, Err(LogError::Unavailable));
    // What came now would leave a gap behind it.
    assert_eq!(append(&log), Err(LogError::Unavailable));
    assert_eq!(log.durable(first).await, Err(LogError::Unavailable));
    let reopened = ShareLog::open(&path, &terms(), &recorder).unwrap().log;
    assert_eq!(reopened.read(|state| state.counts().0), 0);
}

#[tokio::test]
async fn what_only_the_write_ahead_log_holds_is_written_to_the_log_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("contracts/1/shares.log");
    let recorder = Recorder::start(folder.path(), Arc::default()).unwrap();
    let log = ShareLog::open(&path, &terms(), &recorder).unwrap().log;
    let begun = std::fs::read(&path).unwrap();
    let mark = append(&log).unwrap();
    log.durable(mark).await.unwrap();
    let whole = std::fs::read(&path).unwrap();
    drop((log, recorder));
    // As after a power cut: the log's own bytes were never synced.
    std::fs::write(&path, begun).unwrap();
    let recorder = Recorder::start(folder.path(), Arc::default()).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), whole);
    let log = ShareLog::open(&path, &terms(), &recorder).unwrap().log;
    assert_eq!(log.bytes(), mark.bytes());
}
