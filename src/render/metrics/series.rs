//! Walks over one cluster's report and hands out the series of one family.
//!
//! It neither counts nor writes: that is the sink's part, so that both see the same series.
//! Invariant: no two series of a family have the same labels, whatever the report holds.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::time::Duration;

use super::family::{Family, Values};
use super::text::{Label, Value};
use crate::model::{
    Check, ClusterReport, GroupReport, GroupState, GroupTopic, Member, Objectives, Partition, PartitionDetail,
    PartitionId, PartitionLag, RebalanceSource, Rebalances, RenderOptions, Severity, Skew, SlowCause, Status, Topic,
};

/// Takes series. Labels are set by depth and stay until one of the same or a lower depth is set.
pub(super) trait Sink {
    /// Sets the label at this depth: 0 is `cluster_name`, then those of the family in their order.
    fn label(&mut self, depth: usize, value: Label<'_>) -> io::Result<()>;
    /// Takes one series with the labels that are set.
    fn sample(&mut self, value: Value) -> io::Result<()>;
}

/// A report and which of its partitions are shown one by one.
pub(super) struct Cluster<'a> {
    pub(super) report: &'a ClusterReport,
    /// By topic, the partitions on which a group has unread records; `None` where all are shown.
    lagging: Option<HashMap<&'a str, BTreeSet<PartitionId>>>,
    /// What is promised of the groups.
    objectives: &'a Objectives,
}

impl<'a> Cluster<'a> {
    pub(super) fn new(report: &'a ClusterReport, options: &'a RenderOptions) -> Self {
        let lagging = (options.partitions == PartitionDetail::Lagging).then(|| {
            let mut lagging: HashMap<_, BTreeSet<_>> = HashMap::new();
            for group in &report.groups {
                for topic in &group.topics {
                    let partitions = group.partitions_of(topic).iter().filter(|partition| is_lagging(partition));
                    lagging.entry(topic.topic.as_str()).or_default().extend(partitions.map(|lag| lag.partition));
                }
            }
            lagging
        });
        Self { report, lagging, objectives: &options.objectives }
    }

    pub(super) fn name(&self) -> &'a str {
        self.report.snapshot.cluster.as_str()
    }

    /// The partitions of a topic that are shown.
    fn partitions(&self, topic: &'a Topic) -> impl Iterator<Item = &'a Partition> {
        let lagging = self.lagging.as_ref().map(|lagging| lagging.get(topic.name.as_str()));
        let is_shown = move |partition: &&Partition| match lagging {
            None => true,
            Some(lagging) => lagging.is_some_and(|lagging| lagging.contains(&partition.id)),
        };
        ascending(&topic.partitions, |partition| partition.id).filter(is_shown)
    }

    fn topics(&self) -> impl Iterator<Item = &'a Topic> {
        ascending(&self.report.snapshot.topics, |topic| topic.name.as_str())
    }

    /// The topics whose skew is known, with it.
    fn skews(&self) -> impl Iterator<Item = (&'a Topic, &'a Skew)> {
        let ClusterReport { snapshot, topics, .. } = self.report;
        let mut highest: Option<&str> = None;
        let both = snapshot.topics.iter().zip(topics);
        both.filter_map(move |(topic, report)| {
            let is_above = highest.is_none_or(|highest| highest < topic.name.as_str());
            highest = highest.max(Some(topic.name.as_str()));
            report.skew.as_ref().filter(|_| is_above).map(|skew| (topic, skew))
        })
    }

    fn groups(&self) -> impl Iterator<Item = &'a GroupReport> {
        ascending(&self.report.groups, |group| group.id.as_str())
    }
}

fn is_lagging(partition: &PartitionLag) -> bool {
    partition.lag().is_ok_and(|lag| lag > 0)
}

