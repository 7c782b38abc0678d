//! Groups of every kind as `ConsumerGroupCommand` shows them. It is NOT about their topics.
//! Invariant: every group is compared, and every partition of it.

mod members;

use std::collections::{BTreeMap, BTreeSet};

use highwater::simulator::Truth;

use super::scene::{SCENARIOS, Scene};
use crate::support::kafka::{Key, OracleRow, Tools, Version, consumer_rows, parse_groups};
use crate::support::page::Page;

/// Kafka Connect's workers: a group, but none of consumers.
const CONNECT: &str = "connect-cluster";

const TOOL: &str = "ConsumerGroupCommand";

#[tokio::test(flavor = "multi_thread")]
async fn as_kafka_4_3_shows_them() {
    let scene = Scene::at("12m", &SCENARIOS).await;
    let (truth, page) = (scene.truth().await, scene.page().await);
    let tools = scene.tools(Version::Kafka4_3).await;
    let (offsets, members, states, list) = tokio::join!(
        ask(&tools, &["--describe", "--all-groups", "--offsets"]),
        ask(&tools, &["--describe", "--all-groups", "--members", "--verbose"]),
        ask(&tools, &["--describe", "--all-groups", "--state"]),
        ask(&tools, &["--list", "--state", "--type"]),
    );
    let rows = consumer_rows(&offsets, None);
    assert_offsets(&rows, &page);
    assert_true(&rows, &truth);
    assert_list(&list, &page, &truth);
    members::assert_owners(&offsets, &truth);
    members::assert_members(&members, &page, &truth);
    members::assert_states(&states, &page, &truth);
    assert_scene(&rows, &truth);
}

#[tokio::test(flavor = "multi_thread")]
async fn as_older_tools_show_them() {
    let scene = Scene::at("12m", &["healthy", "topic-recreated", "rolling-deploy", "hot-partition"]).await;
    let (truth, page) = (scene.truth().await, scene.page().await);
    let describe = ["--describe", "--all-groups", "--offsets"];
    let tools = scene.tools(Version::Kafka3_9).await;
    let (offsets, list) = tokio::join!(ask(&tools, &describe), ask(&tools, &["--list", "--state", "--type"]));
    let rows = consumer_rows(&offsets, None);
    assert_offsets(&rows, &page);
    assert_true(&rows, &truth);
    assert_list(&list, &page, &truth);
    drop(tools);
    let tools = scene.tools(Version::Kafka2_8).await;
    let (offsets, list) = tokio::join!(ask(&tools, &describe), ask(&tools, &["--list", "--state"]));
    assert_eq!(parse_groups(&list).len(), truth.groups.len() - 1, "it lists groups of KIP-848 too: {list}");
    assert_before_kip_848(&offsets, &page, &truth);
}

/// To tools from before KIP-848 its groups are there, and dead.
fn assert_before_kip_848(offsets: &str, page: &Page, truth: &Truth) {
    let (dead, tables): (Vec<&str>, Vec<&str>) = offsets.lines().partition(|line| line.starts_with("Error: "));
    let is_kip_848 = |name: &str| truth.group(name).is_some_and(|group| group.kind == "consumer");
    let names = truth.groups.iter().map(|group| group.name.as_str()).filter(|name| is_kip_848(name));
    let expected: BTreeSet<String> =
        names.map(|name| format!("Error: Consumer group '{name}' does not exist.")).collect();
    assert_eq!(dead.into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), expected);
    let rows = consumer_rows(&tables.join("\n"), None);
    let shown = page_rows(page).into_iter().filter(|(key, _)| !is_kip_848(&key.0));
    assert_eq!(commits(&rows), shown.collect(), "committed offsets");
}

async fn ask(tools: &Tools, options: &[&str]) -> String {
    tools.run(TOOL, options).await.expect("Kafka tells about groups")
}

fn commits(rows: &BTreeMap<Key, OracleRow>) -> BTreeMap<Key, i64> {
    rows.iter().filter_map(|(key, row)| Some((key.clone(), row.current?))).collect()
}

fn page_rows(page: &Page) -> BTreeMap<Key, i64> {
    page.by_partition("kafka_consumergroup_current_offset")
}

