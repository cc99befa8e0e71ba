use super::*;

const A: &str = "a/0000000000";
const B: &str = "b/0000000000";

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
    // The last frame is torn at every byte: the ones before it are there all the same.
    let last = wal.end as usize;
    let first_of_last = last - (FRAME_HEAD + 1 + A.len() + 8 + 6);
    for cut in first_of_last..last {
        let mut torn = whole.clone();
        torn[cut..last].fill(0);
        set(path, A, b"head");
        fs::write(path.join(NAME), torn).unwrap();
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
    let length = || fs::metadata(folder.path().join(NAME)).unwrap().len();
    let first = length();
    for round in 0..40_u64 {
        if wal.is_full() {
            wal.begin_anew().unwrap();
        }
        put(&mut wal, A, round, &[7; 500_000]);
    }
    assert_eq!(length(), first, "all of it was there from the start");
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
        fs::remove_file(folder.path().join(NAME)).unwrap();
    }
}

#[test]
fn what_it_holds_is_read_without_changing_it_and_damage_is_named() {
    let folder = folder();
    let path = folder.path();
    assert!(Held::read(path).unwrap().frames.is_empty());
    let mut wal = Wal::open(path).unwrap();
    put(&mut wal, A, 4, b" one");
    let second = wal.end;
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
        Held::of(&bytes).fault.map(|(at, _)| at)
    };
    // A byte of the header, of the first frame, of the second.
    assert_eq!(damaged(9), Some(0));
    assert_eq!(damaged(FRAMES as usize + 30), Some(FRAMES));
    assert_eq!(damaged(second as usize + 2), Some(second));
}
