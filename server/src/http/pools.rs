//! `POST /api/v1/pools/check`

use super::Failure;
use crate::backend::Service;
use api::{Backend, PoolCheck, PoolReport};
use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
};
use std::sync::Arc;

/// An address, a login and a number.
pub(crate) const BODY_MAX: usize = 4_096;

/// Connects to a buyer's pool and tells what it does.
pub(crate) async fn check(
    State(service): State<Arc<Service>>,
    body: Result<Json<PoolCheck>, JsonRejection>,
) -> Result<Json<PoolReport>, Failure> {
    let Json(check) = body.map_err(|_| {
        let words = "The body must be JSON: {\"address\", \"user\", \"password\", \"hashrate_hs\"}, with content-type application/json.";
        api::Error::bad_request(words)
    })?;
    Ok(Json(service.check_pool(check).await?))
}
