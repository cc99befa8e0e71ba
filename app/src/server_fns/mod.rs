//! What the pages ask of the server: each a thin face of one method of [`api::Backend`].

mod contract;
mod failure;
mod market;
mod pools;

pub use contract::contract;
pub use failure::Failure;
pub use market::market;
pub use pools::check_pool;

#[cfg(feature = "ssr")]
fn backend() -> Result<std::sync::Arc<dyn api::Backend>, Failure> {
    leptos::prelude::use_context().ok_or_else(|| Failure::Refused(api::Error::internal()))
}

/// Without it every failure would be a 500, as if the server were at fault.
#[cfg(feature = "ssr")]
fn send_status(error: &api::Error) {
    use leptos::server_fn::http_export::StatusCode;
    let status = match error.code {
        api::ErrorCode::NotFound => StatusCode::NOT_FOUND,
        api::ErrorCode::Gone => StatusCode::GONE,
        api::ErrorCode::BadRequest => StatusCode::BAD_REQUEST,
        api::ErrorCode::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        api::ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    };
    if let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(status);
    }
}
