//! What the pages' forms of the market hold: the names of their fields, and how they become requests. The pages that draw a
//! form and the server that carries it out read it here.

mod ask;
mod bid;
mod constraints;
mod entries;
mod names;
mod numbers;
mod sheet;
mod supply;
mod time;

pub use ask::new_ask;
pub use bid::{PASSWORD_GIVEN, new_bid, quote_request};
pub use names::in_form;
pub use numbers::{HASHRATES, PRICES, hashrate_unit, price_unit};
pub use sheet::{Fields, POOL_DOWN, POOL_REJECT, Sheet};
pub use supply::{fleet, listing, site};

pub(crate) use entries::Entries;
