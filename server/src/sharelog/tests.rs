mod trouble;

use super::{layout::*, *};
use pow::bundle::{Terms, Upstream, Verifier, Worker};
use pow::settlement::RejectTerms;
use std::{fs, io::ErrorKind, os::unix::fs::PermissionsExt, time::Duration};
use tempfile::TempDir;
use units::{ContractId, Hashrate, Millis, Price, Sats};

pub(crate) fn terms() -> Terms {
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
        term_days: 0,
        bond: Sats::ZERO,
        rejects: RejectTerms::default(),
    }
}

pub(crate) fn append(log: &Arc<ShareLog>) -> Result<Mark, LogError> {
    let session = Upstream {
        at: Timestamp::from_unix_ms(2_000),
        pool: 0,
        extranonce1: vec![1],
        extranonce2_size: 8,
    };
    log.append(|log, out| log.upstream(session, out))
        .map(|(_, mark)| mark)
}

pub(crate) fn seal(log: &Arc<ShareLog>, at: u64) -> Mark {
    let at = Timestamp::from_unix_ms(at);
    let sealed = log.seal(false, |log, out| Ok(log.seal(at, out)));
    sealed.unwrap().1
}

/// A data folder, the folder of a log in it, and the recorder.
fn started() -> (TempDir, PathBuf, Recorder) {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("contracts/1/shares");
    let recorder = recorder(&data);
    (data, folder, recorder)
}

fn recorder(data: &TempDir) -> Recorder {
    Recorder::start(data.path(), Arc::default()).unwrap()
}

/// All segments, one after the other.
fn bytes(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let layout = Layout::read(folder).unwrap();
    assert_eq!(layout.fault(), None);
    std::io::Read::read_to_end(&mut Segments::new(folder, &layout), &mut bytes).unwrap();
    bytes
}

fn names(folder: &Path) -> Vec<String> {
    let layout = Layout::read(folder).unwrap();
    layout.segments.iter().map(Segment::name).collect()
}

pub(crate) async fn wait_for(what: &str, mut is: impl FnMut() -> bool) {
    for _ in 0..1_200 {
        if is() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("still waiting: {what}");
}

#[tokio::test]
async fn what_is_durable_is_there_after_opening_again() {
    let (_data, folder, recorder) = started();
    let log = ShareLog::open(&folder, &terms(), &recorder).unwrap().log;
    let mark = append(&log).unwrap();
    log.durable(mark).await.unwrap();
    drop(log);
    let path = folder.join(open_name(0));
    for tail in [&[][..], &[2], &[0; 5_000]] {
        // A record cut by a crash, and a tail whose bytes never reached the disk.
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend_from_slice(tail);
        fs::write(&path, bytes).unwrap();
        let log = ShareLog::open(&folder, &terms(), &recorder).unwrap().log;
        assert_eq!(log.bytes(), mark.bytes(), "{} bytes", tail.len());
        assert_eq!(log.read(|state| state.counts().0), 1);
    }
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(&[9, 1, 1]);
    fs::write(&path, &bytes).unwrap();
    let damaged = ShareLog::open(&folder, &terms(), &recorder);
    assert!(matches!(damaged, Err(OpenError::Damaged { offset, .. }) if offset == mark.bytes()));
    assert_eq!(fs::read(&path).unwrap(), bytes, "the file is as it was");
    let other = Terms {
        price: Price::new(2),
        ..terms()
    };
    fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
    assert!(matches!(
        ShareLog::open(&folder, &other, &recorder),
        Err(OpenError::OtherTerms { .. })
    ));
}

#[test]
fn a_log_whose_terms_an_earlier_version_wrote_is_named() {
    let (_data, folder, recorder) = started();
    drop(ShareLog::open(&folder, &terms(), &recorder).unwrap());
    let path = folder.join(open_name(0));
    // Terms used to end with the confidence, five bytes before.
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 5);
    bytes[9] -= 5;
    fs::write(&path, &bytes).unwrap();
    let opened = ShareLog::open(&folder, &terms(), &recorder);
    assert!(matches!(opened, Err(OpenError::EarlierTerms { .. })));
    assert_eq!(fs::read(&path).unwrap(), bytes, "the file is as it was");
}

