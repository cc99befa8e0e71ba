//! The page's end of the worker; `crates/pow_wasm` is the other.

use super::{Readiness, source::Source};
use api::{Verdict, VerifyProgress};
use futures::{
    StreamExt,
    channel::mpsc,
    future::{Either, select},
};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use serde::Deserialize;
use std::{cell::Cell, pin::pin, rc::Rc};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Event, MessageEvent, Worker, WorkerOptions, WorkerType};

const SCRIPT: &str = "/verify-worker_loader.js";
/// Chunks that the worker may have and not have answered: enough to keep it busy, little to hold.
const WINDOW: usize = 4;
const CHUNK_BYTES: u32 = 64 * 1024;
/// A chunk takes some 50 ms; a worker silent for this long has died without a word.
const SILENCE_MS: u32 = 30_000;

const DIED: &str = "The verifier ended unexpectedly.";

/// Why a verification stopped without a verdict.
pub enum Stopped {
    /// The worker is of no use any more.
    Worker(String),
    /// The bytes ended too early; the worker is fine.
    Source(String),
}

/// A running worker.
pub struct VerifyWorker {
    worker: Worker,
    answers: mpsc::Receiver<Answer>,
    /// Chunks posted and not answered.
    outstanding: usize,
    /// A verdict was asked for and has not come.
    ending: bool,
    dead: Rc<Cell<bool>>,
    // The worker calls these for as long as it lives.
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Ready,
    Progress(VerifyProgress),
    Verdict(Box<Verdict>),
    /// The worker's own error, or an answer that makes no sense.
    Died,
}

impl VerifyWorker {
    /// Loads it and waits until it can take bytes. When it ends later, `readiness` says so at once.
    pub async fn start(readiness: RwSignal<Readiness>) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(SCRIPT, &options)
            .map_err(|_| "This browser does not let the page start a worker.".to_string())?;
        let (mut to, answers) = mpsc::channel(4 * WINDOW);
        let mut to_too = to.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            // Never full: no more is answered than was asked.
            _ = to.try_send(answer(&event.data()));
        });
        let dead = Rc::new(Cell::new(false));
        let dead_too = dead.clone();
        let on_error = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            // The page says it in its own words.
            event.prevent_default();
            dead_too.set(true);
            readiness.try_set(Readiness::Failed(DIED.into()));
            _ = to_too.try_send(Answer::Died);
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let mut started = Self {
            worker,
            answers,
            outstanding: 0,
            ending: false,
            dead,
            _on_message: on_message,
            _on_error: on_error,
        };
        match started.answer().await {
            Ok(Answer::Ready) => Ok(started),
            _ => Err("The verifier could not be loaded. Is the server still there?".into()),
        }
    }

    /// True where it ended: it answers no more.
    pub fn is_dead(&self) -> bool {
        self.dead.get()
    }

    /// Sends all that `source` has and answers the verdict. When it is dropped half-way, the next one begins cleanly.
    pub async fn verify(
        &mut self,
        source: &mut Source,
        mut report: impl FnMut(VerifyProgress),
    ) -> Result<Box<Verdict>, Stopped> {
        self.reset().await?;
        while let Some(bytes) = self.next(source, &mut report).await? {
            let length = bytes.length();
            for from in (0..length).step_by(CHUNK_BYTES as usize) {
                while self.outstanding >= WINDOW {
                    report(self.progress().await?);
                }
                let to = from.saturating_add(CHUNK_BYTES).min(length);
                self.push(&bytes.slice(from, to))?;
            }
        }
        while self.outstanding > 0 {
            report(self.progress().await?);
        }
        self.ending = true;
        self.post(&"end".into(), &Array::new())?;
        let verdict = self.answer().await?;
        self.ending = false;
        match verdict {
            Answer::Verdict(verdict) => Ok(verdict),
            _ => Err(died()),
        }
    }

    /// The next bytes of `source`; what the worker answers meanwhile is reported, and that it ended.
    async fn next(
        &mut self,
        source: &mut Source,
        report: &mut impl FnMut(VerifyProgress),
    ) -> Result<Option<Uint8Array>, Stopped> {
        let mut bytes = pin!(source.next());
        loop {
            match select(bytes.as_mut(), self.answers.next()).await {
                Either::Left((bytes, _)) => return bytes.map_err(Stopped::Source),
                Either::Right((Some(Answer::Progress(progress)), _)) => {
                    self.outstanding = self.outstanding.saturating_sub(1);
                    report(progress);
                }
                Either::Right(_) => return Err(died()),
            }
        }
    }

    /// Takes the answers still due from a verification that was cancelled, and forgets its bytes.
    async fn reset(&mut self) -> Result<(), Stopped> {
        while self.outstanding > 0 {
            self.progress().await?;
        }
        if self.ending {
            self.answer().await?;
            self.ending = false;
        }
        self.post(&"reset".into(), &Array::new())
    }

    fn push(&mut self, chunk: &Uint8Array) -> Result<(), Stopped> {
        let buffer = chunk.buffer();
        self.post(&buffer, &Array::of1(&buffer))?;
        self.outstanding = self.outstanding.saturating_add(1);
        Ok(())
    }

    fn post(&self, message: &JsValue, transfer: &Array) -> Result<(), Stopped> {
        self.worker
            .post_message_with_transfer(message, transfer)
            .map_err(|_| died())
    }

    async fn progress(&mut self) -> Result<VerifyProgress, Stopped> {
        match self.answer().await? {
            Answer::Progress(progress) => {
                self.outstanding = self.outstanding.saturating_sub(1);
                Ok(progress)
            }
            _ => Err(died()),
        }
    }

    async fn answer(&mut self) -> Result<Answer, Stopped> {
        let silence = TimeoutFuture::new(SILENCE_MS);
        match select(self.answers.next(), pin!(silence)).await {
            Either::Left((Some(Answer::Died) | None, _)) => Err(died()),
            Either::Left((Some(answer), _)) => Ok(answer),
            Either::Right(_) => Err(Stopped::Worker(
                "The verifier stopped answering. Nothing is known about the bundle.".into(),
            )),
        }
    }
}

impl Drop for VerifyWorker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn died() -> Stopped {
    Stopped::Worker(format!("{DIED} Nothing is known about the bundle."))
}

fn answer(data: &JsValue) -> Answer {
    match data.as_string().as_deref() {
        Some("ready") => Answer::Ready,
        Some(json) => serde_json::from_str(json).unwrap_or(Answer::Died),
        None => Answer::Died,
    }
}
