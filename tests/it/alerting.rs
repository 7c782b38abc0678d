//! From the simulated cluster through exporter, Prometheus and Alertmanager to whoever is told. It is NOT about when the
//! rules as they are shipped fire: `artefacts` has promtool for that, since Prometheus's own clock cannot run fast.
//! Invariant: each story makes its alerts arrive and no other, and they are resolved when its trouble has ended.

mod faster;
mod inhibition;
mod stories;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::support::alertmanager::Alertmanager;
use crate::support::exporter::Exporter;
use crate::support::not_run::not_run;
use crate::support::prometheus::{Prometheus, Release, Setup};
use crate::support::tree;
use crate::support::webhook::Webhook;
use stories::STORIES;

/// The demonstration's own.
const SPEED: u32 = 30;
/// Half a minute of the stories. Prometheus waits no longer than this for a page.
const INTERVAL: &str = "1s";
/// What is true of the exporter where the machine is too busy to let it poll, or to scrape it, for seconds.
const OVERLOADED: [&str; 3] = ["KafkaClusterBlind", "KafkaPollsFailing", "KafkaPollsSlow"];
/// The stories take two minutes; a slow machine may take longer to tell of them, but they do not wait.
const PATIENCE: Duration = Duration::from_mins(5);

/// Alert, group and topic; then whether it fires, by what was told last.
type Arrived = BTreeMap<(String, String, String), bool>;

fn arrived(webhook: &Webhook) -> Arrived {
    let key = |alert: &Value| {
        let label = |name: &str| alert["labels"][name].as_str().unwrap_or_default().to_owned();
        (label("alertname"), label("consumergroup"), label("topic"))
    };
    let mut arrived = Arrived::new();
    for alert in webhook.alerts() {
        let fires = alert["status"] == "firing";
        // Who was never told that it fires is sometimes told that it ended, beside others.
        if fires || arrived.contains_key(&key(&alert)) {
            arrived.insert(key(&alert), fires);
        }
    }
    arrived
}

/// What was told of these, in the words of whoever is woken.
fn told(webhook: &Webhook, what: &[&(String, String, String)]) -> String {
    let is_told = |alert: &&Value| {
        what.iter().any(|(name, group, _)| {
            alert["labels"]["alertname"] == *name && (group.is_empty() || alert["labels"]["consumergroup"] == *group)
        })
    };
    let descriptions: Vec<_> =
        webhook.alerts().iter().filter(is_told).map(|alert| alert["annotations"]["description"].to_string()).collect();
    descriptions.join("\n")
}

fn owned((alert, group, topic): stories::Told) -> (String, String, String) {
    (alert.to_owned(), group.to_owned(), topic.to_owned())
}

/// What must have arrived and has not.
fn missing(arrived: &Arrived) -> Vec<stories::Told> {
    let expected = STORIES.iter().flat_map(|story| story.arrives);
    expected.filter(|told| !arrived.contains_key(&owned(**told))).copied().collect()
}

/// What has arrived and no story deserves.
fn strangers(arrived: &Arrived) -> Vec<&(String, String, String)> {
    let known: Vec<_> = STORIES.iter().flat_map(|story| [story.arrives, story.may].concat()).map(owned).collect();
    arrived.keys().filter(|told| !known.contains(told)).collect()
}

/// Whether Prometheus missed scrapes or the exporter polls, so that alerts about that are deserved.
async fn is_overloaded(prometheus: &Prometheus) -> bool {
    let missed = "min_over_time(up[10m]) == 0 or min_over_time(highwater_up[10m]) == 0 \
                  or max_over_time(highwater_poll_duration_seconds[10m]) > 5";
    !prometheus.query(missed).await.is_empty()
}

async fn firing(prometheus: &Prometheus) -> usize {
    let alerts = prometheus.get("/api/v1/alerts", &[]).await.unwrap_or_default();
    let alerts = alerts["data"]["alerts"].as_array().cloned().unwrap_or_default();
    alerts.iter().filter(|alert| alert["state"] == "firing").count()
}

async fn tell(release: Release) -> Result<(), String> {
    let read = |path: &str| std::fs::read_to_string(tree::root().join(path)).expect("the file is readable");
    let webhook = Webhook::start().await;
    let routes = faster::routes(&read("alerts/alertmanager.yml"), SPEED, &webhook.url());
    let alertmanager = Alertmanager::start(release, &routes).await?;
    release.program("prometheus")?;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = stories::write(folder.path());
    let speed = SPEED.to_string();
    let mut words = vec!["demo", "--listen", "127.0.0.1:0", "--speed", &speed];
    words.extend(files.iter().flat_map(|file| ["--scenario", file.to_str().expect("a path is text")]));
    let mut demo = Exporter::start_as_written(&words).await;
    let [thresholds, rules] = ["thresholds", "highwater"].map(|name| {
        let rules = read(&format!("alerts/{name}.rules.yml"));
        faster::rules(&rules, SPEED, INTERVAL)
    });
    let scrape = format!(", scrape_interval: {INTERVAL}, scrape_timeout: {INTERVAL}");
    let alertmanagers = [alertmanager.address()];
    let rules = [("thresholds.rules.yml", thresholds.as_str()), ("highwater.rules.yml", rules.as_str())];
    let setup = Setup { scrape: &scrape, rules: &rules, alertmanagers: &alertmanagers };
    let prometheus = Prometheus::start_with(release, demo.address(), setup).await?;
    let over = async {
        loop {
            let arrived = arrived(&webhook);
            let mut strangers = strangers(&arrived);
            if strangers.iter().any(|(alert, ..)| OVERLOADED.contains(&alert.as_str()))
                && is_overloaded(&prometheus).await
            {
                strangers.retain(|(alert, ..)| !OVERLOADED.contains(&alert.as_str()));
            }
            assert!(strangers.is_empty(), "nothing deserves {strangers:?}\n{}", told(&webhook, &strangers));
            let is_quiet = arrived.values().all(|fires| !fires);
            if missing(&arrived).is_empty() && is_quiet && firing(&prometheus).await == 0 {
                return;
            }
            sleep(Duration::from_millis(250)).await;
        }
    };
    if timeout(PATIENCE, over).await.is_err() {
        let arrived = arrived(&webhook);
        let lasting: Vec<_> = arrived.iter().filter(|(_, fires)| **fires).map(|(told, _)| told).collect();
        panic!("{release:?}: never arrived: {:?}; never ended: {lasting:?}\n{}", missing(&arrived), alertmanager.log());
    }
    demo.assert_unharmed();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_story_makes_its_alerts_arrive_and_end_and_no_other() {
    let release = Release::Newest;
    if let Err(reason) = tell(release).await {
        not_run("alerts of all stories at a webhook", &reason);
    }
}

#[test]
fn what_is_missing_and_what_is_strange_is_found() {
    let all = STORIES.iter().flat_map(|story| story.arrives).copied();
    let complete: Arrived = all.map(|told| (owned(told), false)).collect();
    assert_eq!((missing(&complete), strangers(&complete).len()), (vec![], 0));
    let (first, _) = complete.first_key_value().expect("some alert arrives");
    let mut without = complete.clone();
    without.remove(first);
    assert_eq!(missing(&without).len(), 1);
    let mut more = complete.clone();
    more.insert(owned(("KafkaConsumerGroupStalled", "order-fulfilment", "orders")), true);
    assert_eq!(strangers(&more).len(), 1);
}
