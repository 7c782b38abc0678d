//! Every query of the dashboards, asked of a real Prometheus that scrapes the demo.
//!
//! It is NOT a judgement of the numbers; they are tested where they are made.
//! Invariant: a query that finds nothing fails, with All and with one value of each variable, unless its source says why.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::exporter::Exporter;
use crate::support::not_run::not_run;
use crate::support::panels::{Choice, Dashboard, dashboards, list, text};
use crate::support::prometheus::{Prometheus, RELEASES, Sample};
use crate::support::wait::eventually;

use super::selectors::expand;
use super::source::Panel;
use super::sources;

/// How many times faster the demo's time is. Faster still, and on a busy machine its polls do not end in time, so that the
/// past which trends and hot partitions are made of is never whole.
const SPEED: &str = "30";

/// Rounds of patience until the past that trends are made of is there.
const ROUNDS: usize = 10;

/// Starts the demo and each Prometheus that there is.
pub(super) async fn watched_demo(what: &str) -> (Exporter, Vec<Prometheus>) {
    let demo = Exporter::start_as_written(&["demo", "--listen", "127.0.0.1:0", "--speed", SPEED]).await;
    let mut servers = Vec::new();
    for release in RELEASES {
        match Prometheus::start(release, demo.address()).await {
            Ok(prometheus) => servers.push(prometheus),
            Err(reason) => not_run(&format!("{what} on the {release:?} Prometheus"), &reason),
        }
    }
    for prometheus in &servers {
        prometheus.scraped(3).await;
    }
    (demo, servers)
}

/// Queries that may find nothing, as they stand in the dashboards, with the reason.
fn excused() -> BTreeMap<String, String> {
    let mut excused = BTreeMap::new();
    for (_, board) in sources() {
        for asked in board.panels.iter().flat_map(Panel::asked) {
            if let Some(reason) = asked.may_be_empty {
                excused.insert(expand(asked.query), reason.to_owned());
            }
        }
    }
    excused
}

/// The answer once there is one: on a busy machine a scrape may fail, and for that long there is nothing.
pub(super) async fn answered(prometheus: &Prometheus, promql: &str) -> Vec<Sample> {
    eventually(promql, async || {
        let found = prometheus.query(promql).await;
        if found.is_empty() { Err("it finds nothing") } else { Ok(found) }
    })
    .await
}

/// Every group with a topic that it reads, and every topic.
async fn choices(prometheus: &Prometheus, instance: &str) -> Vec<Choice> {
    let pairs = "count by (consumergroup, topic) (kafka_consumergroup_topic_unknown_partitions)";
    let pairs = answered(prometheus, pairs).await;
    let topics = answered(prometheus, "count by (topic) (kafka_topic_partitions)").await;
    let choice = |labels: &BTreeMap<String, String>| {
        let mut choice = labels.clone();
        choice.extend([("job", "highwater"), ("instance", instance), ("cluster_name", "demo")].map(owned));
        choice
    };
    pairs.iter().chain(&topics).map(|sample| choice(&sample.labels)).collect()
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// The queries of the dashboard that find nothing with any of the choices. What found something once is not asked again.
async fn unanswered(
    prometheus: &Prometheus,
    dashboard: &Dashboard,
    choices: &[Choice],
    answered: &mut BTreeSet<String>,
) -> Vec<String> {
    let excused = excused();
    let mut unanswered = Vec::new();
    let queries: Vec<_> = choices.iter().map(|choice| dashboard.queries_with(choice)).collect();
    for (index, asked) in queries.first().into_iter().flatten().enumerate() {
        if excused.contains_key(&asked.written) || answered.contains(&asked.written) {
            continue;
        }
        let mut finds = false;
        for queries in &queries {
            finds = !prometheus.query(&queries[index].promql).await.is_empty();
            if finds {
                answered.insert(asked.written.clone());
                break;
            }
        }
        if !finds {
            unanswered.push(format!("{}: {}: `{}` finds nothing", dashboard.path, asked.panel, asked.promql));
        }
    }
    unanswered
}

/// Asks until all is answered; what is not by then.
async fn asked_in_vain(prometheus: &Prometheus, instance: &str) -> Vec<String> {
    let (mut with_all, mut with_one) = (BTreeSet::new(), BTreeSet::new());
    let mut last = Vec::new();
    for _ in 0..ROUNDS {
        let before = seen(prometheus).await;
        last.clear();
        let choices = choices(prometheus, instance).await;
        for dashboard in dashboards() {
            last.extend(unanswered(prometheus, &dashboard, &[Choice::new()], &mut with_all).await);
            last.extend(unanswered(prometheus, &dashboard, &choices, &mut with_one).await);
        }
        if last.is_empty() {
            break;
        }
        eventually("more scrapes", async || {
            let now = seen(prometheus).await;
            if now >= before + 30.0 { Ok(()) } else { Err(format!("{now} scrapes")) }
        })
        .await;
    }
    last
}

/// Scrapes so far.
async fn seen(prometheus: &Prometheus) -> f64 {
    prometheus.query("sum_over_time(up[1h])").await.first().map_or(0.0, |sample| sample.value)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_panel_and_every_variable_has_an_answer() {
    let (mut demo, servers) = watched_demo("the dashboards' queries").await;
    let instance = demo.address().to_string();
    for prometheus in &servers {
        let unanswered = asked_in_vain(prometheus, &instance).await;
        assert!(unanswered.is_empty(), "{}", unanswered.join("\n"));
        for dashboard in dashboards() {
            for choice in [Choice::new(), choices(prometheus, &instance).await.remove(0)] {
                for variable in dashboard.variables() {
                    let values = variable_values(prometheus, &dashboard, &text(&variable["definition"]), &choice).await;
                    assert!(!values.is_empty(), "{}: the variable {} has no value", dashboard.path, variable["name"]);
                }
            }
        }
    }
    demo.assert_unharmed();
}

/// What Grafana offers: `label_values(SELECTOR, LABEL)`.
pub(super) async fn variable_values(
    prometheus: &Prometheus,
    dashboard: &Dashboard,
    written: &str,
    choice: &Choice,
) -> Vec<String> {
    let asked = dashboard.substitute(written, choice).unwrap_or_else(|name| panic!("no variable {name}"));
    let inner = asked.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
    let (selector, label) = inner.and_then(|inner| inner.rsplit_once(',')).expect("label_values(SELECTOR, LABEL)");
    prometheus.label_values(selector.trim(), label.trim()).await
}

/// Excuses are few, and each is for a query that is there.
#[test]
fn few_queries_are_excused() {
    let excused = excused();
    assert!(excused.len() <= 3, "{excused:?}");
    let written: Vec<String> = dashboards()
        .iter()
        .flat_map(|dashboard| dashboard.panels().flat_map(|panel| list(&panel["targets"]).to_vec()).collect::<Vec<_>>())
        .map(|target| text(&target["expr"]))
        .collect();
    for (query, reason) in excused {
        assert!(written.contains(&query), "{query}");
        assert!(reason.ends_with('.') && reason.len() > 20, "{query}: {reason}");
    }
}
