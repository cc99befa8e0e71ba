//! What the pages ask of the server: each a thin face of one method of [`api::Backend`].

mod contract;
mod failure;
mod market;

pub use contract::contract;
pub use failure::Failure;
pub use market::market;

#[cfg(feature = "ssr")]
fn backend() -> Result<std::sync::Arc<dyn api::Backend>, Failure> {
    leptos::prelude::use_context().ok_or_else(|| Failure::Refused(api::Error::internal()))
}
