//! Kafka is not there when the exporter starts, or only some of it. It is NOT about brokers that go away later.
//! Invariant: the exporter serves from its start on, and finds the cluster by itself.

use super::standing::{Standing, spec};
use crate::support::exporter::Exporter;
use crate::support::kafka::{Cluster, Spec, Version, free_block};
use crate::support::page::Page;

fn is_up(page: &Page) -> bool {
    page.get("highwater_up", &[]) == Some(1.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_comes_after_the_exporter() {
    let base = free_block();
    let bootstrap = format!("127.0.0.1:{}", base + 1);
    let mut exporter = Exporter::start(&["--bootstrap", &bootstrap, "--poll.interval", "200ms"]).await;
    assert_eq!(exporter.status("/-/healthy").await, 200);
    let failures = |page: &Page| page.get("highwater_poll_failures_total", &[]);
    let page = exporter.until("some polls to fail", |page| failures(page) >= Some(3.0)).await;
    assert_eq!(page.get("highwater_up", &[]), Some(0.0));
    assert_eq!(page.get("highwater_last_poll_timestamp_seconds", &[]), None, "nothing was learned");
    assert_eq!(failures(&page), page.get("highwater_polls_total", &[]));
    assert!(!page.names().iter().any(|name| name.starts_with("kafka_")), "{}", page.excerpt());
    assert_eq!(exporter.status("/-/ready").await, 200);
    assert_eq!(exporter.status("/-/healthy").await, 200);
    let pid = exporter.pid();

    let cluster = Cluster::start_at(Spec::new(Version::Kafka4_3, 1), std::iter::once(base)).await;
    assert_eq!(cluster.bootstrap(), bootstrap);
    cluster.create_topic("late", 2, 1).await;
    cluster.produce("late", 1, 5).await;
    cluster.commit("group", "late", 1, 2).await.expect("the commit is taken");
    exporter.until("the cluster to be up", is_up).await;
    let place = [("consumergroup", "group"), ("topic", "late"), ("partition", "1")];
    exporter.until("its lag", |page| page.get("kafka_consumergroup_lag", &place) == Some(3.0)).await;
    assert_eq!(exporter.pid(), pid);
    exporter.assert_unharmed();
}

/// The silent ones together may take all the time of a poll.
#[tokio::test(flavor = "multi_thread")]
async fn bootstrap_servers_that_are_silent() {
    let mut cluster = Cluster::start(spec()).await;
    let standing = Standing::arrange(&cluster).await;
    cluster.pause(1);
    cluster.pause(2);
    let bootstrap = cluster.bootstrap();
    let mut exporter = Exporter::configured(&format!(
        "poll: {{interval: 1s, timeout: 2s, request_timeout: 1s}}\n\
         clusters: [{{name: mute, properties: {{bootstrap.servers: \"{bootstrap}\"}}}}]\n"
    ))
    .await;
    exporter.until("the broker that answers to be found", is_up).await;
    cluster.resume(1);
    cluster.resume(2);
    let page = exporter.until("all to be known", |page| standing.is_complete(page)).await;
    standing.check(&page);
    exporter.assert_unharmed();
}
