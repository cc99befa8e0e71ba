//! One connection to a pool.

mod recording;

use super::{Ended, PoolAccess, pace::Pace};
use crate::{
    clock,
    metrics::{Counted, UPSTREAM, Waiting},
    pools::{PoolAddress, Resolver, connect_with},
    stratum::delivery::{Delivery, Forward, Owed},
};
use futures::{SinkExt, StreamExt};
use market::PoolTarget;
use pow::{VERSION_ROLLING_MASK, bundle::Upstream as Record};
use recording::Held;
use std::{collections::BTreeMap, time::Duration};
use stratum::{Event, ExtranonceSpace, SpaceError, UPSTREAM_LINE_LIMIT, Upstream, UpstreamJob};
use tokio::{
    net::TcpStream,
    sync::mpsc,
    time::{Instant, sleep_until, timeout, timeout_at},
};
use tokio_util::codec::{Framed, LinesCodec};

/// To take a line of ours.
const SEND: Duration = Duration::from_secs(10);

/// A pool of the contract.
pub(super) struct At<'a> {
    pub delivery: &'a Delivery,
    /// Its place in the contract's order.
    pub pool: usize,
    pub target: &'a PoolTarget,
    /// Where it asked to be connected to at its host, instead of the contract's port.
    pub port: Option<u16>,
}

/// A connection whose login was accepted and that has given a job. It is in the bundle from its first job on that is given out.
pub(super) struct Session<'a> {
    at: At<'a>,
    address: PoolAddress,
    /// Told apart from the contract's other connections.
    number: u64,
    lines: Framed<TcpStream, LinesCodec>,
    protocol: Upstream,
    /// Announced by the pool, for the jobs that follow; not in the bundle yet.
    announced: Option<(Record, ExtranonceSpace)>,
    /// In the bundle under this number.
    recorded: Option<(u32, ExtranonceSpace)>,
    /// Of the latest job in the bundle.
    last_job: Option<u32>,
    authorized: bool,
    /// The latest job, while it cannot be given out yet.
    waiting: Option<UpstreamJob>,
    /// Set while it waits for the share log.
    held: Option<Held>,
    version_mask: u32,
    pace: Pace,
    heard: Instant,
    /// When the oldest of the unanswered shares may have been sent.
    owes_since: Instant,
    /// When the session has to have given a job that can be used.
    job_due: Instant,
    /// When and to which port the pool asked to be left.
    leave: Option<(Instant, u16)>,
    /// For the metrics.
    unanswered: Waiting,
    /// By the number of the share.
    owed: BTreeMap<u64, Owed>,
    _counted: Counted,
}

impl<'a> Session<'a> {
    /// Connects, subscribes, logs in, and waits for a job. Nothing of it is recorded: a pool that is looked at has not
    /// become the contract's.
    pub(super) async fn open(
        at: At<'a>,
        number: u64,
        access: &PoolAccess,
        resolver: &impl Resolver,
    ) -> Result<Self, Ended> {
        let port = at.port.unwrap_or(at.target.port());
        let address = address(at.target.host(), port)?;
        let socket = connect_with(&address, &access.policy, resolver).await?;
        let agent = concat!("assay/", env!("CARGO_PKG_VERSION"));
        let protocol = Upstream::new(at.target.user(), at.target.password(), agent);
        let now = Instant::now();
        let mut session = Self {
            _counted: at.delivery.metrics().connected(UPSTREAM),
            at,
            address,
            number,
            lines: Framed::new(socket, LinesCodec::new_with_max_length(UPSTREAM_LINE_LIMIT)),
            protocol,
            announced: None,
            recorded: None,
            last_job: None,
            authorized: false,
            waiting: None,
            held: None,
            version_mask: 0,
            pace: Pace::from(now),
            heard: now,
            owes_since: now,
            job_due: now + access.patience.first_job,
            leave: None,
            unanswered: Waiting::default(),
            owed: BTreeMap::new(),
        };
        session.send(session.protocol.start()).await?;
        while !(session.authorized && session.waiting.is_some()) {
            let line = timeout_at(session.job_due, session.lines.next()).await;
            let reply = match line {
                Err(_) if session.heard == now => return Err(Ended::Silent),
                Err(_) => return Err(Ended::NoJob),
                Ok(None) => return Err(Ended::Closed),
                Ok(Some(line)) => session.receive(&line?, access)?,
            };
            session.send(reply).await?;
            if let Some((_, port)) = session.leave {
                return Err(Ended::ReconnectAsked { port });
            }
        }
        Ok(session)
    }

