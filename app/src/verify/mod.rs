//! Verifying a bundle in the reader's browser: the workers, the bytes that go to them, and how far it is.

#[cfg(feature = "hydrate")]
mod board;
#[cfg(feature = "hydrate")]
mod connection;
#[cfg(any(feature = "hydrate", test))]
mod course;
#[cfg(any(feature = "hydrate", test))]
mod flow;
#[cfg(feature = "hydrate")]
mod gate;
#[cfg(any(feature = "hydrate", test))]
mod length;
#[cfg(any(feature = "hydrate", test))]
mod lines;
#[cfg(any(feature = "hydrate", test))]
mod outage;
mod phase;
#[cfg(feature = "hydrate")]
mod run;
#[cfg(feature = "hydrate")]
mod source;
#[cfg(any(feature = "hydrate", test))]
mod stopwatch;
#[cfg(feature = "hydrate")]
mod team;
mod thoroughness;
#[cfg(feature = "hydrate")]
mod worker_source;

pub use phase::{Pace, Phase, Readiness, Running};
pub use thoroughness::Thoroughness;

use leptos::prelude::*;

/// A verification of one bundle after another, and the workers that do it. They end with the owner it was made in.
#[derive(Clone, Copy)]
pub struct Verification {
    /// Where it stands.
    pub phase: RwSignal<Phase>,
    /// Whether the workers are loaded.
    pub readiness: RwSignal<Readiness>,
    /// How much the next one checks.
    pub thoroughness: RwSignal<Thoroughness>,
    /// SHA-256 of the wasm that the workers run, in hex; where the browser can tell.
    pub verifier_hash: RwSignal<Option<String>>,
    #[cfg(feature = "hydrate")]
    runner: StoredValue<run::Runner, LocalStorage>,
}

impl Verification {
    /// Nothing started.
    pub fn new() -> Self {
        let phase = RwSignal::new(Phase::Idle);
        let readiness = RwSignal::new(Readiness::Loading);
        let thoroughness = RwSignal::new(Thoroughness::All);
        let verifier_hash = RwSignal::new(None);
        #[cfg(feature = "hydrate")]
        let shown = run::Shown {
            phase,
            readiness,
            verifier_hash,
        };
        Self {
            phase,
            readiness,
            thoroughness,
            verifier_hash,
            #[cfg(feature = "hydrate")]
            runner: StoredValue::new_local(run::Runner::new(shown)),
        }
    }

    /// Loads the workers ahead of their use.
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
        {
            let thoroughness = self.thoroughness.get_untracked();
            self.runner.with_value(|runner| runner.retry(thoroughness));
        }
    }

    /// Begins the last one anew, and checks all of it.
    pub fn verify_all(self) {
        self.thoroughness.set(Thoroughness::All);
        self.retry();
    }

    /// Stands still until it is resumed.
    pub fn pause(self) {
        #[cfg(feature = "hydrate")]
        self.runner.with_value(run::Runner::pause);
    }

    /// Goes on.
    pub fn resume(self) {
        #[cfg(feature = "hydrate")]
        self.runner.with_value(run::Runner::resume);
    }

    /// Stops, and keeps the workers.
    pub fn cancel(self) {
        #[cfg(feature = "hydrate")]
        self.runner.with_value(run::Runner::cancel);
    }

    #[cfg(feature = "hydrate")]
    fn start(self, input: source::Input) {
        let thoroughness = self.thoroughness.get_untracked();
        self.runner
            .with_value(|runner| runner.start(input, thoroughness));
    }
}
