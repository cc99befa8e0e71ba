//! A contract and its delivery.

use crate::{Attributes, Product, RejectTerms};
use serde::{Deserialize, Serialize};
use units::{Hashrate, Price, Sats, Work};

/// Where a contract stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContractState {
    /// Machines deliver.
    Live,
    /// Its budget is spent.
    BudgetSpent,
    /// The buyer gave notice.
    ClosedByBuyer,
    /// The host gave notice.
    ClosedByHost,
    /// The agreed time is over.
    TermOver,
    /// Its proof holds no more workers.
    ProofFull,
}

/// One line of the list of contracts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractSummary {
    /// Its number.
    pub id: u64,
    /// Who pays.
    pub buyer: String,
    /// Whose machines deliver.
    pub host: String,
    /// Agreed.
    pub hashrate_hs: Hashrate,
    /// Agreed.
    pub price_sats_per_phs_day: Price,
    /// What was sold.
    #[serde(default)]
    pub product: Product,
    /// Where it stands.
    pub state: ContractState,
    /// Delivered over the last ten minutes at most, with its interval.
    pub delivered: HashrateEstimate,
    /// Paid so far, host and fee together.
    pub paid_sats: Sats,
}

/// A contract with its delivery so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// When this was read.
    pub at_ms: u64,
    /// Its number.
    pub id: u64,
    /// Who pays.
    pub buyer: String,
    /// Whose machines deliver.
    pub host: String,
    /// Agreed.
    pub hashrate_hs: Hashrate,
    /// Agreed.
    pub price_sats_per_phs_day: Price,
    /// The most that will be paid.
    pub budget_sats: Sats,
    /// The operator's part of each payment, in hundredths of a percent.
    pub fee_bps: u16,
    /// Opening.
    pub opened_at_ms: u64,
    /// Intended length of an epoch.
    pub epoch_length_ms: u64,
    /// The buyer's pool, `host:port`.
    pub pool: String,
    /// True while the pool's session is up and has given a job.
    pub pool_connected: bool,
    /// Shares a minute that each machine is steered to.
    pub shares_per_minute: u32,
    /// Its backups, and which pool gets the work now.
    #[serde(default)]
    pub fail_over: FailOver,
    /// Where it stands.
    pub state: ContractState,
    /// What else was agreed.
    #[serde(default)]
    pub agreed: Agreed,
    /// From opening (or the start of the last ten minutes, where that is later) to now.
    pub delivered: HashrateEstimate,
    /// The time that `delivered` is over.
    pub delivered_over_ms: u64,
    /// Shares since opening (rejects: since the server's start).
    pub counts: Counts,
    /// Work of the accepted shares.
    pub work_hashes: Work,
    /// The last accepted share since the server's start.
    pub last_share_at_ms: Option<u64>,
    /// Money.
    pub bill: Bill,
    /// The logins that mine, with those that went offline.
    pub workers: Vec<WorkerView>,
    /// Settled epochs, newest first, 60 at most.
    pub settlements: Vec<Settlement>,
    /// Where the open epoch ends, while the contract is live.
    pub epoch_ends_at_ms: Option<u64>,
    /// Size of the proof bundle so far.
    pub bundle_bytes: u64,
    /// When the shares were removed, where the operator keeps them for a time only: then there is no bundle any more.
    pub shares_removed_at_ms: Option<u64>,
    /// Accepted work per ten seconds, oldest first, as hashrate: what the page draws; at most 60 points.
    pub history: Vec<Hashrate>,
}

/// What a contract agrees on beside hashrate, price, budget and pools.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// What was sold.
    pub product: Product,
    /// Of a term contract.
    pub term: Option<TermAgreed>,
    /// The end, where a side told it.
    pub notice: Option<Notice>,
    /// Whose capacity it is; none for a host that listed none.
    pub listing: Option<u64>,
    /// What the host stated of it when the ask was placed.
    pub attributes: Attributes,
    /// Who pays for refused work.
    #[serde(default)]
    pub rejects: RejectTerms,
}

