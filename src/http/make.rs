//! Answers that are made anew for each request, which may take a while.
//!
//! Not for metrics pages, which the board keeps.
//! Invariant: no async worker makes them, and only so many are in the making at a time.

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tokio::task::spawn_blocking;

use super::error::HttpError;
use super::state::HttpState;

/// The type of [`to_json`]'s content.
pub(super) const JSON: &str = "application/json";

/// Answers with what `make` makes. A request that is given up meanwhile still takes its turn to the end.
pub(super) async fn made(
    state: &HttpState,
    content_type: &'static str,
    make: impl FnOnce() -> Result<Vec<u8>, HttpError> + Send + 'static,
) -> Result<Response, HttpError> {
    let turn = Arc::clone(&state.makers).acquire_owned().await.map_err(|error| HttpError::internal(&error))?;
    let making = spawn_blocking(move || {
        let _turn = turn;
        make()
    });
    let bytes = making.await.map_err(|error| HttpError::internal(&error))??;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], bytes).into_response())
}

/// The JSON of one thing.
pub(super) fn to_json(thing: &impl Serialize) -> Result<Vec<u8>, HttpError> {
    serde_json::to_vec(thing).map_err(|error| HttpError::internal(&error))
}
