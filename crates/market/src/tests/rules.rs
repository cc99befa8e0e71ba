//! A recorded journal, and the market that it makes: whoever changes that raises `RULES`.

use super::{at, market, mixed};
use crate::{Command, RULES};

/// First line: the rules and the state hash. Then a command a line, after its time.
const RECORDED: &str = include_str!("rules/journal.txt");

fn journal() -> Vec<(Command, u64)> {
    let line = |line: &str| {
        let (ms, command) = line.split_once(' ').unwrap();
        (serde_json::from_str(command).unwrap(), ms.parse().unwrap())
    };
    RECORDED.lines().skip(1).map(line).collect()
}

/// The first line that the journal deserves now.
fn head(journal: &[(Command, u64)]) -> String {
    let mut replayed = market();
    for (command, ms) in journal {
        let done = replayed.apply(command, at(*ms));
        assert!(done.is_ok(), "{command:?}: {done:?}");
    }
    let hash = replayed.state_hash().map(|byte| format!("{byte:02x}"));
    format!("rules {RULES} {}", hash.concat())
}

#[test]
fn the_same_rules_make_the_same_market_of_a_recorded_journal() {
    let journal = journal();
    assert!(journal.len() > 400);
    let recorded = RECORDED.lines().next().unwrap();
    assert_eq!(
        head(&journal),
        recorded,
        "the rules or a snapshot's form have changed: raise RULES in snapshot.rs, then run the ignored test below"
    );
}

#[test]
#[ignore = "writes the recorded journal anew"]
fn record_the_journal() {
    let journal = mixed::carried_out();
    let mut text = head(&journal) + "\n";
    for (command, ms) in &journal {
        let command = serde_json::to_string(command).unwrap();
        text += &format!("{ms} {command}\n");
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/rules/journal.txt");
    std::fs::write(file, text).unwrap();
}
