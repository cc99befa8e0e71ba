//! The session with a contract's pool.

use super::delivery::{Delivery, Forward, LiveJob};
use crate::{clock, sharelog::LogError};
use futures::{SinkExt, StreamExt};
use pow::bundle::{JobRecord, Upstream as Session};
use std::{sync::Arc, time::Duration};
use stratum::{
    Event, ExtranonceSpace, Fault, SpaceError, UPSTREAM_LINE_LIMIT, Upstream, UpstreamJob,
};
use tokio::{net::TcpStream, sync::mpsc, time::timeout};
use tokio_util::codec::{Framed, LinesCodec, LinesCodecError};

const CONNECT: Duration = Duration::from_secs(10);
/// A pool that sends nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(120);
const BACK_OFF_MAX: Duration = Duration::from_secs(30);

/// Why a session ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the pool cannot be reached: {0}")]
    Connect(std::io::Error),
    #[error("the pool does not answer")]
    Silent,
    #[error("the pool closed the connection")]
    Closed,
    #[error("the pool's connection failed: {0}")]
    Line(#[from] LinesCodecError),
    #[error("{0}")]
    Protocol(#[from] Fault),
    #[error("{0}")]
    Space(#[from] SpaceError),
    #[error("the pool refused the login")]
    Unauthorized,
    #[error("the pool asked for a new connection")]
    ReconnectAsked,
    #[error("{0}")]
    Log(#[from] LogError),
}

/// Keeps a session up until the contract is closed: after an end it waits twice as long as before, half a minute at most.
pub(super) async fn run(delivery: Arc<Delivery>, mut shares: mpsc::Receiver<Forward>) {
    let mut back_off = Duration::from_secs(1);
    loop {
        let started = clock::now();
        let ended = tokio::select! {
            () = delivery.closed() => return,
            ended = session(&delivery, &mut shares) => ended,
        };
        delivery.job.send_replace(None);
        if let Err(error) = &ended {
            tracing::warn!(%error, contract = %delivery.contract.id, "the pool's session ended");
        }
        let lasted = clock::now().since(started).get();
        if lasted > 60_000 {
            back_off = Duration::from_secs(1);
        }
        // A random part, so that many contracts of one pool do not come back at once.
        let jitter = Duration::from_millis(clock::now().unix_ms() % 500);
        tokio::select! {
            () = delivery.closed() => return,
            () = tokio::time::sleep(back_off + jitter) => {}
        }
        back_off = (back_off * 2).min(BACK_OFF_MAX);
    }
}

struct Open<'a> {
    delivery: &'a Delivery,
    protocol: Upstream,
    session: Option<(u32, ExtranonceSpace)>,
    version_mask: u32,
    prev_hash: Option<[u8; 32]>,
    next_tag: u64,
}

async fn session(delivery: &Delivery, shares: &mut mpsc::Receiver<Forward>) -> Result<(), Ended> {
    let pool = &delivery.contract.pool;
    let connecting = TcpStream::connect((pool.host(), pool.port()));
    let socket = timeout(CONNECT, connecting)
        .await
        .map_err(|_| Ended::Silent)?
        .map_err(Ended::Connect)?;
    // A share must not wait for the next one.
    socket.set_nodelay(true).map_err(Ended::Connect)?;
    let mut lines = Framed::new(socket, LinesCodec::new_with_max_length(UPSTREAM_LINE_LIMIT));
    let agent = concat!("assay/", env!("CARGO_PKG_VERSION"));
    let protocol = Upstream::new(pool.user(), pool.password(), agent);
    let mut open = Open {
        delivery,
        protocol,
        session: None,
        version_mask: 0,
        prev_hash: None,
        next_tag: 0,
    };
    for line in open.protocol.start() {
        lines.send(line).await?;
    }
    loop {
        let send = tokio::select! {
            line = timeout(SILENCE, lines.next()) => match line {
                Err(_) => return Err(Ended::Silent),
                Ok(None) => return Err(Ended::Closed),
                Ok(Some(line)) => open.receive(&line?)?,
            },
            Some(share) = shares.recv() => open.submit(&share)?,
        };
        for line in send {
            timeout(CONNECT, lines.send(line))
                .await
                .map_err(|_| Ended::Silent)??;
        }
    }
}

impl Open<'_> {
    fn receive(&mut self, line: &str) -> Result<Vec<String>, Ended> {
        let mut send = Vec::new();
        for event in self.protocol.receive(line)? {
            match event {
                Event::Subscribed {
                    extranonce1,
                    extranonce2_size,
                }
                | Event::ExtranonceChanged {
                    extranonce1,
                    extranonce2_size,
                } => {
                    self.subscribed(extranonce1, extranonce2_size)?;
                }
                Event::Job(job) => self.job(job)?,
                Event::ShareAnswer { accepted, .. } => self.delivery.stats().answered(accepted),
                Event::VersionMask(mask) => self.version_mask = mask,
                Event::AuthorizeRefused(_) => return Err(Ended::Unauthorized),
                Event::ReconnectAsked => return Err(Ended::ReconnectAsked),
                Event::Reply(line) => send.push(line),
                Event::Authorized | Event::Difficulty(_) => {}
            }
        }
        Ok(send)
    }

    fn subscribed(&mut self, extranonce1: Vec<u8>, extranonce2_size: usize) -> Result<(), Ended> {
        let space = ExtranonceSpace::new(&extranonce1, extranonce2_size)?;
        // At most 32: checked with the space.
        let extranonce2_size = u8::try_from(extranonce2_size).unwrap_or(u8::MAX);
        let record = Session {
            at: clock::now(),
            extranonce1,
            extranonce2_size,
        };
        let (number, _) = self
            .delivery
            .log
            .append(|log, out| log.upstream(record, out))?;
        self.session = Some((number, space));
        Ok(())
    }

    fn job(&mut self, mut from_pool: UpstreamJob) -> Result<(), Ended> {
        let Some((upstream, space)) = self.session.clone() else {
            return Err(Fault::JobBeforeSubscribed.into());
        };
        let record = JobRecord {
            at: clock::now(),
            job: from_pool.job.clone(),
        };
        match self.delivery.log.append(|log, out| log.job(record, out)) {
            Ok((number, _)) => {
                // Shares of another block's jobs are stale whether or not the pool says so.
                let before = self.prev_hash.replace(from_pool.job.prev_hash);
                from_pool.clean |= before != self.prev_hash;
                let version_mask = self.version_mask;
                let job = LiveJob {
                    number,
                    upstream,
                    space,
                    version_mask,
                    from_pool,
                };
                self.delivery.job.send_replace(Some(Arc::new(job)));
                Ok(())
            }
            // Work on a block that was already replaced cannot be counted: the machines keep what they have.
            Err(LogError::Refused(code)) => {
                tracing::warn!(%code, contract = %self.delivery.contract.id, "a job of the pool was not used");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A share of an earlier session is of no use to this one.
    fn submit(&mut self, share: &Forward) -> Result<Vec<String>, Ended> {
        if self
            .session
            .as_ref()
            .is_none_or(|(number, _)| *number != share.upstream)
        {
            return Ok(Vec::new());
        }
        self.next_tag += 1;
        let found = share.record.share;
        let bits = (found.version_bits != 0).then_some(found.version_bits);
        let line = self.protocol.submit(
            self.next_tag,
            &share.job_id,
            &share.extranonce2,
            found.ntime,
            found.nonce,
            bits,
        )?;
        self.delivery.stats().forwarded += 1;
        Ok(vec![line])
    }
}
