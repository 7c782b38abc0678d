//! Which reports make which alerts, and how those are written.
//!
//! Not for how long anything has to hold.
//! Invariant: hostile names are text in every form.

use std::time::Duration;

use super::*;
use crate::model::{
    About, Because, BrokerId, Check, ClusterName, ClusterReport, Finding, GroupReport, HotPartition, LossEta,
    Objectives, PartitionId, Quality, RebalanceSource, Rebalances, Severity, Skew, SlowCause, SlowPartition, Status,
    Storm, StormCause, StormRules, TimeLag, TopicName,
};
use crate::render::world::World;

const HOSTILE: &str = "a \"quoted\" <script>alert(1)</script>\ngroup \\ 'ü'";

fn exact(seconds: f64) -> TimeLag {
    TimeLag::new(seconds, (seconds, seconds), Quality::Exact)
}

fn found(report: &ClusterReport) -> Vec<(&'static str, Vec<String>)> {
    let told = conditions(report, &Objectives::default()).into_iter().map(|condition| {
        let about = condition.labels.iter().filter(|(name, _)| !matches!(**name, "alertname" | "severity"));
        (condition.kind.name, about.map(|(name, value)| format!("{name}={value}")).collect())
    });
    told.collect()
}

/// A group that is well, changed.
fn group(change: impl FnOnce(&mut GroupReport)) -> ClusterReport {
    let world = World::new("shop").topic("orders", &[(0, 100), (0, 100)]);
    world.group("billing", &[("orders", 0, 90), ("orders", 1, 90)]).group_facts(change).report()
}

fn status(status: Status) -> ClusterReport {
    group(|group| group.partitions[1].status = status)
}

fn names(report: &ClusterReport) -> Vec<&'static str> {
    found(report).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn a_healthy_group_makes_no_alert() {
    assert_eq!(found(&group(|group| group.partitions[0].status = Status::Ok)), []);
}

#[test]
fn each_status_has_its_alert() {
    let expected = [
        (Status::Truncated, Some("KafkaConsumerGroupLogTruncated")),
        (Status::DataLoss, Some("KafkaConsumerGroupDataLoss")),
        (Status::Stopped, Some("KafkaConsumerGroupStopped")),
        (Status::Stalled, Some("KafkaConsumerGroupStalled")),
        (Status::Unassigned, None),
        (Status::Recreated, Some("KafkaConsumerGroupOffsetsInvalid")),
        (Status::Ahead, Some("KafkaConsumerGroupOffsetsInvalid")),
        (Status::NoCommit, None),
        (Status::TxnBlocked, Some("KafkaConsumerGroupTransactionBlocked")),
        (Status::FallingBehind, Some("KafkaConsumerGroupFallingBehind")),
        (Status::Rewind, None),
        (Status::Unknown, None),
        (Status::LaggingSteady, None),
        (Status::CatchingUp, None),
        (Status::Ok, None),
    ];
    assert_eq!(expected.len(), Status::COUNT);
    for (case, name) in expected {
        assert_eq!(names(&status(case)), Vec::from_iter(name), "{case:?}");
    }
    // The group does not want it any more.
    let unwanted = group(|group| {
        group.partitions[1].status = Status::Stopped;
        group.partitions[1].is_subscribed = false;
    });
    assert_eq!(found(&unwanted), []);
}

#[test]
fn of_a_topic_that_is_not_wanted_any_more_neither_lag_nor_ignorance_is_told() {
    let report = |is_subscribed| {
        group(|group| {
            group.partitions.iter_mut().for_each(|lag| lag.is_subscribed = is_subscribed);
            group.topics[0].is_subscribed = is_subscribed;
            (group.topics[0].time_lag, group.topics[0].unknown_partition_count) = (Some(exact(1e6)), 1);
        })
    };
    assert_eq!(names(&report(false)), [""; 0]);
    assert_eq!(names(&report(true)), ["KafkaConsumerGroupObjectiveBurningFast", "KafkaConsumerGroupLagUnknown"]);
}

