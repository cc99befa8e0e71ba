use super::*;
use api::{Fault, InvalidCount, Outcome, Sample};

/// The view as the server would render it.
fn html(verdict: Verdict) -> String {
    let owner = Owner::new();
    let hash = "5a".repeat(32);
    let html = owner.with(|| {
        view! { <VerdictView verdict contract=None verifier_hash=Some(hash) /> }.to_html()
    });
    html.replace("<!>", "").replace('\u{202f}', " ")
}

#[test]
fn a_verdict_shows_every_part() {
    let html = html(specimen::verdict());
    for part in [
        "checks",
        "chart-hours",
        "guarantee",
        "statistics",
        "test-uniformity",
        "test-tail",
        "test-dispersion",
        "worked",
        "coinbases",
        "pool-answers",
        "chain",
        "report-json",
        "report-print",
        "verifier-hash",
        "suspicion",
    ] {
        assert!(html.contains(&format!("data-testid=\"{part}\"")), "{part}");
    }
    assert!(!html.contains("data-testid=\"sample\""));
    assert!(html.contains("Valid: every share counts"));
    assert!(html.contains("bitcoin-cli getblockhash 925100"));
    assert!(html.contains("Of 9 210 000 shares, 32 410 met the target"));
    assert!(html.contains("backup.example:3333 in 1 session: 410 sent on"));
    assert!(html.contains("data-answer=\"refused\""));
    // The content security policy forbids them.
    assert!(!html.contains(" style="));
}

#[test]
fn what_is_left_out_is_said() {
    let mut verdict = specimen::verdict();
    let statistics = verdict.statistics.as_mut().unwrap();
    statistics.dispersion.outcome = Outcome::NotJudged;
    statistics.dispersion.blocks = 10;
    statistics.dispersion.blocks_left_out = 6;
    verdict.workers_left_out.logins = 12;
    let html = html(verdict);
    assert!(html.contains("Could not be judged"));
    assert!(html.contains("6 blocks were left out"));
    assert!(html.contains("And 12 logins with less work"));
}

#[test]
fn the_verifiers_own_verdict_is_shown() {
    let json = include_str!("../../../../crates/pow/tests/vectors/verdict.json");
    let verdict: Verdict = serde_json::from_str(json).unwrap();
    let worked = verdict.worked.clone().unwrap();
    let html = html(verdict);
    assert!(html.contains("Valid: every share counts"));
    assert!(html.contains(&worked.coinbase_hash));
    assert!(html.contains("Too few shares"));
    assert!(html.contains("even 9 H/s is below 4.750 MH/s"));
}

#[test]
fn what_became_of_the_bond_is_shown() {
    let json = include_str!("../../../../crates/pow/tests/vectors/ended.json");
    let html = html(serde_json::from_str(json).unwrap());
    assert!(
        html.contains(
            "100 H/s for 1 day, with a bond of 2 000 000 sat. The host ended the contract."
        )
    );
    assert!(html.contains("data-testid=\"to-buyer\" data-value=\"1709901\""));
    assert!(html.contains("data-testid=\"to-host\" data-value=\"290099\""));
    assert!(html.contains("the promise less the tolerance is 95 H/s"));
    assert!(html.contains("the buyer gets what is missing for certain"));
}

#[test]
fn a_sample_says_what_it_does_not_check() {
    let html = html(Verdict {
        sample: Some(Sample {
            one_in: 921,
            seed: 7,
            hashed: 10_000,
            heavy: 12,
            confidence_ppm: 950_000,
            bad_at_most_ppm: 300,
            bad_work_at_most_ppm: 4_000,
        }),
        pool_answers: None,
        statistics: None,
        ..specimen::verdict()
    });
    assert!(html.contains("data-testid=\"sample\""));
    assert!(html.contains("Valid as far as a sample shows"));
    assert!(!html.contains("Your browser hashed all"));
    assert_eq!(html.matches("data-state=\"not-in-sample\"").count(), 4);
    assert!(!html.contains("data-testid=\"statistics\""));
}

#[test]
fn a_doubt_is_shown_beside_the_chain() {
    let mut verdict = specimen::verdict();
    assert!(!html(verdict.clone()).contains("data-testid=\"doubt\""));
    verdict.chain.doubts.push(api::Doubt {
        code: "height_falls".into(),
        count: 2,
        message: "Jobs went on with a lower block.".into(),
    });
    assert!(html(verdict).contains("Doubtful, 2 times: Jobs went on with a lower block."));
}

#[test]
fn nothing_suspicious_raises_no_notice() {
    let mut verdict = specimen::verdict();
    if let Some(statistics) = &mut verdict.statistics {
        statistics.tail.outcome = Outcome::Pass;
    }
    let html = html(verdict);
    assert!(!html.contains("data-testid=\"suspicion\""));
    assert!(!html.contains("Suspicious is not invalid"));
}

#[test]
fn an_unreadable_file_gets_a_verdict_too() {
    let fault = Fault {
        code: "bad_magic".into(),
        offset: 0,
        record: 0,
        share: None,
        epoch: 0,
        message: "This is no bundle.".into(),
    };
    let html = html(Verdict {
        valid: false,
        terms: None,
        shares_valid: 0,
        epochs_total: 0,
        epochs: Vec::new(),
        jobs: 0,
        coinbases: Default::default(),
        chain: Default::default(),
        ending: None,
        guarantee: None,
        pool_answers: None,
        statistics: None,
        worked: None,
        faults_total: 1,
        faults_by_code: vec![InvalidCount {
            code: "bad_magic".into(),
            count: 1,
        }],
        faults: vec![fault],
        ..specimen::verdict()
    });
    assert!(html.contains("INVALID"));
    assert!(html.contains("data-code=\"bad_magic unsupported_version\" data-state=\"failed\""));
    assert!(!html.contains("data-testid=\"chain\""));
    assert!(!html.contains("data-testid=\"pool-answers\""));
    assert!(!html.contains("data-state=\"passed\""));
}
