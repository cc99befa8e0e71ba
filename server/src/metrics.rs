//! What Prometheus asks for: what is counted here says how the server does, and decides nothing.

mod reason;
mod serve;
mod waiting;

pub use reason::{pool_refusal, refusal};
pub use serve::serve;
pub use waiting::Waiting;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use stratum::Reject;

/// A share's outcome, on the machines' side or the pools'.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ShareOutcome {
    /// Which side.
    pub side: &'static str,
    /// `accepted` or `rejected`.
    pub result: &'static str,
    /// Why it was rejected: [`refusal`], [`pool_refusal`]; empty where it was not.
    pub reason: &'static str,
}

/// Which side of the server: `downstream` or `upstream`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Side {
    /// Which.
    pub side: &'static str,
}

/// Why something was refused or ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Reason {
    /// One word of a closed set.
    pub reason: &'static str,
}

/// The machines' side.
pub const DOWNSTREAM: &str = "downstream";
/// The pools' side.
pub const UPSTREAM: &str = "upstream";

/// The server's counts. Cheap to add to: numbers are atomic, and a histogram is locked for a few nanoseconds.
pub struct Metrics {
    registry: Mutex<Registry>,
    /// Shares by outcome.
    pub shares: Family<ShareOutcome, Counter>,
    /// Of those, the machines' accepted ones: looked up once, since there are a hundred thousand a second.
    accepted: Counter,
    /// Lines of machines that were refused and are no share.
    pub requests_refused: Family<Reason, Counter>,
    /// Connections now, by side.
    pub connections: Family<Side, Gauge>,
    /// Connections of machines that were turned away.
    pub connections_refused: Family<Reason, Counter>,
    /// Connections of machines that ended.
    pub connections_ended: Family<Reason, Counter>,
    /// Jobs that pools sent, and jobs that were sent to machines.
    pub jobs: Family<Side, Counter>,
    /// Shares that are judged and wait for the disk.
    pub answer_queue: Gauge,
    /// Shares that wait for a pool's socket.
    pub forward_queue: Gauge,
    /// Share logs that wait for the disk.
    pub log_queue: Gauge,
    /// Pools' jobs that wait for the share log.
    pub jobs_held: Gauge,
    /// Seconds from reading an accepted share to having written its answer.
    pub share_to_answer: Histogram,
    /// Seconds from judging a share to having written it to the pool.
    pub share_to_pool: Histogram,
    /// Seconds from then to the pool's answer.
    pub pool_answer: Histogram,
    /// Records' bytes that one sync made durable.
    pub group_commit_bytes: Histogram,
    /// Seconds that one sync took.
    pub group_commit: Histogram,
    /// Seconds that sealing a segment took, beside the answers.
    pub segment_seal: Histogram,
    /// Bytes that the share logs take on the disk.
    pub share_bytes: Gauge,
    /// Bytes that their disk has left.
    pub disk_free: Gauge,
    /// 1 while no more shares are taken for want of room.
    pub shares_refused: Gauge,
    /// Machines that were given other work.
    pub switches: Counter,
}

/// Accepted where there is no reason.
const fn outcome(side: &'static str, reason: &'static str) -> ShareOutcome {
    let result = if reason.is_empty() {
        "accepted"
    } else {
        "rejected"
    };
    ShareOutcome {
        side,
        result,
        reason,
    }
}

