//! What a machine is to be sent, in order. Shares are answered when they are on the disk, and what comes after them
//! waits with them: machines match answers by their order, since many send the same id with every share.

use crate::{
    metrics::Metrics,
    sharelog::{LogError, Mark, ShareLog},
};
use prometheus_client::metrics::{gauge::Gauge, histogram::Histogram};
use std::{collections::VecDeque, sync::Arc};
use stratum::{Id, Reject};
use tokio::time::Instant;

/// Shares that may wait for the disk; then nothing more is read.
const SHARES_MAX: usize = 1_024;

/// Bytes that may wait for the disk or for a machine that does not read; then nothing more is read.
const BYTES_MAX: usize = 64 << 10;

/// Jobs come all the same: with so many bytes of them the connection has to end.
const OVERFLOW: usize = 256 << 10;

/// Spare room that a silent connection may keep.
const KEPT: usize = 1 << 10;
const TIMED_KEPT: usize = 8;

enum Part {
    Bytes(Vec<u8>),
    /// Shares of one log that are answered `true` once it is durable up to the mark.
    Shares {
        log: Arc<ShareLog>,
        mark: Mark,
        ids: Vec<Id>,
    },
}

/// Shares that were read at once, until the last byte of their answers is written.
struct Timed {
    read: Instant,
    shares: usize,
    /// Where their answers end, counted in bytes from the connection's first; none while they wait for the disk.
    end: Option<u64>,
}

/// The queue of one connection.
pub(super) struct Outbox {
    ready: Vec<u8>,
    written: usize,
    /// Bytes written since the connection's first, less those of `written`.
    gone: u64,
    /// Behind what is ready; begins with shares where it is not empty.
    waiting: VecDeque<Part>,
    shares: usize,
    /// Bytes of their ids, which come from the network.
    id_bytes: usize,
    /// Since when the socket has taken nothing of what is ready.
    stuck: Option<Instant>,
    timed: VecDeque<Timed>,
    /// What the server counts of it.
    queue: Gauge,
    took: Histogram,
}

impl Outbox {
    pub(super) fn new(metrics: &Metrics) -> Self {
        Self {
            ready: Vec::new(),
            written: 0,
            gone: 0,
            waiting: VecDeque::new(),
            shares: 0,
            id_bytes: 0,
            stuck: None,
            timed: VecDeque::new(),
            queue: metrics.answer_queue.clone(),
            took: metrics.share_to_answer.clone(),
        }
    }

    /// Sends a line after all that came before it.
    pub(super) fn line(&mut self, line: &str) {
        let bytes = self.lines();
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
    }

    /// Answers shares that were read then `true` once the log is durable up to the mark, or refuses them where it fails.
    pub(super) fn shares(&mut self, log: &Arc<ShareLog>, mark: Mark, ids: Vec<Id>, read: Instant) {
        let shares = ids.len();
        self.shares += shares;
        self.id_bytes += ids.iter().map(|id| id.as_bytes().len()).sum::<usize>();
        self.queue.inc_by(shares.cast_signed() as i64);
        self.timed.push_back(Timed {
            read,
            shares,
            end: None,
        });
        // Not into the first part: it is waited for, and must not become later.
        let behind = self.waiting.len() > 1;
        match self.waiting.back_mut() {
            Some(Part::Shares {
                log: same,
                mark: to,
                ids: all,
            }) if behind && Arc::ptr_eq(same, log) => {
                *to = mark;
                all.extend(ids);
            }
            _ => {
                let log = Arc::clone(log);
                self.waiting.push_back(Part::Shares { log, mark, ids });
            }
        }
    }

    /// Where to add lines, each with its newline: they are sent after all that came before.
    pub(super) fn lines(&mut self) -> &mut Vec<u8> {
        if self.waiting.is_empty() {
            return &mut self.ready;
        }
        if !matches!(self.waiting.back(), Some(Part::Bytes(_))) {
            self.waiting.push_back(Part::Bytes(Vec::new()));
        }
        match self.waiting.back_mut() {
            Some(Part::Bytes(bytes)) => bytes,
            _ => &mut self.ready,
        }
    }

