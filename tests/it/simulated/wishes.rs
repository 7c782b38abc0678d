//! What a poll asks beyond what it always asks, beside what is true of the world. It is NOT about what is wished for:
//! analysis knows that, and here every wish is written down.
//! Invariant: each answer is compared with the world itself, and requests are counted where they arrive.

mod adverse;
mod configs;
mod times;

use std::collections::BTreeMap;
use std::time::Duration;

use highwater::config::PollSettings;
use highwater::kafka::ClusterSource;
use highwater::model::{
    ClusterReport, ClusterSnapshot, EpochWish, LastStable, MarkerWish, PartitionId, ProblemKind, TimeWish, TimedOffset,
    Timestamp, Topic, TopicIndex, TopicName, Unknown, Wishes,
};
use highwater::simulator::spec::{Action, PartitionOf, TopicSpec};
use highwater::simulator::{ClusterSettings, Scenario};

use super::crowd::cluster;
use super::lab::Site;

/// Three brokers lead partitions of each of two topics that grow; a third topic is empty.
fn story() -> Scenario {
    let orders = TopicSpec { retention: Duration::from_mins(20), ..TopicSpec::new("orders", 6).rate(60.0) };
    let topics = vec![orders, TopicSpec::new("payments", 3).rate(7.0), TopicSpec::new("quiet", 1)];
    Scenario { name: "wishes".to_owned(), topics, ..Scenario::default() }
}

fn world() -> ClusterSettings {
    cluster(3, 7)
}

async fn site() -> Site {
    Site::new(0.0, &world(), story(), &PollSettings::default()).await
}

/// Every partition there is.
const PLACES: [(&str, i32); 10] = [
    ("orders", 0),
    ("orders", 1),
    ("orders", 2),
    ("orders", 3),
    ("orders", 4),
    ("orders", 5),
    ("payments", 0),
    ("payments", 1),
    ("payments", 2),
    ("quiet", 0),
];

impl Site {
    async fn ask(&mut self, wishes: &Wishes) -> ClusterSnapshot {
        self.cluster.collect(wishes).await.expect("brokers answer")
    }

    fn pass(&self, time: Duration) {
        self.simulator.clock().advance(time);
    }

    #[track_caller]
    fn act(&self, action: &Action) {
        self.simulator.with_world(|world| world.act(action)).expect("it is possible");
    }

    /// Requests since the last time, by API.
    fn take_requests(&self) -> BTreeMap<String, u64> {
        let mut by_api = BTreeMap::new();
        for ((_, api), count) in self.simulator.requests() {
            *by_api.entry(api).or_default() += count;
        }
        self.simulator.reset_requests();
        by_api
    }

    /// The first offset that is left and the end.
    fn ends(&self, (topic, partition): (&str, i32)) -> (i64, i64) {
        self.simulator.with_world(|world| {
            let partition = world.partition(topic, partition).expect("it is there");
            (world.start(partition), world.end(partition))
        })
    }

    fn now(&self) -> Duration {
        Duration::from_millis(self.simulator.clock().now().cast_unsigned())
    }
}

fn at(since_unix: Duration) -> Timestamp {
    Timestamp::from_unix(since_unix)
}

fn time_wish((topic, partition): (&str, i32), at: Timestamp) -> TimeWish {
    TimeWish { topic: TopicName::from(topic), partition: PartitionId(partition), at }
}

fn marker_wish((topic, partition): (&str, i32), from: i64) -> MarkerWish {
    MarkerWish { topic: TopicName::from(topic), partition: PartitionId(partition), from }
}

fn epoch_wish((topic, partition): (&str, i32), epoch: i32) -> EpochWish {
    EpochWish { topic: TopicName::from(topic), partition: PartitionId(partition), epoch }
}

fn only(topic: &str, partition: u32) -> PartitionOf {
    PartitionOf { topic: topic.to_owned(), partition: Some(partition) }
}

fn topic<'a>(snapshot: &'a ClusterSnapshot, name: &str) -> &'a Topic {
    snapshot.topics.iter().find(|topic| topic.name.as_str() == name).expect("the topic is listed")
}

fn named(snapshot: &ClusterSnapshot, index: TopicIndex, partition: PartitionId) -> (String, i32) {
    let topic = snapshot.topic(index).expect("an answer is about a topic of the snapshot");
    (topic.name.as_str().to_owned(), partition.0)
}

/// The last stable offset of each partition of a topic.
fn last_stable(snapshot: &ClusterSnapshot, name: &str) -> Vec<Result<i64, Unknown>> {
    topic(snapshot, name).partitions.iter().map(|partition| partition.last_stable).collect()
}

