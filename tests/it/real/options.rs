//! What `metrics` in the configuration changes about the page, on one calm cluster. It is NOT about the numbers: see
//! `equality`.
//! Invariant: an option leaves out or adds families and series, and changes no value.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::config_file::{ConfigFile, clusters};
use crate::support::exporter::Exporter;
use crate::support::kafka::{Cluster, Spec, Version};
use crate::support::page::{Page, integer};

/// Group, topic, partition, commit; each partition ends at 100.
const COMMITS: [(&str, &str, i32, i64); 5] = [
    ("behind", "wide", 0, 40),
    ("behind", "wide", 1, 90),
    ("behind", "narrow", 0, 100),
    ("done", "wide", 2, 100),
    ("done", "narrow", 0, 100),
];

/// The page under these lines of `metrics`.
async fn page(cluster: &Cluster, metrics: &str) -> Page {
    page_of(cluster, metrics, &[], &[]).await
}

/// The same, with families beside those of the default and without some.
async fn page_of(cluster: &Cluster, metrics: &str, include: &[&str], exclude: &[&str]) -> Page {
    let poll = "poll: {interval: 300ms}\n";
    // What the past tells differs from one exporter to the next.
    let exclude = [&Page::OF_THE_PAST[..], exclude].concat().join(", ");
    let families = format!("families: {{include: [{}], exclude: [{exclude}]}}", include.join(", "));
    let metrics = if metrics.is_empty() { families } else { format!("{metrics}, {families}") };
    let text = format!("{poll}metrics: {{{metrics}}}\n{}", clusters(&[("default", &cluster.bootstrap())]));
    let file = ConfigFile::new(&text);
    let exporter = Exporter::start(&["--config", file.path()]).await;
    // Not by a metric, which the options may leave out.
    let is_ready = async || exporter.ask(reqwest::Method::GET, "/-/ready").await.0 == 200;
    crate::support::wait::eventually("the first poll", || async {
        if is_ready().await { Ok(()) } else { Err("not yet") }
    })
    .await;
    exporter.scrape().await
}

fn names(page: &Page) -> BTreeSet<&str> {
    page.names()
}

#[tokio::test(flavor = "multi_thread")]
async fn options_of_the_page() {
    let cluster = Cluster::start(Spec::new(Version::Kafka4_3, 1)).await;
    for (topic, partitions) in [("wide", 4), ("narrow", 1)] {
        cluster.create_topic(topic, partitions, 1).await;
        for partition in 0..partitions {
            cluster.produce(topic, partition, 100).await;
        }
    }
    for (group, topic, partition, offset) in COMMITS {
        cluster.commit(group, topic, partition, offset).await.expect("the commit is taken");
    }
    let all = page(&cluster, "").await;
    sums(&cluster, &all).await;
    lagging(&cluster, &all).await;
    none(&cluster, &all).await;
    families(&cluster, &all).await;
    series_max(&cluster, &all).await;
}

/// The sums of `kafka_exporter` are those over the partitions, under their names.
async fn sums(cluster: &Cluster, all: &Page) {
    let with_sums = page(cluster, "kafka_exporter_sums: true").await;
    for (sum, of) in [
        ("kafka_consumergroup_lag_sum", "kafka_consumergroup_lag"),
        ("kafka_consumergroup_current_offset_sum", "kafka_consumergroup_current_offset"),
    ] {
        assert_eq!(all.all(sum, &[]), [], "off by default");
        let mut wanted: BTreeMap<(String, String), i64> = BTreeMap::new();
        for ((group, topic, _), value) in all.by_partition(of) {
            *wanted.entry((group, topic)).or_default() += value;
        }
        let told: BTreeMap<(String, String), i64> = with_sums
            .all(sum, &[])
            .into_iter()
            .map(|(labels, value)| ((labels["consumergroup"].clone(), labels["topic"].clone()), integer(value)))
            .collect();
        assert_eq!(told, wanted, "{sum}");
        assert_eq!(told.len(), 4, "two groups on two topics");
        let included = page_of(cluster, "", &[sum], &[]).await;
        assert_eq!(included.all(sum, &[]), with_sums.all(sum, &[]));
    }
}

/// Partitions on which nobody is behind lose their series; sums and counts stay.
async fn lagging(cluster: &Cluster, all: &Page) {
    let lagging = page(cluster, "partitions: lagging").await;
    let behind = |page: &Page| -> BTreeMap<_, i64> {
        let lags = page.by_partition("kafka_consumergroup_lag").into_iter();
        lags.filter(|(_, lag)| *lag > 0).collect()
    };
    assert_eq!(lagging.by_partition("kafka_consumergroup_lag"), behind(all));
    assert_eq!(behind(all).len(), 2);
    let shown = lagging.by_partition("kafka_topic_partition_current_offset");
    let shown: Vec<_> = shown.keys().map(|(_, topic, partition)| (topic.as_str(), *partition)).collect();
    assert_eq!(shown, [("wide", 0), ("wide", 1)]);
    let sums = "kafka_consumergroup_topic_lag";
    assert_eq!(lagging.all(sums, &[]), all.all(sums, &[]));
    assert_eq!(lagging.get("kafka_topic_partitions", &[("topic", "wide")]), Some(4.0));
}

/// No series of single partitions at all.
async fn none(cluster: &Cluster, all: &Page) {
    let none = page(cluster, "partitions: none").await;
    let of_partitions = |page: &Page| -> BTreeSet<String> {
        let names = names(page).into_iter();
        names.filter(|name| !page.all(name, &[("partition", "0")]).is_empty()).map(str::to_owned).collect()
    };
    assert_eq!(of_partitions(&none), BTreeSet::new());
    let left_out = of_partitions(all);
    let wanted: BTreeSet<&str> = names(all).into_iter().filter(|name| !left_out.contains(*name)).collect();
    assert_eq!(names(&none), wanted);
    assert!(left_out.contains("kafka_consumergroup_lag") && wanted.contains("kafka_consumergroup_topic_lag"));
}

/// What is excluded is gone, of Kafka and of ourselves, and nothing else is.
async fn families(cluster: &Cluster, all: &Page) {
    let unwanted = ["kafka_consumergroup_state", "highwater_requests_total", "highwater_up", "process_open_fds"];
    let page = page_of(cluster, "", &[], &unwanted).await;
    let mut wanted = names(all);
    for name in unwanted {
        assert!(wanted.remove(name), "{name} is not there anyway");
    }
    assert_eq!(names(&page), wanted);
}

/// Too many series cost the finest detail, whole families at a time, and that is said.
async fn series_max(cluster: &Cluster, all: &Page) {
    assert_eq!(all.get("highwater_series_dropped", &[]), Some(0.0));
    let count: f64 = all.all("highwater_series", &[]).iter().map(|(_, count)| count).sum();
    let few = page(cluster, "series_max: 130").await;
    let kept: f64 = few.all("highwater_series", &[]).iter().map(|(_, count)| count).sum();
    assert!(kept <= 130.0 && kept > 0.0, "{kept} series of {count}");
    assert_eq!(few.get("highwater_series_dropped", &[]).map(|dropped| dropped + kept), Some(count));
    assert_eq!(few.all("kafka_consumergroup_lag", &[]), [], "the finest goes first");
    for coarse in ["kafka_brokers", "kafka_topic_partitions", "kafka_consumergroup_members", "highwater_up"] {
        assert_eq!(few.all(coarse, &[]), all.all(coarse, &[]), "{coarse}");
    }
}
