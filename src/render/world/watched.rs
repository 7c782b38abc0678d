//! The small world after it was watched for a while: ages, statuses, trends, members, findings.
//!
//! Not an analysis: each conclusion is what a test wants to see.
//! Invariant: counts of statuses are those of the partitions.

use std::sync::Arc;
use std::time::Duration;

use super::small_world;
use crate::model::{
    About, Assignment, Because, BrokerId, Capacity, Check, ClusterReport, Commits, Finding, Group, GroupReport,
    HotPartition, LossEta, Member, Moment, PartitionId, PartitionLag, Quality, RebalanceSource, Rebalances, Severity,
    Skew, SlowCause, SlowPartition, Status, StatusCounts, Storm, StormCause, StormRule, StormRules, TimeLag, Timestamp,
    TopicReport, TopicTrend,
};

/// A lag in time of this quality.
pub(crate) fn aged(at_least: f64, seconds: f64, at_most: f64, quality: Quality) -> TimeLag {
    TimeLag::new(seconds, (at_least, at_most), quality)
}

/// Gives a partition a verdict.
pub(crate) fn judged(lag: &mut PartitionLag, status: Status, because: Because, time_lag: Option<TimeLag>) {
    (lag.status, lag.because, lag.time_lag) = (status, because, time_lag);
}

/// Counts statuses anew and takes the greatest time lag for each topic.
pub(crate) fn sum_up(group: &mut GroupReport) {
    let counts = StatusCounts::of_partitions(&group.partitions);
    group.status = counts.worst().unwrap_or(Status::Ok);
    group.severity = group.status.severity();
    group.status_counts = counts;
    for topic in &mut group.topics {
        let ages = group.partitions[topic.range.clone()].iter().filter_map(|lag| lag.time_lag);
        topic.time_lag = ages.max_by(TimeLag::by_length);
    }
}

pub(crate) fn watched_world() -> ClusterReport {
    let mut report = small_world();
    for group in &mut report.groups {
        if group.id.as_str() == "billing" {
            billing(group);
        } else if let Some(topic) = group.topics.first_mut() {
            topic.is_subscribed = false;
        }
        sum_up(group);
    }
    report.topics = vec![
        TopicReport {
            produced_per_second: Some(12.5),
            retained_seconds: Some(86_400.0),
            skew: None,
            ..TopicReport::default()
        };
        2
    ];
    report.topics[0].skew = Some(skew());
    report.broker_skew = Some(1.25);
    report.findings = vec![finding(Check::UnderReplicated, Severity::Warning)];
    let mut snapshot = (*report.snapshot).clone();
    snapshot.groups = vec![members_of(&report.groups[1])];
    report.snapshot = Arc::new(snapshot);
    report
}

/// Of `orders`.
fn skew() -> Skew {
    let hot = HotPartition { partition: PartitionId(1), ratio: 7.25, share: 0.875, severity: Severity::Critical };
    Skew { ratio: 1.75, effective_partitions: 1.28, hot: [hot].into(), concentrated: None }
}

fn billing(group: &mut GroupReport) {
    let grows = Because::Trend { velocity: 0.25, z: 3.1 };
    let bracketed = aged(130.0, 137.5, 145.0, Quality::Bracketed);
    judged(&mut group.partitions[0], Status::FallingBehind, grows, Some(bracketed));
    let oldest = aged(3600.0, 3600.0, f64::INFINITY, Quality::LowerBound);
    judged(&mut group.partitions[1], Status::DataLoss, Because::Lost { records: 5 }, Some(oldest));
    judged(&mut group.partitions[2], Status::NoCommit, Because::Condition, None);
    judged(&mut group.partitions[3], Status::Ok, Because::CaughtUp, Some(TimeLag::ZERO));
    group.topics[0].trend = TopicTrend {
        consumed_per_second: Some(10.0),
        velocity: Some(0.25),
        drain_eta: None,
        loss_eta: Some(LossEta { at_least: 7200.0, at_most: 9000.0, is_configured: true }),
        retention_used: Some(0.5),
        records_lost: 5,
        last_progress: Some(Timestamp::from_unix(Duration::from_millis(1_699_999_990_250))),
    };
    group.topics[0].slow = [SlowPartition { partition: PartitionId(1), cause: SlowCause::KeySkew }].into();
    group.topics[1].trend.drain_eta = Some(0.0);
    group.capacity = Some(Capacity {
        per_member: 5.0,
        produced_per_second: 12.5,
        to_keep_pace: 3,
        to_drain: Some(4),
        drain_within: 3600.0,
        partitions: 4,
    });
    let rules = StormRules::default().with(StormRule::Flapping, true);
    group.rebalances = Some(Arc::new(Rebalances {
        counts: [12, 0, 3],
        aborted: Some(2),
        joined: 9,
        left: 8,
        unstable_ratio: 0.125,
        last: Some(Timestamp::from_unix(Duration::from_millis(1_699_999_970_500))),
        storm: Some(Storm {
            cause: StormCause::CrashLoop,
            since: Timestamp::from_unix(Duration::from_secs(1_699_999_400)),
            rules,
        }),
        ..Rebalances::none(RebalanceSource::Offsets)
    }));
}

fn finding(check: Check, severity: Severity) -> Finding {
    Finding { check, severity, lasting: Duration::from_mins(6), about: About::Cluster, count: 1 }
}

/// Two members that look alike, one that does not, and one of which nothing is told.
fn members_of(group: &GroupReport) -> Group {
    let owns = |partition_count| Some(Assignment { partition_count, ..Assignment::default() });
    let member = |client_id: &str, assignment| Member {
        member_id: String::new(),
        client_id: client_id.to_owned(),
        client_host: "/10.0.0.7".to_owned(),
        group_instance_id: None,
        assignment,
    };
    let members =
        vec![member("worker", owns(2)), member("spare", owns(0)), member("worker", owns(1)), member("mute", None)];
    Group {
        epochs: None,
        id: group.id.clone(),
        kind: group.kind.clone(),
        protocol_type: group.protocol_type.clone(),
        protocol: group.protocol.clone(),
        state: group.state,
        coordinator: BrokerId(1),
        members: Ok(members.into()),
        commits: Ok(Commits {
            answered: Moment::default(),
            offsets: Vec::new(),
            unreadable: Vec::new(),
            filtered_count: 0,
        }),
    }
}
