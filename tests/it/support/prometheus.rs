//! A real Prometheus that scrapes one target. It is NOT where Prometheus comes from: `scripts/prometheus.sh` is.
//! Invariant: when the test process is gone, so are the server and its folder.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::Value;

use super::server::Server;
use super::wait::eventually;

pub(crate) use super::release::{RELEASES, Release};

/// A running server.
pub(crate) struct Prometheus {
    server: Server,
}

/// What a server does beside scraping.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Setup<'a> {
    /// More settings of the scrape, such as `, scrape_protocols: [PrometheusText0.0.4]`.
    pub(crate) scrape: &'a str,
    /// Rule files by name, which are evaluated every second unless a group says otherwise.
    pub(crate) rules: &'a [(&'a str, &'a str)],
    /// Alertmanagers that are told.
    pub(crate) alertmanagers: &'a [SocketAddr],
}

/// One series of an answer, at one moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    /// With `__name__`, where the query keeps it.
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
}

impl Setup<'_> {
    fn config(&self, target: SocketAddr) -> String {
        let Self { scrape, rules, alertmanagers } = self;
        let rules: Vec<_> = rules.iter().map(|(name, _)| name).collect();
        let alertmanagers: Vec<_> = alertmanagers.iter().map(ToString::to_string).collect();
        format!(
            "global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}\n\
             rule_files: {rules:?}\n\
             alerting: {{alertmanagers: [{{static_configs: [{{targets: {alertmanagers:?}}}]}}]}}\n\
             scrape_configs: [{{job_name: highwater, static_configs: [{{targets: ['{target}']}}]{scrape}}}]\n"
        )
    }
}

impl Prometheus {
    /// Starts a server that scrapes `http://target/metrics` every second as job `highwater`; else why it is not here.
    ///
    /// # Panics
    /// When it is here and does not start.
    pub(crate) async fn start(release: Release, target: SocketAddr) -> Result<Self, String> {
        Self::start_with(release, target, Setup::default()).await
    }

    /// The same with more settings.
    pub(crate) async fn start_with(release: Release, target: SocketAddr, setup: Setup<'_>) -> Result<Self, String> {
        let program = release.program("prometheus")?;
        let config = setup.config(target);
        let files = [&[("prometheus.yml", config.as_str())], setup.rules].concat();
        // What fires before the Alertmanagers are found is sent to nobody, and again after a minute unless told otherwise.
        let resend = "--rules.alert.resend-delay=1s";
        let arguments = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", resend];
        Ok(Self { server: Server::start(&program, &arguments, &files).await })
    }

    /// Waits until the target was scraped this many times: rates need two.
    pub(crate) async fn scraped(&self, times: u32) {
        eventually("Prometheus to scrape its target", async || {
            let seen = self.ask("sum_over_time(up[1h])").await?;
            let done = seen.first().is_some_and(|sample| sample.value >= f64::from(times));
            if done { Ok(()) } else { Err(self.get("/api/v1/targets", &[]).await?.to_string()) }
        })
        .await;
    }

    /// The answer to an instant query.
    ///
    /// # Panics
    /// When the server refuses the query.
    pub(crate) async fn query(&self, promql: &str) -> Vec<Sample> {
        self.ask(promql).await.unwrap_or_else(|error| panic!("{promql}: {error}"))
    }

    /// The values that a label has on the series of a selector.
    ///
    /// # Panics
    /// When the server refuses the selector.
    pub(crate) async fn label_values(&self, selector: &str, label: &str) -> Vec<String> {
        let answer = self.get(&format!("/api/v1/label/{label}/values"), &[("match[]", selector)]).await;
        let answer = answer.unwrap_or_else(|error| panic!("{selector}: {error}"));
        let values = answer["data"].as_array().map(Vec::as_slice).unwrap_or_default();
        values.iter().filter_map(|value| Some(value.as_str()?.to_owned())).collect()
    }

    async fn ask(&self, promql: &str) -> Result<Vec<Sample>, String> {
        let answer = self.get("/api/v1/query", &[("query", promql)]).await?;
        let series = answer["data"]["result"].as_array().ok_or_else(|| format!("no result in {answer}"))?;
        series.iter().map(|one| sample(one).ok_or_else(|| format!("not a sample: {one}"))).collect()
    }

    /// The answer of its HTTP API, such as `/api/v1/alerts`; else what went wrong.
    pub(crate) async fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Value, String> {
        let mut url =
            reqwest::Url::parse(&format!("http://{}{path}", self.server.address())).map_err(|e| e.to_string())?;
        url.query_pairs_mut().extend_pairs(parameters);
        let answer = reqwest::get(url).await.map_err(|error| error.to_string())?;
        let text = answer.text().await.map_err(|error| error.to_string())?;
        let answer: Value = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
        if answer["status"] == "success" { Ok(answer) } else { Err(answer["error"].to_string()) }
    }
}

fn sample(series: &Value) -> Option<Sample> {
    let labels = series["metric"].as_object()?;
    let labels = labels.iter().map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    let value = series["value"][1].as_str()?.parse().ok()?;
    Some(Sample { labels: labels.collect::<Option<_>>()?, value })
}
