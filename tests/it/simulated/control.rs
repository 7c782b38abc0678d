//! The control port as scripts meet it. It is NOT about the faults themselves; `wire` is.
//! Invariant: what it shows is what the simulator's own handle says.

use highwater::simulator::Truth;
use reqwest::Method;
use serde_json::{Value, json};

use super::raw::{id, metadata, send, versions};
use super::served::Served;
use tokio::io::AsyncReadExt;

struct Controlled {
    served: Served,
    url: String,
    client: reqwest::Client,
}

impl Controlled {
    async fn start() -> Self {
        let mut served = Served::start().await;
        let url = served.control().await;
        Self { served, url, client: reqwest::Client::new() }
    }

    async fn ask(&self, method: Method, path: &str, body: &str) -> (u16, Value) {
        let url = format!("{}{path}", self.url);
        let answer = self.client.request(method, url).body(body.to_owned()).send().await.expect("it answers");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("an answer is text");
        (status, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}")))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, "").await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn truth_is_what_the_world_says() {
    let controlled = Controlled::start().await;
    let read = |value: Value| serde_json::from_value::<Truth>(value).expect("a truth");
    let truth = controlled.served.simulator.truth();
    assert_eq!(read(controlled.get("/truth").await), truth);
    let audit = read(controlled.get("/truth?group=audit&topic=idle").await);
    assert_eq!((audit.groups.len(), audit.topics.len()), (1, 1));
    assert_eq!(audit.groups[0].partitions.len(), 1);
    let orders = read(controlled.get("/truth?topic=orders").await);
    assert_eq!(orders.groups.len(), 2);

    let group = truth.group("audit").expect("it is there");
    assert_eq!((group.kind.as_str(), group.state.as_str(), group.members), ("consumer", "Stable", 1));
    assert!(group.partitions.iter().all(|reading| reading.lag_records == Some(0) && reading.lag_seconds == Some(0.0)));
    assert_eq!(group.partitions[0].owner.as_deref(), Some("consumer-audit-1"));
    assert_eq!(truth.topic("orders").map(|topic| topic.partitions.len()), Some(6));
}

/// Lag is null where the world has nothing to count, and never negative.
#[tokio::test(flavor = "multi_thread")]
async fn truth_knows_what_is_late_and_what_cannot_be() {
    let controlled = Controlled::start().await;
    let happens = async |event: &str| {
        let (status, body) = controlled.ask(Method::POST, "/events", event).await;
        assert_eq!(status, 200, "{event}: {body}");
    };
    happens(r#"{"pause": {"group": "billing"}}"#).await;
    // Somebody who reads would notice, and go on where there are records.
    happens(r#"{"leave": {"group": "audit"}}"#).await;
    happens(r#"{"reset": {"group": "audit", "topic": "orders", "partition": 0, "behind": -5000}}"#).await;
    let before = controlled.served.simulator.truth();
    let (_, clock) = controlled.ask(Method::POST, "/clock", r#"{"advance": "10s"}"#).await;
    assert_eq!(clock, json!({"at_ms": before.at_ms + 10_000, "speed": 0.0, "behind_ms": 0, "held_ms": 0}));
    let truth = controlled.served.simulator.truth();
    let late = &truth.group("billing").expect("it is there").partitions[0];
    let end = truth.topic("orders").expect("it is there").partitions[0].end;
    assert_eq!(late.lag_records, late.committed.map(|committed| end - committed));
    let age = late.lag_seconds.expect("it is known");
    assert!((9.0..=10.0).contains(&age), "the first record of ten seconds without reading: {late:?}");
    let ahead = &truth.group("audit").expect("it is there").partitions;
    let ahead = ahead.iter().find(|reading| reading.topic == "orders" && reading.partition == 0);
    let ahead = ahead.expect("it reads that");
    assert_eq!((ahead.lag_records, ahead.lag_seconds), (None, None), "{ahead:?} of {end}");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_act_while_they_are_set() {
    let controlled = Controlled::start().await;
    let mut stream = controlled.served.connect(1).await.expect("it listens");
    let mut length = async || {
        send(&mut stream, &versions(7)).await;
        let announced = stream.read_i32().await.expect("an answer");
        let mut head = [0; 4];
        stream.read_exact(&mut head).await.expect("an answer");
        assert_eq!(id(&head), 7);
        (announced, stream.read_buf(&mut Vec::with_capacity(1 << 20)).await.expect("the rest"))
    };
    let well = length().await;
    let (status, set) = controlled.ask(Method::PUT, "/brokers/1/faults", r#"{"oversized_frame": true}"#).await;
    assert_eq!((status, &set["oversized_frame"], &set["delay"]), (200, &json!(true), &json!("0s")));
    assert_eq!(controlled.get("/brokers/1/faults").await, set);
    assert_eq!(length().await, (i32::MAX, well.1));
    let brokers = controlled.get("/brokers").await;
    let spoiled: Vec<&Value> = brokers["brokers"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|broker| &broker["faults"]["oversized_frame"])
        .collect();
    assert_eq!(spoiled, [&json!(true), &json!(false), &json!(false)]);
    let (_, lifted) = controlled.ask(Method::DELETE, "/brokers/1/faults", "").await;
    assert_eq!(lifted["oversized_frame"], json!(false));
    assert_eq!(length().await, well);
    controlled.ask(Method::PUT, "/brokers/1/faults", r#"{"garbage": true}"#).await;
    controlled.ask(Method::DELETE, "/faults", "").await;
    assert_eq!(length().await, well);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_happen_at_once_and_requests_are_counted() {
    let controlled = Controlled::start().await;
    let now = controlled.get("/clock").await["at_ms"].clone();
    let (status, done) = controlled.ask(Method::POST, "/events", r#"{"stop_broker": {"broker": 2}}"#).await;
    assert_eq!((status, &done["at_ms"]), (200, &now));
    let brokers = controlled.get("/brokers").await;
    assert_eq!((&brokers["brokers"][1]["id"], &brokers["brokers"][1]["state"]), (&json!(2), &json!("down")));
    metadata(&mut controlled.served.connect(1).await.expect("it listens")).await;
    let counted = json!({"requests": [{"broker": 1, "api": "Metadata", "count": 1}], "total": 1});
    assert_eq!(controlled.get("/requests").await, counted);
    let (_, counted) = controlled.ask(Method::DELETE, "/requests", "").await;
    assert_eq!(counted, json!({"requests": [], "total": 0}));
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_named() {
    let controlled = Controlled::start().await;
    let long = format!("\"{}\"", "x".repeat(70_000));
    let (get, put, post) = (Method::GET, Method::PUT, Method::POST);
    let mistakes = [
        (&get, "/nothing", "", 404, "there is nothing at `/nothing`"),
        (&put, "/truth", "", 405, "does not answer to this method"),
        (&get, "/truth?group=nobody", "", 404, "there is no group `nobody`"),
        (&get, "/truth?topic=nothing", "", 404, "there is no topic `nothing`"),
        (&get, "/truth?grop=x", "", 400, "unknown field `grop`"),
        (&get, "/brokers/9/faults", "", 404, "there is no broker `9`"),
        (&get, "/brokers/one/faults", "", 400, "`one` is no number of a broker"),
        (&put, "/brokers/9/faults", "{}", 404, "there is no broker `9`"),
        (&put, "/brokers/1/faults", r#"{"dealy": "1s"}"#, 400, "unknown field `dealy`, expected one of `delay`"),
        (&put, "/brokers/1/faults", r#"{"delay": "soon"}"#, 400, "\"soon\", expected a duration such as `90s`"),
        (&put, "/brokers/1/faults", r#"{"bytes_per_second": 0}"#, 400, "`bytes_per_second` is at least 1"),
        (&put, "/brokers/1/faults", "", 400, "EOF"),
        (&put, "/brokers/1/faults", &long, 413, "length limit exceeded"),
        (&post, "/events", r#"{"explode": {}}"#, 400, "unknown variant `explode`, expected one of `produce`"),
        (&post, "/events", r#"{"crash": {"group": "nobody"}}"#, 404, "there is no group `nobody`"),
        (&post, "/events", r#"{"crash": {"group": "billing", "member": 7}}"#, 409, "no such member now"),
        (&post, "/events", r#"{"crash": {"grop": "billing"}}"#, 400, "unknown field `grop`"),
        (
            &post,
            "/events",
            r#"{"add_partitions": {"topic": "orders", "partitions": 4000000000}}"#,
            400,
            "partitions: expected",
        ),
        (&post, "/clock", "{}", 400, "give `speed`, such as 0, or `advance`"),
        (&post, "/clock", r#"{"speed": -1}"#, 400, "`speed` is -1, not from 0 to 100000"),
        (&post, "/clock", r#"{"advance": "8days"}"#, 400, "`advance` is at most 7d"),
        (&post, "/clock", r#"{"sped": 1}"#, 400, "unknown field `sped`"),
    ];
    for (method, path, body, status, sentence) in mistakes {
        let (answered, error) = controlled.ask(method.clone(), path, body).await;
        let told = error["error"].as_str().unwrap_or_else(|| panic!("{method} {path}: {error}"));
        assert_eq!(answered, status, "{method} {path} {body:.50}: {told}");
        assert!(told.contains(sentence), "{method} {path} {body:.50}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_names_what_is_there() {
    let controlled = Controlled::start().await;
    let overview = controlled.get("/").await;
    assert_eq!(overview["bootstrap_servers"], json!(controlled.served.simulator.bootstrap()));
    let paths = overview["paths"].as_object().expect("a list of paths");
    assert!(paths.len() >= 12, "{paths:?}");
    for named in paths.keys() {
        let (method, path) = named.split_once(' ').expect("method and path");
        let path = path.split('?').next().unwrap_or_default().replace("{id}", "1");
        let method = method.parse().expect("a method");
        let (status, body) = controlled.ask(method, &path, "").await;
        assert!([200, 400].contains(&status), "{named}: {status} {body}");
    }
}
