//! The write-ahead log: what is acknowledged is durable here first, for all contracts by one sync.
//!
//! A log of each contract alone would need a sync each, and a file that grows needs its length written too, which takes
//! ten times as long at the slowest. So one file of fixed length is written round and round. What it holds is also
//! written to the contracts' own segments, and those are synced before it begins anew. After a crash its frames are
//! written to the segments once more, but to those that were sealed meanwhile: these were synced before they got that
//! name.
//!
//! ```text
//! header   magic "assaywal" | generation u64 | hash
//! frame    generation u64 | length u32 of the rest | hash | name's length u8 | name | offset u64 | bytes
//! ```
//! The name is a segment's path below the data folder without `.open` or `.epoch`; the offset is in that file. Numbers
//! are little-endian. A hash is the first 8 bytes of SHA-256 over the other fields. The first frame that has
//! another generation or a wrong hash was never acknowledged, nor was any after it.

use super::layout;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions},
    io::{self, Read},
    os::unix::fs::FileExt,
    path::{Component, Path, PathBuf},
};

/// The file's name in the data folder.
pub(crate) const NAME: &str = "shares.wal";

const MAGIC: &[u8; 8] = b"assaywal";
/// Frames begin there: the header is a block of its own.
const FRAMES: u64 = 4_096;
/// Once it is written that far, it begins anew.
const LENGTH: u64 = 8 << 20;
/// Zeros are written so much at once. A step more than the length is there from the start, so that a full disk does not
/// keep the frames of what is about to be full.
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
            .open(data.join(NAME))?;
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
        wal.grow(LENGTH + STEP as u64)?;
        wal.file.sync_all()?;
        Ok(wal)
    }

    fn grow(&mut self, length: u64) -> io::Result<()> {
        while self.allocated < length {
            self.file.write_all_at(&vec![0; STEP], self.allocated)?;
            self.allocated += STEP as u64;
        }
        Ok(())
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
        self.grow(end)?;
        if let Err(error) = self.file.write_all_at(&group.0, self.end) {
            // Where there is no room, the next group is written over what there is of this one.
            self.broken = !layout::is_full(&error);
            return Err(error);
        }
        let synced = self.file.sync_data();
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

/// A frame as it stands in the file.
struct Frame<'a> {
    name: &'a str,
    offset: u64,
    bytes: &'a [u8],
}

/// Reads a frame from the front; answers also how long it is.
fn frame(bytes: &[u8], generation: u64) -> Option<(Frame<'_>, usize)> {
    let (head, after) = bytes.split_first_chunk::<FRAME_HEAD>()?;
    let (of, rest) = head.split_first_chunk::<8>()?;
    if u64::from_le_bytes(*of) != generation {
        return None;
    }
    let (length, stated) = rest.split_first_chunk::<4>()?;
    let rest = after.get(..u32::from_le_bytes(*length) as usize)?;
    if stated != hash(&[of, length, rest]) {
        return None;
    }
    let whole = FRAME_HEAD + rest.len();
    let (size, rest) = rest.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::from(*size))?;
    let (offset, bytes) = rest.split_first_chunk::<8>()?;
    let frame = Frame {
        name: std::str::from_utf8(name).ok()?,
        offset: u64::from_le_bytes(*offset),
        bytes,
    };
    Some((frame, whole))
}

fn frames(bytes: &[u8], generation: u64) -> impl Iterator<Item = Frame<'_>> {
    let mut left = bytes.get(FRAMES as usize..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (frame, length) = frame(left, generation)?;
        left = left.get(length..)?;
        Some(frame)
    })
}

