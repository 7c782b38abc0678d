//! Groups whose lag stands still and is known beforehand, so that each number shown while brokers come and go is
//! either right or wrong. It is NOT a fault: those strike in the tests that use it.
//! Invariant: on every page, what is shown is right, and what is not shown is counted.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use crate::support::exporter::Exporter;
use crate::support::kafka::{Cluster, Spec, Version};
use crate::support::page::{Page, integer};

/// Six partitions with a replica on every broker.
pub(super) const WIDE: &str = "wide";
/// A partition for each of three brokers, without replicas elsewhere.
pub(super) const LONE: &str = "lone";
pub(super) const TOPICS: [(&str, i32, i32); 2] = [(WIDE, 6, 3), (LONE, 3, 1)];
pub(super) const TOPIC_NAMES: [&str; 2] = [WIDE, LONE];

/// A broker that was killed starts with the high watermarks it had noted, and until the others confirm more, it denies
/// groups and commits written after that. Kafka notes them every five seconds; here commits are younger.
const NOTED_AT_ONCE: &str = "replica.high.watermark.checkpoint.interval.ms=100";

const GROUPS_PER_COORDINATOR: usize = 3;
const PAUSE: Duration = Duration::from_millis(20);

/// The cluster for it.
pub(super) fn spec() -> Spec {
    Spec { properties: vec![NOTED_AT_ONCE.to_owned()], ..Spec::new(Version::Kafka4_3, 3) }
}

/// What is right.
pub(super) struct Standing {
    /// Each group with its coordinator at the start.
    pub(super) groups: BTreeMap<String, i32>,
    commits: BTreeMap<(String, String, i32), i64>,
    /// A range while records are written.
    ends: BTreeMap<(String, i32), RangeInclusive<i64>>,
}

impl Standing {
    /// Makes topics, records and groups, on three brokers. No two groups and no two partitions are alike, so that
    /// one cannot pass for the other.
    pub(super) async fn arrange(cluster: &Cluster) -> Self {
        let mut ends = BTreeMap::new();
        for (topic, partitions, replicas) in TOPICS {
            cluster.create_topic(topic, partitions, replicas).await;
            ends.extend((0..partitions).map(|partition| ((topic.to_owned(), partition), i64::from(60 + partition))));
        }
        join_all(ends.iter().map(|((topic, partition), end)| cluster.produce(topic, *partition, end.unsigned_abs())))
            .await;
        let groups = groups_everywhere(cluster).await;
        let mut commits = BTreeMap::new();
        for (number, group) in (1..).zip(groups.keys()) {
            let of_group = ends.keys().map(|(topic, partition)| ((group.clone(), topic.clone(), *partition), number));
            commits.extend(of_group);
        }
        join_all(groups.keys().map(|group| commit(cluster, &commits, group))).await;
        Self { groups, commits, ends: ends.into_iter().map(|(place, end)| (place, end..=end)).collect() }
    }

    /// Groups that `broker` coordinates at the start, and those it does not.
    pub(super) fn groups_by(&self, broker: i32) -> (BTreeSet<&str>, BTreeSet<&str>) {
        let names = |is_own: bool| {
            let own = self.groups.iter().filter(move |(_, coordinator)| (**coordinator == broker) == is_own);
            own.map(|(group, _)| group.as_str()).collect()
        };
        (names(true), names(false))
    }

    /// From now on this partition may have up to `count` records more.
    pub(super) fn may_grow(&mut self, topic: &str, partition: i32, count: u32) {
        let end = self.ends.get_mut(&(topic.to_owned(), partition)).expect("a partition of the scene");
        *end = *end.start()..=*end.end() + i64::from(count);
    }

    /// All records that may have come are there.
    pub(super) fn has_grown(&mut self) {
        self.ends.values_mut().for_each(|end| *end = *end.end()..=*end.end());
    }

    /// The lag once everything that may be written is.
    pub(super) fn lag(&self, group: &str, topic: &str, partition: i32) -> i64 {
        let commit = self.commits.get(&(group.to_owned(), topic.to_owned(), partition)).expect("a commit of the scene");
        self.end(topic, partition).end() - commit
    }

