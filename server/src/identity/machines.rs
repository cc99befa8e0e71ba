//! Whose machines need a password, and which ones are right. Each login asks, so it is known without the database.

use super::{Pace, Steps, failed, tokens::hash_of, wait};
use crate::{
    clock,
    store::{Store, StoreError},
};
use api::{ApiToken, Error, Scope};
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};
use tokio::sync::{Mutex, watch};
use units::AccountId;

/// The hashes of an account's machine tokens, by the tokens' numbers.
type Hashes = BTreeMap<u64, [u8; 32]>;

/// What a machine sent as its password: of what can be a machine token, its hash.
#[derive(Clone, Copy)]
pub(crate) struct MachineKey(Option<[u8; 32]>);

impl MachineKey {
    pub(crate) fn of(password: &str) -> Self {
        Self(hash_of(password.trim()))
    }
}

/// An account's recalls: a person's clicks.
const RECALLS: Steps = Steps {
    at_once: 3,
    every: Duration::from_secs(5),
};

/// How often each account's machines were asked for their passwords again.
pub(crate) type Recalls = BTreeMap<AccountId, u64>;

/// All machine tokens. API tokens are made and revoked here, so that this and the database do not come apart.
pub(crate) struct MachineTokens {
    store: Store,
    /// Held from before a change is written until it is known here.
    changing: Mutex<()>,
    /// Accounts without one are not in it.
    by_account: RwLock<BTreeMap<AccountId, Hashes>>,
    recalls: watch::Sender<Recalls>,
    pace: Pace<AccountId>,
}

impl MachineTokens {
    /// Reads them from the database.
    ///
    /// # Errors
    /// `StoreError`.
    pub(crate) async fn load(store: Store) -> Result<Arc<Self>, StoreError> {
        let mut by_account = BTreeMap::<AccountId, Hashes>::new();
        for (account, id, hash) in store.machine_tokens().await? {
            by_account.entry(account).or_default().insert(id, hash);
        }
        Ok(Arc::new(Self {
            store,
            changing: Mutex::default(),
            by_account: RwLock::new(by_account),
            recalls: watch::Sender::default(),
            pace: Pace::new(RECALLS),
        }))
    }

    /// True where this opens the account to a machine; anything does where the account has no machine token. Comparing hashes
    /// of 256 random bits tells nobody who measures it anything about them.
    pub(crate) fn admit(&self, account: &AccountId, key: MachineKey) -> bool {
        let known = self.read();
        let Some(hashes) = known.get(account) else {
            return true;
        };
        key.0
            .is_some_and(|sent| hashes.values().any(|hash| *hash == sent))
    }

    /// Each connection looks here whether it has to go.
    pub(crate) fn recalls(&self) -> watch::Receiver<Recalls> {
        self.recalls.subscribe()
    }

    /// Lets the account's connections go whose passwords are not right any more.
    ///
    /// # Errors
    /// `Conflict` where any password is right, or `TooManyRequests`: all connections of the server look.
    pub(super) async fn recall(&self, account: AccountId) -> Result<(), Error> {
        // Not between a token's change in the database and here.
        let _one = self.changing.lock().await;
        if !self.read().contains_key(&account) {
            let words = "Without a machine token any password is right. Make one first.";
            return Err(Error::conflict(words));
        }
        self.pace.step(account).map_err(wait)?;
        self.recalls.send_modify(|recalls| {
            let times = recalls.entry(account).or_default();
            *times = times.wrapping_add(1);
        });
        Ok(())
    }

    /// Adds an API token of any scope; none where the account has one of this name. From then on machines need it, if it is
    /// theirs. A caller that goes away does not stop it halfway.
    ///
    /// # Errors
    /// `Internal`.
    pub(super) async fn make(
        self: &Arc<Self>,
        owner: AccountId,
        (name, scope): (&str, Scope),
        hash: [u8; 32],
    ) -> Result<Option<ApiToken>, Error> {
        let (this, name) = (Arc::clone(self), name.to_owned());
        let making = tokio::spawn(async move {
            let _one = this.changing.lock().await;
            let (kept, now) = ((name.as_str(), scope), clock::now());
            let made = this.store.insert_api_token(&owner, kept, &hash, now);
            let made = made.await?;
            if let Some(token) = made.as_ref().filter(|token| token.scope == Scope::Machine) {
                this.write()
                    .entry(owner)
                    .or_default()
                    .insert(token.id, hash);
            }
            Ok(made)
        });
        let made: Result<_, StoreError> = making.await.map_err(|why| failed(&why))?;
        made.map_err(|why| failed(&why))
    }

    /// Ends an API token; false where the account has none of this number. A caller that goes away does not stop it halfway.
    ///
    /// # Errors
    /// `Internal`.
    pub(super) async fn revoke(self: &Arc<Self>, owner: AccountId, id: u64) -> Result<bool, Error> {
        let this = Arc::clone(self);
        let revoking = tokio::spawn(async move {
            let _one = this.changing.lock().await;
            let revoked = this.store.revoke_api_token(&owner, id).await?;
            if revoked {
                let mut known = this.write();
                if let Some(hashes) = known.get_mut(&owner) {
                    hashes.remove(&id);
                    if hashes.is_empty() {
                        known.remove(&owner);
                    }
                }
            }
            Ok(revoked)
        });
        let revoked: Result<_, StoreError> = revoking.await.map_err(|why| failed(&why))?;
        revoked.map_err(|why| failed(&why))
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<AccountId, Hashes>> {
        self.by_account
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<AccountId, Hashes>> {
        self.by_account
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
