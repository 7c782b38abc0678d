//! `kafka_exporter`'s best-known dashboard, which is number 7589 at Grafana's own collection, on our metrics.
//!
//! It is NOT a copy of it: the queries here are ours and ask the same things of the same families and labels. Its own
//! file, put as `kafka_exporter_overview.json` into the cache of the tests, is asked as it is.
//! Invariant: whoever changes the scrape target from `kafka_exporter` to this one keeps every panel.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::not_run::not_run;
use crate::support::panels::{Choice, Dashboard, list, text};
use crate::support::prometheus::Prometheus;

use super::asked::{answered, variable_values, watched_demo};

/// What its panels show, and how: one instance, some topics, sums by topic or by group and topic.
const SAME: [&str; 5] = [
    "sum by (topic) (rate(kafka_topic_partition_current_offset{instance='$instance', topic=~'$topic'}[1m]))",
    "sum by (consumergroup, topic) (kafka_consumergroup_lag{instance='$instance', topic=~'$topic'})",
    "60 * sum by (topic) (delta(kafka_topic_partition_current_offset{instance=~'$instance', topic=~'$topic'}[5m])) / 300",
    "60 * sum by (consumergroup, topic) (delta(kafka_consumergroup_current_offset{instance=~'$instance', topic=~'$topic'}[5m])) / 300",
    "sum by (topic) (kafka_topic_partitions{instance='$instance', topic=~'$topic'})",
];

/// Its variables: the series they are found by, and the label.
const VARIABLES: [(&str, &str); 3] = [
    ("kafka_consumergroup_current_offset", "job"),
    ("kafka_consumergroup_current_offset{job=~'highwater'}", "instance"),
    ("kafka_topic_partition_current_offset{instance='$instance', topic!='__consumer_offsets'}", "topic"),
];

/// The dashboard's own file, where somebody put it.
fn original() -> Option<Dashboard> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache")))?;
    let file = cache.join("highwater/kafka_exporter_overview.json");
    let json = std::fs::read_to_string(&file).ok()?;
    let json = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    Some(Dashboard { path: file.display().to_string(), json })
}

/// Asks each panel of the original as it is, for all topics.
async fn ask_the_original(prometheus: &Prometheus, dashboard: &Dashboard, instance: &str) -> usize {
    let mut choice: Choice =
        [("job", "highwater"), ("instance", instance)].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let with = |written: &str, choice: &Choice| {
        choice.iter().fold(written.to_owned(), |text, (name, value)| text.replace(&format!("${name}"), value))
    };
    for variable in list(&dashboard.json["templating"]["list"]) {
        let asked = variable["query"].as_str().map_or_else(|| text(&variable["query"]["query"]), str::to_owned);
        let asked = Dashboard { path: String::new(), json: Value::Null }
            .substitute(&with(&asked, &choice), &Choice::new())
            .expect("no variable is left");
        let values = variable_values(prometheus, dashboard, &asked, &Choice::new()).await;
        assert!(!values.is_empty(), "{asked} offers nothing");
        choice.entry(text(&variable["name"])).or_insert_with(|| values.join("|"));
    }
    let expressions: Vec<String> =
        dashboard.panels().flat_map(|panel| list(&panel["targets"])).map(|target| text(&target["expr"])).collect();
    for expression in &expressions {
        answered(prometheus, &with(expression, &choice)).await;
    }
    expressions.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_of_kafka_exporter_goes_on() {
    let (mut demo, servers) = watched_demo("the queries of kafka_exporter's dashboard").await;
    let instance = demo.address().to_string();
    for prometheus in &servers {
        for (selector, label) in VARIABLES {
            let values = prometheus.label_values(&selector.replace("$instance", &instance), label).await;
            assert!(!values.is_empty(), "{selector} offers no {label}");
        }
        for topic in [".+", "orders"] {
            for query in SAME {
                let asked = query.replace("$instance", &instance).replace("$topic", topic);
                answered(prometheus, &asked).await;
            }
        }
        match original() {
            Some(dashboard) => assert!(ask_the_original(prometheus, &dashboard, &instance).await > 0),
            None => not_run(
                "the file of kafka_exporter's dashboard (7589) as it is",
                "kafka_exporter_overview.json is not in the cache of the tests; the same questions in our words were asked",
            ),
        }
    }
    demo.assert_unharmed();
}
