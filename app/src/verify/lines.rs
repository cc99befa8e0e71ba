//! The verdict's longest lists, which come before it in parts.

use api::{BuiltOn, EpochLine, Hour, Verdict};
use serde::Deserialize;

/// What came so far. Empty where a list was short enough to stand in the verdict itself.
#[derive(Debug, Default)]
pub struct Lines {
    epochs: Vec<EpochLine>,
    built_on: Vec<BuiltOn>,
    hours: Vec<Hour>,
}

/// The next lines of one of them.
#[derive(Debug, Deserialize)]
pub struct Part<T> {
    /// The verification.
    pub run: u32,
    lines: Vec<T>,
}

impl Lines {
    pub fn epochs(&mut self, part: Part<EpochLine>) {
        self.epochs.extend(part.lines);
    }

    pub fn built_on(&mut self, part: Part<BuiltOn>) {
        self.built_on.extend(part.lines);
    }

    pub fn hours(&mut self, part: Part<Hour>) {
        self.hours.extend(part.lines);
    }

    /// Puts them where they belong.
    pub fn complete(self, verdict: &mut Verdict) {
        put(self.epochs, &mut verdict.epochs);
        put(self.built_on, &mut verdict.chain.built_on);
        if let Some(statistics) = &mut verdict.statistics {
            put(self.hours, &mut statistics.hours);
        }
    }
}

fn put<T>(lines: Vec<T>, list: &mut Vec<T>) {
    if !lines.is_empty() {
        *list = lines;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part<T>(lines: &[T]) -> Part<T>
    where
        T: Clone,
    {
        let lines = lines.to_vec();
        Part { run: 1, lines }
    }

    #[test]
    fn parts_make_the_lists_again() {
        let json = include_str!("../../../crates/pow/tests/vectors/verdict.json");
        let whole: Verdict = serde_json::from_str(json).unwrap();
        let hours = &whole.statistics.as_ref().unwrap().hours;
        assert!(whole.epochs.len() > 1 && !whole.chain.built_on.is_empty() && !hours.is_empty());
        let mut lines = Lines::default();
        for epochs in whole.epochs.chunks(1) {
            lines.epochs(part(epochs));
        }
        lines.built_on(part(&whole.chain.built_on));
        lines.hours(part(hours));
        let mut verdict = whole.clone();
        verdict.epochs.clear();
        verdict.chain.built_on.clear();
        verdict.statistics.as_mut().unwrap().hours.clear();
        lines.complete(&mut verdict);
        assert_eq!(verdict, whole);
    }

    #[test]
    fn a_list_that_came_in_the_verdict_stays() {
        let json = r#"{"run":7,"lines":[]}"#;
        let none: Part<EpochLine> = serde_json::from_str(json).unwrap();
        assert_eq!(none.run, 7);
        let mut lines = Lines::default();
        lines.epochs(none);
        let json = include_str!("../../../crates/pow/tests/vectors/verdict.json");
        let whole: Verdict = serde_json::from_str(json).unwrap();
        let mut verdict = whole.clone();
        lines.complete(&mut verdict);
        assert_eq!(verdict, whole);
    }
}
