//! Real Prometheus reads what the exporter says of real Kafka, and answers every panel. It is NOT about single values;
//! those are compared with Kafka.
//! Invariant: both forms of the page, both releases, and compressed as Prometheus asks for it.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::exporter::Exporter;
use crate::support::kafka::{Cluster, Spec, Version, Work, Worker};
use crate::support::not_run::not_run;
use crate::support::page::Page;
use crate::support::panels::dashboards;
use crate::support::prometheus::{Prometheus, RELEASES, Release, Setup};

/// What promtool has to say about a page.
fn check_metrics(release: Release, page: &str) -> Result<(), String> {
    let mut promtool = Command::new(release.program("promtool")?)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool starts");
    promtool.stdin.take().expect("a pipe").write_all(page.as_bytes()).expect("promtool reads");
    let output = promtool.wait_with_output().expect("promtool ends");
    assert!(output.status.success() && output.stderr.is_empty(), "{release:?}: {output:?}");
    Ok(())
}

/// What Prometheus stored of the exporter's page is that page.
async fn assert_stored(prometheus: &Prometheus, page: &Page, what: &str) {
    let ours = page.by_partition("kafka_consumergroup_lag");
    let stored = prometheus.query("kafka_consumergroup_lag").await;
    assert_eq!(stored.len(), ours.len(), "{what}");
    for sample in stored {
        let label = |name: &str| sample.labels.get(name).cloned().unwrap_or_default();
        let key = (label("consumergroup"), label("topic"), label("partition").parse().expect("a number"));
        assert_eq!(ours.get(&key).copied(), Some(crate::support::page::integer(sample.value)), "{what}: {key:?}");
    }
    let is_steady = |name: &&str| name.starts_with("kafka_") && !Page::OF_THE_PAST.contains(name);
    for family in page.names().into_iter().filter(is_steady) {
        let stored = prometheus.query(&format!("count({family})")).await;
        let count = stored.first().map(|sample| crate::support::page::integer(sample.value));
        assert_eq!(count, i64::try_from(page.all(family, &[]).len()).ok(), "{what}: {family}");
    }
}

/// Whether there is trouble to show is another matter: a world that has every kind of it is asked in `boards`.
async fn assert_panels_of_groups_have_data(prometheus: &Prometheus, what: &str) {
    let mut found = 0;
    for dashboard in dashboards() {
        for query in dashboard.queries() {
            // One that is refused ends the test.
            let answer = prometheus.query(&query.promql).await;
            let is_of_lag = query.promql.contains("kafka_consumergroup_topic_lag{");
            assert!(
                !is_of_lag || !answer.is_empty(),
                "{what}: panel `{}` shows nothing: {}",
                query.panel,
                query.promql
            );
            found += usize::from(is_of_lag);
        }
    }
    assert!(found > 2, "{what}: only {found} panels show lag in records");
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_stores_what_kafka_says() {
    let cluster = Cluster::start(Spec::new(Version::Kafka4_3, 1)).await;
    cluster.create_topic("orders", 3, 1).await;
    cluster.produce("orders", 0, 50).await;
    cluster.produce("orders", 1, 20).await;
    let nasty = "a \"quoted\" \\ group\nof two lines, größer";
    cluster.commit(nasty, "orders", 0, 10).await.expect("the commit is taken");
    let mut worker = Worker::start(&cluster, Work::new("billing", &["orders"]));
    worker.until_read(70).await;
    let exporter = Exporter::watching(&cluster, "500ms").await;
    let lag = |page: &Page| page.get("kafka_consumergroup_topic_lag", &[("consumergroup", "billing")]);
    let page = exporter.until("the group to have committed", |page| lag(page) == Some(0.0)).await;

    for release in RELEASES {
        if let Err(reason) = check_metrics(release, &exporter.text().await) {
            not_run(&format!("promtool check metrics, {release:?}"), &reason);
        }
        let mut forms = vec![("its own choice", "")];
        if release == Release::Newest {
            forms.push(("OpenMetrics", ", scrape_protocols: [OpenMetricsText1.0.0]"));
            forms.push(("text", ", scrape_protocols: [PrometheusText0.0.4]"));
        }
        for (form, settings) in forms {
            let what = format!("{release:?}, {form}");
            let setup = Setup { scrape: settings, ..Setup::default() };
            let prometheus = match Prometheus::start_with(release, exporter.address(), setup).await {
                Ok(prometheus) => prometheus,
                Err(reason) => {
                    not_run(&format!("a scrape by Prometheus: {what}"), &reason);
                    continue;
                }
            };
            prometheus.scraped(3).await;
            assert_stored(&prometheus, &page, &what).await;
            assert_panels_of_groups_have_data(&prometheus, &what).await;
        }
    }
}
