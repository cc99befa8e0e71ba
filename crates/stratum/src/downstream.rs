//! A machine's connection: what its lines mean, and what is answered without asking anyone.

mod configure;
mod submit;
#[cfg(test)]
mod tests;

use crate::codec::{self, Id, Message, Request};
use crate::extranonce::{MACHINE_EXTRANONCE2_SIZE, PREFIX_SIZE};
use crate::{Reject, hex};
use pow::{Job, VERSION_ROLLING_MASK};
use serde_json::json;
use std::collections::BTreeSet;
use units::Difficulty;

pub use submit::{Submission, SubmittedShare};

/// Malformed lines in a row after which a connection is closed.
const MALFORMED_LIMIT: u32 = 10;

/// Logins that one connection may authorize.
const LOGIN_LIMIT: usize = 64;

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
    logins: BTreeSet<String>,
    /// What the machine asked for in `mining.configure`.
    wanted_mask: Option<u32>,
    /// What the pool behind allows.
    offered_mask: u32,
    malformed_in_a_row: u32,
}

impl Downstream {
    /// A fresh connection; `prefix` is its extranonce1, unique among live connections.
    #[must_use]
    pub fn new(prefix: [u8; PREFIX_SIZE]) -> Self {
        Self {
            prefix,
            subscribed: false,
            logins: BTreeSet::new(),
            wanted_mask: None,
            offered_mask: VERSION_ROLLING_MASK,
            malformed_in_a_row: 0,
        }
    }

    /// Reads one line, without its newline. Never panics, whatever it holds.
    pub fn receive(&mut self, line: &str) -> Incoming {
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
            Err(why) => {
                let malformed = matches!(why, Reject::Malformed(_));
                self.malformed_in_a_row = if malformed {
                    self.malformed_in_a_row.saturating_add(1)
                } else {
                    0
                };
                let line = codec::reject(&id, why);
                if self.malformed_in_a_row >= MALFORMED_LIMIT {
                    Incoming::ReplyThenClose(line)
                } else {
                    Incoming::Refuse { line, why }
                }
            }
        }
    }

    fn handle(&mut self, request: Request<'_>) -> Result<Incoming, Reject> {
        let id = &request.id;
        match request.method.as_str() {
            "mining.submit" => self.submit(request),
            "mining.authorize" => self.authorize(request),
            "mining.subscribe" => {
                self.subscribed = true;
                Ok(Incoming::Reply(codec::answer(id, &self.subscription())))
            }
            "mining.configure" => self.configure(&request),
            "mining.extranonce.subscribe"
            | "mining.suggest_difficulty"
            | "mining.suggest_target" => Ok(Incoming::Reply(codec::accept(id))),
            "mining.ping" => Ok(Incoming::Reply(codec::answer(id, &"pong"))),
            _ => Err(Reject::UnknownMethod),
        }
    }

    fn subscription(&self) -> serde_json::Value {
        let prefix = hex::encode(&self.prefix);
        json!([
            [["mining.set_difficulty", prefix], ["mining.notify", prefix]],
            prefix,
            MACHINE_EXTRANONCE2_SIZE
        ])
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
        if self.logins.len() >= LOGIN_LIMIT && !self.logins.contains(&user) {
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

    /// The extranonce1 of this connection.
    #[must_use]
    pub const fn prefix(&self) -> [u8; PREFIX_SIZE] {
        self.prefix
    }

    /// From now on `login` may submit shares.
    pub fn authorized(&mut self, login: &str) {
        self.logins.insert(login.to_owned());
    }

    /// From now on `login` may not submit shares.
    pub fn refuse(&mut self, login: &str) {
        self.logins.remove(login);
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

/// `mining.set_difficulty`: in force from the next `mining.notify` on. At most one between two of those.
#[must_use]
pub fn set_difficulty(difficulty: Difficulty) -> String {
    // Display is exact, and whole numbers have no fraction.
    format!(r#"{{"id":null,"method":"mining.set_difficulty","params":[{difficulty}]}}"#)
}

/// `mining.notify`; `job` is the downstream one (see [`crate::ExtranonceSpace::downstream_job`]). With `clean`, shares
/// of all jobs before are stale.
#[must_use]
pub fn notify(job_id: &str, job: &Job, clean: bool) -> String {
    let branch: Vec<String> = job.branch.iter().map(|hash| hex::encode(hash)).collect();
    let params = json!([
        job_id,
        hex::encode(&swap_words(job.prev_hash)),
        hex::encode(&job.coinbase1),
        hex::encode(&job.coinbase2),
        branch,
        format!("{:08x}", job.version),
        format!("{:08x}", job.nbits),
        format!("{:08x}", job.ntime),
        clean
    ]);
    codec::notification("mining.notify", &params)
}

/// `client.reconnect` to the same address: for machines that cannot be moved in any other way.
#[must_use]
pub fn reconnect() -> String {
    codec::notification("client.reconnect", &json!([]))
}

/// Reverses the bytes of every 4-byte word: `mining.notify` writes the hash of the block before that way. Its own
/// inverse.
#[must_use]
pub fn swap_words(mut hash: [u8; 32]) -> [u8; 32] {
    let (words, _) = hash.as_chunks_mut::<4>();
    words.iter_mut().for_each(|word| word.reverse());
    hash
}