    /// Its place in the contract's order.
    pub(super) const fn pool(&self) -> usize {
        self.at.pool
    }

    /// Told apart from the contract's other connections.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// True where its extranonce2 is too small to be shared: it is for one machine.
    pub(super) fn is_for_one_machine(&self) -> bool {
        self.space()
            .is_some_and(|space| space.required_prefix().is_some())
    }

    /// That of the jobs that follow.
    fn space(&self) -> Option<&ExtranonceSpace> {
        let announced = self.announced.as_ref().map(|(_, space)| space);
        announced.or(self.recorded.as_ref().map(|(_, space)| space))
    }

    /// True where its job can follow the one that machines have now without a gap: both are on the same block.
    pub(super) fn follows(&self) -> bool {
        let Some(waiting) = &self.waiting else {
            return false;
        };
        let now = self.at.delivery.jobs().borrow().clone();
        now.is_none_or(|now| now.from_pool.job.prev_hash == waiting.job.prev_hash)
    }

    /// Gives out the pool's jobs, and sends it the shares that it wants. Does not end well.
    pub(super) async fn serve(
        &mut self,
        shares: &mut mpsc::Receiver<Forward>,
        access: &PoolAccess,
    ) -> Ended {
        match self.try_serve(shares, access).await {
            Err(ended) => ended,
            Ok(never) => match never {},
        }
    }

    async fn try_serve(
        &mut self,
        shares: &mut mpsc::Receiver<Forward>,
        access: &PoolAccess,
    ) -> Result<std::convert::Infallible, Ended> {
        loop {
            let again = self.give_latest(access)?;
            let (deadline, late) = self.deadline(access);
            let (leave_at, port) = self.leave.unwrap_or((deadline, 0));
            let (send, sent) = tokio::select! {
                line = timeout_at(deadline, self.lines.next()) => match line {
                    Err(_) => return Err(late),
                    Ok(None) => return Err(Ended::Closed),
                    Ok(Some(line)) => (self.receive(&line?, access)?, None),
                },
                Some(share) = shares.recv() => {
                    let line = self.submit(&share)?;
                    drop(share.queued);
                    (line, Some((share.number, share.judged, share.owed)))
                }
                () = sleep_until(again.unwrap_or(deadline)), if again.is_some() => (Vec::new(), None),
                () = sleep_until(leave_at), if self.leave.is_some() => {
                    return Err(Ended::ReconnectAsked { port });
                }
            };
            let is_sent = !send.is_empty();
            self.send(send).await?;
            if let Some((number, judged, owed)) = sent.filter(|_| is_sent) {
                self.owed.insert(number, owed);
                let took = judged.elapsed().as_secs_f64();
                self.at.delivery.metrics().share_to_pool.observe(took);
                self.unanswered.sent(number);
            }
        }
    }

    /// Until when something must come, and what it means if it does not.
    fn deadline(&self, access: &PoolAccess) -> (Instant, Ended) {
        let patience = &access.patience;
        let mut silent = self.heard + patience.silence;
        if self.protocol.unanswered().next().is_some() {
            silent = silent.min(self.heard.max(self.owes_since) + patience.no_answer);
        }
        if self.job_due < silent {
            (self.job_due, Ended::NoJob)
        } else {
            (silent, Ended::Silent)
        }
    }

    async fn send(&mut self, lines: Vec<String>) -> Result<(), Ended> {
        for line in lines {
            let sent = timeout(SEND, self.lines.send(line)).await;
            sent.map_err(|_| Ended::Silent)??;
        }
        Ok(())
    }

