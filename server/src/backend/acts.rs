//! Each command takes the market's one writer, and stands in its journal for ever: each account only so often.

use crate::identity::{Pace, Steps};
use api::Error;
use std::time::Duration;
use units::AccountId;

const OF_ACCOUNT: Steps = Steps {
    at_once: 100,
    every: Duration::from_millis(200),
};
/// What a client knows the refusal by.
const STATUS: &str = "too_many_commands";
/// What takes back is never held up: it ends what it is about.
const ALWAYS: [&str; 4] = [
    "cancel_order",
    "cancel_all_orders",
    "withdraw_listing",
    "give_notice",
];
/// Has a pace of its own, as an order can be made smaller a million times: whoever may place no more can still do it.
const REDUCE: &str = "reduce_order";

/// Who acted lately.
pub(super) struct Acts {
    accounts: Pace<AccountId>,
    reducing: Pace<AccountId>,
}

impl Default for Acts {
    fn default() -> Self {
        Self {
            accounts: Pace::new(OF_ACCOUNT),
            reducing: Pace::new(OF_ACCOUNT),
        }
    }
}

impl Acts {
    /// One more command of an account's; `what` as [`super::acting::Acting::new`] has it.
    pub(super) fn step(&self, account: AccountId, what: &str) -> Result<(), Error> {
        if ALWAYS.contains(&what) {
            return Ok(());
        }
        let pace = match what {
            REDUCE => &self.reducing,
            _ => &self.accounts,
        };
        pace.step(account).map_err(|wait| {
            let seconds = wait.as_secs().saturating_add(1);
            let words = format!("Too many commands of this account. Try again in {seconds} s.");
            let error = Error::too_many_requests(words).with_status(STATUS);
            error.retry_after(seconds)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_at_once_and_what_takes_back_always() {
        let acts = Acts::default();
        let account: AccountId = "alice".parse().unwrap();
        let placed = || acts.step(account, "place_bid");
        for _ in 0..100 {
            placed().unwrap();
        }
        // A slow machine may rest in between.
        let refused = (0..100_000).find_map(|_| placed().err()).unwrap();
        assert_eq!(refused.status.as_deref(), Some(STATUS));
        assert_eq!(refused.retry_after_s, Some(1));
        for what in ALWAYS.repeat(50) {
            acts.step(account, what).unwrap();
        }
        acts.step("bob".parse().unwrap(), "place_bid").unwrap();
    }
}
