//! `/api/v1`: lists in pieces, names with any letters, and what is not there.
//!
//! Not every field; their shapes have tests of their own.
//! Invariant: what does not exist is 404, what is not known yet is 503.

use serde_json::Value;

use super::openapi::report::everything;
use super::support::{Server, error_of, header, report};

async fn json(server: &Server, path: &str) -> Value {
    let response = server.get(path).await;
    assert_eq!(response.status(), 200, "{path}");
    assert_eq!(header(&response, "content-type"), "application/json");
    serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON")
}

fn names<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    let items = list["items"].as_array().expect("a list");
    items.iter().map(|item| item[field].as_str().expect("a name")).collect()
}

#[tokio::test]
async fn clusters_are_listed_with_what_is_known_of_each() {
    let server = Server::start(&["orders", "payments"]).await;
    server.publish("orders", report("orders", 0, 3, &["billing"]));
    server.clock.set(5);
    let list = json(&server, "/api/v1/clusters").await;
    assert_eq!(names(&list, "name"), ["orders", "payments"]);
    assert_eq!((&list["total"], &list["next"]), (&Value::from(2), &Value::Null));
    let orders = &list["items"][0];
    assert_eq!((&orders["up"], &orders["age_seconds"], &orders["brokers"]), (&true.into(), &5.0.into(), &3.into()));
    assert_eq!(list["items"][1]["report_reason"], "not_polled");
    assert_eq!(&json(&server, "/api/v1/clusters/orders").await, orders);

    server.clock.set(100);
    server.fail("payments", "no broker answered");
    let list = json(&server, "/api/v1/clusters?limit=1&next=orders").await;
    assert_eq!(names(&list, "name"), ["payments"]);
    assert_eq!(list["items"][0]["report_reason"], "nothing_learned");
    assert_eq!(json(&server, "/api/v1/clusters/orders").await["report_reason"], "stale");
}

#[tokio::test]
async fn following_next_visits_every_group_once() {
    let server = Server::start(&["orders"]).await;
    let groups = ["a b", "billing", "c&d=é", "d/e", "z%25"];
    server.publish("orders", report("orders", 0, 3, &groups));
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let list = json(&server, &format!("/api/v1/clusters/orders/groups?limit=2{next}")).await;
        assert_eq!(list["total"], 5);
        seen.extend(names(&list, "group").into_iter().map(str::to_owned));
        match list["next"].as_str() {
            Some(after) => next = format!("&next={}", percent_encoded(after)),
            None => break,
        }
    }
    assert_eq!(seen, groups);
    let filtered = json(&server, "/api/v1/clusters/orders/groups?group=billing").await;
    assert_eq!(names(&filtered, "group"), ["billing"]);
}

#[tokio::test]
async fn names_in_paths_are_percent_encoded() {
    let cluster = "eu/orders é?";
    let server = Server::start(&[cluster]).await;
    server.publish(cluster, report(cluster, 0, 3, &["a/b c%"]));
    let path = format!("/api/v1/clusters/{}/groups/{}", percent_encoded(cluster), percent_encoded("a/b c%"));
    assert_eq!(json(&server, &path).await["group"], "a/b c%");
    let (status, _) = error_of(server.get("/api/v1/clusters/%ff/groups").await).await;
    assert_eq!(status, 400, "what is not UTF-8 is no name");
}

#[tokio::test]
async fn nonsense_is_refused_and_absence_is_told() {
    let server = Server::start(&["orders", "fresh"]).await;
    server.publish("orders", report("orders", 0, 3, &[]));
    for limit in ["0", "1001", "-1", "x", "", "1e2"] {
        let (status, error) =
            error_of(server.get(&format!("/api/v1/clusters/orders/groups?limit={limit}")).await).await;
        assert_eq!(status, 400, "{limit}");
        assert_eq!(error, format!("limit: expected a number from 1 to 1000, got `{limit}`"));
    }
    assert_eq!(error_of(server.get("/api/v1/clusters?limit=0").await).await.0, 400);
    json(&server, "/api/v1/clusters/orders/groups?limit=1000").await;

    let unknown = (404, "no cluster is named `nope`".to_owned());
    assert_eq!(error_of(server.get("/api/v1/clusters/nope").await).await, unknown);
    assert_eq!(error_of(server.get("/api/v1/clusters/nope/groups").await).await, unknown);
    let (status, error) = error_of(server.get("/api/v1/clusters/orders/groups/nope").await).await;
    assert_eq!((status, error.as_str()), (404, "the last poll of `orders` saw no group `nope`"));

    assert_eq!(error_of(server.get("/api/v1/clusters/fresh/groups").await).await.0, 503);
    server.fail("fresh", "kafka-1:9092 refused the connection");
    let (status, error) = error_of(server.get("/api/v1/clusters/fresh/groups").await).await;
    assert_eq!(status, 503);
    assert!(error.contains("kafka-1:9092 refused the connection"), "{error}");
    server.clock.set(61);
    assert_eq!(error_of(server.get("/api/v1/clusters/orders/groups").await).await.0, 503, "stale is not shown");
}

