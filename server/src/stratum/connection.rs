//! One machine's connection: lines in, lines out, everything bounded in time and size.

mod berth;
mod door;
mod shares;

use super::{
    crews::Enlisted,
    delivery::{LiveJob, Unplaced},
    listener::{Seat, Shared},
    machine::Machine,
    outbox::Outbox,
    prefixes::Kept,
    wire::{Turn, Wire, WireError},
};
use crate::{
    clock,
    config::MachinePatience,
    metrics::DOWNSTREAM,
    sharelog::{LogError, Mark, ShareLog},
};
use door::Door;
use std::{collections::BTreeSet, net::SocketAddr, sync::Arc, time::Duration};
use stratum::{Downstream, Incoming, Reject, RejectLadder, VardiffSettings, downstream};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    time::{Instant, MissedTickBehavior, interval, timeout},
};
use units::{Hashrate, Millis};

/// What a machine is told that a contract has no room for.
const FULL: &str = "This contract takes no more machines: please wait for other work";
/// What a new machine is told where many came before it.
const LATER: &str = "This contract takes few new machines at a time: please wait";
/// What a machine is told that would do the same work again.
const DONE: &str = "The work of this job is done: please wait for the next one";
/// How often a new machine's difficulty and all deadlines are looked at, at least.
const LOOK: Duration = Duration::from_secs(5);

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the machine closed the connection")]
    Closed,
    #[error("the machine did not log in in time")]
    NoLogin,
    #[error("the machine was silent for too long")]
    Idle,
    #[error("the machine does not read")]
    SlowReader,
    #[error("no share of the machine has counted for 3 min")]
    Refused,
    #[error("the machine is to come back for a session of its own")]
    Moved,
    #[error("the machine's password is not right any more")]
    Recalled,
    #[error("the machine sent too many malformed lines")]
    Malformed,
    #[error("the machine sent a line over 8 KiB")]
    LineTooLong,
    #[error("the connection failed: {0}")]
    Line(std::io::Error),
}

impl Ended {
    /// The same as a word for the metrics.
    const fn word(&self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::NoLogin => "no_login",
            Self::Idle => "idle",
            Self::SlowReader => "slow_reader",
            Self::Refused => "refused",
            Self::Moved => "moved",
            Self::Recalled => "recalled",
            Self::Malformed => "malformed",
            Self::LineTooLong => "line_too_long",
            Self::Line(_) => "failed",
        }
    }
}

struct Connection {
    peer: SocketAddr,
    shared: Arc<Shared>,
    seat: Seat,
    began: Instant,
    /// When it was asked to come back.
    asked_back: Option<Instant>,
    session: Downstream,
    machine: Machine,
    door: Door,
    out: Outbox,
    ladder: RejectLadder,
    /// Once logged in and subscribed.
    crew: Option<Enlisted>,
    jobs: Option<watch::Receiver<Option<Arc<LiveJob>>>>,
    /// Refusals that were logged: each kind once a connection.
    logged: BTreeSet<&'static str>,
}

/// Serves a machine until it goes or must go.
pub(super) async fn serve<S>(stream: S, peer: SocketAddr, shared: Arc<Shared>, seat: Seat)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let rung = shared.config.patience.rung.as_millis();
    let ladder = RejectLadder::stepping(Millis::new(u64::try_from(rung).unwrap_or(u64::MAX)));
    let mut connection = Box::new(Connection {
        peer,
        session: Downstream::new(seat.prefix.bytes()),
        machine: Machine::new(
            seat.address,
            seat.prefix.bytes(),
            shared.config.vardiff,
            clock::now(),
        ),
        door: Door::new(shared.passwords.recalls()),
        out: Outbox::new(&shared.metrics),
        shared,
        seat,
        began: Instant::now(),
        asked_back: None,
        ladder,
        crew: None,
        jobs: None,
        logged: BTreeSet::new(),
    });
    let mut wire = Wire::new(stream);
    let mut ended = connection.run(&mut wire).await;
    // What was acknowledged by order must still be said.
    if matches!(
        ended,
        Ended::Closed | Ended::Malformed | Ended::LineTooLong | Ended::Refused | Ended::Recalled
    ) && let Err(error) = connection.drain(&mut wire).await
    {
        ended = error;
    }
    connection.leave();
    connection.shared.metrics.ended(ended.word());
    let login = connection.login();
    if login.is_empty() {
        // Strangers come and go by the thousand; the metrics count them.
        tracing::debug!(%peer, reason = %ended, "a connection without a login ended");
    } else {
        tracing::info!(%peer, login, reason = %ended, "a machine left");
    }
}

impl Connection {
    fn patience(&self) -> &MachinePatience {
        &self.shared.config.patience
    }

    fn login(&self) -> String {
        self.machine
            .login()
            .map(ToString::to_string)
            .unwrap_or_default()
    }

