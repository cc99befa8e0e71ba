//! A bundle at an address, over as many connections as it takes.

use super::{Piece, Source, read_ahead};
use std::{
    io,
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
    time::Duration,
};
use ureq::{
    Agent, Body,
    http::{HeaderMap, Response, StatusCode, header},
};

const CONNECT: Duration = Duration::from_secs(10);
/// A server that sends nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(30);
/// Connections in a row that bring nothing, and times that it begins again; then it is given up.
const TRIES: u32 = 5;
const BACK_OFF: Duration = Duration::from_secs(1);

pub(super) struct Download {
    agent: Agent,
    url: String,
    /// Names the bytes: only with it can the rest of the same ones be asked for.
    etag: Option<String>,
    size: Option<u64>,
    /// Bytes that came.
    at: u64,
    tries: u32,
    restarts: u32,
    pieces: Receiver<io::Result<Vec<u8>>>,
}

/// What a connection brings.
enum Opened {
    /// What follows what came.
    Rest(Response<Body>),
    /// Everything, from the first byte.
    All(Response<Body>),
    /// The bytes that came are gone there.
    Gone,
}

impl Download {
    pub(super) fn start(url: &str) -> io::Result<Self> {
        let config = Agent::config_builder()
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(SILENCE))
            .http_status_as_error(false);
        let (_, nothing) = sync_channel(0);
        let mut download = Self {
            agent: config.build().new_agent(),
            url: url.to_owned(),
            etag: None,
            size: None,
            at: 0,
            tries: 0,
            restarts: 0,
            pieces: nothing,
        };
        // A first connection that fails is mostly a wrong address: nobody wants to wait for that.
        match download.connect() {
            Ok(Opened::All(response)) => download.begin(response)?,
            Ok(_) => return Err(download.failed("the server gives a part of it")),
            Err(why) => return Err(download.failed(&why)),
        }
        Ok(download)
    }

    fn connect(&self) -> Result<Opened, String> {
        let mut request = self.agent.get(&self.url);
        let etag = self.etag.as_ref().filter(|_| self.at > 0);
        if let Some(etag) = etag {
            request = request
                .header(header::RANGE, format!("bytes={}-", self.at))
                .header(header::IF_RANGE, etag);
        }
        let response = request.call().map_err(|why| why.to_string())?;
        match response.status() {
            StatusCode::OK => Ok(Opened::All(response)),
            StatusCode::PARTIAL_CONTENT if etag.is_some() => {
                if range_start(response.headers()) == Some(self.at) {
                    Ok(Opened::Rest(response))
                } else {
                    Ok(Opened::Gone)
                }
            }
            StatusCode::RANGE_NOT_SATISFIABLE if etag.is_some() => Ok(Opened::Gone),
            status => Err(format!("the server answers with status {status}")),
        }
    }

    /// Takes everything from the first byte.
    fn begin(&mut self, response: Response<Body>) -> io::Result<()> {
        // A weak one names no exact bytes.
        let etag = response
            .headers()
            .get(header::ETAG)
            .and_then(|etag| etag.to_str().ok());
        self.etag = etag.filter(|etag| etag.starts_with('"')).map(str::to_owned);
        self.size = response.body().content_length();
        self.at = 0;
        self.pieces = read_ahead(response.into_body().into_reader())?;
        Ok(())
    }

    /// After a connection was lost: goes on where it was, or begins again.
    fn reconnect(&mut self, mut why: String) -> io::Result<Option<Piece>> {
        while self.tries < TRIES && self.restarts < TRIES {
            tracing::warn!("the connection was lost ({why}): trying again");
            thread::sleep(BACK_OFF * 2u32.pow(self.tries));
            self.tries += 1;
            match self.connect() {
                Ok(Opened::Rest(response)) => {
                    self.pieces = read_ahead(response.into_body().into_reader())?;
                    return Ok(None);
                }
                Ok(Opened::All(response)) => {
                    self.restarts += 1;
                    self.begin(response)?;
                    return Ok(Some(Piece::Anew));
                }
                Ok(Opened::Gone) => {
                    self.etag = None;
                    why = "the server has other bytes now".to_owned();
                }
                Err(again) => why = again,
            }
        }
        Err(self.failed(&why))
    }

    fn failed(&self, why: &str) -> io::Error {
        io::Error::other(format!("{} cannot be read: {why}", self.url))
    }
}

impl Source for Download {
    fn size(&self) -> Option<u64> {
        self.size
    }

    fn next(&mut self) -> io::Result<Piece> {
        loop {
            let why = match self.pieces.recv_timeout(SILENCE) {
                Ok(Ok(bytes)) => {
                    self.at = self.at.saturating_add(bytes.len() as u64);
                    self.tries = 0;
                    return Ok(Piece::Bytes(bytes));
                }
                Ok(Err(why)) => why.to_string(),
                Err(RecvTimeoutError::Timeout) => "nothing came any more".to_owned(),
                Err(RecvTimeoutError::Disconnected) => {
                    if self.size.is_none_or(|size| self.at >= size) {
                        return Ok(Piece::End);
                    }
                    "it ended too early".to_owned()
                }
            };
            if let Some(piece) = self.reconnect(why)? {
                return Ok(piece);
            }
        }
    }
}

/// The first byte of an answer's `Content-Range: bytes 5-9/10`.
fn range_start(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (start, _) = range.strip_prefix("bytes ")?.split_once('-')?;
    start.parse().ok()
}
