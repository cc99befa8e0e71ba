//! What the two sides of a contract may ask for.

use super::Failure;
use crate::{
    backend::{Service, invoice_csv},
    http::{caller::request_key, contract_id},
};
use api::{Backend, Caller, Error, Invoice, InvoiceRange, NoticeGiven};
use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
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
    asked: Result<Query<Lines>, QueryRejection>,
) -> Result<Json<Invoice>, Failure> {
    let id = contract_id(&id)?;
    let words = "from and limit are whole numbers: ?from=EPOCH&limit=LINES.";
    let Query(asked) = asked.map_err(|_| Error::bad_request(words))?;
    let lines = InvoiceRange {
        from: asked.from.unwrap_or(0),
        limit: asked.limit.unwrap_or(InvoiceRange::MAX),
    };
    Ok(Json(service.invoice(caller, id, lines).await?))
}

/// Which lines of an invoice.
#[derive(serde::Deserialize)]
pub(super) struct Lines {
    from: Option<u32>,
    limit: Option<u32>,
}

/// `GET /api/v1/contracts/{id}/invoice.csv`
pub(super) async fn invoice_file(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let id = contract_id(&id)?;
    let lines = invoice_csv(&service, caller, id).await?;
    let name = format!("attachment; filename=\"contract-{id}-invoice.csv\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, Body::from_stream(lines)).into_response())
}
