//! `POST /api/v1/account/deposits`

use super::{Failure, caller::request_key};
use crate::backend::Service;
use api::{Backend, Caller, Deposit, Deposited};
use axum::{
    Extension, Json,
    extract::{State, rejection::JsonRejection},
    http::HeaderMap,
};
use std::sync::Arc;

/// Sandbox money for the caller.
pub(crate) async fn make(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Result<Json<Deposit>, JsonRejection>,
) -> Result<Json<Deposited>, Failure> {
    let key = request_key(&headers)?;
    let deposit = super::body(body, r#"{"amount_sats": "1000000"}"#)?;
    Ok(Json(service.deposit(caller, key, deposit).await?))
}
