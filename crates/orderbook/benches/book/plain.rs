//! Plain commands, the same for the engine and its contender: half places an order away from the other side, four in ten cancel,
//! one in ten trades.

use std::time::Duration;

/// SplitMix64.
pub struct Random(u64);

impl Random {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

pub struct Plain {
    pub ask: bool,
    pub price: u64,
    pub lots: u64,
    pub owner: u8,
}

pub enum Step {
    Place(Plain),
    /// Of an id given before; often gone already.
    Cancel(u64),
}

pub struct Steps(Random);

const MIDDLE: u64 = 100_000;
/// Prices on a side.
const WIDTH: u64 = 5_000;

impl Steps {
    pub const fn new() -> Self {
        Self(Random::new(1))
    }

    /// Bids are of even owners, asks of odd ones.
    fn plain(&mut self, crosses: bool) -> Plain {
        let random = &mut self.0;
        let ask = random.below(2) == 1;
        let away = 1 + random.below(WIDTH);
        let up = ask != crosses;
        Plain {
            ask,
            price: if up { MIDDLE + away } else { MIDDLE - away },
            lots: 1 + random.below(if crosses { 8 } else { 20 }),
            owner: (random.below(32) * 2 + u64::from(ask)) as u8,
        }
    }

    pub fn resting(&mut self) -> Plain {
        self.plain(false)
    }

    pub fn next(&mut self, last_id: u64) -> Step {
        match self.0.below(10) {
            0..5 => Step::Place(self.plain(false)),
            5..9 => Step::Cancel(1 + self.0.below(last_id)),
            _ => Step::Place(self.plain(true)),
        }
    }
}

/// Time on a processor so far, where the system says it: what others on the machine take does not count.
pub fn processor() -> Duration {
    let said = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let first = said.split(' ').next().and_then(|ns| ns.parse().ok());
    Duration::from_nanos(first.unwrap_or(0))
}
