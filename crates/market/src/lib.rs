#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::float_arithmetic,
        clippy::indexing_slicing
    )
)]

mod accounts;
mod agreement;
pub mod assignment;
mod bond;
mod command;
mod contract;
mod decide;
mod ending;
mod event;
mod hex;
mod invoice;
mod limits;
mod matching;
mod notice;
mod orders;
mod pool;
mod product;
mod quote;
mod rating;
mod refusal;
mod rejects;
mod reserve;
mod settlement;
mod share_pace;
mod snapshot;
mod state;
mod status;
mod step;
mod supply;
mod transfers;

#[cfg(test)]
mod tests;

pub use agreement::{Agreed, Agreement, EpochDelivery, TermContract};
pub use bond::{BOND_BPS, Bond, BondRefusal, BondState, Term, bond_for, notional};
pub use command::Command;
pub use contract::{Contract, ContractState};
pub use event::{Event, Settlement, Trade};
pub use invoice::{Invoice, InvoiceFault, InvoiceLine};
pub use limits::Limits;
pub use notice::{Notice, Party};
pub use orders::Bid;
pub use pool::{BackupPools, PoolError, PoolTarget};
pub use pow::settlement::CloseReason;
pub use product::{OrderTerms, Product};
pub use quote::{MarketQuote, QuoteRequest};
pub use rating::Record;
pub use refusal::Refusal;
pub use rejects::borne_by_host;
pub use reserve::Reserve;
pub use settlement::EpochPay;
pub use share_pace::SharePace;
pub use snapshot::{BadSnapshot, RULES, Rest, Snapshot};
pub use state::{Market, Settings};
pub use supply::{
    Carbon, Curtailment, Fleet, Label, Listing, Machine, Model, SUPPLY_MAX, Site, SiteDescription,
    SiteFault, Tariff,
};
pub use transfers::{Purpose, deposit_id};
