//! What the caller has to sell.

use super::{Failure, json, number};
use crate::{backend::Service, http::caller::request_key};
use api::{
    Backend, Caller, Fleet, FleetDescription, Listing, NewListing, Numbered, Site, SiteDescription,
    Withdrawn,
};
use axum::{
    Extension, Json,
    extract::{Path, State, rejection::JsonRejection},
    http::HeaderMap,
};
use std::sync::Arc;

type Body<T> = Result<Json<T>, JsonRejection>;
type Answer<T> = Result<Json<T>, Failure>;

/// `GET /api/v1/account/sites`
pub(super) async fn sites(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
) -> Answer<Vec<Site>> {
    Ok(Json(service.sites(caller).await?))
}

/// `GET /api/v1/account/fleets`
pub(super) async fn fleets(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
) -> Answer<Vec<Fleet>> {
    Ok(Json(service.fleets(caller).await?))
}

/// `GET /api/v1/account/listings`
pub(super) async fn own_listings(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
) -> Answer<Vec<Listing>> {
    Ok(Json(service.own_listings(caller).await?))
}

/// `POST /api/v1/sites`
pub(super) async fn new_site(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body<SiteDescription>,
) -> Answer<Numbered> {
    let key = request_key(&headers)?;
    let said = json(body)?;
    Ok(Json(service.describe_site(caller, key, None, said).await?))
}

/// `PUT /api/v1/sites/{id}`
pub(super) async fn site_anew(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Body<SiteDescription>,
) -> Answer<Numbered> {
    let key = request_key(&headers)?;
    let (id, said) = (Some(number(&id)?), json(body)?);
    Ok(Json(service.describe_site(caller, key, id, said).await?))
}

/// `POST /api/v1/fleets`
pub(super) async fn new_fleet(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body<FleetDescription>,
) -> Answer<Numbered> {
    let key = request_key(&headers)?;
    let said = json(body)?;
    Ok(Json(service.describe_fleet(caller, key, None, said).await?))
}

/// `PUT /api/v1/fleets/{id}`
pub(super) async fn fleet_anew(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Body<FleetDescription>,
) -> Answer<Numbered> {
    let key = request_key(&headers)?;
    let (id, said) = (Some(number(&id)?), json(body)?);
    Ok(Json(service.describe_fleet(caller, key, id, said).await?))
}

/// `POST /api/v1/listings`
pub(super) async fn list(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body<NewListing>,
) -> Answer<Numbered> {
    let key = request_key(&headers)?;
    Ok(Json(service.list_capacity(caller, key, json(body)?).await?))
}

/// `POST /api/v1/listings/{id}/withdraw`
pub(super) async fn withdraw(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Answer<Withdrawn> {
    let key = request_key(&headers)?;
    let id = number(&id)?;
    Ok(Json(service.withdraw_listing(caller, key, id).await?))
}
