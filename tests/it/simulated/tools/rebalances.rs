//! A group that rebalances, and what the exporter counts of it by each source. It is NOT about storms, which `storms` finds.
//! Invariant: the coordinator's own number is the truth: what is exact rises as it does, what is not rises no faster.

use reqwest::Method;
use serde_json::json;

use super::scene::Scene;
use crate::support::exporter::Exporter;
use crate::support::page::Page;
use crate::support::wait::eventually;

/// It rebalances every nine seconds.
const GROUP: &str = "clickhouse-loader";
const TOTAL: &str = "kafka_consumergroup_rebalances_total";
const FOLLOWED: &str = "highwater_offsets_topic_followed";

async fn scene() -> Scene {
    Scene::at("2m", &["storm-no-membership-change"]).await
}

async fn watching(scene: &Scene, offsets_topic: &str) -> Exporter {
    let exporter = Exporter::configured(&format!(
        "clusters: [{{name: sim, properties: {{bootstrap.servers: \"{}\"}}, offsets_topic: {offsets_topic}}}]\n\
         poll: {{interval: 300ms}}\nlisten: 127.0.0.1:0\n",
        scene.bootstrap()
    ))
    .await;
    exporter.until("the first poll", |page| page.get("highwater_up", &[]) == Some(1.0)).await;
    exporter
}

fn count(page: &Page, source: &str) -> Option<f64> {
    page.get(TOTAL, &[("consumergroup", GROUP), ("source", source)])
}

/// How many there were by any source.
fn total(page: &Page) -> f64 {
    page.all(TOTAL, &[("consumergroup", GROUP)]).iter().map(|(_, count)| count).sum()
}

/// The generation that the exporter knows of.
async fn known(exporter: &Exporter) -> Option<i32> {
    let (status, body) = exporter.ask(Method::GET, &format!("/api/v1/clusters/sim/groups/{GROUP}")).await;
    assert_eq!(status, 200, "{body}");
    let group: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    group.pointer("/rebalances/epoch")?.as_i64()?.try_into().ok()
}

/// Lets the group settle again and again, and the exporter hear of it each time: the log of the simulation keeps only what
/// was written last. Gives the generation that is known at the end.
async fn rebalance(scene: &Scene, exporter: &Exporter, times: usize) -> i32 {
    let mut settled = 0;
    loop {
        scene.pass("4s").await;
        let group = scene.truth().await.group(GROUP).expect("it is there").clone();
        if group.state != "Stable" {
            continue;
        }
        let generation = group.generation;
        eventually("the generation to be heard", || async {
            let known = known(exporter).await;
            if known == Some(generation) { Ok(()) } else { Err(format!("{known:?} of {generation}")) }
        })
        .await;
        settled += 1;
        if settled >= times {
            return generation;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_rebalance_is_counted_where_the_offsets_topic_is_followed_and_none_twice_when_it_no_longer_is() {
    let scene = scene().await;
    let mut exporter = watching(&scene, "on").await;
    exporter.until("the log to tell", |page| count(page, "offsets").is_some()).await;
    // From the first generation on that is heard of, all are counted.
    let from = rebalance(&scene, &exporter, 1).await;
    let before = exporter.scrape().await;
    let to = rebalance(&scene, &exporter, 12).await;
    assert!(to >= from + 5, "{from} to {to}");
    let after = exporter.scrape().await;
    assert_eq!(after.get(FOLLOWED, &[]), Some(1.0));
    let more = count(&after, "offsets").expect("told") - count(&before, "offsets").expect("told");
    assert_eq!(more, f64::from(to - from), "{}", after.excerpt());
    assert_eq!(total(&after) - total(&before), more, "{}", after.excerpt());
    // The right is taken away: polls go on from there.
    scene.happens(&json!({"hide": {"topic": "__consumer_offsets"}})).await;
    let is_lost = |page: &Page| count(page, "poll").is_some() && page.get(FOLLOWED, &[]) == Some(0.0);
    exporter.until("polls to tell", is_lost).await;
    for _ in 0..12 {
        scene.pass("4s").await;
        exporter.after_polls(1).await;
    }
    let generation = scene.truth().await.group(GROUP).expect("it is there").generation;
    let end = exporter.scrape().await;
    assert!(count(&end, "poll").is_some_and(|count| count >= 1.0), "{}", end.excerpt());
    assert!(total(&end) - total(&before) <= f64::from(generation - from), "{}", end.excerpt());
    assert!(count(&end, "offsets") >= count(&after, "offsets"), "a counter does not fall");
    exporter.assert_unharmed();
}

#[tokio::test(flavor = "multi_thread")]
async fn polls_tell_of_some_rebalances_where_the_offsets_topic_is_not_followed() {
    let scene = scene().await;
    let mut exporter = watching(&scene, "off").await;
    let page = exporter.until("polls to tell", |page| count(page, "poll").is_some()).await;
    let before = total(&page);
    let from = scene.truth().await.group(GROUP).expect("it is there").generation;
    for _ in 0..20 {
        scene.pass("4s").await;
        exporter.after_polls(1).await;
    }
    let to = scene.truth().await.group(GROUP).expect("it is there").generation;
    let page = exporter.scrape().await;
    let more = total(&page) - before;
    // One may have been under way at the beginning.
    assert!(more >= 1.0 && more <= f64::from(to - from + 1), "{more} of {}: {}", to - from, page.excerpt());
    assert_eq!((count(&page, "offsets"), count(&page, "epoch")), (None, None), "{}", page.excerpt());
    assert_eq!(page.get(FOLLOWED, &[]), Some(0.0));
    exporter.assert_unharmed();
}
