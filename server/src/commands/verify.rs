//! `assay verify`.

use super::{Done, print};
use crate::cli::VerifyArgs;
use pow::bundle::{Verdict, Verifier};
use std::{
    fmt::Write,
    fs::File,
    io::{self, Read},
    process::ExitCode,
};

/// Reads the bundle, prints the verdict.
///
/// # Errors
/// Where the file cannot be read: that is no verdict.
pub fn verify(args: &VerifyArgs) -> Done {
    let name = args.file.display();
    let mut input: Box<dyn Read> = if args.file.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(&args.file).map_err(|why| format!("{name} cannot be opened: {why}"))?)
    };
    let mut verifier = Verifier::new();
    let mut chunk = vec![0; 1 << 16];
    loop {
        match input
            .read(&mut chunk)
            .map_err(|why| format!("{name} cannot be read: {why}"))?
        {
            0 => break,
            n => verifier.push(chunk.get(..n).unwrap_or_default()),
        }
    }
    let verdict = verifier.finish();
    if args.json {
        print(&serde_json::to_string_pretty(&verdict)?)?;
    } else {
        print(describe(&verdict)?.trim_end())?;
    }
    Ok(if verdict.valid {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn describe(verdict: &Verdict) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(text, "{}", if verdict.valid { "VALID" } else { "INVALID" })?;
    if let Some(terms) = &verdict.terms {
        let (id, buyer, host) = (terms.contract, &terms.buyer, &terms.host);
        writeln!(
            text,
            "contract       {id}: {host} delivers to {buyer} at {}",
            terms.pool
        )?;
    }
    writeln!(
        text,
        "shares         {} valid, {} invalid",
        verdict.shares_valid, verdict.shares_invalid
    )?;
    for reason in &verdict.invalid_by_reason {
        writeln!(
            text,
            "               {} {}",
            reason.count,
            reason.code.as_str()
        )?;
    }
    writeln!(text, "work           {} hashes", verdict.work_hashes)?;
    let rate = verdict.hashrate;
    writeln!(
        text,
        "hashrate       {} H/s (95 % interval {} to {}) over {} s",
        rate.estimate_hs,
        rate.low_hs,
        rate.high_hs,
        verdict.duration_ms / 1_000
    )?;
    writeln!(
        text,
        "bill           {} sat for {} sealed epochs (of that {} sat fee); {} sat with the open one",
        verdict.owed_sealed_sats,
        verdict.epochs.len(),
        verdict.fee_sealed_sats,
        verdict.owed_sats
    )?;
    for worker in &verdict.workers {
        writeln!(
            text,
            "worker         {}: {} shares, {} H/s",
            worker.login, worker.shares, worker.hashrate.estimate_hs
        )?;
    }
    writeln!(text, "head           {}", verdict.head)?;
    describe_faults(verdict, &mut text)?;
    Ok(text)
}

fn describe_faults(verdict: &Verdict, text: &mut String) -> std::fmt::Result {
    for fault in &verdict.faults {
        let share = fault
            .share
            .map(|number| format!(", share {number}"))
            .unwrap_or_default();
        writeln!(
            text,
            "fault          {} at byte {} (epoch {}{share}): {}",
            fault.code.as_str(),
            fault.offset,
            fault.epoch,
            fault.message
        )?;
    }
    let listed = verdict.faults.len() as u64;
    if verdict.faults_total > listed {
        writeln!(
            text,
            "               and {} more",
            verdict.faults_total - listed
        )?;
    }
    Ok(())
}
