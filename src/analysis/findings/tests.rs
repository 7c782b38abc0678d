//! Metadata told poll by poll, and what is found at the end.

mod properties;

use std::slice;

use super::*;
use crate::model::{
    Broker, BrokerId, Partition, PartitionId, Replicas, SnapshotBuilder, Timestamp, Topic, TopicId, Unknown,
};

/// One partition: its leader, its preferred leader, replicas that are in sync, of two.
type Told = (Option<i32>, i32, usize);

const WELL: Told = (Some(1), 1, 2);
const OFFLINE: Told = (None, 1, 2);
const BEHIND: Told = (Some(1), 1, 1);
const ELSEWHERE: Told = (Some(2), 1, 2);

/// What the metadata tells in one poll.
#[derive(Clone, Debug)]
struct Metadata {
    brokers: Vec<i32>,
    topics: Vec<(&'static str, u8, Vec<Told>)>,
}

impl Metadata {
    fn snapshot(&self, finished: Moment) -> ClusterSnapshot {
        let mut builder = SnapshotBuilder::new("test".into(), finished);
        let broker = |id: &i32| Broker { id: BrokerId(*id), address: String::new(), rack: None };
        builder.found_brokers(self.brokers.iter().map(broker).collect());
        for (name, id, partitions) in &self.topics {
            let partitions = (0..).zip(partitions).map(|(id, (leader, preferred, in_sync_count))| Partition {
                id: PartitionId(id),
                leader: leader.map(BrokerId),
                leader_epoch: None,
                replicas: Replicas {
                    preferred_leader: Some(BrokerId(*preferred)),
                    assigned_count: 2,
                    in_sync_count: *in_sync_count,
                },
                high_watermark: Err(Unknown::NotAsked),
                low_watermark: Err(Unknown::NotAsked),
                last_stable: Err(Unknown::NotAsked),
            });
            builder.found_topic(Topic {
                name: (*name).into(),
                id: Some(TopicId([*id; 16])),
                is_listed: true,
                partitions: partitions.collect(),
                config: None,
            });
        }
        // Spoken of by a commit, and not listed.
        builder.topic_index("deleted");
        builder.build(finished, Timestamp::default())
    }
}

fn topics(partitions: &[(&'static str, Vec<Told>)]) -> Metadata {
    let topics = partitions.iter().map(|(name, partitions)| (*name, 1, partitions.clone())).collect();
    Metadata { brokers: vec![1, 2, 3], topics }
}

fn brokers(ids: &[i32]) -> Metadata {
    Metadata { brokers: ids.to_vec(), topics: Vec::new() }
}

/// A cluster that is watched.
#[derive(Default)]
struct Watch {
    second: u64,
    findings: Findings,
    last: Option<ClusterSnapshot>,
    expected_brokers: Option<usize>,
}

impl Watch {
    /// A poll so many seconds after the last one.
    fn poll(&mut self, seconds: u64, metadata: &Metadata) -> Vec<Finding> {
        self.second += seconds;
        let snapshot = metadata.snapshot(Moment::from_origin(Duration::from_secs(self.second)));
        let found = self.findings.observe(&snapshot, self.last.as_ref(), self.expected_brokers);
        self.last = Some(snapshot);
        found
    }

    /// Polls every 15 seconds for so long, and gives what the last poll found.
    fn keep(&mut self, seconds: u64, metadata: &Metadata) -> Vec<Finding> {
        (0..seconds / 15).fold(Vec::new(), |_, _| self.poll(15, metadata))
    }
}

fn topic(name: &str, first: i32) -> About {
    About::Topic(name.into(), PartitionId(first))
}

fn broker(id: i32) -> About {
    About::Broker(BrokerId(id))
}

fn told(found: &[Finding]) -> Vec<(Check, Severity, About, usize, u64)> {
    found
        .iter()
        .map(|found| (found.check, found.severity, found.about.clone(), found.count, found.lasting.as_secs()))
        .collect()
}

/// Each check begins after its minimum, not before, and ends in the poll that does not see it.
#[test]
fn each_check_begins_after_its_minimum_and_ends_at_once() {
    let many = |odd: Vec<Told>| [odd, vec![WELL; 30]].concat();
    let spread = |leaders: [usize; 3]| {
        let led = (1..).zip(leaders).flat_map(|(id, count)| vec![(Some(id), id, 2); count]);
        topics(&[("orders", led.collect())])
    };
    let well = spread([12, 10, 10]);
    let cases = [
        (
            topics(&[("orders", many(vec![OFFLINE; 2]))]),
            15,
            Check::OfflinePartitions,
            Severity::Critical,
            topic("orders", 0),
            2,
        ),
        (
            topics(&[("orders", many(vec![BEHIND; 3]))]),
            300,
            Check::UnderReplicated,
            Severity::Warning,
            topic("orders", 0),
            3,
        ),
        (
            topics(&[("orders", many(vec![BEHIND; 4]))]),
            300,
            Check::UnderReplicated,
            Severity::Critical,
            topic("orders", 0),
            4,
        ),
        (
            topics(&[("orders", many(vec![ELSEWHERE; 4]))]),
            1800,
            Check::PreferredLeaderImbalance,
            Severity::Warning,
            broker(1),
            4,
        ),
        (spread([8, 8, 17]), 1800, Check::LeaderSkew, Severity::Info, broker(3), 17),
        (
            Metadata { brokers: vec![1, 3], ..well.clone() },
            60,
            Check::BrokerSetChanged,
            Severity::Critical,
            broker(2),
            1,
        ),
    ];
    for (trouble, least, check, severity, about, count) in cases {
        let mut watch = Watch::default();
        let of = |found: &[Finding]| {
            let found = found.iter().filter(|found| found.check == check).cloned().collect::<Vec<_>>();
            told(&found)
        };
        assert_eq!(of(&watch.keep(3600, &well)), [], "{check:?}: all is well");
        assert_eq!(of(&watch.poll(15, &trouble)), [], "{check:?}: just begun");
        assert_eq!(of(&watch.keep(least - 15, &trouble)), [], "{check:?}: too early");
        let expected = |lasting| [(check, severity, about.clone(), count, lasting)];
        assert_eq!(of(&watch.poll(15, &trouble)), expected(least), "{check:?}: now");
        assert_eq!(of(&watch.poll(15, &trouble)), expected(least + 15), "{check:?}: it goes on");
        assert_eq!(of(&watch.poll(15, &well)), [], "{check:?}: it is over");
        assert_eq!(of(&watch.poll(15, &trouble)), [], "{check:?}: anew");
    }
}

#[test]
fn limits_are_not_trouble() {
    let limits = [
        // Three of thirty are a tenth.
        Metadata { brokers: vec![1, 2], ..topics(&[("orders", [vec![ELSEWHERE; 3], vec![WELL; 27]].concat())]) },
        // One and a half times the mean of ten; and the mean is too small for more.
        topics(&[("orders", [vec![(Some(1), 1, 2); 15], vec![(Some(2), 2, 2); 8], vec![(Some(3), 3, 2); 7]].concat())]),
        topics(&[("orders", [vec![(Some(1), 1, 2); 29]].concat())]),
        // Two brokers.
        Metadata { brokers: vec![1, 2], ..topics(&[("orders", vec![WELL; 100])]) },
    ];
    for metadata in limits {
        assert_eq!(told(&Watch::default().keep(7200, &metadata)), [], "{metadata:?}");
    }
}

#[test]
fn a_single_broker_gives_no_findings() {
    let metadata = Metadata { brokers: vec![1], topics: vec![("orders", 1, vec![WELL; 50])] };
    assert_eq!(told(&Watch::default().keep(7200, &metadata)), []);
}

#[test]
fn partitions_that_take_turns_are_not_one_that_lasts() {
    let turns = [vec![OFFLINE, WELL], vec![WELL, OFFLINE]].map(|partitions| topics(&[("orders", partitions)]));
    let mut watch = Watch::default();
    for poll in 0..10 {
        assert_eq!(told(&watch.poll(15, &turns[poll % 2])), []);
    }
}

#[test]
fn a_new_topic_has_half_a_minute_to_find_its_leaders() {
    let (before, new) = (topics(&[("orders", vec![WELL])]), topics(&[("new", vec![OFFLINE]), ("orders", vec![WELL])]));
    let mut watch = Watch::default();
    watch.keep(60, &before);
    for _ in 0..6 {
        assert_eq!(told(&watch.poll(5, &new)), [], "it is young");
    }
    assert_eq!(told(&watch.poll(5, &new)), [], "it is not young any more");
    assert_eq!(told(&watch.poll(5, &new)).len(), 1);
    // A topic that is made anew is new.
    let anew = Metadata { topics: vec![("new", 2, vec![OFFLINE]), ("orders", 1, vec![WELL])], ..new };
    assert_eq!(told(&watch.poll(5, &anew)), []);
    assert_eq!(told(&watch.poll(5, &anew)), []);
    // Of the topics that were there at the start nobody knows how old they are.
    let mut watch = Watch::default();
    watch.poll(5, &anew);
    assert_eq!(told(&watch.poll(5, &anew)).len(), 1);
}

#[test]
fn leaders_of_a_broker_that_is_down_are_elsewhere_with_reason() {
    let mut metadata = topics(&[("orders", vec![ELSEWHERE; 20])]);
    let mut watch = Watch::default();
    watch.poll(0, &metadata);
    assert_eq!(told(&watch.keep(1800, &metadata)).len(), 1);
    metadata.brokers = vec![2, 3];
    let found = watch.keep(3600, &metadata);
    assert!(found.iter().all(|found| found.check == Check::BrokerSetChanged), "{found:?}");
    metadata.brokers = vec![1, 2, 3];
    assert_eq!(told(&watch.keep(1800, &metadata)), [], "it has half an hour after its return");
    assert_eq!(told(&watch.poll(15, &metadata)).len(), 1);
}

#[test]
fn a_missing_broker_is_forgotten_after_a_day_and_a_new_one_is_news_for_an_hour() {
    let mut watch = Watch::default();
    watch.poll(0, &brokers(&[1, 2]));
    let came = (Check::BrokerSetChanged, Severity::Info, broker(7), 1);
    let went = (Check::BrokerSetChanged, Severity::Critical, broker(2), 1);
    let found = |found: Vec<Finding>| -> Vec<_> {
        told(&found).into_iter().map(|(check, severity, about, count, _)| (check, severity, about, count)).collect()
    };
    assert_eq!(found(watch.poll(15, &brokers(&[1, 7]))), slice::from_ref(&came));
    assert_eq!(found(watch.poll(60, &brokers(&[1, 7]))), [went.clone(), came.clone()]);
    assert_eq!(found(watch.poll(3539, &brokers(&[1, 7]))), [went.clone(), came]);
    assert_eq!(found(watch.poll(1, &brokers(&[1, 7]))), slice::from_ref(&went));
    assert_eq!(found(watch.poll(86_399 - 3615, &brokers(&[1, 7]))), [went]);
    assert_eq!(found(watch.poll(1, &brokers(&[1, 7]))), []);
    assert_eq!(found(watch.poll(1, &brokers(&[1, 2, 7]))).len(), 1, "it is new again");
    assert_eq!(found(watch.poll(200_000, &brokers(&[1, 2, 3]))), [], "nobody watched for days");
}

#[test]
fn brokers_that_are_expected_are_missed_though_nobody_saw_them() {
    let mut watch = Watch { expected_brokers: Some(4), ..Watch::default() };
    assert_eq!(watch.keep(60, &brokers(&[1, 2])), []);
    let two = (Check::BrokerSetChanged, Severity::Critical, About::Cluster, 2, 60);
    assert_eq!(told(&watch.poll(15, &brokers(&[1, 2]))), slice::from_ref(&two));
    // One that was seen is named, and not counted twice.
    watch.keep(60, &brokers(&[1, 2, 3]));
    let found = told(&watch.keep(75, &brokers(&[1, 2])));
    let one = (Check::BrokerSetChanged, Severity::Critical, About::Cluster, 1, 195);
    assert_eq!(found, [one, (Check::BrokerSetChanged, Severity::Critical, broker(3), 1, 60)]);
    assert_eq!(
        watch.poll(15, &brokers(&[1, 2, 4, 5])).iter().filter(|it| it.severity == Severity::Critical).count(),
        0
    );
}

#[test]
fn nobody_is_missed_where_there_are_as_many_as_expected() {
    let mut watch = Watch { expected_brokers: Some(2), ..Watch::default() };
    watch.keep(60, &brokers(&[1, 2, 3]));
    assert_eq!(watch.keep(600, &brokers(&[1, 2])), [], "it was taken out");
    let found = told(&watch.keep(75, &brokers(&[1])));
    let went = |id| (Check::BrokerSetChanged, Severity::Critical, broker(id), 1, 60);
    assert_eq!(found, [went(2), went(3)]);
}

#[test]
fn brokers_that_went_are_remembered_up_to_a_number() {
    let mut watch = Watch::default();
    for poll in 0..30 {
        watch.poll(15, &brokers(&(poll * 1000..(poll + 1) * 1000).collect::<Vec<_>>()));
    }
    let found = watch.poll(60, &brokers(&[1]));
    let missing = found.iter().filter(|found| found.severity == Severity::Critical).count();
    assert!((9_000..=10_000).contains(&missing), "{missing}");
}

#[test]
fn a_long_gap_between_polls_counts_as_two_minutes() {
    let behind = topics(&[("orders", vec![BEHIND])]);
    let mut watch = Watch::default();
    for passed in [0, 15, 100_000, 15, 100_000, 15] {
        assert_eq!(told(&watch.poll(passed, &behind)), [], "after {passed} s");
    }
    let found = watch.poll(100_000, &behind);
    assert_eq!(told(&found), [(Check::UnderReplicated, Severity::Critical, topic("orders", 0), 1, 405)]);
}

#[test]
fn where_polls_are_rare_a_gap_between_two_is_none() {
    let behind = topics(&[("orders", vec![BEHIND])]);
    let mut watch = Watch::default();
    assert_eq!(told(&watch.poll(0, &behind)), []);
    assert_eq!(told(&watch.poll(300, &behind)), [], "nobody knew yet how rare they are");
    let found = watch.poll(300, &behind);
    assert_eq!(told(&found), [(Check::UnderReplicated, Severity::Critical, topic("orders", 0), 1, 420)]);
}
