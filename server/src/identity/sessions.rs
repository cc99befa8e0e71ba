//! Signing up, in and out.

use super::{Identity, Secret, failed, network, password, wait};
use crate::clock;
use api::{Caller, Error, Scope};
use std::net::IpAddr;
use units::{AccountId, Millis};

/// How long a session lasts.
pub(crate) const LASTS: Millis = Millis::new(30 * 86_400_000);
/// Sessions of an account; the next one ends the oldest.
const SESSIONS_MAX: u32 = 20;

/// A session that was just opened.
pub(crate) struct OpenedSession {
    /// What the browser gets, in its cookie.
    pub token: Secret,
}

impl Identity {
    /// Opens an account and a session of it.
    ///
    /// The password is written before the market hears of the account: cut off in between, the name is taken by whoever
    /// knows the password, and the next start, or signing in, opens the account.
    ///
    /// # Errors
    /// About `account` or `password`, `TooManyRequests`, or `Internal`.
    pub(crate) async fn sign_up(
        &self,
        peer: IpAddr,
        name: &str,
        password: String,
    ) -> Result<OpenedSession, Error> {
        let account: AccountId = name.trim().parse().map_err(|_| {
            let words = "An account's name is 1 to 32 of a-z, 0-9, - and _.";
            Error::bad_request(words).about("account")
        })?;
        password::check(&password)?;
        let taken = || Error::conflict(format!("The name {account} is taken.")).about("account");
        // Each attempt counts: whether a name is taken is an answer too.
        self.sign_ups.attempt(&network(peer)).map_err(wait)?;
        let known = self.exchange.read(|market| market.account_exists(&account));
        let stored = self.store.credential(&account).await;
        if known || stored.map_err(|why| failed(&why))?.is_some() {
            return Err(taken());
        }
        let credential = self.hasher.hash(password).await?;
        let written = self
            .store
            .insert_credential(&account, &credential, clock::now());
        if !written.await.map_err(|why| failed(&why))? {
            return Err(taken());
        }
        self.open_account(account).await?;
        self.open_session(account).await
    }

    /// Opens a session for who knows the account's password. An unknown name takes as long and is answered the same.
    ///
    /// # Errors
    /// `Unauthenticated`, `TooManyRequests`, or `Internal`.
    pub(crate) async fn sign_in(
        &self,
        peer: IpAddr,
        name: &str,
        password: String,
    ) -> Result<OpenedSession, Error> {
        let address = network(peer);
        self.addresses.attempt(&address).map_err(wait)?;
        let account: Option<AccountId> = name.trim().parse().ok();
        if let Some(account) = &account {
            self.names.attempt(account).map_err(wait)?;
        }
        let credential = match &account {
            Some(account) => self.store.credential(account).await,
            None => Ok(None),
        };
        let credential = credential.map_err(|why| failed(&why))?;
        let right = self.hasher.verify(password, credential.as_ref()).await?;
        let Some(account) = account.filter(|_| right) else {
            let words = "The account name or the password is wrong.";
            return Err(Error::unauthenticated(words).about("password"));
        };
        self.addresses.forgive(&address);
        self.names.forget(&account);
        self.open_account(account).await?;
        self.open_session(account).await
    }

    /// Ends a session, whether it is one or not.
    ///
    /// # Errors
    /// `Internal`.
    pub(crate) async fn sign_out(&self, token: &Secret) -> Result<(), Error> {
        let closed = self.store.close_session(&token.hash()).await;
        closed.map_err(|why| failed(&why))
    }

    /// Ends every session of an account.
    ///
    /// # Errors
    /// `Internal`.
    pub(crate) async fn sign_out_everywhere(&self, account: &AccountId) -> Result<(), Error> {
        let closed = self.store.close_sessions(account).await;
        closed.map_err(|why| failed(&why))
    }

    /// Who has this session.
    ///
    /// # Errors
    /// `Internal`.
    pub(crate) async fn by_session(&self, token: &Secret) -> Result<Caller, Error> {
        let found = self.store.session(&token.hash(), clock::now()).await;
        let account = found.map_err(|why| failed(&why))?;
        Ok(account.map_or(Caller::Stranger, |account| Caller::Known {
            account,
            scope: Scope::Owner,
        }))
    }

    pub(super) async fn open_session(&self, account: AccountId) -> Result<OpenedSession, Error> {
        let token = Secret::new().map_err(|why| failed(&why))?;
        let now = clock::now();
        let (times, hash) = ((now, now.after(LASTS)), token.hash());
        let opened = self
            .store
            .open_session(&hash, &account, times, SESSIONS_MAX);
        opened.await.map_err(|why| failed(&why))?;
        Ok(OpenedSession { token })
    }
}
