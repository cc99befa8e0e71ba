//! The page's end of the workers; `crates/pow_wasm` is the other, and says what they say to each other.

use super::{
    Readiness,
    board::Board,
    flow::Flow,
    gate::Gate,
    lines::{Lines, Part},
    worker_source::{Engine, WorkerSource},
};
use api::{BuiltOn, EpochLine, Hour, Verdict, VerifyProgress};
use futures::{
    StreamExt,
    channel::mpsc,
    future::{Either, select},
};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::{
    cell::Cell,
    num::NonZeroU32,
    pin::{Pin, pin},
    rc::Rc,
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Event, MessageChannel, MessageEvent, Worker};

/// A worker on its own hashes one in about 25 ms.
const CHUNK_BYTES: u32 = 128 * 1024;
/// Hash workers at most, whatever the machine.
const HASHERS_MAX: usize = 16;
/// Workers that are silent three times as long have died without a word. In parts, since a timer of a tab that was frozen
/// rings before the answers that waited meanwhile are delivered.
const SILENCE_MS: [u32; 3] = [10_000; 3];

const DIED: &str = "The verifier ended unexpectedly.";
const NOT_LOADED: &str = "The verifier could not be loaded. Is the server still there?";

/// Why a verification stopped without a verdict.
pub enum Stopped {
    /// The workers are of no use any more.
    Worker(String),
    /// The bytes ended too early; the workers are fine.
    Source(String),
}

/// A sample of the shares.
#[derive(Clone, Copy, Serialize)]
pub struct Sample {
    pub one_in: NonZeroU32,
    pub seed: u64,
}

/// One worker that reads and judges, and on a machine with several cores as many that hash for it.
pub struct Team {
    coordinator: Worker,
    hashers: Vec<Worker>,
    answers: mpsc::UnboundedReceiver<Answer>,
    flow: Flow,
    dead: Rc<Cell<bool>>,
    /// SHA-256 of what the workers run.
    pub hash: Option<String>,
    // The workers call these for as long as they live.
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    Begin { run: u32, sample: Option<Sample> },
    End,
    Reset,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Ready,
    Progress {
        run: u32,
        progress: VerifyProgress,
        /// Chunks that it answers.
        chunks: usize,
        /// Nothing that comes later changes the verdict.
        lost: bool,
    },
    Epochs(Part<EpochLine>),
    BuiltOn(Part<BuiltOn>),
    Hours(Part<Hour>),
    Verdict {
        run: u32,
        verdict: Box<Verdict>,
    },
    /// A worker's own error, or an answer that makes no sense.
    Died,
}

impl Team {
    /// Loads it and waits until it can take bytes. When one of it ends later, `readiness` says so at once.
    pub async fn start(readiness: RwSignal<Readiness>) -> Result<Self, String> {
        let source = WorkerSource::of_page();
        let mut team = Self::hire(&source, readiness)?;
        let Engine { module, hash } = source.engine().await?;
        team.hash = hash;
        for worker in team.workers() {
            worker.post_message(&module).map_err(|_| NOT_LOADED)?;
        }
        for _ in 0..team.workers().count() {
            match team.answer().await {
                Ok(Answer::Ready) => {}
                _ => return Err(NOT_LOADED.into()),
            }
        }
        team.introduce().ok_or(NOT_LOADED)?;
        Ok(team)
    }

    fn hire(source: &WorkerSource, readiness: RwSignal<Readiness>) -> Result<Self, String> {
        let coordinator = source.start()?;
        let (to, answers) = mpsc::unbounded();
        let to_too = to.clone();
        let flow = Flow::default();
        let listened = flow.run();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let answer = answer(&event.data());
            // Few wait: no more is answered than was asked, and what came too late is passed over.
            if answer.run().is_none_or(|run| run == listened.get()) {
                _ = to.unbounded_send(answer);
            }
        });
        let dead = Rc::new(Cell::new(false));
        let dead_too = dead.clone();
        let on_error = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            // The page says it in its own words.
            event.prevent_default();
            dead_too.set(true);
            readiness.try_set(Readiness::Failed(DIED.into()));
            _ = to_too.unbounded_send(Answer::Died);
        });
        let mut team = Self {
            coordinator,
            hashers: Vec::new(),
            answers,
            flow,
            dead,
            hash: None,
            _on_message: on_message,
            _on_error: on_error,
        };
        // Those that have started end with the team, also where the next one cannot start.
        for _ in 0..hashers() {
            team.hashers.push(source.start()?);
        }
        for worker in team.workers() {
            worker.set_onmessage(Some(team._on_message.as_ref().unchecked_ref()));
            worker.set_onerror(Some(team._on_error.as_ref().unchecked_ref()));
        }
        Ok(team)
    }

    /// Gives each its role, and a channel from the coordinator to each that hashes.
    fn introduce(&self) -> Option<()> {
        let ports = Array::new();
        for hasher in &self.hashers {
            let channel = MessageChannel::new().ok()?;
            ports.push(&channel.port1());
            let port = Array::of1(&channel.port2());
            hasher
                .post_message_with_transfer(&"hasher".into(), &port)
                .ok()?;
        }
        self.coordinator
            .post_message_with_transfer(&"coordinator".into(), &ports)
            .ok()
    }

    fn workers(&self) -> impl Iterator<Item = &Worker> {
        [&self.coordinator].into_iter().chain(&self.hashers)
    }

    /// True where one of it ended: it answers no more.
    pub fn is_dead(&self) -> bool {
        self.dead.get()
    }

    /// Begins a bundle. Where this is dropped without a verdict, the team forgets it.
    pub fn begin<'a>(
        &'a mut self,
        sample: Option<Sample>,
        board: &'a Board,
        gate: &'a Gate,
    ) -> Result<Run<'a>, Stopped> {
        let mut run = Run {
            team: self,
            board,
            gate,
        };
        run.anew(sample)?;
        Ok(run)
    }

    fn order(&self, order: &Order) -> Result<(), Stopped> {
        let json = serde_json::to_string(order).map_err(|_| died())?;
        self.coordinator
            .post_message(&JsValue::from_str(&json))
            .map_err(|_| died())
    }

    async fn answer(&mut self) -> Result<Answer, Stopped> {
        let silence = async {
            for ms in SILENCE_MS {
                TimeoutFuture::new(ms).await;
            }
        };
        match select(self.answers.next(), pin!(silence)).await {
            Either::Left((Some(Answer::Died) | None, _)) => Err(died()),
            Either::Left((Some(answer), _)) => Ok(answer),
            Either::Right(_) => Err(Stopped::Worker(
                "The verifier stopped answering. Nothing is known about the bundle.".into(),
            )),
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        for worker in self.workers() {
            worker.set_onmessage(None);
            worker.set_onerror(None);
            worker.terminate();
        }
    }
}

