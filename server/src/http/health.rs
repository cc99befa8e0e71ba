//! `GET /api/v1/health`

use axum::Json;

/// Answers while the server runs.
pub(crate) async fn read() -> Json<&'static str> {
    Json("ok")
}
