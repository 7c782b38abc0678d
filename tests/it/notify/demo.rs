//! The whole product on a simulated cluster, an hour in two minutes, telling real Alertmanagers and webhooks. It is NOT
//! about the stories; those have their tests.
//! Invariant: what arrives at one receiver does not depend on any other.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::alertmanager::{Alert, Alertmanager, telling};
use crate::support::config_file::NOBODY;
use crate::support::exporter::Exporter;
use crate::support::not_run::on_each_release;
use crate::support::release::Release;
use crate::support::wait::eventually;
use crate::support::webhook::{Manner, Webhook};

const FAST: [&str; 4] = ["--speed", "120", "--listen", "127.0.0.1:0"];

fn is_of(alert: &Alert, name: &str, group: &str) -> bool {
    alert.name() == name && alert.labels.get("consumergroup").is_some_and(|label| label == group)
}

async fn two_peers(release: Release) -> Result<(), String> {
    let hook = Webhook::start().await;
    let peers = [
        Alertmanager::start(release, &telling(&hook.url())).await?,
        Alertmanager::start(release, &telling(&hook.url())).await?,
    ];
    let direct = Webhook::start().await;
    let hanging = Webhook::start_as(Manner::Hanging).await;
    let nobody = format!("http://{NOBODY}");
    let (first, second, direct_url, hanging_url) = (peers[0].url(), peers[1].url(), direct.url(), hanging.url());
    let words = ["demo", "--scenario", "dead-consumer", "--scenario", "hot-partition", "--scenario", "healthy"];
    let told = ["--alertmanager", &hanging_url, "--alertmanager", &nobody, "--alertmanager", &first];
    let more = ["--alertmanager", &second, "--webhook", &hanging_url, "--webhook", &direct_url];
    let mut exporter = Exporter::start_as_written(&[&words[..], &FAST, &told, &more].concat()).await;

    let stopped = ("KafkaConsumerGroupStopped", "notification-sender");
    for peer in &peers {
        let alerts = peer
            .until("the dead consumer and the hot partition", |alerts| {
                let is_hot = |alert: &Alert| alert.name() == "KafkaTopicHotPartition";
                alerts.iter().any(|alert| is_of(alert, stopped.0, stopped.1)) && alerts.iter().any(is_hot)
            })
            .await;
        let alert = alerts.iter().find(|alert| is_of(alert, stopped.0, stopped.1)).expect("it was there");
        assert_eq!(alert.labels["severity"], "critical");
        assert_eq!(alert.labels["cluster_name"], "demo");
        assert!(alert.annotations["description"].contains("notification-sender"), "{alert:?}");
        assert!(alert.annotations["summary"].starts_with("Nobody is left to read"), "{alert:?}");
    }
    // Through Alertmanager, and without it.
    for webhook in [&hook, &direct] {
        eventually("it at the webhook", async || {
            let alerts = webhook.alerts();
            let is_it = |alert: &Value| alert["labels"]["alertname"] == stopped.0 && alert["status"] == "firing";
            if alerts.iter().any(is_it) { Ok(()) } else { Err(format!("{} alerts", alerts.len())) }
        })
        .await;
    }
    hanging.until("both couriers at the one who hangs", |posts| posts.len() >= 2).await;
    // Who hangs holds up no poll.
    exporter.after_polls(3).await;
    let page = exporter.until("a poll that learns", |page| page.get("highwater_up", &[]) == Some(1.0)).await;
    let failed = |error: &str| {
        let all = page.all("highwater_notification_failures_total", &[("error", error)]);
        all.iter().map(|(_, count)| count).sum::<f64>()
    };
    assert!(failed("connect") >= 1.0, "{}", page.excerpt());
    let (log, port) = (exporter.log(), format!("receiver={NOBODY}"));
    let is_told = |line: &&str| line.contains("was not taken") && line.split(' ').any(|word| word == port);
    assert_eq!(log.lines().filter(is_told).count(), 1, "{log}");
    exporter.assert_unharmed();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_peers_and_a_webhook_are_told_whatever_others_do() {
    on_each_release("the demo's alerts at two Alertmanagers", two_peers).await;
}

/// A partition that has no leader for a while, and the group that reads it.
const COMES_AND_GOES: &str = r#"
name: comes-and-goes
story: A partition has no leader for a while.
topics: [{ name: orders, partitions: 2, rate: 10 }]
groups: [{ name: "a \"quoted\" <script>alert(1)</script> group", topics: [orders], members: 1 }]
events:
  - { at: 1m, do: { lose_leader: { topic: orders, partition: 1 } } }
  - { at: 30m, do: { elect_leader: { topic: orders, partition: 1 } } }
"#;

async fn comes_and_goes(release: Release) -> Result<(), String> {
    let webhook = Webhook::start().await;
    let alertmanager = Alertmanager::start(release, &telling(&webhook.url())).await?;
    let file = tempfile::NamedTempFile::with_suffix(".yml").expect("a temporary file");
    std::fs::write(file.path(), COMES_AND_GOES).expect("the story can be written");
    let (path, url) = (file.path().to_string_lossy(), alertmanager.url());
    let words = ["demo", "--scenario", &path, "--alertmanager", &url];
    let _exporter = Exporter::start_as_written(&[&words[..], &FAST].concat()).await;
    let names = |status: &str| -> BTreeSet<String> {
        let alerts = webhook.alerts();
        let of_status = alerts.iter().filter(|alert| alert["status"] == status);
        let text = |alert: &Value| {
            let label = |name: &str| alert["labels"][name].as_str().unwrap_or_default().to_owned();
            format!("{} {} {}", label("alertname"), label("topic"), label("consumergroup"))
        };
        of_status.map(text).collect()
    };
    let expected = BTreeSet::from([
        "KafkaConsumerGroupLagUnknown orders a \"quoted\" <script>alert(1)</script> group".to_owned(),
        "KafkaTopicLeaderless orders ".to_owned(),
    ]);
    eventually("both alerts and their ends", async || {
        let (firing, resolved) = (names("firing"), names("resolved"));
        // Nothing is resolved that did not fire, and the partition's replicas may be out of sync for a moment.
        if expected.is_subset(&resolved) { Ok(()) } else { Err(format!("{firing:#?}, {resolved:#?}")) }
    })
    .await;
    assert!(names("resolved").is_subset(&names("firing")), "{release:?}");
    alertmanager.until("no alert", <[_]>::is_empty).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_is_resolved_and_hostile_names_are_text() {
    on_each_release("alerts that end", comes_and_goes).await;
}
