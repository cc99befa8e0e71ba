//! `GET /api/v1/market`

use super::Failure;
use crate::backend::Service;
use api::{Backend, Market};
use axum::{Json, extract::State};
use std::sync::Arc;

/// The book, the last trade and the contracts.
pub(crate) async fn read(State(service): State<Arc<Service>>) -> Result<Json<Market>, Failure> {
    Ok(Json(service.market().await?))
}
