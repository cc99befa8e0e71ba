//! One machine's connection: lines in, lines out, everything bounded in time and size.

use super::{
    delivery::{Delivery, LiveJob},
    listener::{Seat, Shared},
    login,
    machine::Machine,
};
use crate::clock;
use futures::{
    FutureExt, SinkExt, StreamExt,
    future::{BoxFuture, ready},
    stream::FuturesOrdered,
};
use std::{collections::BTreeSet, io::ErrorKind, net::SocketAddr, sync::Arc, time::Duration};
use stratum::{DOWNSTREAM_LINE_LIMIT, Downstream, Incoming, Reject, Submission};
use tokio::{
    net::TcpStream,
    sync::watch,
    time::{Instant, interval, timeout},
};
use tokio_util::codec::{Framed, LinesCodec, LinesCodecError};

/// A machine must have logged in by then.
const HANDSHAKE: Duration = Duration::from_secs(15);
/// A machine that sends nothing for so long is gone.
const IDLE: Duration = Duration::from_secs(600);
/// A machine that does not read for so long is gone.
const SLOW_READER: Duration = Duration::from_secs(10);
/// How often a new machine's difficulty is looked at.
const SETTLE: Duration = Duration::from_secs(5);
/// Answers that may wait for the disk; then no more is read.
const ANSWERS_MAX: usize = 256;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the machine closed the connection")]
    Closed,
    #[error("the machine did not log in within 15 s")]
    NoLogin,
    #[error("the machine was silent for 10 min")]
    Idle,
    #[error("the machine does not read")]
    SlowReader,
    #[error("the machine sent too many malformed lines")]
    Malformed,
    #[error("the machine sent a line over 8 KiB")]
    LineTooLong,
    #[error("the connection failed: {0}")]
    Line(std::io::Error),
}

type Lines = Framed<TcpStream, LinesCodec>;

struct Connection {
    peer: SocketAddr,
    shared: Arc<Shared>,
    session: Downstream,
    machine: Machine,
    /// Lines to send, in order: an answer may wait for the disk, and those after it wait with it, because machines
    /// match answers by their order (many send the same id with every share).
    out: FuturesOrdered<BoxFuture<'static, String>>,
    assignment: Option<watch::Receiver<Option<Arc<Delivery>>>>,
    jobs: Option<watch::Receiver<Option<Arc<LiveJob>>>>,
    /// Refusals that were logged: each kind once a connection.
    logged: BTreeSet<&'static str>,
}

/// Serves a machine until it goes or must go.
pub(super) async fn serve(socket: TcpStream, peer: SocketAddr, shared: Arc<Shared>, seat: Seat) {
    // An answer must not wait for the next one.
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%peer, %error, "no TCP_NODELAY");
    }
    let lines = Framed::new(
        socket,
        LinesCodec::new_with_max_length(DOWNSTREAM_LINE_LIMIT),
    );
    let machine = Machine::new(seat.prefix, shared.config.vardiff, clock::now());
    let mut connection = Connection {
        peer,
        session: Downstream::new(seat.prefix),
        machine,
        shared,
        out: FuturesOrdered::new(),
        assignment: None,
        jobs: None,
        logged: BTreeSet::new(),
    };
    let ended = connection.run(lines).await;
    connection.machine.leave();
    tracing::info!(%peer, login = connection.login(), reason = %ended, "a machine left");
}

impl Connection {
    fn login(&self) -> String {
        self.machine
            .login()
            .map(ToString::to_string)
            .unwrap_or_default()
    }

    async fn run(&mut self, mut lines: Lines) -> Ended {
        let mut settle = interval(SETTLE);
        let handshake = Instant::now() + HANDSHAKE;
        let mut idle = Instant::now() + IDLE;
        loop {
            let deadline = if self.machine.login().is_some() {
                idle
            } else {
                handshake
            };
            tokio::select! {
                line = lines.next(), if self.out.len() < ANSWERS_MAX => {
                    idle = Instant::now() + IDLE;
                    match line {
                        Some(Ok(line)) => {
                            if let Some(last) = self.receive(&line) {
                                self.say(last);
                                return self.drain(&mut lines, Ended::Malformed).await;
                            }
                        }
                        Some(Err(LinesCodecError::MaxLineLengthExceeded)) => {
                            self.say(stratum::reject(&stratum::Id::null(), Reject::Malformed("Line too long")));
                            return self.drain(&mut lines, Ended::LineTooLong).await;
                        }
                        Some(Err(LinesCodecError::Io(error))) if error.kind() == ErrorKind::InvalidData => {
                            self.say(stratum::reject(&stratum::Id::null(), Reject::Malformed("Not UTF-8")));
                            return self.drain(&mut lines, Ended::Malformed).await;
                        }
                        Some(Err(LinesCodecError::Io(error))) => return Ended::Line(error),
                        None => return self.drain(&mut lines, Ended::Closed).await,
                    }
                }
                Some(line) = self.out.next(), if !self.out.is_empty() => {
                    if let Err(ended) = send(&mut lines, line).await {
                        return ended;
                    }
                }
                () = changed(&mut self.assignment) => self.reassign(),
                () = changed(&mut self.jobs) => self.next_job(),
                _ = settle.tick() => self.settle(),
                () = tokio::time::sleep_until(deadline) => {
                    return if self.machine.login().is_some() { Ended::Idle } else { Ended::NoLogin };
                }
            }
        }
    }

