//! A bundle's bytes, from the server or from a file: both are the browser's streams.

use futures::future::{Either, select};
use gloo_net::http;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Reflect, Uint8Array};
use std::pin::pin;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, File, ReadableStream, ReadableStreamDefaultReader};

/// A connection that gives nothing for this long is taken for broken.
const SILENCE_MS: u32 = 30_000;

/// What to verify.
#[derive(Clone)]
pub enum Input {
    /// At the server.
    Url { url: String, expected_bytes: u64 },
    /// On the reader's machine.
    File(File),
}

/// A bundle being read.
pub struct Source {
    reader: ReadableStreamDefaultReader,
    total_bytes: Option<u64>,
    read_bytes: u64,
    ended: bool,
    place: &'static str,
    _request: Option<Request>,
}

/// A request that is given up as this is dropped, answered or not.
struct Request(AbortController);

impl Request {
    fn new() -> Result<Self, String> {
        let controller = AbortController::new();
        let controller = controller.map_err(|_| "This browser cannot stop a request.")?;
        Ok(Self(controller))
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Source {
    /// Opens it.
    pub async fn open(input: &Input) -> Result<Self, String> {
        match input {
            Input::File(file) => Self::new(file.stream(), size(file.size()), "file", None),
            Input::Url {
                url,
                expected_bytes,
            } => {
                let request = Request::new()?;
                let sent = http::Request::get(url).abort_signal(Some(&request.0.signal()));
                let sent = pin!(sent.send());
                let response = match select(sent, TimeoutFuture::new(SILENCE_MS)).await {
                    Either::Left((Ok(response), _)) => response,
                    _ => return Err("The bundle could not be fetched: no answer.".into()),
                };
                if !response.ok() {
                    let status = response.status();
                    return Err(format!("The server refused the bundle (HTTP {status})."));
                }
                let stated = response.headers().get("content-length");
                let total = stated.and_then(|length| length.parse().ok());
                let total = total.unwrap_or(*expected_bytes);
                match response.body() {
                    Some(body) => Self::new(body, total, "connection", Some(request)),
                    None => Err("The server sent no bundle.".into()),
                }
            }
        }
    }

    fn new(
        stream: ReadableStream,
        total_bytes: u64,
        place: &'static str,
        request: Option<Request>,
    ) -> Result<Self, String> {
        let reader = stream.get_reader().dyn_into();
        Ok(Self {
            reader: reader.map_err(|_| "This browser cannot read the bundle as a stream.")?,
            total_bytes: Some(total_bytes).filter(|bytes| *bytes > 0),
            read_bytes: 0,
            ended: false,
            place,
            _request: request,
        })
    }

    /// Its size, where that is known.
    pub fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    /// The next bytes; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Uint8Array>, String> {
        let read = JsFuture::from(self.reader.read());
        let result = match select(read, TimeoutFuture::new(SILENCE_MS)).await {
            Either::Left((Ok(result), _)) => result,
            Either::Left((Err(_), _)) => {
                self.ended = true;
                return Err(self.broken());
            }
            Either::Right(_) => return Err(self.broken()),
        };
        let part = |name| Reflect::get(&result, &JsValue::from_str(name));
        if part("done").is_ok_and(|done| done.is_truthy()) {
            self.ended = true;
            return Ok(None);
        }
        let bytes = part("value").ok().and_then(|value| value.dyn_into().ok());
        let bytes: Uint8Array = bytes.ok_or_else(|| self.broken())?;
        self.read_bytes = self.read_bytes.saturating_add(bytes.length().into());
        Ok(Some(bytes))
    }

    fn broken(&self) -> String {
        let (place, at) = (self.place, self.read_bytes);
        format!("The {place} broke off at byte {at} of the bundle. Nothing is known about it.")
    }
}

impl Drop for Source {
    /// Half-way: nothing more is read.
    fn drop(&mut self) {
        if !self.ended {
            let cancelled = JsFuture::from(self.reader.cancel());
            wasm_bindgen_futures::spawn_local(async move { _ = cancelled.await });
        }
    }
}

/// The browser counts a file's bytes in a double, exactly up to 2^53.
fn size(bytes: f64) -> u64 {
    bytes as u64
}
