//! Disks that are full, stall or fail, and threads that are gone.

use super::*;

#[tokio::test]
async fn a_failed_log_acknowledges_nothing_any_more() {
    let (_data, folder, recorder) = started();
    let log = ShareLog::open(&folder, &terms(), &recorder).unwrap().log;
    recorder.disk.failing.lock().unwrap().writing = Some(ErrorKind::Other);
    let first = append(&log).unwrap();
    assert_eq!(log.durable(first).await, Err(LogError::Unavailable));
    assert_eq!(log.durable_at_last(first).await, Err(LogError::Unavailable));
    recorder.disk.failing.lock().unwrap().writing = None;
    // What came now would leave a gap behind it.
    assert_eq!(append(&log), Err(LogError::Unavailable));
    assert!(!log.is_available());
    assert_eq!(log.durable(first).await, Err(LogError::Unavailable));
}

#[tokio::test]
async fn a_full_disk_refuses_and_loses_nothing_and_it_goes_on_by_itself() {
    let (data, folder, recorder) = started();
    let log = ShareLog::open(&folder, &terms(), &recorder).unwrap().log;
    let acknowledged = append(&log).unwrap();
    log.durable(acknowledged).await.unwrap();
    for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded] {
        recorder.disk.failing.lock().unwrap().writing = Some(kind);
        // Over the end of a segment.
        let epoch = seal(&log, 10_000);
        assert_eq!(log.durable(epoch).await, Err(LogError::Unavailable));
        assert_eq!(append(&log), Err(LogError::Unavailable));
        wait_for("the reason", || recorder.no_room().is_some()).await;
        assert!(recorder.no_room().unwrap().contains("no room for what 1"));
        recorder.disk.failing.lock().unwrap().writing = None;
        in_time(log.durable_at_last(epoch)).await.unwrap();
        wait_for("room", || recorder.no_room().is_none()).await;
        assert!(log.is_available());
        let next = append(&log).unwrap();
        log.durable(next).await.unwrap();
    }
    assert_eq!(log.read(|state| (state.counts().0, state.epochs())), (3, 2));
    let whole = log.bytes();
    wait_for("the seals", || {
        names(&folder)[..2] == [sealed_name(0), sealed_name(1)]
    })
    .await;
    drop((log, recorder));
    let log = ShareLog::open(&folder, &terms(), &self::recorder(&data))
        .unwrap()
        .log;
    assert_eq!(log.bytes(), whole);
    assert_eq!(log.read(|state| (state.counts().0, state.epochs())), (3, 2));
}

#[tokio::test]
async fn without_room_only_what_is_owed_is_written() {
    let data = tempfile::tempdir().unwrap();
    let limits = Limits {
        shares_max: None,
        reserve: u64::MAX,
    };
    let recorder = Recorder::with_limits(data.path(), limits, Arc::default()).unwrap();
    let folder = data.path().join("contracts/1/shares");
    let log = ShareLog::open(&folder, &terms(), &recorder).unwrap().log;
    assert_eq!(append(&log), Err(LogError::Unavailable));
    assert!(!log.is_available());
    let epoch = seal(&log, 10_000);
    log.durable(epoch).await.unwrap();
}

