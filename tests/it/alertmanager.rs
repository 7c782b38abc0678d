//! The harness for Alertmanager, shown on a rule that always fires. It is NOT a test of the exporter.
//! Invariant: what arrives at a webhook went through Prometheus's rules and Alertmanager's routes.

use std::net::SocketAddr;
use std::time::Duration;

use crate::support::alertmanager::{Alert, Alertmanager, TELLS_NOBODY, telling};
use crate::support::not_run::on_each_release;
use crate::support::prometheus::{Prometheus, Release, Setup};
use crate::support::webhook::{Manner, Webhook};

const RULES: &str = r#"
groups:
  - name: always
    rules:
      - alert: KafkaAlways
        expr: vector(1)
        labels: {severity: info, consumergroup: "a \"quoted\" <script>group</script>"}
        annotations: {summary: "It is {{ $value }}."}
"#;

/// Nobody has to be scraped for a rule that is about nothing.
fn nobody() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 1))
}

async fn rule_to_webhook(release: Release) -> Result<(), String> {
    let webhook = Webhook::start().await;
    let alertmanager = Alertmanager::start(release, &telling(&webhook.url())).await?;
    let alertmanagers = [alertmanager.address()];
    let setup = Setup { rules: &[("rules.yml", RULES)], alertmanagers: &alertmanagers, ..Setup::default() };
    let _prometheus = Prometheus::start_with(release, nobody(), setup).await?;
    webhook.until("the alert", |posts| !posts.is_empty()).await;
    let alerts = webhook.alerts();
    assert_eq!(alerts.len(), 1, "{release:?}: {alerts:#?}");
    assert_eq!(alerts[0]["status"], "firing");
    assert_eq!(alerts[0]["labels"]["alertname"], "KafkaAlways");
    assert_eq!(alerts[0]["labels"]["consumergroup"], "a \"quoted\" <script>group</script>");
    assert_eq!(alerts[0]["annotations"]["summary"], "It is 1.");
    let shown = alertmanager.alerts().await;
    assert_eq!(shown.iter().map(Alert::name).collect::<Vec<_>>(), ["KafkaAlways"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_fires_arrives_at_a_webhook() {
    on_each_release("a rule to a webhook", rule_to_webhook).await;
}

async fn posted_directly(release: Release) -> Result<(), String> {
    let alertmanager = Alertmanager::start(release, TELLS_NOBODY).await?;
    let client = reqwest::Client::new();
    let post = async |body: &'static str| {
        let request = client.post(format!("{}/api/v2/alerts", alertmanager.url()));
        let answer = request.header("content-type", "application/json").body(body).send().await.expect("it answers");
        answer.status().as_u16()
    };
    let ok = r#"[{"labels": {"alertname": "A", "n": "1"}, "annotations": {"summary": "s"}}]"#;
    assert_eq!(post(ok).await, 200, "{}", alertmanager.log());
    let alerts = alertmanager.until("the alert", |alerts| alerts.len() == 1).await;
    assert_eq!(alerts[0].annotations["summary"], "s");
    assert!(alerts[0].ends_at > alerts[0].starts_at, "{alerts:?}");
    // What a sender has to know: one that is bad does not take the good ones with it, and yet the answer is 400.
    let mixed = r#"[{"labels": {"alertname": "B"}}, {"labels": {}}]"#;
    assert_eq!(post(mixed).await, 400, "{}", alertmanager.log());
    alertmanager.until("the good one", |alerts| alerts.iter().any(|alert| alert.name() == "B")).await;
    let over = r#"[{"labels": {"alertname": "A", "n": "1"}, "endsAt": "2020-01-01T00:00:00Z"}]"#;
    assert_eq!(post(over).await, 200, "{}", alertmanager.log());
    alertmanager.until("its end", |alerts| !alerts.iter().any(|alert| alert.name() == "A")).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_can_be_posted_and_ended() {
    on_each_release("alerts posted directly", posted_directly).await;
}

#[tokio::test]
async fn the_receiver_behaves_as_told() {
    let webhook = Webhook::start().await;
    // Redirects are not followed, so that they can be seen.
    let policy = reqwest::redirect::Policy::none();
    let client = reqwest::Client::builder().redirect(policy).build().expect("a client");
    let post = || client.post(webhook.url()).header("x-a", "b").body("{\"alerts\": [1]}").send();
    assert_eq!(post().await.expect("it answers").status(), 200);
    webhook.answer(Manner::Failing(503));
    assert_eq!(post().await.expect("it answers").status(), 503);
    webhook.answer(Manner::Redirecting("/elsewhere".to_owned()));
    let answer = post().await.expect("it answers");
    assert_eq!((answer.status().as_u16(), &answer.headers()["location"]), (307, &"/elsewhere".parse().expect("ASCII")));
    webhook.answer(Manner::Endless);
    let mut answer = post().await.expect("it answers");
    for _ in 0..3 {
        assert!(answer.chunk().await.expect("it goes on").is_some_and(|piece| !piece.is_empty()));
    }
    webhook.answer(Manner::Hanging);
    tokio::select! {
        answer = post() => panic!("it answers: {answer:?}"),
        _ = webhook.until("what it does not answer", |posts| posts.len() == 5) => {}
        () = tokio::time::sleep(Duration::from_mins(1)) => panic!("it was not asked"),
    }
    assert_eq!(webhook.alerts(), [1, 1, 1, 1, 1]);
    for post in webhook.posts() {
        assert_eq!((post.method.as_str(), post.path.as_str(), &post.headers["x-a"] == "b"), ("POST", "/hook", true));
    }
}
