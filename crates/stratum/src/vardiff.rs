//! Chooses a machine's difficulty so that its shares come at a steady pace.

use units::{Difficulty, Timestamp, Work};

/// What a machine is steered to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VardiffSettings {
    /// The wanted pace.
    pub shares_per_minute: u32,
    /// Where a connection starts.
    pub initial: Difficulty,
    /// Never easier than this.
    pub floor: Difficulty,
}

/// Shares before a faster pace is believed.
const BURST_SHARES: u128 = 8;

/// Milliseconds of silence, or of a slow pace, before that is believed.
const PATIENCE_MS: u64 = 20_000;

/// Where a window passes this, its older half is forgotten, so that an old machine's change is still noticed.
const WINDOW_MS: u64 = 120_000;

/// Steps down after silence. Too many cost a moment's burst, too few cost minutes of silence.
const SILENT_STEPS: u32 = 5;

/// One login's difficulty, in powers of two.
///
/// The measured pace must be out of [1/2, 2] of the wanted one by more than chance explains: a steady machine's
/// difficulty stays.
#[derive(Clone, Debug)]
pub struct Vardiff {
    settings: VardiffSettings,
    current: Difficulty,
    since: Timestamp,
    work: Work,
}

impl Vardiff {
    /// Starts at the initial difficulty, with a window that begins at `now`.
    #[must_use]
    pub fn new(settings: VardiffSettings, now: Timestamp) -> Self {
        let current = settings.initial.max(settings.floor);
        Self {
            settings,
            current,
            since: now,
            work: Work::ZERO,
        }
    }

    /// The difficulty in force.
    #[must_use]
    pub const fn difficulty(&self) -> Difficulty {
        self.current
    }

    /// An accepted share of this work: that of its own job's target, which may be older than the difficulty in force.
    pub fn on_share(&mut self, work: Work) {
        self.work = self.work.checked_add(work).unwrap_or(Work::MAX);
    }

    /// Begins the window anew: the time before was without work.
    pub const fn restart(&mut self, now: Timestamp) {
        (self.since, self.work) = (now, Work::ZERO);
    }

    /// True where shares come so fast that a change must not wait: eight times the wanted pace, and more than chance
    /// explains.
    #[must_use]
    pub fn is_flooded(&self, now: Timestamp) -> bool {
        let (found, wanted) = self.paces(now);
        let limit = wanted.saturating_mul(8);
        found >= BURST_SHARES.saturating_mul(8_000) && found > limit.saturating_add(margin(limit))
    }

    /// Call where a change is allowed, that is before a new job. Answers the new difficulty where it changes. `cap` is
    /// the hardest that may be assigned now (the pool's, else its shares would be lost); it wins over the floor.
    pub fn retarget(&mut self, now: Timestamp, cap: Option<Difficulty>) -> Option<Difficulty> {
        let cap = cap.unwrap_or(Difficulty::MAX);
        let wanted = self.stepped(now).max(self.settings.floor).min(cap);
        if wanted == self.current {
            self.forget(now);
            return None;
        }
        (self.current, self.since, self.work) = (wanted, now, Work::ZERO);
        Some(wanted)
    }

    /// Shares found and wanted in the window, in thousandths of one at the difficulty in force.
    fn paces(&self, now: Timestamp) -> (u128, u128) {
        let elapsed_ms = now.since(self.since).get();
        let per_share = self.current.target().work().get().max(1);
        let found = self
            .work
            .get()
            .saturating_mul(1_000)
            .checked_div(per_share)
            .unwrap_or(0);
        let wanted = u128::from(self.settings.shares_per_minute)
            .saturating_mul(u128::from(elapsed_ms))
            .div_euclid(60)
            .max(1);
        (found, wanted)
    }

    /// The difficulty that the window speaks for.
    fn stepped(&self, now: Timestamp) -> Difficulty {
        let elapsed_ms = now.since(self.since).get();
        let (found, wanted) = self.paces(now);
        let double = wanted.saturating_mul(2);
        let half = wanted.div_euclid(2);
        let burst = found >= BURST_SHARES.saturating_mul(1_000);
        if burst && found > double.saturating_add(margin(double)) {
            // A deviation less than measured: too small a step is soon followed by another, too large a one by silence.
            let steps = nearest_power(found.saturating_sub(deviation(found)), wanted);
            return steps_from(self.current, steps, Difficulty::harder);
        }
        let patient = burst || elapsed_ms >= PATIENCE_MS;
        if patient && found < half.saturating_sub(margin(half)) {
            let steps = if found == 0 {
                SILENT_STEPS
            } else {
                nearest_power(wanted, found)
            };
            return steps_from(self.current, steps, Difficulty::easier);
        }
        self.current
    }

    fn forget(&mut self, now: Timestamp) {
        let elapsed_ms = now.since(self.since).get();
        if elapsed_ms > WINDOW_MS {
            let half = elapsed_ms.div_euclid(2);
            self.since = self.since.after(units::Millis::new(half));
            self.work = Work::new(self.work.get().div_euclid(2));
        }
    }
}

/// One and a half standard deviations.
fn margin(count: u128) -> u128 {
    deviation(count).saturating_mul(3).div_euclid(2)
}

/// The standard deviation of a Poisson count, both in thousandths.
fn deviation(count: u128) -> u128 {
    count.saturating_mul(1_000).isqrt()
}

/// The power of two nearest to `a / b`, rounded in the logarithm.
fn nearest_power(a: u128, b: u128) -> u32 {
    let ratio = a.saturating_mul(1_414).checked_div(b.saturating_mul(1_000));
    ratio.and_then(u128::checked_ilog2).unwrap_or(0)
}

fn steps_from(from: Difficulty, steps: u32, step: fn(Difficulty) -> Difficulty) -> Difficulty {
    (0..steps.min(128)).fold(from, |difficulty, _| step(difficulty))
}

#[cfg(test)]
mod tests;