/// Writes the frames to their segments and makes those durable.
fn restore<'a>(data: &Path, frames: impl Iterator<Item = Frame<'a>>) -> io::Result<()> {
    // None: nothing is to be written to it.
    let mut segments: BTreeMap<&str, Option<File>> = BTreeMap::new();
    let mut folders: BTreeSet<PathBuf> = BTreeSet::new();
    for frame in frames {
        let named =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", frame.name));
        let (folder, number) = segment(frame.name)
            .ok_or_else(|| named(io::Error::other("no segment below the data folder; one of an earlier version needs a new data folder")))?;
        let folder = data.join(folder);
        if !segments.contains_key(frame.name) {
            let file = to_restore(&folder, number).map_err(named)?;
            if file.is_some() {
                folders.insert(folder);
            }
            segments.insert(frame.name, file);
        }
        if let Some(Some(file)) = segments.get(frame.name) {
            file.write_all_at(frame.bytes, frame.offset)
                .map_err(named)?;
        }
    }
    let mut files = segments.values().flatten();
    files.try_for_each(File::sync_all)?;
    folders
        .iter()
        .try_for_each(|folder| layout::sync_folder(folder))
}

/// The segment's file, where it is to be written to. One whose name was not durable yet is made again.
fn to_restore(folder: &Path, number: u32) -> io::Result<Option<File>> {
    // A log whose folder is gone was taken away with its contract.
    let gone = !folder.is_dir() || folder.join(layout::KEPT).exists();
    if gone || folder.join(layout::sealed_name(number)).exists() {
        return Ok(None);
    }
    layout::open_to_write(folder, number).map(Some)
}

/// The folder and the number of a segment by its name in a frame.
fn segment(name: &str) -> Option<(&str, u32)> {
    let (folder, stem) = name.rsplit_once('/')?;
    let number = stem.parse().ok()?;
    (is_below(Path::new(name)) && stem == layout::stem(number)).then_some((folder, number))
}

fn is_below(path: &Path) -> bool {
    let text = path.as_os_str().len();
    let mut parts = path.components();
    (1..=NAME_MAX).contains(&text) && parts.all(|part| matches!(part, Component::Normal(_)))
}

/// Bytes of a segment and their offsets in it.
pub(crate) type Pieces = Vec<(u64, Vec<u8>)>;

/// What a write-ahead log holds for the segments, read without changing anything; also while a server writes to it.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// By log and number of the segment: in the order of their commits.
    pub frames: BTreeMap<(String, u32), Pieces>,
    /// Where a frame is damaged, and what is wrong with it.
    pub fault: Option<(u64, String)>,
}

impl Held {
    /// # Errors
    /// Where the file is there and cannot be read.
    pub(crate) fn read(data: &Path) -> io::Result<Self> {
        let mut held = Self::default();
        // A frame that is being written looks like a damaged one: then it is read again.
        for _ in 0..5 {
            let bytes = match fs::read(data.join(NAME)) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(held),
                Err(error) => return Err(error),
            };
            held = Self::of(&bytes);
            if held.fault.is_none() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        Ok(held)
    }

    fn of(bytes: &[u8]) -> Self {
        let mut held = Self::default();
        let Some(generation) = generation(bytes) else {
            if bytes.iter().any(|byte| *byte != 0) {
                held.fault = Some((0, "its header is damaged".into()));
            }
            return held;
        };
        let mut end = FRAMES as usize;
        while let Some((found, length)) = bytes.get(end..).and_then(|at| frame(at, generation)) {
            let Some((log, number)) = segment(found.name) else {
                held.fault = Some((end as u64, "a frame is of no segment".into()));
                return held;
            };
            let frames = held.frames.entry((log.to_owned(), number)).or_default();
            frames.push((found.offset, found.bytes.to_vec()));
            end += length;
        }
        // Frames are written one after the other: a whole one behind one that is not says that this one was whole.
        let of = generation.to_le_bytes();
        let mut after = bytes.get(end..).unwrap_or_default();
        // Mostly nothing was ever written there.
        let zeros = [0; 1 << 12];
        while let Some(before) = after.strip_suffix(&zeros) {
            after = before;
        }
        let mut starts = (1..after.len()).filter(|at| after.get(*at..*at + 8) == Some(&of));
        let later = starts.any(|at| {
            after
                .get(at..)
                .is_some_and(|at| frame(at, generation).is_some())
        });
        if later {
            held.fault = Some((
                end as u64,
                "a frame is damaged, and whole ones follow".into(),
            ));
        }
        held
    }
}

#[cfg(test)]
mod tests;
