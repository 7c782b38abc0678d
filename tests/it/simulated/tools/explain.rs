//! `highwater explain` and `highwater lag` on a cluster that lives, beside an exporter that watches the same and beside the
//! truth. It is NOT about which sentences there are; those are tested where they are made.
//! Invariant: what comes of one poll is the same wherever it is read.

use highwater::app::SystemClock;
use highwater::model::Clock;
use highwater::simulator::Truth;
use highwater::simulator::truth::ReadingTruth;
use reqwest::Method;
use serde_json::Value;

use super::scene::Scene;
use crate::support::command::highwater;
use crate::support::exporter::Exporter;
use crate::support::wait::eventually;

/// It begins half an hour behind.
const GROUP: &str = "sensor-warehouse";

/// What the command prints when nothing is wrong.
async fn printed(words: &[&str]) -> String {
    let ended = highwater(words).await;
    // Nothing is on standard error, as that is no terminal.
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{words:?}: {ended}");
    ended.stdout
}

async fn json(words: &[&str]) -> Value {
    serde_json::from_str(&printed(&[words, &["--output", "json"]].concat()).await).expect("JSON")
}

/// All that tells of the group, from one poll.
struct Told {
    api: Value,
    text: String,
    json: Value,
    table: String,
    lag: Value,
}

impl Told {
    async fn by(exporter: &Exporter) -> Self {
        let url = exporter.url("");
        eventually("one poll to tell all", || async {
            let before = exporter.scrape().await.get("highwater_polls_total", &[]);
            let path = format!("/api/v1/clusters/default/explain?group={GROUP}");
            let (_, api) = exporter.ask(Method::GET, &path).await;
            let (explain, lag) =
                (["explain", "--url", &url, "--group", GROUP], ["lag", "--url", &url, "--group", GROUP]);
            let (text, table) = tokio::join!(printed(&explain), printed(&lag));
            let (json, lag) = tokio::join!(json(&explain), json(&lag));
            let after = exporter.scrape().await.get("highwater_polls_total", &[]);
            let api = serde_json::from_str(&api).map_err(|error| format!("{error}: {api}"))?;
            if before == after {
                Ok(Self { api, text, json, table, lag })
            } else {
                Err(format!("{before:?} {after:?}"))
            }
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_cluster_is_explained_alike_by_all_who_are_asked() {
    let scene = Scene::at("1s", &["producer-stopped", "dead-consumer"]).await;
    let truth = scene.truth().await;
    let readings = &truth.group(GROUP).expect("it is there").partitions;
    let bootstrap = scene.bootstrap();
    let exporter = Exporter::start(&["--bootstrap", &bootstrap, "--poll.interval", "2s"]).await;
    let kafka = ["--bootstrap", bootstrap.as_str(), "--group", GROUP, "--poll.interval", "300ms"];
    let at = unix_seconds(truth.at_ms);
    let (explained, (polled, passed), _) = tokio::join!(
        async { printed(&[&["explain", "--polls", "4"], kafka.as_slice()].concat()).await },
        async {
            let lag = json(&[&["lag", "--polls", "8"], kafka.as_slice()].concat()).await;
            (lag, SystemClock::default().timestamp().unix_seconds() - at)
        },
        exporter.after_polls(8),
    );
    let told = Told::by(&exporter).await;

    let sentences: Vec<&str> =
        told.api["sentences"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert_eq!(told.text.lines().collect::<Vec<_>>(), sentences);
    assert_eq!(told.json, told.api);
    assert_eq!(explained.lines().next(), sentences.first().copied());
    // All are about as far behind.
    let facts: Vec<String> = readings.iter().map(|reading| facts(reading, &truth)).collect();
    for (who, text) in [("polled", &explained), ("asked", &told.text)] {
        assert!(facts.iter().any(|facts| text.contains(facts)), "{who}: none of {facts:?} is in\n{text}");
    }
    assert_table(&told.table, &told.lag);
    assert_ages(&polled, readings, passed);
    assert_ages(&told.lag, readings, SystemClock::default().timestamp().unix_seconds() - at);
}

/// Seconds since the epoch.
fn unix_seconds(milliseconds: i64) -> f64 {
    std::time::Duration::from_millis(milliseconds.unsigned_abs()).as_secs_f64()
}

/// What is said of a partition, in the numbers that are true.
fn facts(reading: &ReadingTruth, truth: &Truth) -> String {
    let topic = truth.topic(&reading.topic).expect("it is there");
    let end = topic.partitions.iter().find(|partition| partition.id == reading.partition).expect("it is there").end;
    let (committed, lag) = (reading.committed.expect("it committed"), reading.lag_records.expect("it is known"));
    let [committed, end, lag] = [committed, end, lag].map(thousands);
    format!("it committed {committed}, the log ends at {end}, and {lag} records are unread")
}

/// Of five digits, with the comma that sentences have.
fn thousands(number: i64) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", number / 1000, number % 1000) }
}

/// The partitions of the one topic, as the JSON has them.
fn partitions(lag: &Value) -> &[Value] {
    lag["items"][0]["topics"][0]["partitions"].as_array().expect("a list")
}

/// The columns after the lag are what the JSON says, in words for people.
fn assert_table(table: &str, lag: &Value) {
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows.len(), partitions(lag).len(), "{table}");
    for row in rows {
        let number: i64 = row[2].parse().expect("a partition's number");
        let of_row = |partition: &&Value| partition["partition"] == number;
        let partition = partitions(lag).iter().find(of_row).expect("it is in both");
        assert_eq!(row[5], partition["lag_records"].to_string(), "{table}");
        let seconds = partition["lag_seconds"].as_f64().expect("a number");
        assert!((in_seconds(row[6]) - seconds).abs() <= 1.0, "{row:?}: {partition}");
        assert_eq!(Some(row[7]), partition["status"].as_str(), "{table}");
    }
}

/// `~37m47s` in seconds.
fn in_seconds(text: &str) -> f64 {
    let (mut sum, mut number) = (0.0, String::new());
    for letter in text.trim_start_matches(['~', '>']).chars() {
        let seconds = match letter {
            'h' => 3600.0,
            'm' => 60.0,
            's' => 1.0,
            _ => {
                number.push(letter);
                continue;
            }
        };
        sum += seconds * number.parse::<f64>().expect("a number");
        number.clear();
    }
    sum
}

/// The truth lies within what is told, so long after the moment at which the world stands still.
fn assert_ages(lag: &Value, readings: &[ReadingTruth], passed: f64) {
    /// A poll is over before its command is.
    const LATER: f64 = 20.0;
    for partition in partitions(lag) {
        let of_it = |reading: &&ReadingTruth| partition["partition"] == reading.partition;
        let reading = readings.iter().find(of_it).expect("the group reads it");
        let age = reading.lag_seconds.expect("it is known") + passed;
        let bound = |name: &str| partition[name].as_f64().unwrap_or_else(|| panic!("{name} of {partition}"));
        assert!(bound("lag_seconds_at_most") >= age - LATER, "{age}: {partition}");
        assert!(bound("lag_seconds_at_least") <= age + 0.1, "{age}: {partition}");
        assert!((bound("lag_seconds") - age).abs() <= 0.1 * age + LATER, "{age}: {partition}");
    }
}
