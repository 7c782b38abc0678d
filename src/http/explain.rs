//! `/api/v1/clusters/NAME/explain`: why a group's series are what they are, or are not there.
//!
//! Not the words, which are `render`'s.
//! Invariant: a group that nobody knows is explained too; that is when people ask.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::api::{named, report_of};
use super::error::HttpError;
use super::make::{JSON, made, to_json};
use super::negotiate::wants_text;
use super::state::HttpState;
use crate::render::json::Explanation;
use crate::render::{Explain, explain as sentences};

/// What is to be explained.
#[derive(Deserialize)]
pub(super) struct Asked {
    group: Option<String>,
    topic: Option<String>,
}

pub(super) async fn explain(
    State(state): State<Arc<HttpState>>,
    path: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let (Path(cluster), Query(Asked { group, topic })) = (path?, asked?);
    let published = named(&state, &cluster)?;
    let group = group.ok_or_else(|| HttpError::bad_request("group: name the group that is to be explained"))?;
    let report = report_of(&state, &cluster)?;
    let (filters, options) = (state.board.filters(&cluster), state.board.options());
    let is_text = wants_text(&headers);
    let make = move || {
        let sentences = sentences(&Explain {
            report: &report,
            group: &group,
            topic: topic.as_deref(),
            filters: filters.as_deref(),
            options: Some(&options),
            last_error: published.last_error.as_deref(),
        });
        if is_text {
            return Ok(sentences
                .into_iter()
                .flat_map(|sentence| [sentence, "\n".to_owned()])
                .collect::<String>()
                .into());
        }
        to_json(&Explanation { group: Cow::Owned(group), topic: topic.map(Cow::Owned), sentences })
    };
    made(&state, if is_text { "text/plain; charset=utf-8" } else { JSON }, make).await
}
