//! The parts of the page for buyers.

mod bid_form;
mod constraints;
mod excluded;
mod fills;
mod pools;
mod quote;
mod wish_form;

pub use bid_form::BidForm;
pub use quote::QuoteView;
pub use wish_form::WishForm;
