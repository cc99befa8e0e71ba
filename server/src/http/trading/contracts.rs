//! What the two sides of a contract may ask for.

use super::Failure;
use crate::{
    backend::Service,
    http::{caller::request_key, contract_id},
};
use api::{Backend, Caller, Invoice, NoticeGiven};
use axum::{
    Extension, Json,
    extract::{Path, State},
    http::HeaderMap,
};
use std::sync::Arc;

/// `POST /api/v1/contracts/{id}/notice`
pub(super) async fn notice(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<NoticeGiven>, Failure> {
    let key = request_key(&headers)?;
    let id = contract_id(&id)?;
    Ok(Json(service.give_notice(caller, key, id).await?))
}

/// `GET /api/v1/contracts/{id}/invoice`
pub(super) async fn invoice(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Invoice>, Failure> {
    Ok(Json(service.invoice(caller, contract_id(&id)?).await?))
}
