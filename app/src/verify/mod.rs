//! Verifying a bundle in the reader's browser: a worker, the bytes that go to it, and how far it is.

#[cfg(feature = "hydrate")]
mod run;
#[cfg(feature = "hydrate")]
mod source;
#[cfg(feature = "hydrate")]
mod worker;

use api::{Verdict, VerifyProgress};
use leptos::prelude::*;

/// Where a verification stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "verifying happens in the browser alone")
)]
pub enum Phase {
    /// None was asked for.
    #[default]
    Idle,
    /// Bytes are on their way.
    Running(Running),
    /// The reader stopped it.
    Cancelled,
    /// It could not be done; a sentence says why. Nothing is known of the bundle.
    Failed(String),
    /// The verdict.
    Done(Box<Verdict>),
}

/// How far a verification is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Running {
    /// What the worker has read.
    pub progress: VerifyProgress,
    /// Size of the bundle, where it is known.
    pub total_bytes: Option<u64>,
    /// Since its start.
    pub elapsed_ms: u64,
}

impl Running {
    /// Full quarters of the bundle, 4 at most.
    pub fn quarters(&self) -> u64 {
        let total = self.total_bytes.unwrap_or_default();
        let quarters = self.progress.bytes.saturating_mul(4).checked_div(total);
        quarters.unwrap_or_default().min(4)
    }
}

/// Whether the verifier is loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "verifying happens in the browser alone")
)]
pub enum Readiness {
    /// Not asked for, or on its way.
    #[default]
    Loading,
    /// It runs; the server is not needed any more.
    Ready,
    /// It could not be loaded; a sentence says why.
    Failed(String),
}

/// A verification of one bundle after another, and the worker that does it. Its worker ends with the owner it was made in.
#[derive(Clone, Copy)]
pub struct Verification {
    /// Where it stands.
    pub phase: RwSignal<Phase>,
    /// Whether the worker is loaded.
    pub readiness: RwSignal<Readiness>,
    #[cfg(feature = "hydrate")]
    runner: StoredValue<run::Runner, LocalStorage>,
}

impl Verification {
    /// Nothing started.
    pub fn new() -> Self {
        let phase = RwSignal::new(Phase::Idle);
        let readiness = RwSignal::new(Readiness::Loading);
        Self {
            phase,
            readiness,
            #[cfg(feature = "hydrate")]
            runner: StoredValue::new_local(run::Runner::new(phase, readiness)),
        }
    }

    /// Loads the worker ahead of its use.
    pub fn prepare(self) {
        #[cfg(feature = "hydrate")]
        self.runner.with_value(run::Runner::prepare);
    }

    /// Verifies the bundle at `url` as it comes; `expected_bytes` stands in where the server does not say its size.
    pub fn verify_url(self, url: String, expected_bytes: u64) {
        #[cfg(feature = "hydrate")]
        self.start(source::Input::Url {
            url,
            expected_bytes,
        });
        #[cfg(not(feature = "hydrate"))]
        let _ = (url, expected_bytes);
    }

    /// Verifies a file of the reader's, which stays where it is.
    #[cfg(feature = "hydrate")]
    pub fn verify_file(self, file: web_sys::File) {
        self.start(source::Input::File(file));
    }

    /// Begins the last one anew.
    pub fn retry(self) {
        #[cfg(feature = "hydrate")]
        self.runner.with_value(run::Runner::retry);
    }

    /// Stops, and keeps the worker.
    pub fn cancel(self) {
        #[cfg(feature = "hydrate")]
        self.runner.with_value(run::Runner::cancel);
    }

    #[cfg(feature = "hydrate")]
    fn start(self, input: source::Input) {
        self.runner.with_value(|runner| runner.start(input));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_need_a_total() {
        let mut running = Running::default();
        running.progress.bytes = 60;
        assert_eq!(running.quarters(), 0);
        running.total_bytes = Some(100);
        assert_eq!(running.quarters(), 2);
        running.total_bytes = Some(50);
        assert_eq!(running.quarters(), 4);
    }
}
