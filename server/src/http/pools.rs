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
    let shape = r#"{"address", "user", "password", "hashrate_hs"}"#;
    let check = super::body(body, shape)?;
    Ok(Json(service.check_pool(check).await?))
}
