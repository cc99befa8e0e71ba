//! Chooses a machine's difficulty so that its shares come at a steady pace.

mod window;

use units::{Difficulty, Hashrate, Timestamp, Work};
use window::Window;

/// What a machine is steered to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VardiffSettings {
    /// The wanted pace, until [`Vardiff::set_pace`]. Difficulties are powers of two, so a machine comes to rest between 0.71
    /// and 1.41 of it: for 6 to 20 shares a minute it is [`VardiffSettings::USUAL_PACE`].
    pub shares_per_minute: u32,
    /// Where a connection starts. Rather too easy than too hard: too many shares are noticed at once, too few are not.
    pub initial: Difficulty,
    /// Never easier than this.
    pub floor: Difficulty,
}

impl VardiffSettings {
    /// The middle, in the logarithm, of 6 and 20 shares a minute.
    pub const USUAL_PACE: u32 = 11;
}

/// Shares before a flood is believed.
const BURST: u128 = 8_000;

/// Shares after which a new machine's pace is known to a fifth. This and all paces are in thousandths of a share.
const KNOWN: u128 = 25_000;

/// Shares that suffice where [`HURRY_MS`] have passed: a third off is still within the band, and the wait is not.
const ROUGHLY_KNOWN: u128 = 10_000;

/// When a new machine's pace is decided by few shares.
const HURRY_MS: u64 = 25_000;

/// Milliseconds without a share before a new machine's silence is believed. One of six that only had bad luck is measured
/// again a few seconds later.
const NEW_PATIENCE_MS: u64 = 10_000;

/// The same of a machine that had settled.
const PATIENCE_MS: u64 = 90_000;

/// A new machine that was neither too fast nor silent for so long has settled.
const SETTLED_MS: u64 = 45_000;

/// Steps down after silence. Too many cost a moment's burst, too few cost minutes of silence.
const SILENT_STEPS: u32 = 5;

/// A flood is left at 2^4 times the wanted pace: enough shares to measure by in seconds, and no overshoot.
const FLOOD_MARGIN_STEPS: u32 = 4;

/// A window of one to two minutes notices that a machine became another one.
const SHORT_MS: u64 = 60_000;

/// A window of five to ten minutes notices that a machine came to rest on the wrong side of its band.
const LONG_MS: u64 = 300_000;

/// One machine's difficulty, in powers of two.
///
/// A new machine is measured by the first shares that suffice, and settled with one step. From then on its pace must be
/// out of its band by more than chance explains: a steady machine's difficulty stays.
#[derive(Clone, Debug)]
pub struct Vardiff {
    settings: VardiffSettings,
    current: Difficulty,
    /// What was last chosen by what the machine found, and the pace that it was chosen for.
    chosen: (Difficulty, u32),
    /// The machine's own floor.
    minimum: Option<Difficulty>,
    settled: bool,
    /// It has found a share.
    begun: bool,
    /// Both begin anew with every change.
    short: Window,
    long: Window,
    /// Of any difficulty.
    meter: Window,
}

impl Vardiff {
    /// Starts at the initial difficulty, with a window that begins at `now`.
    #[must_use]
    pub fn new(settings: VardiffSettings, now: Timestamp) -> Self {
        let start = settings.initial.max(settings.floor);
        Self {
            settings,
            current: start,
            chosen: (start, settings.shares_per_minute),
            minimum: None,
            settled: false,
            begun: false,
            short: Window::new(SHORT_MS, now),
            long: Window::new(LONG_MS, now),
            meter: Window::new(LONG_MS, now),
        }
    }

    /// The difficulty in force.
    #[must_use]
    pub const fn difficulty(&self) -> Difficulty {
        self.current
    }

    /// What the machine did in the last five to ten minutes, over all difficulties; `None` before its first share.
    #[must_use]
    pub fn hashrate(&self, now: Timestamp) -> Option<Hashrate> {
        let (work, elapsed_ms) = self.meter.sums(now);
        let per_second = work
            .get()
            .saturating_mul(1_000)
            .checked_div(u128::from(elapsed_ms.max(1)))?;
        self.begun.then(|| Hashrate::new(per_second))
    }

    /// The machine says where it would like to start (`mining.suggest_difficulty`). Never below the floor, and of no effect
    /// once it has found a share: from then on its pace is known, and some machines repeat this every 30 s.
    pub fn suggest(&mut self, wish: Difficulty) {
        if !self.begun {
            self.choose(wish.max(self.floor()));
        }
    }

    /// From now on this is the wanted pace. A machine that has settled goes on with the difficulty that is as far away as the
    /// paces are, a power of two: back at its former pace it has its former difficulty. One that has not is still measured.
    pub fn set_pace(&mut self, shares_per_minute: u32, now: Timestamp) {
        if shares_per_minute == self.settings.shares_per_minute {
            return;
        }
        self.settings.shares_per_minute = shares_per_minute;
        if !self.settled {
            self.choose(self.current);
            return;
        }
        let (difficulty, before) = self.chosen;
        let [before, wanted] = [before, shares_per_minute].map(|pace| u128::from(pace.max(1)));
        let moved = if before >= wanted {
            let steps = nearest_power(before, wanted);
            steps_from(difficulty, steps, Difficulty::harder)
        } else {
            let steps = nearest_power(wanted, before);
            steps_from(difficulty, steps, Difficulty::easier)
        };
        self.current = moved.max(self.floor());
        self.short.restart(now);
        self.long.restart(now);
    }

    const fn choose(&mut self, difficulty: Difficulty) {
        self.current = difficulty;
        self.chosen = (difficulty, self.settings.shares_per_minute);
    }

