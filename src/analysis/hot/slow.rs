//! Partitions on which a group is much further behind than on the others of the topic, and why.
//!
//! Not of a group that is behind on all alike: that has a status.
//! Invariant: costs nothing where nobody is behind by more than `slow_lag`.

use crate::model::{
    Group, GroupReport, HotThresholds, PartitionId, PartitionLag, SlowCause, SlowPartition, Status, TimeLag, TopicIndex,
};

use super::super::median::lower_median;
use super::super::membership::in_order;
use super::super::partition::Poll;

/// How many times the median is much.
const MEDIAN_TIMES: f64 = 3.0;
/// How many standard deviations, and what a median deviation is of one.
const DEVIATIONS: f64 = 3.0 * 1.4826;

/// Fills in the slow partitions of a group's topics, which are at these places of the snapshot.
pub(in super::super) fn find(
    group: &Group,
    poll: &Poll<'_>,
    report: &mut GroupReport,
    indices: impl Iterator<Item = TopicIndex>,
) {
    let GroupReport { topics, partitions, .. } = report;
    for (topic, index) in topics.iter_mut().zip(indices) {
        let least = poll.thresholds.hot.slow_lag.as_secs_f64();
        if topic.time_lag.is_none_or(|lag| lag.seconds() < least) {
            continue;
        }
        let lags = partitions.get(topic.range.clone()).unwrap_or_default();
        if !stands_out(lags, topic.time_lag) {
            continue;
        }
        let slow = slow_of(lags, &poll.thresholds.hot);
        if !slow.is_empty() {
            topic.slow = explained(group, poll, index, lags, &slow);
        }
    }
}

/// Whether the greatest lag in time is far enough above the one in the middle; where it is not, none is.
fn stands_out(lags: &[PartitionLag], most: Option<TimeLag>) -> bool {
    let most = most.map_or(0.0, |most| most.seconds());
    let (mut count, mut far_below_count) = (0_usize, 0_usize);
    for lag in lags.iter().filter(|lag| lag.is_subscribed) {
        if let Some(behind) = lag.time_lag {
            count += 1;
            far_below_count += usize::from(behind.seconds() * MEDIAN_TIMES <= most);
        }
    }
    far_below_count * 2 >= count
}

/// Those that are much further behind than the others, by number.
fn slow_of<'a>(lags: &'a [PartitionLag], thresholds: &HotThresholds) -> Vec<&'a PartitionLag> {
    let known = lags.iter().filter(|lag| lag.is_subscribed).filter_map(|lag| Some((lag, lag.time_lag?.seconds())));
    let mut seconds: Vec<f64> = known.clone().map(|(_, seconds)| seconds).collect();
    // One of two partitions can be slow.
    let middle = lower_median(&mut seconds).unwrap_or(0.0);
    for seconds in &mut seconds {
        *seconds = (*seconds - middle).abs();
    }
    let deviation = lower_median(&mut seconds).unwrap_or(0.0);
    let least = thresholds.slow_lag.as_secs_f64().max(MEDIAN_TIMES * middle).max(middle + DEVIATIONS * deviation);
    // Of one partition there are no others.
    let is_slow = |(lag, behind): &(&PartitionLag, f64)| *behind >= least && *behind > middle && !lag.is_caught_up();
    known.filter(is_slow).map(|(lag, _)| lag).collect()
}

fn explained(
    group: &Group,
    poll: &Poll<'_>,
    index: TopicIndex,
    lags: &[PartitionLag],
    slow: &[&PartitionLag],
) -> Box<[SlowPartition]> {
    let report = usize::try_from(index.0).ok().and_then(|index| poll.topic_reports.get(index));
    let skew = report.and_then(|report| report.skew.as_ref());
    let is_hot = |id: PartitionId| {
        skew.is_some_and(|skew| {
            skew.concentrated == Some(id) || skew.hot.binary_search_by_key(&id, |hot| hot.partition).is_ok()
        })
    };
    let of_slow_members = of_slow_members(group, index, lags, slow);
    let cause = |lag: &PartitionLag| match lag.status {
        // Whoever reads nothing does not keep up with a quiet partition either.
        Status::Stopped | Status::Stalled | Status::Unassigned | Status::TxnBlocked => SlowCause::Stuck,
        _ if is_hot(lag.partition) => SlowCause::KeySkew,
        _ if of_slow_members.binary_search(&lag.partition).is_ok() => SlowCause::SlowMember,
        _ => SlowCause::SlowPartition,
    };
    slow.iter().map(|lag| SlowPartition { partition: lag.partition, cause: cause(lag) }).collect()
}

/// The slow partitions of members that are slow with all they read of the topic, or that alone are slow with any, in order.
fn of_slow_members(
    group: &Group,
    topic: TopicIndex,
    lags: &[PartitionLag],
    slow: &[&PartitionLag],
) -> Vec<PartitionId> {
    let is_slow = |id: PartitionId| slow.binary_search_by_key(&id, |lag| lag.partition).is_ok();
    let is_known = |id: PartitionId| lags.binary_search_by_key(&id, |lag| lag.partition).is_ok();
    let mut found = Vec::new();
    for assignment in group.assignments() {
        let owned = assignment.partitions.as_slice();
        // Few are slow, and what is owned comes in order.
        let is_owned = |lag: &&&PartitionLag| owned.binary_search(&(topic, lag.partition)).is_ok();
        let of_slow = || slow.iter().filter(is_owned).map(|lag| lag.partition);
        let slow_count = of_slow().count();
        let is_slow_with_all = || {
            let mut of_topic = owned.iter().filter(|(index, _)| *index == topic).map(|(_, id)| *id);
            !of_topic.any(|id| !is_slow(id) && is_known(id))
        };
        if slow_count > 1 && (slow_count == slow.len() || is_slow_with_all()) {
            found.extend(of_slow());
        }
    }
    in_order(&mut found);
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Quality, Unknown};

    proptest! {
        #[test]
        fn where_nothing_stands_out_none_is_slow(
            behind in prop::collection::vec(prop::option::weighted(0.9, prop_oneof![0_u32..200, 3000_u32..9000]), 0..30),
        ) {
            let lag = |(place, seconds): (usize, Option<u32>)| {
                let time_lag = seconds.map(f64::from).map(|seconds| TimeLag::new(seconds, (seconds, seconds), Quality::Exact));
                PartitionLag {
                    time_lag,
                    ..PartitionLag::unknown(PartitionId(i32::try_from(place).expect("few")), Unknown::NotAsked)
                }
            };
            let lags: Vec<PartitionLag> = behind.into_iter().enumerate().map(lag).collect();
            let most = lags.iter().filter_map(|lag| lag.time_lag).max_by(TimeLag::by_length);
            let slow = slow_of(&lags, &HotThresholds::default());
            prop_assert!(slow.is_empty() || stands_out(&lags, most), "{slow:?}");
        }
    }
}
