//! `PUT` and `DELETE /api/v1/account/fallback-pool`

use super::{Failure, caller::request_key};
use crate::backend::Service;
use api::{Backend, Caller, FallbackPoolSet, SetFallbackPool, WantedPool};
use axum::{
    Extension, Json,
    extract::{State, rejection::JsonRejection},
    http::HeaderMap,
};
use std::sync::Arc;

/// Names the pool for the caller's idle machines.
pub(crate) async fn set(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Result<Json<WantedPool>, JsonRejection>,
) -> Result<Json<FallbackPoolSet>, Failure> {
    let key = request_key(&headers)?;
    let pool = Some(super::body(body, r#"{"address", "user", "password"}"#)?);
    let set = SetFallbackPool { pool };
    Ok(Json(service.set_fallback_pool(caller, key, set).await?))
}

/// Idle machines get no work any more.
pub(crate) async fn remove(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<Json<FallbackPoolSet>, Failure> {
    let key = request_key(&headers)?;
    let set = SetFallbackPool { pool: None };
    Ok(Json(service.set_fallback_pool(caller, key, set).await?))
}
