//! Every kind of client on the newest Kafka, and what the oracle makes of it. It is NOT about failures.

use std::collections::BTreeMap;

use crate::support::kafka::{
    Cluster, ConnectLike, Console, ListedGroup, LogEnd, Membership, OracleRow, Spec, Version, Work, Worker,
};
use crate::support::wait::eventually;

const ODD_NAME: &str = "quote\" back\\slash na:me\nсвоя группа -x";

fn row(current: i64, end: i64) -> OracleRow {
    OracleRow { current: Some(current), end: Some(end), lag: Some(end - current) }
}

fn listed(kind: &str, state: &str) -> ListedGroup {
    ListedGroup { kind: Some(kind.to_owned()), state: state.to_owned() }
}

/// What the oracle says of one group on the topic `work`, by partition.
fn of_group(rows: &BTreeMap<(String, String, i32), OracleRow>, group: &str) -> Vec<(i32, OracleRow)> {
    let own = rows.iter().filter(|((name, topic, _), _)| name == group && topic == "work");
    own.map(|((_, _, partition), row)| (*partition, row.clone())).collect()
}

async fn cluster_with_work() -> Cluster {
    let cluster = Cluster::start(Spec::new(Version::Kafka4_3, 3)).await;
    cluster.create_topic("work", 3, 3).await;
    cluster.produce("work", 0, 20).await;
    cluster.produce("work", 1, 5).await;
    cluster
}