/// A bundle that the team verifies.
pub struct Run<'a> {
    team: &'a mut Team,
    board: &'a Board,
    gate: &'a Gate,
}

impl Run<'_> {
    /// The bundle begins again.
    pub fn anew(&mut self, sample: Option<Sample>) -> Result<(), Stopped> {
        let run = self.team.flow.next();
        self.team.order(&Order::Begin { run, sample })
    }

    /// Awaits something else; what the team answers meanwhile is shown, and that it ended is noticed.
    pub async fn meanwhile<T>(&mut self, other: impl Future<Output = T>) -> Result<T, Stopped> {
        let mut other: Pin<&mut _> = pin!(other);
        loop {
            match select(other.as_mut(), self.team.answers.next()).await {
                Either::Left((done, _)) => return Ok(done),
                Either::Right((Some(answer), _)) => self.heard(answer)?,
                Either::Right((None, _)) => return Err(died()),
            }
        }
    }

    /// Posts bytes, as fast as the team takes them and the reader lets it.
    pub async fn push(&mut self, bytes: &Uint8Array) -> Result<(), Stopped> {
        let length = bytes.length();
        for from in (0..length).step_by(CHUNK_BYTES as usize) {
            if self.is_lost() {
                return Ok(());
            }
            while self.team.flow.is_full() {
                let answer = self.team.answer().await?;
                self.heard(answer)?;
            }
            self.pass_gate().await?;
            let to = from.saturating_add(CHUNK_BYTES).min(length);
            let chunk = bytes.slice(from, to).buffer();
            self.team
                .coordinator
                .post_message_with_transfer(&chunk, &Array::of1(&chunk))
                .map_err(|_| died())?;
            self.team.flow.sent();
        }
        Ok(())
    }

    /// True after a fault that ends the reading: the rest of the bundle is of no interest.
    pub const fn is_lost(&self) -> bool {
        self.team.flow.is_lost()
    }

    /// Waits while the reader holds it.
    pub async fn pass_gate(&mut self) -> Result<(), Stopped> {
        if self.gate.is_closed() {
            self.board.held();
            let gate = self.gate;
            self.meanwhile(gate.passed()).await?;
            self.board.held();
        }
        Ok(())
    }

    /// That was all of it.
    pub async fn finish(mut self) -> Result<Box<Verdict>, Stopped> {
        self.team.order(&Order::End)?;
        let mut lines = Lines::default();
        loop {
            let answer = self.team.answer().await?;
            if !self.is_own(&answer) {
                continue;
            }
            match answer {
                Answer::Epochs(part) => lines.epochs(part),
                Answer::BuiltOn(part) => lines.built_on(part),
                Answer::Hours(part) => lines.hours(part),
                Answer::Verdict { mut verdict, .. } => {
                    lines.complete(&mut verdict);
                    return Ok(verdict);
                }
                other => self.heard(other)?,
            }
        }
    }

    /// False where it waited here since before the bundle began anew.
    fn is_own(&self, answer: &Answer) -> bool {
        answer.run().is_none_or(|run| self.team.flow.is_of(run))
    }

    fn heard(&mut self, answer: Answer) -> Result<(), Stopped> {
        if !self.is_own(&answer) {
            return Ok(());
        }
        let Answer::Progress {
            progress,
            chunks,
            lost,
            ..
        } = answer
        else {
            return Err(died());
        };
        self.team.flow.answered(chunks, lost);
        self.board.progress(progress);
        Ok(())
    }
}

impl Drop for Run<'_> {
    /// What is still answered is not listened to, and what was read is forgotten.
    fn drop(&mut self) {
        self.team.flow.next();
        _ = self.team.order(&Order::Reset);
    }
}

impl Answer {
    fn run(&self) -> Option<u32> {
        match self {
            Self::Progress { run, .. } | Self::Verdict { run, .. } => Some(*run),
            Self::Epochs(part) => Some(part.run),
            Self::BuiltOn(part) => Some(part.run),
            Self::Hours(part) => Some(part.run),
            Self::Ready | Self::Died => None,
        }
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

/// One for each core; none on a machine with one, where the coordinator hashes itself.
fn hashers() -> usize {
    // A small whole number, or nothing that makes sense.
    let cores = window().navigator().hardware_concurrency() as usize;
    match cores.clamp(1, HASHERS_MAX) {
        1 => 0,
        cores => cores,
    }
}
