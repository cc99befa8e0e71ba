//! What pages are made of.

mod account;
mod agreement;
mod bill;
mod book;
mod buying;
mod contracts;
mod copy;
mod drop_zone;
mod entry;
mod faults;
mod field;
mod focus;
mod header;
mod hosting;
mod limits;
mod listings;
mod live_badge;
mod notice;
mod orders;
mod payment;
mod pool_report;
mod products;
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
pub use agreement::{AgreedTerms, InvoiceView, NoticeForm};
pub use bill::Bill;
pub use book::OrderBook;
pub use buying::{BidForm, QuoteView, WishForm};
pub use contracts::{ContractList, state_words};
pub use copy::CopyBlock;
pub use drop_zone::DropZone;
pub use entry::{Amount, Carried, Done, KeptForm, Select, SignInAgain, SignInFirst, Tick, Ticks};
pub use faults::{Faults, InvalidReasons};
pub use field::{Field, FormError};
pub use header::Header;
pub use hosting::{
    AskForm, FleetForm, Fleets, ListingForm, OwnListings, SiteForm, Sites, fields_of,
};
pub use limits::Limits;
pub use listings::Listings;
pub use live_badge::LiveBadge;
pub use notice::{Loading, Notice};
pub use orders::{OrderButtons, OrderDone, OrderTermsFields, OwnOrders, ReviewView};
pub use pool_report::PoolReportView;
pub use products::ProductBook;
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
