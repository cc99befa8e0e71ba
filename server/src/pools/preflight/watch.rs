//! The session itself: what the pool does within the given time, bounded in lines and bytes.

use super::Preflight;
use crate::node::{Node, NodeError};
use futures::{SinkExt, StreamExt};
use pow::{
    Job, VERSION_ROLLING_MASK,
    coinbase::{Coinbase, CoinbaseFault},
};
use std::{io, time::Duration};
use stratum::{Event, Fault, UPSTREAM_LINE_LIMIT, Upstream, UpstreamJob};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};
use tokio_util::codec::{Framed, LinesCodec, LinesCodecError};
use units::Target;

/// What is read of a pool.
const LINES_MAX: usize = 500;
const BYTES_MAX: usize = 1 << 20;

/// What a pool did.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// From the first request to the first line.
    pub(super) answer: Option<Duration>,
    /// Extranonce1, and the size of extranonce2.
    pub(super) space: Option<(Vec<u8>, usize)>,
    pub(super) authorized: Option<bool>,
    pub(super) version_mask: u32,
    /// Easiest and hardest.
    pub(super) targets: Option<(Target, Target)>,
    pub(super) job: Option<Latest>,
    pub(super) jobs: u32,
    /// Between the last two jobs.
    pub(super) interval: Option<Duration>,
    /// Why there was no more.
    pub(super) ended: Option<Ended>,
}

/// The latest job, in the coinbase space that it came with.
#[derive(Debug)]
pub(super) struct Latest {
    at: Instant,
    extranonce1: Vec<u8>,
    extranonce2_size: usize,
    pub(super) job: Job,
    pub(super) clean: bool,
}

/// Why a pool's session was over before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Closed,
    Garbage,
    Flood,
    SubscribeRefused,
    LoginRefused,
    ReconnectAsked,
}

impl Latest {
    /// The coinbase as a machine would make it.
    pub(super) fn coinbase(&self) -> Result<Coinbase, CoinbaseFault> {
        let extranonce = [&self.extranonce1[..], &vec![0; self.extranonce2_size]].concat();
        let start = self.job.coinbase1.len();
        let end = start + extranonce.len();
        let bytes = [&self.job.coinbase1[..], &extranonce, &self.job.coinbase2].concat();
        Coinbase::parse(&bytes, start..end)
    }
}

/// Asks for work and watches.
pub(super) async fn watch(stream: TcpStream, wanted: Preflight<'_>, deadline: Instant) -> Seen {
    let mut seen = Seen::default();
    if let Err(why) = talk(&mut seen, stream, wanted, deadline).await {
        seen.ended = Some(why);
    }
    seen
}

async fn talk(
    seen: &mut Seen,
    stream: TcpStream,
    wanted: Preflight<'_>,
    deadline: Instant,
) -> Result<(), Ended> {
    let agent = concat!("assay/", env!("CARGO_PKG_VERSION"));
    let mut protocol = Upstream::new(wanted.user, wanted.password, agent);
    let codec = LinesCodec::new_with_max_length(UPSTREAM_LINE_LIMIT);
    let mut lines = Framed::new(stream, codec);
    let started = Instant::now();
    let mut until = (started + wanted.patience.job).min(deadline);
    let mut send = protocol.start();
    let mut ready = false;
    let (mut count, mut bytes) = (0, 0);
    loop {
        for line in send.drain(..) {
            match timeout_at(until, lines.send(line)).await {
                Ok(sent) => sent.map_err(|_| Ended::Closed)?,
                Err(_) => return Ok(()),
            }
        }
        let line = match timeout_at(until, lines.next()).await {
            Err(_) => return Ok(()),
            Ok(None) => return Err(Ended::Closed),
            Ok(Some(line)) => line.map_err(|why| unreadable(&why))?,
        };
        seen.answer.get_or_insert_with(|| started.elapsed());
        count += 1;
        bytes += line.len();
        if count > LINES_MAX || bytes > BYTES_MAX {
            return Err(Ended::Flood);
        }
        for event in protocol.receive(&line).map_err(|why| fault(&why))? {
            send.extend(seen.event(event)?);
        }
        if !ready && seen.job.is_some() && seen.authorized.is_some() {
            ready = true;
            until = (Instant::now() + wanted.patience.linger).min(deadline);
        }
    }
}

/// Not UTF-8, or a line without an end: no Stratum. Anything else is the connection's end.
fn unreadable(why: &LinesCodecError) -> Ended {
    match why {
        LinesCodecError::MaxLineLengthExceeded => Ended::Garbage,
        LinesCodecError::Io(why) if why.kind() == io::ErrorKind::InvalidData => Ended::Garbage,
        LinesCodecError::Io(_) => Ended::Closed,
    }
}

const fn fault(why: &Fault) -> Ended {
    match why {
        Fault::SubscribeRefused(_) => Ended::SubscribeRefused,
        _ => Ended::Garbage,
    }
}

impl Seen {
    /// Takes note; answers what to send.
    fn event(&mut self, event: Event) -> Result<Option<String>, Ended> {
        match event {
            Event::Subscribed {
                extranonce1,
                extranonce2_size,
            }
            | Event::ExtranonceChanged {
                extranonce1,
                extranonce2_size,
            } => self.space = Some((extranonce1, extranonce2_size)),
            Event::Authorized => self.authorized = Some(true),
            Event::AuthorizeRefused(_) => {
                self.authorized = Some(false);
                return Err(Ended::LoginRefused);
            }
            Event::Difficulty(target) => self.target(target),
            Event::VersionMask(mask) => self.version_mask = mask & VERSION_ROLLING_MASK,
            Event::Job(job) => self.job(job),
            Event::ReconnectAsked => return Err(Ended::ReconnectAsked),
            Event::Reply(line) => return Ok(Some(line)),
            Event::ShareAnswer { .. } => {}
        }
        Ok(None)
    }

    fn target(&mut self, target: Target) {
        let (easiest, hardest) = self.targets.unwrap_or((target, target));
        self.targets = Some((easiest.max(target), hardest.min(target)));
    }

    fn job(&mut self, from_pool: UpstreamJob) {
        // What does not fit is named by its size; the coinbase is not built then.
        let (extranonce1, extranonce2_size) = self.space.clone().unwrap_or_default();
        let at = Instant::now();
        self.interval = self.job.as_ref().map(|before| at - before.at);
        self.jobs += 1;
        self.target(from_pool.target);
        self.job = Some(Latest {
            at,
            extranonce1,
            extranonce2_size: extranonce2_size.min(super::judge::EXTRANONCE_MAX),
            job: from_pool.job,
            clean: from_pool.clean,
        });
    }
}

/// True where the node's chain has not the block that the job builds on, or has one in the job's place already.
pub(super) async fn is_old(node: Node, latest: &Latest) -> Option<bool> {
    let prev_hash = latest.job.prev_hash;
    let height = latest.coinbase().ok().and_then(|coinbase| coinbase.height);
    let asking = tokio::task::spawn_blocking(move || -> Result<bool, NodeError> {
        if node.header(&prev_hash)?.is_none() {
            return Ok(true);
        }
        Ok(match height {
            Some(height) => node.block_hash(height)?.is_some(),
            None => false,
        })
    });
    match asking.await {
        Ok(Ok(old)) => Some(old),
        // A node that does not answer is no news of the pool.
        Ok(Err(why)) => {
            tracing::debug!(%why, "the node could not say whether a pool's job is old");
            None
        }
        Err(_) => None,
    }
}
