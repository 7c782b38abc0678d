//! Where the eye is led first: the worst cluster, and the hot partitions of a wide topic. It is NOT what is worst; that is
//! the report's.
//! Invariant: what is in trouble is on the first view, however many are well.

use std::sync::Arc;

use highwater::model::{
    BrokerId, ClusterReport, EndOffset, HotPartition, Partition, PartitionId, Reading, Replicas, Severity, Skew,
    SnapshotBuilder, Status, Timestamp, Topic, TopicReport, Unknown,
};
use serde_json::json;

use super::{NAMES, browser, drawn};
use crate::http::support::{Server, at, report};

#[tokio::test(flavor = "multi_thread")]
async fn the_worst_cluster_is_looked_at_first_and_named_beside_the_others() {
    let Some(mut browser) = browser("the worst of several clusters").await else { return };
    let server = Server::start(&["alpha", "middle", "zulu"]).await;
    server.publish("alpha", report("alpha", 0, 1, &["fine"]));
    let mut stopped = report("zulu", 0, 1, &["stopped-long-ago"]);
    for group in &mut stopped.groups {
        (group.status, group.severity) = (Status::Stopped, Severity::Critical);
    }
    server.publish("zulu", stopped);
    browser.open(&server.url("/")).await;
    drawn(&mut browser, "Groups").await;
    browser.until("the group in trouble", &format!("{NAMES}.join() === 'stopped-long-ago'")).await;
    let choice = "document.querySelector('#controls select')";
    assert_eq!(browser.text(&format!("{choice}.value")).await, "zulu");
    let options = format!("[...{choice}.options].map((one) => one.textContent)");
    assert_eq!(browser.value(&options).await, json!(["alpha", "middle · info", "zulu · critical"]));
    browser.open(&server.url("/?cluster=alpha")).await;
    browser.until("the other", &format!("{NAMES}.join() === 'fine' && {options}[2] === 'zulu · critical'")).await;
    browser.open(&server.url("/?view=clusters")).await;
    drawn(&mut browser, "Clusters").await;
    browser.until("all", &format!("{NAMES}.join() === 'zulu,alpha,middle'")).await;
    let badge = browser.text("document.querySelector('main tbody tr .badge').textContent").await;
    assert_eq!(badge, "up, 1 group critical");
    assert_eq!(browser.complaints(&server.url("/")).await, Vec::<String>::new());
}

/// A topic of so many partitions, of which the last but one is hot.
fn wide(partition_count: i32) -> ClusterReport {
    let mut builder = SnapshotBuilder::new("shop".into(), at(0));
    let partition = |number| Partition {
        id: PartitionId(number),
        leader: Some(BrokerId(1)),
        leader_epoch: None,
        replicas: Replicas { preferred_leader: None, assigned_count: 1, in_sync_count: 1 },
        high_watermark: Ok(EndOffset { offset: 9, answered: at(0) }),
        low_watermark: Ok(0),
        last_stable: Err(Unknown::NotAsked),
    };
    let partitions = (0..partition_count).map(partition).collect();
    builder.found_topic(Topic { name: "orders".into(), id: None, is_listed: true, partitions, config: None });
    let mut report = ClusterReport::of_groups(Arc::new(builder.build(at(0), Timestamp::default())), Vec::new());
    let hot = PartitionId(partition_count - 2);
    let hot = HotPartition { partition: hot, ratio: 9.0, share: 0.1, severity: Severity::Critical };
    let skew = Skew { ratio: 9.0, effective_partitions: 30.0, hot: [hot].into(), concentrated: None };
    // The first ones get least, and so does the hot one as far as this poll saw.
    let rate = |number| Reading::of(Some(if number == partition_count - 2 { 0.0 } else { f64::from(number) }));
    report.topics = vec![TopicReport {
        skew: Some(skew),
        partition_rates: (0..partition_count).map(rate).collect(),
        ..TopicReport::default()
    }];
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn hot_partitions_of_a_wide_topic_are_among_its_bars() {
    let Some(mut browser) = browser("bars of a wide topic").await else { return };
    let server = Server::start(&["shop"]).await;
    server.publish("shop", wide(400));
    browser.open(&server.url("/?cluster=shop&topic=orders")).await;
    browser.until("the bars", "document.querySelector('.histogram .hot') !== null").await;
    let bars = "[...document.querySelectorAll('.histogram g title')].map((one) => one.textContent)";
    assert_eq!(browser.value(&format!("{bars}.length")).await, json!(300));
    let told = browser.value(&format!("[{bars}[0], {bars}.find((one) => one.includes('hot')), {bars}[299]]")).await;
    let told: Vec<_> =
        told.as_array().into_iter().flatten().filter_map(|one| one.as_str()?.split(':').next()).collect();
    assert_eq!(told, ["partition 100", "partition 398", "partition 399"]);
    let caption = browser.text("document.querySelector('.chart.wide figcaption').textContent").await;
    assert!(caption.contains("the 300 of 400 partitions that get most"), "{caption}");
}
