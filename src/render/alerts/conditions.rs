//! A report as a list of conditions that somebody may have to be told of.
//!
//! Not a judgement of its own: statuses, storms and findings are the report's, limits are those of the alert rules.
//! Invariant: a group, a topic or a cluster in which nothing is wrong makes no condition.

use std::time::Duration;

use crate::model::{
    About, Check, ClusterName, ClusterReport, Finding, GroupReport, GroupState, GroupTopic, Objectives, Severity,
    SlowCause, Status, StatusCounts, Topic, TopicReport,
};

use super::super::explain::words::{counted, partitions, time};
use super::super::json::Sentences;
use super::kind::{
    AlertKind, BROKER_MISSING, CLUSTER_BLIND, CLUSTER_STALE, DATA_LOSS, DATA_LOSS_IMMINENT, DATA_LOSS_SOON,
    FALLING_BEHIND, HOT_PARTITION, IDLE_MEMBERS, LAG_UNKNOWN, LAST_REPLICA_IN_SYNC, LEADERLESS, LOG_TRUNCATED,
    OBJECTIVE_BURNING_FAST, OFFSETS_INVALID, PARTITIONS_UNASSIGNED, REBALANCE_STORM, SLOW_PARTITIONS, STALLED, STOPPED,
    TRANSACTION_BLOCKED, UNDER_REPLICATED,
};
use super::{Condition, Labels};

/// Records that are lost within this are lost soon, and within that imminently, in seconds.
const LOSS_SOON: f64 = 86_400.0;
const LOSS_IMMINENT: f64 = 3_600.0;

/// What kind of alert a status is, and what a group does on so many partitions.
const STATUSES: [(Status, &AlertKind, &str); 8] = [
    (Status::Truncated, &LOG_TRUNCATED, "had read more than is left of the log of"),
    (Status::DataLoss, &DATA_LOSS, "lost unread records to retention on"),
    (Status::Stopped, &STOPPED, "has nobody left to read"),
    (Status::Stalled, &STALLED, "has members that read nothing of"),
    (Status::Recreated, &OFFSETS_INVALID, "has offsets of a topic that was deleted on"),
    (Status::Ahead, &OFFSETS_INVALID, "has offsets beyond the end of"),
    (Status::TxnBlocked, &TRANSACTION_BLOCKED, "waits for an open transaction to end on"),
    (Status::FallingBehind, &FALLING_BEHIND, "falls behind on"),
];

/// Everything in a report that may be worth telling of.
#[must_use]
pub fn conditions(report: &ClusterReport, objectives: &Objectives) -> Vec<Condition> {
    let mut found = Found { cluster: report.snapshot.cluster.as_str(), conditions: Vec::new() };
    for group in &report.groups {
        found.group(group);
        for topic in &group.topics {
            found.group_topic(group, topic, objectives.of(group.id.as_str()));
        }
    }
    for (topic, told) in report.snapshot.topics.iter().zip(&report.topics) {
        found.topic(topic, told);
    }
    let sentences = Sentences::about(&report.snapshot);
    for finding in &report.findings {
        found.finding(finding, &sentences);
    }
    found.conditions
}

/// The last poll learned nothing of the cluster; `why` as the poller said it.
#[must_use]
pub fn blind(cluster: &ClusterName, why: Option<&str>) -> Condition {
    let why = why.map_or_else(String::new, |why| format!(": {}", why.trim_end().trim_end_matches('.')));
    let description = format!("The last poll of cluster `{cluster}` learned nothing{why}.");
    about_cluster(&CLUSTER_BLIND, cluster, description)
}

/// No poll of the cluster has ended for so long.
#[must_use]
pub fn stale(cluster: &ClusterName, age: Duration) -> Condition {
    let description = format!("What is known of cluster `{cluster}` is {} old.", time(age.as_secs_f64()));
    about_cluster(&CLUSTER_STALE, cluster, description)
}

fn about_cluster(kind: &'static AlertKind, cluster: &ClusterName, description: String) -> Condition {
    let found = Found { cluster: cluster.as_str(), conditions: Vec::new() };
    let labels = found.labels(kind, &[]);
    Condition { kind, labels, description }
}

struct Found<'a> {
    cluster: &'a str,
    conditions: Vec<Condition>,
}

