//! The write-ahead log: what is acknowledged is durable here first, for all contracts by one sync.
//!
//! A log of each contract alone would need a sync each, and a file that grows needs its length written too, which takes
//! ten times as long at the slowest. So one file of fixed length is written round and round. What it holds is also
//! written to the contracts' own logs, and those are synced before it begins anew. After a crash its frames are written
//! to the logs once more.
//!
//! ```text
//! header   magic "assaywal" | generation u64 | hash
//! frame    generation u64 | length u32 of the rest | hash | name's length u8 | name | offset u64 | bytes
//! ```
//! Numbers are little-endian. A hash is the first 8 bytes of SHA-256 over the other fields. The first frame that has
//! another generation or a wrong hash was never acknowledged, nor was any after it.

use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Read},
    os::unix::fs::FileExt,
    path::{Component, Path},
};

const MAGIC: &[u8; 8] = b"assaywal";
/// Frames begin there: the header is a block of its own.
const FRAMES: u64 = 4_096;
/// Once it is written that far, it begins anew.
const LENGTH: u64 = 8 << 20;
/// Zeros are written so much ahead, the first time round.
const STEP: usize = 1 << 20;
const FRAME_HEAD: usize = 8 + 4 + 8;
const NAME_MAX: usize = 255;

/// The open file.
pub(super) struct Wal {
    file: File,
    generation: u64,
    end: u64,
    allocated: u64,
    /// After a failed sync nobody knows what the file holds: only opening it again tells.
    broken: bool,
}

/// Frames that become durable together.
#[derive(Default)]
pub(super) struct Group(Vec<u8>);

impl Group {
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }
}

impl Wal {
    /// Opens the file in `data`, or makes it; writes what it holds to the logs, makes those durable, and begins anew.
    ///
    /// # Errors
    /// Where a file cannot be read or written.
    pub(super) fn open(data: &Path) -> io::Result<Self> {
        fs::create_dir_all(data)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(data.join("shares.wal"))?;
        File::open(data)?.sync_all()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let before = generation(&bytes);
        match before {
            Some(before) => restore(data, frames(&bytes, before))?,
            // Torn while it began anew, when nothing in it was needed. No old frame may ever pass for a new one.
            None => {
                file.set_len(0)?;
                bytes.clear();
            }
        }
        let mut wal = Self {
            file,
            generation: before.unwrap_or(0),
            end: FRAMES,
            allocated: bytes.len() as u64,
            broken: false,
        };
        wal.begin_anew()?;
        Ok(wal)
    }

    /// Adds a frame: these bytes stand at `offset` of the log `name`, a path below the data folder.
    pub(super) fn frame(&self, group: &mut Group, name: &str, offset: u64, bytes: &[u8]) {
        let name = name.as_bytes();
        let length = 1 + name.len() + 8 + bytes.len();
        let mut rest = Vec::with_capacity(length);
        rest.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        rest.extend_from_slice(name);
        rest.extend_from_slice(&offset.to_le_bytes());
        rest.extend_from_slice(bytes);
        let length = u32::try_from(rest.len()).unwrap_or(u32::MAX);
        let out = &mut group.0;
        out.extend_from_slice(&self.generation.to_le_bytes());
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&hash(&[
            &self.generation.to_le_bytes(),
            &length.to_le_bytes(),
            &rest,
        ]));
        out.extend_from_slice(&rest);
    }

    /// Makes the group durable.
    ///
    /// # Errors
    /// Where the disk fails or is full; then none of it may be acknowledged.
    pub(super) fn commit(&mut self, group: &Group) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("the write-ahead log has failed before"));
        }
        let end = self.end + group.0.len() as u64;
        while self.allocated < end {
            self.file.write_all_at(&vec![0; STEP], self.allocated)?;
            self.allocated += STEP as u64;
        }
        let written = self.file.write_all_at(&group.0, self.end);
        let synced = written.and_then(|()| self.file.sync_data());
        self.broken = synced.is_err();
        self.end = end;
        synced
    }

    /// A log that its frames stand for could not be synced: they must stay.
    pub(super) const fn give_up(&mut self) {
        self.broken = true;
    }

    /// True once the logs should be synced, so that this file may begin anew.
    pub(super) const fn is_full(&self) -> bool {
        self.end >= LENGTH
    }

    /// Forgets all frames. What they hold must be durable in the logs.
    ///
    /// # Errors
    /// Where the disk fails.
    pub(super) fn begin_anew(&mut self) -> io::Result<()> {
        let generation = self.generation + 1;
        let number = generation.to_le_bytes();
        let header = [&MAGIC[..], &number, &hash(&[MAGIC, &number])].concat();
        let written = self.file.write_all_at(&header, 0);
        let synced = written.and_then(|()| self.file.sync_data());
        self.broken = synced.is_err();
        synced?;
        (self.generation, self.end) = (generation, FRAMES);
        self.allocated = self.allocated.max(FRAMES);
        Ok(())
    }
}

fn hash(parts: &[&[u8]]) -> [u8; 8] {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    let whole: [u8; 32] = hasher.finalize().into();
    whole.first_chunk().copied().unwrap_or_default()
}

