//! A log on the disk: a folder with one file an epoch. The files in order are the log's bytes.
//!
//! ```text
//! 0000000000.epoch   sealed: ends with its epoch's record, never written again
//! 0000000001.open    being written
//! epochs.kept        what is left where the shares were removed (`kept.rs`)
//! ```
//! A file gets its sealed name by one rename, once all of it is on the disk. After a crash several may wait for that,
//! the last ones; opening the log does it.

use std::{
    collections::{BTreeSet, VecDeque},
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Read, Take},
    os::unix::fs::{FileExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// What is left of a log whose shares were removed.
pub(crate) const KEPT: &str = "epochs.kept";
/// The same while it is being written.
pub(crate) const KEPT_NEW: &str = "epochs.kept.new";
const READ_ONLY: u32 = 0o444;

/// A file of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Number of its epoch.
    pub number: u32,
    pub sealed: bool,
    /// Its length.
    pub bytes: u64,
}

impl Segment {
    /// Its file's name.
    pub(crate) fn name(&self) -> String {
        if self.sealed {
            sealed_name(self.number)
        } else {
            open_name(self.number)
        }
    }
}

/// What stands in a log's folder.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// By number.
    pub segments: Vec<Segment>,
    /// True where the shares were removed, or are being removed.
    pub kept: bool,
    /// Names that are none of a log's.
    pub foreign: Vec<String>,
    /// Numbers of which there are both files.
    twice: Vec<u32>,
}

impl Layout {
    /// Reads the folder; one that is not there is empty.
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        let mut layout = Self::default();
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(layout),
            Err(error) => return Err(error),
        };
        let mut numbers = BTreeSet::new();
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            match number(&name) {
                Some(number) => _ = numbers.insert(number),
                None if name == KEPT => layout.kept = true,
                None if name == KEPT_NEW => {}
                None => layout.foreign.push(name),
            }
        }
        for number in numbers {
            // One that is renamed meanwhile has at any moment one of the two names.
            let sealed = length(&folder.join(sealed_name(number)))?;
            let open = length(&folder.join(open_name(number)))?;
            if sealed.is_some() && open.is_some() {
                layout.twice.push(number);
            }
            let sealed = match (sealed, open) {
                (None, None) => length(&folder.join(sealed_name(number)))?,
                (sealed, _) => sealed,
            };
            if let Some(bytes) = sealed.or(open) {
                let sealed = sealed.is_some();
                layout.segments.push(Segment {
                    number,
                    sealed,
                    bytes,
                });
            }
        }
        layout.foreign.sort();
        Ok(layout)
    }

    /// What is wrong with the names, if anything: of which file, and a sentence.
    pub(crate) fn fault(&self) -> Option<(String, String)> {
        if let Some(number) = self.twice.first() {
            return Some((sealed_name(*number), "it is there open and sealed".into()));
        }
        let mut open = None;
        for (expected, segment) in (0..).zip(&self.segments) {
            if segment.number != expected {
                return Some((sealed_name(expected), "it is missing".into()));
            }
            if let Some(before) = open.filter(|_| segment.sealed) {
                let message = "it is not sealed, but the one after it is";
                return Some((open_name(before), message.into()));
            }
            open = open.or((!segment.sealed).then_some(segment.number));
        }
        None
    }

    /// The file in which a byte of the log stands, and where in it.
    pub(crate) fn place(&self, offset: u64) -> Option<(String, u64)> {
        let mut left = offset;
        for (index, segment) in self.segments.iter().enumerate() {
            if left < segment.bytes || index + 1 == self.segments.len() {
                return Some((segment.name(), left));
            }
            left -= segment.bytes;
        }
        None
    }

    /// Each file but the last must end with its epoch's record, which is its only one. Which does not, and where: by
    /// the places where epochs end, and where the last whole record does.
    pub(crate) fn misfit(&self, ends: &[u64], whole: u64) -> Option<(String, u64)> {
        let mut begin = 0;
        let mut ends = ends.iter().copied().peekable();
        for (index, segment) in self.segments.iter().enumerate() {
            let last = index + 1 == self.segments.len();
            let listed = begin + segment.bytes;
            let end = if last { whole.min(listed) } else { listed };
            let within = ends.next_if(|at| *at <= end);
            let fits = match within {
                Some(at) => at == end && (listed == end || !segment.sealed),
                None => last && !segment.sealed,
            };
            if !fits {
                let at = within.map_or(segment.bytes, |at| at.saturating_sub(begin));
                return Some((segment.name(), at));
            }
            begin = listed;
        }
        None
    }

    /// All bytes of the log.
    pub(crate) fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }
}

/// Of a file that is there.
fn length(path: &Path) -> io::Result<Option<u64>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.len())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// `0000000007.epoch`.
pub(crate) fn sealed_name(number: u32) -> String {
    format!("{number:010}.epoch")
}

