//! One page per address.

mod account;
mod buy;
mod contract;
mod home;
mod invoice;
mod not_found;
mod orders;
mod pool_check;
mod sell;
mod sign_in;
mod sign_up;
mod verify;

pub use account::AccountPage;
pub use buy::BuyPage;
pub use contract::ContractPage;
pub use home::HomePage;
pub use invoice::InvoicePage;
pub use not_found::NotFound;
pub use orders::OrdersPage;
pub use pool_check::PoolCheckPage;
pub use sell::SellPage;
pub use sign_in::SignInPage;
pub use sign_up::SignUpPage;
pub use verify::VerifyPage;
