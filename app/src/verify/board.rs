//! What the reader sees of a running verification.

use super::{Pace, Phase, Running, gate::Gate, stopwatch::Stopwatch};
use api::VerifyProgress;
use gloo_timers::callback::Interval;
use leptos::prelude::*;
use std::{cell::RefCell, rc::Rc};

/// A screen needs no more, and drawing takes time from hashing. A tab that nobody sees is drawn less often still.
const DRAW_EVERY_MS: u32 = 100;

/// Bytes and answers change it as fast as they come; it is drawn ten times a second at most.
pub struct Board {
    now: Rc<RefCell<Now>>,
    _drawing: Interval,
}

struct Now {
    running: Running,
    watch: Stopwatch,
    gate: Rc<Gate>,
    lost: Option<u32>,
}

impl Board {
    pub fn new(phase: RwSignal<Phase>, gate: Rc<Gate>) -> Self {
        let mut watch = Stopwatch::default();
        watch.start(clock_ms());
        let now = Rc::new(RefCell::new(Now {
            running: Running::default(),
            watch,
            gate,
            lost: None,
        }));
        let drawn = now.clone();
        let draw = move || {
            let next = Phase::Running(drawn.borrow().running());
            if phase.try_with_untracked(|phase| *phase != next) == Some(true) {
                phase.try_set(next);
            }
        };
        Self {
            now,
            _drawing: Interval::new(DRAW_EVERY_MS, draw),
        }
    }

    /// The bundle is this long.
    pub fn total(&self, total_bytes: Option<u64>) {
        self.now.borrow_mut().running.total_bytes = total_bytes;
    }

    pub fn progress(&self, progress: VerifyProgress) {
        self.now.borrow_mut().running.progress = progress;
    }

    /// It stands still: paused.
    pub fn still(&self) {
        self.now.borrow_mut().watch.stop(clock_ms());
    }

    /// It stands still: the connection is being tried again.
    pub fn lost(&self, tries: u32) {
        let mut now = self.now.borrow_mut();
        now.lost = Some(tries);
        now.watch.stop(clock_ms());
    }

    /// Bytes come.
    pub fn going(&self) {
        let mut now = self.now.borrow_mut();
        now.lost = None;
        now.watch.start(clock_ms());
    }

    /// The bundle comes from its first byte again.
    pub fn anew(&self, total_bytes: Option<u64>) {
        let mut now = self.now.borrow_mut();
        now.watch = Stopwatch::default();
        now.running = Running {
            total_bytes,
            anew: true,
            ..Running::default()
        };
    }
}

impl Now {
    fn running(&self) -> Running {
        let lost = self.lost.map(|tries| Pace::Lost { tries });
        let paused = self.gate.is_closed().then_some(Pace::Paused);
        Running {
            elapsed_ms: self.watch.elapsed_ms(clock_ms()),
            pace: paused.or(lost).unwrap_or_default(),
            ..self.running
        }
    }
}

/// By the reader's own clock.
pub fn clock_ms() -> u64 {
    // Whole milliseconds fit: the browser's clock ends long before 2^53.
    js_sys::Date::now() as u64
}
