//! A full node's REST interface on the synthetic chain: of Bitcoin Core's, what gives block headers and hashes.

use crate::{Chain, Pool, pool::Shared};
use axum::{
    Router,
    body::Body,
    http::{StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use std::{io, net::SocketAddr, sync::Arc};
use stratum::hex;
use tokio::{net::TcpListener, task::JoinHandle};

/// Headers of one answer, as in Bitcoin Core.
const MOST_HEADERS: usize = 2_000;
const DEFAULT_HEADERS: &str = "5";

/// A running node; dropping it closes it.
pub struct Node {
    address: SocketAddr,
    serving: JoinHandle<io::Result<()>>,
}

impl Node {
    /// Serves a pool's chain at `http://ADDRESS/rest/`; port 0 takes a free one.
    ///
    /// # Errors
    /// Where the address cannot be bound.
    pub async fn start(listen: SocketAddr, pool: &Pool) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let shared = pool.shared();
        let router = Router::new().fallback(move |uri| answer(Arc::clone(&shared), uri));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, serving })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// What Bitcoin Core refuses, with its status and its words.
#[derive(Debug, PartialEq, Eq)]
struct Refusal(StatusCode, String);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Binary,
    Hex,
}

async fn answer(shared: Arc<Shared>, uri: Uri) -> Response {
    let query = uri.query().unwrap_or_default();
    let answered = shared.chain(|chain| answered(chain, uri.path(), query));
    match answered {
        Ok((Format::Binary, bytes)) => typed(StatusCode::OK, "application/octet-stream", bytes),
        Ok((Format::Hex, bytes)) => {
            let line = hex::encode(&bytes) + "\n";
            typed(StatusCode::OK, "text/plain", line.into_bytes())
        }
        Err(Refusal(status, message)) => {
            let line = message + "\r\n";
            typed(status, "text/plain", line.into_bytes())
        }
    }
}

fn typed(status: StatusCode, kind: &'static str, body: Vec<u8>) -> Response {
    (status, [(CONTENT_TYPE, kind)], Body::from(body)).into_response()
}

fn answered(chain: &Chain, path: &str, query: &str) -> Result<(Format, Vec<u8>), Refusal> {
    // Bitcoin Core takes the ending off first where it knows it, and complains last where there is none.
    let (resource, format) = match path.rsplit_once('.') {
        Some((resource, "bin")) => (resource, Some(Format::Binary)),
        Some((resource, "hex")) => (resource, Some(Format::Hex)),
        _ => (path, None),
    };
    let bytes = if let Some(asked) = resource.strip_prefix("/rest/headers/") {
        headers(chain, asked, query)?
    } else if let Some(height) = resource.strip_prefix("/rest/blockhashbyheight/") {
        // Number order in hexadecimal, the header's order in bytes.
        let mut hash = block_hash(chain, height)?;
        if format == Some(Format::Hex) {
            hash.reverse();
        }
        hash.to_vec()
    } else {
        return Err(Refusal(StatusCode::NOT_FOUND, String::new()));
    };
    let format = format.ok_or_else(|| {
        let message = "output format not found (available: .bin, .hex)";
        Refusal(StatusCode::NOT_FOUND, message.to_owned())
    })?;
    Ok((format, bytes))
}

/// Upwards from a block; of one that the chain does not have, nothing.
fn headers(chain: &Chain, asked: &str, query: &str) -> Result<Vec<u8>, Refusal> {
    let bad = |message: String| Refusal(StatusCode::BAD_REQUEST, message);
    let parts: Vec<&str> = asked.split('/').collect();
    let (count, name) = match parts[..] {
        // The form before Bitcoin Core 24, which it still takes.
        [count, name] => (count, name),
        [name] => {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let count = pairs.find_map(|(key, value)| (key == "count").then_some(value));
            (count.unwrap_or(DEFAULT_HEADERS), name)
        }
        _ => {
            let message = "Invalid URI format. Expected /rest/headers/<hash>.<ext>?count=<count>";
            return Err(bad(message.to_owned()));
        }
    };
    let number: Option<usize> = count.parse().ok();
    let number = number.filter(|number| (1..=MOST_HEADERS).contains(number));
    let number = number.ok_or_else(|| {
        bad(format!(
            "Header count is invalid or out of acceptable range (1-{MOST_HEADERS}): {count}"
        ))
    })?;
    let decoded = hex::decode_array::<32>(name);
    let mut hash = decoded.ok_or_else(|| bad(format!("Invalid hash: {name}")))?;
    hash.reverse();
    let found = chain.headers_from(&hash).iter().take(number);
    Ok(found.flat_map(pow::Header::to_bytes).collect())
}

fn block_hash(chain: &Chain, height: &str) -> Result<[u8; 32], Refusal> {
    let number = height.parse::<u32>().ok();
    let number = number.filter(|number| i32::try_from(*number).is_ok());
    let number = number
        .ok_or_else(|| Refusal(StatusCode::BAD_REQUEST, format!("Invalid height: {height}")))?;
    let header = chain.headers().get(number as usize);
    header.map(pow::Header::hash).ok_or_else(|| {
        let message = "Block height out of range".to_owned();
        Refusal(StatusCode::NOT_FOUND, message)
    })
}

#[cfg(test)]
mod tests;
