//! One page per address.

mod contract;
mod home;
mod not_found;
mod pool_check;
mod verify;

pub use contract::ContractPage;
pub use home::HomePage;
pub use not_found::NotFound;
pub use pool_check::PoolCheckPage;
pub use verify::VerifyPage;
