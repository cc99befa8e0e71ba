//! What the reader sees of a running verification.

use super::{Phase, Running, course::Course, gate::Gate};
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
    course: Course,
    gate: Rc<Gate>,
}

impl Board {
    pub fn new(phase: RwSignal<Phase>, gate: Rc<Gate>) -> Self {
        let now = Rc::new(RefCell::new(Now {
            running: Running::default(),
            course: Course::new(clock_ms()),
            gate,
        }));
        let drawn = now.clone();
        let draw = move || {
            let next = Phase::Running(drawn.borrow_mut().running());
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

    /// The reader began to hold it, or let it go.
    pub fn held(&self) {
        self.now.borrow_mut().look();
    }

    /// It stands still: the connection is being tried again.
    pub fn lost(&self, tries: u32) {
        self.now.borrow_mut().course.lost(tries, clock_ms());
    }

    /// Bytes come.
    pub fn going(&self) {
        self.now.borrow_mut().course.going(clock_ms());
    }

    /// The bundle comes from its first byte again.
    pub fn anew(&self, total_bytes: Option<u64>) {
        let mut now = self.now.borrow_mut();
        now.course.anew(clock_ms());
        now.running = Running {
            total_bytes,
            anew: true,
            ..Running::default()
        };
    }
}

impl Now {
    fn look(&mut self) {
        self.course.hold(self.gate.is_closed(), clock_ms());
    }

    fn running(&mut self) -> Running {
        self.look();
        Running {
            elapsed_ms: self.course.elapsed_ms(clock_ms()),
            pace: self.course.pace(),
            ..self.running
        }
    }
}

/// By the reader's own clock.
pub fn clock_ms() -> u64 {
    // Whole milliseconds fit: the browser's clock ends long before 2^53.
    js_sys::Date::now() as u64
}
