//! Groups that are deleted. It is NOT about groups whose coordinator does not answer (see `faults`): here it does, and
//! says that they are gone.
//! Invariant: a deleted group has no series after the next poll, and no other group loses any.

use crate::support::exporter::Exporter;
use crate::support::kafka::{Cluster, Membership, Spec, Version, Work, Worker};

async fn deleted_groups_are_gone(version: Version, membership: Membership) {
    let cluster = Cluster::start(Spec::new(version, 1)).await;
    cluster.create_topic("orders", 1, 1).await;
    cluster.produce("orders", 0, 10).await;
    for group in ["deleted", "kept"] {
        cluster.commit(group, "orders", 0, 4).await.expect("the commit is taken");
    }
    let mut member = Worker::start(&cluster, Work { membership, ..Work::new("deleted after use", &["orders"]) });
    member.until_read(10).await;
    member.stop().await;
    let mut exporter = Exporter::watching(&cluster, "200ms").await;
    let is_listed = |page: &crate::support::page::Page, group: &str| page.state(group).as_deref() == Some("Empty");
    let all = ["deleted", "deleted after use", "kept"];
    exporter.until("all groups", |page| all.iter().all(|group| is_listed(page, group))).await;

    for group in ["deleted", "deleted after use"] {
        cluster.delete_group(group).await.expect("a group without members can be deleted");
    }
    let page = exporter.after_polls(1).await;
    let groups = page.by_partition("kafka_consumergroup_lag");
    assert_eq!(groups.into_iter().collect::<Vec<_>>(), [(("kept".to_owned(), "orders".to_owned(), 0), 6)]);
    for group in ["deleted", "deleted after use"] {
        assert_eq!(page.state(group), None, "{group}:\n{}", page.excerpt());
    }
    assert!(is_listed(&page, "kept"), "{}", page.excerpt());
    exporter.assert_unharmed();
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_4_3() {
    deleted_groups_are_gone(Version::Kafka4_3, Membership::Consumer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_3_9() {
    deleted_groups_are_gone(Version::Kafka3_9, Membership::Classic("range")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_2_8() {
    deleted_groups_are_gone(Version::Kafka2_8, Membership::Classic("range")).await;
}
