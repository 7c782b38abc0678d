//! Most brokers are down, or all. It is NOT about one of three (see `faults`).
//! Invariant: what no broker can tell is absent or stands as it was, and comes back by itself.

use super::equality::assert_equal;
use super::standing::{Standing, TOPIC_NAMES, spec, watched};
use crate::support::exporter::Exporter;
use crate::support::kafka::Cluster;
use crate::support::page::Page;

#[tokio::test(flavor = "multi_thread")]
async fn two_of_three_brokers_down() {
    let mut cluster = Cluster::start(spec()).await;
    let standing = Standing::arrange(&cluster).await;
    // Groups of a silent coordinator are listed until `stale_after`, which a slow machine must not reach here.
    let bootstrap = cluster.bootstrap();
    let mut exporter = Exporter::configured(&format!(
        "poll: {{interval: 200ms, stale_after: 10m}}\n\
         clusters: [{{name: maimed, properties: {{bootstrap.servers: \"{bootstrap}\"}}}}]\n"
    ))
    .await;
    exporter.until("all to be known", |page| standing.is_complete(page)).await;
    let pid = exporter.pid();

    cluster.kill(1);
    cluster.kill(2);
    let check = |page: &Page| {
        standing.check(page);
        assert_eq!(page.get("highwater_up", &[]), Some(1.0), "one broker answers");
    };
    let (kept, _) = standing.groups_by(3);
    watched(&exporter, check, async {
        exporter.after_polls(1).await;
        let page = exporter.after_polls(20).await;
        for group in standing.groups.keys() {
            let is_known = page.state(group).as_deref() == Some("Empty");
            assert_eq!(is_known, kept.contains(group.as_str()), "{group}:\n{}", page.excerpt());
            let shown =
                page.by_partition("kafka_consumergroup_lag").keys().filter(|(owner, ..)| owner == group).count();
            assert_eq!(shown > 0, is_known, "{group}:\n{}", page.excerpt());
        }
    })
    .await;

    let back = async {
        cluster.start_brokers(&[1, 2]).await;
        exporter.until("all to be known again", |page| standing.is_complete(page)).await
    };
    let page = watched(&exporter, check, back).await;
    assert_equal(&cluster, &page, &TOPIC_NAMES).await;
    assert_eq!(exporter.pid(), pid);
    exporter.assert_unharmed();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_cluster_down() {
    let mut cluster = Cluster::start(spec()).await;
    let standing = Standing::arrange(&cluster).await;
    let bootstrap = cluster.bootstrap();
    let mut exporter = Exporter::configured(&format!(
        "poll: {{interval: 200ms, stale_after: 8s}}\n\
         clusters: [{{name: doomed, properties: {{bootstrap.servers: \"{bootstrap}\"}}}}]\n"
    ))
    .await;
    let before = exporter.until("all to be known", |page| standing.is_complete(page)).await;
    let pid = exporter.pid();

    for id in cluster.ids() {
        cluster.kill(id);
    }
    let is_down = |page: &Page| page.get("highwater_up", &[]) == Some(0.0);
    let standing_still = exporter.until("the cluster to be down", is_down).await;
    let failures = |page: &Page| page.get("highwater_poll_failures_total", &[]);
    let learned_at = |page: &Page| page.get("highwater_last_poll_timestamp_seconds", &[]);
    assert!(has_kafka(&standing_still), "the last numbers stand:\n{}", standing_still.excerpt());
    standing.check(&standing_still);
    let check = |page: &Page| {
        assert!(is_down(page), "no broker answers");
        assert_eq!(learned_at(page), learned_at(&standing_still), "nothing is learned");
        if has_kafka(page) {
            assert_eq!(kafka_part(page), kafka_part(&standing_still), "the last numbers stand as they were");
        }
    };
    let gone = exporter.until("the last numbers to be gone", |page| !has_kafka(page));
    let gone = watched(&exporter, check, gone).await;
    assert!(failures(&gone) > failures(&standing_still), "polls go on");
    let empty = |page: &Page| {
        check(page);
        assert!(!has_kafka(page), "stale numbers came back:\n{}", page.excerpt());
    };
    watched(&exporter, empty, exporter.after_polls(3)).await;
    let told = exporter.log().matches("the poll learned nothing").count();
    assert!((1..=3).contains(&told), "an outage is told once for each way of failing:\n{}", exporter.log());
    assert_eq!(exporter.status("/-/ready").await, 200);
    assert_eq!(exporter.status("/-/healthy").await, 200);

    cluster.start_brokers(&[1, 2, 3]).await;
    let page = exporter.until("all to be known again", |page| standing.is_complete(page)).await;
    assert_eq!(page.get("highwater_up", &[]), Some(1.0));
    assert_equal(&cluster, &page, &TOPIC_NAMES).await;
    assert_eq!(kafka_names(&page), kafka_names(&before), "all families are back");
    assert_eq!(exporter.pid(), pid);
    exporter.assert_unharmed();
}

fn kafka_names(page: &Page) -> Vec<&str> {
    let is_steady = |name: &&str| name.starts_with("kafka_") && !Page::OF_THE_PAST.contains(name);
    page.names().into_iter().filter(is_steady).collect()
}

fn has_kafka(page: &Page) -> bool {
    !kafka_names(page).is_empty()
}

fn kafka_part(page: &Page) -> Vec<(String, String)> {
    let series = kafka_names(page).into_iter().flat_map(|name| {
        page.all(name, &[]).into_iter().map(move |(labels, value)| (format!("{name} {labels:?}"), value.to_string()))
    });
    series.collect()
}
