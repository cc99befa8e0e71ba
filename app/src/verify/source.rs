//! A bundle's bytes in order, over as many connections as it takes.

use super::{
    board::clock_ms,
    connection::{Connection, Request},
    length::stated_bytes,
    outage::{Outage, Restarts, may_pass},
};
use gloo_net::http::Response;
use gloo_timers::future::TimeoutFuture;
use js_sys::Uint8Array;
use web_sys::File;

const BEGAN_TOO_OFTEN: &str = "The connection broke again and again, and each time the server could only send the bundle from its first byte. \
                               Nothing is known about it.";

/// What to verify.
#[derive(Clone)]
pub enum Input {
    /// At the server.
    Url { url: String, expected_bytes: u64 },
    /// On the reader's machine.
    File(File),
}

/// What comes next.
pub enum Piece {
    /// Bytes that follow those before.
    Bytes(Uint8Array),
    /// The connection is lost; asking for the next piece tries to have it back, for the so many-th time.
    Lost { tries: u32 },
    /// It is back, and the server could not go on: the next bytes are the first again. Its size, where that is known.
    Anew { total_bytes: Option<u64> },
    /// That was all.
    End,
}

/// A bundle being read.
pub struct Source {
    input: Input,
    connection: Option<Connection>,
    outage: Option<Outage>,
    /// When the connection was asked for again; it gave no bytes yet.
    tried_at_ms: Option<u64>,
    restarts: Restarts,
    /// Which bundle the server began to send, in its words.
    tag: Option<String>,
    /// As the server said it, and not only expected.
    stated_bytes: Option<u64>,
    read_bytes: u64,
}

/// A request that was answered.
enum Answered {
    /// With the bytes that are missing.
    Rest,
    /// With all of them.
    Whole,
}

impl Source {
    /// Opens it.
    pub async fn open(input: &Input) -> Result<Self, String> {
        let mut source = Self {
            input: input.clone(),
            connection: None,
            outage: None,
            tried_at_ms: None,
            restarts: Restarts::default(),
            tag: None,
            stated_bytes: None,
            read_bytes: 0,
        };
        if let Input::File(file) = input {
            source.stated_bytes = Some(size(file.size()));
            source.connection = Some(Connection::new(file.stream(), None)?);
        } else if source.connect().await?.is_none() {
            return Err("The bundle could not be fetched: no answer.".into());
        }
        Ok(source)
    }

    /// Its size, where that is known.
    pub fn total_bytes(&self) -> Option<u64> {
        let expected = match &self.input {
            Input::Url { expected_bytes, .. } => Some(*expected_bytes),
            Input::File(_) => None,
        };
        self.stated_bytes
            .or(expected)
            .filter(|total_bytes| *total_bytes > 0)
    }

    /// The next piece.
    pub async fn next(&mut self) -> Result<Piece, String> {
        let Some(connection) = self.connection.as_mut() else {
            return self.reconnect().await;
        };
        let read = connection.next().await;
        let read_all = self.stated_bytes == Some(self.read_bytes);
        match read {
            Ok(Some(bytes)) => {
                self.outage = None;
                self.tried_at_ms = None;
                self.read_bytes = self.read_bytes.saturating_add(bytes.length().into());
                Ok(Piece::Bytes(bytes))
            }
            Ok(None) if read_all || self.stated_bytes.is_none() => Ok(Piece::End),
            // A file has no more than it has, whatever its size was said to be.
            Ok(None) if matches!(self.input, Input::File(_)) => Ok(Piece::End),
            Err(_) if read_all => Ok(Piece::End),
            Ok(None) | Err(_) => {
                self.connection = None;
                self.lost()
            }
        }
    }

    async fn reconnect(&mut self) -> Result<Piece, String> {
        let wait_ms = self.outage.map_or(0, |outage| outage.wait_ms());
        TimeoutFuture::new(wait_ms).await;
        self.tried_at_ms = Some(clock_ms());
        match self.connect().await? {
            None => self.lost(),
            Some(Answered::Rest) => Box::pin(self.next()).await,
            Some(Answered::Whole) if self.restarts.another() => Ok(Piece::Anew {
                total_bytes: self.total_bytes(),
            }),
            Some(Answered::Whole) => Err(BEGAN_TOO_OFTEN.into()),
        }
    }

    fn lost(&mut self) -> Result<Piece, String> {
        if matches!(self.input, Input::File(_)) {
            return Err(self.broke_off("file", ""));
        }
        let outage = self.outage.get_or_insert_default();
        if let Some(since_ms) = self.tried_at_ms.take() {
            outage.tried(clock_ms().saturating_sub(since_ms));
        }
        match outage.next_try() {
            Some(tries) => Ok(Piece::Lost { tries }),
            None => Err(self.broke_off("connection", " and did not come back")),
        }
    }

    /// Sends a request; `None` where it was not answered as it should be, and another may be.
    async fn connect(&mut self) -> Result<Option<Answered>, String> {
        let Input::Url { url, .. } = &self.input else {
            return Ok(None);
        };
        let request = Request::new()?;
        let tag = self.tag.as_deref().filter(|_| self.read_bytes > 0);
        let rest = tag.map(|tag| (self.read_bytes, tag));
        let Some(response) = request.send(url, rest).await else {
            return Ok(None);
        };
        let status = response.status();
        let answered = match status {
            206 if self.is_rest(&response) => Answered::Rest,
            206 | 416 => {
                // Not what was asked for: the next try asks for all of it.
                self.tag = None;
                return Ok(None);
            }
            200..300 => Answered::Whole,
            _ if may_pass(status, self.outage) => return Ok(None),
            _ => return Err(format!("The server refused the bundle (HTTP {status}).")),
        };
        let body = response.body().ok_or("The server sent no bundle.")?;
        if matches!(answered, Answered::Whole) {
            let header = |name| response.headers().get(name);
            let (length, encoding) = (header("content-length"), header("content-encoding"));
            self.stated_bytes = stated_bytes(length.as_deref(), encoding.as_deref());
            // A weak one does not say that the bytes are the same.
            self.tag = header("etag").filter(|tag| !tag.starts_with("W/"));
            self.read_bytes = 0;
        }
        self.connection = Some(Connection::new(body, Some(request))?);
        Ok(Some(answered))
    }

    /// Whether these are the bytes that are missing, of a bundle of the same size.
    fn is_rest(&self, response: &Response) -> bool {
        let place = response.headers().get("content-range").unwrap_or_default();
        let begins = place.starts_with(&format!("bytes {}-", self.read_bytes));
        let total = place.rsplit_once('/').map(|(_, total)| total.parse().ok());
        begins && total == Some(self.stated_bytes)
    }

    fn broke_off(&self, what: &str, and: &str) -> String {
        let at = self.read_bytes;
        format!("The {what} broke off at byte {at} of the bundle{and}. Nothing is known about it.")
    }
}

/// The browser counts a file's bytes in a double, exactly up to 2^53.
fn size(bytes: f64) -> u64 {
    bytes as u64
}
