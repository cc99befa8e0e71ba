//! `GET /api/v1/health`

use crate::backend::Service;
use axum::{Json, extract::State, http::StatusCode};
use std::sync::Arc;

/// Answers while the server runs: `"ok"`, or why no more shares are taken, with 503.
pub(crate) async fn read(State(service): State<Arc<Service>>) -> (StatusCode, Json<String>) {
    match service.no_room() {
        None => (StatusCode::OK, Json("ok".into())),
        Some(why) => {
            let why = format!("no more shares are taken: {why}");
            (StatusCode::SERVICE_UNAVAILABLE, Json(why))
        }
    }
}
