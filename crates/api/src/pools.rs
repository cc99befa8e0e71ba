//! A look at a buyer's pool before a contract needs it.

use serde::{Deserialize, Serialize};
use units::{Hashrate, Sats, Work};

/// What is looked at.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolCheck {
    /// `host:port`, with `stratum+tcp://` before it or without.
    pub address: String,
    /// The Stratum login at the pool.
    pub user: String,
    /// Its password; pools mostly take any.
    #[serde(default)]
    pub password: String,
    /// What the contract will deliver: whether the pool's difficulty suits it.
    #[serde(default)]
    pub hashrate_hs: Option<Hashrate>,
}

impl std::fmt::Debug for PoolCheck {
    /// Leaves the password out: this may reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PoolCheck")
            .field("address", &self.address)
            .field("user", &self.user)
            .field("hashrate_hs", &self.hashrate_hs)
            .finish_non_exhaustive()
    }
}

/// What a pool did when it was asked for work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolReport {
    /// The address as it was understood.
    pub address: String,
    /// True where no warning refuses: a contract could begin.
    pub usable: bool,
    /// What a buyer must know, what refuses first.
    pub warnings: Vec<PoolWarning>,
    /// What was found, each in a sentence.
    pub words: Vec<String>,
    /// From the first packet to the open connection.
    pub connect_ms: Option<u64>,
    /// From the first request to the first line of an answer.
    pub answer_ms: Option<u64>,
    /// What became of the login; none where the pool did not say.
    pub login_accepted: Option<bool>,
    /// The pool's difficulty.
    pub difficulty: Option<PoolDifficulty>,
    /// What the pool fixes of the coinbase space.
    pub extranonce1_bytes: Option<u32>,
    /// What it leaves to machines.
    pub extranonce2_bytes: Option<u32>,
    /// The version bits that may be rolled, 8 hex digits; none where version rolling was not negotiated.
    pub version_mask: Option<String>,
    /// The latest job.
    pub job: Option<PoolJob>,
    /// Jobs that came while it was looked.
    pub jobs: u32,
    /// Between the last two jobs, where two came.
    pub job_interval_ms: Option<u64>,
}

/// A pool's difficulty, from the easiest that was seen to the hardest: mostly the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolDifficulty {
    /// The easiest, as Stratum states it, six digits.
    pub least: String,
    /// The hardest.
    pub most: String,
    /// Expected hashes for a share of the easiest.
    pub least_work_hashes: Work,
    /// Expected hashes for a share of the hardest.
    pub most_work_hashes: Work,
    /// Shares a minute that the contract's hashrate would send to the pool, in thousandths, at the hardest; none where no
    /// hashrate was given.
    pub shares_per_minute_thousandths: Option<u64>,
}

/// A pool's job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolJob {
    /// True where it replaces all jobs before it.
    pub clean: bool,
    /// Height of the block, where the coinbase says it.
    pub height: Option<u32>,
    /// Its `ntime`.
    pub at_ms: u64,
    /// Transactions' hashes beside the coinbase: the length of the merkle branch.
    pub branch: u32,
    /// Readable text of the coinbase, by which pools sign their blocks: printable ASCII, 64 characters at most.
    pub tag: String,
    /// Whom the coinbase pays; the first 32.
    pub payouts: Vec<PoolPayout>,
    /// True where the login begins with an address and the coinbase pays it; none where the login holds no address.
    pub pays_login: Option<bool>,
}

/// An output that carries money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolPayout {
    /// Its address; none for a script that has none.
    pub address: Option<String>,
    /// `p2pkh`, `p2sh`, `p2wpkh`, `p2wsh`, `p2tr`, `p2pk`, `op_return` or `other`.
    pub kind: String,
    /// What it pays.
    pub sats: Sats,
}

/// Something a buyer must know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolWarning {
    /// Which.
    pub code: PoolWarningCode,
    /// True where a contract could not begin so.
    pub refuses: bool,
    /// One sentence.
    pub message: String,
}

/// The kinds of warnings; stable in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolWarningCode {
    /// The address is not a public one. Refuses, but where the operator allows private pools.
    PrivateAddress,
    /// The address is this server's own.
    OwnAddress,
    /// No pools at this port.
    PortRefused,
    /// Pools are not reached over TLS yet.
    TlsNotOffered,
    /// The name cannot be resolved.
    NameUnresolved,
    /// No connection.
    Unreachable,
    /// The pool closed the connection.
    Closed,
    /// The pool is silent.
    NoAnswer,
    /// What the pool sends is not Stratum.
    Garbage,
    /// The pool sends more than is read.
    Flood,
    /// The pool refused the subscription.
    SubscribeRefused,
    /// The pool refused the login.
    LoginRefused,
    /// The pool sent no answer to the login.
    LoginUnanswered,
    /// No job came in time.
    NoJob,
    /// The pool asked for another connection at once.
    ReconnectAsked,
    /// The coinbase space passes what is understood.
    ExtranonceTooLarge,
    /// The coinbase is no transaction, or the extranonce could change whom it pays.
    CoinbaseUnreadable,
    /// The coinbase pays no address.
    NoPayout,
    /// The pool leaves machines so few bytes that each would need a session of its own.
    ExtranonceSmall,
    /// The hashrate would find hardly any share of the pool's difficulty.
    DifficultyHigh,
    /// The hashrate would flood the pool with shares.
    DifficultyLow,
    /// The pool allows no version rolling.
    NoVersionRolling,
    /// The login holds no address, which pools that pay by login need.
    LoginWithoutAddress,
    /// The job's block is not the tip of the chain.
    OldBlock,
    /// The connection is not encrypted.
    NotEncrypted,
}
