//! The HTTP face: one verb per file.

pub(crate) mod bundle;
pub(crate) mod contracts;
pub(crate) mod events;
pub(crate) mod headers;
pub(crate) mod health;
pub(crate) mod market;
pub(crate) mod pools;
pub(crate) mod serve;
pub(crate) mod unknown;

use api::ErrorCode;
use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use units::ContractId;

/// An error as JSON, with its status.
pub(crate) struct Failure(pub api::Error);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match self.0.code {
            ErrorCode::NotFound => StatusCode::NOT_FOUND,
            ErrorCode::Gone => StatusCode::GONE,
            ErrorCode::BadRequest => StatusCode::BAD_REQUEST,
            ErrorCode::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(self.0)).into_response()
    }
}

impl From<api::Error> for Failure {
    fn from(error: api::Error) -> Self {
        Self(error)
    }
}

/// A contract's number out of a path or query.
pub(crate) fn contract_id(text: &str) -> Result<ContractId, Failure> {
    text.parse()
        .map_err(|_| api::Error::bad_request("A contract's number is a whole number.").into())
}
