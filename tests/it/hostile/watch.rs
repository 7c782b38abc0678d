//! The product's own way of polling, pointed at fake brokers, and how its findings are read. It is NOT the binary.
//! Invariant: a poll that does not come back ends the test.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use highwater::analysis::{History, analyze};
use highwater::app::SystemClock;
use highwater::config::{BrokerAddress, ClusterConfig, NameFilter, OffsetsTopic, PollSettings};
use highwater::kafka::{ClusterSource, KafkaCluster, LearnedNothing};
use highwater::model::{
    BrokerId, Clock, ClusterName, ClusterReport, ClusterSnapshot, Group, Known, Moment, PartitionId, Problem,
    ProblemKind, Question, Thresholds, Timestamp, Topic, Wishes,
};
use highwater::telemetry::SelfMetrics;
use tokio::time::{sleep, timeout};

use crate::support::fake_broker::{FakeCluster, World};
use crate::support::wait::PATIENCE;

/// Three brokers lead a partition of `orders` each, 2 and 3 those of `payments`; each coordinates a group.
pub(super) fn world() -> World {
    let world = World { coordinator_of_unknown: 1, ..World::default() };
    let world = world.topic("orders", &[1, 2, 3]).topic("payments", &[2, 3]);
    world.group("first", 1, "orders").group("second", 2, "orders").consumer_group("third", 3, "payments")
}

/// Lag of every group of [`world`] on its partition, while all is well.
pub(super) const LAG: u64 = 40;

/// A clock that can be put forward.
#[derive(Default)]
struct ShiftedClock {
    real: SystemClock,
    shift: Mutex<Duration>,
}

impl Clock for ShiftedClock {
    fn moment(&self) -> Moment {
        let shift = *self.shift.lock().unwrap_or_else(PoisonError::into_inner);
        Moment::from_origin(self.real.moment().since(Moment::default()) + shift)
    }

    fn timestamp(&self) -> Timestamp {
        self.real.timestamp()
    }
}

/// A cluster that is polled by hand.
pub(super) struct Watch {
    cluster: KafkaCluster,
    history: History,
    own: SelfMetrics,
    clock: Arc<ShiftedClock>,
}

impl Watch {
    /// Watches everything of a cluster, by way of its first broker.
    pub(super) fn of(fake: &FakeCluster) -> Self {
        Self::with(fake, PollSettings::default(), &[".*"])
    }

    /// Watches these topics of a cluster.
    pub(super) fn with(fake: &FakeCluster, settings: PollSettings, topics: &[&str]) -> Self {
        Self::by_way_of(&[fake.port(1)], settings, topics)
    }

    /// Watches by way of these ports.
    pub(super) fn by_way_of(ports: &[u16], settings: PollSettings, topics: &[&str]) -> Self {
        let name = ClusterName::from("fake");
        let own = SelfMetrics::new().expect("the counters can be set up");
        let clock = Arc::new(ShiftedClock::default());
        let address = |port: &u16| BrokerAddress { host: "127.0.0.1".to_owned(), port: *port };
        let config = ClusterConfig {
            name: name.clone(),
            bootstrap: ports.iter().map(address).collect(),
            client_id: "highwater".to_owned(),
            groups: NameFilter::new(&[".*"], &[]).expect("a pattern"),
            topics: NameFilter::new(topics, &["__.*"]).expect("patterns"),
            offsets_topic: OffsetsTopic::Off,
            expected_brokers: None,
        };
        let metrics = own.cluster(&name).expect("the counters can be set up");
        let cluster = KafkaCluster::new(config, settings, metrics, Arc::clone(&clock) as Arc<dyn Clock>);
        Self { cluster, history: History::default(), own, clock }
    }

    /// Polls once.
    pub(super) async fn poll(&mut self) -> Seen {
        self.poll_wishing(&Wishes::default()).await
    }

    /// Polls once, asking for more than what is always asked.
    pub(super) async fn poll_wishing(&mut self, wishes: &Wishes) -> Seen {
        let snapshot = self.collect(wishes).await.expect("some broker answers");
        Seen(analyze(snapshot, &mut self.history, &Thresholds::default()))
    }

    /// Polls until it is found as wanted, with a pause between polls.
    pub(super) async fn poll_until(&mut self, what: &str, wanted: impl Fn(&Seen) -> bool) {
        let polling = async {
            while !wanted(&self.poll().await) {
                sleep(Duration::from_millis(100)).await;
            }
        };
        assert!(timeout(PATIENCE, polling).await.is_ok(), "waited in vain for {what}");
    }

    /// Polls once, in vain.
    pub(super) async fn poll_in_vain(&mut self) -> LearnedNothing {
        self.collect(&Wishes::default()).await.expect_err("no broker answers")
    }

