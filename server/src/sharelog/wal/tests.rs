use super::*;

const A: &str = "a/0000000000";
const B: &str = "b/0000000000";
/// The file that is written first, and the other one.
const NAME: &str = NAMES[0];
const OTHER: &str = NAMES[1];

fn put(wal: &mut Wal, name: &str, offset: u64, bytes: &[u8]) {
    let mut group = Group::default();
    wal.frame(&mut group, name, offset, bytes);
    wal.commit(&group).unwrap();
}

/// With the open segments of two logs.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in [A, B] {
        let file = folder.path().join(format!("{name}.open"));
        fs::create_dir(file.parent().unwrap()).unwrap();
        fs::write(file, b"head").unwrap();
    }
    folder
}

fn set(folder: &Path, name: &str, bytes: &[u8]) {
    fs::write(folder.join(format!("{name}.open")), bytes).unwrap();
}

fn log(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(format!("{name}.open"))).unwrap()
}

#[test]
fn what_was_committed_comes_back_and_what_was_torn_does_not() {
    let folder = folder();
    let path = folder.path();
    let mut wal = Wal::open(path).unwrap();
    put(&mut wal, A, 4, b" one");
    put(&mut wal, B, 4, b" two");
    put(&mut wal, "gone/0000000000", 0, b"whatever");
    put(&mut wal, A, 8, b" three");
    let whole = fs::read(path.join(NAME)).unwrap();
    let other = fs::read(path.join(OTHER)).unwrap();
    // The last frame is torn at every byte: the ones before it are there all the same.
    let last = wal.current.end as usize;
    let first_of_last = last - (FRAME_HEAD + 1 + A.len() + 8 + 6);
    for cut in first_of_last..last {
        let mut torn = whole.clone();
        torn[cut..last].fill(0);
        set(path, A, b"head");
        fs::write(path.join(NAME), torn).unwrap();
        fs::write(path.join(OTHER), &other).unwrap();
        drop(Wal::open(path).unwrap());
        // The frame's last byte is no zero, so every cut tears it.
        assert_eq!(log(path, A), b"head one", "cut at {cut}");
    }
    fs::write(path.join(NAME), &whole).unwrap();
    let mut wal = Wal::open(path).unwrap();
    assert_eq!(
        (log(path, A), log(path, B)),
        (b"head one three".to_vec(), b"head two".to_vec())
    );
    // Begun anew: what the file still holds of the generation before is not written again.
    set(path, A, b"head");
    put(&mut wal, B, 8, b" four");
    drop(Wal::open(path).unwrap());
    assert_eq!(
        (log(path, A), log(path, B)),
        (b"head".to_vec(), b"head two four".to_vec())
    );
}

#[test]
fn a_sealed_segment_is_left_alone_and_a_lost_name_is_made_again() {
    let folder = folder();
    let path = folder.path();
    let mut wal = Wal::open(path).unwrap();
    put(&mut wal, A, 4, b" end");
    put(&mut wal, "a/0000000001", 0, b"next");
    put(&mut wal, B, 4, b" end");
    fs::rename(
        path.join("a/0000000000.open"),
        path.join("a/0000000000.epoch"),
    )
    .unwrap();
    fs::write(path.join("a/0000000000.epoch"), b"sealed").unwrap();
    fs::write(path.join("b").join(layout::KEPT), b"").unwrap();
    drop(Wal::open(path).unwrap());
    assert_eq!(
        fs::read(path.join("a/0000000000.epoch")).unwrap(),
        b"sealed"
    );
    assert!(!path.join("a/0000000000.open").exists());
    assert_eq!(log(path, "a/0000000001"), b"next");
    // Its shares were removed: none comes back.
    assert_eq!(log(path, B), b"head");
}

#[test]
fn it_is_written_round_and_round() {
    let folder = folder();
    let mut wal = Wal::open(folder.path()).unwrap();
    let length = |name| fs::metadata(folder.path().join(name)).unwrap().len();
    let first = NAMES.map(length);
    let mut turns = 0;
    for round in 0..60_u64 {
        if wal.is_full() {
            wal.turn();
            turns += 1;
        }
        put(&mut wal, A, round, &[7; 500_000]);
    }
    assert_eq!(turns, 3);
    assert_eq!(
        NAMES.map(length),
        first,
        "all of it was there from the start"
    );
}

/// Both files at every turn, and what of a turn a power cut may leave.
/// A power cut at a turn: the frames got there, their header did not. No later header may make them count.
#[test]
fn frames_without_their_header_never_come_back() {
    let folder = folder();
    let path = folder.path();
    let mut wal = Wal::open(path).unwrap();
    put(&mut wal, A, 4, b"1111");
    wal.turn();
    let before = fs::read(path.join(OTHER)).unwrap();
    put(&mut wal, A, 8, b"never acknowledged");
    let mut torn = fs::read(path.join(OTHER)).unwrap();
    torn[..4_096].copy_from_slice(&before[..4_096]);
    fs::write(path.join(OTHER), torn).unwrap();
    drop(wal);
    for text in [&b"22"[..], b"33", b"44"] {
        let mut wal = Wal::open(path).unwrap();
        put(&mut wal, A, 8, text);
        drop(wal);
        // What the log has is what was acknowledged last.
        set(path, A, b"head1111");
        drop(Wal::open(path).unwrap());
        assert_eq!(log(path, A), [b"head1111", text].concat());
    }
}

