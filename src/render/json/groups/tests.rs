//! What groups look like in JSON.

use super::*;
use crate::render::world::{World, small_world, unknown_lag};

fn pretty(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string_pretty(value).expect("plain values")
}

#[test]
fn a_group_down_to_its_partitions() {
    let report = small_world();
    let payments = GroupFilter { group: Some("billing"), topic: Some("payments") };
    insta::assert_snapshot!(pretty(&groups(&report, payments).next().expect("it is there")), @r#"
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
      "uncommitted_partitions": 1,
      "uncommitted_partitions_reason": null,
      "lag_records": 0,
      "lag_reason": null,
      "unknown_partitions": 0,
      "topics": [
        {
          "topic": "payments",
          "lag_records": 0,
          "lag_reason": null,
          "unknown_partitions": 0,
          "partitions": [
            {
              "partition": 0,
              "committed_offset": 7,
              "committed_offset_reason": null,
              "log_start_offset": 0,
              "log_start_offset_reason": null,
              "log_end_offset": 7,
              "log_end_offset_reason": null,
              "lag_records": 0,
              "lag_reason": null,
              "caught_up": true,
              "condition": "ok",
              "deleted_unread_records": 0
            }
          ]
        }
      ]
    }
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
        "caught_up": false,
        "condition": "below_log_start",
        "deleted_unread_records": 5
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
        "caught_up": null,
        "condition": "no_commit",
        "deleted_unread_records": null
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
    let payments = group_list(&report, GroupFilter { group: None, topic: Some("payments") }, Paging::default());
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
