//! What pages are made of.

mod account;
mod bill;
mod book;
mod contracts;
mod copy;
mod drop_zone;
mod faults;
mod field;
mod focus;
mod header;
mod limits;
mod live_badge;
mod notice;
mod payment;
mod pool_report;
mod progress;
mod sample_choice;
mod settlements;
mod slices;
mod stat;
mod theme;
mod time;
mod verdict;
mod verdict_workers;
mod verification;
mod workers;
mod zone;

pub use account::{
    AccountContracts, ApiTokens, DepositForm, FallbackPoolForm, Money, OpenOrders, SignOutForms,
};
pub use bill::Bill;
pub use book::OrderBook;
pub use contracts::{ContractList, state_words};
pub use copy::CopyBlock;
pub use drop_zone::DropZone;
pub use faults::{Faults, InvalidReasons};
pub use field::{Field, FormError};
pub use header::Header;
pub use limits::Limits;
pub use live_badge::LiveBadge;
pub use notice::{Loading, Notice};
pub use pool_report::PoolReportView;
pub use progress::Progress;
pub use sample_choice::SampleChoice;
pub use settlements::Settlements;
pub use slices::{Slice, Slices};
pub use stat::Stat;
pub use theme::ThemeButton;
pub use time::Time;
pub use verdict::VerdictView;
pub use verdict_workers::VerdictWorkers;
pub use verification::VerificationView;
pub use workers::Workers;
pub use zone::{ZoneButton, ZoneChoice};
