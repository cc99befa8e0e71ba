//! `GET /api/v1/market`

use super::Failure;
use crate::backend::Service;
use api::{Backend, Market};
use axum::{
    Json,
    extract::{Query, State},
};
use std::sync::Arc;

/// Which book.
#[derive(serde::Deserialize)]
pub(crate) struct Asked {
    product: Option<String>,
}

/// The book of spot, or with `?product=` of that product; the last trade and the contracts.
pub(crate) async fn read(
    State(service): State<Arc<Service>>,
    Query(asked): Query<Asked>,
) -> Result<Json<Market>, Failure> {
    let product = super::product(asked.product.as_deref())?;
    Ok(Json(service.market(product).await?))
}
