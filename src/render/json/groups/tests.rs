//! What groups look like in JSON.

use std::time::Duration;

use super::*;
use crate::model::{
    Because, Capacity as CapacityReport, LossEta, Quality, Severity, Status, TimeLag, Timestamp, TopicTrend, Unknown,
};
use crate::render::world::{World, small_world, unknown_lag};

fn pretty(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string_pretty(value).expect("plain values")
}

/// A group of which everything is known, on two topics.
fn full_world() -> ClusterReport {
    let time_lag = |seconds| TimeLag::new(seconds, (seconds, 2.0 * seconds), Quality::Coarse);
    let group = |group: &mut GroupReport| {
        for (partition, seconds) in group.partitions.iter_mut().zip([30.0, 0.5]) {
            partition.time_lag = Some(time_lag(seconds));
            partition.status = Status::FallingBehind;
            partition.because = Because::Trend { velocity: 0.25, z: 3.0 };
            group.status_counts.add(partition.status);
        }
        group.partitions[0].status = Status::DataLoss;
        for (topic, seconds) in group.topics.iter_mut().zip([30.0, 0.5]) {
            topic.time_lag = Some(time_lag(seconds));
            topic.trend = TopicTrend {
                consumed_per_second: Some(7.5),
                velocity: Some(0.25),
                drain_eta: None,
                loss_eta: Some(LossEta { at_least: 600.0, at_most: f64::INFINITY, is_configured: true }),
                retention_used: Some(0.5),
                records_lost: 3,
                last_progress: Some(Timestamp::from_unix(Duration::from_secs(1_700_000_000))),
            };
        }
        group.status = Status::DataLoss;
        group.severity = Severity::Critical;
        group.capacity = Some(CapacityReport {
            per_member: 5.0,
            produced_per_second: 10.0,
            to_keep_pace: 2,
            to_drain: Some(3),
            drain_within: 3600.0,
            partitions: 4,
        });
    };
    World::new("shop")
        .topic("orders", &[(0, 7)])
        .topic("payments", &[(0, 7)])
        .group("billing", &[("orders", 0, 2), ("payments", 0, 5)])
        .group_facts(group)
        .report()
}

/// The group on one of its topics.
fn on_payments(report: &ClusterReport) -> Group<'_> {
    let payments = GroupFilter { group: Some("billing"), topic: Some("payments"), ..GroupFilter::default() };
    groups(report, payments).next().expect("it is there")
}

