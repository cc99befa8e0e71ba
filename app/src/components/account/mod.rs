//! The parts of the account's page.

mod contracts;
mod deposit;
mod fallback_pool;
mod machine_passwords;
mod money;
mod orders;
mod sign_out;
mod tokens;

pub use contracts::AccountContracts;
pub use deposit::DepositForm;
pub use fallback_pool::FallbackPoolForm;
pub use money::Money;
pub use orders::OpenOrders;
pub use sign_out::SignOutForms;
pub use tokens::ApiTokens;
