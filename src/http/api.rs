//! `/api/v1`: the latest reports in JSON.
//!
//! Not the shapes themselves, which are `render`'s.
//! Invariant: a list comes in pieces of bounded length, and what is not known is said with its reason.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::error::HttpError;
use super::make::{JSON, made, to_json};
use super::state::HttpState;
use super::view::view;
use crate::model::{ClusterReport, Severity, Status};
use crate::publish::Published;
use crate::render::json::{self, GroupFilter, LIMIT_DEFAULT, LIMIT_MAX, Paging};
use crate::render::{GroupSort, TopicSort};

type Answer = Result<Response, HttpError>;
type OfCluster = Result<Path<String>, PathRejection>;
/// A cluster, and something in it by name.
type OfOne = Result<Path<(String, String)>, PathRejection>;
type ForList = Result<Query<Asked>, QueryRejection>;

/// What a list may be asked for with: how much of it, from where on, and which groups.
#[derive(Deserialize)]
pub(super) struct Asked {
    limit: Option<String>,
    next: Option<String>,
    group: Option<String>,
    topic: Option<String>,
    search: Option<String>,
    status: Option<String>,
    severity: Option<String>,
    sort: Option<String>,
}

impl Asked {
    fn paging(&self) -> Result<Paging<'_>, HttpError> {
        let limit = match self.limit.as_deref() {
            None => LIMIT_DEFAULT,
            Some(text) => text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit)).ok_or_else(|| {
                HttpError::bad_request(format!("limit: expected a number from 1 to {LIMIT_MAX}, got `{text}`"))
            })?,
        };
        Ok(Paging { after: self.next.as_deref(), limit })
    }

    fn filter(&self) -> Result<GroupFilter<'_>, HttpError> {
        let (status, severity) = (self.status.as_deref(), self.severity.as_deref());
        one_of("status", status, &Status::ALL.map(Status::word))?;
        one_of("severity", severity, &Severity::ALL.map(Severity::word))?;
        let (group, topic) = (self.group.as_deref(), self.topic.as_deref());
        Ok(GroupFilter { group, topic, search: self.search(), status, severity })
    }

    /// What is looked for in names; nothing is in all of them.
    fn search(&self) -> Option<&str> {
        self.search.as_deref().filter(|search| !search.is_empty())
    }

    fn group_sort(&self) -> Result<GroupSort, HttpError> {
        let place = one_of("sort", self.sort.as_deref(), &GroupSort::ALL.map(GroupSort::word))?;
        Ok(place.and_then(|place| GroupSort::ALL.get(place).copied()).unwrap_or_default())
    }

    fn topic_sort(&self) -> Result<TopicSort, HttpError> {
        let place = one_of("sort", self.sort.as_deref(), &TopicSort::ALL.map(TopicSort::word))?;
        Ok(place.and_then(|place| TopicSort::ALL.get(place).copied()).unwrap_or_default())
    }
}

/// The place of a word among those that there are.
fn one_of(key: &str, word: Option<&str>, words: &[&str]) -> Result<Option<usize>, HttpError> {
    let Some(word) = word else { return Ok(None) };
    let place = words.iter().position(|known| *known == word);
    let mistake = || HttpError::bad_request(format!("{key}: expected one of {}, got `{word}`", words.join(", ")));
    place.ok_or_else(mistake).map(Some)
}

pub(super) async fn clusters(State(state): State<Arc<HttpState>>, asked: ForList) -> Answer {
    let Query(asked) = asked?;
    let (clusters, stale_after, now) = (state.board.clusters(), state.board.stale_after(), state.clock.moment());
    let make = move || {
        let views: Vec<_> = clusters.iter().map(|published| view(published, now, stale_after)).collect();
        to_json(&json::cluster_list(&views, asked.paging()?))
    };
    made(&state, JSON, make).await
}

pub(super) async fn cluster(State(state): State<Arc<HttpState>>, path: OfCluster) -> Answer {
    let Path(name) = path?;
    let (published, stale_after, now) = (named(&state, &name)?, state.board.stale_after(), state.clock.moment());
    made(&state, JSON, move || to_json(&json::cluster(&view(&published, now, stale_after)))).await
}