#[tokio::test]
async fn topics_and_findings_are_told() {
    let server = Server::start(&["shop"]).await;
    server.publish("shop", everything());
    let list = json(&server, "/api/v1/clusters/shop/topics?limit=1").await;
    assert_eq!((names(&list, "topic"), &list["next"], &list["total"]), (vec!["orders"], &"orders".into(), &2.into()));
    let list = json(&server, "/api/v1/clusters/shop/topics?next=orders").await;
    assert_eq!((names(&list, "topic"), &list["next"]), (vec!["payments"], &Value::Null));
    let orders = json(&server, &format!("/api/v1/clusters/shop/topics/{}", percent_encoded("orders"))).await;
    assert_eq!((&orders["topic"], &orders["groups"][0]["group"]), (&"orders".into(), &"billing".into()));
    let (status, error) = error_of(server.get("/api/v1/clusters/shop/topics/deleted").await).await;
    assert_eq!((status, error.as_str()), (404, "the last poll of `shop` saw no topic `deleted`"));

    let list = json(&server, "/api/v1/clusters/shop/findings").await;
    let checks = names(&list, "check");
    assert_eq!((checks.len(), checks[0], &list["next"]), (5, "broker_set_changed", &Value::Null));
    let first = "under_replicated/topic/orders";
    let path =
        format!("/api/v1/clusters/shop/findings?next={}", percent_encoded("preferred_leader_imbalance/broker/1"));
    assert_eq!(names(&json(&server, &path).await, "id"), [first]);
    let cluster = json(&server, "/api/v1/clusters/shop").await;
    assert_eq!(
        (&cluster["groups_by_status"]["data_loss"], &cluster["findings_by_severity"]["critical"]),
        (&1.into(), &2.into())
    );
}

#[tokio::test]
async fn a_group_is_explained_whether_it_is_there_or_not() {
    let server = Server::start(&["orders", "fresh"]).await;
    server.publish("orders", report("orders", 0, 3, &["a b&c"]));
    let explain = |group: &str| format!("/api/v1/clusters/orders/explain?group={}", percent_encoded(group));
    let known = json(&server, &explain("a b&c")).await;
    assert_eq!((&known["group"], &known["topic"]), (&Value::from("a b&c"), &Value::Null));
    let sentences = known["sentences"].as_array().expect("a list");
    assert!(sentences[0].as_str().is_some_and(|first| first.starts_with("`a b&c` is a group")), "{known}");
    let unknown = json(&server, &(explain("nobody") + "&topic=t")).await;
    assert_eq!(unknown["topic"], "t");
    assert!(unknown["sentences"][0].as_str().is_some_and(|first| first.contains("No broker listed")), "{unknown}");

    server.fail("orders", "kafka-1:9092 refused the connection");
    let text = server.get_with(&explain("nobody"), &[("accept", "text/plain")]).await;
    assert_eq!(header(&text, "content-type"), "text/plain; charset=utf-8");
    let text = text.text().await.expect("the answer is text");
    assert!(text.ends_with("A later poll learned nothing: kafka-1:9092 refused the connection.\n"), "{text}");

    for missing in ["explain", "explain?topic=t"] {
        let (status, error) = error_of(server.get(&format!("/api/v1/clusters/orders/{missing}")).await).await;
        assert_eq!((status, error.as_str()), (400, "group: name the group that is to be explained"), "{missing}");
    }
    let (status, error) = error_of(server.get("/api/v1/clusters/nope/explain?group=g").await).await;
    assert_eq!((status, error.as_str()), (404, "no cluster is named `nope`"));
    assert_eq!(error_of(server.get("/api/v1/clusters/fresh/explain?group=g").await).await.0, 503);
}

fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| format!("{encoded}%{byte:02X}"))
}
