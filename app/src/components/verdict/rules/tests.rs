use super::*;
use crate::components::verdict::specimen;
use api::Sample;

/// The codes that stand in the table of faults.
fn documented() -> Vec<&'static str> {
    let page = include_str!("../../../../../docs/bundle.md");
    let (_, rest) = page.split_once("## 6. Faults").unwrap();
    let (section, _) = rest.split_once("\n## 7").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    let codes = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    codes.collect()
}

fn listed() -> Vec<&'static str> {
    let rules = GROUPS.iter().flat_map(|(_, rules)| rules.iter());
    rules.flat_map(|rule| rule.codes.iter().copied()).collect()
}

fn fault(code: &str, count: u64) -> InvalidCount {
    InvalidCount {
        code: code.into(),
        count,
    }
}

fn answer(code: &str, verdict: &Verdict) -> Answer {
    let mut rules = GROUPS.iter().flat_map(|(_, rules)| rules.iter());
    let rule = rules.find(|rule| rule.codes.contains(&code)).unwrap();
    rule.answer(verdict)
}

#[test]
fn every_code_has_a_rule_and_no_code_has_two() {
    let (documented, mut listed) = (documented(), listed());
    assert!(documented.len() >= 29, "{documented:?}");
    for code in documented {
        assert!(listed.contains(&code), "{code}");
    }
    listed.sort_unstable();
    assert!(listed.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn an_honest_bundle_passes_every_rule() {
    let verdict = specimen::verdict();
    for code in listed() {
        assert_eq!(answer(code, &verdict), Answer::Passed, "{code}");
    }
    assert!(unlisted(&verdict.faults_by_code).is_empty());
}

#[test]
fn faults_are_counted_under_their_rule_alone() {
    let mut verdict = specimen::verdict();
    verdict.faults_by_code = vec![
        fault("end_shares", 1),
        fault("end_hash", 1),
        fault("stale", 5),
    ];
    verdict.invalid_by_reason = vec![fault("stale", 5)];
    assert_eq!(answer("end_hash", &verdict), Answer::Failed(2));
    assert_eq!(answer("stale", &verdict), Answer::Failed(5));
    assert_eq!(answer("duplicate", &verdict), Answer::Passed);
    verdict.faults_by_code.push(fault("from_the_future", 3));
    assert_eq!(
        unlisted(&verdict.faults_by_code),
        [fault("from_the_future", 3)]
    );
}

#[test]
fn a_sample_leaves_out_what_needs_all_shares() {
    let mut verdict = specimen::verdict();
    verdict.sample = Some(Sample {
        one_in: 100,
        seed: 1,
        hashed: 42,
        heavy: 12,
        confidence_ppm: 950_000,
        bad_at_most_ppm: 70_000,
        bad_work_at_most_ppm: 4_000,
    });
    assert_eq!(answer("duplicate", &verdict), Answer::NotInSample);
    assert_eq!(answer("epoch_merkle_root", &verdict), Answer::NotInSample);
    assert_eq!(answer("answer_twice", &verdict), Answer::NotInSample);
    assert_eq!(answer("low_difficulty", &verdict), Answer::Passed);
    assert_eq!(On::Hashes.words(&verdict), "42 shares");
    assert_eq!(answer("epoch_chain", &verdict), Answer::Passed);
    verdict.faults_by_code = vec![fault("epoch_merkle_root", 1)];
    assert_eq!(answer("epoch_merkle_root", &verdict), Answer::Failed(1));
}

#[test]
fn a_rule_without_anything_to_check_does_not_pass() {
    let mut verdict = specimen::verdict();
    (verdict.shares_valid, verdict.jobs) = (0, 0);
    verdict.chain = api::Chain::default();
    verdict.pool_answers = None;
    assert_eq!(answer("answer_twice", &verdict), Answer::Nothing);
    assert_eq!(answer("duplicate", &verdict), Answer::Nothing);
    assert_eq!(answer("header_work", &verdict), Answer::Nothing);
    assert_eq!(answer("job_height", &verdict), Answer::Nothing);
}

#[test]
fn the_end_does_not_pass_where_the_reading_stopped_before() {
    let mut verdict = specimen::verdict();
    verdict.faults_by_code = vec![fault("bad_frame", 1)];
    verdict.invalid_by_reason = vec![fault("bad_frame", 1)];
    assert_eq!(answer("end_hash", &verdict), Answer::NotReached);
    // Of a share it ends nothing, of an assignment it does.
    verdict.faults_by_code = vec![fault("unknown_job", 4)];
    verdict.invalid_by_reason = vec![fault("unknown_job", 4)];
    assert_eq!(answer("end_hash", &verdict), Answer::Passed);
    verdict.faults_by_code = vec![fault("unknown_job", 5)];
    assert_eq!(answer("end_hash", &verdict), Answer::NotReached);
    verdict.faults_by_code = vec![fault("bad_magic", 1)];
    assert_eq!(answer("bad_order", &verdict), Answer::NotReached);
}
