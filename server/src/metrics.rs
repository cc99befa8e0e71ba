//! What Prometheus asks for: what is counted here says how the server does, and decides nothing.

mod serve;

pub use serve::serve;

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

/// A share's outcome, on the machines' side or the pools'.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ShareOutcome {
    /// `downstream` or `upstream`.
    pub side: &'static str,
    /// `accepted` or `rejected`.
    pub result: &'static str,
    /// Why it was rejected, in the server's words; empty where it was not.
    pub reason: &'static str,
}

/// Which side of the server.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Side {
    /// `downstream` or `upstream`.
    pub side: &'static str,
}

/// The server's counts. Cheap to add to: all are atomic.
pub struct Metrics {
    registry: Mutex<Registry>,
    /// Shares by outcome.
    pub shares: Family<ShareOutcome, Counter>,
    /// Connections now, by side.
    pub connections: Family<Side, Gauge>,
    /// Connections that were turned away or ended by the server.
    pub turned_away: Counter,
    /// Shares that wait for a pool's socket.
    pub forward_queue: Gauge,
    /// Share logs that wait for the disk.
    pub log_queue: Gauge,
    /// Seconds from a share's arrival to its answer.
    pub share_to_answer: Histogram,
    /// Seconds from sending a share to a pool to the pool's answer.
    pub share_to_pool: Histogram,
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

impl Default for Metrics {
    fn default() -> Self {
        let seconds = || Histogram::new(exponential_buckets(0.000_1, 2.0, 16));
        let metrics = Self {
            registry: Mutex::new(Registry::with_prefix("assay")),
            shares: Family::default(),
            connections: Family::default(),
            turned_away: Counter::default(),
            forward_queue: Gauge::default(),
            log_queue: Gauge::default(),
            share_to_answer: seconds(),
            share_to_pool: seconds(),
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
        r.register("connections", "Connections now", self.connections.clone());
        r.register(
            "turned_away",
            "Connections turned away or ended by the server",
            self.turned_away.clone(),
        );
        r.register(
            "forward_queue",
            "Shares that wait for a pool's socket",
            self.forward_queue.clone(),
        );
        r.register(
            "log_queue",
            "Share logs that wait for the disk",
            self.log_queue.clone(),
        );
        r.register_with_unit(
            "share_to_answer",
            "From a share's arrival to its answer",
            Unit::Seconds,
            self.share_to_answer.clone(),
        );
        r.register_with_unit(
            "share_to_pool",
            "From sending a share to a pool to its answer",
            Unit::Seconds,
            self.share_to_pool.clone(),
        );
        r.register_with_unit(
            "group_commit_size",
            "Records that one sync made durable",
            Unit::Bytes,
            self.group_commit_bytes.clone(),
        );
        r.register_with_unit(
            "group_commit",
            "What one sync took",
            Unit::Seconds,
            self.group_commit.clone(),
        );
        self.register_disk(r);
        r.register(
            "switches",
            "Machines that were given other work",
            self.switches.clone(),
        );
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

    /// A machine's share: `reason` is empty where it was accepted.
    pub fn downstream_share(&self, reason: &'static str) {
        self.share("downstream", reason);
    }

    /// A pool's answer to a share that was sent on.
    pub fn upstream_share(&self, reason: &'static str) {
        self.share("upstream", reason);
    }

    fn share(&self, side: &'static str, reason: &'static str) {
        let result = if reason.is_empty() {
            "accepted"
        } else {
            "rejected"
        };
        let outcome = ShareOutcome {
            side,
            result,
            reason,
        };
        self.shares.get_or_create(&outcome).inc();
    }

    /// Another connection, until what is answered is dropped.
    #[must_use]
    pub fn connected(&self, side: &'static str) -> Connected {
        let gauge = self.connections.get_or_create(&Side { side }).clone();
        gauge.inc();
        Connected(gauge)
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

/// A connection that is counted.
pub struct Connected(Gauge);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.dec();
    }
}
