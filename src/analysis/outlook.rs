//! Where a group goes on a topic: how fast lag grows, when it is gone, when records are.
//!
//! Not a status; these are numbers for whoever judges.
//! Invariant: they are those of one partition each, the one that is furthest behind or nearest to loss, so that one that
//! stands still is not hidden by fifty that move.

use crate::model::{Condition, LossEta, PartitionLag, TopicTrend};

use super::ages::PartitionAges;
use super::drain::{self, Pace};
use super::loss::{self, Kept};
use super::partition::{OfTopic, Poll};
use super::watch::{Now, Watch};

/// Seconds of lag gained per second; `None` where too little was seen of it.
fn velocity(poll: &Poll<'_>, watch: &Watch, time_lag: f64, now: Now) -> Option<f64> {
    let trend = watch.trend(now, Some(time_lag));
    let is_enough = trend.count >= poll.thresholds.status.samples_least && trend.span >= now.window / 2.0;
    trend.slope.filter(|_| is_enough)
}

/// How long the records of a partition are kept.
fn kept<'a>(poll: &Poll<'_>, topic: OfTopic<'a>, partition: &PartitionLag) -> Kept<'a> {
    let ages = poll.ages.of(topic.index, partition.partition);
    Kept {
        config: topic.view.now.config.as_deref(),
        oldest: ages.and_then(PartitionAges::retained),
        start_moved_ago: ages.and_then(PartitionAges::start_moved_ago),
        shrinking: poll.ages.shrinking(topic.index, partition.partition),
    }
}

/// A partition that is behind, in seconds.
#[derive(Clone, Copy)]
struct Behind<'a> {
    partition: &'a PartitionLag,
    watch: &'a Watch,
    time_lag: f64,
}

/// What goes by the partitions, of which some are behind; what is counted over time is left for the caller.
pub(super) fn outlook(
    poll: &Poll<'_>,
    topic: OfTopic<'_>,
    (partitions, watches): (&[PartitionLag], &[Watch]),
    now: Now,
) -> TopicTrend {
    let mut furthest: Option<Behind<'_>> = None;
    let (mut used, mut loss_eta): (Option<f64>, Option<LossEta>) = (None, None);
    for (partition, watch) in partitions.iter().zip(watches) {
        let Some(time_lag) = partition.seconds_behind() else { continue };
        if furthest.is_none_or(|other| other.time_lag < time_lag) {
            furthest = Some(Behind { partition, watch, time_lag });
        }
        // What a group gave up is not lost to it.
        if !topic.is_subscribed {
            continue;
        }
        let kept = kept(poll, topic, partition);
        used = [used, kept.used(time_lag)].into_iter().flatten().reduce(f64::max);
        let eta = match partition.condition {
            Condition::BelowLogStart => Some(loss::NOW),
            _ => kept.eta(time_lag, velocity(poll, watch, time_lag, now)),
        };
        // The one that is nearest to loss need not be the one that is furthest behind: that may catch up.
        let etas = [loss_eta, eta].into_iter().flatten();
        loss_eta = etas.min_by(loss::sooner);
    }
    let mut trend = TopicTrend { retention_used: used, loss_eta, ..TopicTrend::default() };
    if let Some(behind) = furthest {
        trend.velocity = velocity(poll, behind.watch, behind.time_lag, now);
        trend.drain_eta = drain_eta(poll, topic, behind, trend.velocity, now);
    }
    trend
}

fn drain_eta(poll: &Poll<'_>, topic: OfTopic<'_>, behind: Behind<'_>, velocity: Option<f64>, now: Now) -> Option<f64> {
    let ages = poll.ages.of(topic.index, behind.partition.partition);
    drain::eta(&Pace {
        time_lag: behind.time_lag,
        velocity,
        lag: behind.partition.lag().unwrap_or(0),
        consumed: behind.watch.story().and_then(|story| story.consumed_per_second(now.at, now.window)),
        produced: ages.and_then(PartitionAges::produced_per_second),
    })
}
