//! A verdict as text for people.

use api::{AnswerCounts, Coinbases, Kept, Outcome, PoolAnswers, Sample, Statistics, Verdict};
use guarantee::describe_guarantee;
use std::fmt::{Result, Write};

mod guarantee;

/// The JSON has more of them.
const PAYOUTS_LISTED: usize = 8;

pub(super) fn verdict(verdict: &Verdict) -> std::result::Result<String, std::fmt::Error> {
    let mut text = String::new();
    let out = &mut text;
    let heading = match (verdict.valid, &verdict.sample) {
        (true, None) => "VALID",
        (true, Some(_)) => "VALID as far as a sample shows",
        (false, _) => "INVALID",
    };
    writeln!(out, "{heading}")?;
    if let Some(sample) = &verdict.sample {
        describe_sample(sample, out)?;
    }
    if let Some(terms) = &verdict.terms {
        let (id, buyer, host) = (terms.contract, &terms.buyer, &terms.host);
        let pool = &terms.pool;
        writeln!(
            out,
            "contract       {id}: {host} delivers to {buyer} at {pool}"
        )?;
    }
    let (valid, invalid) = (verdict.shares_valid, verdict.shares_invalid);
    writeln!(out, "shares         {valid} valid, {invalid} invalid")?;
    for reason in &verdict.invalid_by_reason {
        writeln!(out, "               {} {}", reason.count, reason.code)?;
    }
    writeln!(out, "work           {} hashes", verdict.work_hashes)?;
    let rate = verdict.hashrate;
    writeln!(
        out,
        "hashrate       {} H/s (95 % interval {} to {}) over {} s",
        rate.estimate_hs,
        rate.low_hs,
        rate.high_hs,
        verdict.duration_ms / 1_000
    )?;
    if let Some(statistics) = &verdict.statistics {
        describe_statistics(statistics, out)?;
    }
    writeln!(
        out,
        "bill           {} sat for {} sealed epochs (of that {} sat fee); {} sat with the open one",
        verdict.owed_sealed_sats, verdict.epochs_total, verdict.fee_sealed_sats, verdict.owed_sats
    )?;
    describe_guarantee(verdict, out)?;
    for worker in &verdict.workers {
        let (login, rate) = (&worker.login, worker.hashrate.estimate_hs);
        writeln!(
            out,
            "worker         {login}: {} shares, {rate} H/s",
            worker.shares
        )?;
    }
    let others = verdict.workers_left_out;
    if others.logins > 0 {
        writeln!(
            out,
            "               and {} more logins: {} shares, {} hashes",
            others.logins, others.shares, others.work_hashes
        )?;
    }
    if let Some(answers) = &verdict.pool_answers {
        describe_answers(answers, out)?;
    }
    describe_coinbases(&verdict.coinbases, out)?;
    describe_chain(verdict, out)?;
    writeln!(out, "head           {}", verdict.head)?;
    describe_faults(verdict, out)?;
    Ok(text)
}

fn describe_sample(sample: &Sample, out: &mut String) -> Result {
    writeln!(
        out,
        "sample         {} shares were hashed: one in {} by seed {}, and {} that every sample has; with {} confidence at most",
        sample.hashed,
        sample.one_in,
        sample.seed,
        sample.heavy,
        percent(sample.confidence_ppm)
    )?;
    writeln!(
        out,
        "               {} of all, with {} of the work and of the bill, are not what the bundle says;",
        percent(sample.bad_at_most_ppm),
        percent(sample.bad_work_at_most_ppm)
    )?;
    writeln!(
        out,
        "               duplicates, Merkle roots and statistics need every share"
    )
}

const fn kept(kept: Kept) -> &'static str {
    match kept {
        Kept::Kept => "kept",
        Kept::Short => "SHORT",
        Kept::Undecided => "undecided, too few shares to say",
    }
}

fn describe_statistics(statistics: &Statistics, out: &mut String) -> Result {
    let delivery = statistics.delivery;
    let kept = kept(delivery.verdict);
    writeln!(
        out,
        "delivery       {kept}: promised {} H/s, threshold {} H/s, delivered {} to {} H/s ({} confidence)",
        delivery.promised_hs,
        delivery.threshold_hs,
        delivery.delivered.low_hs,
        delivery.delivered.high_hs,
        percent(delivery.confidence_ppm)
    )?;
    let (uniformity, tail) = (&statistics.uniformity, &statistics.tail);
    let dispersion = &statistics.dispersion;
    for (name, outcome, p_ppm) in [
        ("uniformity", uniformity.outcome, uniformity.p_ppm),
        ("tail", tail.outcome, tail.p_ppm),
        ("arrivals", dispersion.outcome, dispersion.p_ppm),
    ] {
        let word = match outcome {
            Outcome::Pass => "pass",
            Outcome::Suspicious => "SUSPICIOUS",
            Outcome::TooFew => "too few shares to say",
            Outcome::NotJudged => "COULD NOT BE JUDGED, too much had to be left out",
        };
        write!(out, "{name:<15}{word}")?;
        if matches!(outcome, Outcome::Pass | Outcome::Suspicious) {
            write!(out, ", p = {}", fraction(p_ppm))?;
        }
        writeln!(out)?;
    }
    if dispersion.blocks_left_out > 0 {
        let (left_out, counted) = (dispersion.blocks_left_out, dispersion.blocks);
        writeln!(
            out,
            "               {left_out} blocks of time left out beside {counted} counted: machines came, went or got other targets"
        )?;
    }
    Ok(())
}

