//! An account as its owner sees it, and what he does with it.

use crate::ContractSummary;
use serde::{Deserialize, Serialize};
use units::{AccountId, Hashrate, Price, Sats};

/// An account, its money and what it is bound by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// When this was read.
    pub at_ms: u64,
    /// Its name.
    pub name: AccountId,
    /// What can be spent.
    pub available_sats: Sats,
    /// What is reserved for open orders: bids' budgets and the bonds of term asks.
    pub held_sats: Sats,
    /// What the escrows of contracts that it pays hold, together.
    pub escrow_sats: Sats,
    /// The bonds of live contracts that its machines deliver, together.
    pub bond_sats: Sats,
    /// The most that one deposit of sandbox money may be; none where there are no deposits.
    pub deposit_max_sats: Option<Sats>,
    /// Contracts that it pays, newest first: the latest 100.
    pub buying: Vec<AccountContract>,
    /// Contracts that its machines deliver, newest first: the latest 100.
    pub hosting: Vec<AccountContract>,
    /// Its orders in the book, oldest first: 100 at most.
    pub orders: Vec<OpenOrder>,
    /// Where its machines work while no contract needs them.
    pub fallback_pool: Option<FallbackPool>,
}

/// A contract of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountContract {
    /// As everybody sees it.
    pub contract: ContractSummary,
    /// What its escrow holds now.
    pub escrow_sats: Sats,
}

/// Which way an order trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderSide {
    /// Buys hashrate.
    Bid,
    /// Sells hashrate.
    Ask,
}

/// An order in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenOrder {
    /// Its number.
    pub id: u64,
    /// Bid or ask.
    pub side: OrderSide,
    /// Its limit.
    pub price_sats_per_phs_day: Price,
    /// All that it wanted to trade.
    pub hashrate_hs: Hashrate,
    /// What it still wants to trade.
    pub remaining_hs: Hashrate,
    /// What is reserved for it: a bid's budget or the bonds of a term ask; none for a spot ask.
    pub held_sats: Option<Sats>,
}

/// Where idle machines work. The pool's password is never shown again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FallbackPool {
    /// `host:port`.
    pub address: String,
    /// The Stratum login there.
    pub user: String,
}

/// Sandbox money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposit {
    /// How much: at least one sat.
    pub amount_sats: Sats,
}

/// Money that came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposited {
    /// The ledger's transfer, 32 hex digits.
    pub transfer: String,
    /// How much.
    pub amount_sats: Sats,
}

/// Names or removes the pool of idle machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetFallbackPool {
    /// None: idle machines get no work.
    pub pool: Option<WantedPool>,
}

/// A pool and the login there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedPool {
    /// `host:port`, with `stratum+tcp://` before it or without.
    pub address: String,
    /// The Stratum login.
    pub user: String,
    /// Its password; pools mostly take any.
    #[serde(default)]
    pub password: String,
}

impl std::fmt::Debug for WantedPool {
    /// Leaves the password out: this may reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WantedPool")
            .field("address", &self.address)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// What is set now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FallbackPoolSet {
    /// None: idle machines get no work.
    pub pool: Option<FallbackPool>,
}
