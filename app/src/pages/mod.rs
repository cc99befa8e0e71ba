//! One page per address.

mod contract;
mod home;
mod not_found;
mod verify;

pub use contract::ContractPage;
pub use home::HomePage;
pub use not_found::NotFound;
pub use verify::VerifyPage;