#[test]
fn a_group_without_its_topics() {
    let report = full_world();
    insta::assert_snapshot!(pretty(&Group { topics: Vec::new(), ..on_payments(&report) }), @r#"
    {
      "group": "billing",
      "type": "Consumer",
      "protocol_type": "consumer",
      "protocol": "uniform",
      "state": "Stable",
      "coordinator": 1,
      "members": 2,
      "members_reason": null,
      "idle_members": 0,
      "idle_members_reason": null,
      "unassigned_partitions": 0,
      "unassigned_partitions_reason": null,
      "uncommitted_partitions": 0,
      "uncommitted_partitions_reason": null,
      "lag_records": 2,
      "lag_reason": null,
      "lag_seconds": 0.5,
      "lag_seconds_reason": null,
      "lag_seconds_quality": "coarse",
      "unknown_partitions": 0,
      "status": "falling_behind",
      "severity": "warning",
      "burrow_status": "WARN",
      "partitions_by_status": {
        "ahead": 0,
        "catching_up": 0,
        "data_loss": 0,
        "falling_behind": 1,
        "lagging_steady": 0,
        "no_commit": 0,
        "ok": 0,
        "recreated": 0,
        "rewind": 0,
        "stalled": 0,
        "stopped": 0,
        "truncated": 0,
        "txn_blocked": 0,
        "unassigned": 0,
        "unknown": 0
      },
      "capacity": {
        "member_records_per_second": 5.0,
        "produced_records_per_second": 10.0,
        "members_to_keep_pace": 2,
        "members_to_drain": 3,
        "drain_within_seconds": 3600.0,
        "partitions": 4
      },
      "rebalances": null,
      "topics": []
    }
    "#);
}

#[test]
fn a_topic_of_a_group_down_to_its_partitions() {
    let report = full_world();
    insta::assert_snapshot!(pretty(&on_payments(&report).topics), @r#"
    [
      {
        "topic": "payments",
        "lag_records": 2,
        "lag_reason": null,
        "lag_seconds": 0.5,
        "lag_seconds_reason": null,
        "lag_seconds_quality": "coarse",
        "velocity": 0.25,
        "consumed_records_per_second": 7.5,
        "drain_eta_seconds": null,
        "loss_eta_seconds": 600.0,
        "loss_eta_seconds_at_most": null,
        "retention_used_ratio": 0.5,
        "records_lost": 3,
        "last_progress_timestamp_seconds": 1700000000.0,
        "unknown_partitions": 0,
        "slow_partitions": [],
        "partitions": [
          {
            "partition": 0,
            "committed_offset": 5,
            "committed_offset_reason": null,
            "log_start_offset": 0,
            "log_start_offset_reason": null,
            "log_end_offset": 7,
            "log_end_offset_reason": null,
            "lag_records": 2,
            "lag_reason": null,
            "lag_seconds": 0.5,
            "lag_seconds_reason": null,
            "lag_seconds_at_least": 0.5,
            "lag_seconds_at_most": 1.0,
            "lag_seconds_timestamps_untested": false,
            "lag_seconds_quality": "coarse",
            "caught_up": true,
            "condition": "ok",
            "deleted_unread_records": 0,
            "status": "falling_behind",
            "status_rule": "trend",
            "subscribed": true
          }
        ]
      }
    ]
    "#);
}

#[test]
fn what_is_not_known_is_null_beside_its_reason() {
    let report = small_world();
    let billing = group(&report, "billing").expect("it is there");
    insta::assert_snapshot!(pretty(&billing.topics[0].partitions[1..]), @r#"
    [
      {
        "partition": 1,
        "committed_offset": 45,
        "committed_offset_reason": null,
        "log_start_offset": 50,
        "log_start_offset_reason": null,
        "log_end_offset": 90,
        "log_end_offset_reason": null,
        "lag_records": 40,
        "lag_reason": null,
        "lag_seconds": null,
        "lag_seconds_reason": "age_not_known",
        "lag_seconds_at_least": null,
        "lag_seconds_at_most": null,
        "lag_seconds_timestamps_untested": false,
        "lag_seconds_quality": null,
        "caught_up": false,
        "condition": "below_log_start",
        "deleted_unread_records": 5,
        "status": "unknown",
        "status_rule": "not_learned",
        "subscribed": true
      },
      {
        "partition": 2,
        "committed_offset": null,
        "committed_offset_reason": "no_commit",
        "log_start_offset": null,
        "log_start_offset_reason": "no_leader",
        "log_end_offset": null,
        "log_end_offset_reason": "no_leader",
        "lag_records": null,
        "lag_reason": "no_commit",
        "lag_seconds": null,
        "lag_seconds_reason": "no_commit",
        "lag_seconds_at_least": null,
        "lag_seconds_at_most": null,
        "lag_seconds_timestamps_untested": false,
        "lag_seconds_quality": null,
        "caught_up": null,
        "condition": "no_commit",
        "deleted_unread_records": null,
        "status": "unknown",
        "status_rule": "not_learned",
        "subscribed": true
      }
    ]
    "#);
    let silent = group(&report, "silent").expect("it is there");
    assert_eq!((silent.members, silent.members_reason.as_deref()), (None, Some("timeout")));
    assert_eq!((silent.lag_records, silent.lag_reason.as_deref()), (None, Some("timeout")));
    let archive = group(&report, "archive").expect("it is there");
    assert_eq!(archive.idle_members_reason.as_deref(), Some("not_stable"));
    assert_eq!(archive.lag_reason.as_deref(), Some("no_partitions"));
}

#[test]
fn every_null_has_a_reason_that_is_not() {
    let report = small_world();
    let json = serde_json::to_value(group_list(&report, GroupFilter::default(), Paging::default())).expect("plain");
    let mut null_count = 0;
    let mut check = |object: &serde_json::Map<String, serde_json::Value>| {
        for (key, value) in object {
            let Some(reason) = object.get(&format!("{}_reason", key.trim_end_matches("_records"))) else { continue };
            assert_eq!(value.is_null(), !reason.is_null(), "{key} in {object:?}");
            null_count += usize::from(value.is_null());
        }
    };
    for group in json["items"].as_array().expect("items") {
        check(group.as_object().expect("a group"));
        for topic in group["topics"].as_array().expect("topics") {
            check(topic.as_object().expect("a topic"));
            for partition in topic["partitions"].as_array().expect("partitions") {
                check(partition.as_object().expect("a partition"));
            }
        }
    }
    assert!(null_count > 10, "the world has unknowns at every level, only {null_count} were seen");
}

#[test]
fn sums_are_of_what_is_shown() {
    let report = small_world();
    let all = group_list(&report, GroupFilter::default(), Paging::default());
    let names: Vec<_> = all.items.iter().map(|group| (&*group.group, group.lag_records)).collect();
    assert_eq!(names, [("archive", None), ("billing", Some(60)), ("silent", None)]);
    let payments = group_list(
        &report,
        GroupFilter { group: None, topic: Some("payments"), ..GroupFilter::default() },
        Paging::default(),
    );
    assert_eq!(payments.total, 1);
    assert_eq!(payments.items[0].lag_records, Some(0));
    assert_eq!(payments.items[0].topics.len(), 1);
}

#[test]
fn a_missing_start_leaves_open_what_was_deleted() {
    let report = World::new("shop")
        .topic("orders", &[(3, 9)])
        .partition(0, |partition| partition.low_watermark = Err(Unknown::NoLeader))
        .group("billing", &[("orders", 0, 4)])
        .report();
    let partition = &group(&report, "billing").expect("it is there").topics[0].partitions[0];
    assert_eq!(partition.deleted_unread_records, None);
    assert_eq!(partition.log_start_offset_reason.as_deref(), Some("no_leader"));
    assert_eq!((partition.lag_records, partition.caught_up), (Some(5), Some(false)));
}

#[test]
fn what_is_written_can_be_read_back() {
    let report = World::new("shop").topic("t\"\\\n", &[(0, 9)]).group("gé\u{0}", &[("t\"\\\n", 0, 4)]);
    let report = report.lag("u", unknown_lag(0, Unknown::NoCommit)).report();
    let list = group_list(&report, GroupFilter::default(), Paging::default());
    let text = serde_json::to_string(&list).expect("plain values");
    assert_eq!(serde_json::from_str::<List<Group<'_>>>(&text).expect("our own JSON"), list);
}

#[test]
fn a_group_has_the_status_and_the_age_of_what_is_shown() {
    let report = full_world();
    let all = group(&report, "billing").expect("it is there");
    assert_eq!((all.lag_seconds, &*all.status, &*all.burrow_status), (Some(30.0), "data_loss", "ERR"));
    assert_eq!(all.partitions_by_status.len(), Status::ALL.len());
    let payments = on_payments(&report);
    assert_eq!((payments.lag_seconds, &*payments.status), (Some(0.5), "falling_behind"));
    assert_eq!(payments.partitions_by_status.values().sum::<u32>(), 1);
}

#[test]
fn what_a_group_does_not_want_has_no_sum() {
    let report = World::new("shop").topic("orders", &[(0, 9)]).group("billing", &[("orders", 0, 4)]);
    let report = report.group_facts(|group| {
        group.partitions[0].is_subscribed = false;
        group.topics[0].lag = None;
    });
    let report = report.report();
    let billing = group(&report, "billing").expect("it is there");
    for reason in [&billing.lag_reason, &billing.lag_seconds_reason, &billing.topics[0].lag_reason] {
        assert_eq!(reason.as_deref(), Some("not_subscribed"));
    }
    assert!(!billing.topics[0].partitions[0].subscribed);
}

/// A word for every rule.
pub(in super::super) fn rules() -> Vec<&'static str> {
    let rules = [
        Because::NotLearned,
        Because::Condition,
        Because::Lost { records: 1 },
        Because::OpenTransaction { hidden: 1 },
        Because::CaughtUp,
        Because::OnlyMarkers,
        Because::CaughtUpLately { seconds_ago: 1.0 },
        Because::TooShort { watched: 1.0, wanted: 2.0 },
        Because::NotMoved { seconds: 2.0, allowed: 1.0 },
        Because::NoOwner,
        Because::WentBack { offsets: 1 },
        Because::Trend { velocity: 1.0, z: 3.0 },
        Because::NoTrend,
    ];
    let words: Vec<_> = rules.iter().map(convert::rule).collect();
    assert_eq!(words.iter().collect::<std::collections::BTreeSet<_>>().len(), rules.len(), "each has its own");
    words
}
