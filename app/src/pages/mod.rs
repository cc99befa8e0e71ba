//! One page per address.

mod account;
mod contract;
mod home;
mod not_found;
mod pool_check;
mod sign_in;
mod sign_up;
mod verify;

pub use account::AccountPage;
pub use contract::ContractPage;
pub use home::HomePage;
pub use not_found::NotFound;
pub use pool_check::PoolCheckPage;
pub use sign_in::SignInPage;
pub use sign_up::SignUpPage;
pub use verify::VerifyPage;
