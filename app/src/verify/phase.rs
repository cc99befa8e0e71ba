//! What the reader is told of a verification.

use api::{Verdict, VerifyProgress};
use std::sync::Arc;

/// Where a verification stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "verifying happens in the browser alone")
)]
pub enum Phase {
    /// None was asked for.
    #[default]
    Idle,
    /// Bytes are on their way.
    Running(Running),
    /// The reader stopped it.
    Cancelled,
    /// It could not be done; a sentence says why. Nothing is known of the bundle.
    Failed(String),
    /// The verdict.
    Done(Arc<Verdict>),
}

/// How far a verification is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Running {
    /// What the workers have verified.
    pub progress: VerifyProgress,
    /// Size of the bundle, where it is known.
    pub total_bytes: Option<u64>,
    /// Since its start, without the time that it stood still.
    pub elapsed_ms: u64,
    /// Whether it goes on.
    pub pace: Pace,
    /// The connection broke, and the server could not go on where it did: the bundle came from its first byte again.
    pub anew: bool,
}

/// Whether a verification goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "hydrate"),
    allow(dead_code, reason = "verifying happens in the browser alone")
)]
pub enum Pace {
    /// It does.
    #[default]
    Going,
    /// The reader holds it.
    Paused,
    /// The connection broke; it is tried for the so many-th time to have it back.
    Lost { tries: u32 },
}

/// Before that an estimate would jump about.
const ESTIMATE_AFTER_MS: u64 = 1_000;

impl Running {
    /// Full quarters of the bundle, 4 at most.
    pub fn quarters(&self) -> u64 {
        let total = self.total_bytes.unwrap_or_default();
        let quarters = self.progress.bytes.saturating_mul(4).checked_div(total);
        quarters.unwrap_or_default().min(4)
    }

    /// How long it will still take at the speed so far, where that can be told.
    pub fn left_ms(&self) -> Option<u64> {
        let known = self.pace == Pace::Going && self.elapsed_ms >= ESTIMATE_AFTER_MS;
        let left = self.total_bytes?.checked_sub(self.progress.bytes)?;
        let ms = u128::from(left).checked_mul(self.elapsed_ms.into())?;
        let ms = ms.checked_div(self.progress.bytes.into())?;
        u64::try_from(ms).ok().filter(|_| known)
    }
}

/// Whether the verifier is loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "verifying happens in the browser alone")
)]
pub enum Readiness {
    /// Not asked for, or on its way.
    #[default]
    Loading,
    /// It runs; the server is not needed any more.
    Ready,
    /// It could not be loaded; a sentence says why.
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_need_a_total() {
        let mut running = Running::default();
        running.progress.bytes = 60;
        assert_eq!(running.quarters(), 0);
        running.total_bytes = Some(100);
        assert_eq!(running.quarters(), 2);
        running.total_bytes = Some(50);
        assert_eq!(running.quarters(), 4);
    }

    #[test]
    fn the_time_left_follows_the_speed_so_far() {
        let mut running = Running {
            elapsed_ms: 10_000,
            ..Running::default()
        };
        assert_eq!(running.left_ms(), None);
        running.total_bytes = Some(400);
        assert_eq!(running.left_ms(), None);
        running.progress.bytes = 100;
        assert_eq!(running.left_ms(), Some(30_000));
        running.pace = Pace::Paused;
        assert_eq!(running.left_ms(), None);
        running.pace = Pace::Going;
        running.elapsed_ms = 999;
        assert_eq!(running.left_ms(), None);
    }
}
