//! Why a command stopped, in one sentence.

use std::io::Write;

/// A sentence for a person, and the exit code that goes with it.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    sentence: String,
    exit_code: u8,
}

impl Failure {
    /// Something that was tried did not work: exit code 1.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            exit_code: 1,
        }
    }

    /// What was asked for was not understood: exit code 2.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            exit_code: 2,
        }
    }

    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    pub fn exit_code(&self) -> u8 {
        self.exit_code
    }

    pub fn print(&self) {
        let _ = writeln!(std::io::stderr(), "xtask: {}", self.sentence);
    }
}

/// One line on standard output. A reader that has gone away (`| head`) is no reason to panic.
pub fn say(line: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout(), "{}", line.as_ref());
}
