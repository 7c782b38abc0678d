//! What topics look like in JSON.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::model::{
    HotPartition, PartitionId, Reading, Severity, Skew, Status, TimeLag, TopicConfig as ConfigFacts, TopicReport,
    Unknown,
};
use crate::render::world::{World, unknown_lag};

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("plain values")
}

/// A topic with a past and two readers; a topic that nobody reads; one that only a group speaks of.
fn report() -> ClusterReport {
    let report = World::new("shop")
        .topic("orders", &[(10, 120), (0, 90)])
        .partition(1, |partition| {
            partition.leader = None;
            partition.replicas.in_sync_count = 1;
            partition.high_watermark = Err(Unknown::NoLeader);
            partition.low_watermark = Err(Unknown::NoLeader);
            partition.last_stable = Ok(80);
        })
        .topic("payments", &[(0, 7)])
        .group("archive", &[("orders", 0, 120)])
        .group_facts(|group| {
            group.partitions[0].status = Status::Ok;
            group.topics[0].time_lag = Some(TimeLag::ZERO);
        })
        .group("billing", &[("orders", 0, 20)])
        .group_facts(|group| group.partitions[0].status = Status::Stalled)
        .lag("vanished", unknown_lag(0, Unknown::NotListed))
        .group("left", &[("orders", 0, 20)])
        .group_facts(|group| {
            group.partitions[0].is_subscribed = false;
            group.topics[0].lag = None;
        })
        .report();
    with_past(report)
}

/// The same, with what is concluded of the first topic, and its configuration.
fn with_past(mut report: ClusterReport) -> ClusterReport {
    let mut snapshot = (*report.snapshot).clone();
    let place = snapshot.topics.iter().position(|topic| topic.name.as_str() == "orders").expect("it is there");
    snapshot.topics[place].config = Some(Arc::new(ConfigFacts {
        retention: Some(Duration::from_hours(1)),
        retention_bytes: None,
        segment: Some(Duration::from_mins(10)),
        is_deleted: true,
        is_compacted: true,
        has_append_times: false,
        local_for: None,
    }));
    report.snapshot = Arc::new(snapshot);
    let hot = HotPartition { partition: PartitionId(1), ratio: 3.5, share: 0.75, severity: Severity::Warning };
    let skew = Skew { ratio: 1.5, effective_partitions: 1.25, hot: [hot].into(), concentrated: None };
    let skew = Some(skew);
    report.topics[place] = TopicReport {
        produced_per_second: Some(2.5),
        retained_seconds: Some(3700.0),
        skew,
        partition_rates: [Reading::UNKNOWN, Reading::of(Some(7.5))].into(),
        ..TopicReport::default()
    };
    report
}

#[test]
fn topics_are_listed_with_their_counts() {
    let report = report();
    let list = topic_list(&report, Paging::default());
    let counts: Vec<_> = list
        .items
        .iter()
        .map(|topic| {
            let partitions = (topic.partition_count, topic.offline_partitions, topic.under_replicated_partitions);
            (&*topic.topic, partitions, topic.group_count)
        })
        .collect();
    assert_eq!(counts, [("orders", (2, 1, 1), 3), ("payments", (1, 0, 0), 0)], "what is not listed is no topic");
    assert_eq!((list.total, list.next), (2, None));
    insta::assert_snapshot!(pretty(&list.items[0]), @r#"
    {
      "topic": "orders",
      "partition_count": 2,
      "offline_partitions": 1,
      "under_replicated_partitions": 1,
      "group_count": 3,
      "produced_records_per_second": 2.5,
      "retained_seconds": 3700.0,
      "skew": {
        "ratio": 1.5,
        "effective_partitions": 1.25,
        "hot_partitions": [
          {
            "partition": 1,
            "ratio": 3.5,
            "share": 0.75,
            "severity": "warning"
          }
        ],
        "concentrated_on": null
      },
      "config": {
        "retention_seconds": 3600.0,
        "retention_bytes": null,
        "segment_seconds": 600.0,
        "cleanup_policy": [
          "delete",
          "compact"
        ],
        "message_timestamp_type": "CreateTime"
      }
    }
    "#);
    assert_eq!(list.items[1].config, None);
    let second = topic_list(&report, Paging { after: Some("orders"), limit: 1 });
    assert_eq!(second.items, list.items[1..]);
}

#[test]
fn a_topic_has_partitions_and_readers_worst_first() {
    let report = report();
    let orders = topic(&report, "orders").expect("it is there");
    assert_eq!(orders.summary, topic_list(&report, Paging::default()).items[0]);
    insta::assert_snapshot!(pretty(&orders.partitions[1]), @r#"
    {
      "partition": 1,
      "produced_records_per_second": 7.5,
      "leader": null,
      "leader_epoch": null,
      "preferred_leader": 1,
      "replicas": 2,
      "in_sync_replicas": 1,
      "log_start_offset": null,
      "log_start_offset_reason": "no_leader",
      "log_end_offset": null,
      "log_end_offset_reason": "no_leader",
      "last_stable_offset": 80,
      "last_stable_offset_reason": null
    }
    "#);
    let readers: Vec<_> = orders.groups.iter().map(|reader| (&*reader.group, reader.status.as_deref())).collect();
    assert_eq!(readers, [("billing", Some("stalled")), ("archive", Some("ok")), ("left", None)]);
    insta::assert_snapshot!(pretty(&orders.groups[0]), @r#"
    {
      "group": "billing",
      "state": "Stable",
      "subscribed": true,
      "status": "stalled",
      "lag_records": 100,
      "lag_reason": null,
      "lag_seconds": null,
      "lag_seconds_reason": "age_not_known",
      "velocity": null,
      "loss_eta_seconds": null,
      "unknown_partitions": 0
    }
    "#);
    let reasons: Vec<_> = orders.groups.iter().map(|reader| reader.lag_seconds_reason.as_deref()).collect();
    assert_eq!(reasons, [Some("age_not_known"), None, Some("not_subscribed")]);
    assert_eq!((topic(&report, "vanished"), topic(&report, "nothing")), (None, None));
}

#[test]
fn readers_are_cut_to_the_length_of_a_list_and_counted_in_full() {
    let mut world = World::new("shop").topic("orders", &[(0, 9000)]);
    for number in 0..=crate::render::json::LIMIT_MAX {
        let committed = i64::try_from(number).expect("a small number");
        world = world.group(&format!("group-{number:05}"), &[("orders", 0, committed)]);
    }
    let report = world.report();
    let orders = topic(&report, "orders").expect("it is there");
    assert_eq!((orders.groups.len(), orders.summary.group_count), (1000, 1001));
    assert_eq!(&*orders.groups[0].group, "group-00000", "it is furthest behind");
    assert_eq!(topic_list(&report, Paging::default()).items[0].group_count, 1001);
}

#[test]
fn what_is_written_can_be_read_back() {
    let report = report();
    let orders = topic(&report, "orders").expect("it is there");
    let text = serde_json::to_string(&orders).expect("plain values");
    assert_eq!(serde_json::from_str::<TopicDetail<'_>>(&text).expect("our own JSON"), orders);
    let list = topic_list(&report, Paging::default());
    let text = serde_json::to_string(&list).expect("plain values");
    assert_eq!(serde_json::from_str::<List<Topic<'_>>>(&text).expect("our own JSON"), list);
}
