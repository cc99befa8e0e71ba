//! Time that something went on, without the time that it stood still.

/// Begins stopped, at zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stopwatch {
    before_ms: u64,
    since_ms: Option<u64>,
}

impl Stopwatch {
    /// Goes on, where it does not.
    pub fn start(&mut self, now_ms: u64) {
        self.since_ms.get_or_insert(now_ms);
    }

    /// Stands still.
    pub fn stop(&mut self, now_ms: u64) {
        self.before_ms = self.elapsed_ms(now_ms);
        self.since_ms = None;
    }

    /// How long it went. A clock that was set back adds nothing.
    pub fn elapsed_ms(&self, now_ms: u64) -> u64 {
        let going = self.since_ms.map(|since| now_ms.saturating_sub(since));
        self.before_ms.saturating_add(going.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_time_between_start_and_stop_counts() {
        let mut watch = Stopwatch::default();
        assert_eq!(watch.elapsed_ms(500), 0);
        watch.start(1_000);
        watch.start(1_400);
        assert_eq!(watch.elapsed_ms(1_500), 500);
        watch.stop(1_600);
        watch.stop(9_000);
        assert_eq!(watch.elapsed_ms(9_000), 600);
        watch.start(10_000);
        assert_eq!(watch.elapsed_ms(10_001), 601);
        assert_eq!(watch.elapsed_ms(9_000), 600);
    }
}