    fn end(&self, topic: &str, partition: i32) -> &RangeInclusive<i64> {
        self.ends.get(&(topic.to_owned(), partition)).expect("a partition of the scene")
    }

    /// Whether the page lacks nothing.
    pub(super) fn is_complete(&self, page: &Page) -> bool {
        let count = |family: &str| page.by_partition(family).len();
        count("kafka_consumergroup_lag") == self.commits.len()
            && count("kafka_topic_partition_current_offset") == self.ends.len()
            && count("kafka_topic_partition_oldest_offset") == self.ends.len()
            && self.groups.keys().all(|group| page.state(group).as_deref() == Some("Empty"))
    }

    /// # Panics
    /// If a number on the page is wrong, or missing without being counted, or a group is not listed.
    pub(super) fn check(&self, page: &Page) {
        let lags = page.by_partition("kafka_consumergroup_lag");
        for ((group, topic, partition), lag) in &lags {
            let commit = self.commits.get(&(group.clone(), topic.clone(), *partition)).expect("nobody else's lag");
            let end = self.end(topic, *partition);
            let right = end.start() - commit..=end.end() - commit;
            assert!(right.contains(lag), "{group} on {topic}-{partition} lags {lag}, right is {right:?}");
        }
        for (key, offset) in page.by_partition("kafka_consumergroup_current_offset") {
            assert_eq!(Some(&offset), self.commits.get(&key), "commit of {key:?}");
        }
        for ((_, topic, partition), end) in page.by_partition("kafka_topic_partition_current_offset") {
            let right = self.end(&topic, partition);
            assert!(right.contains(&end), "{topic}-{partition} ends at {end}, right is {right:?}");
        }
        for group in self.groups.keys() {
            assert!(page.state(group).is_some(), "{group} is not listed:\n{}", page.excerpt());
            for (topic, partitions, _) in TOPICS {
                let own =
                    lags.range((group.clone(), topic.to_owned(), 0)..(group.clone(), topic.to_owned(), partitions));
                let (shown, sum) = own.fold((0, 0), |(shown, sum), (_, lag)| (shown + 1, sum + lag));
                let told = |family: &str| page.get(family, &[("consumergroup", group), ("topic", topic)]).map(integer);
                let unknown = told("kafka_consumergroup_topic_unknown_partitions");
                assert_eq!(unknown, Some(i64::from(partitions) - shown), "unknown partitions of {group} on {topic}");
                assert_eq!(told("kafka_consumergroup_topic_lag"), (shown > 0).then_some(sum), "{group} on {topic}");
            }
        }
    }
}

async fn commit(cluster: &Cluster, commits: &BTreeMap<(String, String, i32), i64>, group: &str) {
    let own = commits.iter().filter(|((owner, ..), _)| owner == group);
    let own: Vec<_> = own.map(|((_, topic, partition), offset)| (topic.as_str(), *partition, *offset)).collect();
    cluster.commit_all(group, &own).await.expect("commits are taken");
}

/// Some groups for each broker to coordinate.
async fn groups_everywhere(cluster: &Cluster) -> BTreeMap<String, i32> {
    let brokers: Vec<i32> = cluster.ids().collect();
    let mut groups = BTreeMap::new();
    for group in (0..1000).map(|number| format!("group-{number}")) {
        let coordinator = cluster.coordinator(&group).await.expect("every group has a coordinator");
        if groups.values().filter(|known| **known == coordinator).count() < GROUPS_PER_COORDINATOR {
            groups.insert(group, coordinator);
        }
        if groups.len() == brokers.len() * GROUPS_PER_COORDINATOR {
            return groups;
        }
    }
    panic!("the groups are not spread over the brokers {brokers:?}: {groups:?}")
}

/// Looks at one page after the other for as long as `doing` lasts.
pub(super) async fn watched<T>(exporter: &Exporter, check: impl Fn(&Page), doing: impl Future<Output = T>) -> T {
    let mut doing = std::pin::pin!(doing);
    loop {
        check(&exporter.scrape().await);
        if let Ok(done) = timeout(PAUSE, &mut doing).await {
            return done;
        }
    }
}
