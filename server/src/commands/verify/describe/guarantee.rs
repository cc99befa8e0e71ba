//! What became of the host's promise.

use super::kept;
use api::{EndingReason, Verdict};
use std::fmt::{Result, Write};

pub(super) fn describe_guarantee(verdict: &Verdict, out: &mut String) -> Result {
    let Some(terms) = &verdict.terms else {
        return Ok(());
    };
    let (days, bond) = (terms.term_days, terms.bond_sats);
    if days > 0 {
        let promised = terms.hashrate_hs;
        writeln!(
            out,
            "promise        {promised} H/s for {days} days, with a bond of {bond} sat"
        )?;
    }
    let Some(ending) = &verdict.ending else {
        return Ok(());
    };
    writeln!(out, "ended          {}", reason(ending.reason))?;
    let Some(guarantee) = &verdict.guarantee else {
        return Ok(());
    };
    let (delivery, seconds) = (&guarantee.delivery, guarantee.judged_ms / 1_000);
    if seconds == 0 {
        writeln!(
            out,
            "bond           no time is judged: all of it to the host"
        )?;
    } else {
        writeln!(
            out,
            "bond           {}: over {seconds} s at most {} H/s came, the threshold is {} H/s",
            kept(delivery.verdict),
            delivery.delivered.high_hs,
            delivery.threshold_hs
        )?;
    }
    writeln!(
        out,
        "               {} sat to the buyer, {} sat back to the host",
        guarantee.to_buyer_sats, guarantee.to_host_sats
    )
}

const fn reason(reason: EndingReason) -> &'static str {
    match reason {
        EndingReason::BudgetSpent => "the budget was spent",
        EndingReason::ByBuyer => "by the buyer",
        EndingReason::ByHost => "by the host",
        EndingReason::TermOver => "the term was over",
        EndingReason::ProofFull => "the proof held no more machines",
    }
}
