//! `highwater simulate` as from a shell. It is NOT about what the cluster answers.
//! Invariant: what it prints works as printed, and every process ends with its test.

use std::collections::BTreeMap;
use std::process::Stdio;

use highwater::simulator::Truth;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::raw::metadata;
use crate::support::command::highwater;
use crate::support::exporter::{BINARY, Exporter};
use crate::support::kafka::free_block;
use crate::support::page::Page;
use crate::support::wait::{PATIENCE, eventually};

/// A cluster of its own process, on free ports.
pub(super) struct Simulate {
    child: Child,
    pub(super) bootstrap: Vec<String>,
    /// The URL of the control port.
    pub(super) control: String,
}

impl Simulate {
    pub(super) async fn start(words: &[&str]) -> Self {
        let mut child = Command::new(BINARY)
            .args(["simulate", "--port", "0", "--control", "127.0.0.1:0"])
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("standard output is piped")).lines();
        let mut told = async |key: &str| loop {
            let line = timeout(PATIENCE, lines.next_line()).await.expect("it says something").expect("it is text");
            let line = line.unwrap_or_else(|| panic!("it ended without saying {key}"));
            if let Some(value) = line.strip_prefix(key) {
                return value.to_owned();
            }
        };
        let bootstrap = told("bootstrap.servers=").await.split(',').map(str::to_owned).collect();
        let control = told("control=").await;
        Self { child, bootstrap, control }
    }

    /// Asks about the clock, or sets it.
    async fn clock(&self, wanted: Option<Value>) -> Result<Value, String> {
        let (url, client) = (format!("{}/clock", self.control), reqwest::Client::new());
        let request = wanted.map_or_else(|| client.get(&url), |wanted| client.post(&url).body(wanted.to_string()));
        let answer = request.timeout(PATIENCE).send().await.map_err(|error| error.to_string())?;
        let text = answer.text().await.map_err(|error| error.to_string())?;
        serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))
    }

    async fn ended_by(&mut self, signal: &str) -> Option<i32> {
        let pid = self.child.id().expect("it lives").to_string();
        let sent = std::process::Command::new("kill").args([&format!("-{signal}"), &pid]).status();
        assert!(sent.is_ok_and(|status| status.success()), "it takes no signals");
        timeout(PATIENCE, self.child.wait()).await.expect("it ends").expect("it can be waited for").code()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_prints_can_be_used() {
    let mut simulate = Simulate::start(&["--brokers", "4", "--speed", "0"]).await;
    assert_eq!(simulate.bootstrap.len(), 4);
    let mut streams = Vec::new();
    for address in &simulate.bootstrap {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        let told = metadata(&mut stream).await;
        assert_eq!(told.brokers.len(), 4);
        assert!(told.topics.iter().any(|topic| !topic.is_internal), "there is something to see: {told:?}");
        streams.push(stream);
    }
    let brokers = reqwest::get(format!("{}/brokers", simulate.control)).await.expect("it answers");
    let brokers: serde_json::Value = serde_json::from_str(&brokers.text().await.expect("text")).expect("JSON");
    assert_eq!(brokers["brokers"].as_array().map(Vec::len), Some(4));
    // Open connections do not hold it up.
    assert_eq!(simulate.ended_by("TERM").await, Some(0));
    for mut stream in streams {
        assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_of_leaving_is_a_clean_end() {
    for signal in ["INT", "TERM", "HUP"] {
        let mut simulate = Simulate::start(&["--topics", "1", "--partitions", "3"]).await;
        assert_eq!(simulate.ended_by(signal).await, Some(0), "{signal}");
    }
}

/// What is true in a world, but for what is up to the machine: when it began, and which ports were free.
async fn truth(simulate: &Simulate) -> Truth {
    let answer = reqwest::get(format!("{}/truth", simulate.control)).await.expect("it answers");
    let mut truth: Truth = serde_json::from_str(&answer.text().await.expect("text")).expect("a truth");
    truth.at_ms = 0;
    truth.brokers.iter_mut().for_each(|broker| broker.address = None);
    truth
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_world() {
    let start = async |seed: &str| {
        let stories = ["topic-recreated", "retention-loss", "storm-crash-loop", "broker-down"];
        let stories = stories.iter().flat_map(|name| ["--scenario", name]);
        let words = ["--speed", "0", "--seed", seed];
        Simulate::start(&words.into_iter().chain(stories).collect::<Vec<_>>()).await
    };
    // They do not begin at the same moment.
    let (one, same, other) = (start("5").await, start("5").await, start("6").await);
    for time in ["0s", "90s", "5m"] {
        for simulate in [&one, &same, &other] {
            let clock = simulate.clock(Some(json!({"advance": time}))).await.expect("it answers");
            assert_eq!(clock["behind_ms"], json!(0), "{clock}");
        }
        let expected = truth(&one).await;
        assert!(expected.groups.len() >= 4 && expected.topics.iter().any(|topic| topic.partitions[0].start > 0));
        assert!(truth(&same).await == expected, "after {time} more they differ");
        assert!(truth(&other).await != expected, "after {time} more another seed makes no difference");
    }
}

/// Ten commits per second of a hundred partitions each, more than a day of them in every second.
#[tokio::test(flavor = "multi_thread")]
async fn a_world_that_cannot_keep_up_still_answers_and_ends() {
    let file = tempfile::NamedTempFile::with_suffix(".yml").expect("a temporary file");
    let text = "name: busy\nstory: Everybody commits all the time.\n\
                topics: [{ name: t, partitions: 100, rate: 1000 }]\n\
                groups: [{ name: g, topics: [t], members: 50, commit_interval: 100ms }]\n";
    std::fs::write(file.path(), text).expect("the story can be written");
    let path = file.path().to_string_lossy().into_owned();
    let mut simulate = Simulate::start(&["--scenario", &path, "--speed", "100000"]).await;
    let held = eventually("the clock to be held up", async || {
        let clock = simulate.clock(None).await?;
        let is_held = clock["behind_ms"].as_i64() > Some(0) && clock["held_ms"].as_i64() > Some(0);
        if is_held { Ok(clock) } else { Err(clock.to_string()) }
    })
    .await;
    let slowed = simulate.clock(Some(json!({"speed": 1}))).await.expect("it answers");
    assert_eq!(slowed["speed"], json!(1.0), "{slowed}");
    assert!(slowed["at_ms"].as_i64() >= held["at_ms"].as_i64(), "{slowed} after {held}");
    simulate.clock(Some(json!({"speed": 100_000}))).await.expect("it answers");
    assert_eq!(simulate.ended_by("TERM").await, Some(0));
}

/// What a story beside so many groups looks like to an exporter that was told nothing special.
async fn storm_beside(groups: &str) -> (Simulate, Exporter) {
    let simulate = Simulate::start(&["--speed", "0", "--scenario", "storm-crash-loop", "--groups", groups]).await;
    let bootstrap = simulate.bootstrap.join(",");
    let exporter = Exporter::start(&["--bootstrap", &bootstrap, "--poll.interval", "200ms"]).await;
    (simulate, exporter)
}

const STORMY: [(&str, &str); 1] = [("consumergroup", "email-dispatcher")];
const FOLLOWED: &str = "highwater_offsets_topic_followed";

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_is_heard_beside_generated_groups() {
    let (simulate, exporter) = storm_beside("10").await;
    let total = [STORMY[0], ("source", "offsets")];
    let counted = |page: &Page| page.get("kafka_consumergroup_rebalances_total", &total);
    exporter.until("the log to tell", |page| counted(page).is_some()).await;
    let is_storm = |page: &Page| page.get("kafka_consumergroup_rebalance_storm", &STORMY) == Some(1.0);
    let mut page = exporter.scrape().await;
    // It joins for the third time after 170 s.
    for _ in 0..40 {
        simulate.clock(Some(json!({"advance": "10s"}))).await.expect("it answers");
        page = exporter.after_polls(1).await;
        if is_storm(&page) {
            break;
        }
    }
    assert!(is_storm(&page) && counted(&page) >= Some(2.0), "{}", page.excerpt());
    assert_eq!(page.get(FOLLOWED, &[]), Some(1.0));
}

/// A topic of commits that stays silent would be taken for groups in which nothing happens.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_to_be_written_may_not_be_read() {
    let (_simulate, exporter) = storm_beside("201").await;
    let path = "/api/v1/clusters/default/explain?group=email-dispatcher";
    eventually("the follower to be refused", async || {
        let (_, told) = exporter.ask(Method::GET, path).await;
        if told.contains("READ on `__consumer_offsets` is missing") { Ok(()) } else { Err(told) }
    })
    .await;
    let page = exporter.after_polls(1).await;
    assert_eq!(page.get(FOLLOWED, &[]), Some(0.0));
    let sources = page.all("kafka_consumergroup_rebalances_total", &STORMY);
    assert!(sources.iter().any(|(labels, _)| labels["source"] == "poll"), "{}", page.excerpt());
}

/// A fault that is set from outside silences one broker, as long as it lasts.
#[tokio::test(flavor = "multi_thread")]
async fn a_fault_set_by_the_control_port_silences_its_broker_until_it_is_lifted() {
    let simulate = Simulate::start(&["--speed", "0"]).await;
    let bootstrap = simulate.bootstrap.join(",");
    let mut exporter = Exporter::start(&["--bootstrap", &bootstrap, "--poll.interval", "200ms"]).await;
    let topics = truth(&simulate).await.topics;
    let ends = |is_told: &dyn Fn(i32) -> bool| {
        let mut ends = BTreeMap::new();
        for topic in topics.iter().filter(|topic| !topic.name.starts_with("__")) {
            let told = topic.partitions.iter().filter(|partition| partition.leader.is_some_and(is_told));
            let place = |id: u32| (String::new(), topic.name.clone(), id.cast_signed());
            ends.extend(told.map(|partition| (place(partition.id), partition.end)));
        }
        ends
    };
    let shown = |page: &Page| page.by_partition("kafka_topic_partition_current_offset");
    let (all, others) = (ends(&|_| true), ends(&|leader| leader != 2));
    assert!(!others.is_empty() && others.len() < all.len(), "broker 2 leads some: {all:?}");
    exporter.until("all ends", |page| shown(page) == all).await;
    for faults in [json!({"garbage": true}), json!({"cut_after_bytes": 3})] {
        let url = format!("{}/brokers/2/faults", simulate.control);
        let set = async |faults: &Value| {
            let answer = reqwest::Client::new().put(&url).body(faults.to_string()).send().await.expect("it answers");
            assert_eq!(answer.status(), 200, "{faults}");
        };
        set(&faults).await;
        exporter.until("those of the others", |page| shown(page) == others).await;
        set(&json!({})).await;
        exporter.until("all ends again", |page| shown(page) == all).await;
    }
    exporter.assert_unharmed();
}

#[tokio::test(flavor = "multi_thread")]
async fn taken_ports_are_named() {
    let holder = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = holder.local_addr().expect("an address").port().to_string();
    let ended = highwater(&["simulate", "--port", &port]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended}");
    let expected = format!("error: port {port} is taken: broker 1 cannot listen on 127.0.0.1:{port}\n");
    assert_eq!(ended.stderr, expected);
    // Ports that nobody is given who asks for any.
    let free = free_block();
    let next = TcpListener::bind(("127.0.0.1", free + 1)).await.expect("it is free");
    let ended = highwater(&["simulate", "--port", &free.to_string(), "--brokers", "3"]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended}");
    let taken = next.local_addr().expect("an address").port();
    let expected = format!("error: port {taken} is taken: broker 2 cannot listen on 127.0.0.1:{taken}\n");
    assert_eq!(ended.stderr, expected);
    let ended = highwater(&["simulate", "--port", "0", "--control", &format!("127.0.0.1:{port}")]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended}");
    assert!(
        ended.stderr.starts_with(&format!("error: the control port cannot listen on 127.0.0.1:{port}\n")),
        "{ended}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ports_end_before_brokers_do() {
    let ended = highwater(&["simulate", "--port", "65535", "--brokers", "2"]).await;
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stderr.starts_with("error: there is no port for broker 2"), "{ended}");
}
