//! A connection that is lost: when to try again, and when to give up.

/// Before the first try; each further one waits twice as long.
const FIRST_WAIT_MS: u32 = 500;
const LAST_WAIT_MS: u32 = 16_000;
const GIVE_UP_AFTER_MS: u64 = 120_000;
/// A request and its answer's first bytes are waited for half a minute each: a try that took longer slept with the machine.
const TRY_MAX_MS: u64 = 60_000;
/// As often as the command line does.
const RESTARTS_MAX: u32 = 5;

/// It lasts until bytes come again: a connection that is back and gives none changes nothing. Only waiting for it and trying it
/// count: not the time for which the machine sleeps, nor that for which the reader holds the verification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outage {
    lasted_ms: u64,
    tries: u32,
}

impl Outage {
    /// Another try; none where it is time to give up.
    pub fn next_try(&mut self) -> Option<u32> {
        self.tries = self.tries.saturating_add(1);
        (self.lasted_ms < GIVE_UP_AFTER_MS).then_some(self.tries)
    }

    /// How long to wait before this try.
    pub fn wait_ms(&self) -> u32 {
        let doublings = self.tries.saturating_sub(1).min(16);
        FIRST_WAIT_MS
            .saturating_mul(1 << doublings)
            .min(LAST_WAIT_MS)
    }

    /// The try came to nothing, and took this long by the clock.
    pub fn tried(&mut self, took_ms: u64) {
        let spent_ms = u64::from(self.wait_ms()).saturating_add(took_ms.min(TRY_MAX_MS));
        self.lasted_ms = self.lasted_ms.saturating_add(spent_ms);
    }
}

/// How often the bundle came from its first byte again, because the server could not go on where it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restarts(u32);

impl Restarts {
    /// Once more; false where it is time to give up.
    pub fn another(&mut self) -> bool {
        self.0 = self.0.saturating_add(1);
        self.0 <= RESTARTS_MAX
    }
}

/// Whether a refusal is worth another try, as on the command line. The first request's is the answer. Later a server that sent
/// the bundle's beginning may be starting (404, 502, 503), busy (429) or slow (408): no status tells that it is gone for good.
pub const fn may_pass(status: u16, outage: Option<Outage>) -> bool {
    status >= 300 && outage.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_the_answer_to_the_first_request_alone() {
        for status in [403, 404, 408, 410, 429, 500, 503] {
            assert!(!may_pass(status, None), "{status}");
            assert!(may_pass(status, Some(Outage::default())), "{status}");
        }
        assert!(!may_pass(200, Some(Outage::default())));
    }

    #[test]
    fn it_waits_longer_each_time_and_gives_up_after_two_minutes() {
        let mut outage = Outage::default();
        let mut waits = Vec::new();
        while outage.next_try().is_some() {
            waits.push(outage.wait_ms());
            outage.tried(0);
        }
        assert_eq!(
            waits[..7],
            [500, 1_000, 2_000, 4_000, 8_000, 16_000, 16_000]
        );
        let waited = waits.iter().sum::<u32>();
        assert!((120_000..140_000).contains(&waited), "{waited}");
    }

    #[test]
    fn tries_without_an_answer_count_too() {
        let mut outage = Outage::default();
        let mut tries = 0;
        while outage.next_try().is_some() {
            outage.tried(30_000);
            tries += 1;
        }
        assert_eq!(tries, 4);
    }

    #[test]
    fn a_night_asleep_is_one_try() {
        let mut outage = Outage::default();
        assert_eq!(outage.next_try(), Some(1));
        outage.tried(8 * 3_600_000);
        assert_eq!(outage.next_try(), Some(2));
        outage.tried(10);
        assert_eq!(outage.next_try(), Some(3));
    }

    #[test]
    fn it_begins_anew_five_times() {
        let mut restarts = Restarts::default();
        let mut begun = 0;
        while restarts.another() {
            begun += 1;
        }
        assert_eq!(begun, 5);
        assert!(!restarts.another());
    }
}
