//! What `/api/v1/openapi.json` says of the answers is true of the answers.
//!
//! Not a test of the values. Invariant: every route is described and asked, and every property of every schema is told at
//! least once with a value.

pub(super) mod report;
mod schema;

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::Value;

use super::support::{Server, header, in_time};
use crate::support::tree;
use schema::Description;

/// A path as it is described, and as it is asked.
const ASKED: [(&str, &str); 16] = [
    ("/", "/"),
    ("/assets/{file}", "/assets/main.js"),
    ("/metrics", "/metrics?cluster=shop"),
    ("/api/v1/openapi.json", "/api/v1/openapi.json"),
    ("/api/v1/clusters", "/api/v1/clusters?limit=1"),
    ("/api/v1/clusters/{cluster}", "/api/v1/clusters/shop"),
    ("/api/v1/clusters/{cluster}/overview", "/api/v1/clusters/shop/overview?limit=1"),
    ("/api/v1/clusters/{cluster}/groups", "/api/v1/clusters/shop/groups?limit=1"),
    ("/api/v1/clusters/{cluster}/groups/{group}", "/api/v1/clusters/shop/groups/billing"),
    ("/api/v1/clusters/{cluster}/group", "/api/v1/clusters/shop/group?group=billing"),
    ("/api/v1/clusters/{cluster}/topics", "/api/v1/clusters/shop/topics?limit=1"),
    ("/api/v1/clusters/{cluster}/topics/{topic}", "/api/v1/clusters/shop/topics/orders"),
    ("/api/v1/clusters/{cluster}/findings", "/api/v1/clusters/shop/findings?limit=2"),
    ("/api/v1/clusters/{cluster}/explain", "/api/v1/clusters/shop/explain?group=billing&topic=orders"),
    ("/-/healthy", "/-/healthy"),
    ("/-/ready", "/-/ready"),
];

/// What goes wrong, by the path as it is described, and the status it is answered with.
const REFUSED: [(&str, &str, u16); 25] = [
    ("/assets/{file}", "/assets/nope.js", 404),
    ("/api/v1/clusters/{cluster}/overview", "/api/v1/clusters/shop/overview?sort=nope", 400),
    ("/api/v1/clusters/{cluster}/overview", "/api/v1/clusters/shop/overview?next=nope", 400),
    ("/api/v1/clusters/{cluster}/overview", "/api/v1/clusters/fresh/overview", 503),
    ("/api/v1/clusters/{cluster}/groups", "/api/v1/clusters/shop/groups?severity=nope", 400),
    ("/api/v1/clusters/{cluster}/topics", "/api/v1/clusters/shop/topics?sort=worst", 400),
    ("/metrics", "/metrics?cluster=nope", 404),
    ("/metrics", "/metrics?cluster=a&cluster=b", 400),
    ("/api/v1/clusters", "/api/v1/clusters?limit=0", 400),
    ("/api/v1/clusters/{cluster}", "/api/v1/clusters/nope", 404),
    ("/api/v1/clusters/{cluster}", "/api/v1/clusters/%ff", 400),
    ("/api/v1/clusters/{cluster}/groups", "/api/v1/clusters/shop/groups?limit=1001", 400),
    ("/api/v1/clusters/{cluster}/groups", "/api/v1/clusters/fresh/groups", 503),
    ("/api/v1/clusters/{cluster}/groups/{group}", "/api/v1/clusters/shop/groups/nope", 404),
    ("/api/v1/clusters/{cluster}/group", "/api/v1/clusters/shop/group?group=..", 404),
    ("/api/v1/clusters/{cluster}/group", "/api/v1/clusters/shop/group", 400),
    ("/api/v1/clusters/{cluster}/group", "/api/v1/clusters/fresh/group?group=billing", 503),
    ("/api/v1/clusters/{cluster}/topics", "/api/v1/clusters/fresh/topics", 503),
    ("/api/v1/clusters/{cluster}/topics/{topic}", "/api/v1/clusters/shop/topics/nope", 404),
    ("/api/v1/clusters/{cluster}/topics/{topic}", "/api/v1/clusters/shop/topics/deleted", 404),
    ("/api/v1/clusters/{cluster}/findings", "/api/v1/clusters/shop/findings?limit=x", 400),
    ("/api/v1/clusters/{cluster}/findings", "/api/v1/clusters/nope/findings", 404),
    ("/api/v1/clusters/{cluster}/explain", "/api/v1/clusters/shop/explain", 400),
    ("/api/v1/clusters/{cluster}/explain", "/api/v1/clusters/fresh/explain?group=billing", 503),
    ("/-/ready", "/-/ready", 503),
];

