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
        network: pow::coinbase::Network::Regtest,
        tolerance_ppm: 50_000,
        confidence_ppm: 950_000,
    }
}

fn append(log: &Arc<ShareLog>) -> Result<Mark, LogError> {
    let session = Upstream {
        at: Timestamp::from_unix_ms(2_000),
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
    let recorder = Recorder::start().unwrap();
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
    let recorder = Recorder::start().unwrap();
    let path = folder.path().join("shares.log");
    let log = ShareLog::open(&path, &terms(), &recorder).unwrap().log;
    let good = std::mem::replace(
        &mut *log.file.lock().unwrap(),
        File::options().write(true).open("/dev/full").unwrap(),
    );
    let first = append(&log).unwrap();
    assert_eq!(log.durable(first).await, Err(LogError::Unavailable));
    // The disk has room again: what comes now would leave a gap behind it.
    *log.file.lock().unwrap() = good;
    assert_eq!(append(&log), Err(LogError::Unavailable));
    log.flush();
    assert_eq!(log.durable(first).await, Err(LogError::Unavailable));
    let reopened = ShareLog::open(&path, &terms(), &recorder).unwrap().log;
    assert_eq!(reopened.read(|state| state.counts().0), 0);
}
