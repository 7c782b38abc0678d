//! Names that strangers chose: group ids may be any text. It is NOT about topics, whose names Kafka restricts.
//! Invariant: a name comes out as it went in, in every interface, and no interface breaks.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::command::highwater;
use crate::support::exporter::Exporter;
use crate::support::kafka::{Cluster, Membership, Spec, Version, Work, Worker};
use crate::support::page::Page;

const TOPIC: &str = "odd.topic_name-1";

/// Ids that some part of the way from Kafka to a dashboard might trip over.
fn odd_names() -> Vec<String> {
    let odd = [
        r#"with "quotes" and {braces}, = commas"#,
        r"back\slash\n and end\",
        "two\nlines\r\n\tand a tab",
        "tenant:prod:billing/orders?a=b&c#d%2F..",
        "gruppe-größe-漢字-🦀",
        " spaces around ",
        " ",
        "-",
        "--help",
        "..",
        "\u{1b}[31mred\u{1b}[0m \u{7} \u{202e}reversed",
    ];
    odd.map(str::to_owned).into_iter().chain(["x".repeat(1000), "🦀".repeat(250)]).collect()
}

/// Values by group as the page has them.
fn lags(page: &Page) -> BTreeMap<String, i64> {
    page.by_partition("kafka_consumergroup_lag").into_iter().map(|((group, _, _), lag)| (group, lag)).collect()
}