async fn server() -> Server {
    let server = Server::start(&["fresh", "shop"]).await;
    server.publish("shop", report::everything());
    server
}

/// Asks and checks the answer; `None` for a body that is not JSON.
async fn checked(
    server: &Server,
    description: &mut Description,
    template: &str,
    path: &str,
    status: u16,
) -> Option<Value> {
    let response = server.get(path).await;
    assert_eq!(response.status(), status, "{path}");
    let content_type = header(&response, "content-type");
    let body = response.bytes().await.expect("a body");
    let schema = description.of_answer(template, "get", status, &content_type);
    let schema = schema.unwrap_or_else(|why| panic!("{path}: {why}"));
    if content_type != "application/json" {
        return None;
    }
    let body = serde_json::from_slice(&body).expect("JSON");
    let mistakes = description.check(&schema, &body);
    assert!(mistakes.is_empty(), "{path}\n{}\n{body:#}", mistakes.join("\n"));
    Some(body)
}

#[tokio::test]
async fn answers_look_as_described() {
    let server = server().await;
    let mut description = Description::of(&server.text("/api/v1/openapi.json").await);
    for (template, path, status) in REFUSED {
        checked(&server, &mut description, template, path, status).await;
    }
    server.fail("fresh", "no broker answered");
    for (template, path) in ASKED {
        let first = checked(&server, &mut description, template, path, 200).await;
        let mut next = first.and_then(|body| body["next"].as_str().map(str::to_owned));
        // The pieces after the first.
        while let Some(after) = next {
            let path = format!("{path}&next={}", after.replace('/', "%2F"));
            let body = checked(&server, &mut description, template, &path, 200).await.expect("lists are JSON");
            next = body["next"].as_str().map(str::to_owned);
        }
    }
    checked(
        &server,
        &mut description,
        "/api/v1/clusters/{cluster}/groups/{group}",
        "/api/v1/clusters/shop/groups/silent",
        200,
    )
    .await;
    let untold = description.untold();
    assert!(untold.is_empty(), "no answer told a value of: {}", untold.join(", "));
}

#[tokio::test]
async fn other_methods_and_paths_are_refused_as_described() {
    let server = server().await;
    let mut description = Description::of(&server.text("/api/v1/openapi.json").await);
    for (template, path) in ASKED {
        let request = server.client.request(Method::DELETE, server.url(path));
        let response = in_time("an answer", request.send()).await.expect("the server answers");
        assert_eq!((response.status().as_u16(), header(&response, "content-type").as_str()), (405, "application/json"));
        let schema = description.of_answer(template, "get", 405, "application/json").expect("errors are described");
        let body = serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON");
        assert_eq!(description.check(&schema, &body), Vec::<String>::new());
    }
}

#[test]
fn every_route_is_described_and_asked() {
    let routes = std::fs::read_to_string(tree::root().join("src/http/routes.rs")).expect("the routes can be read");
    let mut served: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for route in routes.split(".route(\"").skip(1) {
        let (path, rest) = route.split_once("\", ").expect("a path and who answers it");
        let methods = ["get", "post", "put", "delete", "patch"].map(str::to_owned);
        let methods = methods
            .into_iter()
            .filter(|method| rest.lines().next().is_some_and(|line| line.contains(&format!("{method}("))));
        served.entry(path).or_default().extend(methods);
    }
    assert!(served.len() > 10, "{served:?}");
    let description = Description::of(highwater::render::json::OPENAPI);
    let described = description.routes();
    assert_eq!(
        described.iter().map(|(path, methods)| (path.as_str(), methods.clone())).collect::<BTreeMap<_, _>>(),
        served
    );
    let asked: BTreeSet<_> = ASKED.iter().map(|(template, _)| *template).collect();
    let with_get: BTreeSet<_> =
        described.iter().filter(|(_, methods)| methods.contains("get")).map(|(path, _)| path.as_str()).collect();
    assert_eq!(asked, with_get, "what is described is asked above");
}

#[test]
fn the_description_is_strict() {
    assert_eq!(Description::of(highwater::render::json::OPENAPI).looseness(), Vec::<String>::new());
}