pub(super) async fn groups(state: State<Arc<HttpState>>, path: OfCluster, asked: ForList) -> Answer {
    listed(state, path, asked, |report, asked| to_json(&json::group_list(report, asked.filter()?, asked.paging()?)))
        .await
}

pub(super) async fn overview(state: State<Arc<HttpState>>, path: OfCluster, asked: ForList) -> Answer {
    listed(state, path, asked, |report, asked| {
        let overview = json::overview(report, asked.filter()?, asked.group_sort()?, asked.paging()?);
        to_json(&overview.map_err(HttpError::bad_request)?)
    })
    .await
}

pub(super) async fn topics(state: State<Arc<HttpState>>, path: OfCluster, asked: ForList) -> Answer {
    listed(state, path, asked, |report, asked| {
        let topics = json::topic_lines(report, asked.search(), asked.topic_sort()?, asked.paging()?);
        to_json(&topics.map_err(HttpError::bad_request)?)
    })
    .await
}

pub(super) async fn findings(state: State<Arc<HttpState>>, path: OfCluster, asked: ForList) -> Answer {
    listed(state, path, asked, |report, asked| to_json(&json::finding_list(report, asked.paging()?))).await
}

pub(super) async fn group(state: State<Arc<HttpState>>, path: OfOne) -> Answer {
    one(state, path, "group", |report, id| json::group_detail(report, id).map(|group| to_json(&group))).await
}

/// The same for an id that no path can hold: browsers take `.` and `..` for folders.
pub(super) async fn group_asked(state: State<Arc<HttpState>>, path: OfCluster, asked: ForList) -> Answer {
    let (Path(cluster), Query(asked)) = (path?, asked?);
    let id = asked.group.ok_or_else(|| HttpError::bad_request("group: name the group"))?;
    group(state, Ok(Path((cluster, id)))).await
}

pub(super) async fn topic(state: State<Arc<HttpState>>, path: OfOne) -> Answer {
    one(state, path, "topic", |report, name| json::topic(report, name).map(|topic| to_json(&topic))).await
}

/// A list of what a report tells.
async fn listed(
    State(state): State<Arc<HttpState>>,
    path: OfCluster,
    asked: ForList,
    list: impl FnOnce(&ClusterReport, &Asked) -> Result<Vec<u8>, HttpError> + Send + 'static,
) -> Answer {
    let (Path(cluster), Query(asked)) = (path?, asked?);
    let report = report_of(&state, &cluster)?;
    made(&state, JSON, move || list(&report, &asked)).await
}

/// One thing that a report tells of, by its name.
async fn one(
    State(state): State<Arc<HttpState>>,
    path: OfOne,
    kind: &'static str,
    find: impl FnOnce(&ClusterReport, &str) -> Option<Result<Vec<u8>, HttpError>> + Send + 'static,
) -> Answer {
    let Path((cluster, name)) = path?;
    let report = report_of(&state, &cluster)?;
    let make = move || {
        let missing = || HttpError::not_found(format!("the last poll of `{cluster}` saw no {kind} `{name}`"));
        find(&report, &name).unwrap_or_else(|| Err(missing()))
    };
    made(&state, JSON, make).await
}

/// What all of this looks like.
pub(super) async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(JSON))], json::OPENAPI)
}

pub(super) fn named(state: &HttpState, name: &str) -> Result<Arc<Published>, HttpError> {
    state.board.cluster(name).ok_or_else(|| HttpError::not_found(format!("no cluster is named `{name}`")))
}

/// The report of a cluster, as long as it is shown.
pub(super) fn report_of(state: &HttpState, name: &str) -> Result<Arc<ClusterReport>, HttpError> {
    let published = named(state, name)?;
    let (now, stale_after) = (state.clock.moment(), state.board.stale_after());
    if let Some(report) = published.fresh_report(now, stale_after) {
        return Ok(Arc::clone(report));
    }
    let why = view(&published, now, stale_after).report.err().map_or("", |why| why.sentence());
    let last = published.last_error.as_deref().map(|error| format!(" The last poll: {error}"));
    Err(HttpError::unavailable(format!("{why}{}", last.unwrap_or_default())))
}

impl From<QueryRejection> for HttpError {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}

impl From<PathRejection> for HttpError {
    fn from(rejection: PathRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}
