//! Quotes and dry runs read the book for as long as their walk takes: each address and each account only so often.

use crate::identity::{Pace, Steps, network};
use api::Error;
use std::{net::IpAddr, time::Duration};
use units::AccountId;

/// Whoever sits behind one address shares it.
const OF_ADDRESS: Steps = Steps {
    at_once: 60,
    every: Duration::from_millis(500),
};
const OF_ACCOUNT: Steps = Steps {
    at_once: 30,
    every: Duration::from_secs(1),
};
/// What a client knows the refusal by.
const STATUS: &str = "too_many_quotes";

/// Who looked at the book lately.
pub(crate) struct Looks {
    addresses: Pace<IpAddr>,
    accounts: Pace<AccountId>,
}

impl Default for Looks {
    fn default() -> Self {
        Self {
            addresses: Pace::new(OF_ADDRESS),
            accounts: Pace::new(OF_ACCOUNT),
        }
    }
}

impl Looks {
    /// One more from an address.
    pub(crate) fn of_address(&self, from: IpAddr) -> Result<(), Error> {
        let stepped = self.addresses.step(network(from));
        stepped.map_err(|wait| refusal("from this address", wait))
    }

    /// One more of an account's.
    pub(super) fn of_account(&self, account: AccountId) -> Result<(), Error> {
        let stepped = self.accounts.step(account);
        stepped.map_err(|wait| refusal("of this account", wait))
    }
}

fn refusal(whose: &str, wait: Duration) -> Error {
    let seconds = wait.as_secs().saturating_add(1);
    let words = format!("Too many quotes and dry runs {whose}. Try again in {seconds} seconds.");
    let error = Error::too_many_requests(words).with_status(STATUS);
    error.retry_after(seconds)
}