#[tokio::test(start_paused = true)]
async fn a_time_is_the_offset_of_its_first_record() {
    let mut site = site().await;
    site.ask(&Wishes::default()).await;
    site.pass(Duration::from_secs(90));
    let now = site.now();
    for age in [0, 1, 17, 600, 1199, 1500, 1_000_000].map(Duration::from_secs) {
        let when = now.saturating_sub(age + Duration::from_nanos(1));
        let wishes = Wishes { times: PLACES.map(|place| time_wish(place, at(when))).into(), ..Wishes::default() };
        let snapshot = site.ask(&wishes).await;
        assert_eq!(snapshot.problems, []);
        let answered: Vec<_> =
            snapshot.granted.times.iter().map(|told| named(&snapshot, told.topic, told.partition)).collect();
        assert_eq!(answered, PLACES.map(|(topic, partition)| (topic.to_owned(), partition)));
        for (told, (topic, partition)) in snapshot.granted.times.iter().zip(PLACES) {
            let found = site.simulator.with_world(|world| {
                let partition = world.partition(topic, partition).expect("it is there");
                let mut left = (world.start(partition)..world.end(partition))
                    .filter_map(|offset| Some((offset, world.timestamp(partition, offset)?.cast_unsigned())));
                left.find(|(_, appended)| Duration::from_millis(*appended) >= when)
            });
            let found =
                found.map(|(offset, appended)| TimedOffset { offset, timestamp: at(Duration::from_millis(appended)) });
            assert_eq!(told.found, Ok(found), "{topic}/{partition} {age:?} ago");
            assert_eq!(told.at, at(when));
            assert_eq!((told.answered, told.answered_at), (snapshot.finished, snapshot.finished_at));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_wish_for_what_is_not_there_is_left_out() {
    let mut site = site().await;
    site.act(&Action::LoseLeader(only("payments", 1)));
    let (now, orders) = (at(site.now()), ("orders", 0));
    let wishes = Wishes {
        times: vec![
            time_wish(("absent", 0), now),
            time_wish(orders, at(Duration::ZERO)),
            time_wish(orders, now),
            time_wish(("orders", 6), now),
            time_wish(("payments", 1), now),
        ],
        epochs: vec![epoch_wish(("absent", 0), 0), epoch_wish(("payments", 1), 0), epoch_wish(("quiet", 0), 0)],
        markers: vec![marker_wish(("absent", 0), 0), marker_wish(("payments", 1), 0), marker_wish(("quiet", 0), 0)],
        last_stable: LastStable::Of(vec![TopicName::from("absent"), TopicName::from("payments")]),
    };
    let snapshot = site.ask(&wishes).await;
    assert_eq!(snapshot.problems, []);
    let [first] = snapshot.granted.times.as_slice() else { panic!("{:?}", snapshot.granted.times) };
    assert_eq!(
        (named(&snapshot, first.topic, first.partition), first.at),
        (("orders".to_owned(), 0), at(Duration::ZERO))
    );
    assert_eq!((snapshot.granted.epochs.len(), snapshot.granted.markers.len()), (1, 1));
    let told = last_stable(&snapshot, "payments");
    assert_eq!((told[0].is_ok(), told[1], told[2].is_ok()), (true, Err(Unknown::NotAsked), true));
    assert_eq!(last_stable(&snapshot, "orders"), [Err(Unknown::NotAsked); 6]);
    // Nobody is asked about it who does not lead it.
    assert!(!snapshot.topics.iter().any(|topic| topic.name.as_str() == "absent"));
}

#[tokio::test(start_paused = true)]
async fn an_open_transaction_holds_the_last_stable_offset_back() {
    let mut site = site().await;
    site.act(&Action::OpenTransaction(only("orders", 1)));
    site.pass(Duration::from_secs(30));
    let all = Wishes { last_stable: LastStable::All, ..Wishes::default() };
    let some = Wishes { last_stable: LastStable::Of(vec![TopicName::from("orders")]), ..Wishes::default() };
    for wishes in [&all, &some] {
        let snapshot = site.ask(wishes).await;
        for truth in &site.simulator.truth().topics {
            if truth.name.starts_with("__") {
                continue;
            }
            let is_asked = wishes.last_stable == LastStable::All || truth.name == "orders";
            let told = |offset: i64| if is_asked { Ok(offset) } else { Err(Unknown::NotAsked) };
            let expected: Vec<_> = truth.partitions.iter().map(|partition| told(partition.last_stable)).collect();
            assert_eq!(last_stable(&snapshot, &truth.name), expected, "{}", truth.name);
        }
        let orders = topic(&snapshot, "orders");
        let hidden = |partition: usize| {
            let found = &orders.partitions[partition];
            found.high_watermark.expect("it is told").offset - found.last_stable.expect("it is told")
        };
        assert!(hidden(1) > 200, "{}", hidden(1));
        assert_eq!(hidden(0), 0);
    }
    site.act(&Action::EndTransaction(only("orders", 1)));
    let orders = last_stable(&site.ask(&all).await, "orders")[1];
    assert_eq!(orders, Ok(site.ends(("orders", 1)).1));
}

#[tokio::test(start_paused = true)]
async fn an_epoch_ends_where_an_unclean_election_cut_the_log() {
    let mut site = site().await;
    let (place, steady) = (("orders", 2), ("payments", 0));
    let (_, before) = site.ends(place);
    let epoch = |site: &Site, (topic, partition): (&str, i32)| {
        site.simulator.with_world(|world| world.partition(topic, partition).expect("it is there").leader_epoch)
    };
    let (old, calm) = (epoch(&site, place), epoch(&site, steady));
    site.act(&Action::Truncate { topic: "orders".to_owned(), partition: Some(2), records: 40 });
    // It grows past where it was.
    site.pass(Duration::from_mins(5));
    assert!(site.ends(place).1 > before, "it has");
    let new = epoch(&site, place);
    assert!(new > old, "another leader");
    let ends = |snapshot: &ClusterSnapshot| -> Vec<_> { snapshot.granted.epochs.iter().map(|told| told.end).collect() };
    for (wished, end) in [(old, Some(before - 40)), (new, Some(site.ends(place).1)), (new + 1, None)] {
        let wishes = Wishes { epochs: vec![epoch_wish(place, wished), epoch_wish(steady, calm)], ..Wishes::default() };
        let snapshot = site.ask(&wishes).await;
        assert_eq!(snapshot.problems, []);
        assert_eq!(ends(&snapshot), [Ok(end), Ok(Some(site.ends(steady).1))], "epoch {wished}");
        assert_eq!(snapshot.granted.epochs[0].epoch, wished);
    }
}

#[tokio::test(start_paused = true)]
async fn records_are_not_taken_for_markers() {
    let mut site = site().await;
    site.pass(Duration::from_mins(30));
    let (start, end) = site.ends(("orders", 0));
    assert!(start > 0, "some were deleted");
    for (from, until) in [
        (end, Ok(end)),
        (end - 1, Ok(end - 1)),
        (start, Ok(start)),
        (start - 1, Err(Unknown::Failed(ProblemKind::OffsetOutOfRange))),
        (end + 1, Err(Unknown::Failed(ProblemKind::OffsetOutOfRange))),
    ] {
        let wishes = Wishes {
            markers: vec![marker_wish(("orders", 0), from), marker_wish(("payments", 1), 3)],
            ..Wishes::default()
        };
        let snapshot = site.ask(&wishes).await;
        assert_eq!(snapshot.problems, [], "it is nobody's fault");
        let told: Vec<_> = snapshot.granted.markers.iter().map(|told| (told.from, told.markers_until)).collect();
        assert_eq!(told, [(from, until), (3, Ok(3))]);
    }
}

#[tokio::test(start_paused = true)]
async fn wishes_cost_one_request_per_leader_and_kind_and_none_cost_nothing() {
    let mut site = site().await;
    let counted = |requests: &BTreeMap<String, u64>, api: &str| requests.get(api).copied().unwrap_or(0);
    site.ask(&Wishes::default()).await;
    let first = site.take_requests();
    assert_eq!(counted(&first, "DescribeConfigs"), 1);
    site.ask(&Wishes::default()).await;
    let usual = site.take_requests();
    let expected = [("ListGroups", 3), ("ListOffsets", 6), ("Metadata", 1)];
    assert_eq!(usual, expected.map(|(api, count)| (api.to_owned(), count)).into());
    let now = at(site.now());
    let wishes = Wishes {
        times: PLACES.map(|place| time_wish(place, now)).into(),
        epochs: PLACES.map(|place| epoch_wish(place, 0)).into(),
        markers: PLACES.map(|place| marker_wish(place, site.ends(place).1)).into(),
        last_stable: LastStable::All,
    };
    let snapshot = site.ask(&wishes).await;
    let granted = &snapshot.granted;
    assert_eq!((granted.times.len(), granted.epochs.len(), granted.markers.len()), (10, 10, 10));
    let more = [("Fetch", 3), ("ListGroups", 3), ("ListOffsets", 12), ("Metadata", 1), ("OffsetForLeaderEpoch", 3)];
    assert_eq!(site.take_requests(), more.map(|(api, count)| (api.to_owned(), count)).into());
    let one = Wishes { times: vec![time_wish(("quiet", 0), now)], ..Wishes::default() };
    site.ask(&one).await;
    assert_eq!(counted(&site.take_requests(), "ListOffsets"), 7);
}