    /// The machine wants nothing easier than this (`minimum-difficulty` of `mining.configure`). It raises the floor, never
    /// lowers it, and is forgotten where the machine finds no share under it.
    pub fn require(&mut self, minimum: Difficulty) {
        self.minimum = Some(minimum);
        self.choose(self.current.max(minimum));
    }

    fn floor(&self) -> Difficulty {
        let floor = self.settings.floor;
        self.minimum.map_or(floor, |minimum| minimum.max(floor))
    }

    /// An accepted share of this work: that of its own job's target, which may be older than the difficulty in force.
    pub fn on_share(&mut self, work: Work) {
        self.begun = true;
        self.short.add(work);
        self.long.add(work);
        self.meter.add(work);
    }

    /// Begins the windows anew: the time before was without work.
    pub const fn restart(&mut self, now: Timestamp) {
        self.short.restart(now);
        self.long.restart(now);
        self.meter.restart(now);
    }

    /// True where shares come so fast that a change must not wait: eight times the wanted pace, and more than chance
    /// explains.
    #[must_use]
    pub fn is_flooded(&self, now: Timestamp) -> bool {
        let Pace { found, wanted, .. } = self.pace(&self.short, now);
        let limit = wanted.saturating_mul(8);
        found >= BURST && found > limit.saturating_add(margin(limit))
    }

    /// Call where a change is allowed, that is before a new job. Answers the new difficulty where it changes. `cap` is
    /// the hardest that may be assigned now (the pool's, else its shares would be lost); it wins over the floor.
    pub fn retarget(&mut self, now: Timestamp, cap: Option<Difficulty>) -> Option<Difficulty> {
        let cap = cap.unwrap_or(Difficulty::MAX);
        let stepped = if self.settled {
            self.corrected(now)
        } else {
            self.first_measured(now)
        };
        let wanted = stepped.max(self.floor()).min(cap);
        self.meter.roll(now);
        if wanted == self.current {
            self.short.roll(now);
            self.long.roll(now);
            return None;
        }
        self.choose(wanted);
        self.short.restart(now);
        self.long.restart(now);
        Some(wanted)
    }

    fn pace(&self, window: &Window, now: Timestamp) -> Pace {
        let (work, elapsed_ms) = window.sums(now);
        let per_share = self.current.target().work().get().max(1);
        let thousandths = work.get().saturating_mul(1_000);
        let found = thousandths.checked_div(per_share).unwrap_or(0);
        let wanted = u128::from(self.settings.shares_per_minute)
            .saturating_mul(u128::from(elapsed_ms))
            .div_euclid(60)
            .max(1);
        Pace {
            found,
            wanted,
            elapsed_ms,
        }
    }

    /// The difficulty that a new machine's first shares speak for.
    fn first_measured(&mut self, now: Timestamp) -> Difficulty {
        let pace = self.pace(&self.short, now);
        let Pace {
            found,
            wanted,
            elapsed_ms,
        } = pace;
        if found >= KNOWN || (found >= ROUGHLY_KNOWN && elapsed_ms >= HURRY_MS) {
            self.settled = true;
            return self.nearest(pace);
        }
        let flood = wanted.saturating_mul(32);
        if found >= BURST && found > flood {
            let steps = nearest_power(found.saturating_sub(deviation(found)), wanted);
            let steps = steps.saturating_sub(FLOOD_MARGIN_STEPS);
            return steps_from(self.current, steps, Difficulty::harder);
        }
        if elapsed_ms >= NEW_PATIENCE_MS && found < wanted.div_euclid(4) {
            return self.silent(found);
        }
        // Few shares came, and not too few: the long window will tell.
        self.settled = elapsed_ms >= SETTLED_MS;
        self.current
    }

    /// The difficulty that a settled machine's windows speak for.
    fn corrected(&mut self, now: Timestamp) -> Difficulty {
        let short = self.pace(&self.short, now);
        let fast = short.wanted.saturating_mul(4);
        if short.found >= BURST && short.found > fast.saturating_add(margin(fast)) {
            self.settled = false;
            return self.nearest(short);
        }
        if short.elapsed_ms >= PATIENCE_MS && short.found < short.wanted.div_euclid(16) {
            self.settled = false;
            return self.silent(short.found);
        }
        let long = self.pace(&self.long, now);
        let (low, high) = (percent(long.wanted, 65), percent(long.wanted, 155));
        let out = long.found > high.saturating_add(margin(high))
            || long.found < low.saturating_sub(margin(low));
        if out && long.elapsed_ms >= 2 * SHORT_MS {
            return self.nearest(long);
        }
        self.current
    }

    fn silent(&mut self, found: u128) -> Difficulty {
        if found == 0 {
            self.minimum = None;
        }
        steps_from(self.current, SILENT_STEPS, Difficulty::easier)
    }

    fn nearest(&self, Pace { found, wanted, .. }: Pace) -> Difficulty {
        if found >= wanted {
            steps_from(
                self.current,
                nearest_power(found, wanted),
                Difficulty::harder,
            )
        } else {
            let steps = nearest_power(wanted, found.max(1));
            steps_from(self.current, steps, Difficulty::easier)
        }
    }
}

/// Shares found and wanted within a window, in thousandths of one at the difficulty in force.
#[derive(Clone, Copy)]
struct Pace {
    found: u128,
    wanted: u128,
    elapsed_ms: u64,
}

fn percent(count: u128, of_hundred: u128) -> u128 {
    count.saturating_mul(of_hundred).div_euclid(100)
}

/// Two standard deviations.
fn margin(count: u128) -> u128 {
    deviation(count).saturating_mul(2)
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
