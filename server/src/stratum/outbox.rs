//! What a machine is to be sent, in order. Shares are answered when they are on the disk, and what comes after them
//! waits with them: machines match answers by their order, since many send the same id with every share.

use crate::sharelog::{LogError, Mark, ShareLog};
use std::{collections::VecDeque, sync::Arc};
use stratum::{Id, Reject};
use tokio::time::Instant;

/// Shares that may wait for the disk; then nothing more is read.
const SHARES_MAX: usize = 1_024;

/// Bytes that may wait for a machine that does not read; then nothing more is read.
const BYTES_MAX: usize = 64 << 10;

/// Spare room that a silent connection may keep.
const KEPT: usize = 1 << 10;

enum Part {
    Bytes(Vec<u8>),
    /// Shares of one log that are answered `true` once it is durable up to the mark.
    Shares {
        log: Arc<ShareLog>,
        mark: Mark,
        ids: Vec<Id>,
    },
}

/// The queue of one connection.
#[derive(Default)]
pub(super) struct Outbox {
    ready: Vec<u8>,
    written: usize,
    /// Behind what is ready; begins with shares where it is not empty.
    waiting: VecDeque<Part>,
    shares: usize,
    /// Since when the socket has taken nothing of what is ready.
    stuck: Option<Instant>,
}

impl Outbox {
    /// Sends a line after all that came before it.
    pub(super) fn line(&mut self, line: &str) {
        let bytes = self.lines();
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
    }

    /// Answers shares `true` once the log is durable up to the mark, or refuses them where it fails.
    pub(super) fn shares(&mut self, log: &Arc<ShareLog>, mark: Mark, ids: Vec<Id>) {
        self.shares += ids.len();
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
        self.shares < SHARES_MAX && self.ready.len() < BYTES_MAX
    }

    /// The log and the mark that the first waiting shares need.
    pub(super) fn next_mark(&self) -> Option<(&Arc<ShareLog>, Mark)> {
        match self.waiting.front() {
            Some(Part::Shares { log, mark, .. }) => Some((log, *mark)),
            _ => None,
        }
    }

    /// The first waiting shares are durable, or never will be.
    pub(super) fn durable(&mut self, outcome: Result<(), LogError>) {
        while let Some(part) = self.waiting.pop_front() {
            match part {
                Part::Shares { ids, .. } => {
                    self.shares -= ids.len();
                    for id in ids {
                        match outcome {
                            Ok(()) => stratum::accept_into(&id, &mut self.ready),
                            Err(_) => {
                                let why = Reject::ShareLogUnavailable;
                                stratum::reject_into(&id, why, &mut self.ready);
                            }
                        }
                        self.ready.push(b'\n');
                    }
                }
                Part::Bytes(bytes) => self.ready.extend_from_slice(&bytes),
            }
            if matches!(self.waiting.front(), Some(Part::Shares { .. })) {
                return;
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
        if self.written >= self.ready.len() {
            self.written = 0;
            self.ready.clear();
            self.ready.shrink_to(KEPT);
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
