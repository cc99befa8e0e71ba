//! What the write-ahead log holds, read without changing anything.

use super::{FRAMES, NAMES, frame, generation, segment};
use std::{collections::BTreeMap, fs, io, path::Path};

/// Bytes of a segment and their offsets in it.
pub(crate) type Pieces = Vec<(u64, Vec<u8>)>;

/// What a write-ahead log holds for the segments; also while a server writes to it.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// By log and number of the segment: in the order of their commits.
    pub frames: BTreeMap<(String, u32), Pieces>,
    /// What is damaged.
    pub fault: Option<Damage>,
}

/// Where a file is damaged, and what is wrong with it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    pub file: &'static str,
    pub offset: u64,
    pub message: &'static str,
}

impl Held {
    /// # Errors
    /// Where a file is there and cannot be read.
    pub(crate) fn read(data: &Path) -> io::Result<Self> {
        let mut held = Self::default();
        // A frame that is being written looks like a damaged one: then all is read again.
        for _ in 0..5 {
            let [first, second] = NAMES.map(|name| read(&data.join(name)));
            let (first, second) = (first?, second?);
            held = Self::of([&first, &second]);
            if held.fault.is_none() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        Ok(held)
    }

    pub(super) fn of(files: [&[u8]; 2]) -> Self {
        let mut held = Self::default();
        let mut halves: Vec<_> = NAMES.into_iter().zip(files).collect();
        halves.sort_by_key(|(_, bytes)| generation(bytes));
        for (file, bytes) in halves {
            if let Err((offset, message)) = held.take(bytes) {
                let damage = Damage {
                    file,
                    offset,
                    message,
                };
                held.fault = held.fault.or(Some(damage));
            }
        }
        held
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), (u64, &'static str)> {
        let Some(generation) = generation(bytes) else {
            let zeros = bytes.iter().all(|byte| *byte == 0);
            return zeros.then_some(()).ok_or((0, "its header is damaged"));
        };
        let mut end = FRAMES as usize;
        while let Some((found, length)) = bytes.get(end..).and_then(|at| frame(at, generation)) {
            let Some((log, number)) = segment(found.name) else {
                return Err((end as u64, "a frame is of no segment"));
            };
            let frames = self.frames.entry((log.to_owned(), number)).or_default();
            frames.push((found.offset, found.bytes.to_vec()));
            end += length;
        }
        let after = bytes.get(end..).unwrap_or_default();
        if is_begun_anew(after, generation) || !has_frame(after, generation) {
            return Ok(());
        }
        Err((end as u64, "a frame is damaged, and whole ones follow"))
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        bytes => bytes,
    }
}

/// True where a frame of a later generation stands: its header is not there yet, or never got to the disk.
fn is_begun_anew(bytes: &[u8], generation: u64) -> bool {
    let later = bytes.first_chunk().map(|of| u64::from_le_bytes(*of));
    let later = later.filter(|later| *later > generation);
    later.is_some_and(|later| frame(bytes, later).is_some())
}

/// Frames are written one after the other: a whole one behind one that is not says that this one was whole.
fn has_frame(mut bytes: &[u8], generation: u64) -> bool {
    let of = generation.to_le_bytes();
    // Mostly nothing was ever written there.
    let zeros = [0; 1 << 12];
    while let Some(before) = bytes.strip_suffix(&zeros) {
        bytes = before;
    }
    let mut starts = (1..bytes.len()).filter(|at| bytes.get(*at..*at + 8) == Some(&of));
    starts.any(|at| {
        bytes
            .get(at..)
            .is_some_and(|at| frame(at, generation).is_some())
    })
}
