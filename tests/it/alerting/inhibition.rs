//! Which alerts keep quiet while another one tells more, by the sample configuration in a real Alertmanager. It is NOT
//! about when they fire.
//! Invariant: a page is kept back by a warning only where nobody watches any more, and never by what is wrong elsewhere.

use serde_json::{Value, json};

use super::faster;
use crate::support::alertmanager::Alertmanager;
use crate::support::not_run::not_run;
use crate::support::prometheus::{RELEASES, Release};
use crate::support::tree;
use crate::support::wait::eventually;

/// Name, severity and `cluster/group/topic` of an alert; then whether it is kept back beside the others.
type Case = (&'static str, &'static str, &'static str, bool);

const FAST: &str = "KafkaConsumerGroupObjectiveBurningFast";

const CASES: &[&[Case]] = &[
    // A page for a group on a topic speaks for the warnings about the same, and for no other.
    &[
        (FAST, "critical", "a/g/t", false),
        ("KafkaConsumerGroupObjectiveBurningSlow", "warning", "a/g/t", true),
        ("KafkaConsumerGroupFallingBehind", "warning", "a/g/other", false),
        ("KafkaConsumerGroupFallingBehind", "warning", "a/other/t", false),
        ("KafkaConsumerGroupFallingBehind", "warning", "b/g/t", false),
        ("KafkaConsumerGroupRebalanceStorm", "warning", "a/g/", false),
        ("KafkaTopicHotPartition", "info", "a//t", false),
    ],
    // A page for a whole group speaks for its warnings on all topics; other pages go on.
    &[
        ("KafkaConsumerGroupStopped", "critical", "a/g/", false),
        ("KafkaConsumerGroupDataLossSoon", "warning", "a/g/t", true),
        ("KafkaConsumerGroupOffsetsInvalid", "warning", "a/g/", true),
        (FAST, "critical", "a/g/t", false),
        ("KafkaConsumerGroupLagUnknown", "warning", "a/other/t", false),
    ],
    &[
        ("KafkaTopicLeaderless", "critical", "a//t", false),
        ("KafkaTopicUnderReplicated", "warning", "a//t", true),
        ("KafkaConsumerGroupLagUnknown", "warning", "a/g/t", true),
        ("KafkaConsumerGroupLagUnknown", "warning", "a/g/other", false),
        ("KafkaConsumerGroupFallingBehind", "warning", "a/g/t", false),
    ],
    &[("KafkaBrokerMissing", "critical", "a//", false), ("KafkaTopicUnderReplicated", "warning", "a//t", true)],
    // Of a cluster of which nothing is known nothing else is told, and of others all.
    &[
        ("KafkaClusterBlind", "critical", "a//", false),
        (FAST, "critical", "a/g/t", true),
        ("KafkaTopicLeaderless", "critical", "a//t", true),
        ("KafkaPollsFailing", "warning", "a//", true),
        (FAST, "critical", "b/g/t", false),
    ],
    &[
        ("KafkaLagExporterDown", "critical", "//", false),
        ("KafkaClusterUnwatched", "warning", "a//", true),
        (FAST, "critical", "a/g/t", true),
        // Another exporter says so, of a cluster of its own.
        ("KafkaClusterBlind", "critical", "b//", false),
        ("KafkaLagExporterReloadFailed", "warning", "//", false),
    ],
    // Where the target is gone too, nobody else says so.
    &[
        ("KafkaClusterUnwatched", "warning", "a//", false),
        (FAST, "critical", "a/g/t", true),
        (FAST, "critical", "b/g/t", false),
    ],
    // No warning about what is watched keeps a page back.
    &[("KafkaConsumerGroupFallingBehind", "warning", "a/g/t", true), (FAST, "critical", "a/g/t", false)],
];

fn labels((name, severity, place, _): Case) -> Value {
    let mut labels = json!({"alertname": name, "severity": severity, "job": "highwater"});
    for (label, value) in ["cluster_name", "consumergroup", "topic"].iter().zip(place.split('/')) {
        if !value.is_empty() {
            labels[*label] = value.into();
        }
    }
    labels
}

async fn kept_back(alertmanager: &Alertmanager) -> Result<Vec<Value>, String> {
    let answer =
        reqwest::get(format!("{}/api/v2/alerts", alertmanager.url())).await.map_err(|error| error.to_string())?;
    let text = answer.text().await.map_err(|error| error.to_string())?;
    let alerts: Vec<Value> = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
    let is_kept_back = |alert: &&Value| alert["status"]["inhibitedBy"].as_array().is_some_and(|by| !by.is_empty());
    Ok(alerts.iter().filter(is_kept_back).map(|alert| alert["labels"].clone()).collect())
}

async fn check(release: Release, cases: &[Case]) -> Result<(), String> {
    let sample = std::fs::read_to_string(tree::root().join("alerts/alertmanager.yml")).expect("it is readable");
    // Nobody listens where it tells; only what it would tell is asked for.
    let alertmanager = Alertmanager::start(release, &faster::routes(&sample, 30, "http://127.0.0.1:1/")).await?;
    let alerts: Vec<Value> = cases.iter().map(|case| json!({"labels": labels(*case)})).collect();
    let request = reqwest::Client::new().post(format!("{}/api/v2/alerts", alertmanager.url()));
    let request = request.header("content-type", "application/json").body(Value::from(alerts).to_string());
    let answer = request.send().await.expect("it answers");
    assert_eq!(answer.status().as_u16(), 200, "{}", alertmanager.log());
    let expected: Vec<Value> = cases.iter().filter(|case| case.3).map(|case| labels(*case)).collect();
    // An alert is judged when it is routed, shortly after it was taken in.
    eventually("what is kept back", async || {
        let kept_back = kept_back(&alertmanager).await?;
        let is_same = kept_back.len() == expected.len() && expected.iter().all(|labels| kept_back.contains(labels));
        if is_same { Ok(()) } else { Err(format!("{release:?}: {kept_back:#?} and not {expected:#?}")) }
    })
    .await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_keeps_back_what_another_alert_tells() {
    for release in RELEASES {
        for cases in CASES {
            if let Err(reason) = check(release, cases).await {
                not_run(&format!("inhibition, {release:?}"), &reason);
                break;
            }
        }
    }
}
