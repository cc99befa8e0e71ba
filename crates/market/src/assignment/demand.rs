//! What a contract asks of its host's workers.

use super::{Amount, Served, amount, amount_of, rate};
use units::{ContractId, Hashrate, Timestamp, Work};

/// A live contract of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Which one.
    pub contract: ContractId,
    /// The contracted hashrate.
    pub hashrate: Hashrate,
    /// Since when its work is due.
    pub opened_at: Timestamp,
    /// What it was served by the clock.
    pub served: Served,
    /// Work of its valid shares since it opened.
    pub delivered: Work,
    /// How many shares that were: they say how much of it is chance.
    pub shares: u64,
    /// The most work that it will still take: what its budget pays for.
    pub at_most: Option<Work>,
    /// True while it takes no work, because its pool is away. Work stays due.
    pub paused: bool,
}

impl Demand {
    /// What the clock's count shall be at `end`: what is due, corrected by what the shares say beyond chance.
    pub(super) fn due(&self, end: Timestamp) -> Amount {
        let due = amount(rate(self.hashrate), end.since(self.opened_at).get());
        let (clock, shares) = (self.served.amount(), amount_of(self.delivered));
        // Three standard deviations of a Poisson count: delivered / sqrt(shares) each. Chance is beyond once in 370 looks, and
        // then just beyond: what is over, and no more, is corrected, so the plan moves smoothly.
        let chance = shares
            .saturating_mul(3)
            .checked_div(u128::from(self.shares).isqrt())
            .unwrap_or(Amount::MAX);
        let over = shares.saturating_sub(clock.saturating_add(chance));
        let under = clock.saturating_sub(shares.saturating_add(chance));
        due.saturating_add(under).saturating_sub(over)
    }
}
