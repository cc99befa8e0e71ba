//! A machine's connection: what its lines mean, and what is answered without asking anyone.

mod configure;
mod fast;
mod lines;
mod submit;
mod template;
#[cfg(test)]
mod tests;
mod wishes;

use crate::codec::{self, Id, Message, Request};
use crate::extranonce::{MACHINE_EXTRANONCE2_SIZE, PREFIX_SIZE};
use crate::{Reject, hex};
use pow::VERSION_ROLLING_MASK;
use serde_json::json;
use std::collections::BTreeMap;
use units::Difficulty;

pub use fast::ShareLine;
pub use lines::{
    notify, reconnect, rolled_version, set_difficulty, set_extranonce, show_message, swap_words,
};
pub use submit::{Submission, SubmittedShare};
pub use template::NotifyTemplate;

/// Malformed lines in a row after which a connection is closed.
const MALFORMED_LIMIT: u32 = 10;

/// Logins that one connection may authorize.
const LOGIN_LIMIT: usize = 64;

/// Characters of a machine's user agent that are kept.
const AGENT_LIMIT: usize = 100;

/// What one line of a machine asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// Nothing to do.
    Nothing,
    /// Send this line.
    Reply(String),
    /// Send this line, which refuses what was asked.
    Refuse {
        /// The line.
        line: String,
        /// Why.
        why: Reject,
    },
    /// Send this line, then close the connection.
    ReplyThenClose(String),
    /// Decide about a login; then call [`Downstream::authorized`] or [`Downstream::refuse`], and answer `id`.
    Authorize {
        /// To answer to.
        id: Id,
        /// The login, `account.worker`.
        user: String,
        /// Empty where none was sent.
        password: String,
    },
    /// Judge a share, and answer its id.
    Submit(Submission),
}

/// The state of one machine's connection.
#[derive(Clone, Debug)]
pub struct Downstream {
    prefix: [u8; PREFIX_SIZE],
    subscribed: bool,
    agent: Option<Box<str>>,
    /// All that ever were authorized; true for those that may submit.
    logins: BTreeMap<String, bool>,
    /// What the machine asked for in `mining.configure`.
    wanted_mask: Option<u32>,
    /// What the pool behind allows.
    offered_mask: u32,
    wants_extranonce: bool,
    suggested: Option<Difficulty>,
    minimum: Option<Difficulty>,
    malformed_in_a_row: u32,
}

impl Downstream {
    /// A fresh connection; `prefix` is its extranonce1, unique among live connections.
    #[must_use]
    pub fn new(prefix: [u8; PREFIX_SIZE]) -> Self {
        Self {
            prefix,
            subscribed: false,
            agent: None,
            logins: BTreeMap::new(),
            wanted_mask: None,
            offered_mask: VERSION_ROLLING_MASK,
            wants_extranonce: false,
            suggested: None,
            minimum: None,
            malformed_in_a_row: 0,
        }
    }

    /// Reads one line, without its newline. Never panics, whatever it holds.
    pub fn receive(&mut self, line: &str) -> Incoming {
        match self.read_share(line.as_bytes()) {
            Some(share) => Incoming::Submit(share.into()),
            None => self.receive_unusual(line),
        }
    }

    /// As [`Downstream::receive`], of bytes: those that are not UTF-8 are one more way to be malformed.
    pub fn receive_bytes(&mut self, line: &[u8]) -> Incoming {
        if let Some(share) = self.read_share(line) {
            return Incoming::Submit(share.into());
        }
        match str::from_utf8(line) {
            Ok(line) => self.receive_unusual(line),
            Err(_) => self.refuse_line(&Id::null(), Reject::Malformed("Not UTF-8")),
        }
    }

