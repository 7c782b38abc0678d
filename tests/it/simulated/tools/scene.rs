//! A simulated cluster at a moment at which a lot is going on, and the exporter that watches it. It is NOT what is
//! looked at there.
//! Invariant: nothing moves after the start but what a test moves.

use highwater::simulator::Truth;
use serde_json::json;

use super::super::simulate::Simulate;
use crate::support::exporter::Exporter;
use crate::support::kafka::{Tools, Version};
use crate::support::page::Page;

/// Of the built-in scenarios all but `broker-hanging`, in which every tool waits for its timeout, and `hidden-topics`,
/// in which they fail.
pub(super) const SCENARIOS: [&str; 19] = [
    "healthy",
    "slow-consumer",
    "stuck-consumer",
    "dead-consumer",
    "producer-stopped",
    "storm-max-poll",
    "storm-crash-loop",
    "storm-no-membership-change",
    "rolling-deploy",
    "hot-partition",
    "two-hot-of-six",
    "hot-partition-moves",
    "retention-loss",
    "open-transaction",
    "topic-recreated",
    "unclean-election",
    "broker-down",
    "coordinator-moving",
    "leaderless-partition",
];

/// A cluster whose world stands still.
pub(super) struct Scene {
    simulate: Simulate,
    client: reqwest::Client,
}

impl Scene {
    /// These scenarios, so long after their beginning; `time` is for example `10m`.
    pub(super) async fn at(time: &str, scenarios: &[&str]) -> Self {
        let named = scenarios.iter().flat_map(|name| ["--scenario", name]);
        let words: Vec<&str> = ["--seed", "7", "--speed", "0"].into_iter().chain(named).collect();
        let scene = Self { simulate: Simulate::start(&words).await, client: reqwest::Client::new() };
        scene.pass(time).await;
        scene
    }

    /// Time goes on, so far and no further.
    pub(super) async fn pass(&self, time: &str) {
        self.post("/clock", &json!({"advance": time})).await;
    }

    /// Something happens, and nothing else.
    pub(super) async fn happens(&self, event: &serde_json::Value) {
        self.post("/events", event).await;
    }

    async fn post(&self, path: &str, body: &serde_json::Value) {
        let url = format!("{}{path}", self.simulate.control);
        let answer = self.client.post(url).body(body.to_string()).send().await.expect("the control port answers");
        let status = answer.status();
        assert!(status.is_success(), "{path} {body}: {}", answer.text().await.unwrap_or_default());
    }

    /// What is so.
    pub(super) async fn truth(&self) -> Truth {
        let answer = self.client.get(format!("{}/truth", self.simulate.control)).send().await;
        let text = answer.expect("the control port answers").text().await.expect("text");
        serde_json::from_str(&text).expect("a truth")
    }

    /// For `bootstrap.servers`.
    pub(super) fn bootstrap(&self) -> String {
        self.simulate.bootstrap.join(",")
    }

    /// Kafka's tools for it.
    pub(super) async fn tools(&self, version: Version) -> Tools {
        Tools::new(version, &self.bootstrap()).await
    }

    /// What the exporter shows of it.
    pub(super) async fn page(&self) -> Page {
        let exporter = Exporter::start(&["--bootstrap", &self.bootstrap(), "--poll.interval", "500ms"]).await;
        // Some of what it shows is asked on a period of its own, at first after the first poll.
        exporter.until("the first poll", |page| page.get("highwater_up", &[]) == Some(1.0)).await;
        exporter.after_polls(2).await
    }
}
