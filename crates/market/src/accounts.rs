//! Opening accounts, what hosts say of themselves, and paying in.

use crate::{
    Event, Market, PoolTarget, Refusal,
    step::{Change, Step},
    transfers,
};
use ledger::TransferId;
use units::{AccountId, Sats};

impl Market {
    pub(crate) fn open_account(&self, account: AccountId) -> Result<Step, Refusal> {
        if self.account_exists(&account) {
            return Err(Refusal::AccountExists);
        }
        Ok(Step {
            events: vec![Event::AccountOpened { account }],
            changes: vec![Change::Account(account)],
            ..Step::default()
        })
    }

    pub(crate) fn set_fallback_pool(
        &self,
        account: AccountId,
        pool: Option<&PoolTarget>,
    ) -> Result<Step, Refusal> {
        self.require_account(&account)?;
        if self.fallback_pools.get(&account) == pool {
            return Ok(Step::default());
        }
        let pool = pool.cloned();
        Ok(Step {
            changes: vec![Change::FallbackPool(account, pool.clone())],
            events: vec![Event::FallbackPoolSet { account, pool }],
            ..Step::default()
        })
    }

    pub(crate) fn deposit(
        &self,
        account: AccountId,
        amount: Sats,
        reference: TransferId,
    ) -> Result<Step, Refusal> {
        self.require_account(&account)?;
        let transfer = transfers::deposit(account, amount, reference);
        if self.ledger.transfer(&transfer.id) == Some(&transfer) {
            return Ok(Step::default());
        }
        Ok(Step {
            transfers: vec![transfer],
            events: vec![Event::Transferred(transfer)],
            ..Step::default()
        })
    }

    pub(crate) fn require_account(&self, account: &AccountId) -> Result<(), Refusal> {
        if self.account_exists(account) {
            Ok(())
        } else {
            Err(Refusal::UnknownAccount)
        }
    }
}
