use super::*;
use std::collections::VecDeque;

const BUNDLE: &[u8] = include_bytes!("../../../pow/tests/vectors/bundle.bin");
const SHARE: u8 = 6;

/// The page and the hash workers around a coordinator: what it posts waits here.
struct Desk {
    coordinator: Coordinator,
    sent: Vec<VecDeque<Vec<u8>>>,
    acknowledged: usize,
    verdicts: Vec<String>,
}

impl Desk {
    fn new(hashers: usize) -> Self {
        Self {
            coordinator: Coordinator::new(hashers),
            sent: vec![VecDeque::new(); hashers],
            acknowledged: 0,
            verdicts: Vec::new(),
        }
    }

    fn take(&mut self, posts: Result<Vec<Post>, Broken>) {
        for post in posts.unwrap() {
            match post {
                Post::Hasher(hasher, batch) => self.sent[hasher].push_back(batch),
                Post::Page(json) if json.starts_with(r#"{"progress":"#) => {
                    self.acknowledged += usize::from(json.contains(r#""chunks":1"#));
                }
                Post::Page(json) => self.verdicts.push(json),
            }
        }
    }

    fn order(&mut self, json: &str) {
        let posts = self.coordinator.order(json);
        self.take(posts);
    }

    fn chunk(&mut self, bytes: &[u8]) {
        let posts = self.coordinator.chunk(bytes);
        self.take(posts);
    }

    /// One of the workers that has something answers.
    fn answer(&mut self, turn: usize) -> bool {
        let busy: Vec<usize> = (0..self.sent.len())
            .filter(|hasher| !self.sent[*hasher].is_empty())
            .collect();
        if busy.is_empty() {
            return false;
        }
        let hasher = busy[turn % busy.len()];
        let batch = self.sent[hasher].pop_front().unwrap();
        let posts = self
            .coordinator
            .hashed(hasher, &crate::hash(&batch).unwrap());
        self.take(posts);
        true
    }

    fn outstanding(&self) -> usize {
        self.sent.iter().map(VecDeque::len).sum()
    }
}

/// Where the first share's record begins and ends.
fn first_share() -> (usize, usize) {
    let mut at = 8;
    loop {
        let (mut end, mut length, mut shift) = (at + 1, 0, 0);
        loop {
            length |= usize::from(BUNDLE[end] & 0x7f) << shift;
            shift += 7;
            end += 1;
            if BUNDLE[end - 1] & 0x80 == 0 {
                break;
            }
        }
        if BUNDLE[at] == SHARE {
            return (at, end + length);
        }
        at = end + length;
    }
}

/// The first share many times more: each has to be hashed, though it counts once.
fn long_bundle(copies: usize) -> Vec<u8> {
    let (from, to) = first_share();
    let mut bytes = BUNDLE[..to].to_vec();
    bytes.extend(BUNDLE[from..to].repeat(copies));
    bytes.extend(&BUNDLE[to..]);
    bytes
}

fn verdict(run: u32, bundle: &[u8]) -> String {
    let mut verifier = Verifier::new();
    verifier.push(bundle);
    let verdict = serde_json::to_string(&verifier.finish()).unwrap();
    format!(r#"{{"verdict":{{"run":{run},"verdict":{verdict}}}}}"#)
}

const BEGIN: &str = r#"{"begin":{"run":1,"sample":null}}"#;

#[test]
fn the_verdict_is_the_same_with_any_number_of_hash_workers_in_any_order() {
    let bundle = long_bundle(9_000);
    let expected = verdict(1, &bundle);
    assert!(expected.contains("duplicate"));
    for hashers in [0, 1, 3] {
        let mut desk = Desk::new(hashers);
        desk.order(BEGIN);
        for (turn, chunk) in bundle.chunks(50_000).enumerate() {
            desk.chunk(chunk);
            desk.answer(turn);
        }
        desk.order(r#""end""#);
        let mut turn = 0;
        while desk.answer(turn) {
            turn += 7;
        }
        assert_eq!(desk.verdicts, [expected.as_str()], "{hashers} hash workers");
        assert_eq!(desk.acknowledged, bundle.chunks(50_000).len());
    }
}

#[test]
fn it_reads_on_only_as_fast_as_its_workers_hash() {
    let bundle = long_bundle(40_000);
    let mut desk = Desk::new(2);
    desk.order(BEGIN);
    let (mut sent, mut most, mut turn) = (0, 0, 0);
    for chunk in bundle.chunks(64 << 10) {
        // The page keeps to its window.
        while sent - desk.acknowledged >= 4 {
            assert!(desk.answer(turn), "it waits for nobody");
            turn += 1;
        }
        desk.chunk(chunk);
        sent += 1;
        assert!(desk.outstanding() <= desk.coordinator.pool.room());
        let run = desk.coordinator.run.as_ref().unwrap();
        most = most.max(run.verifier.waiting());
    }
    let (from, to) = first_share();
    let in_window = 4 * (64 << 10) / (to - from);
    let ahead = desk.coordinator.pool.room() * BATCH;
    assert!((ahead..=ahead + in_window).contains(&most), "{most}");
}

#[test]
fn an_idle_worker_takes_what_there_is() {
    let (_, to) = first_share();
    let mut desk = Desk::new(2);
    desk.order(BEGIN);
    desk.chunk(&BUNDLE[..to]);
    assert_eq!(desk.outstanding(), 1);
    assert_eq!(desk.acknowledged, 1);
    // With one at work, the next waits for more of its kind or for the other to ask.
    assert!(desk.answer(0));
    assert!(!desk.answer(0));
}

#[test]
fn answers_to_a_verification_that_was_given_up_are_passed_over() {
    let mut desk = Desk::new(2);
    desk.order(BEGIN);
    desk.chunk(&long_bundle(5_000));
    assert!(desk.outstanding() > 3);
    desk.order(r#"{"begin":{"run":2,"sample":null}}"#);
    desk.chunk(BUNDLE);
    desk.order(r#""end""#);
    while desk.answer(1) {}
    assert_eq!(desk.verdicts, [verdict(2, BUNDLE)]);
    // And one that was reset takes no bytes and gives no answer.
    desk.order(BEGIN);
    desk.order(r#""reset""#);
    let before = desk.acknowledged;
    desk.chunk(BUNDLE);
    desk.order(r#""end""#);
    assert_eq!((desk.acknowledged, desk.outstanding()), (before, 0));
    assert_eq!(desk.verdicts.len(), 1);
}

#[test]
fn a_sample_is_hashed_by_the_workers_too() {
    let mut desk = Desk::new(2);
    let seed = u64::MAX;
    desk.order(&format!(
        r#"{{"begin":{{"run":1,"sample":{{"one_in":5,"seed":{seed}}}}}}}"#
    ));
    desk.chunk(&long_bundle(5_000));
    desk.order(r#""end""#);
    while desk.answer(0) {}
    let verdict = &desk.verdicts[0];
    assert!(
        verdict.contains(&format!(r#""one_in":5,"seed":{seed}"#)),
        "{verdict}"
    );
}

#[test]
fn a_long_list_comes_ahead_of_the_verdict_in_parts() {
    let mut whole = Verifier::new();
    whole.push(BUNDLE);
    let mut verdict = whole.finish();
    let epoch = verdict.epochs[0].clone();
    verdict.epochs = vec![epoch; 600];
    let expected = serde_json::to_value(&verdict.epochs).unwrap();
    let posts = conclude(7, verdict).unwrap();
    let said: Vec<serde_json::Value> = posts
        .iter()
        .map(|post| match post {
            Post::Page(json) => serde_json::from_str(json).unwrap(),
            Post::Hasher(..) => panic!("nobody has to hash"),
        })
        .collect();
    assert_eq!(said.len(), 4);
    let mut epochs = Vec::new();
    for part in &said[..3] {
        assert_eq!(part["epochs"]["run"], 7);
        let lines = part["epochs"]["lines"].as_array().unwrap();
        assert!(lines.len() <= LINES);
        epochs.extend(lines.clone());
    }
    assert_eq!(serde_json::Value::from(epochs), expected);
    let verdict = &said[3]["verdict"]["verdict"];
    assert_eq!(verdict["epochs"], serde_json::json!([]));
    // A list that can be read at once stays where it is.
    assert!(!verdict["workers"].as_array().unwrap().is_empty());
}

#[test]
fn what_does_not_speak_the_protocol_is_noticed() {
    let mut desk = Desk::new(1);
    assert!(desk.coordinator.order("hello").is_err());
    assert!(desk.coordinator.hashed(0, &[0; 32]).is_err());
    desk.order(BEGIN);
    desk.chunk(BUNDLE);
    assert!(desk.coordinator.hashed(0, &[0; 33]).is_err());
    assert!(crate::hash(b"no batch").is_err());
}
