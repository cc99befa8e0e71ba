//! All contracts of a data folder.

use super::contract::{self, Books, Checked, Finding};
use crate::{sharelog::wal::Held, store};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{self, Path, PathBuf},
};

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// True where nothing is wrong.
    pub ok: bool,
    /// True where there is a database, so that what was paid was compared.
    pub books: bool,
    /// By number.
    pub contracts: Vec<Checked>,
    /// What is wrong beside them.
    pub findings: Vec<Finding>,
}

/// Verifies all share logs of a data folder, or of its folder `contracts`.
///
/// # Errors
/// Where there are none, or something cannot be read.
pub(super) async fn verify(
    folder: &Path,
    threads: usize,
) -> Result<Report, Box<dyn std::error::Error>> {
    let data = data_folder(folder)?;
    // In this order: what was paid was sealed before, and what a log holds was in the write-ahead log before.
    let books = read_books(&data).await?;
    let held = Held::read(&data).map_err(|why| format!("the write-ahead log: {why}"))?;
    let mut report = Report {
        ok: true,
        books: books.is_some(),
        contracts: Vec::new(),
        findings: Vec::new(),
    };
    let mut books = books.unwrap_or_default();
    if let Some(damage) = &held.fault {
        report.findings.push(Finding {
            file: damage.file.into(),
            offset: damage.offset,
            message: damage.message.into(),
        });
    }
    let mut numbers = Vec::new();
    for entry in fs::read_dir(data.join("contracts"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        match name.parse::<u64>() {
            Ok(number) if number.to_string() == name => numbers.push(number),
            _ => report.findings.push(foreign(format!("contracts/{name}"))),
        }
    }
    numbers.sort_unstable();
    for number in numbers {
        let paid = books.remove(&number).unwrap_or_default();
        let checked = contract::check(&data, number, &held, &paid, threads)?;
        report.contracts.push(checked);
    }
    for (number, paid) in books {
        report.findings.push(Finding {
            file: format!("contracts/{number}"),
            offset: 0,
            message: format!("it is missing, and {} epochs were paid", paid.len()),
        });
    }
    let whole = |checked: &Checked| checked.findings.is_empty();
    report.ok = report.findings.is_empty() && report.contracts.iter().all(whole);
    Ok(report)
}

pub(super) fn foreign(file: String) -> Finding {
    Finding {
        file,
        offset: 0,
        message: "it is no file of a share log".into(),
    }
}

fn data_folder(folder: &Path) -> Result<PathBuf, String> {
    let unusable = |why: io::Error| format!("{}: {why}", folder.display());
    let folder = path::absolute(folder).map_err(unusable)?;
    if folder.join("contracts").is_dir() {
        return Ok(folder);
    }
    match folder.parent() {
        Some(parent) if folder.ends_with("contracts") => Ok(parent.to_owned()),
        _ => Err(format!("{} has no folder `contracts`", folder.display())),
    }
}

/// The hash that each epoch was paid by, by contract and in order; nothing where there is no database.
async fn read_books(
    data: &Path,
) -> Result<Option<BTreeMap<u64, Books>>, Box<dyn std::error::Error>> {
    if !data.join("assay.db").exists() {
        return Ok(None);
    }
    let mut db = store::open_to_read(data).await?;
    let mut books: BTreeMap<u64, Books> = BTreeMap::new();
    for (contract, epoch, hash) in store::settled(&mut db).await? {
        books.entry(contract).or_default().insert(epoch, hash);
    }
    Ok(Some(books))
}