    /// True while a machine may be listened to: not while its shares fill the queue to the disk, nor while it does not
    /// read what it is sent.
    pub(super) fn has_room(&self) -> bool {
        self.shares < SHARES_MAX && self.bytes() < BYTES_MAX
    }

    /// True where more waits than a machine that reads would ever leave.
    pub(super) fn overflows(&self) -> bool {
        self.bytes() > OVERFLOW
    }

    fn bytes(&self) -> usize {
        let behind = self.waiting.iter().map(|part| match part {
            Part::Bytes(bytes) => bytes.len(),
            Part::Shares { .. } => 0,
        });
        self.ready().len() + self.id_bytes + behind.sum::<usize>()
    }

    /// The log and the mark that the first waiting shares need.
    pub(super) fn next_mark(&self) -> Option<(&Arc<ShareLog>, Mark)> {
        match self.waiting.front() {
            Some(Part::Shares { log, mark, .. }) => Some((log, *mark)),
            _ => None,
        }
    }

    /// The first waiting shares are durable, or never will be; answers how many they were.
    pub(super) fn durable(&mut self, outcome: Result<(), LogError>) -> usize {
        let mut shares = 0;
        while let Some(part) = self.waiting.pop_front() {
            match part {
                Part::Shares { ids, .. } => {
                    shares += ids.len();
                    for id in ids {
                        self.id_bytes -= id.as_bytes().len();
                        match outcome {
                            Ok(()) => stratum::accept_into(&id, &mut self.ready),
                            Err(_) => {
                                let why = Reject::ShareLogUnavailable;
                                stratum::reject_into(&id, why, &mut self.ready);
                            }
                        }
                        self.ready.push(b'\n');
                    }
                    self.answered(shares);
                }
                Part::Bytes(bytes) => self.ready.extend_from_slice(&bytes),
            }
            if matches!(self.waiting.front(), Some(Part::Shares { .. })) {
                break;
            }
        }
        shares
    }

    /// The answers to so many shares are ready: the oldest that had none.
    fn answered(&mut self, shares: usize) {
        self.shares -= shares;
        self.queue.dec_by(shares.cast_signed() as i64);
        let end = self.gone + self.ready.len() as u64;
        let mut left = shares;
        for timed in &mut self.timed {
            if timed.end.is_none() {
                // Shares that were read at once are answered at once.
                left = left.saturating_sub(timed.shares);
                timed.end = Some(end);
                if left == 0 {
                    return;
                }
            }
        }
    }

    /// What may be written now.
    pub(super) fn ready(&self) -> &[u8] {
        self.ready.get(self.written..).unwrap_or_default()
    }

    /// The socket took so many of those.
    pub(super) fn wrote(&mut self, bytes: usize) {
        self.stuck = None;
        self.written += bytes;
        let all = self.written >= self.ready.len();
        // A machine that reads slowly, but reads, must not make what is written long ago pile up.
        if all || self.written >= BYTES_MAX {
            let written = self.written.min(self.ready.len());
            self.ready.drain(..written);
            self.gone += written as u64;
            self.written = 0;
            self.ready.shrink_to(KEPT.max(self.ready.len()));
        }
        self.measure();
    }

    /// Looks at the shares whose answers are on their way now.
    fn measure(&mut self) {
        let gone = self.gone + self.written as u64;
        while let Some(timed) = self.timed.front()
            && timed.end.is_some_and(|end| end <= gone)
        {
            let took = timed.read.elapsed().as_secs_f64();
            for _ in 0..timed.shares {
                self.took.observe(took);
            }
            self.timed.pop_front();
        }
        if self.timed.is_empty() {
            self.timed.shrink_to(TIMED_KEPT);
        }
    }

