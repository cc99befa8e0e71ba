//! Every route there is.

use crate::{
    backend::Service,
    http::{
        account, bundle, caller, contracts, deposits, events, fallback_pool, forms,
        forms::{Forms, render},
        headers, health, market, pools, trading, unknown,
    },
};
use api::Backend;
use app::{App, Assets, shell};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware,
    routing::{any, get, post, put},
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
    let context = move || {
        provide_context(Arc::clone(&backend));
        provide_context(forms::blank());
    };
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
        .route("/api/v1/account", get(account::read))
        .route("/api/v1/account/deposits", post(deposits::make))
        .route(
            "/api/v1/account/fallback-pool",
            put(fallback_pool::set).delete(fallback_pool::remove),
        )
        .route("/api/v1/events", get(events::stream))
        .merge(trading::routes())
        .route("/api/v1/{*rest}", any(unknown::answer))
        .with_state(Arc::clone(&service));
    let posts = Router::new()
        .route("/sign-up", post(forms::sign_up::submit))
        .route("/sign-in", post(forms::sign_in::submit))
        .route("/sign-out", post(forms::sign_out::submit))
        .route("/account", post(forms::account::submit))
        .layer(DefaultBodyLimit::max(forms::BODY_MAX))
        .with_state(Forms {
            service: Arc::clone(&service),
            again: render(context.clone(), page.clone()),
        });
    Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context, page)
        .route("/index.html", get(|| async { StatusCode::NOT_FOUND }))
        .fallback_service(files)
        .with_state(options)
        .merge(api)
        .merge(posts)
        .layer(middleware::from_fn_with_state(service, caller::identify))
        .layer(middleware::from_fn(headers::add))
}
