//! Which path is answered by whom.
//!
//! Not the answers.
//! Invariant: whatever is asked is answered within the request's limit, and errors are always JSON.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::time::timeout;

use super::error::HttpError;
use super::state::HttpState;
use super::{api, assets, explain, operate, pack, scrape};

/// Every path there is. What answers `GET` answers `HEAD` too. Bodies of requests are never read:
/// the connection is closed after the answer if one was sent.
pub(super) fn router(state: Arc<HttpState>) -> Router {
    Router::new()
        .route("/", get(operate::landing_page))
        .route("/assets/{file}", get(assets::asset))
        .route("/metrics", get(scrape::metrics))
        .route("/api/v1/clusters", get(api::clusters))
        .route("/api/v1/clusters/{cluster}", get(api::cluster))
        .route("/api/v1/clusters/{cluster}/overview", get(api::overview))
        .route("/api/v1/clusters/{cluster}/groups", get(api::groups))
        .route("/api/v1/clusters/{cluster}/groups/{group}", get(api::group))
        .route("/api/v1/clusters/{cluster}/group", get(api::group_asked))
        .route("/api/v1/clusters/{cluster}/topics", get(api::topics))
        .route("/api/v1/clusters/{cluster}/topics/{topic}", get(api::topic))
        .route("/api/v1/clusters/{cluster}/findings", get(api::findings))
        .route("/api/v1/openapi.json", get(api::openapi))
        .route("/api/v1/clusters/{cluster}/explain", get(explain::explain))
        .route("/-/healthy", get(operate::healthy))
        .route("/-/ready", get(operate::ready))
        .route("/-/reload", post(operate::reload).put(operate::reload))
        .fallback(|uri: Uri| async move { HttpError::not_found(format!("there is nothing at `{}`", uri.path())) })
        .method_not_allowed_fallback(|| async { HttpError::method_not_allowed() })
        .layer(from_fn_with_state(Arc::clone(&state.makers), pack::packed))
        .layer(from_fn_with_state(state.limits.request, in_time))
        .layer(from_fn(assets::guarded))
        .with_state(state)
}

async fn in_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => HttpError::unavailable("the answer took too long").into_response(),
    }
}
