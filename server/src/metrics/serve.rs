//! Their own port: what is told there is for the operator alone.

use super::Metrics;
use axum::{Router, http::header::CONTENT_TYPE, response::IntoResponse, routing::get};
use std::{io, sync::Arc};
use tokio::net::TcpListener;

const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers `GET /metrics` until the listener fails.
///
/// # Errors
/// Why it failed.
pub async fn serve(listener: TcpListener, metrics: Arc<Metrics>) -> io::Result<()> {
    let answer = move || {
        let text = metrics.text();
        async move { ([(CONTENT_TYPE, FORMAT)], text).into_response() }
    };
    let router = Router::new().route("/metrics", get(answer));
    crate::http::serve::serve(listener, router, Arc::default()).await
}
