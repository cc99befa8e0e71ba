//! Opening accounts and paying in.

use crate::{Event, Market, Refusal, transfers};
use ledger::TransferId;
use units::{AccountId, Sats};

impl Market {
    pub(crate) fn open_account(&mut self, account: AccountId) -> Result<Vec<Event>, Refusal> {
        if !self.accounts.insert(account) {
            return Err(Refusal::AccountExists);
        }
        Ok(vec![Event::AccountOpened { account }])
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
