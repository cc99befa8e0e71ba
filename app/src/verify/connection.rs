//! One answer's bytes, or a file's: both are the browser's streams.

use futures::future::{Either, select};
use gloo_net::http::{self, Response};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Reflect, Uint8Array};
use std::pin::pin;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStream, ReadableStreamDefaultReader, RequestCache};

/// A connection that gives nothing for this long is taken for broken.
const SILENCE_MS: u32 = 30_000;

/// A stream being read.
pub struct Connection {
    reader: ReadableStreamDefaultReader,
    ended: bool,
    /// Absent for a file, which may be slow: a disk that sleeps, a share on a network, a dialogue that asks the reader.
    request: Option<Request>,
}

/// A request that is given up as this is dropped, answered or not.
pub struct Request(AbortController);

/// It gave no bytes, and will give none.
pub struct Broken;

impl Request {
    pub fn new() -> Result<Self, String> {
        let controller = AbortController::new();
        let controller = controller.map_err(|_| "This browser cannot stop a request.")?;
        Ok(Self(controller))
    }

    /// Asks for `url`; with a tag, for the rest of that very file from this byte on.
    pub async fn send(&self, url: &str, rest: Option<(u64, &str)>) -> Option<Response> {
        // Nothing of it is worth a place in the browser's cache.
        let asked = http::Request::get(url).cache(RequestCache::NoStore);
        let asked = match rest {
            Some((from, tag)) => asked
                .header("range", &format!("bytes={from}-"))
                .header("if-range", tag),
            None => asked,
        };
        let sent = pin!(asked.abort_signal(Some(&self.0.signal())).send());
        match select(sent, TimeoutFuture::new(SILENCE_MS)).await {
            Either::Left((Ok(response), _)) => Some(response),
            _ => None,
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Connection {
    pub fn new(stream: ReadableStream, request: Option<Request>) -> Result<Self, String> {
        let reader = stream.get_reader().dyn_into();
        Ok(Self {
            reader: reader.map_err(|_| "This browser cannot read the bundle as a stream.")?,
            ended: false,
            request,
        })
    }

    /// The next bytes; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Uint8Array>, Broken> {
        let read = JsFuture::from(self.reader.read());
        let read = match self.request {
            Some(_) => match select(read, TimeoutFuture::new(SILENCE_MS)).await {
                Either::Left((read, _)) => read,
                Either::Right(_) => return Err(Broken),
            },
            None => read.await,
        };
        let result = read.map_err(|_| {
            self.ended = true;
            Broken
        })?;
        let part = |name| Reflect::get(&result, &JsValue::from_str(name));
        if part("done").is_ok_and(|done| done.is_truthy()) {
            self.ended = true;
            return Ok(None);
        }
        let bytes = part("value").ok().and_then(|value| value.dyn_into().ok());
        bytes.map(Some).ok_or(Broken)
    }
}

impl Drop for Connection {
    /// Half-way: nothing more is read.
    fn drop(&mut self) {
        if !self.ended {
            let cancelled = JsFuture::from(self.reader.cancel());
            wasm_bindgen_futures::spawn_local(async move { _ = cancelled.await });
        }
    }
}