/// `0000000007.open`.
pub(crate) fn open_name(number: u32) -> String {
    format!("{number:010}.open")
}

/// What a segment is called where it does not matter whether it is sealed.
pub(crate) fn stem(number: u32) -> String {
    format!("{number:010}")
}

/// The number in a segment's name.
fn number(name: &str) -> Option<u32> {
    let number = name.get(..10)?.parse().ok()?;
    let known = name == sealed_name(number) || name == open_name(number);
    known.then_some(number)
}

/// Opens a segment to read, which may be sealed meanwhile.
pub(crate) fn open_to_read(folder: &Path, number: u32) -> io::Result<File> {
    let names = [open_name(number), sealed_name(number)];
    let opened = names.map(|name| File::open(folder.join(name)));
    let [open, sealed] = opened;
    match open {
        Err(error) if error.kind() == io::ErrorKind::NotFound => sealed,
        open => open,
    }
}

/// Opens a segment that is being written, or makes it.
pub(super) fn open_to_write(folder: &Path, number: u32) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(folder.join(open_name(number)))
}

/// Gives a segment that is whole, and synced, its sealed name.
pub(super) fn seal(folder: &Path, number: u32, file: &File) -> io::Result<()> {
    fs::rename(
        folder.join(open_name(number)),
        folder.join(sealed_name(number)),
    )?;
    // After the rename: one that is not sealed yet must be writable at the next start.
    file.set_permissions(Permissions::from_mode(READ_ONLY))?;
    sync_folder(folder)
}

/// What a crash kept from a sealed segment.
pub(super) fn make_read_only(folder: &Path, number: u32) -> io::Result<()> {
    let path = folder.join(sealed_name(number));
    if fs::metadata(&path)?.permissions().mode() & 0o222 != 0 {
        fs::set_permissions(&path, Permissions::from_mode(READ_ONLY))?;
    }
    Ok(())
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    File::open(folder)?.sync_all()
}

/// Makes the folder with all that hold it, durably.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = folder
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .collect();
    fs::create_dir_all(folder)?;
    // A new name is durable only with the folder that holds it.
    let holders = missing.into_iter().filter_map(Path::parent);
    holders.into_iter().try_for_each(sync_folder)
}

/// The bytes of a log's segments, one after the other, each as long as it was listed.
pub(crate) struct Segments {
    folder: PathBuf,
    left: VecDeque<Segment>,
    current: Option<Take<File>>,
}

impl Segments {
    pub(crate) fn new(folder: &Path, layout: &Layout) -> Self {
        Self {
            folder: folder.to_owned(),
            left: layout.segments.iter().copied().collect(),
            current: None,
        }
    }
}

impl Read for Segments {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(current) = &mut self.current {
                match current.read(buffer)? {
                    0 => self.current = None,
                    read => return Ok(read),
                }
            }
            let Some(next) = self.left.pop_front() else {
                return Ok(0);
            };
            let file = open_to_read(&self.folder, next.number)?;
            self.current = Some(file.take(next.bytes));
        }
    }
}

/// Where segments' bytes are written: the operating system, or a test that says how that fails.
#[derive(Debug, Default)]
pub(super) struct Disk {
    #[cfg(test)]
    pub failing: std::sync::Mutex<Failing>,
}

/// What a test lets fail.
#[cfg(test)]
#[derive(Debug, Default)]
pub(super) struct Failing {
    pub writing: Option<io::ErrorKind>,
    pub syncing: Option<io::ErrorKind>,
    pub sealing: Option<io::ErrorKind>,
    /// Syncing takes for as long as this is set.
    pub stalls: bool,
    /// Writing ends the thread.
    pub panics: bool,
}

impl Disk {
    pub(super) fn write_all_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        #[cfg(test)]
        {
            let failing = self.failing.lock().unwrap();
            let (writing, panics) = (failing.writing, failing.panics);
            drop(failing);
            assert!(!panics, "as the test wants it");
            if let Some(kind) = writing {
                // As a full disk does: it takes a part.
                file.write_all_at(bytes.split_at(bytes.len() / 2).0, offset)?;
                return Err(kind.into());
            }
        }
        file.write_all_at(bytes, offset)
    }

    pub(super) fn sync(&self, file: &File) -> io::Result<()> {
        #[cfg(test)]
        {
            while self.failing.lock().unwrap().stalls {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            if let Some(kind) = self.failing.lock().unwrap().syncing {
                // What was not written is lost: other bytes stand there.
                let end = file.metadata()?.len();
                file.write_all_at(&[0xff; 8], end - 8)?;
                return Err(kind.into());
            }
        }
        file.sync_all()
    }

    pub(super) fn seal(&self, folder: &Path, number: u32, file: &File) -> io::Result<()> {
        #[cfg(test)]
        if let Some(kind) = self.failing.lock().unwrap().sealing {
            return Err(kind.into());
        }
        seal(folder, number, file)
    }
}

/// True where the same may succeed later, without anything being lost.
pub(super) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
