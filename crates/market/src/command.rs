//! What the market is asked to do. Commands are journalled as JSON: a change here must still read old journals.

use crate::{BackupPools, PoolTarget, hex};
use ledger::TransferId;
use serde::{Deserialize, Serialize};
use units::{AccountId, ContractId, Hashrate, OrderId, Price, Sats, Work};

/// One step of the market's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Opens an account.
    OpenAccount {
        /// Its name, not taken yet.
        account: AccountId,
    },
    /// Money comes in from outside.
    Deposit {
        /// Whose it becomes.
        account: AccountId,
        /// How much.
        amount: Sats,
        /// What the outside calls this payment: the same reference is the same deposit, and counts once.
        reference: TransferId,
    },
    /// Names the pool that a host's machines work for while no contract needs them.
    SetFallbackPool {
        /// The host.
        account: AccountId,
        /// None: they get no work then.
        pool: Option<PoolTarget>,
    },
    /// Offers hashrate.
    PlaceAsk {
        /// The host.
        account: AccountId,
        /// In H/s, a positive multiple of the lot.
        hashrate: Hashrate,
        /// The lowest price, a positive multiple of the tick.
        price: Price,
    },
    /// Wants hashrate.
    PlaceBid {
        /// The buyer.
        account: AccountId,
        /// In H/s, a positive multiple of the lot.
        hashrate: Hashrate,
        /// The highest price, a positive multiple of the tick.
        price: Price,
        /// All that the contracts of this bid may cost together; at least one sat for each lot.
        budget: Sats,
        /// Where the work goes.
        pool: PoolTarget,
        /// Where it goes when that pool gives none. Older journals have no such field.
        #[serde(default, skip_serializing_if = "BackupPools::is_empty")]
        backups: BackupPools,
        /// How often each machine of its contracts shall find a share: 6 to 20 times a minute, or as the server is set.
        /// Older journals have no such field.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shares_per_minute: Option<u32>,
    },
    /// Takes an order out of the book.
    CancelOrder {
        /// Whose order it is.
        account: AccountId,
        /// The order.
        order: OrderId,
    },
    /// Pays a contract's next epoch. Totals are of the contract since it was opened, this epoch included.
    SettleEpoch {
        /// The contract.
        contract: ContractId,
        /// Its number, from 0, without gaps.
        epoch: u32,
        /// Valid shares.
        shares_total: u64,
        /// Verified work.
        work_total: Work,
        /// `pow::settlement::owed(work_total, price)`; at most the contract's budget.
        owed_total: Sats,
        /// The hash that seals the epoch's record.
        #[serde(with = "hex")]
        epoch_hash: [u8; 32],
    },
    /// Ends a contract and refunds the rest of its budget.
    CloseContract {
        /// The contract.
        contract: ContractId,
        /// Why.
        reason: CloseReason,
    },
}

/// Why a contract ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// The budget pays for no more work.
    BudgetSpent,
    /// The buyer ended it.
    ByBuyer,
    /// The host ended it.
    ByHost,
    /// The proof holds no more workers: nothing more could be proven.
    ProofFull,
}
