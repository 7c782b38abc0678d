//! A cluster as of this moment, for the pages that list clusters.
//!
//! Not for the metrics page, where a cluster without a report is simply not there.
//! Invariant: one place decides whether a report is shown or why it is not.

use std::time::Duration;

use crate::model::Moment;
use crate::publish::Published;
use crate::render::{ClusterView, NoReport};

pub(super) fn view(published: &Published, now: Moment, stale_after: Duration) -> ClusterView<'_> {
    let missing = match (published.is_attempted, &published.report) {
        (false, _) => NoReport::NotPolled,
        (true, None) => NoReport::NothingLearned,
        (true, Some(_)) => NoReport::Stale,
    };
    ClusterView {
        name: &published.cluster,
        is_up: published.is_up,
        age: published.age(now),
        last_error: published.last_error.as_deref(),
        report: published.fresh_report(now, stale_after).map(AsRef::as_ref).ok_or(missing),
    }
}
