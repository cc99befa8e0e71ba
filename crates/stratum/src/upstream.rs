//! A pool's connection, seen from the side that mines: our session to a buyer's pool, or a machine's to us.

mod notify;
mod reconnect;
#[cfg(test)]
mod tests;

use crate::codec::{self, Malformed, Message, Request, Response};
use crate::{hex, target_of_difficulty};
use pow::{Job, VERSION_ROLLING_MASK};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use units::{Difficulty, Target};

pub use reconnect::Reconnect;

const CONFIGURE: u64 = 1;
const SUBSCRIBE: u64 = 2;
const AUTHORIZE: u64 = 3;
const FIRST_SUBMIT: u64 = 4;

/// Shares that may wait for an answer. A pool that leaves more unanswered is not listening.
const PENDING_LIMIT: usize = 4_096;

/// What a pool tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The coinbase space.
    Subscribed {
        /// Fixed by the pool.
        extranonce1: Vec<u8>,
        /// Bytes that are ours.
        extranonce2_size: usize,
    },
    /// The login is good.
    Authorized,
    /// The login is not good; why.
    AuthorizeRefused(String),
    /// The target of the jobs that follow.
    Difficulty(Target),
    /// New work.
    Job(UpstreamJob),
    /// The answer to [`Upstream::submit`].
    ShareAnswer {
        /// As given to `submit`.
        tag: u64,
        /// The pool's verdict.
        accepted: bool,
        /// Why not, at most 200 printable characters; empty where accepted. The code beside it is in
        /// [`Upstream::share_answer`].
        reason: String,
    },
    /// The version bits that may be rolled. Before the first, none.
    VersionMask(u32),
    /// Another coinbase space, for the jobs that follow.
    ExtranonceChanged {
        /// Fixed by the pool.
        extranonce1: Vec<u8>,
        /// Bytes that are ours.
        extranonce2_size: usize,
    },
    /// The pool asks for a new connection. Where to is its own wish ([`Upstream::reconnect`]), and must not be followed to
    /// another host.
    ReconnectAsked,
    /// Send this line: the pool asked something.
    Reply(String),
}

/// A pool's verdict about a share, as it is recorded beside ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareAnswer {
    /// As given to [`Upstream::submit`].
    pub tag: u64,
    /// The verdict.
    pub accepted: bool,
    /// The refusal's number, where the pool gave one: 20 to 25, or the pool's own.
    pub code: Option<i32>,
    /// The refusal's text, where the pool gave one: at most 200 printable characters of a stranger's.
    pub reason: Option<String>,
}

/// A job as the pool sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamJob {
    /// The pool's own id, echoed with shares; at most 64 characters.
    pub id: String,
    /// The template.
    pub job: Job,
    /// Shares of the jobs before are stale.
    pub clean: bool,
    /// What its shares must meet.
    pub target: Target,
}

/// Why a pool's connection is of no use any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A line that is no message.
    Malformed(Malformed),
    /// A message whose parameters are not what they must be.
    BadParams {
        /// Of which method.
        method: &'static str,
        /// What is wrong.
        what: &'static str,
    },
    /// The pool refused to subscribe us; why.
    SubscribeRefused(String),
    /// A job before the coinbase space that it needs.
    JobBeforeSubscribed,
    /// The pool answers no shares any more.
    TooManyUnanswered,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(kind) => write!(f, "the pool sent a malformed line: {kind}"),
            Self::BadParams { method, what } => write!(f, "the pool's {method}: {what}"),
            Self::SubscribeRefused(why) => write!(f, "the pool refused the subscription: {why}"),
            Self::JobBeforeSubscribed => f.write_str("the pool sent a job before the subscription"),
            Self::TooManyUnanswered => {
                write!(f, "the pool left {PENDING_LIMIT} shares unanswered")
            }
        }
    }
}

impl std::error::Error for Fault {}

