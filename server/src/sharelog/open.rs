//! Opening a log: verifying it, and cutting off what a crash left half-written.

use super::{
    Durable, Inner, Kept, Recorder, ShareLog,
    layout::{self, Layout, Segments},
    scan::{EPOCH, Scan},
};
use pow::{
    WorkSum,
    bundle::{Code, EpochLine, Fault, Terms, Verdict, Verifier, Writer},
};
use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use tokio::sync::watch;

/// A tail of zeros is cut up to this length: more than waits for the disk at once.
const ZEROS_MAX: u64 = 32 << 20;

/// Why a log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file system failed.
    #[error("the share log {path} cannot be opened: {why}")]
    File {
        /// Which folder.
        path: String,
        /// Why.
        why: io::Error,
    },
    /// A file is not what a log of this contract holds there.
    #[error("the share log {path} is damaged at byte {offset}: {message}")]
    Damaged {
        /// Which file.
        path: String,
        /// Where.
        offset: u64,
        /// What.
        message: String,
    },
    /// The log is another contract's.
    #[error(
        "the share log {path} states other terms than the contract (or the same ones as an earlier version wrote them)"
    )]
    OtherTerms {
        /// Which folder.
        path: String,
    },
    /// Its terms are not as this version writes them.
    #[error(
        "the share log {path} begins with terms that this version cannot read: it is of an earlier version (or damaged); begin with a new data folder, or go on with the version that wrote it"
    )]
    EarlierTerms {
        /// Which folder.
        path: String,
    },
    /// Before logs had segments.
    #[error(
        "{path} is of an earlier version, which kept a contract's shares in one file: begin with a new data folder"
    )]
    Earlier {
        /// Which file.
        path: String,
    },
}

/// An open log, and what it already holds.
pub struct Opened {
    /// The log.
    pub log: Arc<ShareLog>,
    /// Its sealed epochs: each must be settled.
    pub sealed: Vec<EpochLine>,
    /// What each login delivered.
    pub by_login: BTreeMap<String, WorkSum>,
}

/// What the segments hold.
struct Verified {
    verifier: Verifier,
    /// Where epochs end.
    ends: Vec<u64>,
}

impl ShareLog {
    /// Opens the log of a contract with these terms, or starts it. Not more than one may be open of a folder.
    ///
    /// # Errors
    /// `OpenError`; then the files are as they were.
    pub fn open(folder: &Path, terms: &Terms, recorder: &Recorder) -> Result<Opened, OpenError> {
        let failed = |why| OpenError::File {
            path: folder.display().to_string(),
            why,
        };
        let earlier = folder.with_extension("log");
        if earlier.is_file() {
            let path = earlier.display().to_string();
            return Err(OpenError::Earlier { path });
        }
        layout::make_folder(folder).map_err(failed)?;
        let mut layout = Layout::read(folder).map_err(failed)?;
        if layout.kept {
            return open_kept(folder, &layout, terms, recorder);
        }
        if let Some((name, message)) = layout.fault() {
            return Err(damaged(folder.join(name), 0, message));
        }
        let mut verified = verify(folder, &layout).map_err(failed)?;
        if cut_zeros(folder, &mut layout, verified.verifier.whole_bytes()).map_err(failed)? {
            verified = verify(folder, &layout).map_err(failed)?;
        }
        let Verified { verifier, mut ends } = verified;
        let (sealed, by_login) = (verifier.epochs().to_vec(), verifier.by_login());
        let whole = verifier.whole_bytes();
        ends.retain(|end| *end <= whole);
        let (writer, total) = match verifier.into_writer() {
            Ok(writer) if writer.state().terms() == terms => (writer, whole),
            Ok(_) => {
                let path = folder.display().to_string();
                return Err(OpenError::OtherTerms { path });
            }
            Err(verdict) if is_not_begun(&verdict, &layout) => {
                begin(folder, terms).map_err(failed)?
            }
            Err(verdict) => return Err(fault(folder, &layout, &verdict, whole)),
        };
        if let Some((name, offset)) = layout.misfit(&ends, whole) {
            let message = "the file does not end with its epoch".into();
            return Err(damaged(folder.join(name), offset, message));
        }
        if total == whole {
            cut(folder, &layout, whole).map_err(failed)?;
        }
        seal_whole(folder, &layout, ends.len()).map_err(failed)?;
        let inner = Inner {
            ends,
            ..Inner::of(writer, total)
        };
        Ok(Opened {
            log: Self::of(folder, inner, recorder).map_err(failed)?,
            sealed,
            by_login,
        })
    }