    /// A well-formed share of an authorized login, without allocating. `None` for anything else, refusals included: give
    /// the line to [`Downstream::receive_bytes`] then.
    #[must_use = "the share must be answered"]
    pub fn read_share<'a>(&mut self, line: &'a [u8]) -> Option<ShareLine<'a>> {
        if !self.subscribed {
            return None;
        }
        let read = fast::read(line).filter(|read| {
            let bits = read.share.version_bits.unwrap_or(0);
            bits & !self.version_mask() == 0 && self.may_submit(read.login)
        })?;
        self.malformed_in_a_row = 0;
        Some(read)
    }

    /// [`Downstream::receive`] without its short cut for shares: slower, and the same answer for every line.
    pub fn receive_unusual(&mut self, line: &str) -> Incoming {
        let (id, outcome) = match codec::parse(line) {
            Ok(Some(Message::Request(request))) => (request.id.clone(), self.handle(request)),
            Ok(Some(Message::Response(_)) | None) => return Incoming::Nothing,
            Err(error) => (error.id, Err(Reject::Malformed(error.kind.text()))),
        };
        match outcome {
            Ok(incoming) => {
                self.malformed_in_a_row = 0;
                incoming
            }
            Err(why) => self.refuse_line(&id, why),
        }
    }

    fn refuse_line(&mut self, id: &Id, why: Reject) -> Incoming {
        let malformed = matches!(why, Reject::Malformed(_));
        self.malformed_in_a_row = if malformed {
            self.malformed_in_a_row.saturating_add(1)
        } else {
            0
        };
        let line = codec::reject(id, why);
        if self.malformed_in_a_row >= MALFORMED_LIMIT {
            Incoming::ReplyThenClose(line)
        } else {
            Incoming::Refuse { line, why }
        }
    }

    fn handle(&mut self, request: Request<'_>) -> Result<Incoming, Reject> {
        let id = &request.id;
        match request.method.as_str() {
            "mining.submit" => self.submit(request),
            "mining.authorize" => self.authorize(request),
            "mining.subscribe" => Ok(self.subscribe(&request)),
            "mining.configure" => self.configure(&request),
            "mining.extranonce.subscribe" => {
                self.wants_extranonce = true;
                Ok(Incoming::Reply(codec::accept(id)))
            }
            "mining.suggest_difficulty" | "mining.suggest_target" => Ok(self.suggest(&request)),
            "mining.ping" => Ok(Incoming::Reply(codec::answer(id, &"pong"))),
            // Some firmware answers a ping with a method of its own.
            "pong" | "mining.pong" => Ok(Incoming::Nothing),
            _ => Err(Reject::UnknownMethod),
        }
    }

    /// Params may be `[]`, `[agent]`, `[agent, session]`, `[agent, session, host, port]` or missing. A session is not
    /// resumed: a connection's prefix is its own.
    fn subscribe(&mut self, request: &Request<'_>) -> Incoming {
        self.subscribed = true;
        let agent: Option<String> = request.param(0);
        self.agent = agent
            .map(|agent| codec::printable(&agent, AGENT_LIMIT).into())
            .or(self.agent.take());
        let prefix = hex::encode(&self.prefix);
        let subscription = json!([
            [["mining.set_difficulty", prefix], ["mining.notify", prefix]],
            prefix,
            MACHINE_EXTRANONCE2_SIZE
        ]);
        Incoming::Reply(codec::answer(&request.id, &subscription))
    }

    fn authorize(&self, request: Request<'_>) -> Result<Incoming, Reject> {
        let user: String = request
            .param(0)
            .ok_or(Reject::Malformed("Login is not a string"))?;
        let password: Option<String> = match request.raw_param(1) {
            None => None,
            Some(_) => request
                .param(1)
                .ok_or(Reject::Malformed("Password is not a string"))?,
        };
        if self.logins.len() >= LOGIN_LIMIT && !self.logins.contains_key(&user) {
            return Err(Reject::TooManyLogins);
        }
        let (id, password) = (request.id, password.unwrap_or_default());
        Ok(Incoming::Authorize { id, user, password })
    }

    /// True once `mining.subscribe` was answered. A machine may authorize first.
    #[must_use]
    pub const fn is_subscribed(&self) -> bool {
        self.subscribed
    }

    /// What the machine says it is: at most 100 printable characters of a stranger's.
    #[must_use]
    pub fn user_agent(&self) -> Option<&str> {
        self.agent.as_deref()
    }

    /// True where the machine said that it understands [`set_extranonce`].
    #[must_use]
    pub const fn wants_extranonce(&self) -> bool {
        self.wants_extranonce
    }

    /// Where the machine would like its difficulty to start, for [`crate::Vardiff::suggest`]: its latest word, rounded to the
    /// easier power of two. Look again after every [`Incoming::Reply`].
    #[must_use]
    pub const fn suggested_difficulty(&self) -> Option<Difficulty> {
        self.suggested
    }

    /// The easiest difficulty that the machine wants at all, for [`crate::Vardiff::require`]: its latest word in
    /// `mining.configure`, rounded to the harder power of two.
    #[must_use]
    pub const fn minimum_difficulty(&self) -> Option<Difficulty> {
        self.minimum
    }

    /// The extranonce1 of this connection.
    #[must_use]
    pub const fn prefix(&self) -> [u8; PREFIX_SIZE] {
        self.prefix
    }

    /// From now on this is the connection's extranonce1; the machine is told with [`set_extranonce`].
    pub const fn move_to(&mut self, prefix: [u8; PREFIX_SIZE]) {
        self.prefix = prefix;
    }

    /// From now on `login` may submit shares.
    pub fn authorized(&mut self, login: &str) {
        self.logins.insert(login.to_owned(), true);
    }

    /// From now on `login` may not submit shares.
    pub fn refuse(&mut self, login: &str) {
        if let Some(may_submit) = self.logins.get_mut(login) {
            *may_submit = false;
        }
    }

    fn may_submit(&self, login: &str) -> bool {
        self.logins.get(login) == Some(&true)
    }

    /// Restricts version rolling to what the pool behind allows. Answers the line to send where that changes what a
    /// machine that negotiated it may roll.
    pub fn offer_version_mask(&mut self, mask: u32) -> Option<String> {
        let before = self.version_mask();
        self.offered_mask = mask & VERSION_ROLLING_MASK;
        let after = self.version_mask();
        (self.wanted_mask.is_some() && before != after)
            .then(|| codec::notification("mining.set_version_mask", &[format!("{after:08x}")]))
    }

    /// The version bits that this machine may roll now.
    #[must_use]
    pub fn version_mask(&self) -> u32 {
        self.wanted_mask.unwrap_or(VERSION_ROLLING_MASK) & self.offered_mask
    }
}