    /// What was acknowledged by order must still be said.
    async fn drain(&mut self, lines: &mut Lines, ended: Ended) -> Ended {
        while let Some(line) = self.out.next().await {
            if send(lines, line).await.is_err() {
                break;
            }
        }
        ended
    }

    fn say(&mut self, line: String) {
        self.out.push_back(ready(line).boxed());
    }

    /// Handles a line; answers the last words where the connection must end.
    fn receive(&mut self, line: &str) -> Option<String> {
        let was_subscribed = self.session.is_subscribed();
        match self.session.receive(line) {
            Incoming::Nothing => {}
            Incoming::Reply(line) => self.say(line),
            Incoming::Refuse { line, why } => {
                self.log(why);
                self.say(line);
            }
            Incoming::ReplyThenClose(line) => return Some(line),
            Incoming::Authorize { id, user, .. } => {
                let answer = if self.authorize(&user) {
                    stratum::accept(&id)
                } else {
                    self.log(Reject::Unauthorized);
                    stratum::reject(&id, Reject::Unauthorized)
                };
                self.say(answer);
                self.begin();
            }
            Incoming::Submit(submission) => self.submit(&submission),
        }
        if !was_subscribed && self.session.is_subscribed() {
            // A machine may log in first: its job had to wait for the extranonce.
            self.begin();
        }
        None
    }

    /// All logins of a connection are of one host.
    fn authorize(&mut self, user: &str) -> bool {
        let desk = &self.shared.desk;
        let same_host = |login: &login::Login| {
            self.machine
                .login()
                .is_none_or(|first| first.account == login.account)
        };
        let login = login::parse(user)
            .filter(same_host)
            .filter(|login| desk.admits(login));
        match login {
            Some(login) => {
                self.session.authorized(user);
                self.machine.log_in(user, &login, clock::now());
                true
            }
            None => {
                self.session.refuse(user);
                false
            }
        }
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
        if self.assignment.is_none() {
            self.assignment = Some(self.shared.desk.assignment(login.account));
            self.reassign();
        }
    }

    fn reassign(&mut self) {
        let Some(assignment) = &mut self.assignment else {
            return;
        };
        let delivery = assignment.borrow_and_update().clone();
        self.jobs = delivery.as_ref().map(|delivery| delivery.jobs());
        self.machine.assign(delivery, clock::now());
        self.next_job();
    }

    fn next_job(&mut self) {
        let Some(jobs) = &mut self.jobs else { return };
        let job = jobs.borrow_and_update().clone();
        match job {
            Some(job) => {
                let lines = self.machine.notify(&mut self.session, &job, clock::now());
                lines.into_iter().for_each(|line| self.say(line));
            }
            None => self.machine.stop(),
        }
    }

    fn settle(&mut self) {
        let lines = self.machine.settle(&mut self.session, clock::now());
        lines.into_iter().for_each(|line| self.say(line));
    }

    fn log(&mut self, why: Reject) {
        if self.logged.insert(why.text()) {
            let (peer, login) = (self.peer, self.login());
            tracing::info!(%peer, login, %why, "a machine was refused something; more of it is not logged");
        }
    }

    fn submit(&mut self, submission: &Submission) {
        let (id, mask) = (submission.id.clone(), self.session.version_mask());
        match self.machine.submit(submission, mask, clock::now()) {
            Ok((delivery, mark)) => {
                let answer = async move {
                    match delivery.log.durable(mark).await {
                        Ok(()) => stratum::accept(&id),
                        Err(_) => stratum::reject(&id, Reject::ShareLogUnavailable),
                    }
                };
                self.out.push_back(answer.boxed());
            }
            Err(why) => {
                self.log(why);
                self.say(stratum::reject(&id, why));
            }
        }
    }
}

async fn send(lines: &mut Lines, line: String) -> Result<(), Ended> {
    match timeout(SLOW_READER, lines.send(line)).await {
        Err(_) => Err(Ended::SlowReader),
        Ok(Err(LinesCodecError::Io(error))) => Err(Ended::Line(error)),
        Ok(_) => Ok(()),
    }
}

/// Once the watched value changes; never where nothing is watched.
async fn changed<T>(watched: &mut Option<watch::Receiver<T>>) {
    match watched {
        Some(receiver) => {
            if receiver.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
        None => std::future::pending().await,
    }
}
