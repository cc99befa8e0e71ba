//! Every route there is.

use crate::{
    backend::Service,
    http::{bundle, contracts, events, headers, health, market, pools, unknown},
};
use api::Backend;
use app::{App, Assets, shell};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware,
    routing::{any, get, post},
};
use leptos::prelude::{LeptosOptions, provide_context};
use leptos_axum::{LeptosRoutes, generate_route_list, render_app_to_stream_with_context};
use std::{path::Path, sync::Arc};
use tower_http::services::ServeDir;

pub(crate) fn router(service: Arc<Service>, assets: Assets, dist: &Path) -> Router {
    let options = LeptosOptions::builder()
        .output_name("client")
        .site_root(dist.display().to_string())
        .build();
    let backend: Arc<dyn Backend> = service.clone();
    let context = move || provide_context(Arc::clone(&backend));
    let page = move || shell(assets.clone());
    // What is neither a file nor a route is the app's own page for that, with status 404.
    let not_found = render_app_to_stream_with_context(context.clone(), page.clone());
    let files = ServeDir::new(dist)
        // Trunk's own page has no server-rendered body to hydrate.
        .append_index_html_on_directories(false)
        .precompressed_br()
        .fallback(get(not_found));
    let api = Router::new()
        .route("/api/v1/health", get(health::read))
        .route("/api/v1/market", get(market::read))
        .route("/api/v1/contracts/{id}", get(contracts::read))
        .route("/api/v1/contracts/{id}/bundle", get(bundle::download))
        .route(
            "/api/v1/pools/check",
            post(pools::check).layer(DefaultBodyLimit::max(pools::BODY_MAX)),
        )
        .route("/api/v1/events", get(events::stream))
        .route("/api/v1/{*rest}", any(unknown::answer))
        .with_state(service);
    Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context, page)
        .route("/index.html", get(|| async { StatusCode::NOT_FOUND }))
        .fallback_service(files)
        .with_state(options)
        .merge(api)
        .layer(middleware::from_fn(headers::add))
}
