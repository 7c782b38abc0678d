//! Groups in one line each, in the order and of the kind that is asked for.
//!
//! Not their topics and partitions: that is what makes the list of groups long.
//! Invariant: what is asked for with `next` begins where the piece before ended, also where all lags have grown since.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::groups::{GroupFilter, age_reason, lag_reason};
use super::history::{LagPoint, lag_points};
use super::list::{Paging, PlacedPiece, placed};
use super::{Reason, Word, finite, reason};
use crate::model::{ClusterReport, GroupReport, Severity, Status, Timestamp};
use crate::render::order::{GroupSort, loss_eta};

/// One piece of the overview.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overview<'a> {
    /// The groups.
    pub items: Vec<GroupLine<'a>>,
    /// What to ask for to get the next piece; `null` after the last.
    pub next: Option<String>,
    /// Groups in all pieces together.
    pub total: usize,
    /// Groups in the pieces before this one.
    pub before: usize,
    /// How many groups of this name are of which severity, whatever status and severity were asked for; every severity is there.
    pub groups_by_severity: BTreeMap<Cow<'static, str>, usize>,
}

/// One group in one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupLine<'a> {
    /// Its id.
    pub group: Cow<'a, str>,
    /// The worst status of its partitions.
    pub status: Cow<'static, str>,
    /// How much that matters: `ok`, `info`, `warning`, `critical`.
    pub severity: Cow<'static, str>,
    /// Its state, in Kafka's words.
    pub state: Cow<'static, str>,
    /// How many members it has.
    pub members: Option<usize>,
    /// Why `members` is not known.
    pub members_reason: Reason,
    /// How many topics it reads.
    pub topic_count: usize,
    /// Sum of the lags that are known.
    pub lag_records: Option<u64>,
    /// Why no lag is known.
    pub lag_reason: Reason,
    /// Age of the oldest unread record, the greatest of its topics; 0 when caught up.
    pub lag_seconds: Option<f64>,
    /// Why `lag_seconds` is not known.
    pub lag_seconds_reason: Reason,
    /// How good `lag_seconds` is.
    pub lag_seconds_quality: Word,
    /// Partitions whose lag is not known.
    pub unknown_partitions: usize,
    /// Until all its topics are caught up; `null` while one of them is not catching up.
    pub drain_eta_seconds: Option<f64>,
    /// Until retention may delete unread records of any of its topics; `null` when it never will.
    pub loss_eta_seconds: Option<f64>,
    /// Records deleted before they were read, since the exporter watches.
    pub records_lost: u64,
    /// The last time any committed offset was seen to have moved, in Unix time.
    pub last_progress_timestamp_seconds: Option<f64>,
    /// What brings about the storm of rebalances it is in; `null` while it is in none.
    pub storm_cause: Word,
    /// Its lag over time, up to now.
    pub history: Vec<LagPoint>,
}

/// One piece of the overview.
///
/// # Errors
/// If `after` is not the `next` of a piece in this order.
pub fn overview<'a>(
    report: &'a ClusterReport,
    filter: GroupFilter<'_>,
    sort: GroupSort,
    paging: Paging<'_>,
) -> Result<Overview<'a>, String> {
    let any_status = GroupFilter { status: None, severity: None, ..filter };
    let mut counts = Severity::ALL.map(|severity| (severity, 0));
    let mut passing = Vec::new();
    for group in report.groups.iter().filter(|group| any_status.passes(group)) {
        counts.iter_mut().filter(|(severity, _)| *severity == group.severity).for_each(|(_, count)| *count += 1);
        if filter.passes(group) {
            passing.push((sort.place(group), group.id.as_str(), group));
        }
    }
    let PlacedPiece { shown, next, total, before } = placed(passing, paging, sort == GroupSort::Name)?;
    let items = shown.into_iter().map(line).collect();
    let groups_by_severity = counts.into_iter().map(|(severity, count)| (severity.word().into(), count)).collect();
    Ok(Overview { items, next, total, before, groups_by_severity })
}

fn line(group: &GroupReport) -> GroupLine<'_> {
    let (lag_records, time_lag) = (group.lag(), group.time_lag());
    let unknown = || group.topics.iter().find_map(|topic| lag_reason(group, topic));
    let no_lag = if lag_records.is_some() { None } else { unknown().or(Some(Cow::Borrowed("no_partitions"))) };
    let drain_etas = group.topics.iter().filter_map(|topic| topic.trend.drain_eta);
    let is_catching_up = group.status == Status::CatchingUp;
    let storm = group.rebalances.as_ref().and_then(|rebalances| rebalances.storm);
    let last_progress = group.topics.iter().filter_map(|topic| topic.trend.last_progress).max();
    GroupLine {
        group: Cow::Borrowed(&group.id),
        status: Cow::Borrowed(group.status.word()),
        severity: Cow::Borrowed(group.severity.word()),
        state: Cow::Borrowed(group.state.word()),
        members: group.member_count.ok(),
        members_reason: reason(&group.member_count),
        topic_count: group.topics.len(),
        lag_records,
        lag_seconds: finite(time_lag.map(|time_lag| time_lag.seconds())),
        lag_seconds_reason: age_reason(time_lag, &no_lag),
        lag_seconds_quality: time_lag.map(|time_lag| Cow::Borrowed(time_lag.quality.word())),
        lag_reason: no_lag,
        unknown_partitions: group.subscribed().map(|topic| topic.unknown_partition_count).sum(),
        drain_eta_seconds: finite(drain_etas.filter(|_| is_catching_up).max_by(f64::total_cmp)),
        loss_eta_seconds: finite(loss_eta(group)),
        records_lost: group.topics.iter().map(|topic| topic.trend.records_lost).fold(0, u64::saturating_add),
        last_progress_timestamp_seconds: last_progress.map(Timestamp::unix_seconds),
        storm_cause: storm.map(|storm| Cow::Borrowed(storm.cause.word())),
        history: lag_points(&group.history),
    }
}

#[cfg(test)]
mod tests;