    /// Takes note of a line; answers what to say to it.
    fn receive(&mut self, line: &str, access: &PoolAccess) -> Result<Vec<String>, Ended> {
        self.heard = Instant::now();
        let events = self.protocol.receive(line)?;
        let answer = |event: &Event| matches!(event, Event::ShareAnswer { .. });
        if !events.iter().any(answer) {
            self.pace.count_line(self.heard)?;
        }
        let mut send = Vec::new();
        for event in events {
            match event {
                Event::Subscribed {
                    extranonce1,
                    extranonce2_size,
                } => self.announce(extranonce1, extranonce2_size)?,
                Event::ExtranonceChanged {
                    extranonce1,
                    extranonce2_size,
                } => {
                    // A job that waits was of the space before.
                    self.waiting = None;
                    self.announce(extranonce1, extranonce2_size)?;
                }
                Event::Job(mut job) => {
                    self.pace.count_job()?;
                    // Where one that is held made shares stale, so does the one that takes its place.
                    job.clean |= self.waiting.as_ref().is_some_and(|before| before.clean);
                    // A pool that refuses the login afterwards must not have had work that is paid.
                    self.waiting = Some(job);
                }
                Event::Authorized => self.authorized = true,
                Event::ShareAnswer { tag, accepted, .. } => {
                    let code = self.protocol.share_answer().and_then(|full| full.code);
                    let metrics = self.at.delivery.metrics();
                    metrics.pool_answered(accepted, code);
                    self.unanswered.answered(tag, &metrics.pool_answer);
                    self.at.delivery.stats().answered(accepted);
                    self.record_answer();
                    self.owed.remove(&tag);
                }
                Event::VersionMask(mask) => self.version_mask = mask & VERSION_ROLLING_MASK,
                Event::AuthorizeRefused(_) => return Err(Ended::Unauthorized),
                Event::ReconnectAsked => self.asked_to_leave(access),
                Event::Reply(line) => send.push(line),
                Event::Difficulty(_) => {}
            }
        }
        Ok(send)
    }

    fn announce(&mut self, extranonce1: Vec<u8>, extranonce2_size: usize) -> Result<(), Ended> {
        let space = match ExtranonceSpace::new(&extranonce1, extranonce2_size) {
            Err(SpaceError::TooSmall { .. }) => {
                ExtranonceSpace::for_one_machine(&extranonce1, extranonce2_size)?
            }
            space => space?,
        };
        // A session is for all machines or for one, from its beginning on.
        let is_for_one = space.required_prefix().is_some();
        if self.space().is_some() && self.is_for_one_machine() != is_for_one {
            return Err(Ended::Resized);
        }
        let (extranonce1, size) = match space.required_prefix() {
            None => (extranonce1, extranonce2_size),
            // One for all sessions: what differs among them is in the workers' prefixes.
            Some(_) => (Vec::new(), extranonce1.len() + extranonce2_size),
        };
        let record = Record {
            at: clock::now(),
            // Four at most.
            pool: u8::try_from(self.at.pool).unwrap_or(u8::MAX),
            extranonce1,
            extranonce2_size: u8::try_from(size).unwrap_or(u8::MAX),
        };
        self.announced = Some((record, space));
        Ok(())
    }

    /// Whoever holds the connection could take the hashrate elsewhere: only another port of the same host is followed, where
    /// pools may be.
    fn asked_to_leave(&mut self, access: &PoolAccess) {
        let Some(asked) = self.protocol.reconnect() else {
            return;
        };
        let (host, port) = (self.at.target.host(), asked.port);
        let port = port.unwrap_or(self.address.port());
        let refused = if !asked.stays_at(host) {
            Some("the pool asked for a connection to another host, which is not followed")
        } else if address(host, port).is_ok_and(|to| access.policy.check(&to).is_ok()) {
            None
        } else {
            Some("the pool asked for a connection to a port at which no pool may be")
        };
        if let Some(words) = refused {
            tracing::warn!(contract = %self.at.delivery.contract.id, "{words}");
            return self.at.delivery.trouble(self.at.pool, words.to_owned());
        }
        let wait = Duration::from_secs(asked.wait_s.into()).min(access.patience.stay);
        self.leave = Some((Instant::now() + wait, port));
    }

    /// A share of an earlier connection is of no use to this one.
    fn submit(&mut self, share: &Forward) -> Result<Vec<String>, Ended> {
        if share.connection != self.number {
            self.at.delivery.stats().not_sent += 1;
            return Ok(Vec::new());
        }
        if self.protocol.unanswered().next().is_none() {
            self.owes_since = Instant::now();
        }
        // Where rolling was negotiated, BIP 310 wants the bits with every share.
        let bits = (self.version_mask != 0).then_some(share.version & self.version_mask);
        let found = share.record.share;
        let line = self.protocol.submit(
            share.number,
            &share.job_id,
            &share.extranonce2,
            found.ntime,
            found.nonce,
            bits,
        )?;
        self.at.delivery.stats().forwarded += 1;
        Ok(vec![line])
    }
}

/// The address of a contract's pool, read as strictly as a buyer's input.
pub(super) fn address(host: &str, port: u16) -> Result<PoolAddress, Ended> {
    let text = if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    };
    let parsed = PoolAddress::parse(&text);
    parsed.map_err(|why| Ended::Connect(why.into()))
}
