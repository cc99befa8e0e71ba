//! Where the verifier comes from: the server, or the page itself where that is a file that needs none.

use futures::future::{Either, select};
use gloo_net::http;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Uint8Array, WebAssembly};
use leptos::prelude::{document, window};
use std::pin::pin;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, Url, Worker, WorkerOptions, WorkerType};

const SCRIPT: &str = "/verify-loader.js";
const WASM: &str = "/verify-worker_bg.wasm";
/// A page that holds the verifier has two elements of these names: a classic script that does what `verify-loader.js` does,
/// and the wasm in base64.
const INLINE_SCRIPT: &str = "verify-loader";
const INLINE_WASM: &str = "verify-wasm";
const SILENCE_MS: u32 = 30_000;

/// A module with one function of one `v128`: what the verifier's wasm cannot do without.
const SIMD: [u8; 31] = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253,
    15, 253, 98, 11,
];

const NO_SIMD: &str = "This browser is too old to verify: its WebAssembly has no SIMD. \
                       Any browser of 2023 or later has it, and so has the command line: assay verify FILE.";
const NOT_LOADED: &str = "The verifier could not be loaded. Is the server still there?";
const NO_WORKER: &str = "This browser does not let the page start a worker.";

/// The workers' script, and the wasm that the page compiles for all of them.
pub struct WorkerSource {
    script: String,
    kind: WorkerType,
    wasm: String,
}

/// The verifier's wasm, compiled.
pub struct Engine {
    pub module: JsValue,
    /// SHA-256 of the wasm in hex; none where the browser does not hash, as on a page without HTTPS.
    pub hash: Option<String>,
}

impl WorkerSource {
    pub fn of_page() -> Self {
        let inline = |id| document().get_element_by_id(id)?.text_content();
        let inline = inline(INLINE_SCRIPT).zip(inline(INLINE_WASM));
        let inline = inline.and_then(|(script, wasm)| Some((blob_url(&script)?, wasm)));
        match inline {
            Some((script, wasm)) => Self {
                script,
                kind: WorkerType::Classic,
                wasm: format!("data:application/wasm;base64,{}", wasm.trim()),
            },
            None => Self {
                script: SCRIPT.into(),
                kind: WorkerType::Module,
                wasm: WASM.into(),
            },
        }
    }

    /// A worker that waits for its wasm.
    pub fn start(&self) -> Result<Worker, String> {
        let options = WorkerOptions::new();
        options.set_type(self.kind);
        Worker::new_with_options(&self.script, &options).map_err(|_| NO_WORKER.into())
    }

    /// What runs is what was hashed: the page fetches it once, for both.
    pub async fn engine(&self) -> Result<Engine, String> {
        if !has_simd() {
            return Err(NO_SIMD.into());
        }
        let bytes = pin!(fetch(&self.wasm));
        let bytes = match select(bytes, TimeoutFuture::new(SILENCE_MS)).await {
            Either::Left((Some(bytes), _)) => bytes,
            _ => return Err(NOT_LOADED.into()),
        };
        let hash = sha256(&bytes).await;
        let module = JsFuture::from(WebAssembly::compile(&bytes)).await;
        let module = module.map_err(|_| "The verifier could not be compiled by this browser.")?;
        Ok(Engine { module, hash })
    }
}

fn has_simd() -> bool {
    WebAssembly::validate(&Uint8Array::from(&SIMD[..])).unwrap_or(false)
}

async fn fetch(url: &str) -> Option<Uint8Array> {
    let response = http::Request::get(url).send().await.ok()?;
    let bytes = response.binary().await.ok().filter(|_| response.ok())?;
    Some(Uint8Array::from(&bytes[..]))
}

async fn sha256(bytes: &Uint8Array) -> Option<String> {
    let subtle = window().crypto().ok()?.subtle();
    // The bindings say that it is always there.
    if subtle.is_undefined() {
        return None;
    }
    let digest = subtle.digest_with_str_and_js_u8_array("SHA-256", bytes);
    let digest = JsFuture::from(digest.ok()?).await.ok()?;
    let digest = Uint8Array::new(&digest).to_vec();
    Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn blob_url(script: &str) -> Option<String> {
    let options = BlobPropertyBag::new();
    options.set_type("text/javascript");
    let parts = Array::of1(&script.into());
    let blob = Blob::new_with_str_sequence_and_options(&parts, &options).ok()?;
    Url::create_object_url_with_blob(&blob).ok()
}