/// Commits and ends are those the exporter shows, and so are lags but for what cannot be read: the tool counts records
/// that were deleted, and prints a negative lag for a commit beyond the end, where the exporter says 0.
fn assert_offsets(rows: &BTreeMap<Key, OracleRow>, page: &Page) {
    assert_eq!(commits(rows), page_rows(page), "committed offsets");
    let (starts, ends) = (edges(page, "oldest"), edges(page, "current"));
    let mut lags = BTreeMap::new();
    for (key, row) in rows {
        let partition = (key.1.clone(), key.2);
        assert_eq!(row.end, ends.get(&partition).copied(), "end of {key:?}");
        assert_eq!(row.lag, row.current.zip(row.end).map(|(current, end)| end - current), "lag of {key:?}");
        if let Some((current, end)) = row.current.zip(row.end) {
            lags.insert(key.clone(), (end - current.max(starts[&partition])).max(0));
        }
    }
    assert_eq!(page.by_partition("kafka_consumergroup_lag"), lags, "lag");
}

/// Oldest or current offsets by topic and partition.
fn edges(page: &Page, which: &str) -> BTreeMap<(String, i32), i64> {
    let shown = page.by_partition(&format!("kafka_topic_partition_{which}_offset")).into_iter();
    shown.map(|((_, topic, partition), offset)| ((topic, partition), offset)).collect()
}

/// The same rows follow from what the world says of itself.
fn assert_true(rows: &BTreeMap<Key, OracleRow>, truth: &Truth) {
    let mut expected = BTreeMap::new();
    for group in truth.groups.iter().filter(|group| group.name != CONNECT) {
        for reading in &group.partitions {
            let partition = usize::try_from(reading.partition).expect("a small number");
            let end = truth.topic(&reading.topic).map(|topic| &topic.partitions[partition]);
            let end = end.filter(|partition| partition.leader.is_some()).map(|partition| partition.end);
            let lag = reading.committed.zip(end).map(|(committed, end)| end - committed);
            let number = i32::try_from(reading.partition).expect("a small number");
            if reading.committed.is_some() || reading.owner.is_some() {
                let row = OracleRow { current: reading.committed, end, lag };
                expected.insert((group.name.clone(), reading.topic.clone(), number), row);
            }
        }
    }
    assert_eq!(*rows, expected, "what the world says");
}

fn assert_list(list: &str, page: &Page, truth: &Truth) {
    let listed = parse_groups(list);
    let expected: BTreeSet<&String> =
        truth.groups.iter().map(|group| &group.name).filter(|name| *name != CONNECT).collect();
    assert_eq!(listed.keys().collect::<BTreeSet<_>>(), expected, "groups of consumers");
    for (name, listed) in &listed {
        let group = truth.group(name).expect("it is there");
        assert_eq!(listed.state, group.state, "state of {name}");
        assert_eq!(page.state(name).as_deref(), Some(listed.state.as_str()), "state of {name}");
        let kind = listed.kind.as_deref().expect("Kafka 4.3 tells the type");
        assert_eq!(kind.to_lowercase(), group.kind, "type of {name}");
        let info = page.all("kafka_consumergroup_info", &[("consumergroup", name), ("type", kind)]);
        assert_eq!(info.len(), 1, "type of {name}");
    }
    assert_eq!(page.state(CONNECT).as_deref(), Some("Stable"));
}

/// All that could come out differently was there.
fn assert_scene(rows: &BTreeMap<Key, OracleRow>, truth: &Truth) {
    let states: BTreeSet<&str> = truth.groups.iter().map(|group| group.state.as_str()).collect();
    // Others may be in the midst of something too: what takes how long follows from the time of day as well.
    assert!(states.is_superset(&BTreeSet::from(["Empty", "PreparingRebalance", "Stable"])), "{states:?}");
    let some = |holds: &dyn Fn(&OracleRow) -> bool| assert!(rows.values().any(holds), "{rows:?}");
    some(&|row| row.lag.is_some_and(|lag| lag < 0));
    some(&|row| row.lag.is_some_and(|lag| lag > 1000));
    some(&|row| row.lag == Some(0));
    some(&|row| row.current.is_some() && row.end.is_none());
}
