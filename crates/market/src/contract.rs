//! An agreed delivery.

use crate::{Agreement, BackupPools, CloseReason, PoolTarget, SharePace, hex, product::is_default};
use pow::settlement::Tally;
use serde::{Deserialize, Serialize};
use units::{AccountId, ContractId, Hashrate, Millis, Price, Sats, Timestamp, Work};

/// What a trade became: the host's machines work at the buyer's pool until the budget is spent, notice was given, or the term
/// is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// Numbered from 1.
    pub id: ContractId,
    /// Who pays.
    pub buyer: AccountId,
    /// Whose machines work.
    pub host: AccountId,
    /// Agreed hashrate in H/s.
    pub hashrate: Hashrate,
    /// Agreed price.
    pub price: Price,
    /// What was put into escrow: the most that the work may cost.
    pub budget: Sats,
    /// Where the work goes.
    pub pool: PoolTarget,
    /// Where it goes when that pool gives none.
    #[serde(default, skip_serializing_if = "BackupPools::is_empty")]
    pub backups: BackupPools,
    /// How often each of its machines shall find a share; none: as the server is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shares_per_minute: Option<SharePace>,
    /// When the trade happened.
    pub opened_at: Timestamp,
    /// The settlement interval.
    pub epoch_length: Millis,
    /// The marketplace's part of what is owed, in hundredths of a percent.
    pub fee_bps: u16,
    /// Live or closed.
    pub state: ContractState,
    /// How many epochs have been settled; the number of the next one.
    pub epochs_settled: u32,
    /// Valid shares of the settled epochs.
    pub shares_total: u64,
    /// Verified work of the settled epochs.
    pub work_total: Work,
    /// That work by class, where the settlements told it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tally: Tally,
    /// What is owed for that work by the terms, fee included; all of it has been paid.
    pub owed_total: Sats,
    /// The fee in it.
    pub fee_total: Sats,
    /// The hash that seals the last settled epoch's record; zeros before the first.
    #[serde(with = "hex")]
    pub last_epoch_hash: [u8; 32],
    /// What else was agreed: the product, where the capacity is from, notice.
    #[serde(default, skip_serializing_if = "is_default")]
    pub agreement: Agreement,
}

/// Whether work is still delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContractState {
    /// Work is delivered and paid.
    Live,
    /// Over; the rest of the budget has gone back.
    Closed(CloseReason),
}

impl Contract {
    /// A live one of which nothing was delivered, with no hashrate, price, budget, fee or epochs yet.
    #[must_use]
    pub fn blank(
        id: ContractId,
        (buyer, host): (AccountId, AccountId),
        pool: PoolTarget,
        opened_at: Timestamp,
    ) -> Self {
        Self {
            id,
            buyer,
            host,
            hashrate: Hashrate::ZERO,
            price: Price::new(0),
            budget: Sats::ZERO,
            pool,
            backups: BackupPools::default(),
            shares_per_minute: None,
            opened_at,
            epoch_length: Millis::new(0),
            fee_bps: 0,
            state: ContractState::Live,
            epochs_settled: 0,
            shares_total: 0,
            work_total: Work::ZERO,
            tally: Tally::default(),
            owed_total: Sats::ZERO,
            fee_total: Sats::ZERO,
            last_epoch_hash: [0; 32],
            agreement: Agreement::default(),
        }
    }

    /// All its pools in the order in which they are tried: the first one, then the backups.
    pub fn pools(&self) -> impl Iterator<Item = &PoolTarget> {
        std::iter::once(&self.pool).chain(self.backups.as_slice())
    }

    /// True until the contract is closed.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self.state, ContractState::Live)
    }

    /// The part of the budget that has not been paid out: what its escrow holds while it is live.
    #[must_use]
    pub fn unspent(&self) -> Sats {
        // Settling refuses to owe more than the budget.
        self.budget
            .checked_sub(self.owed_total)
            .unwrap_or(Sats::ZERO)
    }
}
