#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod account;
mod backend;
mod caller;
mod contract;
mod error;
mod market;
mod pools;
mod token;
mod verdict;

pub use account::{
    Account, AccountContract, Deposit, Deposited, FallbackPool, FallbackPoolSet, OpenOrder,
    OrderSide, SetFallbackPool, WantedPool,
};
pub use backend::{Answer, Backend, LiveEvent};
pub use caller::{Caller, DemoLogin, RequestKey, RequestKeyError, Scope};
pub use contract::{
    Bill, Contract, ContractState, ContractSummary, Counts, FailOver, HashrateEstimate,
    PoolTrouble, Settlement, WorkerState, WorkerView,
};
pub use error::{Error, ErrorCode};
pub use market::{Level, Market, Trade};
pub use pools::{
    PoolCheck, PoolDifficulty, PoolJob, PoolPayout, PoolReport, PoolWarning, PoolWarningCode,
};
pub use token::{ApiToken, MadeToken, NewToken};
pub use verdict::{
    AnswerCounts, BlockLine, BuiltOn, Chain, Coinbases, Delivery, Dispersion, Doubt, EpochLine,
    Fault, Hour, InvalidCount, Kept, Outcome, Payout, PoolAnswers, PoolLine, PoolLogin, Refusal,
    Sample, ShareCount, Statistics, Tag, Tail, TailLevel, Terms, Uniformity, Verdict,
    VerifyProgress, Worked, WorkerLine, WorkersLeftOut,
};