    /// Polls once, be it in vain.
    pub(super) async fn try_poll(&mut self) {
        if let Ok(snapshot) = self.collect(&Wishes::default()).await {
            analyze(snapshot, &mut self.history, &Thresholds::default());
        }
    }

    /// What analysis wishes for is not asked, so that it is known what is.
    async fn collect(&mut self, wishes: &Wishes) -> Result<ClusterSnapshot, LearnedNothing> {
        timeout(PATIENCE, self.cluster.collect(wishes)).await.expect("the poll comes back")
    }

    /// Puts the clock forward.
    pub(super) fn wait(&self, time: Duration) {
        *self.clock.shift.lock().unwrap_or_else(PoisonError::into_inner) += time;
    }

    /// How many requests failed so far, by API and word.
    pub(super) fn failures(&self) -> Vec<(String, String, u64)> {
        let families = self.own.gather(None);
        let family = families.iter().find(|family| family.name() == "highwater_request_failures_total");
        let metrics = family.into_iter().flat_map(prometheus::proto::MetricFamily::get_metric);
        let label = |metric: &prometheus::proto::Metric, name: &str| {
            let label = metric.get_label().iter().find(|label| label.name() == name);
            label.map_or_else(String::new, |label| label.value().to_owned())
        };
        let told = metrics.map(|metric| {
            let count = metric.get_counter().get_value();
            (
                label(metric, "api"),
                label(metric, "error"),
                u64::try_from(crate::support::page::integer(count)).unwrap_or(0),
            )
        });
        told.collect()
    }
}

/// What a poll found.
pub(super) struct Seen(Arc<ClusterReport>);

impl Seen {
    /// The lag of a group on a partition, or why it is unknown.
    pub(super) fn lag(&self, group: &str, topic: &str, partition: i32) -> Known<u64> {
        let report = self.0.groups.iter().find(|report| report.id.as_str() == group);
        let report = report.unwrap_or_else(|| panic!("{group} is not shown"));
        let of_topic = report.topics.iter().find(|found| found.topic.as_str() == topic);
        let of_topic = of_topic.unwrap_or_else(|| panic!("{group} is not shown on {topic}"));
        let found = report.partitions_of(of_topic).iter().find(|found| found.partition == PartitionId(partition));
        found.unwrap_or_else(|| panic!("{group} is not shown on {topic}/{partition}")).lag()
    }

    /// A group as it was found.
    pub(super) fn group(&self, id: &str) -> &Group {
        self.find_group(id).unwrap_or_else(|| panic!("{id} is not shown"))
    }

    /// A group, if it is shown.
    pub(super) fn find_group(&self, id: &str) -> Option<&Group> {
        self.0.snapshot.groups.iter().find(|group| group.id.as_str() == id)
    }

    /// A topic as it was found.
    pub(super) fn topic(&self, name: &str) -> Option<&Topic> {
        self.0.snapshot.topics.iter().find(|topic| topic.name.as_str() == name)
    }

    /// Where a partition ends, or why that is unknown.
    pub(super) fn end(&self, topic: &str, partition: i32) -> Known<i64> {
        let found = self.topic(topic).and_then(|topic| topic.partition(PartitionId(partition)));
        found.expect("the partition is shown").high_watermark.map(|end| end.offset)
    }

    /// Where a partition starts, or why that is unknown.
    pub(super) fn start(&self, topic: &str, partition: i32) -> Known<i64> {
        let found = self.topic(topic).and_then(|topic| topic.partition(PartitionId(partition)));
        found.expect("the partition is shown").low_watermark
    }

    /// The problems, without their words.
    pub(super) fn problems(&self) -> Vec<(Question, Option<i32>, ProblemKind, usize)> {
        let short =
            |problem: &Problem| (problem.question, problem.broker.map(|BrokerId(id)| id), problem.kind, problem.count);
        self.snapshot().problems.iter().map(short).collect()
    }

    /// The words of the only problem there is.
    pub(super) fn only_detail(&self) -> &str {
        let [problem] = self.snapshot().problems.as_slice() else { panic!("{:?}", self.snapshot().problems) };
        &problem.detail
    }

    /// What was concluded.
    pub(super) fn report(&self) -> &ClusterReport {
        &self.0
    }

    /// All facts.
    pub(super) fn snapshot(&self) -> &ClusterSnapshot {
        &self.0.snapshot
    }

    /// Asserts that these groups of [`world`] have the lag they have while all is well.
    #[track_caller]
    pub(super) fn assert_unharmed(&self, groups: &[&str]) {
        for group in groups {
            let topic = if *group == "third" { "payments" } else { "orders" };
            assert_eq!(self.lag(group, topic, 0), Ok(LAG), "{group}");
            assert!(self.group(group).members.is_ok(), "{group}: {:?}", self.group(group).members);
        }
    }
}
