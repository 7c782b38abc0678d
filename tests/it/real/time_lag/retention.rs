//! Records that retention deletes before they are read, segment by segment. It is NOT about those an administrator deletes.
//! Invariant: at every poll exactly those count as lost that are below the start and were not read.

use std::collections::BTreeSet;
use std::time::Duration;

use highwater::model::{Because, Condition, Status};

use super::super::watch::{Watch, topic};
use super::{commit, group_topic};
use crate::support::kafka::Cluster;

const TOPIC: &str = "kept";
const GROUP: &str = "too slow";

/// Kafka looks each second in tests; a segment ends with the first record after its time.
const SETTINGS: [(&str, &str); 2] = [("retention.ms", "20000"), ("segment.ms", "1000")];

/// Much longer than it takes.
const DELETED_WITHIN: Duration = Duration::from_mins(3);

const COMMITTED: i64 = 10;
const SEGMENTS: u64 = 6;
const OF_SEGMENT: u64 = 20;

pub(super) async fn deletes(cluster: &Cluster) {
    cluster.create_topic_with(TOPIC, 1, 3, &SETTINGS).await;
    cluster.produce(TOPIC, 0, OF_SEGMENT).await;
    commit(cluster, GROUP, TOPIC, COMMITTED).await;
    let mut watch = Watch::of(cluster);
    let first = watch.poll().await;
    assert_eq!(topic(&first.snapshot, TOPIC).partitions[0].low_watermark, Ok(0), "nothing is deleted yet");
    let writing = async {
        let mut each = tokio::time::interval(Duration::from_millis(1500));
        each.tick().await;
        for _ in 1..SEGMENTS {
            each.tick().await;
            cluster.produce(TOPIC, 0, OF_SEGMENT).await;
        }
    };
    let mut starts = BTreeSet::new();
    let watching = async {
        let end = i64::try_from(SEGMENTS * OF_SEGMENT).expect("few");
        while !starts.contains(&end) {
            let report = watch.poll().await;
            let partition = &topic(&report.snapshot, TOPIC).partitions[0];
            let (start, end) = (partition.low_watermark.expect("it is led"), partition.high_watermark.expect("so"));
            let (topic, lag) = group_topic(&report, GROUP, TOPIC).expect("the group reads the topic");
            let lost = u64::try_from(start - COMMITTED).unwrap_or(0);
            assert_eq!(topic.trend.records_lost, lost, "from {start} to {end:?}");
            if lost > 0 {
                let told = (lag.status, lag.because, lag.condition);
                assert_eq!(told, (Status::DataLoss, Because::Lost { records: lost }, Condition::BelowLogStart));
                // What came after commits were read is not unread yet.
                assert!(lag.lag().is_ok_and(|lag| i64::try_from(lag).is_ok_and(|lag| lag <= end.offset - start)));
            }
            starts.insert(start);
        }
        watch.polls(3).await
    };
    let both = async { tokio::join!(watching, writing) };
    let (last, ()) = tokio::time::timeout(DELETED_WITHIN, both).await.expect("all is deleted");
    let (topic, _) = group_topic(&last, GROUP, TOPIC).expect("the group reads the topic");
    assert_eq!(topic.trend.records_lost, SEGMENTS * OF_SEGMENT - COMMITTED.unsigned_abs(), "each once");
    assert!(starts.len() >= 4, "they were deleted little by little: {starts:?}");
}
