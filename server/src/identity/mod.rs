//! Who asks: accounts' passwords, the sessions of browsers, the API tokens of programs, and those of machines.
//!
//! **Invariant:** the database holds no secret by which somebody could sign in: passwords as argon2id tags, the tokens of
//! sessions and programs as SHA-256. A [`Caller`] is made here and nowhere else.

mod machines;
mod pace;
mod password;
mod secret;
mod sessions;
mod slowdown;
mod tokens;

pub(crate) use machines::{MachineKey, MachineTokens, Recalls};
pub(crate) use pace::{Pace, Steps};
pub(crate) use secret::{Secret, random};
pub(crate) use sessions::{LASTS, OpenedSession};

use crate::{
    config::IdentityConfig,
    exchange::{Exchange, ExchangeError},
    store::{Store, StoreError},
};
use api::Error;
use market::{Command, Refusal};
use password::Hasher;
use slowdown::{Rule, Slowdown};
use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
    time::Duration,
};
use units::AccountId;

/// Wrong passwords for one name: a stranger must not keep its owner out for long.
const NAME_RULE: Rule = Rule {
    free: 5,
    first: Duration::from_secs(1),
    most: Duration::from_secs(60),
};
/// Wrong passwords from one address, for whatever names.
const ADDRESS_RULE: Rule = Rule {
    free: 20,
    first: Duration::from_secs(2),
    most: Duration::from_secs(900),
};
/// New accounts from one address.
const SIGN_UP_RULE: Rule = Rule {
    free: 10,
    first: Duration::from_secs(60),
    most: Duration::from_secs(3_600),
};

/// Everything about who asks.
pub(crate) struct Identity {
    store: Store,
    exchange: Exchange,
    config: IdentityConfig,
    hasher: Hasher,
    machines: Arc<MachineTokens>,
    names: Slowdown<AccountId>,
    addresses: Slowdown<IpAddr>,
    sign_ups: Slowdown<IpAddr>,
}

impl Identity {
    /// Gives the demo's accounts their passwords, and opens the accounts of sign-ups that were cut off in the middle.
    ///
    /// # Errors
    /// `StoreError` where the database cannot be used.
    pub(crate) async fn start(
        store: Store,
        exchange: Exchange,
        config: IdentityConfig,
        machines: Arc<MachineTokens>,
    ) -> Result<Self, StoreError> {
        let identity = Self {
            store,
            exchange,
            config,
            hasher: Hasher::new(),
            machines,
            names: Slowdown::new(NAME_RULE),
            addresses: Slowdown::new(ADDRESS_RULE),
            sign_ups: Slowdown::new(SIGN_UP_RULE),
        };
        identity.seed().await?;
        for account in identity.store.accounts_with_credentials().await? {
            // A failure is in the log, and signing in tries again.
            let _ = identity.open_account(account).await;
        }
        Ok(identity)
    }

    /// True where browsers come over TLS.
    pub(crate) const fn https(&self) -> bool {
        self.config.https
    }

    /// Accounts that anyone may try.
    pub(crate) fn demo_logins(&self) -> &[api::DemoLogin] {
        &self.config.demo_logins
    }

    async fn seed(&self) -> Result<(), StoreError> {
        for login in &self.config.demo_logins {
            if self.store.credential(&login.account).await?.is_some() {
                continue;
            }
            if let Ok(credential) = self.hasher.hash(login.password.clone()).await {
                let now = crate::clock::now();
                self.store
                    .insert_credential(&login.account, &credential, now)
                    .await?;
            }
        }
        Ok(())
    }

    /// Opens the market's account of a name that has a password, where it is not open: the password is written first, so
    /// that nobody else can take the name in between.
    async fn open_account(&self, account: AccountId) -> Result<(), Error> {
        if self.exchange.read(|market| market.account_exists(&account)) {
            return Ok(());
        }
        match self.exchange.send(Command::OpenAccount { account }).await {
            Ok(_) | Err(ExchangeError::Refused(Refusal::AccountExists)) => Ok(()),
            Err(error) => Err(failed(&error)),
        }
    }
}

/// A failure of ours, in the log.
pub(crate) fn failed(error: &dyn std::error::Error) -> Error {
    tracing::error!(%error, "a request about an account failed");
    Error::internal()
}

/// What limits are kept for: an IPv6 customer has a /64 at least.
pub(crate) fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 => v4,
    }
}

fn wait(pause: Duration) -> Error {
    let seconds = pause.as_secs() + 1;
    Error::too_many_requests(format!(
        "Too many attempts. Try again in {seconds} seconds."
    ))
    .retry_after(seconds)
}

#[cfg(test)]
mod tests;
