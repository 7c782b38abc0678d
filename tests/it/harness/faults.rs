//! Brokers that die, fall silent, return, and hand over. It is NOT about how the product bears it.

use std::collections::BTreeSet;
use std::io::{Error, Result};

use crate::support::kafka::{Cluster, Spec, Traffic, Version, Work, Worker};
use crate::support::wait::eventually;

async fn seen(cluster: &Cluster, by: i32, wanted: &[i32]) {
    eventually("the brokers to be seen", || async {
        let brokers = cluster.brokers_seen_by(by).await?;
        check(brokers == wanted.iter().copied().collect::<BTreeSet<_>>(), || format!("broker {by} sees {brokers:?}"))
    })
    .await;
}

async fn leads(cluster: &Cluster, topic: &str, leaders: &[i32]) {
    eventually("leaders to be elected", || async {
        let placements = cluster.placements(topic).await?;
        let led = placements.values().all(|placement| placement.leader.is_some_and(|id| leaders.contains(&id)));
        check(led && !placements.is_empty(), || format!("{placements:?}"))
    })
    .await;
}

fn check(good: bool, why: impl FnOnce() -> String) -> Result<()> {
    if good { Ok(()) } else { Err(Error::other(why())) }
}

#[tokio::test(flavor = "multi_thread")]
async fn brokers_die_fall_silent_and_return() {
    let mut cluster = Cluster::start(Spec::new(Version::Kafka4_3, 3)).await;
    cluster.create_topic("work", 6, 3).await;
    let traffic = Traffic::start(&cluster, &[("work", 6)], 500);
    let mut worker = Worker::start(&cluster, Work::new("reader", &["work"]));
    worker.until_read(100).await;

    cluster.kill(1);
    leads(&cluster, "work", &[2, 3]).await;
    seen(&cluster, 2, &[2, 3]).await;
    cluster.start_broker(1).await;
    seen(&cluster, 3, &[1, 2, 3]).await;

    cluster.pause(2);
    leads(&cluster, "work", &[1, 3]).await;
    cluster.resume(2);
    seen(&cluster, 1, &[1, 2, 3]).await;

    cluster.terminate(3).await;
    leads(&cluster, "work", &[1, 2]).await;
    cluster.start_broker(3).await;
    seen(&cluster, 1, &[1, 2, 3]).await;

    let delivered = traffic.stop();
    assert!(delivered > 0, "traffic went on");
    // The consumer reads some records twice, after a rebalance; no record is there twice.
    eventually("all that was written to be read and committed", || async {
        let rows = cluster.describe_groups().await;
        let read: i64 = rows.values().filter_map(|row| row.current).sum();
        let caught_up = rows.values().all(|row| row.lag == Some(0));
        check(caught_up && u64::try_from(read).is_ok_and(|read| read == delivered), || format!("{delivered}: {rows:?}"))
    })
    .await;
    assert_eq!(worker.progress().assigned.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn leaders_and_coordinators_move_at_will() {
    let cluster = Cluster::start(Spec::new(Version::Kafka4_3, 3)).await;
    cluster.create_topic("work", 3, 3).await;
    cluster.create_topic("lone", 1, 1).await;
    cluster.produce("lone", 0, 10).await;
    cluster.commit("group", "lone", 0, 4).await.expect("a commit");
    for broker in cluster.ids() {
        cluster.move_leaders("work", broker).await;
        cluster.move_leaders("lone", broker).await;
        leads(&cluster, "work", &[broker]).await;
        leads(&cluster, "lone", &[broker]).await;
        cluster.move_coordinator("group", broker).await;
        assert_eq!(cluster.coordinator("group").await.expect("a coordinator"), broker);
    }
    let rows = cluster.describe_groups().await;
    let lag = rows.get(&("group".into(), "lone".into(), 0)).and_then(|row| row.lag);
    assert_eq!(lag, Some(6), "commits and records moved along");
}
