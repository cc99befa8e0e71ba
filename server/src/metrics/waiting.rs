//! Since when shares wait for a pool's answer.

use prometheus_client::metrics::histogram::Histogram;
use std::collections::BTreeMap;
use tokio::time::Instant;

/// More than a pool may leave unanswered; a share beyond that is not measured.
const WAITING_MAX: usize = 4_096;

/// Shares that were sent to a pool, by the number that its answer names.
#[derive(Default)]
pub struct Waiting(BTreeMap<u64, Instant>);

impl Waiting {
    /// The share was written.
    pub fn sent(&mut self, tag: u64) {
        if self.0.len() < WAITING_MAX {
            self.0.insert(tag, Instant::now());
        }
    }

    /// The pool has answered it.
    pub fn answered(&mut self, tag: u64, took: &Histogram) {
        if let Some(sent) = self.0.remove(&tag) {
            took.observe(sent.elapsed().as_secs_f64());
        }
    }
}
