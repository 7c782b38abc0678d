//! What a metric family is: its name, its labels, its sentence, and where its values come from.
//!
//! Not the families themselves: those are the table in `catalogue`.
//! Invariant: the constructor fixes the labels that go with a detail, so the two cannot contradict.

use super::text::Value;
use crate::model::{
    ClusterReport, GroupReport, GroupTopic, Partition, PartitionDetail, PartitionLag, Rebalances, RenderOptions, Skew,
    Topic,
};

/// One metric family.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// Its name; that of a counter ends in `_total`.
    pub name: &'static str,
    /// Gauge or counter.
    pub kind: Kind,
    /// A sentence for operators: the unit, what is deviated from, when it is absent.
    pub help: &'static str,
    /// The labels beside `cluster_name`, in the order they are written.
    pub labels: &'static [&'static str],
    /// What one series stands for.
    pub detail: Detail,
    /// Whether it is written without being asked for.
    pub is_on_by_default: bool,
    pub(super) values: Values,
}

/// What the value does over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Goes up and down.
    Gauge,
    /// Only goes up, until the exporter restarts.
    Counter,
}

/// What one series of a family stands for, the coarsest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// This process: the only families without `cluster_name`.
    Process,
    /// A cluster, or one of its few brokers.
    Cluster,
    /// A group.
    Group,
    /// A topic.
    Topic,
    /// A group on a topic.
    GroupTopic,
    /// A partition.
    TopicPartition,
    /// A group on a partition.
    GroupPartition,
}

/// Who writes a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The page body, made from reports.
    Report,
    /// Our own counters, added when somebody scrapes.
    Ourselves,
}

/// Where the values come from. `None` leaves the series out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Values {
    Ourselves,
    Cluster(fn(&ClusterReport) -> Option<Value>),
    /// How many partitions of the cluster this is so of.
    PartitionCount(fn(&Partition) -> bool),
    Findings,
    BrokerInfo,
    Topic(fn(&Topic) -> Option<Value>),
    TopicSkew(fn(&Skew) -> Value),
    TopicPartition(fn(&Partition) -> Option<Value>),
    HotRatio,
    Group(fn(&GroupReport) -> Option<Value>),
    /// The objective of the group.
    Objective,
    GroupState,
    GroupStatus,
    StatusCounts,
    GroupInfo,
    MemberPartitions,
    /// Rebalances by who told of them.
    Rebalances,
    OfRebalances(fn(&Rebalances) -> Option<Value>),
    StormInfo,
    GroupTopic(fn(&GroupTopic) -> Option<Value>),
    SlowPartitions,
    GroupPartition(fn(&PartitionLag) -> Option<Value>),
    SeriesWritten,
    SeriesDropped,
}

