//! A topic that is written in batches at random, and polls of it.

use fastrand::Rng;

use super::*;
use crate::model::{Broker, BrokerId, EndOffset, Moment, Partition, Replicas, SnapshotBuilder, Timestamp, TopicId};

/// How a topic is written.
#[derive(Clone)]
pub(super) struct Traffic {
    /// By partition.
    pub(super) weights: Vec<f64>,
    /// Records per second.
    pub(super) rate: f64,
    /// The mean length of a batch, in records.
    pub(super) batch: f64,
}

impl Traffic {
    pub(super) fn even(partition_count: i32, rate: f64, batch: f64) -> Self {
        Self { weights: (0..partition_count).map(|_| 1.0).collect(), rate, batch }
    }

    /// Partition 1 gets so many times the records of each other.
    pub(super) fn one_hot(partition_count: i32, times: f64, rate: f64, batch: f64) -> Self {
        let mut traffic = Self::even(partition_count, rate, batch);
        traffic.weights[1] = times;
        traffic
    }

    /// Records of one partition in so many seconds.
    fn records(&self, place: usize, seconds: f64, random: &mut Rng) -> i64 {
        let share = self.weights[place] / self.weights.iter().sum::<f64>();
        let batches = poisson(self.rate * share * seconds / self.batch, random);
        if self.batch <= 1.0 {
            return batches;
        }
        (0..batches).map(|_| (-(1.0 - random.f64()).ln() * self.batch).ceil() as i64).sum()
    }
}

fn poisson(mean: f64, random: &mut Rng) -> i64 {
    if mean > 60.0 {
        // Twelve uniform numbers are normal enough.
        let normal = (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
        return (mean + normal * mean.sqrt()).round().max(0.0) as i64;
    }
    let (limit, mut product, mut count) = ((-mean).exp(), random.f64(), 0);
    while product > limit {
        product *= random.f64();
        count += 1;
    }
    count
}

/// A cluster with one topic.
pub(super) struct World {
    random: Rng,
    pub(super) traffic: Traffic,
    pub(super) ends: Vec<Option<i64>>,
    pub(super) second: u64,
    pub(super) name: &'static str,
    pub(super) id: u8,
    pub(super) broker_count: usize,
    /// A partition whose end cannot be read.
    pub(super) unknown: Option<usize>,
    pub(super) is_gone: bool,
    /// Only groups speak of it.
    pub(super) is_spoken_of: bool,
    pub(super) heat: Hot,
    pub(super) thresholds: HotThresholds,
    report: TopicReport,
}

impl World {
    pub(super) fn new(seed: u64, traffic: Traffic) -> Self {
        Self {
            random: Rng::with_seed(seed),
            ends: traffic.weights.iter().map(|_| Some(1_000_000)).collect(),
            traffic,
            second: 100,
            name: "orders",
            id: 1,
            broker_count: 1,
            unknown: None,
            is_gone: false,
            is_spoken_of: false,
            heat: Hot::default(),
            thresholds: HotThresholds::default(),
            report: TopicReport::default(),
        }
    }

    pub(super) fn run(&mut self, seconds: u64, polls: usize) {
        (0..polls).for_each(|_| self.poll(seconds));
    }

    /// Lets time pass and polls.
    pub(super) fn poll(&mut self, passed: u64) {
        self.second += passed;
        self.ends.resize(self.traffic.weights.len(), Some(0));
        for (place, end) in self.ends.iter_mut().enumerate() {
            let records = self.traffic.records(place, passed as f64, &mut self.random);
            *end = end.map(|end| end + records);
        }
        let ends: Vec<_> =
            self.ends.iter().enumerate().map(|(place, end)| end.filter(|_| self.unknown != Some(place))).collect();
        let topics = if self.is_gone { vec![] } else { vec![(self.name, self.id, ends)] };
        let mut snapshot = snapshot(self.second, self.broker_count, topics);
        if self.is_spoken_of {
            for topic in &mut snapshot.topics {
                *topic = Topic { id: None, is_listed: false, partitions: Vec::new(), ..topic.clone() };
            }
        }
        self.heat.observe(&snapshot, &self.thresholds);
        let mut reports = [TopicReport::default()];
        self.heat.tell(&mut reports);
        let [report] = reports;
        self.report = report;
    }

    pub(super) fn skew(&self) -> Option<&Skew> {
        self.report.skew.as_ref()
    }
}

/// A snapshot of topics by their ends, whose partitions the brokers lead in turns.
pub(super) fn snapshot(second: u64, broker_count: usize, topics: Vec<(&str, u8, Vec<Option<i64>>)>) -> ClusterSnapshot {
    let now = Moment::from_origin(Duration::from_secs(second));
    let mut builder = SnapshotBuilder::new("test".into(), now);
    let broker = |place: usize| BrokerId(i32::try_from(place % broker_count).expect("there are few"));
    let brokers = (0..broker_count).map(|place| Broker { id: broker(place), address: String::new(), rack: None });
    builder.found_brokers(brokers.collect());
    for (name, id, ends) in topics {
        let partitions = ends.iter().enumerate().map(|(place, end)| Partition {
            id: PartitionId(i32::try_from(place).expect("there are few")),
            leader: Some(broker(place)),
            leader_epoch: None,
            replicas: Replicas { preferred_leader: Some(broker(place)), assigned_count: 1, in_sync_count: 1 },
            high_watermark: end.map(|offset| EndOffset { offset, answered: now }).ok_or(Unknown::NoLeader),
            low_watermark: Ok(0),
            last_stable: Err(Unknown::NotAsked),
        });
        let (name, id, partitions) = (name.into(), Some(TopicId([id; 16])), partitions.collect());
        builder.found_topic(Topic { name, id, is_listed: true, partitions, config: None });
    }
    builder.build(now, Timestamp::default())
}