/// The items in order of their key, each key once. Reports are so by their own promise; a broken
/// promise costs the item that broke it, not the whole page, which scrapers refuse over one
/// duplicate series.
fn ascending<'a, T, K: Ord>(items: &'a [T], key: impl Fn(&'a T) -> K) -> impl Iterator<Item = &'a T> {
    let mut highest: Option<K> = None;
    items.iter().filter(move |item| {
        let key = key(item);
        let is_above = highest.as_ref().is_none_or(|highest| *highest < key);
        if is_above {
            highest = Some(key);
        }
        is_above
    })
}

/// Hands out the series of `family`. The families about the page itself have none here.
pub(super) fn each_series(family: &Family, cluster: &Cluster<'_>, sink: &mut impl Sink) -> io::Result<()> {
    sink.label(0, Label::Text(cluster.name()))?;
    match family.values {
        Values::Ourselves | Values::SeriesWritten | Values::SeriesDropped => Ok(()),
        Values::Cluster(value) => one(value(cluster.report), sink),
        Values::PartitionCount(is_so) => partition_count(cluster, is_so, sink),
        Values::Findings => findings(cluster, sink),
        Values::BrokerInfo => broker_info(cluster, sink),
        Values::Topic(value) => each_topic(cluster, value, sink),
        Values::TopicSkew(value) => each_skew(cluster, value, sink),
        Values::HotRatio => hot_ratios(cluster, sink),
        Values::TopicPartition(value) => each_topic_partition(cluster, value, sink),
        Values::Group(value) => each_group(cluster, value, sink),
        Values::Objective => objectives(cluster, sink),
        Values::GroupState => group_state(cluster, sink),
        Values::GroupStatus => each_status(cluster, |group, status| Value::from(group.status == status), sink),
        Values::StatusCounts => {
            each_status(cluster, |group, status| Value::Unsigned(group.status_counts.of(status).into()), sink)
        }
        Values::GroupInfo => group_info(cluster, sink),
        Values::MemberPartitions => member_partitions(cluster, sink),
        Values::Rebalances => rebalances(cluster, sink),
        Values::OfRebalances(value) => of_rebalances(cluster, value, sink),
        Values::StormInfo => storm_info(cluster, sink),
        Values::GroupTopic(value) => each_group_topic(cluster, value, sink),
        Values::SlowPartitions => slow_partitions(cluster, sink),
        Values::GroupPartition(value) => each_group_partition(cluster, value, sink),
    }
}

fn one(value: Option<Value>, sink: &mut impl Sink) -> io::Result<()> {
    value.map_or(Ok(()), |value| sink.sample(value))
}

fn partition_count(cluster: &Cluster<'_>, is_so: fn(&Partition) -> bool, sink: &mut impl Sink) -> io::Result<()> {
    let partitions = cluster.topics().flat_map(|topic| &topic.partitions);
    sink.sample(Value::Count(partitions.filter(|partition| is_so(partition)).count()))
}

fn findings(cluster: &Cluster<'_>, sink: &mut impl Sink) -> io::Result<()> {
    let found = &cluster.report.findings;
    for check in Check::ALL {
        sink.label(1, Label::Text(check.word()))?;
        for severity in [Severity::Info, Severity::Warning, Severity::Critical] {
            sink.label(2, Label::Text(severity.word()))?;
            let alike = found.iter().filter(|finding| finding.check == check && finding.severity == severity);
            sink.sample(Value::Count(alike.count()))?;
        }
    }
    Ok(())
}

fn broker_info(cluster: &Cluster<'_>, sink: &mut impl Sink) -> io::Result<()> {
    for broker in ascending(&cluster.report.snapshot.brokers, |broker| broker.id) {
        sink.label(1, Label::Number(broker.id.0))?;
        sink.label(2, Label::Text(&broker.address))?;
        sink.label(3, Label::Text(broker.rack.as_deref().unwrap_or_default()))?;
        sink.sample(Value::Count(1))?;
    }
    Ok(())
}

fn each_topic(cluster: &Cluster<'_>, value: fn(&Topic) -> Option<Value>, sink: &mut impl Sink) -> io::Result<()> {
    for topic in cluster.topics() {
        sink.label(1, Label::Text(&topic.name))?;
        one(value(topic), sink)?;
    }
    Ok(())
}

fn each_skew(cluster: &Cluster<'_>, value: fn(&Skew) -> Value, sink: &mut impl Sink) -> io::Result<()> {
    for (topic, skew) in cluster.skews() {
        sink.label(1, Label::Text(&topic.name))?;
        sink.sample(value(skew))?;
    }
    Ok(())
}

fn hot_ratios(cluster: &Cluster<'_>, sink: &mut impl Sink) -> io::Result<()> {
    for (topic, skew) in cluster.skews() {
        sink.label(1, Label::Text(&topic.name))?;
        for hot in ascending(&skew.hot, |hot| hot.partition) {
            sink.label(2, Label::Number(hot.partition.0))?;
            sink.sample(Value::Ratio(hot.ratio.into()))?;
        }
    }
    Ok(())
}

fn each_topic_partition(
    cluster: &Cluster<'_>,
    value: fn(&Partition) -> Option<Value>,
    sink: &mut impl Sink,
) -> io::Result<()> {
    for topic in cluster.topics() {
        sink.label(1, Label::Text(&topic.name))?;
        for partition in cluster.partitions(topic) {
            sink.label(2, Label::Number(partition.id.0))?;
            one(value(partition), sink)?;
        }
    }
    Ok(())
}

fn each_group(cluster: &Cluster<'_>, value: fn(&GroupReport) -> Option<Value>, sink: &mut impl Sink) -> io::Result<()> {
    for group in cluster.groups() {
        sink.label(1, Label::Text(&group.id))?;
        one(value(group), sink)?;
    }
    Ok(())
}

fn objectives(cluster: &Cluster<'_>, sink: &mut impl Sink) -> io::Result<()> {
    for group in cluster.groups().filter(|group| group.kind.commits_offsets()) {
        sink.label(1, Label::Text(&group.id))?;
        let seconds = |objective: Duration| Value::Seconds(objective.as_secs_f64());
        one(cluster.objectives.of(&group.id).map(seconds), sink)?;
    }
    Ok(())
}

fn group_state(cluster: &Cluster<'_>, sink: &mut impl Sink) -> io::Result<()> {
    for group in cluster.groups() {
        sink.label(1, Label::Text(&group.id))?;
        for state in GroupState::ALL {
            sink.label(2, Label::Text(state.word()))?;
            sink.sample(Value::from(state == group.state))?;
        }
    }
    Ok(())
}

fn each_status(
    cluster: &Cluster<'_>,
    value: impl Fn(&GroupReport, Status) -> Value,
    sink: &mut impl Sink,
) -> io::Result<()> {
    for group in cluster.groups().filter(|group| group.kind.commits_offsets()) {
        sink.label(1, Label::Text(&group.id))?;
        for status in Status::ALL {
            sink.label(2, Label::Text(status.word()))?;
            sink.sample(value(group, status))?;
        }
    }
    Ok(())
}

fn group_info(cluster: &Cluster<'_>, sink: &mut impl Sink) -> io::Result<()> {
    for group in cluster.groups() {
        sink.label(1, Label::Text(&group.id))?;
        sink.label(2, Label::Text(group.kind.word()))?;
        sink.label(3, Label::Text(&group.protocol))?;
        sink.label(4, Label::Number(group.coordinator.0))?;
        sink.sample(Value::Count(1))?;
    }
    Ok(())
}

/// What told of some, and what tells now.
fn rebalances(cluster: &Cluster<'_>, sink: &mut impl Sink) -> io::Result<()> {
    for group in cluster.groups() {
        let Some(rebalances) = &group.rebalances else { continue };
        sink.label(1, Label::Text(&group.id))?;
        for source in RebalanceSource::ALL {
            let count = rebalances.count(source);
            if count > 0 || source == rebalances.source {
                sink.label(2, Label::Text(source.word()))?;
                sink.sample(Value::Unsigned(count))?;
            }
        }
    }
    Ok(())
}

fn of_rebalances(
    cluster: &Cluster<'_>,
    value: fn(&Rebalances) -> Option<Value>,
    sink: &mut impl Sink,
) -> io::Result<()> {
    for group in cluster.groups() {
        sink.label(1, Label::Text(&group.id))?;
        one(group.rebalances.as_deref().and_then(value), sink)?;
    }
    Ok(())
}

fn storm_info(cluster: &Cluster<'_>, sink: &mut impl Sink) -> io::Result<()> {
    for group in cluster.groups() {
        if let Some(storm) = group.rebalances.as_ref().and_then(|rebalances| rebalances.storm) {
            sink.label(1, Label::Text(&group.id))?;
            sink.label(2, Label::Text(storm.cause.word()))?;
            sink.sample(Value::Count(1))?;
        }
    }
    Ok(())
}

/// Members of one client id on one host are told apart by nothing that lasts, so they are one series.
fn member_partitions(cluster: &Cluster<'_>, sink: &mut impl Sink) -> io::Result<()> {
    let mut members: Vec<(&str, &str, usize)> = Vec::new();
    for group in ascending(&cluster.report.snapshot.groups, |group| group.id.as_str()) {
        sink.label(1, Label::Text(&group.id))?;
        members.clear();
        members.extend(group.known_members().iter().filter_map(owned_by));
        members.sort_unstable();
        for alike in members.chunk_by(|left, right| (left.0, left.1) == (right.0, right.1)) {
            let Some((client_id, host, _)) = alike.first() else { continue };
            sink.label(2, Label::Text(client_id))?;
            sink.label(3, Label::Text(host))?;
            sink.sample(Value::Count(alike.iter().map(|(_, _, count)| count).sum()))?;
        }
    }
    Ok(())
}

fn owned_by(member: &Member) -> Option<(&str, &str, usize)> {
    let owned = member.assignment.as_ref()?;
    Some((&member.client_id, &member.client_host, owned.partition_count))
}

fn each_group_topic(
    cluster: &Cluster<'_>,
    value: fn(&GroupTopic) -> Option<Value>,
    sink: &mut impl Sink,
) -> io::Result<()> {
    for group in cluster.groups() {
        sink.label(1, Label::Text(&group.id))?;
        for topic in ascending(&group.topics, |topic| topic.topic.as_str()) {
            sink.label(2, Label::Text(&topic.topic))?;
            one(value(topic), sink)?;
        }
    }
    Ok(())
}

/// Only causes there are: nearly all groups have none.
fn slow_partitions(cluster: &Cluster<'_>, sink: &mut impl Sink) -> io::Result<()> {
    for group in cluster.groups() {
        sink.label(1, Label::Text(&group.id))?;
        for topic in ascending(&group.topics, |topic| topic.topic.as_str()).filter(|topic| !topic.slow.is_empty()) {
            sink.label(2, Label::Text(&topic.topic))?;
            for cause in SlowCause::ALL {
                let count = topic.slow.iter().filter(|slow| slow.cause == cause).count();
                if count > 0 {
                    sink.label(3, Label::Text(cause.word()))?;
                    sink.sample(Value::Count(count))?;
                }
            }
        }
    }
    Ok(())
}

fn each_group_partition(
    cluster: &Cluster<'_>,
    value: fn(&PartitionLag) -> Option<Value>,
    sink: &mut impl Sink,
) -> io::Result<()> {
    let shows_all = cluster.lagging.is_none();
    for group in cluster.groups() {
        sink.label(1, Label::Text(&group.id))?;
        for topic in ascending(&group.topics, |topic| topic.topic.as_str()) {
            sink.label(2, Label::Text(&topic.topic))?;
            for partition in ascending(group.partitions_of(topic), |partition| partition.partition) {
                if shows_all || is_lagging(partition) {
                    sink.label(3, Label::Number(partition.partition.0))?;
                    one(value(partition), sink)?;
                }
            }
        }
    }
    Ok(())
}
