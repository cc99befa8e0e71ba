//! The routes of the trading API.

mod contracts;
mod orders;
mod reading;
mod supply;

use super::Failure;
use crate::backend::Service;
use api::Error;
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, rejection::JsonRejection},
    routing::{get, post, put},
};
use std::{str::FromStr, sync::Arc};

/// A bid with four pools and every country.
const BODY_MAX: usize = 16_384;
/// Of what a reader of JSON says.
const REASON_MAX: usize = 480;

pub(crate) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/api/v1/market/settings", get(reading::settings))
        .route("/api/v1/machines", get(reading::machines))
        .route("/api/v1/books/{product}", get(reading::book))
        .route("/api/v1/quotes", post(reading::quote))
        .route(
            "/api/v1/listings",
            get(reading::listings).post(supply::list),
        )
        .route("/api/v1/listings/{id}/withdraw", post(supply::withdraw))
        .route("/api/v1/sites", post(supply::new_site))
        .route("/api/v1/sites/{id}", put(supply::site_anew))
        .route("/api/v1/fleets", post(supply::new_fleet))
        .route("/api/v1/fleets/{id}", put(supply::fleet_anew))
        .route("/api/v1/account/sites", get(supply::sites))
        .route("/api/v1/account/fleets", get(supply::fleets))
        .route("/api/v1/account/listings", get(supply::own_listings))
        .route("/api/v1/account/orders", get(orders::own))
        .route("/api/v1/asks", post(orders::ask))
        .route("/api/v1/bids", post(orders::bid))
        .route("/api/v1/orders/cancel-all", post(orders::cancel_all))
        .route("/api/v1/orders/{id}/reduce", post(orders::reduce))
        .route("/api/v1/orders/{id}/cancel", post(orders::cancel))
        .route("/api/v1/contracts/{id}/notice", post(contracts::notice))
        .route("/api/v1/contracts/{id}/invoice", get(contracts::invoice))
        .route(
            "/api/v1/contracts/{id}/invoice.csv",
            get(contracts::invoice_file),
        )
        .layer(DefaultBodyLimit::max(BODY_MAX))
}

/// A number out of a path.
fn number<T: FromStr>(text: &str) -> Result<T, Failure> {
    let number = text.parse();
    number.map_err(|_| Error::bad_request("The number in the path is no whole number.").into())
}

/// The body, or what is wrong with it.
fn json<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Failure> {
    body.map(|Json(body)| body).map_err(|why| {
        let reason: String = why.body_text().chars().take(REASON_MAX).collect();
        let words = format!("The body is not what this route takes. {reason}");
        Error::bad_request(words).into()
    })
}