    fn of(folder: &Path, inner: Inner, recorder: &Recorder) -> io::Result<Arc<Self>> {
        let (durable, _) = watch::channel(Durable {
            bytes: inner.total,
            stalled: false,
            failed: false,
        });
        let log = Arc::new(Self {
            folder: folder.to_owned(),
            name: recorder.name(folder)?,
            inner: Mutex::new(inner),
            writing: Mutex::default(),
            durable,
            recorder: recorder.clone(),
            recorded: true,
        });
        recorder.add(&log);
        Ok(log)
    }

    /// A log that is kept nowhere: it judges as the others do, and everything in it counts as durable at once.
    ///
    /// # Errors
    /// `Code` where no log can have these terms.
    pub fn unrecorded(terms: &Terms, recorder: &Recorder) -> Result<Arc<Self>, Code> {
        let writer = Writer::new(terms.clone(), &mut Vec::new())?;
        let (durable, _) = watch::channel(Durable {
            bytes: u64::MAX,
            stalled: false,
            failed: false,
        });
        Ok(Arc::new(Self {
            folder: PathBuf::new(),
            name: String::new(),
            inner: Mutex::new(Inner::of(writer, 0)),
            writing: Mutex::default(),
            durable,
            recorder: recorder.clone(),
            recorded: false,
        }))
    }
}

impl Inner {
    const fn of(writer: Writer, total: u64) -> Self {
        Self {
            writer,
            pending: Vec::new(),
            total,
            ends: Vec::new(),
            queued: false,
            stalled: false,
            failed: false,
            ended: false,
            removed: None,
        }
    }
}

/// A log whose shares were removed.
fn open_kept(
    folder: &Path,
    layout: &Layout,
    terms: &Terms,
    recorder: &Recorder,
) -> Result<Opened, OpenError> {
    let failed = |why| OpenError::File {
        path: folder.display().to_string(),
        why,
    };
    let path = || folder.join(layout::KEPT);
    let kept = Kept::read(folder).map_err(failed)?;
    if let Err(message) = kept.check() {
        return Err(damaged(path(), 0, message));
    }
    let mut begun = Vec::new();
    let writer =
        Writer::new(terms.clone(), &mut begun).map_err(|why| failed(io::Error::other(why)))?;
    if !kept.is_of(&begun) {
        let path = folder.display().to_string();
        return Err(OpenError::OtherTerms { path });
    }
    // A crash may have come while they were being removed.
    super::kept::remove_segments(folder, layout).map_err(failed)?;
    let sealed = kept.epochs();
    let inner = Inner {
        removed: Some(kept.removed()),
        ..Inner::of(writer, 0)
    };
    Ok(Opened {
        log: ShareLog::of(folder, inner, recorder).map_err(failed)?,
        sealed,
        by_login: BTreeMap::new(),
    })
}

fn damaged(path: PathBuf, offset: u64, message: String) -> OpenError {
    OpenError::Damaged {
        path: path.display().to_string(),
        offset,
        message,
    }
}

fn fault(folder: &Path, layout: &Layout, verdict: &Verdict, whole: u64) -> OpenError {
    let fault = verdict.faults.first();
    if verdict.terms.is_none() && fault.is_some_and(|fault| fault.code == Code::BadFrame) {
        let path = folder.display().to_string();
        return OpenError::EarlierTerms { path };
    }
    let offset = fault.map_or(whole, |fault| fault.offset);
    let message = fault.map_or_else(String::new, |fault| fault.message.clone());
    let (name, offset) = layout.place(offset).unwrap_or_default();
    damaged(folder.join(name), offset, message)
}