impl Default for Metrics {
    fn default() -> Self {
        // 0.1 ms to 3.3 s.
        let seconds = || Histogram::new(exponential_buckets(0.000_1, 2.0, 16));
        let shares: Family<ShareOutcome, Counter> = Family::default();
        let metrics = Self {
            registry: Mutex::new(Registry::with_prefix("assay")),
            accepted: shares.get_or_create_owned(&outcome(DOWNSTREAM, "")),
            shares,
            requests_refused: Family::default(),
            connections: Family::default(),
            connections_refused: Family::default(),
            connections_ended: Family::default(),
            jobs: Family::default(),
            answer_queue: Gauge::default(),
            forward_queue: Gauge::default(),
            log_queue: Gauge::default(),
            jobs_held: Gauge::default(),
            share_to_answer: seconds(),
            share_to_pool: seconds(),
            pool_answer: seconds(),
            // 32 bytes to 8 MiB.
            group_commit_bytes: Histogram::new(exponential_buckets(32.0, 4.0, 10)),
            group_commit: seconds(),
            segment_seal: seconds(),
            share_bytes: Gauge::default(),
            disk_free: Gauge::default(),
            shares_refused: Gauge::default(),
            switches: Counter::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&self) {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let r = &mut *registry;
        r.register("shares", "Shares by outcome", self.shares.clone());
        let help = "Lines of machines that were refused and are no share";
        r.register("requests_refused", help, self.requests_refused.clone());
        r.register("connections", "Connections now", self.connections.clone());
        let help = "Connections of machines that were turned away";
        let refused = self.connections_refused.clone();
        r.register("connections_refused", help, refused);
        let help = "Connections of machines that ended";
        r.register("connections_ended", help, self.connections_ended.clone());
        let help = "Jobs that pools sent, and jobs that were sent to machines";
        r.register("jobs", help, self.jobs.clone());
        let help = "Shares that are judged and wait for the disk";
        r.register("answer_queue", help, self.answer_queue.clone());
        let help = "Shares that wait for a pool's socket";
        r.register("forward_queue", help, self.forward_queue.clone());
        let help = "Share logs that wait for the disk";
        r.register("log_queue", help, self.log_queue.clone());
        let help = "Jobs of pools that wait for the share log";
        r.register("jobs_held", help, self.jobs_held.clone());
        let help = "Machines that were given other work";
        r.register("switches", help, self.switches.clone());
        let help = "Records that one sync made durable";
        let bytes = self.group_commit_bytes.clone();
        r.register_with_unit("group_commit_size", help, Unit::Bytes, bytes);
        for (name, help, histogram) in [
            (
                "share_to_answer",
                "From reading an accepted share to having written its answer",
                &self.share_to_answer,
            ),
            (
                "share_to_pool",
                "From judging a share to having written it to the pool",
                &self.share_to_pool,
            ),
            (
                "pool_answer",
                "From having written a share to the pool to the pool's answer",
                &self.pool_answer,
            ),
            ("group_commit", "What one sync took", &self.group_commit),
        ] {
            r.register_with_unit(name, help, Unit::Seconds, histogram.clone());
        }
        self.register_disk(r);
    }

    fn register_disk(&self, r: &mut Registry) {
        r.register_with_unit(
            "segment_seal",
            "What sealing a segment took",
            Unit::Seconds,
            self.segment_seal.clone(),
        );
        r.register_with_unit(
            "share_logs",
            "What the share logs take on the disk",
            Unit::Bytes,
            self.share_bytes.clone(),
        );
        r.register_with_unit(
            "disk_free",
            "What their disk has left",
            Unit::Bytes,
            self.disk_free.clone(),
        );
        r.register(
            "shares_refused",
            "1 while no more shares are taken for want of room",
            self.shares_refused.clone(),
        );
    }

    /// A segment was sealed.
    pub fn sealed(&self, took: Duration) {
        self.segment_seal.observe(took.as_secs_f64());
    }

    /// Shares of a machine that were accepted together.
    pub fn accepted(&self, shares: usize) {
        let count = u64::try_from(shares).unwrap_or(u64::MAX);
        self.accepted.inc_by(count);
    }

    /// A machine's share that was refused.
    pub fn refused(&self, why: Reject) {
        self.share(DOWNSTREAM, refusal(why));
    }

    /// Another line of a machine, refused.
    pub fn request_refused(&self, why: Reject) {
        let reason = refusal(why);
        self.requests_refused
            .get_or_create(&Reason { reason })
            .inc();
    }

    /// A pool's answer to a share that was sent on; a refusal with its code, where it has one.
    pub fn pool_answered(&self, accepted: bool, code: Option<i32>) {
        let reason = if accepted { "" } else { pool_refusal(code) };
        self.share(UPSTREAM, reason);
    }

    fn share(&self, side: &'static str, reason: &'static str) {
        self.shares.get_or_create(&outcome(side, reason)).inc();
    }

    /// Another connection, until what is answered is dropped.
    #[must_use]
    pub fn connected(&self, side: &'static str) -> Counted {
        Counted::one(self.connections.get_or_create_owned(&Side { side }))
    }

    /// A machine's connection ended.
    pub fn ended(&self, reason: &'static str) {
        let ended = &self.connections_ended;
        ended.get_or_create(&Reason { reason }).inc();
    }

    /// A machine was turned away.
    pub fn turned_away(&self, reason: &'static str) {
        let refused = &self.connections_refused;
        refused.get_or_create(&Reason { reason }).inc();
    }

    /// A job came or went.
    pub fn job(&self, side: &'static str) {
        self.jobs.get_or_create(&Side { side }).inc();
    }

    /// One sync of share logs.
    pub fn committed(&self, bytes: usize, took: Duration) {
        self.group_commit_bytes.observe(bytes as f64);
        self.group_commit.observe(took.as_secs_f64());
    }

    /// All of it, as text in the `OpenMetrics` format.
    #[must_use]
    pub fn text(&self) -> String {
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        if let Err(error) = prometheus_client::encoding::text::encode(&mut text, &registry) {
            tracing::error!(%error, "the metrics cannot be written");
        }
        text
    }
}

/// Something that a gauge counts, until it is dropped.
pub struct Counted(Gauge);

impl Counted {
    /// One more of what the gauge counts.
    #[must_use]
    pub fn one(gauge: Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_ends_with_its_owner() {
        let metrics = Metrics::default();
        let queued: Vec<Counted> = (0..3)
            .map(|_| Counted::one(metrics.forward_queue.clone()))
            .collect();
        assert!(metrics.text().contains("assay_forward_queue 3\n"));
        drop(queued);
        assert!(metrics.text().contains("assay_forward_queue 0\n"));
    }

    #[test]
    fn every_text_of_a_machine_or_pool_is_one_of_few_words() {
        let metrics = Metrics::default();
        for text in ["Not JSON", "Login is not a string", "Line too long"] {
            metrics.request_refused(Reject::Malformed(text));
        }
        for code in -300..300 {
            metrics.pool_answered(false, Some(code));
        }
        let text = metrics.text();
        assert!(text.contains("assay_requests_refused_total{reason=\"malformed\"} 3\n"));
        assert_eq!(text.matches("side=\"upstream\"").count(), 6);
    }
}
