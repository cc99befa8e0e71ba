//! `assay audit`.

use super::{Done, print};
use crate::{audit::audit as read, cli::AuditArgs};
use std::process::ExitCode;

/// Reads the books from the database alone and prints what they say.
///
/// # Errors
/// Where there is no database, or it cannot be read.
pub async fn audit(args: &AuditArgs) -> Done {
    let folder = args.data.display();
    let audit = read(&args.data)
        .await
        .map_err(|why| format!("{folder}: {why}"))?;
    let good = audit.is_good();
    if args.json {
        print(&serde_json::to_string_pretty(&audit)?)?;
    } else {
        print(if good {
            "the books balance"
        } else {
            "THE BOOKS DO NOT BALANCE"
        })?;
        for (account, sats) in &audit.balances_sats {
            print(&format!("{account:<32} {sats:>16} sat"))?;
        }
        for snapshot in &audit.snapshots {
            if let Some(finding) = snapshot.finding {
                let words = finding.words();
                print(&format!("snapshot of command {}: {words}", snapshot.seq))?;
            }
        }
        for contract in &audit.contracts {
            print(&format!(
                "contract {}: {} epochs settled, {} shares, {} sat paid (of that {} sat fee)",
                contract.id,
                contract.epochs,
                contract.shares_total,
                contract.paid_sats,
                contract.fee_sats
            ))?;
        }
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
