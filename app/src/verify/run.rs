//! One verification at a time, by one team of workers that is kept.

use super::{
    Phase, Readiness, Running, Thoroughness,
    board::Board,
    gate::Gate,
    source::{Input, Piece, Source},
    team::{Sample, Stopped, Team},
};
use api::Verdict;
use futures::future::{AbortHandle, Abortable};
use leptos::{prelude::*, task::spawn_local};
use std::{cell::RefCell, num::NonZeroU32, rc::Rc};

/// What the page shows.
#[derive(Clone, Copy)]
pub struct Shown {
    pub phase: RwSignal<Phase>,
    pub readiness: RwSignal<Readiness>,
    pub verifier_hash: RwSignal<Option<String>>,
}

/// Starts and stops verifications.
pub struct Runner {
    shown: Shown,
    shared: Rc<RefCell<Shared>>,
    gate: Rc<Gate>,
}

/// What the running task and the page both need.
#[derive(Default)]
struct Shared {
    /// Absent while a task has it.
    team: Option<Team>,
    /// A task has the team, or loads it.
    busy: bool,
    cancel: Option<AbortHandle>,
    last: Option<Input>,
    /// Asked for while a task was busy.
    next: Option<(Input, Thoroughness)>,
}

impl Runner {
    pub fn new(shown: Shown) -> Self {
        Self {
            shown,
            shared: Rc::default(),
            gate: Rc::default(),
        }
    }

    pub fn prepare(&self) {
        self.work(None);
    }

    pub fn start(&self, input: Input, thoroughness: Thoroughness) {
        self.shared.borrow_mut().last = Some(input.clone());
        self.work(Some((input, thoroughness)));
    }

    pub fn retry(&self, thoroughness: Thoroughness) {
        let last = self.shared.borrow().last.clone();
        self.work(last.map(|input| (input, thoroughness)));
    }

    pub fn pause(&self) {
        self.gate.close();
    }

    pub fn resume(&self) {
        self.gate.open();
    }

    pub fn cancel(&self) {
        let mut shared = self.shared.borrow_mut();
        shared.next = None;
        match shared.cancel.take() {
            Some(cancel) => cancel.abort(),
            // The workers are still loading: there is nothing to abort yet.
            None => _ = self.shown.phase.try_set(Phase::Cancelled),
        }
    }

    /// One task at a time: another takes its turn when this one has put the team back.
    fn work(&self, asked: Option<(Input, Thoroughness)>) {
        let mut shared = self.shared.borrow_mut();
        if asked.is_some() {
            self.shown.phase.set(Phase::Running(Running::default()));
            self.gate.open();
            shared.next = asked;
            if let Some(cancel) = shared.cancel.take() {
                cancel.abort();
            }
        }
        if shared.busy {
            return;
        }
        shared.busy = true;
        spawn_local(serve(self.shown, self.gate.clone(), self.shared.clone()));
    }
}

impl Drop for Runner {
    /// The page is left: the task ends, and with it the workers.
    fn drop(&mut self) {
        let mut shared = self.shared.borrow_mut();
        shared.next = None;
        if let Some(cancel) = shared.cancel.take() {
            cancel.abort();
        }
    }
}

/// Loads the team if need be, then verifies what is asked for until nothing is.
async fn serve(shown: Shown, gate: Rc<Gate>, shared: Rc<RefCell<Shared>>) {
    loop {
        let kept = shared.borrow_mut().team.take();
        let mut team = match ready(kept, shown).await {
            Ok(team) => team,
            Err(sentence) => {
                let asked = shared.borrow_mut().next.take().is_some();
                shared.borrow_mut().busy = false;
                if asked {
                    shown.phase.try_set(Phase::Failed(sentence.clone()));
                }
                shown.readiness.try_set(Readiness::Failed(sentence));
                return;
            }
        };
        let next = shared.borrow_mut().next.take();
        let Some((input, thoroughness)) = next else {
            let mut shared = shared.borrow_mut();
            shared.team = Some(team);
            shared.busy = false;
            return;
        };
        let (cancel, registration) = AbortHandle::new_pair();
        shared.borrow_mut().cancel = Some(cancel);
        let board = Board::new(shown.phase, gate.clone());
        let verifying = verify(&mut team, &input, thoroughness, &board, &gate);
        let outcome = Abortable::new(verifying, registration).await;
        // Before the end is shown: nothing is drawn over it.
        drop(board);
        let mut shared = shared.borrow_mut();
        shared.cancel = None;
        let ended = match outcome {
            Err(_) => Phase::Cancelled,
            Ok(Ok(verdict)) => Phase::Done(verdict.into()),
            Ok(Err(Stopped::Source(sentence))) => Phase::Failed(sentence),
            Ok(Err(Stopped::Worker(sentence))) => {
                let failed = Readiness::Failed(sentence.clone());
                shown.readiness.try_set(failed);
                if shared.next.is_none() {
                    shown.phase.try_set(Phase::Failed(sentence));
                    shared.busy = false;
                    return;
                }
                continue;
            }
        };
        if shared.next.is_none() {
            shown.phase.try_set(ended);
        }
        shared.team = Some(team);
    }
}

/// The team that was kept, or where one of it has ended another.
async fn ready(kept: Option<Team>, shown: Shown) -> Result<Team, String> {
    let team = match kept.filter(|team| !team.is_dead()) {
        Some(team) => team,
        None => {
            shown.readiness.try_set(Readiness::Loading);
            Team::start(shown.readiness).await?
        }
    };
    shown.verifier_hash.try_set(team.hash.clone());
    shown.readiness.try_set(Readiness::Ready);
    Ok(team)
}

async fn verify(
    team: &mut Team,
    input: &Input,
    thoroughness: Thoroughness,
    board: &Board,
    gate: &Gate,
) -> Result<Box<Verdict>, Stopped> {
    let mut source = Source::open(input).await.map_err(Stopped::Source)?;
    let total_bytes = source.total_bytes();
    board.total(total_bytes);
    let mut run = team.begin(sample(thoroughness, total_bytes), board, gate)?;
    loop {
        run.pass_gate().await?;
        let piece = run.meanwhile(source.next()).await?;
        match piece.map_err(Stopped::Source)? {
            Piece::Bytes(bytes) => {
                board.going();
                run.push(&bytes).await?;
                if run.is_lost() {
                    return run.finish().await;
                }
            }
            Piece::Lost { tries } => board.lost(tries),
            Piece::Anew { total_bytes } => {
                run.anew(sample(thoroughness, total_bytes))?;
                board.anew(total_bytes);
            }
            Piece::End => return run.finish().await,
        }
    }
}

/// A choice that nobody knew when the bundle was made.
fn sample(thoroughness: Thoroughness, total_bytes: Option<u64>) -> Option<Sample> {
    let one_in = NonZeroU32::new(thoroughness.one_in(total_bytes)?)?;
    let mut seed = [0; 8];
    let crypto = window().crypto().ok()?;
    crypto.get_random_values_with_u8_array(&mut seed).ok()?;
    Some(Sample {
        one_in,
        seed: u64::from_le_bytes(seed),
    })
}