#[tokio::test]
async fn answers_do_not_wait_for_segments_that_are_synced_and_a_stalled_disk_refuses() {
    let (data, folder, recorder) = started();
    let log = ShareLog::open(&folder, &terms(), &recorder).unwrap().log;
    append(&log).unwrap();
    let disk = Arc::clone(&recorder.disk);
    let mut round = 0;
    disk.failing.lock().unwrap().stalls = true;
    // A file of the write-ahead log is full, and nothing of what it stands for is synced: the other one takes the rest.
    for _ in 0..6 {
        round += 1;
        let mark = append_much(&log, round).unwrap();
        in_time(log.durable(mark)).await.unwrap();
    }
    // Both are full.
    let refused = loop {
        round += 1;
        assert!(round <= 9, "it takes more than it can keep");
        let mark = append_much(&log, round).unwrap();
        if in_time(log.durable(mark)).await.is_err() {
            break mark;
        }
    };
    assert_eq!(append(&log), Err(LogError::Unavailable));
    assert!(!log.has_failed());
    wait_for("the reason", || recorder.no_room().is_some()).await;
    disk.failing.lock().unwrap().stalls = false;
    in_time(log.durable_at_last(refused)).await.unwrap();
    // Who waited hears it a moment before the next is taken.
    let mut taken = None;
    wait_for("a share that is taken", || {
        taken = append(&log).ok();
        taken.is_some()
    })
    .await;
    let next = taken.unwrap();
    in_time(log.durable(next)).await.unwrap();
    wait_for("room", || recorder.no_room().is_none()).await;
    let whole = bytes(&folder);
    assert_eq!(whole.len() as u64, next.bytes());
    drop((log, recorder));
    let opened = ShareLog::open(&folder, &terms(), &self::recorder(&data)).unwrap();
    assert_eq!(opened.log.bytes(), next.bytes());
    assert_eq!(bytes(&folder), whole);
}

#[tokio::test]
async fn a_disk_too_full_to_sync_or_seal_refuses_and_it_goes_on_by_itself() {
    let (data, folder, recorder) = started();
    let log = ShareLog::open(&folder, &terms(), &recorder).unwrap().log;
    let disk = Arc::clone(&recorder.disk);
    let mut epochs = 0;
    for in_syncing in [true, false] {
        let mark = append(&log).unwrap();
        in_time(log.durable(mark)).await.unwrap();
        {
            let mut failing = disk.failing.lock().unwrap();
            let step = match in_syncing {
                true => &mut failing.syncing,
                false => &mut failing.sealing,
            };
            *step = Some(ErrorKind::StorageFull);
        }
        epochs += 1;
        seal(&log, u64::from(epochs) * 10_000);
        // Some may still be taken before the other thread comes to it.
        wait_for("a refusal", || {
            append(&log) == Err(LogError::Unavailable) && recorder.no_room().is_some()
        })
        .await;
        assert!(!log.has_failed());
        *disk.failing.lock().unwrap() = Failing::default();
        wait_for("the seal", || {
            names(&folder).contains(&sealed_name(epochs - 1))
        })
        .await;
        wait_for("room", || append(&log).is_ok()).await;
        let (mark, _) = log.bundle(Timestamp::from_unix_ms(99_000), None);
        in_time(log.durable_at_last(mark)).await.unwrap();
    }
    let whole = log.bytes();
    drop((log, recorder));
    let opened = ShareLog::open(&folder, &terms(), &self::recorder(&data)).unwrap();
    assert_eq!(opened.log.bytes(), whole);
    assert_eq!(opened.sealed.len(), 2);
}

#[tokio::test]
async fn nobody_waits_for_a_thread_that_is_gone() {
    let (data, folder, recorder) = started();
    let [log, other] = ["1", "2"].map(|number| {
        let folder = folder.with_file_name(number);
        ShareLog::open(&folder, &terms(), &recorder).unwrap().log
    });
    recorder.disk.failing.lock().unwrap().panics = true;
    let mark = append(&log).unwrap();
    let waited = in_time(log.durable(mark)).await;
    assert_eq!(waited, Err(LogError::Unavailable));
    let waited = in_time(log.durable_at_last(mark)).await;
    assert_eq!(waited, Err(LogError::Unavailable));
    for log in [&log, &other] {
        wait_for("the failure", || log.has_failed()).await;
        assert_eq!(append(log), Err(LogError::Unavailable));
    }
    // One that is opened after that hears of it with its first record.
    let late = data.path().join("contracts/3/shares");
    let late = ShareLog::open(&late, &terms(), &recorder).unwrap().log;
    let mark = append(&late).unwrap();
    let waited = in_time(late.durable_at_last(mark)).await;
    assert_eq!(waited, Err(LogError::Unavailable));
}
