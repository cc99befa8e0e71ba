//! The write-ahead log: what is acknowledged is durable here first, for all contracts by one sync.
//!
//! A log of each contract alone would need a sync each, and a file that grows needs its length written too, which takes
//! ten times as long at the slowest. So two files of fixed length are written in turn. What they hold is also written to
//! the contracts' own segments. While one is written, the segments that the other stands for are synced (`sealer.rs`);
//! only after that it begins anew. After a crash the frames of both are written to the segments once more, those of the
//! older one first, but to segments that were sealed meanwhile: these were synced before they got that name. A file whose
//! segments were synced may still hold its frames: they say what stands there anyway.
//!
//! ```text
//! header   magic "assaywal" | generation u64 | hash
//! frame    generation u64 | length u32 of the rest | hash | name's length u8 | name | offset u64 | bytes
//! ```
//! Each time a file begins anew it gets a generation that is above both files'; its header becomes durable with its first
//! frames. The name is a segment's path below the data folder without `.open` or `.epoch`; the offset is in that file.
//! Numbers are little-endian. A hash is the first 8 bytes of SHA-256 over the other fields. The first frame that has
//! another generation or a wrong hash was never acknowledged, nor was any after it.

mod held;

use super::layout;
pub(crate) use held::Held;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions},
    io::{self, Read},
    os::unix::fs::FileExt,
    path::{Component, Path, PathBuf},
};

/// The files' names in the data folder.
pub(crate) const NAMES: [&str; 2] = ["shares.wal", "shares-2.wal"];

const MAGIC: &[u8; 8] = b"assaywal";
/// Frames begin there: the header is a block of its own.
const FRAMES: u64 = 4_096;
/// Once a file is written that far, it is the other one's turn.
const LENGTH: u64 = 8 << 20;
/// Zeros are written so much at once. A step more than the length is there from the start, so that a full disk does not
/// keep the frames of what is about to be full.
const STEP: usize = 1 << 20;
const FRAME_HEAD: usize = 8 + 4 + 8;
const NAME_MAX: usize = 255;

/// The open files.
pub(super) struct Wal {
    /// The one that is written.
    current: Half,
    other: Half,
    /// After a failed sync nobody knows what the file holds: only opening it again tells.
    broken: bool,
}

struct Half {
    file: File,
    generation: u64,
    /// False where the file's header may still be of an earlier generation.
    headed: bool,
    end: u64,
    allocated: u64,
}

/// Frames that become durable together.
#[derive(Default)]
pub(super) struct Group(Vec<u8>);

impl Group {
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }
}

impl Wal {
    /// Opens the files in `data`, or makes them; writes what they hold to the logs, makes those durable, and begins anew.
    ///
    /// # Errors
    /// Where a file cannot be read or written.
    pub(super) fn open(data: &Path) -> io::Result<Self> {
        fs::create_dir_all(data)?;
        let [first, second] = NAMES.map(|name| Half::open(&data.join(name)));
        let ((first, in_first), (second, in_second)) = (first?, second?);
        File::open(data)?.sync_all()?;
        let mut both = [(&first, in_first), (&second, in_second)];
        both.sort_by_key(|(half, _)| half.generation);
        let held = both.iter();
        restore(
            data,
            held.flat_map(|(half, bytes)| frames(bytes, half.generation)),
        )?;
        let mut wal = Self {
            current: first,
            other: second,
            broken: false,
        };
        // Frames of the generation after the newest header may be on the disk without theirs: that one is not used.
        wal.other.generation = wal.newest() + 1;
        // Both, so that no frame is found again.
        for _ in 0..2 {
            wal.turn();
            let begun = &mut wal.current;
            begun.grow(LENGTH + STEP as u64)?;
            begun.head()?;
            begun.file.sync_all()?;
        }
        Ok(wal)
    }

