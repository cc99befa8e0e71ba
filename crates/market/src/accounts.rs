//! Opening accounts, what hosts say of themselves, and paying in.

use crate::{Event, Market, PoolTarget, Refusal, transfers};
use ledger::TransferId;
use units::{AccountId, Sats};

impl Market {
    pub(crate) fn open_account(&mut self, account: AccountId) -> Result<Vec<Event>, Refusal> {
        if !self.accounts.insert(account) {
            return Err(Refusal::AccountExists);
        }
        Ok(vec![Event::AccountOpened { account }])
    }

    pub(crate) fn set_fallback_pool(
        &mut self,
        account: AccountId,
        pool: Option<&PoolTarget>,
    ) -> Result<Vec<Event>, Refusal> {
        self.require_account(&account)?;
        if self.fallback_pools.get(&account) == pool {
            return Ok(Vec::new());
        }
        match pool {
            Some(pool) => self.fallback_pools.insert(account, pool.clone()),
            None => self.fallback_pools.remove(&account),
        };
        let pool = pool.cloned();
        Ok(vec![Event::FallbackPoolSet { account, pool }])
    }

    pub(crate) fn deposit(
        &mut self,
        account: AccountId,
        amount: Sats,
        reference: TransferId,
    ) -> Result<Vec<Event>, Refusal> {
        self.require_account(&account)?;
        let transfer = transfers::deposit(account, amount, reference);
        if self.ledger.transfer(&transfer.id) == Some(&transfer) {
            return Ok(Vec::new());
        }
        self.ledger.apply(&[transfer])?;
        Ok(vec![Event::Transferred(transfer)])
    }

    pub(crate) fn require_account(&self, account: &AccountId) -> Result<(), Refusal> {
        if self.account_exists(account) {
            Ok(())
        } else {
            Err(Refusal::UnknownAccount)
        }
    }
}