impl Found<'_> {
    fn labels(&self, kind: &'static AlertKind, more: &[(&'static str, &str)]) -> Labels {
        let about = [("alertname", kind.name), ("severity", kind.severity.word()), ("cluster_name", self.cluster)];
        let all = about.iter().chain(more).filter(|(_, value)| !value.is_empty());
        all.map(|(name, value)| (*name, (*value).to_owned())).collect()
    }

    fn add(&mut self, kind: &'static AlertKind, more: &[(&'static str, &str)], description: String) {
        let labels = self.labels(kind, more);
        // Two statuses may make one kind of alert; the worse one came first.
        if self.conditions.last().is_none_or(|last| last.labels != labels) {
            self.conditions.push(Condition { kind, labels, description });
        }
    }

    fn group(&mut self, group: &GroupReport) {
        let (id, cluster) = (group.id.as_str(), self.cluster);
        let labels = [("consumergroup", id)];
        let is_stable = group.state == GroupState::Stable;
        if let Some(count) = group.unassigned_partition_count.filter(|count| *count > 0 && is_stable) {
            let partitions = counted(count, "partition", "partitions");
            let text = format!("No member of group `{id}` in cluster `{cluster}` reads {partitions} it subscribes to.");
            self.add(&PARTITIONS_UNASSIGNED, &labels, text);
        }
        if let Some(count) = group.idle_member_count.filter(|count| *count > 0) {
            let members = counted(count, "member", "members");
            let text = format!("{members} of group `{id}` in cluster `{cluster}` without a partition.");
            self.add(&IDLE_MEMBERS, &labels, text);
        }
        if let Some(told) = &group.rebalances
            && let Some(storm) = told.storm
        {
            let (cause, share) = (storm.cause.word(), told.unstable_ratio * 100.0);
            let text = format!(
                "Group `{id}` in cluster `{cluster}` is in a storm of rebalances; cause: {cause}; it could not work for \
                 {share:.0} % of the last ten minutes."
            );
            self.add(&REBALANCE_STORM, &labels, text);
        }
    }

    fn group_topic(&mut self, group: &GroupReport, topic: &GroupTopic, objective: Option<Duration>) {
        let (id, name, cluster) = (group.id.as_str(), topic.topic.as_str(), self.cluster);
        let labels = [("consumergroup", id), ("topic", name)];
        let behind = topic.time_lag.map(|lag| lag.seconds());
        let counts = StatusCounts::of_partitions(group.partitions_of(topic));
        for (status, kind, does) in STATUSES.into_iter().filter(|(status, ..)| counts.of(*status) > 0) {
            let concerned = group.partitions_of(topic).iter();
            let concerned = concerned.filter(|lag| lag.is_subscribed && lag.status == status);
            let concerned: Vec<i32> = concerned.map(|lag| lag.partition.0).collect();
            let noun = if concerned.len() == 1 { "partition" } else { "partitions" };
            let concerned = partitions(&concerned);
            let behind = behind.filter(|behind| *behind > 0.0);
            let behind = behind.map_or_else(String::new, |behind| format!(", and is {} behind", time(behind)));
            let text =
                format!("Group `{id}` {does} topic `{name}` in cluster `{cluster}` ({noun} {concerned}){behind}.");
            self.add(kind, &labels, text);
        }
        if let (Some(behind), Some(objective)) = (behind, objective)
            // Of what a group no longer subscribes to it promises nothing.
            && topic.is_subscribed
            && behind > objective.as_secs_f64()
        {
            let (behind, allowed) = (time(behind), time(objective.as_secs_f64()));
            let text = format!(
                "Group `{id}` is {behind} behind on topic `{name}` in cluster `{cluster}`; its objective is {allowed}."
            );
            self.add(&OBJECTIVE_BURNING_FAST, &labels, text);
        }
        if let Some(eta) = topic.trend.loss_eta.map(|eta| eta.at_least) {
            let text = || {
                let eta = time(eta);
                format!("Group `{id}` will lose unread records of topic `{name}` in cluster `{cluster}` in {eta}.")
            };
            for (limit, kind) in [(LOSS_IMMINENT, &DATA_LOSS_IMMINENT), (LOSS_SOON, &DATA_LOSS_SOON)] {
                if eta < limit {
                    self.add(kind, &labels, text());
                }
            }
        }
        let lags = group.partitions_of(topic).iter();
        let empty_count = lags.filter(|lag| lag.is_empty_without_commit()).count();
        let unknown_count = topic.unknown_partition_count.saturating_sub(empty_count);
        if topic.is_subscribed && unknown_count > 0 {
            let partitions = counted(unknown_count, "partition", "partitions");
            let text = format!(
                "The lag of group `{id}` is not known on {partitions} of topic `{name}` in cluster `{cluster}`."
            );
            self.add(&LAG_UNKNOWN, &labels, text);
        }
        self.slow(group, topic);
    }

    /// What is stuck is told as stalled. Causes are in the text alone: they may change while the trouble lasts.
    fn slow(&mut self, group: &GroupReport, topic: &GroupTopic) {
        let (id, name, cluster) = (group.id.as_str(), topic.topic.as_str(), self.cluster);
        let slow = || topic.slow.iter().filter(|slow| slow.cause != SlowCause::Stuck);
        let numbers: Vec<i32> = slow().map(|slow| slow.partition.0).collect();
        if numbers.is_empty() {
            return;
        }
        let causes = SlowCause::ALL.into_iter().filter(|cause| slow().any(|slow| slow.cause == *cause));
        let causes = causes.map(SlowCause::word).collect::<Vec<_>>().join(", ");
        let numbers = partitions(&numbers);
        let text = format!(
            "Group `{id}` is much further behind on partitions {numbers} of topic `{name}` in cluster `{cluster}` than \
             on the others; cause: {causes}."
        );
        self.add(&SLOW_PARTITIONS, &[("consumergroup", id), ("topic", name)], text);
    }

    fn topic(&mut self, topic: &Topic, told: &TopicReport) {
        let (name, cluster) = (topic.name.as_str(), self.cluster);
        let hot = told.skew.as_ref().map(|skew| &*skew.hot).unwrap_or_default();
        let hottest = hot.iter().max_by(|left, right| left.ratio.total_cmp(&right.ratio));
        if let Some(hottest) = hottest {
            let (partition, ratio) = (hottest.partition, hottest.ratio);
            let numbers = partitions(&hot.iter().map(|hot| hot.partition.0).collect::<Vec<_>>());
            let text = format!(
                "Hot partitions of topic `{name}` in cluster `{cluster}`: {numbers}. Partition {partition} gets {ratio:.1} \
                 times the records of the others."
            );
            self.add(&HOT_PARTITION, &[("topic", name)], text);
        }
        let replicas = topic.partitions.iter().map(|partition| partition.replicas);
        let last = replicas.filter(|replicas| replicas.in_sync_count == 1 && replicas.assigned_count > 1).count();
        if last > 0 {
            let last = counted(last, "partition", "partitions");
            let text = format!("One replica in sync is left of {last} of topic `{name}` in cluster `{cluster}`.");
            self.add(&LAST_REPLICA_IN_SYNC, &[("topic", name)], text);
        }
        let under = topic.partitions.iter().filter(|partition| partition.is_under_replicated()).count();
        if under > 0 {
            let under = counted(under, "partition", "partitions");
            let text = format!("Replicas are out of sync on {under} of topic `{name}` in cluster `{cluster}`.");
            self.add(&UNDER_REPLICATED, &[("topic", name)], text);
        }
    }

    fn finding(&mut self, finding: &Finding, sentences: &Sentences<'_>) {
        let kind = match (finding.check, finding.severity) {
            (Check::OfflinePartitions, _) => &LEADERLESS,
            (Check::BrokerSetChanged, Severity::Critical) => &BROKER_MISSING,
            // Worth a look on a dashboard; no rule alerts on them either.
            // The last waits for as long as the alert does; that is told from the partitions as they are now.
            (
                Check::BrokerSetChanged | Check::PreferredLeaderImbalance | Check::LeaderSkew | Check::UnderReplicated,
                _,
            ) => return,
        };
        let text = format!("In cluster `{}`: {}", self.cluster, sentences.of(finding));
        match &finding.about {
            About::Cluster => self.add(kind, &[], text),
            About::Broker(id) => self.add(kind, &[("id", &id.to_string())], text),
            // Not the partition: which is the first may change while the topic's trouble lasts.
            About::Partition(topic, _) | About::Topic(topic, _) => self.add(kind, &[("topic", topic.as_str())], text),
        }
    }
}
