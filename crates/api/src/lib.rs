#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod account;
mod backend;
mod caller;
mod choices;
mod contract;
mod error;
mod invoice;
mod market;
mod order;
mod pools;
mod product;
mod quote;
mod rejects;
mod settings;
mod supply;
mod token;
mod verdict;

pub use account::{
    Account, AccountContract, Deposit, Deposited, FallbackPool, FallbackPoolSet, OpenOrder,
    OrderSide, SetFallbackPool, WantedPool,
};
pub use backend::{Answer, Backend, LiveEvent};
pub use caller::{Caller, DemoLogin, RequestKey, RequestKeyError, Scope};
pub use choices::{Constraint, Cooling, Energy, Grid, NoSuchChoice, TariffUnit};
pub use contract::{
    Agreed, Bill, BondState, Contract, ContractState, ContractSummary, Counts, FailOver,
    HashrateEstimate, Notice, NoticeGiven, Party, PoolTrouble, Settlement, TermAgreed, WorkerState,
    WorkerView,
};
pub use error::{Error, ErrorCode};
pub use invoice::{Invoice, InvoiceLine};
pub use market::{Level, Market, Trade};
pub use order::{
    Cancelled, Constraints, EnergyShare, NewAsk, NewBid, Numbered, Order, OrderTerms, Placed,
    PlacedFill, ReduceOrder, Reduced, SelfTrade, TimeInForce, Withdrawn,
};
pub use pools::{
    PoolCheck, PoolDifficulty, PoolJob, PoolPayout, PoolReport, PoolWarning, PoolWarningCode,
};
pub use product::{Product, ProductError};
pub use quote::{CountryPart, Excluded, Leaving, Quote, QuoteRequest};
pub use rejects::{Payer, RejectTerms};
pub use settings::{Book, MarketSettings};
pub use supply::{
    Attributes, Carbon, Curtailment, EnergyPart, Fleet, FleetDescription, HostRating, Listing,
    Machine, NewListing, Site, SiteDescription, Tariff,
};
pub use token::{ApiToken, MadeToken, NewToken};
pub use verdict::{
    AnswerCounts, BlockLine, BuiltOn, Chain, Coinbases, Delivery, Dispersion, Doubt, EpochLine,
    Fault, Hour, InvalidCount, Kept, Outcome, Payout, PoolAnswers, PoolLine, PoolLogin, Refusal,
    Sample, ShareCount, Statistics, Tag, Tail, TailLevel, Terms, Uniformity, Verdict,
    VerifyProgress, Worked, WorkerLine, WorkersLeftOut,
};
