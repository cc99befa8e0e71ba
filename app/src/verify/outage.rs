//! A connection that is lost: when to try again, and when to give up.

/// Before the first try; each further one waits twice as long.
const FIRST_WAIT_MS: u32 = 500;
const LAST_WAIT_MS: u32 = 16_000;
const GIVE_UP_AFTER_MS: u64 = 120_000;

/// It lasts until bytes come again: a connection that is back and gives none changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    since_ms: u64,
    tries: u32,
}

impl Outage {
    /// It was lost now.
    pub fn new(now_ms: u64) -> Self {
        Self {
            since_ms: now_ms,
            tries: 0,
        }
    }

    /// Another try; none where it is time to give up.
    pub fn next_try(&mut self, now_ms: u64) -> Option<u32> {
        let lasted_ms = now_ms.saturating_sub(self.since_ms);
        self.tries = self.tries.saturating_add(1);
        (lasted_ms < GIVE_UP_AFTER_MS).then_some(self.tries)
    }

    /// How long to wait before this try.
    pub fn wait_ms(&self) -> u32 {
        let doublings = self.tries.saturating_sub(1).min(16);
        FIRST_WAIT_MS
            .saturating_mul(1 << doublings)
            .min(LAST_WAIT_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_longer_each_time_and_gives_up_after_two_minutes() {
        let mut outage = Outage::new(7);
        let mut now_ms = 7;
        let mut waits = Vec::new();
        while outage.next_try(now_ms).is_some() {
            waits.push(outage.wait_ms());
            now_ms += u64::from(outage.wait_ms());
        }
        assert_eq!(
            waits[..7],
            [500, 1_000, 2_000, 4_000, 8_000, 16_000, 16_000]
        );
        assert!((120_000..140_000).contains(&now_ms), "{now_ms}");
    }
}
