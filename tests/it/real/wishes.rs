//! What a poll can be asked for beyond what it always asks, answered by real Kafka. It is NOT about what follows from the
//! answers: see `time_lag`.
//! Invariant: what an answer should be follows from what was written, record by record.

use std::time::Duration;

use highwater::model::{
    ClusterSnapshot, EpochWish, LastStable, MarkerWish, PartitionId, ProblemKind, TimeWish, TimedOffset, Timestamp,
    TopicConfig, TopicName, Unknown, Wishes,
};

use super::watch::{Watch, topic};
use crate::support::kafka::{Cluster, Spec, Version};

/// A day in 2023: nothing here is as old as it claims to be.
const THEN: i64 = 1_700_000_000_000;

/// And yet it would be deleted as if it were.
const FOR_EVER: (&str, &str) = ("retention.ms", "-1");

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_unix(Duration::from_millis(milliseconds.cast_unsigned()))
}

fn time_wish(name: &str, partition: i32, milliseconds: i64) -> TimeWish {
    TimeWish { topic: TopicName::from(name), partition: PartitionId(partition), at: at(milliseconds) }
}

fn marker_wish(name: &str, from: i64) -> Wishes {
    let wish = MarkerWish { topic: TopicName::from(name), partition: PartitionId(0), from };
    Wishes { markers: vec![wish], ..Wishes::default() }
}

fn epoch_wish(name: &str, epoch: i32) -> Wishes {
    let wish = EpochWish { topic: TopicName::from(name), partition: PartitionId(0), epoch };
    Wishes { epochs: vec![wish], ..Wishes::default() }
}

async fn answers(version: Version, brokers: u16) {
    let cluster = Cluster::start(Spec::new(version, brokers)).await;
    let replicas = i32::from(brokers);
    cluster.create_topic_with("timed", 2, replicas, &[FOR_EVER]).await;
    cluster.create_topic("ledger", 1, replicas).await;
    let mut watch = Watch::of(&cluster);
    times(&cluster, &mut watch).await;
    transactions(&cluster, &mut watch).await;
    epochs(&cluster, &mut watch).await;
    configurations(&cluster).await;
}

/// Two records of the same time; and later one of an earlier time, as producers may write.
async fn times(cluster: &Cluster, watch: &mut Watch) {
    let written = [THEN, THEN + 10_000, THEN + 20_000, THEN + 20_000, THEN + 5_000];
    cluster.produce_of("timed", 0, &written).await;
    let found = |offset: i64, milliseconds| Ok(Some(TimedOffset { offset, timestamp: at(milliseconds) }));
    for (asked, expected) in [
        (0, found(0, THEN)),
        (THEN, found(0, THEN)),
        (THEN + 1, found(1, THEN + 10_000)),
        (THEN + 10_000, found(1, THEN + 10_000)),
        (THEN + 10_001, found(2, THEN + 20_000)),
        (THEN + 20_001, Ok(None)),
    ] {
        let times = vec![time_wish("timed", 0, asked), time_wish("timed", 1, asked)];
        let snapshot = watch.ask(&Wishes { times, ..Wishes::default() }).await;
        assert_eq!(snapshot.problems, []);
        let told: Vec<_> = snapshot.granted.times.iter().map(|told| told.found).collect();
        assert_eq!(told, [expected, Ok(None)], "{asked}");
        let answer = snapshot.granted.times[0];
        assert!(answer.answered > snapshot.started && answer.answered <= snapshot.finished);
        assert!(answer.answered_at <= snapshot.finished_at && answer.answered_at > at(THEN));
    }
}

/// The last stable offset and the end.
fn stable(snapshot: &ClusterSnapshot) -> (Result<i64, Unknown>, i64) {
    let partition = &topic(snapshot, "ledger").partitions[0];
    (partition.last_stable, partition.high_watermark.expect("the end is told").offset)
}

async fn transactions(cluster: &Cluster, watch: &mut Watch) {
    let all = Wishes { last_stable: LastStable::All, ..Wishes::default() };
    let some = Wishes { last_stable: LastStable::Of(vec![TopicName::from("ledger")]), ..Wishes::default() };
    let open = cluster.begin_transaction("first").await;
    open.write("ledger", 0, 3).await;
    assert_eq!(stable(&watch.ask(&all).await), (Ok(0), 3));
    assert_eq!(stable(&watch.ask(&some).await), (Ok(0), 3));
    assert_eq!(stable(&watch.ask(&Wishes::default()).await), (Err(Unknown::NotAsked), 3));
    open.commit().await;
    watch.ask_until("the marker", &all, |snapshot| stable(snapshot) == (Ok(4), 4)).await;
    let open = cluster.begin_transaction("first").await;
    open.write("ledger", 0, 2).await;
    open.abort().await;
    watch.ask_until("the marker", &all, |snapshot| stable(snapshot) == (Ok(7), 7)).await;
    // Two at a time, so that two markers follow each other.
    let (one, other) = (cluster.begin_transaction("one").await, cluster.begin_transaction("other").await);
    one.write("ledger", 0, 1).await;
    other.write("ledger", 0, 1).await;
    one.commit().await;
    other.abort().await;
    watch.ask_until("both markers", &all, |snapshot| stable(snapshot) == (Ok(11), 11)).await;

    // Three that were committed, two that were not, one of either, and a marker after each.
    for (from, until) in [(0, 0), (2, 2), (3, 7), (4, 7), (5, 7), (6, 7), (7, 7), (8, 11), (9, 11), (10, 11), (11, 11)]
    {
        let snapshot = watch.ask(&marker_wish("ledger", from)).await;
        assert_eq!(snapshot.problems, []);
        let told: Vec<_> = snapshot.granted.markers.iter().map(|told| told.markers_until).collect();
        assert_eq!(told, [Ok(until)], "from {from}");
    }
    let snapshot = watch.ask(&marker_wish("ledger", 12)).await;
    let beyond = Err(Unknown::Failed(ProblemKind::OffsetOutOfRange));
    assert_eq!((snapshot.granted.markers[0].markers_until, snapshot.problems), (beyond, Vec::new()));
}

