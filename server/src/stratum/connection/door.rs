//! Who a connection lets in, and whether they may stay.

use super::Connection;
use crate::{
    identity::{MachineKey, Recalls},
    stratum::login::{self, Login},
};
use stratum::Reject;
use tokio::sync::watch;
use units::AccountId;

/// Where it is heard that an account's machines were asked for their passwords again.
pub(super) struct Door {
    pub(super) recalls: watch::Receiver<Recalls>,
    /// Recalls of the account that were looked at, or were before the connection's first login.
    seen: u64,
}

impl Door {
    pub(super) const fn new(recalls: watch::Receiver<Recalls>) -> Self {
        Self { recalls, seen: 0 }
    }

    fn recalls_of(&self, account: &AccountId) -> u64 {
        let recalls = self.recalls.borrow();
        recalls.get(account).copied().unwrap_or_default()
    }
}

impl Connection {
    /// All logins of a connection are of one host.
    pub(super) fn admit(
        &mut self,
        user: &str,
        password: &str,
    ) -> Result<(Login, MachineKey), Reject> {
        let same_host = |login: &Login| {
            self.machine
                .login()
                .is_none_or(|first| first.account == login.account)
        };
        let login = login::parse(user)
            .filter(same_host)
            .filter(|login| self.shared.desk.admits(login))
            .ok_or(Reject::Unauthorized)?;
        // Before the password is looked at: a recall that comes in between is seen.
        let recalls = self.door.recalls_of(&login.account);
        let key = MachineKey::of(password);
        if !self.shared.passwords.admit(&login.account, key) {
            return Err(Reject::WrongPassword);
        }
        if self.machine.login().is_none() {
            self.door.seen = recalls;
        }
        Ok((login, key))
    }

    /// The account's owner wants those gone whose passwords are not right any more, and one of this connection's is not.
    pub(super) fn is_recalled(&mut self) -> bool {
        let Some(account) = self.machine.login().map(|login| login.account) else {
            return false;
        };
        let recalls = self.door.recalls_of(&account);
        let asked = std::mem::replace(&mut self.door.seen, recalls) != recalls;
        let passwords = &self.shared.passwords;
        asked
            && self
                .machine
                .keys()
                .any(|key| !passwords.admit(&account, key))
    }
}
