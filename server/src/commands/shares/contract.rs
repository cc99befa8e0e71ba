//! One contract's log.

use super::{archive::foreign, source::Overlaid};
use crate::{
    commands::verify::engine,
    sharelog::{
        Kept,
        layout::{self, KEPT, Layout},
        wal::Held,
    },
};
use pow::bundle::{Code, EpochLine, Terms, Verifier};
use serde::Serialize;
use std::{collections::BTreeMap, fs, io, path::Path, thread, time::Duration};
use stratum::hex;

/// The hash that each epoch was paid by.
pub(super) type Books = BTreeMap<u32, [u8; 32]>;

/// A server that runs may be writing what is read: then it is read again.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(300);

/// Something that is wrong.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    /// The file, from the data folder on.
    pub file: String,
    /// Where in it.
    pub offset: u64,
    /// What.
    pub message: String,
}

/// What was found in a contract's folder.
#[derive(Debug, Default, Serialize)]
pub(super) struct Checked {
    /// Its number.
    pub contract: u64,
    /// Sealed epochs.
    pub epochs: usize,
    /// Those of them that the books say were paid.
    pub paid: usize,
    /// Shares that count.
    pub shares: u64,
    /// Bytes of its segments.
    pub bytes: u64,
    /// When its shares were removed, where they were.
    pub removed_at_ms: Option<u64>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What is not wrong, and worth knowing.
    pub notes: Vec<Finding>,
    /// True where all that is wrong is that the last record is not whole.
    #[serde(skip)]
    torn: bool,
    /// True where nothing after a fault could be read.
    #[serde(skip)]
    lost: bool,
}

/// Checks the log of a contract.
///
/// # Errors
/// Where a file cannot be read.
pub(super) fn check(
    data: &Path,
    number: u64,
    held: &Held,
    paid: &Books,
    threads: usize,
) -> io::Result<Checked> {
    let mut tries = 1;
    loop {
        let checked = check_once(data, number, held, paid, threads)?;
        if !checked.torn || tries == TRIES {
            return Ok(checked);
        }
        tries += 1;
        thread::sleep(PAUSE);
    }
}

fn check_once(
    data: &Path,
    number: u64,
    held: &Held,
    paid: &Books,
    threads: usize,
) -> io::Result<Checked> {
    let log = format!("contracts/{number}/shares");
    let folder = data.join(&log);
    let mut checked = Checked {
        contract: number,
        ..Checked::default()
    };
    for entry in fs::read_dir(data.join(format!("contracts/{number}")))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != "shares" {
            let file = format!("contracts/{number}/{name}");
            checked.findings.push(foreign(file));
        }
    }
    let layout = Layout::read(&folder)?;
    for name in &layout.foreign {
        checked.findings.push(foreign(format!("{log}/{name}")));
    }
    checked.bytes = layout.bytes();
    let sealed = if layout.kept {
        kept(&mut checked, &folder, &log, &layout)
    } else if let Some((name, message)) = layout.fault() {
        checked.find(&log, &name, 0, message);
        return Ok(checked);
    } else {
        let mut source = Overlaid::new(data, &log, layout, held);
        let settings = engine::Settings {
            threads,
            sample: None,
        };
        let verifier = engine::judge(settings, &mut source)?;
        judge(&mut checked, verifier, source, &log)
    };
    checked.epochs = sealed.len();
    compare(&mut checked, &log, &sealed, paid);
    // What was changed in an epoch's record is often seen first where the next one names it.
    checked
        .findings
        .sort_by(|a, b| (&a.file, a.offset).cmp(&(&b.file, b.offset)));
    Ok(checked)
}

impl Checked {
    fn find(&mut self, log: &str, name: &str, offset: u64, message: impl Into<String>) {
        self.findings.push(Finding {
            file: format!("{log}/{name}"),
            offset,
            message: message.into(),
        });
    }

    fn require_contract(&mut self, log: &str, name: &str, terms: &Terms) {
        if terms.contract.get() != self.contract {
            let message = format!("it is of contract {}", terms.contract);
            self.find(log, name, 0, message);
        }
    }
}