fn epoch(snapshot: &ClusterSnapshot) -> i32 {
    topic(snapshot, "timed").partitions[0].leader_epoch.expect("the epoch is told")
}

/// An epoch ends where the next leader begins.
async fn epochs(cluster: &Cluster, watch: &mut Watch) {
    let first = epoch(&watch.ask(&Wishes::default()).await);
    let end = async |watch: &mut Watch, epoch| {
        let snapshot = watch.ask(&epoch_wish("timed", epoch)).await;
        assert_eq!(snapshot.problems, []);
        snapshot.granted.epochs[0].end
    };
    assert_eq!(end(watch, first).await, Ok(Some(5)));
    assert_eq!(end(watch, first + 1).await, Ok(None));
    if cluster.ids().count() < 2 {
        return;
    }
    let leader = topic(&watch.ask(&Wishes::default()).await, "timed").partitions[0].leader.expect("it is led").0;
    let other = cluster.ids().find(|id| *id != leader).expect("there are more");
    cluster.move_leaders("timed", other).await;
    cluster.produce("timed", 0, 2).await;
    let next = watch.ask_until("the next leader", &Wishes::default(), |snapshot| epoch(snapshot) > first).await;
    assert_eq!(end(watch, first).await, Ok(Some(5)));
    assert_eq!(end(watch, epoch(&next)).await, Ok(Some(7)));
}

async fn configurations(cluster: &Cluster) {
    let settings = [
        FOR_EVER,
        ("retention.bytes", "1048576"),
        ("segment.ms", "120000"),
        ("cleanup.policy", "compact,delete"),
        ("message.timestamp.type", "LogAppendTime"),
    ];
    cluster.create_topic_with("odd", 1, 1, &settings).await;
    let snapshot = Watch::of(cluster).ask(&Wishes::default()).await;
    assert_eq!(snapshot.problems, []);
    let odd = TopicConfig {
        retention: None,
        retention_bytes: Some(1 << 20),
        segment: Some(Duration::from_mins(2)),
        is_deleted: true,
        is_compacted: true,
        has_append_times: true,
        local_for: None,
    };
    assert_eq!(topic(&snapshot, "odd").config.as_deref(), Some(&odd));
    let plain = TopicConfig {
        retention: Some(Duration::from_hours(7 * 24)),
        retention_bytes: None,
        segment: Some(Duration::from_hours(7 * 24)),
        is_deleted: true,
        is_compacted: false,
        has_append_times: false,
        local_for: None,
    };
    assert_eq!(topic(&snapshot, "ledger").config.as_deref(), Some(&plain));
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_4_3() {
    answers(Version::Kafka4_3, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_2_8() {
    answers(Version::Kafka2_8, 1).await;
}

/// With DESCRIBE alone all is answered but what takes READ or `DESCRIBE_CONFIGS`, and nobody is told of a problem.
#[tokio::test(flavor = "multi_thread")]
async fn with_the_right_to_describe_alone() {
    let properties = vec![
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer".to_owned(),
        "allow.everyone.if.no.acl.found=true".to_owned(),
    ];
    let cluster = Cluster::start(Spec { properties, ..Spec::new(Version::Kafka4_3, 1) }).await;
    for name in ["secret", "open"] {
        cluster.create_topic_with(name, 1, 1, &[FOR_EVER]).await;
        cluster.produce_of(name, 0, &[THEN]).await;
    }
    let only_describe =
        ["--add", "--allow-principal", "User:ANONYMOUS", "--operation", "Describe", "--topic", "secret"];
    cluster.tool("AclCommand", &only_describe).await.expect("the right is given");
    let wishes = Wishes {
        times: vec![time_wish("open", 0, 0), time_wish("secret", 0, 0)],
        epochs: [epoch_wish("open", 0), epoch_wish("secret", 0)].into_iter().flat_map(|wishes| wishes.epochs).collect(),
        markers: [marker_wish("open", 0), marker_wish("secret", 0)]
            .into_iter()
            .flat_map(|wishes| wishes.markers)
            .collect(),
        last_stable: LastStable::All,
    };
    let refused = Err(Unknown::Failed(ProblemKind::TopicAuthorization));
    let markers = |snapshot: &ClusterSnapshot| -> Vec<_> {
        snapshot.granted.markers.iter().map(|told| told.markers_until).collect()
    };
    let snapshot = Watch::of(&cluster)
        .ask_until("the broker to know of the right", &wishes, |snapshot| markers(snapshot) == [Ok(0), refused])
        .await;
    assert_eq!(snapshot.problems, []);
    let found = Ok(Some(TimedOffset { offset: 0, timestamp: at(THEN) }));
    assert_eq!(snapshot.granted.times.iter().map(|told| told.found).collect::<Vec<_>>(), [found, found]);
    assert_eq!(snapshot.granted.epochs.iter().map(|told| told.end).collect::<Vec<_>>(), [Ok(Some(1)), Ok(Some(1))]);
    assert_eq!(topic(&snapshot, "secret").partitions[0].last_stable, Ok(1));
    let snapshot = Watch::of(&cluster).ask(&Wishes::default()).await;
    assert_eq!((topic(&snapshot, "secret").config.is_none(), topic(&snapshot, "open").config.is_some()), (true, true));
    assert_eq!(snapshot.problems, []);
}
