//! The miner's side of the connection, and its coming back.

use super::hashing::{Assignment, Desk, Found};
use super::{BACK_OFF, MinerSettings, Record};
use crate::line::Lines;
use crate::lock;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stratum::{Event, UPSTREAM_LINE_LIMIT, Upstream, UpstreamJob};
use tokio::net::TcpStream;
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

const AGENT: &str = "assay-sandbox-miner/0.1";

/// How long the answers to the last shares are waited for.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

pub(super) struct Session {
    pub(super) settings: MinerSettings,
    pub(super) record: Arc<Mutex<Record>>,
    pub(super) desk: Arc<Desk>,
    pub(super) stopping: CancellationToken,
    pub(super) found: Receiver<Found>,
}

/// One connection's state.
struct Connection {
    number: u64,
    lines: Lines,
    upstream: Upstream,
    space: Option<(Vec<u8>, usize)>,
    /// Header hashes of the shares whose answer is due, by tag.
    due: BTreeMap<u64, [u8; 32]>,
    sent: u64,
}

impl Session {
    /// Mines until stopped, or until the server goes away where it shall not come back.
    pub(super) async fn run(mut self) {
        let mut number = 0;
        while !self.stopping.is_cancelled() {
            number += 1;
            if let Err(error) = self.connect(number).await {
                tracing::debug!(user = self.settings.user, %error, "a sandbox miner lost its server");
            }
            self.desk.put(None);
            if !self.settings.reconnect {
                break;
            }
            tokio::select! {
                () = self.stopping.cancelled() => {}
                () = sleep(BACK_OFF) => {}
            }
        }
        self.desk.close();
    }

    async fn connect(&mut self, number: u64) -> io::Result<()> {
        let stopping = self.stopping.clone();
        let stream = tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            stream = TcpStream::connect(self.settings.pool) => stream?,
        };
        let upstream = Upstream::new(&self.settings.user, &self.settings.password, AGENT);
        let lines = Lines::new(stream, UPSTREAM_LINE_LIMIT)?;
        let (due, space) = (BTreeMap::new(), None);
        let mut connection = Connection {
            number,
            lines,
            upstream,
            space,
            due,
            sent: 0,
        };
        for line in connection.upstream.start() {
            connection.lines.send(line).await?;
        }
        loop {
            tokio::select! {
                () = stopping.cancelled() => break,
                Some(found) = self.found.recv() => self.submit(&mut connection, found).await?,
                line = connection.lines.next() => self.receive(&mut connection, line?).await?,
            }
        }
        self.desk.put(None);
        let deadline = Instant::now() + LAST_ANSWERS;
        while !connection.due.is_empty() {
            tokio::select! {
                () = sleep_until(deadline) => break,
                line = connection.lines.next() => self.receive(&mut connection, line?).await?,
            }
        }
        Ok(())
    }

    async fn submit(&self, connection: &mut Connection, found: Found) -> io::Result<()> {
        // A share of an older connection has no job here.
        if found.connection != connection.number {
            return Ok(());
        }
        connection.sent += 1;
        let (tag, share) = (connection.sent, found.share);
        let line = connection
            .upstream
            .submit(
                tag,
                &found.job_id,
                &found.extranonce2,
                share.ntime,
                share.nonce,
                None,
            )
            .map_err(io::Error::other)?;
        connection.due.insert(tag, found.hash);
        lock(&self.record).stats.sent += 1;
        connection.lines.send(line).await
    }

    async fn receive(&self, connection: &mut Connection, line: Option<String>) -> io::Result<()> {
        let line = line.ok_or(io::ErrorKind::UnexpectedEof)?;
        for event in connection
            .upstream
            .receive(&line)
            .map_err(io::Error::other)?
        {
            match event {
                Event::Subscribed {
                    extranonce1,
                    extranonce2_size,
                }
                | Event::ExtranonceChanged {
                    extranonce1,
                    extranonce2_size,
                } => {
                    if extranonce1.len() > 32 || extranonce2_size > 32 {
                        return Err(io::Error::other("the extranonce passes 32 bytes"));
                    }
                    connection.space = Some((extranonce1, extranonce2_size));
                }
                Event::Job(job) => self.assign(connection, job),
                Event::ShareAnswer {
                    tag,
                    accepted,
                    reason,
                } => {
                    if let Some(hash) = connection.due.remove(&tag) {
                        let mut record = lock(&self.record);
                        if accepted {
                            record.accept(hash)
                        } else {
                            record.reject(reason)
                        }
                    }
                }
                Event::AuthorizeRefused(reason) => return Err(io::Error::other(reason)),
                Event::ReconnectAsked => return Err(io::Error::other("asked to reconnect")),
                Event::Reply(line) => connection.lines.send(line).await?,
                Event::Authorized | Event::Difficulty(_) | Event::VersionMask(_) => {}
            }
        }
        Ok(())
    }

    fn assign(&self, connection: &Connection, job: UpstreamJob) {
        let Some((extranonce1, extranonce2_size)) = connection.space.clone() else {
            return;
        };
        if self.stopping.is_cancelled() {
            return;
        }
        self.desk.put(Some(Assignment {
            connection: connection.number,
            job_id: job.id,
            job: job.job,
            extranonce1,
            extranonce2_size,
            target: job.target,
        }));
    }
}