/// The promise of a term contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermAgreed {
    /// The trade.
    pub starts_at_ms: u64,
    /// The agreed end.
    pub ends_at_ms: u64,
    /// What the host put up.
    pub bond_sats: Sats,
    /// Where it is.
    pub bond_state: BondState,
    /// What the buyer got of it; the host got the rest.
    pub bond_forfeited_sats: Sats,
    /// How much less than the agreed hashrate still keeps the promise, in parts per million.
    pub tolerance_ppm: u32,
    /// How sure one must be that it was not kept, in parts per million.
    pub confidence_ppm: u32,
}

/// Where a bond is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BondState {
    /// It stands.
    Posted,
    /// The contract is over: it was shared between host and buyer.
    Ended,
}

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
    /// The last epoch that is delivered and paid; the one after it where this one was sealed just as notice came.
    pub last_epoch: u32,
}

/// Notice that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeGiven {
    /// The contract.
    pub contract: u64,
    /// The first notice: a second one changes nothing.
    pub notice: Notice,
}

/// What stands behind a contract's first pool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailOver {
    /// The pools that take over, `host:port`, in the order in which they are tried.
    pub backups: Vec<String>,
    /// The pool that gets the work now, `host:port`; none while no pool gives any.
    pub serving: Option<String>,
    /// What is wrong with a pool, the latest: `host:port`, when it was noticed, and a sentence of the server's own.
    pub trouble: Option<PoolTrouble>,
    /// Bytes of extranonce2 that the serving pool leaves, where they are too few to be shared: then each machine has a
    /// session of its own with the pool, 64 at most.
    pub small_extranonce2_bytes: Option<u32>,
}

/// Why a pool gets no work, or what else is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolTrouble {
    /// Which, `host:port`.
    pub pool: String,
    /// When it was last noticed.
    pub at_ms: u64,
    /// A sentence.
    pub why: String,
}

/// A hashrate with its 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashrateEstimate {
    /// The estimate.
    pub estimate_hs: Hashrate,
    /// Lower bound.
    pub low_hs: Hashrate,
    /// Upper bound.
    pub high_hs: Hashrate,
}

/// Shares by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// They count.
    pub accepted: u64,
    /// Their job was unknown or its block no longer the tip.
    pub stale: u64,
    /// Duplicate, low difficulty, ntime out of range, or any other reason.
    pub rejected: u64,
    /// Accepted ones that also met the pool's target and were sent on.
    pub forwarded: u64,
    /// Accepted ones that met the pool's target and could not be sent: its connection was gone or too slow.
    pub not_sent: u64,
    /// Of those sent, the pool accepted.
    pub pool_accepted: u64,
    /// Of those sent, the pool rejected.
    pub pool_rejected: u64,
}

/// The contract's money, from the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// In escrow now.
    pub escrow_sats: Sats,
    /// Paid so far: host and fee together.
    pub paid_sats: Sats,
    /// Of that, the operator's.
    pub fee_sats: Sats,
    /// Owed for shares of the open epoch, not settled yet.
    pub open_sats: Sats,
}

/// What a machine does, as a contract of its host sees it. Of a login with several machines what comes first here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkerState {
    /// It serves this contract.
    Working,
    /// It serves another contract of its host at the moment.
    Elsewhere,
    /// It is connected, and no contract needs it at the moment, or none has work for it.
    Idle,
    /// It is connected, but found no share for so long that others do its work.
    Silent,
    /// It is not connected.
    Offline,
}

/// What one login delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerView {
    /// The Stratum login.
    pub login: String,
    /// True while a machine is connected under it: in every state but `offline`.
    pub online: bool,
    /// What it does.
    pub state: WorkerState,
    /// Its accepted shares.
    pub shares: u64,
    /// Its hashrate, over the last ten minutes at most.
    pub hashrate: HashrateEstimate,
    /// Its difficulty now, as Stratum states it.
    pub difficulty: String,
    /// Its last accepted share.
    pub last_share_at_ms: Option<u64>,
}

/// A settled epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Number of the epoch, from 0.
    pub epoch: u32,
    /// When it was settled.
    pub at_ms: u64,
    /// Shares of the contract so far.
    pub shares_total: u64,
    /// Work of the contract so far.
    pub work_total_hashes: Work,
    /// Paid for this epoch to the host.
    pub host_sats: Sats,
    /// Paid for this epoch to the operator.
    pub fee_sats: Sats,
    /// Paid for the contract so far, host and fee together.
    pub paid_total_sats: Sats,
    /// Hash of the epoch's record in the bundle, in hex.
    pub epoch_hash: String,
}
