//! `assay shares verify`: the whole archive of share logs, from the files alone.

mod archive;
mod contract;
mod source;

use super::{Done, print, verify::threads};
use crate::cli::SharesVerifyArgs;
use archive::Report;
use contract::{Checked, Finding};
use std::process::ExitCode;

/// More of a contract's findings stand in the JSON.
const SHOWN: usize = 5;

/// Reads every share log in the folder and prints what is wrong. Changes nothing; a server may be running.
///
/// # Errors
/// Where there are no share logs, or a file cannot be read: that says nothing about the archive.
pub async fn verify_shares(args: &SharesVerifyArgs) -> Done {
    let report = archive::verify(&args.folder, threads(args.threads)).await?;
    if args.json {
        print(&serde_json::to_string_pretty(&report)?)?;
    } else {
        describe(&report)?;
    }
    Ok(ExitCode::from(u8::from(!report.ok)))
}

fn describe(report: &Report) -> std::io::Result<()> {
    for contract in &report.contracts {
        print(&line(contract))?;
        contract.notes.iter().try_for_each(|note| {
            print(&format!(
                "  note: {} byte {}: {}",
                note.file, note.offset, note.message
            ))
        })?;
        findings(&contract.findings)?;
    }
    findings(&report.findings)?;
    if !report.books {
        print("there is no database beside the logs: what was paid was not compared")?;
    }
    print(if report.ok { "OK" } else { "DAMAGED" })
}

fn line(contract: &Checked) -> String {
    let word = if contract.findings.is_empty() {
        "OK"
    } else {
        "DAMAGED"
    };
    let Checked {
        contract: number,
        epochs,
        paid,
        shares,
        bytes,
        removed_at_ms,
        ..
    } = contract;
    match removed_at_ms {
        None => format!(
            "contract {number}: {word}, {shares} shares in {epochs} sealed epochs ({paid} paid) and the open one, {bytes} bytes"
        ),
        Some(_) => format!(
            "contract {number}: {word}, its shares were removed; the records of {epochs} epochs with {shares} shares are there ({paid} paid)"
        ),
    }
}

fn findings(findings: &[Finding]) -> std::io::Result<()> {
    for found in findings.iter().take(SHOWN) {
        print(&format!(
            "  {} byte {}: {}",
            found.file, found.offset, found.message
        ))?;
    }
    let more = findings.len().saturating_sub(SHOWN);
    if more > 0 {
        print(&format!("  and {more} more"))?;
    }
    Ok(())
}