#[tokio::test(flavor = "multi_thread")]
async fn consumers_of_every_kind_read_and_commit() {
    let cluster = cluster_with_work().await;
    let kinds = [
        ("range", Membership::Classic("range"), "Classic"),
        ("cooperative", Membership::Classic("cooperative-sticky"), "Classic"),
        ("kip-848", Membership::Consumer, "Consumer"),
    ];
    let mut members = Vec::new();
    for (group, membership, _) in &kinds {
        let client_id = format!("{group} with blanks");
        let work = Work { membership: membership.clone(), client_id, ..Work::new(group, &["work"]) };
        members.push(Worker::start(&cluster, work.clone()));
        members.push(Worker::start(&cluster, Work { instance_id: Some(format!("static-{group}")), ..work }));
    }
    let simple =
        Work { membership: Membership::Simple(vec![0]), stop_after: Some(20), ..Work::new("simple", &["work"]) };
    Worker::start(&cluster, simple).until_ended().await;
    let never = Work { commit_interval: None, ..Work::new("never commits", &["work"]) };
    let mut never = Worker::start(&cluster, never);
    never.until_read(25).await;

    let caught_up = vec![(0, row(20, 20)), (1, row(5, 5)), (2, OracleRow { current: None, end: Some(0), lag: None })];
    eventually("all groups to have committed", || async {
        let rows = cluster.describe_groups().await;
        let late = kinds.iter().find(|(group, _, _)| of_group(&rows, group) != caught_up);
        late.map_or(Ok(()), |(group, _, _)| Err(format!("{group}: {:?}", of_group(&rows, group))))
    })
    .await;
    let rows = cluster.describe_groups().await;
    assert_eq!(of_group(&rows, "simple"), [(0, row(20, 20))]);
    let uncommitted = |end| OracleRow { current: None, end: Some(end), lag: None };
    assert_eq!(of_group(&rows, "never commits"), [(0, uncommitted(20)), (1, uncommitted(5)), (2, uncommitted(0))]);

    let groups = cluster.list_groups().await;
    for (group, _, kind) in &kinds {
        assert_eq!(groups.get(*group), Some(&listed(kind, "Stable")), "{group}");
    }
    assert_eq!(groups.get("simple"), Some(&listed("Classic", "Empty")));
    let assigned: usize = members.iter().map(|member| member.progress().assigned.len()).sum();
    assert_eq!(assigned, 3 * kinds.len(), "each group has each partition once");
    for member in members {
        assert!(member.stop().await.ended);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_consumer_keeps_its_place_and_falls_behind() {
    let cluster = cluster_with_work().await;
    let mut worker = Worker::start(&cluster, Work::new("pausing", &["work"]));
    worker.until_assigned(3).await;
    worker.until_read(25).await;
    worker.pause();
    eventually("commits of what was read", || async {
        let rows = of_group(&cluster.describe_groups().await, "pausing");
        if rows.first() == Some(&(0, row(20, 20))) { Ok(()) } else { Err(format!("{rows:?}")) }
    })
    .await;
    cluster.produce("work", 0, 10).await;
    let rows = cluster.describe_group("pausing").await;
    assert_eq!(of_group(&rows, "pausing").first(), Some(&(0, row(20, 30))));
    assert_eq!(cluster.list_groups().await.get("pausing"), Some(&listed("Classic", "Stable")));
    worker.resume();
    worker.until_read(35).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_without_consumers_are_made_and_unmade() {
    let cluster = cluster_with_work().await;
    cluster.commit_all(ODD_NAME, &[("work", 0, 8), ("work", 1, 2)]).await.expect("a commit under an odd name");
    cluster.commit("ahead", "work", 1, 9).await.expect("a commit past the end");
    let odd = [(0, row(8, 20)), (1, row(2, 5))];
    assert_eq!(of_group(&cluster.describe_groups().await, ODD_NAME), odd);
    assert_eq!(of_group(&cluster.describe_group(ODD_NAME).await, ODD_NAME), odd);
    assert_eq!(of_group(&cluster.describe_group("ahead").await, "ahead"), [(1, row(9, 5))]);
    assert!(cluster.list_groups().await.contains_key(ODD_NAME));

    cluster.delete_records("work", 0, 12).await;
    assert_eq!(cluster.log_offsets("work", LogEnd::Earliest).await, BTreeMap::from([(0, 12), (1, 0), (2, 0)]));
    assert_eq!(cluster.log_offsets("work", LogEnd::Latest).await, BTreeMap::from([(0, 20), (1, 5), (2, 0)]));
    cluster.reset_offsets(ODD_NAME, "work", "--to-earliest").await;
    let reset = cluster.describe_group(ODD_NAME).await;
    assert_eq!(of_group(&reset, ODD_NAME).first(), Some(&(0, row(12, 20))));

    cluster.delete_group("ahead").await.expect("a group without members can be deleted");
    assert!(!cluster.list_groups().await.contains_key("ahead"));
    cluster.add_partitions("work", 4).await;
    assert_eq!(cluster.placements("work").await.expect("the topic is there").len(), 4);
    cluster.delete_topic("work").await;
    assert!(cluster.placements("work").await.expect("a broker answers").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_of_other_kinds_exist_beside_consumers() {
    let cluster = cluster_with_work().await;
    let first = ConnectLike::join(&cluster, "connect-sink").await;
    assert_eq!(first.generation(), Some(1));
    let second = ConnectLike::join(&cluster, "connect-sink").await;
    eventually("both to be of one generation", || async {
        match (first.generation(), second.generation()) {
            (Some(one), Some(other)) if one == other && one > 1 => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    second.leave("connect-sink").await.expect("a member can leave");
    let members = ["--group", "connect-sink", "--describe", "--offsets"];
    let refused = cluster.tool("ConsumerGroupCommand", &members).await.expect_err("it is no group of consumers");
    assert!(refused.contains("is not a consumer group"), "{refused}");

    let mut shared = Console::share(&cluster, "shared", "work", Some(25)).await;
    shared.until_ended().await;
    eventually("the share group to have acknowledged all", || async {
        let rows = cluster.describe_share_groups().await;
        let lags: Vec<_> = rows.iter().map(|((_, _, partition), row)| (*partition, row.lag)).collect();
        if lags.starts_with(&[(0, Some(0)), (1, Some(0))]) { Ok(()) } else { Err(format!("{lags:?}")) }
    })
    .await;
}
