//! A real Prometheus that scrapes one target. It is NOT where Prometheus comes from: `scripts/prometheus.sh` is.
//! Invariant: when the test process is gone, so are the server and its folder.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::wait::eventually;

/// Starts the server in the folder, and ends it when the other end of the pipe is gone, whatever the reason.
const GUARD: &str = r#"
cd "$1" && shift || exit 1
"$@" >log 2>&1 </dev/null &
cat >/dev/null
kill -KILL $!
"#;

/// The releases that rules and queries have to work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    /// What the distribution ships.
    Oldest,
    /// At least 3.5.
    Newest,
}

/// The releases, the oldest first.
pub(crate) const RELEASES: [Release; 2] = [Release::Oldest, Release::Newest];

/// A running server.
pub(crate) struct Prometheus {
    address: SocketAddr,
    guard: Child,
    pipe: Option<ChildStdin>,
    _folder: TempDir,
}

/// One series of an answer, at one moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    /// With `__name__`, where the query keeps it.
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
}

impl Release {
    /// A program of the release, `prometheus` or `promtool`; else why it is not here.
    pub(crate) fn program(self, name: &str) -> Result<PathBuf, String> {
        let link = match self {
            Self::Oldest => "prometheus-oldest",
            Self::Newest => "prometheus-newest",
        };
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
        let cache = cache.ok_or("there is no home directory")?.join("highwater");
        let program = cache.join(link).join("bin").join(name);
        if program.is_file() {
            return Ok(program);
        }
        let reason = std::fs::read_to_string(cache.join(link).with_extension("reason"));
        Err(reason.unwrap_or_else(|_| format!("{} is missing: run scripts/prometheus.sh", program.display())))
    }
}

impl Prometheus {
    /// Starts a server that scrapes `http://target/metrics` every second as job `highwater`; else why it is not here.
    ///
    /// # Panics
    /// When it is here and does not start.
    pub(crate) async fn start(release: Release, target: SocketAddr) -> Result<Self, String> {
        Self::start_with(release, target, "").await
    }

    /// The same with more settings of the scrape, such as `, scrape_protocols: [PrometheusText0.0.4]`.
    pub(crate) async fn start_with(release: Release, target: SocketAddr, settings: &str) -> Result<Self, String> {
        let program = release.program("prometheus")?;
        let folder = tempfile::Builder::new().prefix("highwater-prometheus-").tempdir().expect("a temporary folder");
        let config = format!(
            "global: {{scrape_interval: 1s, scrape_timeout: 1s}}\n\
             scrape_configs: [{{job_name: highwater, static_configs: [{{targets: ['{target}']}}]{settings}}}]\n"
        );
        std::fs::write(folder.path().join("prometheus.yml"), config).expect("the folder can be written to");
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "sh"])
            .arg(folder.path())
            .arg(program)
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address=127.0.0.1:0"])
            .stdin(Stdio::piped())
            .spawn()
            .expect("sh can be run");
        let pipe = guard.stdin.take();
        let log = folder.path().join("log");
        // Port 0 lets the system choose; the server logs what was chosen.
        let address = eventually("Prometheus to listen", async || {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            listening_address(&log).ok_or(log)
        })
        .await;
        Ok(Self { address, guard, pipe, _folder: folder })
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

    async fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Value, String> {
        let mut url = reqwest::Url::parse(&format!("http://{}{path}", self.address)).map_err(|e| e.to_string())?;
        url.query_pairs_mut().extend_pairs(parameters);
        let answer = reqwest::get(url).await.map_err(|error| error.to_string())?;
        let text = answer.text().await.map_err(|error| error.to_string())?;
        let answer: Value = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
        if answer["status"] == "success" { Ok(answer) } else { Err(answer["error"].to_string()) }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        drop(self.pipe.take());
        if let Err(error) = self.guard.wait() {
            eprintln!("the guard of Prometheus was lost: {error}");
        }
    }
}

/// `… msg="Listening on" address=127.0.0.1:41234` in either release's way of writing it.
fn listening_address(log: &str) -> Option<SocketAddr> {
    let line = log.lines().find(|line| line.contains("\"Listening on\""))?;
    line.split_once("address=")?.1.split_whitespace().next()?.trim_matches('"').parse().ok()
}

fn sample(series: &Value) -> Option<Sample> {
    let labels = series["metric"].as_object()?;
    let labels = labels.iter().map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    let value = series["value"][1].as_str()?.parse().ok()?;
    Some(Sample { labels: labels.collect::<Option<_>>()?, value })
}