/// The state of one connection to a pool.
#[derive(Clone, Debug)]
pub struct Upstream {
    user: String,
    password: String,
    agent: String,
    subscribed: bool,
    target: Target,
    next_id: u64,
    /// Request id to the caller's tag.
    pending: BTreeMap<u64, u64>,
    share_answer: Option<ShareAnswer>,
    reconnect: Option<Reconnect>,
}

impl Upstream {
    /// A fresh connection; difficulty 1 until the pool says otherwise.
    #[must_use]
    pub fn new(user: &str, password: &str, agent: &str) -> Self {
        Self {
            user: user.to_owned(),
            password: password.to_owned(),
            agent: agent.to_owned(),
            subscribed: false,
            target: Difficulty::from_exponent(0).map_or(Target::MAX, Difficulty::target),
            next_id: FIRST_SUBMIT,
            pending: BTreeMap::new(),
            share_answer: None,
            reconnect: None,
        }
    }

    /// The lines to send first.
    #[must_use]
    pub fn start(&self) -> Vec<String> {
        let options = json!({
            "version-rolling.mask": format!("{VERSION_ROLLING_MASK:08x}"),
            "version-rolling.min-bit-count": 0
        });
        vec![
            codec::request(
                CONFIGURE,
                "mining.configure",
                &json!([["version-rolling"], options]),
            ),
            codec::request(SUBSCRIBE, "mining.subscribe", &[&self.agent]),
            codec::request(AUTHORIZE, "mining.authorize", &[&self.user, &self.password]),
        ]
    }

    /// Reads one line of the pool.
    ///
    /// # Errors
    /// A [`Fault`]: close the connection.
    pub fn receive(&mut self, line: &str) -> Result<Vec<Event>, Fault> {
        let event = match codec::parse(line).map_err(|error| Fault::Malformed(error.kind))? {
            None => None,
            Some(Message::Request(request)) => self.handle(&request)?,
            Some(Message::Response(response)) => self.handle_response(&response)?,
        };
        Ok(event.into_iter().collect())
    }

    fn handle(&mut self, request: &Request<'_>) -> Result<Option<Event>, Fault> {
        Ok(Some(match request.method.as_str() {
            "mining.notify" if !self.subscribed => return Err(Fault::JobBeforeSubscribed),
            "mining.notify" => Event::Job(notify::read(request, self.target)?),
            "mining.set_difficulty" => {
                let (method, what) = ("mining.set_difficulty", "not a positive number");
                self.target = request
                    .raw_param(0)
                    .and_then(target_of_difficulty)
                    .ok_or(Fault::BadParams { method, what })?;
                Event::Difficulty(self.target)
            }
            "mining.set_extranonce" => {
                let space = extranonce(request.raw_param(0), request.param(1));
                let (method, what) = ("mining.set_extranonce", "not hex and a size");
                let (extranonce1, extranonce2_size) =
                    space.ok_or(Fault::BadParams { method, what })?;
                Event::ExtranonceChanged {
                    extranonce1,
                    extranonce2_size,
                }
            }
            "mining.set_version_mask" => {
                let (method, what) = ("mining.set_version_mask", "not a mask in hex");
                let mask = request
                    .param::<String>(0)
                    .as_deref()
                    .and_then(hex::decode_short_u32);
                Event::VersionMask(mask.ok_or(Fault::BadParams { method, what })?)
            }
            "client.reconnect" => {
                self.reconnect = Some(Reconnect::read(request));
                Event::ReconnectAsked
            }
            "mining.ping" => Event::Reply(codec::answer(&request.id, &"pong")),
            "client.get_version" => Event::Reply(codec::answer(&request.id, &self.agent)),
            _ => return Ok(None),
        }))
    }

