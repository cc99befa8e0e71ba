//! Opening a log: verifying it, and cutting off what a crash left half-written.

use super::{Durable, Inner, Recorder, ShareLog};
use pow::{
    WorkSum,
    bundle::{EpochLine, Terms, Verifier, Writer},
};
use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
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
        /// Which file.
        path: String,
        /// Why.
        why: io::Error,
    },
    /// The file is not a valid log.
    #[error("the share log {path} is damaged at byte {offset}: {message}")]
    Damaged {
        /// Which file.
        path: String,
        /// Where.
        offset: u64,
        /// What.
        message: String,
    },
    /// The file is another contract's.
    #[error("the share log {path} states other terms than the contract")]
    OtherTerms {
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

impl ShareLog {
    /// Opens the log of a contract with these terms, or starts it.
    ///
    /// # Errors
    /// `OpenError`; then the file is as it was.
    pub fn open(path: &Path, terms: &Terms, recorder: &Recorder) -> Result<Opened, OpenError> {
        let name = || path.display().to_string();
        let read = |why| OpenError::File { path: name(), why };
        let mut file = create(path).map_err(read)?;
        let mut verifier = verify(&mut file).map_err(read)?;
        if cut_zeros(&mut file, verifier.whole_bytes()).map_err(read)? {
            verifier = verify(&mut file).map_err(read)?;
        }
        let (sealed, by_login) = (verifier.epochs().to_vec(), verifier.by_login());
        let whole = verifier.whole_bytes();
        let (writer, total) = match verifier.into_writer() {
            Ok(writer) if writer.state().terms() == terms => (writer, whole),
            Ok(_) => return Err(OpenError::OtherTerms { path: name() }),
            // The crash came before the terms were whole: nothing was acknowledged yet.
            Err(verdict) if verdict.terms.is_none() && verdict.faults.iter().all(is_cut) => {
                let writer = begin(&mut file, terms).map_err(read)?;
                let total = file.stream_position().map_err(read)?;
                (writer, total)
            }
            Err(verdict) => {
                let fault = verdict.faults.first();
                return Err(OpenError::Damaged {
                    path: name(),
                    offset: fault.map_or(whole, |fault| fault.offset),
                    message: fault.map_or_else(String::new, |fault| fault.message.clone()),
                });
            }
        };
        cut(&mut file, total).map_err(read)?;
        let (durable, _) = watch::channel(Durable {
            bytes: total,
            failed: false,
        });
        let inner = Inner {
            writer,
            pending: Vec::new(),
            total,
            queued: false,
            failed: false,
        };
        let log = Self {
            path: path.to_owned(),
            inner: Mutex::new(inner),
            file: Mutex::new(file),
            durable,
            dirty: recorder.queue(),
        };
        Ok(Opened {
            log: Arc::new(log),
            sealed,
            by_login,
        })
    }
}

fn is_cut(fault: &pow::bundle::Fault) -> bool {
    fault.code == pow::bundle::Code::Truncated
}

/// After a power cut a file may end in zeros: its length was written, its bytes were not. No record begins with a zero,
/// so nothing that was acknowledged is cut.
fn cut_zeros(file: &mut File, whole: u64) -> io::Result<bool> {
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(whole))?;
    file.take(ZEROS_MAX).read_to_end(&mut tail)?;
    let length = file.metadata()?.len();
    let all = tail.len() as u64 == length.saturating_sub(whole);
    if tail.is_empty() || !all || tail.iter().any(|byte| *byte != 0) {
        return Ok(false);
    }
    file.set_len(whole)?;
    Ok(true)
}

fn create(path: &Path) -> io::Result<File> {
    let missing = path
        .ancestors()
        .skip(1)
        .take_while(|folder| !folder.exists());
    let missing: Vec<&Path> = missing.collect();
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    // A new name is durable only with the folder that holds it.
    let holders = missing.into_iter().filter_map(Path::parent);
    for folder in path.parent().into_iter().chain(holders) {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        File::open(folder)?.sync_all()?;
    }
    Ok(file)
}

fn verify(file: &mut File) -> io::Result<Verifier> {
    let mut verifier = Verifier::of_log();
    file.seek(SeekFrom::Start(0))?;
    let mut chunk = vec![0; 1 << 16];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(verifier),
            n => verifier.push(chunk.get(..n).unwrap_or_default()),
        }
    }
}

fn begin(file: &mut File, terms: &Terms) -> io::Result<Writer> {
    let mut bytes = Vec::new();
    let writer = Writer::new(terms.clone(), &mut bytes).map_err(io::Error::other)?;
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&bytes)?;
    Ok(writer)
}

fn cut(file: &mut File, length: u64) -> io::Result<()> {
    file.set_len(length)?;
    file.seek(SeekFrom::Start(length))?;
    file.sync_all()
}