/// librdkafka takes blanks off the ends of a name; Kafka's own tool does not.
async fn commit(cluster: &Cluster, group: &str, offset: i64) {
    if group.trim() == group {
        cluster.commit(group, TOPIC, 0, offset).await.unwrap_or_else(|error| panic!("{group:?}: {error}"));
    } else {
        cluster.reset_offsets(group, TOPIC, &format!("--to-offset={offset}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_names_survive() {
    let cluster = Cluster::start(Spec::new(Version::Kafka4_3, 1)).await;
    cluster.create_topic(TOPIC, 1, 1).await;
    cluster.produce(TOPIC, 0, 100).await;
    let names = odd_names();
    for (name, offset) in names.iter().zip(1..) {
        commit(&cluster, name, offset).await;
    }
    let exporter = Exporter::watching(&cluster, "500ms").await;
    let page = exporter.until("all groups", |page| lags(page).len() == names.len()).await;
    let wanted: BTreeMap<String, i64> = names.iter().cloned().zip((0..100).rev()).collect();
    assert_eq!(lags(&page), wanted);
    for name in &names {
        let theirs = cluster.describe_group(name).await;
        let row = theirs.get(&(name.clone(), TOPIC.to_owned(), 0)).unwrap_or_else(|| panic!("{name:?}: {theirs:?}"));
        assert_eq!(row.lag, wanted.get(name).copied(), "{name:?}");
    }
    open_metrics(&exporter, &wanted).await;
    paths(&exporter, &names).await;
    tables(&cluster, &exporter, &names).await;
    client_ids(&cluster, &exporter).await;
}

/// The other format has the same rules for label values.
async fn open_metrics(exporter: &Exporter, wanted: &BTreeMap<String, i64>) {
    let asked = reqwest::Client::new().get(exporter.url("/metrics"));
    let answer = asked.header("accept", "application/openmetrics-text;version=1.0.0").send().await.expect("an answer");
    let kind = answer.headers().get("content-type").expect("a type").to_str().expect("text").to_owned();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let text = answer.text().await.expect("text");
    assert!(text.ends_with("# EOF\n"), "{}", text.lines().next_back().unwrap_or_default());
    assert_eq!(lags(&Page::parse(&text)), *wanted);
}

/// A group has its own path, with its name percent-encoded.
async fn paths(exporter: &Exporter, names: &[String]) {
    for name in names {
        // Clients resolve a segment of dots themselves, encoded or not; such a group is found in the list alone.
        if name == ".." {
            continue;
        }
        let encoded = name.bytes().fold(String::new(), |path, byte| path + &format!("%{byte:02X}"));
        let group = exporter.json(&format!("/api/v1/clusters/default/groups/{encoded}")).await;
        assert_eq!(group["group"], name.as_str());
    }
}

/// The table is safe to look at, and the same whoever was asked.
async fn tables(cluster: &Cluster, exporter: &Exporter, names: &[String]) {
    let (bootstrap, url) = (cluster.bootstrap(), exporter.url(""));
    for output in ["table", "json"] {
        let polled = highwater(&["lag", "--bootstrap", &bootstrap, "--output", output]).await;
        let asked = highwater(&["lag", "--url", &url, "--output", output]).await;
        assert_eq!((polled.code, polled.stderr.as_str()), (Some(0), ""), "{polled}");
        assert_eq!(at_once(output, &asked.stdout), at_once(output, &polled.stdout));
        assert_eq!((asked.code, asked.stderr.as_str()), (Some(0), ""), "{asked}");
    }
    let table = highwater(&["lag", "--bootstrap", &bootstrap]).await.stdout;
    let is_harmful = |letter: &char| (letter.is_control() && *letter != '\n') || *letter == '\u{202e}';
    assert_eq!(table.chars().find(is_harmful), None);
    assert_eq!(table.lines().count(), 1 + names.len(), "one line for each group:\n{table}");
    for shown in [r"two\nlines\r\n\tand a tab", r"\u{1b}[31mred", r"back\slash\n and end\", "gruppe-größe-漢字-🦀"]
    {
        assert!(table.contains(shown), "{shown} is not in\n{table}");
    }
    for name in names {
        let words = [format!("--group={name}"), format!("--topic={TOPIC}")];
        let [group, topic] = words.each_ref();
        let polled = highwater(&["lag", "--bootstrap", &bootstrap, group, topic]).await;
        let asked = highwater(&["lag", "--url", &url, group, topic]).await;
        assert_eq!(polled.stdout.lines().count(), 2, "{name:?}: {polled}");
        assert_eq!(at_once("table", &asked.stdout), at_once("table", &polled.stdout), "{name:?}");
    }
}

/// What a first poll tells as well as an exporter that has watched for a while.
fn at_once(output: &str, text: &str) -> BTreeSet<String> {
    if output == "json" {
        let mut json = serde_json::from_str(text).expect("JSON");
        keep_facts(&mut json);
        return BTreeSet::from([json.to_string()]);
    }
    let header = text.lines().next().unwrap_or_default();
    let end = header.find("LAG-SECONDS").expect("the column is there");
    text.lines().map(|line| line.chars().take(end).collect()).collect()
}

fn keep_facts(json: &mut serde_json::Value) {
    const FACTS: [&str; 16] = [
        "items",
        "total",
        "next",
        "group",
        "type",
        "protocol_type",
        "state",
        "coordinator",
        "members",
        "topics",
        "topic",
        "partitions",
        "partition",
        "committed_offset",
        "log_end_offset",
        "lag_records",
    ];
    match json {
        serde_json::Value::Object(fields) => {
            fields.retain(|key, _| FACTS.contains(&key.as_str()));
            fields.values_mut().for_each(keep_facts);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(keep_facts),
        _ => {}
    }
}

/// What a client calls itself must not keep its group from being counted.
async fn client_ids(cluster: &Cluster, exporter: &Exporter) {
    for (place, name) in odd_names().into_iter().enumerate() {
        let membership = if place % 2 == 0 { Membership::Classic("range") } else { Membership::Consumer };
        let work = Work { client_id: name.clone(), membership, ..Work::new(&format!("of client {name}"), &[TOPIC]) };
        let of_group = [("consumergroup", work.group.as_str())];
        let mut worker = Worker::start(cluster, work.clone());
        worker.until_read(100).await;
        exporter
            .until("the member", |page| {
                let members = page.get("kafka_consumergroup_members", &of_group);
                (members, page.get("kafka_consumergroup_topic_lag", &of_group)) == (Some(1.0), Some(0.0))
            })
            .await;
        drop(worker);
    }
}