    fn handle_response(&mut self, response: &Response<'_>) -> Result<Option<Event>, Fault> {
        let id = response.id.to_string();
        // Some pools answer with the id as a string.
        let Ok(id) = id.trim_matches('"').parse::<u64>() else {
            return Ok(None);
        };
        let reason = || {
            response
                .reason()
                .unwrap_or_else(|| "no reason given".to_owned())
        };
        let accepted = response.result::<bool>() == Some(true);
        Ok(match id {
            CONFIGURE => version_mask(response).map(Event::VersionMask),
            SUBSCRIBE => {
                let result: Value = response
                    .result()
                    .ok_or_else(|| Fault::SubscribeRefused(reason()))?;
                let extranonce1 = result.get(1).map(Value::to_string);
                let size = result.get(2).and_then(Value::as_u64);
                let (method, what) = ("mining.subscribe", "no extranonce1 and size in the answer");
                let (extranonce1, extranonce2_size) = extranonce(extranonce1.as_deref(), size)
                    .ok_or(Fault::BadParams { method, what })?;
                self.subscribed = true;
                Some(Event::Subscribed {
                    extranonce1,
                    extranonce2_size,
                })
            }
            AUTHORIZE if accepted => Some(Event::Authorized),
            AUTHORIZE => Some(Event::AuthorizeRefused(reason())),
            _ => self.pending.remove(&id).map(|tag| {
                self.share_answer = Some(ShareAnswer {
                    tag,
                    accepted,
                    code: response.code().filter(|_| !accepted),
                    reason: response.reason().filter(|_| !accepted),
                });
                let reason = if accepted { String::new() } else { reason() };
                Event::ShareAnswer {
                    tag,
                    accepted,
                    reason,
                }
            }),
        })
    }

    /// The latest [`Event::ShareAnswer`] in full.
    #[must_use]
    pub const fn share_answer(&self) -> Option<&ShareAnswer> {
        self.share_answer.as_ref()
    }

    /// What the latest [`Event::ReconnectAsked`] asked for.
    #[must_use]
    pub const fn reconnect(&self) -> Option<&Reconnect> {
        self.reconnect.as_ref()
    }

    /// The line that submits a share; the answer comes back with `tag`. `job_id` and the size of `extranonce2` are the
    /// pool's; `version_bits` only where some were rolled.
    ///
    /// # Errors
    /// [`Fault::TooManyUnanswered`]: close the connection.
    pub fn submit(
        &mut self,
        tag: u64,
        job_id: &str,
        extranonce2: &[u8],
        ntime: u32,
        nonce: u32,
        version_bits: Option<u32>,
    ) -> Result<String, Fault> {
        if self.pending.len() >= PENDING_LIMIT {
            return Err(Fault::TooManyUnanswered);
        }
        let id = self.next_id;
        self.next_id = id.saturating_add(1);
        self.pending.insert(id, tag);
        let mut params = vec![
            self.user.clone(),
            job_id.to_owned(),
            hex::encode(extranonce2),
            format!("{ntime:08x}"),
            format!("{nonce:08x}"),
        ];
        params.extend(version_bits.map(|bits| format!("{bits:08x}")));
        Ok(codec::request(id, "mining.submit", &params))
    }

    /// The tags of the shares that were not answered yet, oldest first: what is unknown when a connection ends.
    pub fn unanswered(&self) -> impl Iterator<Item = u64> {
        self.pending.values().copied()
    }
}

/// The mask that a pool grants in answer to `mining.configure`. One that knows no such method refuses it, and one that does
/// not grant it may still name a mask: nothing may be rolled then.
fn version_mask(response: &Response<'_>) -> Option<u32> {
    let result: Value = response.result()?;
    let granted = result
        .get("version-rolling")
        .is_none_or(|granted| granted == &Value::Bool(true));
    let mask = result.get("version-rolling.mask")?.as_str()?;
    hex::decode_short_u32(mask).filter(|_| granted)
}

/// An extranonce1 (JSON text of a string in hex) and the size of extranonce2. Whether they can be used is for
/// [`crate::ExtranonceSpace`] to say.
fn extranonce(extranonce1: Option<&str>, size: Option<u64>) -> Option<(Vec<u8>, usize)> {
    let text: String = serde_json::from_str(extranonce1?).ok()?;
    Some((hex::decode(&text)?, usize::try_from(size?).ok()?))
}