/// A log of two sealed epochs and an open one, all of it acknowledged; the write-ahead log still holds it.
async fn three_segments() -> (TempDir, PathBuf, Vec<u8>) {
    let (data, folder, recorder) = started();
    let log = ShareLog::open(&folder, &terms(), &recorder).unwrap().log;
    for epoch in 1..=2 {
        append(&log).unwrap();
        seal(&log, epoch * 10_000);
    }
    let mark = append(&log).unwrap();
    log.durable(mark).await.unwrap();
    let expected = [sealed_name(0), sealed_name(1), open_name(2)];
    wait_for("the seals", || names(&folder) == expected).await;
    let whole = bytes(&folder);
    assert_eq!(whole.len() as u64, mark.bytes());
    // The second seal may not have come to its last step yet.
    drop((log, recorder));
    (data, folder, whole)
}

#[tokio::test]
async fn segments_are_the_bundle_and_read_only_once_sealed() {
    let (_data, folder, whole) = three_segments().await;
    let sealed = || {
        fs::metadata(folder.join(sealed_name(1)))
            .unwrap()
            .permissions()
    };
    wait_for("read-only", || sealed().mode() & 0o777 == 0o444).await;
    let mut verifier = Verifier::new();
    verifier.push(&whole);
    let ends = verifier.epochs().len();
    let writer = verifier
        .into_writer()
        .map_err(|verdict| verdict.faults)
        .unwrap();
    assert_eq!((ends, writer.state().epochs()), (2, 2));
    let bundle = [whole, writer.end(Timestamp::from_unix_ms(30_000))].concat();
    let mut verifier = Verifier::new();
    verifier.push(&bundle);
    assert!(verifier.finish().valid);
}

/// What a crash can leave of the second epoch's end and the third's begin.
#[tokio::test]
async fn a_crash_at_any_step_of_a_seal_loses_nothing() {
    let (data, folder, whole) = three_segments().await;
    let wal = wal::NAMES.map(|name| fs::read(data.path().join(name)).unwrap());
    let file = |name: String| fs::read(folder.join(name)).unwrap();
    let (first, second, third) = (
        file(sealed_name(0)),
        file(sealed_name(1)),
        file(open_name(2)),
    );
    let half = second.len() / 2;
    let zeros = |bytes: &[u8]| vec![0; bytes.len()];
    let open = |number, bytes: &[u8]| (open_name(number), bytes.to_vec());
    let sealed = |number, bytes: &[u8]| (sealed_name(number), bytes.to_vec());
    type Files = Vec<(String, Vec<u8>)>;
    let states: Vec<(&str, Files)> = vec![
        ("written, not synced: nothing arrived", vec![]),
        (
            "written, not synced: a part",
            vec![open(1, &second[..half])],
        ),
        (
            "written, not synced: only lengths",
            vec![open(1, &zeros(&second)), open(2, &zeros(&third))],
        ),
        ("synced", vec![open(1, &second)]),
        (
            "synced, the next begun",
            vec![open(1, &second), open(2, &third)],
        ),
        (
            "synced, the next's name only",
            vec![open(1, &second), open(2, &[])],
        ),
        ("the next's name came first", vec![open(2, &third)]),
        ("renamed", vec![sealed(1, &second)]),
        (
            "renamed, the next begun",
            vec![sealed(1, &second), open(2, &third)],
        ),
        (
            "renamed, the next torn",
            vec![sealed(1, &second), open(2, &third[..1])],
        ),
        (
            "renamed, the next only its length",
            vec![sealed(1, &second), open(2, &zeros(&third))],
        ),
    ];
    for (what, files) in states {
        for name in names(&folder) {
            fs::remove_file(folder.join(name)).unwrap();
        }
        fs::write(folder.join(sealed_name(0)), &first).unwrap();
        for (name, bytes) in files {
            fs::write(folder.join(name), bytes).unwrap();
        }
        for (name, bytes) in wal::NAMES.iter().zip(&wal) {
            fs::write(data.path().join(name), bytes).unwrap();
        }
        // Twice: what the first start leaves is right as well.
        for start in 0..2 {
            let opened = ShareLog::open(&folder, &terms(), &recorder(&data)).unwrap();
            assert_eq!(opened.sealed.len(), 2, "{what}, start {start}");
            assert_eq!(bytes(&folder), whole, "{what}, start {start}");
            let expected = [sealed_name(0), sealed_name(1), open_name(2)];
            assert_eq!(names(&folder), expected, "{what}, start {start}");
        }
        let sealed = fs::metadata(folder.join(sealed_name(1))).unwrap();
        assert_eq!(sealed.permissions().mode() & 0o777, 0o444, "{what}");
    }
}