    /// True once everything was sent.
    pub(super) fn is_empty(&self) -> bool {
        self.ready().is_empty() && self.waiting.is_empty()
    }

    /// Since when the machine reads nothing of what waits for it; asked now and then.
    pub(super) fn stuck_since(&mut self, now: Instant) -> Option<Instant> {
        if self.ready().is_empty() {
            self.stuck = None;
        } else {
            self.stuck.get_or_insert(now);
        }
        self.stuck
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.queue.dec_by(self.shares.cast_signed() as i64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn outbox() -> Outbox {
        Outbox::new(&Metrics::default())
    }

    #[test]
    fn a_machine_that_does_not_read_is_not_listened_to_and_jobs_fill_its_queue_to_the_end() {
        let mut out = outbox();
        assert!(out.has_room());
        while out.has_room() {
            out.line("{\"id\":1,\"result\":\"pong\",\"error\":null}");
        }
        assert!((BYTES_MAX..BYTES_MAX + 100).contains(&out.bytes()));
        assert!(!out.overflows());
        while !out.overflows() {
            out.line(&"j".repeat(1_000));
        }
        assert!(out.bytes() <= OVERFLOW + 1_001);
        let all = out.ready().len();
        out.wrote(all);
        assert!(out.has_room() && out.is_empty());
        assert!(out.ready.capacity() <= KEPT);
    }

    #[test]
    fn what_waits_behind_shares_counts_too() {
        let mut out = outbox();
        out.waiting.push_back(Part::Bytes(vec![b'x'; BYTES_MAX]));
        assert!(!out.has_room() && !out.overflows());
        out.waiting.push_back(Part::Bytes(vec![b'x'; OVERFLOW]));
        assert!(out.overflows());
    }

    #[test]
    fn a_machine_that_reads_slowly_keeps_no_more_than_what_it_has_not_read() {
        let mut out = outbox();
        let mut expected = Vec::new();
        let mut read = Vec::new();
        for number in 0..20_000 {
            let line = format!("{{\"id\":{number},\"result\":true,\"error\":null}}");
            expected.extend_from_slice(line.as_bytes());
            expected.push(b'\n');
            out.line(&line);
            let some = out.ready().len() / 2;
            read.extend_from_slice(&out.ready()[..some]);
            out.wrote(some);
            assert!(out.ready.len() < 2 * BYTES_MAX);
        }
        read.extend_from_slice(out.ready());
        assert!(read == expected, "every byte comes once and in order");
    }

    #[test]
    fn a_share_is_measured_from_its_reading_to_its_answers_last_byte() {
        let metrics = Metrics::default();
        let mut out = Outbox::new(&metrics);
        let count = |text: &str| metrics.text().contains(text);
        let begin = Instant::now() - Duration::from_secs(1);
        for shares in [2, 1] {
            out.shares += shares;
            out.queue.inc_by(shares.cast_signed() as i64);
            out.timed.push_back(Timed {
                read: begin,
                shares,
                end: None,
            });
        }
        assert!(count("assay_answer_queue 3\n"));
        out.ready.extend_from_slice(b"0123456789");
        out.answered(2);
        out.ready.extend_from_slice(b"01234");
        out.answered(1);
        assert!(count("assay_answer_queue 0\n"));
        out.wrote(9);
        assert!(count("assay_share_to_answer_seconds_count 0\n"));
        out.wrote(1);
        assert!(count("assay_share_to_answer_seconds_count 2\n"));
        out.wrote(5);
        assert!(count("assay_share_to_answer_seconds_count 3\n"));
        assert!(count(
            "assay_share_to_answer_seconds_bucket{le=\"0.8192\"} 0\n"
        ));
        assert!(count(
            "assay_share_to_answer_seconds_bucket{le=\"+Inf\"} 3\n"
        ));
        out.shares = 4;
        out.queue.inc_by(4);
        drop(out);
        assert!(count("assay_answer_queue 0\n"), "nobody waits any more");
    }
}
