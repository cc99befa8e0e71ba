//! One verification at a time, on one worker that is kept.

use super::{
    Phase, Readiness, Running,
    source::{Input, Source},
    worker::{Stopped, VerifyWorker},
};
use api::{Verdict, VerifyProgress};
use futures::future::{AbortHandle, Abortable};
use leptos::{prelude::*, task::spawn_local};
use std::{cell::RefCell, rc::Rc};

/// A screen needs no more, and drawing takes time from hashing.
const REPORT_EVERY_MS: u64 = 100;

/// Starts and stops verifications.
pub struct Runner {
    phase: RwSignal<Phase>,
    readiness: RwSignal<Readiness>,
    shared: Rc<RefCell<Shared>>,
}

/// What the running task and the page both need.
#[derive(Default)]
struct Shared {
    /// Absent while a task has it.
    worker: Option<VerifyWorker>,
    /// A task has the worker, or loads it.
    busy: bool,
    cancel: Option<AbortHandle>,
    last: Option<Input>,
    /// Asked for while a task was busy.
    next: Option<Input>,
}

impl Runner {
    pub fn new(phase: RwSignal<Phase>, readiness: RwSignal<Readiness>) -> Self {
        Self {
            phase,
            readiness,
            shared: Rc::default(),
        }
    }

    pub fn prepare(&self) {
        self.work(None);
    }

    pub fn start(&self, input: Input) {
        self.shared.borrow_mut().last = Some(input.clone());
        self.work(Some(input));
    }

    pub fn retry(&self) {
        let last = self.shared.borrow().last.clone();
        self.work(last);
    }

    pub fn cancel(&self) {
        let mut shared = self.shared.borrow_mut();
        shared.next = None;
        match shared.cancel.take() {
            Some(cancel) => cancel.abort(),
            // The worker is still loading: there is nothing to abort yet.
            None => _ = self.phase.try_set(Phase::Cancelled),
        }
    }

    /// One task at a time: another takes its turn when this one has put the worker back.
    fn work(&self, input: Option<Input>) {
        let mut shared = self.shared.borrow_mut();
        if input.is_some() {
            self.phase.set(Phase::Running(Running::default()));
            shared.next = input;
            if let Some(cancel) = shared.cancel.take() {
                cancel.abort();
            }
        }
        if shared.busy {
            return;
        }
        shared.busy = true;
        let (phase, readiness) = (self.phase, self.readiness);
        spawn_local(serve(phase, readiness, self.shared.clone()));
    }
}

impl Drop for Runner {
    /// The page is left: the task ends, and with it the worker.
    fn drop(&mut self) {
        let mut shared = self.shared.borrow_mut();
        shared.next = None;
        if let Some(cancel) = shared.cancel.take() {
            cancel.abort();
        }
    }
}

/// Loads the worker if need be, then verifies what is asked for until nothing is.
async fn serve(
    phase: RwSignal<Phase>,
    readiness: RwSignal<Readiness>,
    shared: Rc<RefCell<Shared>>,
) {
    loop {
        let kept = shared.borrow_mut().worker.take();
        let mut worker = match ready(kept, readiness).await {
            Ok(worker) => worker,
            Err(sentence) => {
                let asked = shared.borrow_mut().next.take().is_some();
                shared.borrow_mut().busy = false;
                if asked {
                    phase.try_set(Phase::Failed(sentence.clone()));
                }
                readiness.try_set(Readiness::Failed(sentence));
                return;
            }
        };
        let next = shared.borrow_mut().next.take();
        let Some(input) = next else {
            let mut shared = shared.borrow_mut();
            shared.worker = Some(worker);
            shared.busy = false;
            return;
        };
        let (cancel, registration) = AbortHandle::new_pair();
        shared.borrow_mut().cancel = Some(cancel);
        let verifying = verify(&mut worker, &input, phase);
        let outcome = Abortable::new(verifying, registration).await;
        let mut shared = shared.borrow_mut();
        shared.cancel = None;
        let ended = match outcome {
            Err(_) => Phase::Cancelled,
            Ok(Ok(verdict)) => Phase::Done(verdict),
            Ok(Err(Stopped::Source(sentence))) => Phase::Failed(sentence),
            Ok(Err(Stopped::Worker(sentence))) => {
                readiness.try_set(Readiness::Failed(sentence.clone()));
                if shared.next.is_none() {
                    phase.try_set(Phase::Failed(sentence));
                    shared.busy = false;
                    return;
                }
                continue;
            }
        };
        if shared.next.is_none() {
            phase.try_set(ended);
        }
        shared.worker = Some(worker);
    }
}

/// The worker that was kept, or where it has ended another.
async fn ready(
    kept: Option<VerifyWorker>,
    readiness: RwSignal<Readiness>,
) -> Result<VerifyWorker, String> {
    let worker = match kept.filter(|worker| !worker.is_dead()) {
        Some(worker) => worker,
        None => {
            readiness.try_set(Readiness::Loading);
            VerifyWorker::start(readiness).await?
        }
    };
    readiness.try_set(Readiness::Ready);
    Ok(worker)
}

async fn verify(
    worker: &mut VerifyWorker,
    input: &Input,
    phase: RwSignal<Phase>,
) -> Result<Box<Verdict>, Stopped> {
    let started_ms = clock_ms();
    let mut source = Source::open(input).await.map_err(Stopped::Source)?;
    let total_bytes = source.total_bytes();
    let mut reported_ms = 0;
    let report = |progress: VerifyProgress| {
        let now_ms = clock_ms();
        if now_ms.saturating_sub(reported_ms) >= REPORT_EVERY_MS {
            reported_ms = now_ms;
            phase.try_set(Phase::Running(Running {
                progress,
                total_bytes,
                elapsed_ms: now_ms.saturating_sub(started_ms),
            }));
        }
    };
    worker.verify(&mut source, report).await
}

fn clock_ms() -> u64 {
    // Whole milliseconds fit: the browser's clock ends long before 2^53.
    js_sys::Date::now() as u64
}