#[tokio::test]
async fn it_goes_on_after_a_seal_where_it_was() {
    let (data, folder, whole) = three_segments().await;
    let recorder = recorder(&data);
    let log = ShareLog::open(&folder, &terms(), &recorder).unwrap().log;
    assert_eq!(log.bytes(), whole.len() as u64);
    append(&log).unwrap();
    let mark = seal(&log, 40_000);
    log.durable(mark).await.unwrap();
    wait_for("the seal", || {
        names(&folder).last() == Some(&sealed_name(2))
    })
    .await;
    let longer = bytes(&folder);
    assert!(longer.starts_with(&whole) && longer.len() as u64 == mark.bytes());
    drop(log);
    // With no open segment at all.
    let log = ShareLog::open(&folder, &terms(), &recorder).unwrap().log;
    assert_eq!(log.bytes(), mark.bytes());
    let mark = append(&log).unwrap();
    log.durable(mark).await.unwrap();
    assert_eq!(bytes(&folder).len() as u64, mark.bytes());
}

#[tokio::test]
async fn what_is_no_log_does_not_open_and_the_file_is_named() {
    let (data, folder, _) = three_segments().await;
    let recorder = recorder(&data);
    let open = || match ShareLog::open(&folder, &terms(), &recorder) {
        Ok(_) => panic!("it opens"),
        Err(error) => error.to_string(),
    };
    let aside = folder.join("aside");
    let path = |name: String| folder.join(name);
    fs::rename(path(sealed_name(0)), &aside).unwrap();
    assert!(
        open().contains("0000000000.epoch is damaged at byte 0: it is missing"),
        "{}",
        open()
    );
    fs::rename(&aside, path(sealed_name(0))).unwrap();
    fs::rename(path(sealed_name(0)), path(open_name(0))).unwrap();
    assert!(open().contains("0000000000.open is damaged"), "{}", open());
    fs::rename(path(open_name(0)), path(sealed_name(0))).unwrap();
    let whole = fs::read(path(sealed_name(1))).unwrap();
    fs::remove_file(path(sealed_name(1))).unwrap();
    // A byte that was flipped is named by file and place in it.
    let mut bytes = whole.clone();
    bytes[1] ^= 1;
    fs::write(path(sealed_name(1)), &bytes).unwrap();
    assert!(open().contains("0000000001.epoch is damaged"), "{}", open());
    // A whole record moved to the next file.
    fs::write(path(sealed_name(1)), &whole[..whole.len() - 1]).unwrap();
    let third = fs::read(path(open_name(2))).unwrap();
    fs::write(
        path(open_name(2)),
        [&whole[whole.len() - 1..], &third].concat(),
    )
    .unwrap();
    assert!(open().contains("0000000001.epoch is damaged"), "{}", open());
    let earlier = folder.with_extension("log");
    fs::write(earlier, b"").unwrap();
    assert!(open().contains("of an earlier version"), "{}", open());
}