#[test]
fn both_files_come_back_the_older_one_first() {
    let folder = folder();
    let path = folder.path();
    let mut wal = Wal::open(path).unwrap();
    // Each begins where the one before ended, and says there once more what was written before.
    let texts = ["1111", "11112222", "22223333", "33334444"];
    for (turn, text) in (0..).zip(texts) {
        let files = |wal: &[Vec<u8>; 2]| {
            for (name, bytes) in NAMES.iter().zip(wal) {
                fs::write(path.join(name), bytes).unwrap();
            }
        };
        let before = NAMES.map(|name| fs::read(path.join(name)).unwrap());
        let offset = if turn == 0 { 4 } else { 4 * turn };
        put(&mut wal, A, offset, text.as_bytes());
        let now = NAMES.map(|name| fs::read(path.join(name)).unwrap());
        let expected = &b"head1111222233334444"[..8 + 4 * turn as usize];
        // What the file held before the one that is written now was synced.
        let synced = &expected[..expected.len().saturating_sub(8).max(4)];
        let written = usize::from(turn % 2 == 1);
        let restored = |wal: &[Vec<u8>; 2]| {
            files(wal);
            set(path, A, synced);
            assert_eq!(Held::read(path).unwrap().fault, None, "turn {turn}");
            drop(Wal::open(path).unwrap());
            log(path, A)
        };
        assert_eq!(restored(&now), expected, "turn {turn}");
        // Nothing of the group got there, its header alone, its frames alone, half a frame: the others are there.
        let mixed = |from: std::ops::Range<usize>| {
            let mut mixed = before.clone();
            mixed[written][from.clone()].copy_from_slice(&now[written][from]);
            mixed
        };
        let end = wal.current.end as usize;
        let acknowledged = if turn == 0 {
            &b"head"[..]
        } else {
            &expected[..expected.len() - 4]
        };
        for part in [0..0, 0..4_096, 4_096..end, 0..end - 3] {
            let torn = mixed(part.clone());
            let found = restored(&torn);
            let whole = part == (4_096..end) && found == expected;
            assert!(found == acknowledged || whole, "turn {turn}, {part:?}");
        }
        files(&now);
        wal.turn();
    }
}

#[test]
fn a_segment_is_written_once_more_by_what_both_files_hold() {
    let folder = folder();
    let path = folder.path();
    let mut wal = Wal::open(path).unwrap();
    put(&mut wal, A, 4, b" one");
    put(&mut wal, B, 4, b" other");
    wal.turn();
    put(&mut wal, A, 8, b" two");
    set(path, A, b"head\0\0\0\0\0\0\0\0");
    let file = layout::open_to_write(&path.join("a"), 0).unwrap();
    rewrite(path, &path.join("a"), 0, &file).unwrap();
    assert_eq!(log(path, A), b"head one two");
    assert_eq!(log(path, B), b"head");
}

#[test]
fn no_frame_reaches_out_of_the_folder() {
    let folder = folder();
    let bad = [
        "/tmp/0000000000",
        "../0000000000",
        "a/../../0000000000",
        "a/1",
        "a/x",
        "",
    ];
    for name in bad {
        let mut wal = Wal::open(folder.path()).unwrap();
        put(&mut wal, name, 0, b"x");
        assert!(Wal::open(folder.path()).is_err(), "{name:?}");
        for name in NAMES {
            fs::remove_file(folder.path().join(name)).unwrap();
        }
    }
}

#[test]
fn what_it_holds_is_read_without_changing_it_and_damage_is_named() {
    let folder = folder();
    let path = folder.path();
    assert!(Held::read(path).unwrap().frames.is_empty());
    let mut wal = Wal::open(path).unwrap();
    put(&mut wal, A, 4, b" one");
    let second = wal.current.end;
    put(&mut wal, A, 8, b" two");
    put(&mut wal, B, 4, b" three");
    let whole = fs::read(path.join(NAME)).unwrap();
    let held = Held::read(path).unwrap();
    assert_eq!(held.fault, None);
    let a = vec![(4, b" one".to_vec()), (8, b" two".to_vec())];
    assert_eq!(held.frames[&("a".to_owned(), 0)], a);
    assert_eq!(fs::read(path.join(NAME)).unwrap(), whole);
    let damaged = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        let damage = Held::of([&bytes, &[]]).fault?;
        assert_eq!(damage.file, NAME);
        Some(damage.offset)
    };
    // A byte of the header, of the first frame, of the second.
    assert_eq!(damaged(9), Some(0));
    assert_eq!(damaged(FRAMES as usize + 30), Some(FRAMES));
    assert_eq!(damaged(second as usize + 2), Some(second));
}
