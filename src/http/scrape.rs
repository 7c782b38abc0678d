//! `/metrics`.
//!
//! Nothing is rendered here: the board has the page, the registry our own counters.
//! Invariant: every answer has a content type; without one Prometheus 3 refuses the scrape.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::body::Pieces;
use super::error::HttpError;
use super::negotiate;
use super::state::HttpState;
use crate::model::ClusterName;
use crate::publish::{Coding, Form, PageError};

#[derive(Deserialize)]
pub(super) struct Scrape {
    cluster: Option<String>,
}

pub(super) async fn metrics(
    State(state): State<Arc<HttpState>>,
    scrape: Result<Query<Scrape>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let cluster = scrape?.0.cluster.as_deref().map(ClusterName::from);
    let form = Form { format: negotiate::format(&headers), coding: negotiate::coding(&headers), cluster };
    let page = state.board.page(&form, state.clock.moment()).await?;
    let own = state.self_metrics.gather(form.cluster.as_ref());
    let pieces = page.with_own(&own).map_err(|error| HttpError::internal(&error))?;
    let mut response = Body::new(Pieces::new(pieces)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.format.content_type()));
    headers.insert(header::VARY, HeaderValue::from_static("accept, accept-encoding"));
    if form.coding == Coding::Gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

impl From<PageError> for HttpError {
    fn from(error: PageError) -> Self {
        match error {
            PageError::UnknownCluster(_) => Self::not_found(error.to_string()),
            PageError::Render(_) | PageError::BrokenOff => Self::internal(&error),
        }
    }
}