/// Of a header that is whole. One that is not was being written: then there are no frames to keep.
fn generation(bytes: &[u8]) -> Option<u64> {
    let number = bytes.strip_prefix(MAGIC)?.first_chunk::<8>()?;
    let stated = bytes.get(16..24)?;
    (stated == hash(&[MAGIC, number])).then(|| u64::from_le_bytes(*number))
}

struct Frame<'a> {
    name: &'a str,
    offset: u64,
    bytes: &'a [u8],
}

fn frames(bytes: &[u8], generation: u64) -> impl Iterator<Item = Frame<'_>> {
    let mut left = bytes.get(FRAMES as usize..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (head, after) = left.split_first_chunk::<FRAME_HEAD>()?;
        let (of, rest) = head.split_first_chunk::<8>()?;
        let (length, stated) = rest.split_first_chunk::<4>()?;
        let rest = after.get(..u32::from_le_bytes(*length) as usize)?;
        if u64::from_le_bytes(*of) != generation || stated != hash(&[of, length, rest]) {
            return None;
        }
        left = after.get(rest.len()..)?;
        let (size, rest) = rest.split_first()?;
        let (name, rest) = rest.split_at_checked(usize::from(*size))?;
        let (offset, bytes) = rest.split_first_chunk::<8>()?;
        Some(Frame {
            name: std::str::from_utf8(name).ok()?,
            offset: u64::from_le_bytes(*offset),
            bytes,
        })
    })
}

/// Writes the frames to their logs and makes those durable.
fn restore<'a>(data: &Path, frames: impl Iterator<Item = Frame<'a>>) -> io::Result<()> {
    let mut logs: BTreeMap<&str, File> = BTreeMap::new();
    for frame in frames {
        let named =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", frame.name));
        if !is_below(Path::new(frame.name)) {
            return Err(named(io::Error::other("not a path below the data folder")));
        }
        if !logs.contains_key(frame.name) {
            // A log whose folder is gone was taken away with its contract.
            let open = OpenOptions::new().write(true).open(data.join(frame.name));
            match open {
                Ok(file) => drop(logs.insert(frame.name, file)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(named(error)),
            }
        }
        if let Some(file) = logs.get(frame.name) {
            file.write_all_at(frame.bytes, frame.offset)
                .map_err(named)?;
        }
    }
    logs.values().try_for_each(File::sync_all)
}

fn is_below(path: &Path) -> bool {
    let text = path.as_os_str().len();
    let mut parts = path.components();
    (1..=NAME_MAX).contains(&text) && parts.all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(wal: &mut Wal, name: &str, offset: u64, bytes: &[u8]) {
        let mut group = Group::default();
        wal.frame(&mut group, name, offset, bytes);
        wal.commit(&group).unwrap();
    }

    fn log(folder: &Path, name: &str) -> Vec<u8> {
        fs::read(folder.join(name)).unwrap()
    }

    #[test]
    fn what_was_committed_comes_back_and_what_was_torn_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        for name in ["a", "b"] {
            fs::write(path.join(name), b"head").unwrap();
        }
        let mut wal = Wal::open(path).unwrap();
        put(&mut wal, "a", 4, b" one");
        put(&mut wal, "b", 4, b" two");
        put(&mut wal, "gone", 0, b"whatever");
        put(&mut wal, "a", 8, b" three");
        let whole = fs::read(path.join("shares.wal")).unwrap();
        // The last frame is torn at every byte: the ones before it are there all the same.
        let last = wal.end as usize;
        let first_of_last = last - (FRAME_HEAD + 1 + 1 + 8 + 6);
        for cut in first_of_last..last {
            let mut torn = whole.clone();
            torn[cut..last].fill(0);
            fs::write(path.join("a"), b"head").unwrap();
            fs::write(path.join("shares.wal"), torn).unwrap();
            drop(Wal::open(path).unwrap());
            // The frame's last byte is no zero, so every cut tears it.
            assert_eq!(log(path, "a"), b"head one", "cut at {cut}");
        }
        fs::write(path.join("shares.wal"), &whole).unwrap();
        let mut wal = Wal::open(path).unwrap();
        assert_eq!(
            (log(path, "a"), log(path, "b")),
            (b"head one three".to_vec(), b"head two".to_vec())
        );
        // Begun anew: what the file still holds of the generation before is not written again.
        fs::write(path.join("a"), b"head").unwrap();
        put(&mut wal, "b", 8, b" four");
        drop(Wal::open(path).unwrap());
        assert_eq!(
            (log(path, "a"), log(path, "b")),
            (b"head".to_vec(), b"head two four".to_vec())
        );
    }

    #[test]
    fn it_is_written_round_and_round() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), b"").unwrap();
        let mut wal = Wal::open(folder.path()).unwrap();
        for round in 0..40_u64 {
            if wal.is_full() {
                wal.begin_anew().unwrap();
            }
            put(&mut wal, "a", round, &[7; 500_000]);
        }
        let length = fs::metadata(folder.path().join("shares.wal"))
            .unwrap()
            .len();
        assert!(length <= LENGTH + 2 * STEP as u64, "{length}");
    }

    #[test]
    fn no_frame_reaches_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["/tmp/x", "../x", "a/../../x", ""] {
            let mut wal = Wal::open(folder.path()).unwrap();
            put(&mut wal, name, 0, b"x");
            assert!(Wal::open(folder.path()).is_err(), "{name:?}");
            fs::remove_file(folder.path().join("shares.wal")).unwrap();
        }
    }
}
