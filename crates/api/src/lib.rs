#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod backend;
mod contract;
mod error;
mod market;
mod pools;
mod verdict;

pub use backend::{Answer, Backend, LiveEvent};
pub use contract::{
    Bill, Contract, ContractState, ContractSummary, Counts, FailOver, HashrateEstimate,
    PoolTrouble, Settlement, WorkerState, WorkerView,
};
pub use error::{Error, ErrorCode};
pub use market::{Level, Market, Trade};
pub use pools::{
    PoolCheck, PoolDifficulty, PoolJob, PoolPayout, PoolReport, PoolWarning, PoolWarningCode,
};
pub use verdict::{
    AnswerCounts, BlockLine, BuiltOn, Chain, Coinbases, Delivery, Dispersion, Doubt, EpochLine,
    Fault, Hour, InvalidCount, Kept, Outcome, Payout, PoolAnswers, PoolLine, PoolLogin, Refusal,
    Sample, ShareCount, Statistics, Tag, Tail, TailLevel, Terms, Uniformity, Verdict,
    VerifyProgress, Worked, WorkerLine, WorkersLeftOut,
};