#[tokio::test]
async fn removed_shares_leave_the_epochs_and_stay_removed() {
    let (data, folder, _) = three_segments().await;
    let recorder = recorder(&data);
    let Opened { log, sealed, .. } = ShareLog::open(&folder, &terms(), &recorder).unwrap();
    let totals = log.totals();
    let removed = Timestamp::from_unix_ms(99_000);
    let before: Vec<_> = names(&folder)
        .into_iter()
        .map(|name| {
            let bytes = fs::read(folder.join(&name)).unwrap();
            (name, bytes)
        })
        .collect();
    log.remove_shares(removed).unwrap();
    assert_eq!(names(&folder), Vec::<String>::new());
    let gone = |log: &Arc<ShareLog>| {
        assert_eq!((log.removed_at(), log.bytes()), (Some(removed), 0));
        assert_eq!(log.totals(), totals);
        assert_eq!(append(log), Err(LogError::Unavailable));
    };
    gone(&log);
    drop(log);
    // A crash in the middle of removing them; the write-ahead log may still hold frames of them.
    for (name, bytes) in &before[1..] {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let recorder = self::recorder(&data);
    let opened = ShareLog::open(&folder, &terms(), &recorder).unwrap();
    gone(&opened.log);
    assert_eq!(opened.sealed, sealed);
    assert_eq!(names(&folder), Vec::<String>::new());
    let other = Terms {
        price: Price::new(2),
        ..terms()
    };
    let other = ShareLog::open(&folder, &other, &recorder);
    assert!(matches!(other, Err(OpenError::OtherTerms { .. })));
}

/// About 2.5 MB.
fn append_much(log: &Arc<ShareLog>, round: u64) -> Result<Mark, LogError> {
    let introduce = |log: &mut Writer, out: &mut Vec<u8>| {
        for number in 0..20_000 {
            let worker = Worker {
                login: format!("{round}-{number}-{}", "x".repeat(110)),
                extranonce_prefix: vec![1, 2],
            };
            log.worker(worker, out)?;
        }
        Ok(())
    };
    log.append(introduce).map(|((), mark)| mark)
}

/// More than the write-ahead log takes: what it forgets stands in the segments.
#[tokio::test]
async fn the_write_ahead_log_begins_anew_across_seals() {
    let (data, folder, recorder) = started();
    let log = ShareLog::open(&folder, &terms(), &recorder).unwrap().log;
    append(&log).unwrap();
    let mut mark = Mark::default();
    for round in 1..=9 {
        append_much(&log, round).unwrap();
        mark = seal(&log, round * 10_000);
        log.durable(mark).await.unwrap();
    }
    let whole = bytes(&folder);
    assert_eq!(whole.len() as u64, mark.bytes());
    assert!(whole.len() > 18 << 20);
    drop((log, recorder));
    let held = wal::Held::read(data.path()).unwrap();
    assert!(!held.frames.contains_key(&("contracts/1/shares".into(), 0)));
    assert!(held.frames.contains_key(&("contracts/1/shares".into(), 8)));
    let log = ShareLog::open(&folder, &terms(), &self::recorder(&data))
        .unwrap()
        .log;
    assert_eq!(log.read(|state| state.epochs()), 9);
    assert_eq!(bytes(&folder), whole);
}

/// A hang fails after a minute.
async fn in_time<T>(what: impl Future<Output = T>) -> T {
    let deadline = Duration::from_secs(60);
    tokio::time::timeout(deadline, what).await.unwrap()
}

#[tokio::test]
async fn what_an_edit_wrote_before_its_error_stands_in_the_log_and_in_its_state() {
    let (data, folder, recorder) = started();
    let log = ShareLog::open(&folder, &terms(), &recorder).unwrap().log;
    append(&log).unwrap();
    let session = Upstream {
        at: Timestamp::from_unix_ms(2_000),
        pool: 0,
        extranonce1: vec![2],
        extranonce2_size: 8,
    };
    let edited = log.append(|log, out| {
        log.upstream(session, out)?;
        Err::<(), _>(Code::Stale)
    });
    assert_eq!(edited.map(|_| ()), Err(LogError::Refused(Code::Stale)));
    let edited = log.append(|_, _| Err::<(), _>(Code::Stale));
    assert_eq!(edited.map(|_| ()), Err(LogError::Refused(Code::Stale)));
    seal(&log, 10_000);
    let mark = append(&log).unwrap();
    in_time(log.durable(mark)).await.unwrap();
    assert_eq!(log.read(|state| state.counts().0), 3);
    assert_eq!(bytes(&folder).len() as u64, mark.bytes());
    drop((log, recorder));
    let opened = ShareLog::open(&folder, &terms(), &self::recorder(&data)).unwrap();
    assert_eq!(opened.log.read(|state| state.counts().0), 3);
    assert_eq!(opened.log.bytes(), mark.bytes());
}

#[tokio::test]
async fn nothing_comes_after_the_last_epoch() {
    let (_data, folder, recorder) = started();
    let log = ShareLog::open(&folder, &terms(), &recorder).unwrap().log;
    append(&log).unwrap();
    let end = Timestamp::from_unix_ms(10_000);
    let (_, mark) = log.seal(true, |log, out| Ok(log.seal(end, out))).unwrap();
    assert_eq!(append(&log), Err(LogError::Ended));
    let again = log.seal(true, |log, out| Ok(log.seal(end, out)));
    assert_eq!(again.map(|_| ()), Err(LogError::Ended));
    in_time(log.durable(mark)).await.unwrap();
    assert_eq!(log.bytes(), mark.bytes());
}

#[test]
fn a_range_of_the_log_is_parts_of_its_segments() {
    let ends = [10, 30];
    let of = |bytes| {
        let parts = parts(&ends, bytes).into_iter();
        let parts = parts.map(|part| (part.segment, part.bytes, part.ends));
        parts.collect::<Vec<_>>()
    };
    assert_eq!(of(0..10), [(0, 0..10, true)]);
    assert_eq!(of(0..9), [(0, 0..9, false)]);
    assert_eq!(
        of(5..35),
        [(0, 5..10, true), (1, 0..20, true), (2, 0..5, false)]
    );
    assert_eq!(of(10..11), [(1, 0..1, false)]);
    assert_eq!(of(30..31), [(2, 0..1, false)]);
    assert_eq!(of(40..50), [(2, 10..20, false)]);
    assert!(of(7..7).is_empty());
    assert_eq!(parts(&[], 3..8)[0].bytes, 3..8);
}
