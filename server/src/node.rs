//! A full node, as far as Assay needs one: block headers and hashes of Bitcoin Core's REST interface (`rest=1`).
//!
//! What the node says is not trusted: a header is only taken where it hashes to what was asked for, and those after it where each names the
//! one before.

use pow::Header;
use std::time::Duration;
use ureq::{Agent, http::Uri};

/// For a whole question and its answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// What is read of an answer at most, where it is not headers: a hash is shorter, a refusal's sentence mostly too.
const ANSWER_MAX: u64 = 256;
/// Headers that Bitcoin Core gives in one answer.
pub const HEADERS_MAX: u16 = 2_000;
const HEADER_SIZE: usize = 80;
/// Bitcoin Core's words where its chain is not as high; any other 404 is not of its REST interface.
const TOO_HIGH: &[u8] = b"Block height out of range";

/// Why the node gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// Not an address.
    #[error("{0} is not a node's address: http://HOST:PORT")]
    Address(String),
    /// No answer.
    #[error("the node {node} cannot be asked: {why}")]
    Unreachable {
        /// Which.
        node: String,
        /// Why.
        why: Box<ureq::Error>,
    },
    /// A refusal.
    #[error(
        "the node {node} answers with status {status}: Bitcoin Core gives headers where rest=1 is set"
    )]
    Refused {
        /// Which.
        node: String,
        /// HTTP's.
        status: u16,
    },
    /// Another answer than was asked for.
    #[error("the node {0} answers with something else than was asked for")]
    Malformed(String),
}

/// A node's REST interface. Its questions block: not for an async task.
#[derive(Clone, Debug)]
pub struct Node {
    base: String,
    agent: Agent,
}

impl Node {
    /// The node at `http://HOST:PORT`, where need be with a path before `/rest/`. Nothing is asked yet.
    ///
    /// # Errors
    /// `NodeError::Address`.
    pub fn new(address: &str) -> Result<Self, NodeError> {
        let wrong = || NodeError::Address(address.to_owned());
        let uri: Uri = address.parse().map_err(|_| wrong())?;
        let scheme = matches!(uri.scheme_str(), Some("http" | "https"));
        let host = uri.authority().is_some_and(|authority| {
            !authority.host().is_empty() && !authority.as_str().contains('@')
        });
        if !scheme || !host || uri.query().is_some() {
            return Err(wrong());
        }
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .max_redirects(0)
            // A node is one's own: what asks it must not go through anybody else.
            .proxy(None);
        Ok(Self {
            base: address.trim_end_matches('/').to_owned(),
            agent: config.build().new_agent(),
        })
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.base
    }

    /// The header of the block with this hash (in header byte order); `None` where the node's chain has none.
    ///
    /// # Errors
    /// `NodeError`.
    pub fn header(&self, hash: &[u8; 32]) -> Result<Option<Header>, NodeError> {
        Ok(self.headers(hash, 1)?.pop())
    }

    /// That header and those after it on the node's chain, `most` in all (up to [`HEADERS_MAX`]). None where the node has
    /// the block on no branch or on a replaced one.
    ///
    /// # Errors
    /// `NodeError`.
    pub fn headers(&self, hash: &[u8; 32], most: u16) -> Result<Vec<Header>, NodeError> {
        let malformed = || NodeError::Malformed(self.base.clone());
        let longest = usize::from(most) * HEADER_SIZE;
        // The path's older form, which every Bitcoin Core takes.
        let path = format!("headers/{most}/{}.bin", printed(hash));
        let (status, answer) = self.ask(&path, ANSWER_MAX.max(longest as u64))?;
        if status != 200 {
            return Err(self.refused(status));
        }
        let (headers, rest) = answer.as_chunks::<HEADER_SIZE>();
        if !rest.is_empty() || answer.len() > longest {
            return Err(malformed());
        }
        let headers: Vec<Header> = headers.iter().map(Header::from_bytes).collect();
        if headers.first().is_some_and(|first| first.hash() != *hash) {
            return Err(malformed());
        }
        let linked = |pair: &[Header]| pair[1].prev_hash == pair[0].hash();
        if !headers.windows(2).all(linked) {
            return Err(malformed());
        }
        Ok(headers)
    }

    /// Hash of the block of this height, in header byte order; `None` where the node's chain is not as high.
    ///
    /// # Errors
    /// `NodeError`.
    pub fn block_hash(&self, height: u32) -> Result<Option<[u8; 32]>, NodeError> {
        let path = format!("blockhashbyheight/{height}.bin");
        let (status, answer) = self.ask(&path, ANSWER_MAX)?;
        match (status, answer.as_slice().try_into()) {
            (200, Ok(hash)) => Ok(Some(hash)),
            (200, Err(_)) => Err(NodeError::Malformed(self.base.clone())),
            (404, _) if answer.starts_with(TOO_HIGH) => Ok(None),
            _ => Err(self.refused(status)),
        }
    }

    fn ask(&self, path: &str, longest: u64) -> Result<(u16, Vec<u8>), NodeError> {
        let url = format!("{}/rest/{path}", self.base);
        let asked = self.agent.get(url).call().map(|mut answer| {
            let status = answer.status().as_u16();
            // An answer of just that length is read to its end: the reader refuses where it reaches the limit.
            let body = answer.body_mut().with_config().limit(longest + 1);
            (status, body.read_to_vec())
        });
        match asked {
            Ok((status, Ok(body))) => Ok((status, body)),
            // A page of words is a refusal; where headers were asked for, it is no header either.
            Ok((200, Err(ureq::Error::BodyExceedsLimit(_)))) => {
                Err(NodeError::Malformed(self.base.clone()))
            }
            Ok((status, Err(ureq::Error::BodyExceedsLimit(_)))) => Err(self.refused(status)),
            Ok((_, Err(why))) | Err(why) => Err(NodeError::Unreachable {
                node: self.base.clone(),
                why: Box::new(why),
            }),
        }
    }

    fn refused(&self, status: u16) -> NodeError {
        NodeError::Refused {
            node: self.base.clone(),
            status,
        }
    }
}

/// A block's hash as nodes and block explorers print it.
#[must_use]
pub fn printed(hash: &[u8; 32]) -> String {
    let mut digits = *hash;
    digits.reverse();
    stratum::hex::encode(&digits)
}

#[cfg(test)]
mod tests;
