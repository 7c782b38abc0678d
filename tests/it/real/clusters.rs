//! Several clusters in one exporter. It is NOT about what each of them shows.
//! Invariant: a cluster shows the same whoever else is watched.

use reqwest::Method;

use crate::support::config_file::{ConfigFile, NOBODY, clusters};
use crate::support::exporter::Exporter;
use crate::support::kafka::{Cluster, Spec, Version};
use crate::support::page::Page;

/// Every family begins once, however many clusters have it.
fn assert_families_once(text: &str) {
    for mark in ["# TYPE ", "# HELP "] {
        let mut begun: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(mark)?.split(' ').next()).collect();
        let count = begun.len();
        begun.sort_unstable();
        begun.dedup();
        assert_eq!(begun.len(), count, "{mark}twice in\n{text}");
    }
}

/// One Kafka under two names, as two clusters would be, and one that is out of reach.
#[tokio::test(flavor = "multi_thread")]
async fn clusters_do_not_disturb_each_other() {
    let cluster = Cluster::start(Spec::new(Version::Kafka4_3, 1)).await;
    cluster.create_topic("orders", 2, 1).await;
    cluster.produce("orders", 0, 10).await;
    cluster.commit("reader", "orders", 0, 4).await.expect("the commit is taken");
    let bootstrap = cluster.bootstrap();
    let named = [("east", bootstrap.as_str()), ("nobody", NOBODY), ("west", bootstrap.as_str())];
    let file = ConfigFile::new(&format!("poll: {{interval: 300ms}}\n{}", clusters(&named)));
    let exporter = Exporter::start(&["--config", file.path()]).await;
    let up = |page: &Page, name: &str| page.get("highwater_up", &[("cluster_name", name)]);
    let count = |page: &Page, family: &str, name: &str| page.get(family, &[("cluster_name", name)]).unwrap_or(0.0);
    let (polls, failures) = ("highwater_polls_total", "highwater_poll_failures_total");
    // What is told by comparing polls is told of both after a few.
    let is_compared = |page: &Page, name: &str| up(page, name) == Some(1.0) && count(page, polls, name) >= 4.0;
    exporter.until("both", |page| is_compared(page, "east") && is_compared(page, "west")).await;

    let text = exporter.text().await;
    assert_families_once(&text);
    let page = Page::parse(&text);
    assert_eq!(up(&page, "nobody"), Some(0.0));
    for name in ["east", "west"] {
        let lag = page.get("kafka_consumergroup_lag", &[("cluster_name", name), ("consumergroup", "reader")]);
        assert_eq!(lag, Some(6.0), "{name}");
    }
    let of_kafka: Vec<_> = page.telling_of("cluster_name", "east").into_iter().collect();
    assert_eq!(page.telling_of("cluster_name", "west").into_iter().collect::<Vec<_>>(), of_kafka);
    let of_nobody = page.telling_of("cluster_name", "nobody");
    assert_eq!(of_nobody.iter().find(|family| family.starts_with("kafka_")), None);

    // The good ones are polled on, without a failure, beside the one that fails every time.
    let page = exporter
        .until("five polls of each", |page| named.iter().all(|(name, _)| count(page, polls, name) >= 5.0))
        .await;
    for (name, _) in named {
        let failed = if name == "nobody" { count(&page, polls, name) } else { 0.0 };
        assert_eq!(count(&page, failures, name).to_string(), failed.to_string(), "{name}");
    }
    assert_eq!(exporter.ask(Method::GET, "/-/ready").await.0, 200);
    one_alone(&exporter).await;
}

/// A page of one cluster tells of no other, neither of its Kafka nor of how it is polled.
async fn one_alone(exporter: &Exporter) {
    for name in ["west", "nobody"] {
        let (status, text) = exporter.ask(Method::GET, &format!("/metrics?cluster={name}")).await;
        assert_eq!(status, 200, "{text}");
        let page = Page::parse(&text);
        for other in ["east", "west", "nobody"] {
            assert_eq!(page.telling_of("cluster_name", other).is_empty(), name != other, "{other} in {name}'s page");
        }
        assert!(page.names().contains("highwater_build_info"));
    }
    assert_eq!(exporter.ask(Method::GET, "/metrics?cluster=south").await.0, 404);
    let (status, told) = exporter.ask(Method::GET, "/api/v1/clusters/nobody/groups").await;
    assert_eq!((status, told.contains("Connection refused")), (503, true), "{told}");
}