    /// Adds a frame: these bytes stand at `offset` of the log `name`, a path below the data folder. The group must be
    /// committed before the next turn.
    pub(super) fn frame(&self, group: &mut Group, name: &str, offset: u64, bytes: &[u8]) {
        let generation = self.current.generation.to_le_bytes();
        let name = name.as_bytes();
        let length = 1 + name.len() + 8 + bytes.len();
        let mut rest = Vec::with_capacity(length);
        rest.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        rest.extend_from_slice(name);
        rest.extend_from_slice(&offset.to_le_bytes());
        rest.extend_from_slice(bytes);
        let length = u32::try_from(rest.len()).unwrap_or(u32::MAX);
        let out = &mut group.0;
        out.extend_from_slice(&generation);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&hash(&[&generation, &length.to_le_bytes(), &rest]));
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
        if let Err(error) = self.current.write(group) {
            // Where there is no room, the next group is written over what there is of this one.
            self.broken = !layout::is_full(&error);
            return Err(error);
        }
        let synced = self.current.file.sync_data();
        self.broken = synced.is_err();
        self.current.end += group.0.len() as u64;
        synced
    }

    /// A log that the other file's frames stand for could not be synced: they must stay.
    pub(super) const fn give_up(&mut self) {
        self.broken = true;
    }

    /// True once the other file should be written.
    pub(super) const fn is_full(&self) -> bool {
        self.current.end >= LENGTH
    }

    const fn newest(&self) -> u64 {
        let (current, other) = (self.current.generation, self.other.generation);
        if current > other { current } else { other }
    }

    /// From now on the other file is written, and what it held is forgotten: that must be durable in the logs.
    pub(super) const fn turn(&mut self) {
        let newest = self.newest();
        std::mem::swap(&mut self.current, &mut self.other);
        self.current.generation = newest + 1;
        self.current.headed = false;
        self.current.end = FRAMES;
    }
}

impl Half {
    /// Opens the file, or makes it; answers also what it holds.
    fn open(path: &Path) -> io::Result<(Self, Vec<u8>)> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let found = generation(&bytes);
        if found.is_none() {
            // Torn while it began anew, when nothing in it was needed. No old frame may ever pass for a new one.
            file.set_len(0)?;
            bytes.clear();
        }
        let half = Self {
            file,
            generation: found.unwrap_or(0),
            headed: found.is_some(),
            end: FRAMES,
            allocated: bytes.len() as u64,
        };
        Ok((half, bytes))
    }

    fn grow(&mut self, length: u64) -> io::Result<()> {
        while self.allocated < length {
            self.file.write_all_at(&vec![0; STEP], self.allocated)?;
            self.allocated += STEP as u64;
        }
        Ok(())
    }

    /// The header goes in front of the frames: one that is read before them is older than they are.
    fn head(&mut self) -> io::Result<()> {
        let number = self.generation.to_le_bytes();
        let header = [&MAGIC[..], &number, &hash(&[MAGIC, &number])].concat();
        self.file.write_all_at(&header, 0)?;
        self.headed = true;
        Ok(())
    }

    fn write(&mut self, group: &Group) -> io::Result<()> {
        self.grow(self.end + group.0.len() as u64)?;
        if !self.headed {
            self.head()?;
        }
        self.file.write_all_at(&group.0, self.end)
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

/// Writes to a segment once more what the files in `data` hold of it: after a sync for which there was no room, nobody
/// knows what of it is on the disk.
///
/// # Errors
/// Where a file cannot be read or written.
pub(super) fn rewrite(data: &Path, folder: &Path, number: u32, file: &File) -> io::Result<()> {
    let held = Held::read(data)?;
    let log = folder.strip_prefix(data).map_err(io::Error::other)?;
    let log = log.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
    let pieces = held.frames.get(&(log.to_owned(), number));
    let mut pieces = pieces.into_iter().flatten();
    pieces.try_for_each(|(offset, bytes)| file.write_all_at(bytes, *offset))
}

#[cfg(test)]
mod tests;
