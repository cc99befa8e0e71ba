//! What everybody may read.

use super::{Failure, json};
use crate::{backend::Service, http::caller::Peer};
use api::{
    Backend, Book, Caller, Error, Listing, Machine, MarketSettings, Product, Quote, QuoteRequest,
};
use axum::{
    Extension, Json,
    extract::{Path, State, rejection::JsonRejection},
};
use std::sync::Arc;

type Asked<T> = Result<Json<T>, Failure>;

/// `GET /api/v1/market/settings`
pub(super) async fn settings(State(service): State<Arc<Service>>) -> Asked<MarketSettings> {
    Ok(Json(service.market_settings().await?))
}

/// `GET /api/v1/machines`
pub(super) async fn machines(State(service): State<Arc<Service>>) -> Asked<Vec<Machine>> {
    Ok(Json(service.machines().await?))
}

/// `GET /api/v1/listings`
pub(super) async fn listings(State(service): State<Arc<Service>>) -> Asked<Vec<Listing>> {
    Ok(Json(service.listings().await?))
}

/// `GET /api/v1/books/{product}`
pub(super) async fn book(
    State(service): State<Arc<Service>>,
    Path(product): Path<String>,
) -> Asked<Book> {
    let product: Product = product
        .parse()
        .map_err(|_| Error::not_found("There is no such product: spot, 1d, 7d, 30d, 90d."))?;
    Ok(Json(service.book(product).await?))
}

/// `POST /api/v1/quotes`
pub(super) async fn quote(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Extension(peer): Extension<Peer>,
    body: Result<Json<QuoteRequest>, JsonRejection>,
) -> Asked<Quote> {
    Ok(Json(
        service.quote(caller, Some(peer.0), json(body)?).await?,
    ))
}
