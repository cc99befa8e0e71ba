//! Whether a verification goes on, and for how long it has.

use super::{Pace, stopwatch::Stopwatch};

/// Begins going, at zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Course {
    watch: Stopwatch,
    held: bool,
    lost: Option<u32>,
}

impl Course {
    /// From now on.
    pub fn new(now_ms: u64) -> Self {
        let mut course = Self::default();
        course.watch.start(now_ms);
        course
    }

    /// The reader holds it, or does not.
    pub fn hold(&mut self, held: bool, now_ms: u64) {
        self.held = held;
        self.time(now_ms);
    }

    /// The connection is being tried again.
    pub fn lost(&mut self, tries: u32, now_ms: u64) {
        self.lost = Some(tries);
        self.time(now_ms);
    }

    /// Bytes come.
    pub fn going(&mut self, now_ms: u64) {
        self.lost = None;
        self.time(now_ms);
    }

    /// What went on before does not count any more.
    pub fn anew(&mut self, now_ms: u64) {
        self.watch = Stopwatch::default();
        self.time(now_ms);
    }

    /// What the reader is told: that he holds it comes before that there is no connection, which is still so when he lets it go.
    pub fn pace(&self) -> Pace {
        match (self.held, self.lost) {
            (true, _) => Pace::Paused,
            (false, Some(tries)) => Pace::Lost { tries },
            (false, None) => Pace::Going,
        }
    }

    /// How long it went.
    pub fn elapsed_ms(&self, now_ms: u64) -> u64 {
        self.watch.elapsed_ms(now_ms)
    }

    fn time(&mut self, now_ms: u64) {
        match self.pace() {
            Pace::Going => self.watch.start(now_ms),
            Pace::Paused | Pace::Lost { .. } => self.watch.stop(now_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paused_while_the_connection_is_lost_it_is_paused_and_then_lost_again() {
        let mut course = Course::new(0);
        course.lost(2, 100);
        assert_eq!(course.pace(), Pace::Lost { tries: 2 });
        course.hold(true, 200);
        assert_eq!(course.pace(), Pace::Paused);
        course.lost(3, 300);
        assert_eq!(course.pace(), Pace::Paused);
        course.hold(false, 400);
        assert_eq!(course.pace(), Pace::Lost { tries: 3 });
        course.going(500);
        assert_eq!(course.pace(), Pace::Going);
        assert_eq!(course.elapsed_ms(550), 150, "only what went on");
    }

    #[test]
    fn bytes_that_come_while_it_is_held_do_not_set_it_going() {
        let mut course = Course::new(0);
        course.hold(true, 10);
        course.going(20);
        assert_eq!(course.pace(), Pace::Paused);
        assert_eq!(course.elapsed_ms(90), 10);
        course.anew(100);
        assert_eq!(course.elapsed_ms(200), 0);
        course.hold(false, 200);
        assert_eq!(course.elapsed_ms(210), 10);
    }
}
