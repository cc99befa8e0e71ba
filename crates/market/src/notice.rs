//! A side tells the end of a contract beforehand: the epoch in which it does is the last.

use crate::{
    Contract, Event, Market, Refusal,
    step::{Change, Step},
};
use serde::{Deserialize, Serialize};
use units::{AccountId, ContractId};

/// A side of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Who pays.
    Buyer,
    /// Whose machines work.
    Host,
}

/// The end of a contract, told beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Who gave it.
    pub by: Party,
    /// The last epoch that is delivered and paid.
    pub last_epoch: u32,
}

impl Contract {
    /// On which side of it an account stands.
    #[must_use]
    pub fn party(&self, account: &AccountId) -> Option<Party> {
        if *account == self.buyer {
            Some(Party::Buyer)
        } else if *account == self.host {
            Some(Party::Host)
        } else {
            None
        }
    }
}

impl Market {
    /// `open_epoch` is the one that is being delivered: the next to settle, or the one after it while that one is sealed and not
    /// settled yet. All of it is still delivered and paid.
    pub(crate) fn give_notice(
        &self,
        account: AccountId,
        id: ContractId,
        open_epoch: u32,
    ) -> Result<Step, Refusal> {
        let contract = self.live_contract(id)?;
        let by = contract.party(&account).ok_or(Refusal::NotParty)?;
        if contract.agreement.notice.is_some() {
            return Ok(Step::default());
        }
        let next = contract.epochs_settled;
        if !(next..=next.saturating_add(1)).contains(&open_epoch) {
            return Err(Refusal::EpochMismatch { next });
        }
        let notice = Notice {
            by,
            last_epoch: open_epoch,
        };
        let mut contract = contract.clone();
        contract.agreement.notice = Some(notice);
        let mut step = Step::default();
        step.events.push(Event::NoticeGiven {
            contract: id,
            notice,
        });
        step.changes.push(Change::Contract(Box::new(contract)));
        Ok(step)
    }

    pub(crate) fn live_contract(&self, id: ContractId) -> Result<&Contract, Refusal> {
        let contract = self.contracts.get(&id).ok_or(Refusal::UnknownContract)?;
        if contract.is_live() {
            Ok(contract)
        } else {
            Err(Refusal::ContractClosed)
        }
    }
}
