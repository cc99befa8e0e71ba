//! How far a verification is, on a terminal's last line.

use pow::bundle::Progress as Counts;
use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

const EVERY: Duration = Duration::from_millis(200);
/// Before that, the time left is a guess.
const SETTLED: Duration = Duration::from_secs(1);

/// Writes to standard error, where that is a terminal.
pub(super) struct Progress {
    shown: bool,
    size: Option<u64>,
    begun: Instant,
    told: Instant,
}

impl Progress {
    pub(super) fn new(size: Option<u64>) -> Self {
        let now = Instant::now();
        Self {
            shown: io::stderr().is_terminal(),
            size,
            begun: now,
            told: now,
        }
    }

    pub(super) fn tell(&mut self, counts: Counts) {
        if self.shown && self.told.elapsed() >= EVERY {
            self.told = Instant::now();
            let line = line(counts, self.size, self.begun.elapsed());
            // \x1b[K erases what a longer line left.
            self.write(format_args!("\r{line}\x1b[K"));
        }
    }

    pub(super) fn end(&mut self) {
        if self.shown {
            self.write(format_args!("\r\x1b[K"));
        }
    }

    /// A terminal that is gone needs no progress.
    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        let mut terminal = io::stderr().lock();
        let written = terminal.write_fmt(text).and_then(|()| terminal.flush());
        self.shown = written.is_ok();
    }
}

fn line(counts: Counts, size: Option<u64>, elapsed: Duration) -> String {
    let shares = counts.shares_valid.saturating_add(counts.shares_invalid);
    let ms = u64::try_from(elapsed.as_millis())
        .unwrap_or(u64::MAX)
        .max(1);
    let a_second = |amount: u64| u128::from(amount) * 1_000 / u128::from(ms);
    let mut line = format!("{shares} shares, {} a second", a_second(shares));
    let Some(size) = size.filter(|size| *size > 0) else {
        return line + &format!(", {} MB", counts.bytes / 1_000_000);
    };
    let percent = u128::from(counts.bytes) * 100 / u128::from(size);
    line += &format!(", {} %", percent.min(100));
    if elapsed >= SETTLED {
        let left = u128::from(size.saturating_sub(counts.bytes));
        let seconds = left / a_second(counts.bytes).max(1);
        line += &format!(", {}:{:02} left", seconds / 60, seconds % 60);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_how_fast_and_how_long() {
        let counts = Counts {
            bytes: 21_000_000,
            shares_valid: 1_000_000,
            shares_invalid: 0,
            epochs: 7,
        };
        let after = Duration::from_secs(4);
        assert_eq!(
            line(counts, Some(210_000_000), after),
            "1000000 shares, 250000 a second, 10 %, 0:36 left"
        );
        assert_eq!(
            line(counts, None, after),
            "1000000 shares, 250000 a second, 21 MB"
        );
    }
}
