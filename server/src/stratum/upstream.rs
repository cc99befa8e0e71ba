//! The session with a contract's pool.

use super::delivery::{Delivery, Forward, LiveJob};
use crate::{
    clock,
    metrics::{UPSTREAM, Waiting},
    sharelog::LogError,
};
use futures::{SinkExt, StreamExt};
use pow::{
    VERSION_ROLLING_MASK,
    bundle::{JobRecord, Upstream as Session},
};
use std::{sync::Arc, time::Duration};
use stratum::{
    Event, ExtranonceSpace, Fault, NotifyTemplate, SpaceError, UPSTREAM_LINE_LIMIT, Upstream,
    UpstreamJob,
};
use tokio::{
    net::TcpStream,
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};
use tokio_util::codec::{Framed, LinesCodec, LinesCodecError};

const CONNECT: Duration = Duration::from_secs(10);
/// A pool that sends nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(120);
/// The same while it owes answers to shares.
const NO_ANSWER: Duration = Duration::from_secs(30);
/// Jobs that a pool may send within a minute; each is written to the log.
const JOBS_PER_MINUTE: u32 = 240;
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
    #[error("the pool sent more than {JOBS_PER_MINUTE} jobs within a minute")]
    Flood,
    #[error("the pool asked for a new connection")]
    ReconnectAsked,
    #[error("{0}")]
    Log(#[from] LogError),
}

/// Keeps a session up until the contract is closed: after an end it waits twice as long as before, half a minute at most.
pub(super) async fn run(delivery: Arc<Delivery>, mut shares: mpsc::Receiver<Forward>) {
    let mut back_off = Duration::from_secs(1);
    for connection in 0.. {
        let started = clock::now();
        let ended = tokio::select! {
            () = delivery.closed() => return,
            ended = session(&delivery, connection, &mut shares) => ended,
        };
        delivery.publish(None);
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
    connection: u64,
    protocol: Upstream,
    session: Option<(u32, ExtranonceSpace)>,
    authorized: bool,
    /// The latest job, while the pool has not accepted the login yet.
    waiting: Option<UpstreamJob>,
    version_mask: u32,
    next_tag: u64,
    /// For the metrics.
    unanswered: Waiting,
    /// When the minute of `jobs` began.
    minute: Instant,
    jobs: u32,
}

async fn session(
    delivery: &Delivery,
    connection: u64,
    shares: &mut mpsc::Receiver<Forward>,
) -> Result<(), Ended> {
    let pool = &delivery.contract.pool;
    let connecting = TcpStream::connect((pool.host(), pool.port()));
    let socket = timeout(CONNECT, connecting)
        .await
        .map_err(|_| Ended::Silent)?
        .map_err(Ended::Connect)?;
    // A share must not wait for the next one.
    socket.set_nodelay(true).map_err(Ended::Connect)?;
    let _counted = delivery.metrics().connected(UPSTREAM);
    let mut lines = Framed::new(socket, LinesCodec::new_with_max_length(UPSTREAM_LINE_LIMIT));
    let agent = concat!("assay/", env!("CARGO_PKG_VERSION"));
    let protocol = Upstream::new(pool.user(), pool.password(), agent);
    let mut open = Open {
        delivery,
        connection,
        protocol,
        session: None,
        authorized: false,
        waiting: None,
        version_mask: 0,
        next_tag: 0,
        unanswered: Waiting::default(),
        minute: Instant::now(),
        jobs: 0,
    };
    for line in open.protocol.start() {
        lines.send(line).await?;
    }
    let mut heard = Instant::now();
    loop {
        let owes = open.protocol.unanswered().next().is_some();
        let patience = if owes { NO_ANSWER } else { SILENCE };
        let (send, judged) = tokio::select! {
            line = timeout_at(heard + patience, lines.next()) => match line {
                Err(_) => return Err(Ended::Silent),
                Ok(None) => return Err(Ended::Closed),
                Ok(Some(line)) => {
                    heard = Instant::now();
                    (open.receive(&line?)?, None)
                }
            },
            Some(share) = shares.recv() => {
                let send = open.submit(&share)?;
                drop(share.queued);
                (send, Some(share.judged))
            }
        };
        for line in send {
            timeout(CONNECT, lines.send(line))
                .await
                .map_err(|_| Ended::Silent)??;
            if let Some(judged) = judged {
                let took = judged.elapsed().as_secs_f64();
                delivery.metrics().share_to_pool.observe(took);
                open.unanswered.sent(open.next_tag);
            }
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
                // A pool that refuses the login afterwards must not have had work that is paid.
                Event::Job(job) if !self.authorized => self.waiting = Some(job),
                Event::Job(job) => self.job(job)?,
                Event::Authorized => {
                    self.authorized = true;
                    if let Some(job) = self.waiting.take() {
                        self.job(job)?;
                    }
                }
                Event::ShareAnswer { tag, accepted, .. } => {
                    let code = self.protocol.share_answer().and_then(|full| full.code);
                    let metrics = self.delivery.metrics();
                    metrics.pool_answered(accepted, code);
                    self.unanswered.answered(tag, &metrics.pool_answer);
                    self.delivery.stats().answered(accepted);
                }
                Event::VersionMask(mask) => self.version_mask = mask & VERSION_ROLLING_MASK,
                Event::AuthorizeRefused(_) => return Err(Ended::Unauthorized),
                Event::ReconnectAsked => return Err(Ended::ReconnectAsked),
                Event::Reply(line) => send.push(line),
                Event::Difficulty(_) => {}
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

    fn job(&mut self, from_pool: UpstreamJob) -> Result<(), Ended> {
        self.count_job()?;
        let Some((upstream, space)) = self.session.clone() else {
            return Err(Fault::JobBeforeSubscribed.into());
        };
        let record = JobRecord {
            at: clock::now(),
            job: from_pool.job.clone(),
            version_mask: self.version_mask,
        };
        match self.delivery.log.append(|log, out| log.job(record, out)) {
            Ok((number, _)) => {
                let version_mask = self.version_mask;
                let template = NotifyTemplate::in_space(&from_pool.job, &space);
                let job = LiveJob {
                    template,
                    number,
                    connection: self.connection,
                    upstream,
                    space,
                    version_mask,
                    from_pool,
                };
                self.delivery.publish(Some(Arc::new(job)));
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

    fn count_job(&mut self) -> Result<(), Ended> {
        if self.minute.elapsed() >= Duration::from_secs(60) {
            (self.minute, self.jobs) = (Instant::now(), 0);
        }
        self.jobs += 1;
        if self.jobs > JOBS_PER_MINUTE {
            return Err(Ended::Flood);
        }
        Ok(())
    }

    /// A share of an earlier connection is of no use to this one.
    fn submit(&mut self, share: &Forward) -> Result<Vec<String>, Ended> {
        if share.connection != self.connection {
            self.delivery.stats().not_sent += 1;
            return Ok(Vec::new());
        }
        self.next_tag += 1;
        // Where rolling was negotiated, BIP 310 wants the bits with every share.
        let bits = (self.version_mask != 0).then_some(share.version & self.version_mask);
        let found = share.record.share;
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
