//! What the pages ask of the server: each a thin face of one method of [`api::Backend`].

mod account;
mod contract;
mod failure;
mod pools;
mod trading;

pub use account::{AccountPageData, account, demo_logins, signed_in};
pub use contract::contract;
pub use failure::Failure;
pub use pools::check_pool;
pub use trading::{
    BuyPageData, Funds, HomePageData, SellPageData, buying, home, invoice, orders, selling, viewer,
};

#[cfg(feature = "ssr")]
fn backend() -> Result<std::sync::Arc<dyn api::Backend>, Failure> {
    leptos::prelude::use_context().ok_or_else(|| Failure::Refused(api::Error::internal()))
}

/// Without it every failure would be a 500, as if the server were at fault.
#[cfg(feature = "ssr")]
fn send_status(error: &api::Error) {
    use leptos::server_fn::http_export::StatusCode;
    let status = StatusCode::from_u16(error.code.http_status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(status);
    }
}

/// The other end of the connection, as the server found out.
#[cfg(feature = "ssr")]
fn address() -> Option<std::net::IpAddr> {
    use leptos::{prelude::use_context, server_fn::http_export::request::Parts};
    use_context::<Parts>()?.extensions.get().copied()
}

/// Who asks, as the server found out.
#[cfg(feature = "ssr")]
fn caller() -> api::Caller {
    use leptos::{prelude::use_context, server_fn::http_export::request::Parts};
    let parts = use_context::<Parts>();
    let caller = parts.and_then(|parts| parts.extensions.get::<api::Caller>().copied());
    caller.unwrap_or(api::Caller::Stranger)
}