    async fn run<S>(&mut self, wire: &mut Wire<S>) -> Ended
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut heard = Instant::now();
        let mut look = interval(LOOK.min(self.patience().shortest()));
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                outcome = durable(self.out.next_mark()) => self.durable(outcome),
                turn = wire.turn(self.out.ready(), self.out.has_room()) => match turn {
                    Ok(Turn::Wrote(bytes)) => self.out.wrote(bytes),
                    Ok(Turn::Read(lines)) => {
                        heard = Instant::now();
                        if let Err(ended) = self.receive(&lines, heard) {
                            return ended;
                        }
                    }
                    Err(WireError::Closed) => return Ended::Closed,
                    Err(WireError::LineTooLong) => {
                        let why = Reject::Malformed("Line too long");
                        self.shared.metrics.request_refused(why);
                        self.say(&stratum::reject(&stratum::Id::null(), why));
                        return Ended::LineTooLong;
                    }
                    Err(WireError::Io(error)) => return Ended::Line(error),
                },
                () = changed(self.crew.as_mut().map(|crew| &mut crew.assigned)) => self.reassign(),
                () = changed(self.jobs.as_mut()) => self.next_job(),
                () = changed(Some(&mut self.door.recalls)) => if self.is_recalled() {
                    return Ended::Recalled;
                },
                _ = look.tick() => {
                    if let Some(ended) = self.overdue(heard) {
                        return ended;
                    }
                    self.settle();
                    if self.machine.unplaced().is_some() {
                        self.next_job();
                    }
                    self.look_for_berth();
                }
            }
            if self.out.overflows() {
                return Ended::SlowReader;
            }
        }
    }

    /// What waited for the disk is there, or never will be.
    fn durable(&mut self, outcome: Result<(), LogError>) {
        let answered = self.out.durable(outcome);
        if outcome.is_err() {
            for _ in 0..answered {
                self.shared.metrics.refused(Reject::ShareLogUnavailable);
            }
        }
    }

    /// Why the connection must end now, if it must.
    fn overdue(&mut self, heard: Instant) -> Option<Ended> {
        let now = Instant::now();
        let stuck = self.out.stuck_since(now);
        let patience = self.patience();
        if stuck.is_some_and(|since| now - since >= patience.reading) {
            Some(Ended::SlowReader)
        } else if self.stays_though_asked() {
            Some(Ended::Moved)
        } else if self.machine.login().is_none() {
            (now - self.began >= patience.login).then_some(Ended::NoLogin)
        } else {
            (now - heard >= patience.idle).then_some(Ended::Idle)
        }
    }

    async fn drain<S>(&mut self, wire: &mut Wire<S>) -> Result<(), Ended>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let patience = self.patience().reading;
        let all = async {
            while !self.out.is_empty() {
                if self.out.ready().is_empty() {
                    let outcome = durable(self.out.next_mark()).await;
                    self.durable(outcome);
                } else {
                    match wire.turn(self.out.ready(), false).await {
                        Ok(Turn::Wrote(bytes)) => self.out.wrote(bytes),
                        Ok(Turn::Read(_)) => {}
                        Err(_) => return Err(Ended::Closed),
                    }
                }
            }
            wire.finish().await.map_err(|_| Ended::Closed)
        };
        timeout(patience, all)
            .await
            .unwrap_or(Err(Ended::SlowReader))
    }

    fn say(&mut self, line: &str) {
        self.out.line(line);
    }

    /// Handles lines that were read then. Shares that follow one another are judged together.
    fn receive(&mut self, lines: &[u8], read: Instant) -> Result<(), Ended> {
        let now = clock::now();
        let mut shares = Vec::new();
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            let line = line.trim_ascii();
            if let Some(share) = self.session.read_share(line) {
                let mask = self.session.version_mask();
                shares.push(self.machine.prepare(share, mask, now));
                continue;
            }
            match self.session.receive_bytes(line) {
                Incoming::Submit(submission) => {
                    let mask = self.session.version_mask();
                    shares.push(self.machine.prepare(submission.as_line(), mask, now));
                }
                other => {
                    self.submit(&mut shares, read, now)?;
                    self.answer(other)?;
                }
            }
        }
        self.submit(&mut shares, read, now)
    }

    /// What a line that is no share asks for.
    fn answer(&mut self, incoming: Incoming) -> Result<(), Ended> {
        match incoming {
            Incoming::Nothing | Incoming::Submit(_) => {}
            Incoming::Reply(line) => {
                self.machine.wishes(&self.session);
                self.say(&line);
            }
            Incoming::Refuse { line, why } => {
                let share = self.count_refused(why);
                self.log(why);
                self.say(&line);
                if share {
                    self.climb(clock::now())?;
                }
            }
            Incoming::ReplyThenClose(line) => {
                self.count_refused(Reject::Malformed("Too many malformed lines"));
                self.say(&line);
                return Err(Ended::Malformed);
            }
            Incoming::Authorize { id, user, password } => {
                let answer = match self.authorize(&user, &password) {
                    Ok(()) => stratum::accept(&id),
                    Err(why) => {
                        self.shared.metrics.request_refused(why);
                        self.log(why);
                        stratum::reject(&id, why)
                    }
                };
                self.say(&answer);
            }
        }
        // A machine may log in first: its job had to wait for the extranonce.
        self.begin();
        self.look_for_berth();
        Ok(())
    }

    /// A line was refused before anybody was asked; true where it was a share, which alone is refused in some of the ways.
    fn count_refused(&self, why: Reject) -> bool {
        let metrics = &self.shared.metrics;
        let share = matches!(
            why,
            Reject::NotSubscribed
                | Reject::Unauthorized
                | Reject::InvalidExtranonce2
                | Reject::InvalidVersionMask
        );
        if share {
            metrics.refused(why);
        } else {
            metrics.request_refused(why);
        }
        share
    }

    fn authorize(&mut self, user: &str, password: &str) -> Result<(), Reject> {
        let login = self.admit(user, password);
        let (login, key) = login.inspect_err(|_| self.session.refuse(user))?;
        if !self.seat.claim_for(login.account) {
            self.give_back();
        }
        self.session.authorized(user);
        self.machine.log_in(user, &login, key, clock::now());
        Ok(())
    }

    /// Once both subscribed and logged in: the first assignment.
    fn begin(&mut self) {
        let Some(login) = self
            .machine
            .login()
            .filter(|_| self.session.is_subscribed())
        else {
            return;
        };
        // One that has to come back gets no work with the prefix that it has.
        if self.crew.is_none() && self.asked_back.is_none() {
            let guess = least(self.shared.config.vardiff);
            let crew = self.shared.desk.crews().enlist(login.account, guess);
            self.machine.measure(Arc::clone(&crew.meter));
            self.crew = Some(crew);
        }
    }

    fn reassign(&mut self) {
        let Some(crew) = &mut self.crew else {
            return;
        };
        let delivery = crew.assigned.borrow_and_update().clone();
        self.jobs = delivery.as_ref().map(|delivery| delivery.jobs());
        self.machine.assign(delivery, clock::now());
        self.next_job();
    }

    fn next_job(&mut self) {
        let Some(jobs) = &mut self.jobs else { return };
        let job = jobs.borrow_and_update().clone();
        match job {
            Some(job) if job.space.required_prefix().is_some() => self.next_own_job(),
            Some(job) => self.give(|machine, session, lines| {
                machine.notify(session, &job, clock::now(), lines);
            }),
            None => self.machine.stop(clock::now()),
        }
    }

    fn settle(&mut self) {
        self.give(|machine, session, lines| machine.settle(session, clock::now(), lines));
    }

    /// Lets the machine have a job, or none.
    fn give(&mut self, job: impl FnOnce(&mut Machine, &mut Downstream, &mut Vec<u8>)) {
        let lines = self.out.lines();
        let before = lines.len();
        job(&mut self.machine, &mut self.session, lines);
        if lines.len() > before {
            self.seat.was_asked = false;
            self.shared.metrics.job(DOWNSTREAM);
        }
        if let Some(why) = self.machine.unplaced() {
            self.wait(why);
        }
    }

    /// There is work, but none for this machine now: it is told once. It counts as one that delivers nothing, and so gets other
    /// work of its host.
    fn wait(&mut self, why: Unplaced) {
        let words = match why {
            Unplaced::Full => FULL,
            Unplaced::Later => LATER,
            Unplaced::Done => DONE,
            Unplaced::Log(_) => "",
        };
        if self.logged.insert(words) {
            let (peer, login) = (self.peer, self.login());
            tracing::info!(%peer, login, %why, "a machine waits for a job; more of it is not logged");
            if !words.is_empty() {
                self.say(&downstream::show_message(words));
            }
        }
    }

    /// The machine may come back: then the records that the contracts' bundles have of it are of use.
    fn leave(&mut self) {
        let returns = self.machine.may_return() && self.asked_back.is_none();
        self.machine.leave(clock::now());
        if let Some(login) = self.machine.login().filter(|_| returns) {
            let prefix = Arc::clone(&self.seat.prefix);
            let kept = Kept::gone(self.seat.address, login.account, prefix);
            self.seat.prefixes().keep(kept);
        }
    }

    fn log(&mut self, why: Reject) {
        if self.logged.insert(why.text()) {
            let (peer, login) = (self.peer, self.login());
            tracing::info!(%peer, login, %why, "a machine was refused something; more of it is not logged");
        }
    }
}

/// What a machine hashes at least that can be heard: a share of the easiest difficulty in a minute. One of which no share has
/// told more counts as so much, so that it takes nobody's place in a plan.
fn least(vardiff: VardiffSettings) -> Hashrate {
    let work = vardiff.floor.target().work().get();
    Hashrate::new((work / 60).max(1))
}

/// Once the log is durable up to the mark, or never will be; never where nothing waits.
async fn durable(next: Option<(&Arc<ShareLog>, Mark)>) -> Result<(), LogError> {
    match next {
        Some((log, mark)) => log.durable(mark).await,
        None => std::future::pending().await,
    }
}

/// Once the watched value changes; never where nothing is watched.
async fn changed<T>(watched: Option<&mut watch::Receiver<T>>) {
    match watched {
        Some(receiver) => {
            if receiver.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
