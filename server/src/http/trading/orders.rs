//! Orders of the caller's.

use super::{Failure, json, number};
use crate::{
    backend::Service,
    http::caller::{Peer, request_key},
};
use api::{Backend, Caller, Cancelled, NewAsk, NewBid, Order, Placed, ReduceOrder, Reduced};
use axum::{
    Extension, Json,
    extract::{Path, State, rejection::JsonRejection},
    http::HeaderMap,
};
use std::sync::Arc;

/// `GET /api/v1/account/orders`
pub(super) async fn own(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Vec<Order>>, Failure> {
    Ok(Json(service.orders(caller).await?))
}

/// A dry run reads the book as a quote does, and as often.
fn look(service: &Service, peer: Peer, dry_run: bool) -> Result<(), Failure> {
    if dry_run {
        service.looks.of_address(peer.0)?;
    }
    Ok(())
}

/// `POST /api/v1/asks`
pub(super) async fn ask(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Result<Json<NewAsk>, JsonRejection>,
) -> Result<Json<Placed>, Failure> {
    let key = request_key(&headers)?;
    let ask = json(body)?;
    look(&service, peer, ask.dry_run)?;
    Ok(Json(service.place_ask(caller, key, ask).await?))
}

/// `POST /api/v1/bids`
pub(super) async fn bid(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Result<Json<NewBid>, JsonRejection>,
) -> Result<Json<Placed>, Failure> {
    let key = request_key(&headers)?;
    let bid = json(body)?;
    look(&service, peer, bid.dry_run)?;
    Ok(Json(service.place_bid(caller, key, bid).await?))
}

/// `POST /api/v1/orders/{id}/reduce`
pub(super) async fn reduce(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Result<Json<ReduceOrder>, JsonRejection>,
) -> Result<Json<Reduced>, Failure> {
    let key = request_key(&headers)?;
    let (id, reduce) = (number(&id)?, json(body)?);
    look(&service, peer, reduce.dry_run)?;
    Ok(Json(service.reduce_order(caller, key, id, reduce).await?))
}

/// `POST /api/v1/orders/{id}/cancel`
pub(super) async fn cancel(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Cancelled>, Failure> {
    let key = request_key(&headers)?;
    let id = number(&id)?;
    Ok(Json(service.cancel_order(caller, key, id).await?))
}

/// `POST /api/v1/orders/cancel-all`
pub(super) async fn cancel_all(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<Json<Cancelled>, Failure> {
    let key = request_key(&headers)?;
    Ok(Json(service.cancel_all_orders(caller, key).await?))
}