#[test]
fn an_alert_names_the_place_and_tells_the_number() {
    let report = group(|group| {
        group.partitions[1].status = Status::Stalled;
        group.topics[0].time_lag = Some(exact(200.0));
    });
    let all = conditions(&report, &Objectives::from_iter([]));
    assert_eq!(all.len(), 1, "{all:?}");
    let alert = Alert { condition: all[0].clone(), since: Timestamp::default() };
    insta::assert_debug_snapshot!((&alert.condition.labels, alert.annotations("docs/runbooks/")), @r#"
    (
        {
            "alertname": "KafkaConsumerGroupStalled",
            "cluster_name": "shop",
            "consumergroup": "billing",
            "severity": "critical",
            "topic": "orders",
        },
        {
            "description": "Group `billing` has members that read nothing of topic `orders` in cluster `shop` (partition 1), and is 3 min 20 s behind. `highwater explain` names the partition and its owner; look into that process's log for a record it retries.",
            "runbook_url": "docs/runbooks/KafkaConsumerGroupStalled.md",
            "summary": "A consumer group has members and reads nothing on some partitions.",
        },
    )
    "#);
}

#[test]
fn time_beyond_the_objective_and_loss_to_come() {
    let behind = |seconds| group(|group| group.topics[0].time_lag = Some(exact(seconds)));
    assert_eq!(names(&behind(299.0)), [""; 0]);
    assert_eq!(names(&behind(301.0)), ["KafkaConsumerGroupObjectiveBurningFast"]);
    assert_eq!(conditions(&behind(301.0), &Objectives::from_iter([])), []);
    let loss = |at_least| {
        let eta = LossEta { at_least, at_most: f64::INFINITY, is_configured: true };
        names(&group(|group| group.topics[0].trend.loss_eta = Some(eta)))
    };
    assert_eq!(loss(90_000.0), [""; 0]);
    assert_eq!(loss(80_000.0), ["KafkaConsumerGroupDataLossSoon"]);
    assert_eq!(loss(0.0), ["KafkaConsumerGroupDataLossImminent", "KafkaConsumerGroupDataLossSoon"]);
}

#[test]
fn what_is_empty_and_was_never_committed_to_is_no_alert() {
    let unknown = |because| {
        names(&group(|group| {
            group.topics[0].unknown_partition_count = 1;
            (group.partitions[0].condition, group.partitions[0].because) = (crate::model::Condition::NoCommit, because);
        }))
    };
    assert_eq!(unknown(Because::CaughtUp), [""; 0]);
    assert_eq!(unknown(Because::Condition), ["KafkaConsumerGroupLagUnknown"]);
}

#[test]
fn members_storms_and_slow_partitions() {
    let members = group(|group| {
        (group.unassigned_partition_count, group.idle_member_count) = (Some(1), Some(2));
        let storm = Storm { cause: StormCause::CrashLoop, since: Timestamp::default(), rules: StormRules::default() };
        let none = Rebalances::none(RebalanceSource::Poll);
        group.rebalances = Some(std::sync::Arc::new(Rebalances { storm: Some(storm), unstable_ratio: 0.4, ..none }));
        let slow = |number, cause| SlowPartition { partition: PartitionId(number), cause };
        let causes = [SlowCause::SlowMember, SlowCause::Stuck, SlowCause::KeySkew, SlowCause::SlowMember];
        group.topics[0].slow = (0..).zip(causes).map(|(number, cause)| slow(number, cause)).collect();
        group.topics[0].unknown_partition_count = 1;
    });
    let billing = || vec!["cluster_name=shop".to_owned(), "consumergroup=billing".to_owned()];
    let on_orders = || [billing(), vec!["topic=orders".to_owned()]].concat();
    assert_eq!(
        found(&members),
        [
            ("KafkaConsumerGroupPartitionsUnassigned", billing()),
            ("KafkaConsumerGroupIdleMembers", billing()),
            ("KafkaConsumerGroupRebalanceStorm", billing()),
            ("KafkaConsumerGroupLagUnknown", on_orders()),
            ("KafkaConsumerGroupSlowPartitions", on_orders()),
        ]
    );
    let all = conditions(&members, &Objectives::from_iter([]));
    assert!(all[2].description.contains("cause: crash_loop; it could not work for 40 %"), "{all:#?}");
    let slow = &all[4].description;
    assert!(slow.contains("partitions 0, 2 and 3 of") && slow.contains("cause: key_skew, slow_member."), "{slow}");
}

#[test]
fn topics_and_findings() {
    let world = World::new("shop").topic("orders", &[(0, 100), (0, 100)]);
    let mut report = world.partition(1, |partition| partition.replicas.in_sync_count = 1).report();
    let hot = HotPartition { partition: PartitionId(1), ratio: 4.25, share: 0.8, severity: Severity::Warning };
    let skew = Skew { ratio: 1.6, effective_partitions: 1.5, hot: Box::new([hot]), concentrated: None };
    report.topics[0].skew = Some(skew);
    let topic = || About::Topic(TopicName::from("orders"), PartitionId(1));
    let finding =
        |check, severity, about| Finding { check, severity, lasting: Duration::from_mins(5), about, count: 1 };
    report.findings = vec![
        finding(Check::OfflinePartitions, Severity::Critical, topic()),
        // Told from the partitions, for this finding itself waits.
        finding(Check::UnderReplicated, Severity::Critical, About::Topic(TopicName::from("other"), PartitionId(0))),
        finding(Check::BrokerSetChanged, Severity::Critical, About::Broker(BrokerId(3))),
        finding(Check::BrokerSetChanged, Severity::Info, About::Broker(BrokerId(4))),
        finding(Check::LeaderSkew, Severity::Info, About::Broker(BrokerId(4))),
    ];
    let orders = || vec!["cluster_name=shop".to_owned(), "topic=orders".to_owned()];
    assert_eq!(
        found(&report),
        [
            ("KafkaTopicHotPartition", orders()),
            ("KafkaTopicLastReplicaInSync", orders()),
            ("KafkaTopicUnderReplicated", orders()),
            ("KafkaTopicLeaderless", orders()),
            ("KafkaBrokerMissing", vec!["cluster_name=shop".to_owned(), "id=3".to_owned()]),
        ]
    );
}

#[test]
fn names_of_kinds_are_unique() {
    let names: std::collections::BTreeSet<_> = ALERT_KINDS.iter().map(|kind| kind.name).collect();
    assert_eq!(names.len(), ALERT_KINDS.len());
    assert!(ALERT_KINDS.iter().all(|kind| kind.severity > Severity::Ok && kind.name.starts_with("Kafka")));
}

fn alert(cluster: &str) -> Alert {
    let condition = blind(&ClusterName::from(cluster), Some("no broker answered."));
    Alert { condition, since: Timestamp::from_unix(Duration::from_millis(1_700_000_000_250)) }
}

fn read(body: &[u8]) -> serde_json::Value {
    serde_json::from_slice(body).expect("JSON")
}

#[test]
fn alertmanager_gets_an_end_for_each() {
    let now = Timestamp::from_unix(Duration::from_secs(1_700_000_060));
    let body =
        read(&alertmanager_body([&alert(HOSTILE)], [&alert("over")], now, Duration::from_mins(4), "https://wiki/"));
    assert_eq!(body[0]["labels"]["cluster_name"], HOSTILE);
    assert_eq!(body[0]["startsAt"], "2023-11-14T22:13:20.250Z");
    assert_eq!(body[0]["endsAt"], "2023-11-14T22:18:20.000Z");
    assert_eq!(body[1]["endsAt"], "2023-11-14T22:14:20.000Z");
    assert_eq!(body[1]["annotations"]["runbook_url"], "https://wiki/KafkaClusterBlind.md");
    // A wall clock that was set back does not make an alert that starts in the future.
    let earlier = Timestamp::from_unix(Duration::from_secs(1_600_000_000));
    let body = read(&alertmanager_body([&alert("a")], [], earlier, Duration::from_mins(4), ""));
    assert_eq!(body[0]["startsAt"], "2020-09-13T12:26:40.000Z");
}

#[test]
fn webhooks_get_what_those_of_alertmanager_get() {
    let now = Timestamp::from_unix(Duration::from_secs(1_700_000_060));
    let body = read(&webhook_body([&alert(HOSTILE)], [&alert("over")], now, 3, "docs/runbooks/"));
    insta::assert_snapshot!(serde_json::to_string_pretty(&body).expect("JSON"), @r#"
    {
      "alerts": [
        {
          "annotations": {
            "description": "The last poll of cluster `a \"quoted\" <script>alert(1)</script>\ngroup \\ 'ü'` learned nothing: no broker answered. Its lag is not known, whatever was told of it before. The exporter's log names each address with the reason.",
            "runbook_url": "docs/runbooks/KafkaClusterBlind.md",
            "summary": "Nothing is known of a Kafka cluster."
          },
          "endsAt": "0001-01-01T00:00:00Z",
          "fingerprint": "85b1e036673050d3",
          "generatorURL": "",
          "labels": {
            "alertname": "KafkaClusterBlind",
            "cluster_name": "a \"quoted\" <script>alert(1)</script>\ngroup \\ 'ü'",
            "severity": "critical"
          },
          "startsAt": "2023-11-14T22:13:20.250Z",
          "status": "firing"
        },
        {
          "annotations": {
            "description": "The last poll of cluster `over` learned nothing: no broker answered. Its lag is not known, whatever was told of it before. The exporter's log names each address with the reason.",
            "runbook_url": "docs/runbooks/KafkaClusterBlind.md",
            "summary": "Nothing is known of a Kafka cluster."
          },
          "endsAt": "2023-11-14T22:14:20.000Z",
          "fingerprint": "6007c9ca8c363fb5",
          "generatorURL": "",
          "labels": {
            "alertname": "KafkaClusterBlind",
            "cluster_name": "over",
            "severity": "critical"
          },
          "startsAt": "2023-11-14T22:13:20.250Z",
          "status": "resolved"
        }
      ],
      "commonAnnotations": {
        "runbook_url": "docs/runbooks/KafkaClusterBlind.md",
        "summary": "Nothing is known of a Kafka cluster."
      },
      "commonLabels": {
        "alertname": "KafkaClusterBlind",
        "severity": "critical"
      },
      "externalURL": "",
      "groupKey": "{}:{}",
      "groupLabels": {},
      "receiver": "highwater",
      "status": "firing",
      "truncatedAlerts": 3,
      "version": "4"
    }
    "#);
    let body = read(&webhook_body([], [&alert("over")], now, 0, ""));
    assert_eq!((&body["status"], &body["commonLabels"]["cluster_name"]), (&"resolved".into(), &"over".into()));
}
