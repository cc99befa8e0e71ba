//! Orders: their terms, a look before they are placed, and the list of those that wait.

mod book_orders;
mod buttons;
mod done;
mod rejects;
mod review;
mod terms;

pub use book_orders::OwnOrders;
pub use buttons::OrderButtons;
pub use done::OrderDone;
pub use review::ReviewView;
pub use terms::OrderTermsFields;