/// The crash came before the terms were whole: nothing was acknowledged yet.
fn is_not_begun(verdict: &Verdict, layout: &Layout) -> bool {
    let is_cut = |fault: &Fault| fault.code == Code::Truncated;
    let first = layout.segments.iter().all(|segment| segment.number == 0);
    first && verdict.terms.is_none() && verdict.faults.iter().all(is_cut)
}

/// After a power cut a file may end in zeros: its length was written, its bytes were not. No record begins with a zero,
/// so nothing that was acknowledged is cut.
fn cut_zeros(folder: &Path, layout: &mut Layout, whole: u64) -> io::Result<bool> {
    let before = layout.bytes();
    let Some(last) = layout.segments.last_mut().filter(|last| !last.sealed) else {
        return Ok(false);
    };
    let Some(keep) = whole.checked_sub(before - last.bytes) else {
        return Ok(false);
    };
    let mut file = layout::open_to_read(folder, last.number)?;
    io::Seek::seek(&mut file, io::SeekFrom::Start(keep))?;
    let mut tail = Vec::new();
    file.take(ZEROS_MAX).read_to_end(&mut tail)?;
    let all = tail.len() as u64 == last.bytes.saturating_sub(keep);
    if tail.is_empty() || !all || tail.iter().any(|byte| *byte != 0) {
        return Ok(false);
    }
    set_length(folder, last.number, keep)?;
    last.bytes = keep;
    Ok(true)
}

fn set_length(folder: &Path, number: u32, length: u64) -> io::Result<()> {
    let name = layout::open_name(number);
    let file = OpenOptions::new().write(true).open(folder.join(name))?;
    file.set_len(length)?;
    file.sync_all()
}

fn verify(folder: &Path, layout: &Layout) -> io::Result<Verified> {
    let mut segments = Segments::new(folder, layout);
    let (mut verifier, mut scan) = (Verifier::of_log(), Scan::default());
    let mut ends = Vec::new();
    let mut chunk = vec![0; 1 << 16];
    loop {
        let read = segments.read(&mut chunk)?;
        if read == 0 {
            return Ok(Verified { verifier, ends });
        }
        let bytes = chunk.get(..read).unwrap_or_default();
        scan.push(bytes, &mut |found| {
            if found.kind == EPOCH {
                ends.push(found.end);
            }
        });
        verifier.push(bytes);
    }
}

fn begin(folder: &Path, terms: &Terms) -> io::Result<(Writer, u64)> {
    let mut bytes = Vec::new();
    let writer = Writer::new(terms.clone(), &mut bytes).map_err(io::Error::other)?;
    let mut file: File = layout::open_to_write(folder, 0)?;
    file.set_len(0)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    layout::sync_folder(folder)?;
    Ok((writer, bytes.len() as u64))
}

/// Cuts the last segment after the last whole record.
fn cut(folder: &Path, layout: &Layout, whole: u64) -> io::Result<()> {
    let Some(last) = layout.segments.last().filter(|last| !last.sealed) else {
        return Ok(());
    };
    let keep = whole.saturating_sub(layout.bytes() - last.bytes);
    if keep < last.bytes {
        set_length(folder, last.number, keep)?;
    }
    Ok(())
}

/// Seals what a crash kept from it.
fn seal_whole(folder: &Path, layout: &Layout, epochs: usize) -> io::Result<()> {
    for segment in layout.segments.iter().take(epochs) {
        if segment.sealed {
            layout::make_read_only(folder, segment.number)?;
        } else {
            let file = layout::open_to_write(folder, segment.number)?;
            file.sync_all()?;
            layout::seal(folder, segment.number, &file)?;
        }
    }
    Ok(())
}
