//! `GET /api/v1/contracts/{id}`

use super::{Failure, contract_id};
use crate::backend::Service;
use api::{Backend, Contract};
use axum::{
    Json,
    extract::{Path, State},
};
use std::sync::Arc;

/// One contract with its delivery so far.
pub(crate) async fn read(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
) -> Result<Json<Contract>, Failure> {
    Ok(Json(service.contract(contract_id(&id)?).await?))
}