impl Family {
    /// Who writes it.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        if matches!(self.values, Values::Ourselves) { Origin::Ourselves } else { Origin::Report }
    }

    /// All its labels, in the order they are written.
    pub fn all_labels(&self) -> impl Iterator<Item = &'static str> {
        let cluster_name = (self.detail != Detail::Process).then_some("cluster_name");
        cluster_name.into_iter().chain(self.labels.iter().copied())
    }

    /// Whether the options ask for it. Exclusion wins over everything that asks.
    #[must_use]
    pub fn is_on(&self, options: &RenderOptions) -> bool {
        let is_asked_for = self.is_on_by_default
            || options.included_families.contains(self.name)
            || (options.kafka_exporter_sums && super::catalogue::KAFKA_EXPORTER_SUMS.contains(&self.name));
        let is_shown = options.partitions != PartitionDetail::None || !self.labels.contains(&"partition");
        is_asked_for && is_shown && !options.excluded_families.contains(self.name)
    }

    const fn gauge(name: &'static str, help: &'static str, detail: Detail, values: Values) -> Self {
        let labels: &[&str] = match detail {
            Detail::Process | Detail::Cluster => &[],
            Detail::Group => &["consumergroup"],
            Detail::Topic => &["topic"],
            Detail::GroupTopic => &["consumergroup", "topic"],
            Detail::TopicPartition => &["topic", "partition"],
            Detail::GroupPartition => &["consumergroup", "topic", "partition"],
        };
        Self { name, kind: Kind::Gauge, help, labels, detail, is_on_by_default: true, values }
    }

    pub(super) const fn of_cluster(
        name: &'static str,
        value: fn(&ClusterReport) -> Option<Value>,
        help: &'static str,
    ) -> Self {
        Self::gauge(name, help, Detail::Cluster, Values::Cluster(value))
    }

    /// A gauge that counts the partitions of a cluster this is so of.
    pub(super) const fn of_partition_count(
        name: &'static str,
        is_so: fn(&Partition) -> bool,
        help: &'static str,
    ) -> Self {
        Self::gauge(name, help, Detail::Cluster, Values::PartitionCount(is_so))
    }

    pub(super) const fn of_topic(name: &'static str, value: fn(&Topic) -> Option<Value>, help: &'static str) -> Self {
        Self::gauge(name, help, Detail::Topic, Values::Topic(value))
    }

    /// A gauge of topics whose skew is known.
    pub(super) const fn of_skew(name: &'static str, value: fn(&Skew) -> Value, help: &'static str) -> Self {
        Self::gauge(name, help, Detail::Topic, Values::TopicSkew(value))
    }

    pub(super) const fn of_partition(
        name: &'static str,
        value: fn(&Partition) -> Option<Value>,
        help: &'static str,
    ) -> Self {
        Self::gauge(name, help, Detail::TopicPartition, Values::TopicPartition(value))
    }

    pub(super) const fn of_group(
        name: &'static str,
        value: fn(&GroupReport) -> Option<Value>,
        help: &'static str,
    ) -> Self {
        Self::gauge(name, help, Detail::Group, Values::Group(value))
    }

    /// A gauge about a group whose rebalances are told of.
    pub(super) const fn of_rebalances(
        name: &'static str,
        value: fn(&Rebalances) -> Option<Value>,
        help: &'static str,
    ) -> Self {
        Self::gauge(name, help, Detail::Group, Values::OfRebalances(value))
    }

    pub(super) const fn of_group_topic(
        name: &'static str,
        value: fn(&GroupTopic) -> Option<Value>,
        help: &'static str,
    ) -> Self {
        Self::gauge(name, help, Detail::GroupTopic, Values::GroupTopic(value))
    }

    pub(super) const fn of_group_partition(
        name: &'static str,
        value: fn(&PartitionLag) -> Option<Value>,
        help: &'static str,
    ) -> Self {
        Self::gauge(name, help, Detail::GroupPartition, Values::GroupPartition(value))
    }

    /// A family with labels of its own.
    pub(super) const fn special(
        name: &'static str,
        detail: Detail,
        labels: &'static [&'static str],
        values: Values,
        help: &'static str,
    ) -> Self {
        Self { labels, ..Self::gauge(name, help, detail, values) }
    }

    /// A gauge that our own registry holds.
    pub(super) const fn own_gauge(
        name: &'static str,
        detail: Detail,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self::special(name, detail, labels, Values::Ourselves, help)
    }

    /// A counter that our own registry holds.
    pub(super) const fn own_counter(
        name: &'static str,
        detail: Detail,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self { kind: Kind::Counter, ..Self::own_gauge(name, detail, labels, help) }
    }

    /// The same as a counter.
    pub(super) const fn counter(self) -> Self {
        Self { kind: Kind::Counter, ..self }
    }

    pub(super) const fn off_by_default(self) -> Self {
        Self { is_on_by_default: false, ..self }
    }
}

impl Kind {
    /// The word of the `TYPE` line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
        }
    }
}

impl Detail {
    /// The word shown in the catalogue.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Cluster => "cluster",
            Self::Group => "group",
            Self::Topic => "topic",
            Self::GroupTopic => "group_topic",
            Self::TopicPartition => "topic_partition",
            Self::GroupPartition => "group_partition",
        }
    }
}

impl Origin {
    /// The word shown in the catalogue.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Ourselves => "ourselves",
        }
    }
}
