//! What operators and their machinery ask: the landing page, life, readiness, reload.
//!
//! Not how a reload is done; that is asked of whoever owns the configuration.
//! Invariant: trouble with Kafka makes none of these fail, once they were well.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;

use super::error::HttpError;
use super::make::made;
use super::state::{HttpState, ReloadRequest};
use super::view::view;
use crate::render::{LandingPage, landing_page as write_landing_page};

pub(super) async fn landing_page(State(state): State<Arc<HttpState>>) -> Result<Response, HttpError> {
    let (clusters, stale_after, now) = (state.board.clusters(), state.board.stale_after(), state.clock.moment());
    let make = move || {
        let views: Vec<_> = clusters.iter().map(|published| view(published, now, stale_after)).collect();
        let page = LandingPage { version: env!("CARGO_PKG_VERSION"), clusters: &views };
        let mut html = Vec::new();
        write_landing_page(&page, &mut html).map_err(|error| HttpError::internal(&error))?;
        Ok(html)
    };
    made(&state, "text/html; charset=utf-8", make).await
}

pub(super) async fn healthy() -> &'static str {
    "Highwater is healthy.\n"
}

pub(super) async fn ready(State(state): State<Arc<HttpState>>) -> Result<&'static str, HttpError> {
    if state.board.is_ready() {
        return Ok("Highwater is ready.\n");
    }
    Err(HttpError::unavailable("not every cluster has been polled once yet"))
}

/// Hands the request on and waits for its result, at most as long as any request may take.
pub(super) async fn reload(State(state): State<Arc<HttpState>>) -> Result<String, HttpError> {
    let (reply, result) = oneshot::channel();
    state.reload.try_send(ReloadRequest { reply }).map_err(|error| match error {
        TrySendError::Full(_) => HttpError::unavailable("a reload is under way; ask again when it is done"),
        TrySendError::Closed(_) => HttpError::unavailable("the exporter is stopping"),
    })?;
    match result.await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(mistakes)) => Err(HttpError::failed(mistakes)),
        Err(_) => Err(HttpError::unavailable("the exporter stopped before the reload was done")),
    }
}
