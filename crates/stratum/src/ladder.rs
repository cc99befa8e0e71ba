//! What becomes of a machine of which no share counts any more: a word, then a reconnection, then the end.

use units::{Millis, Timestamp};

/// What a machine gets now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rung {
    /// Only its refusal.
    Nothing,
    /// A word for whoever looks at it: [`crate::downstream::show_message`].
    Warn,
    /// [`crate::downstream::reconnect`]: a fresh session heals a machine that lost track of its jobs.
    Reconnect,
    /// The end of the connection.
    Drop,
}

/// Counts refusals in a row. One accepted share, and the machine begins again at the ground.
#[derive(Clone, Copy, Debug)]
pub struct RejectLadder {
    step: Millis,
    /// When the streak, or the rung that the machine stands on, began.
    since: Option<Timestamp>,
    refused: u32,
    stands_on: u8,
}

impl Default for RejectLadder {
    fn default() -> Self {
        Self::new()
    }
}

impl RejectLadder {
    /// How long a machine stands on each rung, the ground included: it is warned after 60 s of refusals, told to
    /// reconnect after 120 s, dropped after 180 s.
    pub const STEP: Millis = Millis::new(60_000);

    /// Refusals in a row below which nothing happens: a slow machine with a few stale shares is left alone.
    pub const LEAST: u32 = 50;

    /// On the ground.
    #[must_use]
    pub const fn new() -> Self {
        Self::stepping(Self::STEP)
    }

    /// On the ground, with another time for each rung.
    #[must_use]
    pub const fn stepping(step: Millis) -> Self {
        Self {
            step,
            since: None,
            refused: 0,
            stands_on: 0,
        }
    }

    /// A share counted.
    pub fn accepted(&mut self) {
        *self = Self::stepping(self.step);
    }

    /// A share was refused. Each rung is answered once.
    #[must_use = "the machine must be told"]
    pub fn refused(&mut self, now: Timestamp) -> Rung {
        self.refused = self.refused.saturating_add(1);
        let since = *self.since.get_or_insert(now);
        if self.refused < Self::LEAST || now.since(since) < self.step {
            return Rung::Nothing;
        }
        self.since = Some(now);
        self.stands_on = self.stands_on.saturating_add(1);
        match self.stands_on {
            1 => Rung::Warn,
            2 => Rung::Reconnect,
            _ => Rung::Drop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> Timestamp {
        Timestamp::from_unix_ms(1_700_000_000_000 + s * 1_000)
    }

    /// The rungs of a machine that is refused every `every_s` seconds, from `from_s` until `until_s`.
    fn climb(
        ladder: &mut RejectLadder,
        from_s: u64,
        until_s: u64,
        every_s: usize,
    ) -> Vec<(u64, Rung)> {
        (from_s..=until_s)
            .step_by(every_s)
            .map(|s| (s, ladder.refused(at(s))))
            .filter(|(_, rung)| *rung != Rung::Nothing)
            .collect()
    }

    #[test]
    fn warned_then_reconnected_then_dropped() {
        let rungs = climb(&mut RejectLadder::new(), 0, 180, 1);
        let expected = [(60, Rung::Warn), (120, Rung::Reconnect), (180, Rung::Drop)];
        assert_eq!(rungs, expected);
    }

    #[test]
    fn one_accepted_share_begins_anew() {
        let mut ladder = RejectLadder::new();
        climb(&mut ladder, 0, 119, 1);
        ladder.accepted();
        assert_eq!(climb(&mut ladder, 119, 178, 1), []);
        assert_eq!(climb(&mut ladder, 179, 179, 1), [(179, Rung::Warn)]);
    }

    #[test]
    fn a_slow_machine_with_stale_shares_is_left_alone() {
        let mut ladder = RejectLadder::new();
        // 49 stale shares, one every 20 s: more than 16 minutes.
        assert_eq!(climb(&mut ladder, 0, 960, 20), []);
        // The fiftieth in a row is no accident; and then each rung still takes its minute.
        let rungs = climb(&mut ladder, 980, 1_200, 20);
        let expected = [
            (980, Rung::Warn),
            (1_040, Rung::Reconnect),
            (1_100, Rung::Drop),
            (1_160, Rung::Drop),
        ];
        assert_eq!(rungs, expected);
    }

    #[test]
    fn a_burst_within_a_minute_is_no_streak() {
        let mut ladder = RejectLadder::new();
        for _ in 0..100_000 {
            assert_eq!(ladder.refused(at(5)), Rung::Nothing);
        }
        // A clock that goes back does not climb.
        assert_eq!(ladder.refused(at(0)), Rung::Nothing);
        assert_eq!(ladder.refused(at(65)), Rung::Warn);
    }
}
