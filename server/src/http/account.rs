//! `GET /api/v1/account`

use super::Failure;
use crate::backend::Service;
use api::{Account, Backend, Caller};
use axum::{Extension, Json, extract::State};
use std::sync::Arc;

/// The caller's own account.
pub(crate) async fn read(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Account>, Failure> {
    Ok(Json(service.account(caller).await?))
}