/// What the engine says of the log; answers its sealed epochs.
fn judge(
    checked: &mut Checked,
    verifier: Verifier,
    source: Overlaid<'_>,
    log: &str,
) -> Vec<EpochLine> {
    let Overlaid {
        layout,
        ends,
        findings,
        notes,
        ..
    } = source;
    checked.findings.extend(findings);
    checked.notes = notes;
    checked.bytes = layout.bytes();
    checked.shares = verifier.progress().shares_valid;
    checked.lost = verifier.is_lost();
    let (sealed, whole) = (verifier.epochs().to_vec(), verifier.whole_bytes());
    let place = |offset| layout.place(offset).unwrap_or_default();
    let mut unread = false;
    match verifier.into_writer() {
        Ok(writer) => checked.require_contract(log, &place(0).0, writer.state().terms()),
        Err(verdict) => {
            // A log has no end record.
            let faults = verdict.faults.iter();
            for fault in faults.filter(|fault| fault.code != Code::Truncated) {
                let (name, offset) = place(fault.offset);
                checked.find(log, &name, offset, fault.message.clone());
                unread = true;
            }
            if verdict.terms.is_none() && !unread {
                checked.find(log, &place(0).0, 0, "the terms are not whole");
                unread = true;
            }
        }
    }
    checked.torn = checked.findings.is_empty();
    if whole < layout.bytes() && !unread {
        let (name, offset) = place(whole);
        let message = "the record that begins here is not whole: it is damaged, or the file was copied while it was written to";
        checked.find(log, &name, offset, message);
    }
    // Where the reading broke off, the ends of later files are not known.
    let misfit = layout.misfit(&ends, whole);
    if let Some((name, offset)) = misfit.filter(|_| !checked.lost) {
        let message = "the file does not end with its epoch";
        checked.find(log, &name, offset, message);
    }
    checked.torn &= !checked.findings.is_empty();
    sealed
}

/// What is left where the shares were removed; answers the epochs.
fn kept(checked: &mut Checked, folder: &Path, log: &str, layout: &Layout) -> Vec<EpochLine> {
    let kept = match Kept::read(folder) {
        Ok(kept) => kept,
        Err(why) => {
            checked.find(log, KEPT, 0, why.to_string());
            checked.lost = true;
            return Vec::new();
        }
    };
    let removed = kept.removed();
    checked.removed_at_ms = Some(removed.at.unix_ms());
    checked.shares = removed.totals.shares;
    if let Err(message) = kept.check() {
        checked.find(log, KEPT, 0, message);
    }
    let mut verifier = Verifier::new();
    verifier.push(&kept.begun().unwrap_or_default());
    match verifier.into_writer() {
        Ok(writer) => checked.require_contract(log, KEPT, writer.state().terms()),
        Err(_) => checked.find(log, KEPT, 0, "the terms cannot be read"),
    }
    for segment in &layout.segments {
        let file = format!("{log}/{}", segment.name());
        let message = "it is to be removed at the next start".into();
        checked.notes.push(Finding {
            file,
            offset: 0,
            message,
        });
    }
    kept.epochs()
}

/// Every epoch that was paid must be there with the hash that was paid for.
fn compare(checked: &mut Checked, log: &str, sealed: &[EpochLine], paid: &Books) {
    for (epoch, hash) in paid {
        let line = usize::try_from(*epoch).ok().and_then(|at| sealed.get(at));
        let name = if checked.removed_at_ms.is_some() {
            KEPT.to_owned()
        } else {
            layout::sealed_name(*epoch)
        };
        match line {
            Some(line) if line.hash == hex::encode(hash) => checked.paid += 1,
            None if checked.lost => {}
            Some(_) => checked.find(
                log,
                &name,
                0,
                format!("the books paid for another epoch {epoch}"),
            ),
            None => checked.find(
                log,
                &name,
                0,
                format!("the books paid for epoch {epoch}, which is not there"),
            ),
        }
    }
}
