//! `highwater demo` as from a shell: the whole product and its own cluster in one process. It is NOT about what each
//! story does; those have their tests beside them.
//! Invariant: what a story promises to be seen is seen on the page, within a minute of real time.

use highwater::simulator::scenario;
use tokio::net::TcpStream;

use crate::support::exporter::Exporter;
use crate::support::page::Page;
use crate::support::wait::eventually;

fn lag(page: &Page, group: &str) -> Option<f64> {
    let lags = page.all("kafka_consumergroup_topic_lag", &[("consumergroup", group)]);
    (!lags.is_empty()).then(|| lags.iter().map(|(_, lag)| lag).sum())
}

fn unknown(page: &Page, group: &str) -> f64 {
    let counts = page.all("kafka_consumergroup_topic_unknown_partitions", &[("consumergroup", group)]);
    counts.iter().map(|(_, count)| count).sum()
}

/// What it says at its start, once all of it is there.
async fn welcome(demo: &Exporter, last: &str) -> String {
    eventually("the demonstration to say what it shows", async || {
        let said = demo.said();
        if said.contains(last) { Ok(said) } else { Err(said) }
    })
    .await
}

/// Each URL that is printed answers with what it promises, and each story comes with what to look at.
async fn assert_welcome_is_true(demo: &Exporter) {
    let stories: Vec<_> = scenario::all().into_iter().map(|story| (story.name, story.look_at)).collect();
    let (_, last) = stories.last().expect("there are stories");
    let said = welcome(demo, last.as_str()).await;
    let told = |key: &str| said.lines().find_map(|line| Some(line.strip_prefix(key)?.trim().to_owned()));
    for (key, part) in [("page ", "<html"), ("metrics ", "\nkafka_brokers{cluster_name=\"demo\"}")] {
        let url = told(key).unwrap_or_else(|| panic!("no {key}in {said}"));
        let answer = reqwest::get(&url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        assert_eq!(answer.status(), 200, "{url}");
        let text = answer.text().await.expect("text");
        assert!(text.contains(part), "{url} has no {part}: {text}");
    }
    assert_eq!(told("page "), Some(demo.url("/")));
    for (key, words) in [("lag ", "lag"), ("why ", "explain")] {
        let start = format!("highwater {words} --url {}", demo.url(""));
        assert!(told(key).is_some_and(|command| command.starts_with(&start)), "{said}");
    }
    let bootstrap = told("Kafka ").expect("it says where Kafka is");
    for address in bootstrap.trim_start_matches("bootstrap.servers=").split(',') {
        TcpStream::connect(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    }
    for (name, look_at) in stories {
        let is_told = |line: &str| line.trim().strip_prefix(&name).is_some_and(|rest| rest.trim() == look_at.trim());
        assert!(!look_at.is_empty() && said.lines().any(is_told), "{name}: {look_at} is not in {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_story_at_once_and_a_clean_end() {
    let mut demo = Exporter::start_as_written(&["demo", "--listen", "127.0.0.1:0"]).await;
    demo.until("the groups of all stories", |page| {
        let groups = page.all("kafka_consumergroup_members", &[]).len();
        groups >= 30 && page.get("highwater_up", &[]) == Some(1.0)
    })
    .await;
    assert_welcome_is_true(&demo).await;
    // A member with poison in its pocket holds up one partition of its 24, and no other.
    demo.until("the stuck partition", |page| {
        let lags = page.all("kafka_consumergroup_lag", &[("consumergroup", "invoice-printer")]);
        let behind: Vec<_> =
            lags.iter().filter(|(_, lag)| *lag > 1000.0).map(|(labels, _)| &labels["partition"]).collect();
        lags.len() == 24 && behind == ["17"]
    })
    .await;
    demo.until("the dead consumer", |page| {
        lag(page, "notification-sender").is_some_and(|lag| lag > 5000.0)
            && page.get("kafka_consumergroup_members", &[("consumergroup", "notification-sender")]) == Some(0.0)
    })
    .await;
    demo.until("what the hanging broker keeps to itself", |page| unknown(page, "fleet-map") > 0.0).await;
    let page = demo.until("the leaderless partition", |page| unknown(page, "refund-processor") > 0.0).await;
    for group in ["order-fulfilment", "payment-processor", "inventory-sync", "page-view-sessions", "audit-archive"] {
        assert_eq!(unknown(&page, group), 0.0, "{group}");
    }
    demo.assert_unharmed();
    demo.signal("INT");
    assert_eq!(demo.ended().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_story_from_a_file() {
    let file = tempfile::NamedTempFile::with_suffix(".yml").expect("a temporary file");
    let text = "name: mine\nstory: Nobody reads.\ntopics: [{ name: t, partitions: 2, rate: 10 }]\n\
                groups: [{ name: g, kind: empty, topics: [t], behind: 500 }]\n";
    std::fs::write(file.path(), text).expect("the story can be written");
    let path = file.path().to_string_lossy().into_owned();
    let words = ["demo", "--listen", "127.0.0.1:0", "--speed", "1", "--scenario", path.as_str()];
    let demo = Exporter::start_as_written(&words).await;
    let page = demo.until("the group", |page| lag(page, "g").is_some()).await;
    let said = welcome(&demo, "\n  mine  ").await;
    assert!(said.starts_with("Highwater on a simulated cluster, 1 times faster than real time."), "{said}");
    assert!(lag(&page, "g").is_some_and(|lag| (1000.0..2000.0).contains(&lag)), "{}", page.excerpt());
    assert_eq!(page.all("kafka_topic_partitions", &[]).iter().filter(|(labels, _)| labels["topic"] == "t").count(), 1);
}
