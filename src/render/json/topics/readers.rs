//! Which groups read a topic.
//!
//! Not what of each partition they read.
//! Invariant: the groups are walked once, however many topics are asked about.

use std::borrow::Cow;
use std::cmp::Reverse;

use super::super::groups::{age_reason, lag_reason};
use super::super::{LIMIT_MAX, finite};
use super::Reader;
use crate::model::{ClusterReport, GroupReport, GroupTopic, TopicName};

/// How many groups read each of these topics, which are sorted.
pub(super) fn count_readers(report: &ClusterReport, topics: &[&TopicName]) -> Vec<usize> {
    let mut counts = vec![0; topics.len()];
    for read in report.groups.iter().flat_map(|group| &group.topics) {
        let place = topics.binary_search(&&read.topic).ok();
        if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
            *count += 1;
        }
    }
    counts
}

/// The groups that read this topic, worst first and cut to the length of a list, and how many there are.
pub(super) fn readers<'a>(report: &'a ClusterReport, topic: &TopicName) -> (Vec<Reader<'a>>, usize) {
    let reading = |group: &'a GroupReport| {
        let place = group.topics.binary_search_by(|read| read.topic.cmp(topic)).ok()?;
        group.topics.get(place).map(|read| (group, read))
    };
    let mut found: Vec<_> = report.groups.iter().filter_map(reading).collect();
    let count = found.len();
    found.sort_by_cached_key(|(group, read)| (group.worst_on(read).is_none(), group.worst_on(read), Reverse(read.lag)));
    found.truncate(LIMIT_MAX);
    (found.into_iter().map(|(group, read)| to_json(group, read)).collect(), count)
}

fn to_json<'a>(group: &'a GroupReport, read: &GroupTopic) -> Reader<'a> {
    let (status, lag_reason) = (group.worst_on(read), lag_reason(group, read));
    Reader {
        group: Cow::Borrowed(&group.id),
        state: Cow::Borrowed(group.state.word()),
        subscribed: status.is_some(),
        status: status.map(|status| Cow::Borrowed(status.word())),
        lag_records: read.lag,
        lag_seconds: finite(read.time_lag.map(|time_lag| time_lag.seconds())),
        lag_seconds_reason: age_reason(read.time_lag, &lag_reason),
        lag_reason,
        velocity: finite(read.trend.velocity),
        loss_eta_seconds: finite(read.trend.loss_eta.map(|eta| eta.at_least)),
        unknown_partitions: read.unknown_partition_count,
    }
}
