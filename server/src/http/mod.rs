//! The HTTP face: one verb per file.

pub(crate) mod account;
pub(crate) mod bundle;
pub(crate) mod caller;
pub(crate) mod contracts;
pub(crate) mod deposits;
pub(crate) mod events;
pub(crate) mod fallback_pool;
pub(crate) mod forms;
pub(crate) mod headers;
pub(crate) mod health;
pub(crate) mod market;
pub(crate) mod pools;
pub(crate) mod serve;
pub(crate) mod trading;
pub(crate) mod unknown;

use api::{ErrorCode, Product};
use axum::{
    Json,
    extract::rejection::JsonRejection,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use units::ContractId;

/// An error as JSON, with its status.
pub(crate) struct Failure(pub api::Error);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = status(self.0.code);
        let retry_after = self.0.retry_after_s.map(HeaderValue::from);
        let mut response = (status, Json(self.0)).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        if status == StatusCode::UNAUTHORIZED {
            let how = HeaderValue::from_static("Bearer realm=\"assay\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, how);
        }
        response
    }
}

impl From<api::Error> for Failure {
    fn from(error: api::Error) -> Self {
        Self(error)
    }
}

/// The status of an answer with this code.
pub(crate) fn status(code: ErrorCode) -> StatusCode {
    StatusCode::from_u16(code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A body that is to be JSON of this shape.
pub(crate) fn body<T>(body: Result<Json<T>, JsonRejection>, shape: &str) -> Result<T, Failure> {
    body.map(|Json(body)| body).map_err(|_| {
        let words = format!("The body must be JSON: {shape}, with content-type application/json.");
        api::Error::bad_request(words).into()
    })
}

/// A product out of a query; spot where none is named.
pub(crate) fn product(text: Option<&str>) -> Result<Product, Failure> {
    let product = text.map_or(Ok(Product::Spot), str::parse);
    let words = "There is no such product: spot, 1d, 7d, 30d, 90d.";
    product.map_err(|_| api::Error::bad_request(words).about("product").into())
}

/// A contract's number out of a path or query.
pub(crate) fn contract_id(text: &str) -> Result<ContractId, Failure> {
    text.parse()
        .map_err(|_| api::Error::bad_request("A contract's number is a whole number.").into())
}
