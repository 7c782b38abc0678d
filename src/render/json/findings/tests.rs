//! What findings look like in JSON.

use std::time::Duration;

use super::*;
use crate::model::{BrokerId, Check, PartitionId, Severity};
use crate::render::world::World;

fn found(check: Check, severity: Severity, about: About, count: usize) -> Found {
    Found { check, severity, lasting: Duration::from_secs(330), about, count }
}

fn topic(name: &str, first: i32) -> About {
    About::Topic(name.into(), PartitionId(first))
}

/// Three brokers, one of each finding; no leader of `orders` is where it should be.
fn report() -> ClusterReport {
    let mut world = World::new("shop").topic("orders", &[(0, 1); 4]).topic("payments", &[(0, 1)]);
    for id in 1..4 {
        world = world.broker(id, "kafka:9092", None);
    }
    let mut report = world.partition(0, |partition| partition.leader = None).report();
    report.findings = vec![
        found(Check::OfflinePartitions, Severity::Critical, topic("payments", 0), 1),
        found(Check::UnderReplicated, Severity::Warning, topic("orders", 2), 2),
        found(Check::PreferredLeaderImbalance, Severity::Warning, About::Broker(BrokerId(1)), 3),
        found(Check::LeaderSkew, Severity::Info, About::Broker(BrokerId(1)), 4),
        found(Check::BrokerSetChanged, Severity::Critical, About::Broker(BrokerId(7)), 1),
        found(Check::BrokerSetChanged, Severity::Info, About::Broker(BrokerId(2)), 1),
        found(Check::BrokerSetChanged, Severity::Critical, About::Cluster, 2),
    ];
    report
}

#[test]
fn every_finding_is_a_sentence() {
    let report = report();
    let list = finding_list(&report, Paging::default());
    let sentences: Vec<_> = list.items.iter().map(|found| found.sentence.as_str()).collect();
    insta::assert_snapshot!(sentences.join("\n"), @r"
    The cluster has had too few brokers for 5 min 30 s: 3 now, and 2 more are expected that nobody saw within a day.
    Broker 2 is new: it came 5 min 30 s ago.
    Broker 7, which was there within the last day, has been missing from the metadata for 5 min 30 s.
    Broker 1 has led far more than its share for 5 min 30 s: now 4 of 4 partitions, among 3 brokers.
    Partition 0 of topic `payments` has had no leader for 5 min 30 s: nobody can write or read there.
    Broker 1 is the preferred leader of 5 partitions and has not led 3 of them for 5 min 30 s.
    2 of 4 partitions of topic `orders` (the first is 2) have had replicas out of sync for 5 min 30 s.
    ");
    let ids: Vec<_> = list.items.iter().map(|found| found.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "broker_set_changed",
            "broker_set_changed/broker/2",
            "broker_set_changed/broker/7",
            "leader_skew/broker/1",
            "offline_partitions/topic/payments",
            "preferred_leader_imbalance/broker/1",
            "under_replicated/topic/orders",
        ]
    );
}

#[test]
fn a_finding_names_what_it_is_about() {
    let report = report();
    let list = finding_list(&report, Paging { after: Some("preferred_leader_imbalance"), limit: 2 });
    assert_eq!((list.total, list.next), (7, None));
    insta::assert_snapshot!(serde_json::to_string_pretty(&list.items).expect("plain values"), @r#"
    [
      {
        "id": "preferred_leader_imbalance/broker/1",
        "check": "preferred_leader_imbalance",
        "severity": "warning",
        "lasting_seconds": 330.0,
        "broker": 1,
        "topic": null,
        "partition": null,
        "count": 3,
        "sentence": "Broker 1 is the preferred leader of 5 partitions and has not led 3 of them for 5 min 30 s."
      },
      {
        "id": "under_replicated/topic/orders",
        "check": "under_replicated",
        "severity": "warning",
        "lasting_seconds": 330.0,
        "broker": null,
        "topic": "orders",
        "partition": 2,
        "count": 2,
        "sentence": "2 of 4 partitions of topic `orders` (the first is 2) have had replicas out of sync for 5 min 30 s."
      }
    ]
    "#);
}

#[test]
fn following_next_visits_every_finding_once_and_can_be_read_back() {
    let report = report();
    let (mut seen, mut next) = (Vec::new(), None);
    loop {
        let list = finding_list(&report, Paging { after: next.as_deref(), limit: 1 });
        let text = serde_json::to_string(&list).expect("plain values");
        assert_eq!(serde_json::from_str::<List<Finding<'_>>>(&text).expect("our own JSON"), list);
        seen.extend(list.items);
        next = list.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(seen, finding_list(&report, Paging::default()).items);
}

#[test]
fn no_check_is_without_words() {
    for check in Check::ALL {
        for severity in [Severity::Info, Severity::Warning, Severity::Critical] {
            for about in [About::Cluster, About::Broker(BrokerId(1)), topic("gone", 0)] {
                let mut report = World::new("shop").report();
                report.findings = vec![found(check, severity, about, 1)];
                let list = finding_list(&report, Paging::default());
                let sentence = &list.items[0].sentence;
                assert!(sentence.contains("5 min 30 s") && sentence.ends_with('.'), "{sentence}");
            }
        }
    }
}
