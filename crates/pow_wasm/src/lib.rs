#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

use pow::bundle::{Progress, Verdict, Verifier};
use serde::Serialize;

/// One bundle after another, with each answer as the JSON that the worker posts.
#[derive(Default)]
pub struct Session {
    verifier: Verifier,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Progress(Progress),
    Verdict(Box<Verdict>),
}

impl Session {
    /// Nothing read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the next bytes and answers `{"progress":{…}}`.
    ///
    /// # Errors
    /// Where the answer cannot be written as JSON.
    pub fn push(&mut self, bytes: &[u8]) -> serde_json::Result<String> {
        self.verifier.push(bytes);
        serde_json::to_string(&Answer::Progress(self.verifier.progress()))
    }

    /// Answers `{"verdict":{…}}` on what was read, and begins anew.
    ///
    /// # Errors
    /// Where the answer cannot be written as JSON.
    pub fn finish(&mut self) -> serde_json::Result<String> {
        let verdict = core::mem::take(&mut self.verifier).finish();
        serde_json::to_string(&Answer::Verdict(Box::new(verdict)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_begins_anew_after_a_verdict() {
        let mut session = Session::new();
        session.push(b"noise").unwrap();
        let first = session.finish().unwrap();
        assert!(first.starts_with(r#"{"verdict":{"#), "{first}");
        let progress = session.push(b"ASS").unwrap();
        assert!(progress.contains(r#""bytes":3,"#), "{progress}");
        let second = session.finish().unwrap();
        assert!(second.contains("truncated"), "{second}");
    }
}