fn describe_answers(answers: &PoolAnswers, out: &mut String) -> Result {
    let met = answers.all.met;
    writeln!(
        out,
        "sent on        {} shares met their pool's target, with {} hashes of work",
        met.shares, met.work_hashes
    )?;
    if met.shares == 0 {
        return Ok(());
    }
    let counts = |answers: &AnswerCounts| {
        let (accepted, refused) = (answers.accepted.shares, answers.refused.shares);
        let unanswered = answers.unanswered.shares;
        format!("{accepted} accepted, {refused} refused, {unanswered} without an answer")
    };
    writeln!(
        out,
        "answers        {}, as the server wrote it down",
        counts(&answers.all)
    )?;
    let served = answers.by_pool.iter().filter(|line| line.sessions > 0);
    if served.clone().count() > 1 {
        for line in served {
            let (pool, sessions) = (&line.pool, line.sessions);
            let counts = counts(&line.answers);
            writeln!(out, "               {pool}, sessions {sessions}: {counts}")?;
        }
    }
    for refusal in &answers.refusals {
        let code = refusal
            .code
            .map_or("no number".into(), |code| code.to_string());
        writeln!(
            out,
            "refused        {}: {code} {}",
            refusal.shares, refusal.reason
        )?;
    }
    if answers.refusals_left_out > 0 {
        writeln!(
            out,
            "               and {} with other numbers",
            answers.refusals_left_out
        )?;
    }
    Ok(())
}

fn describe_coinbases(coinbases: &Coinbases, out: &mut String) -> Result {
    let listed = coinbases.payouts.len().min(PAYOUTS_LISTED);
    for payout in &coinbases.payouts[..listed] {
        let to = payout.address.as_ref().unwrap_or(&payout.script);
        let (kind, least, most) = (&payout.kind, payout.least_sats, payout.most_sats);
        writeln!(
            out,
            "payout         {to} ({kind}): {least} to {most} sat in {} jobs",
            payout.jobs
        )?;
    }
    let more = (coinbases.payouts.len() - listed) as u64 + u64::from(coinbases.payouts_more);
    if more > 0 {
        writeln!(out, "               and {more} more scripts")?;
    }
    for tag in &coinbases.tags {
        writeln!(out, "tag            {} in {} jobs", tag.text, tag.jobs)?;
    }
    if coinbases.undecoded > 0 {
        writeln!(out, "coinbases      {} cannot be read", coinbases.undecoded)?;
    }
    Ok(())
}

fn describe_chain(verdict: &Verdict, out: &mut String) -> Result {
    let chain = &verdict.chain;
    let (blocks, proven) = (chain.blocks, chain.proven);
    writeln!(
        out,
        "blocks         {proven} of {blocks} proven by their headers"
    )?;
    if chain.headers > 0 {
        let in_a_row = chain.headers.saturating_sub(chain.forks);
        writeln!(
            out,
            "headers        {in_a_row} in a row, with {} expected hashes of work",
            chain.work_hashes
        )?;
    }
    if chain.forks > 0 {
        writeln!(
            out,
            "               {} more on branches: not on the chain with the most work; a replaced block is one",
            chain.forks
        )?;
    }
    for doubt in &chain.doubts {
        let (code, count, message) = (&doubt.code, doubt.count, &doubt.message);
        writeln!(out, "doubt          {code}, {count} times: {message}")?;
    }
    let last = chain
        .last
        .as_ref()
        .filter(|last| Some(*last) != chain.first.as_ref());
    for (block, which) in [(chain.first.as_ref(), "first"), (last, "last")] {
        let Some(block) = block else { continue };
        let height = block
            .height
            .map(|height| format!("{height} "))
            .unwrap_or_default();
        writeln!(out, "               {which} {height}{}", block.hash)?;
    }
    Ok(())
}

fn describe_faults(verdict: &Verdict, out: &mut String) -> Result {
    for fault in &verdict.faults {
        let share = fault
            .share
            .map(|number| format!(", share {number}"))
            .unwrap_or_default();
        let (code, offset, epoch) = (&fault.code, fault.offset, fault.epoch);
        let message = &fault.message;
        writeln!(
            out,
            "fault          {code} at byte {offset} (epoch {epoch}{share}): {message}"
        )?;
    }
    let listed = verdict.faults.len() as u64;
    if verdict.faults_total > listed {
        writeln!(
            out,
            "               and {} more",
            verdict.faults_total - listed
        )?;
    }
    Ok(())
}

/// A part of a million as a number below one.
fn fraction(ppm: u32) -> String {
    format!("{}.{:06}", ppm / 1_000_000, ppm % 1_000_000)
}

fn percent(ppm: u32) -> String {
    let digits = format!("{}.{:04}", ppm / 10_000, ppm % 10_000);
    let short = digits.trim_end_matches('0').trim_end_matches('.');
    format!("{short} %")
}
