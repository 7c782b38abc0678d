//! A real Alertmanager that stands alone. It is NOT where Alertmanager comes from: `scripts/prometheus.sh` is.
//! Invariant: when the test process is gone, so are the server and its folder.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::Deserialize;

use super::release::Release;
use super::server::Server;
use super::wait::eventually;

/// A running server.
pub(crate) struct Alertmanager {
    server: Server,
}

/// An alert as `/api/v2/alerts` shows it. Those that ended are not shown.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Alert {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    /// RFC 3339, as are the other times.
    pub(crate) starts_at: String,
    pub(crate) ends_at: String,
    #[serde(rename = "generatorURL", default)]
    pub(crate) generator_url: String,
}

/// The configuration for alerts that nobody is told of.
pub(crate) const TELLS_NOBODY: &str = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n";

/// The configuration that posts all alerts to a webhook at once, grouped by nothing, resolved ones too.
pub(crate) fn telling(webhook: &str) -> String {
    format!(
        "route: {{receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}\n\
         receivers: [{{name: hook, webhook_configs: [{{url: '{webhook}', send_resolved: true}}]}}]\n"
    )
}

impl Alertmanager {
    /// Starts a server with this configuration (YAML); else why it is not here.
    ///
    /// # Panics
    /// When it is here and does not start.
    pub(crate) async fn start(release: Release, config: &str) -> Result<Self, String> {
        let program = release.program("alertmanager")?;
        // Without a cluster: peers of a test are told by whoever tells, not by each other.
        let arguments = ["--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address="];
        Ok(Self { server: Server::start(&program, &arguments, &[("alertmanager.yml", config)]).await })
    }

    /// Where it listens, as Prometheus wants its Alertmanagers.
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// `http://host:port`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        self.server.log()
    }

    /// The alerts that are firing now, by its own judgement.
    ///
    /// # Panics
    /// When it does not answer.
    pub(crate) async fn alerts(&self) -> Vec<Alert> {
        self.ask().await.unwrap_or_else(|error| panic!("{error}\n{}", self.log()))
    }

    /// Waits until its alerts are as wanted, and gives them.
    pub(crate) async fn until(&self, what: &str, wanted: impl Fn(&[Alert]) -> bool) -> Vec<Alert> {
        eventually(what, async || {
            let alerts = self.ask().await?;
            if wanted(&alerts) { Ok(alerts) } else { Err(format!("{alerts:#?}\n{}", self.log())) }
        })
        .await
    }

    async fn ask(&self) -> Result<Vec<Alert>, String> {
        let answer = reqwest::get(format!("{}/api/v2/alerts", self.url())).await.map_err(|error| error.to_string())?;
        let text = answer.text().await.map_err(|error| error.to_string())?;
        serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))
    }
}

impl Alert {
    /// The `alertname`, or nothing.
    pub(crate) fn name(&self) -> &str {
        self.labels.get("alertname").map_or("", String::as_str)
    }
}
