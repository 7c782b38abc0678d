//! The exporter as operators run it: its own process, polled and scraped.
//!
//! Not the steps inside.
//! Invariant: each poll is followed by one scrape with gzip, the way Prometheus scrapes.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::cost::{cpu_of, milliseconds, peak_of};
use crate::shape::Setting;
use crate::simulated::Simulated;

/// What the whole process took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Whole {
    /// CPU time of one poll and one scrape.
    pub(crate) cpu_ms: f64,
    pub(crate) peak_mb: u64,
    /// CPU time of twenty more scrapes of a page that was scraped already, all at once.
    pub(crate) twenty_scrapes_cpu_ms: f64,
}

/// How long one poll and its scrape may take before something is wrong.
const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) async fn measure(simulated: &Simulated, setting: Setting) -> anyhow::Result<Whole> {
    // Rare enough that a poll and its scrape are over before the next, and often enough to end today.
    let interval = Duration::from_millis(400 + u64::from(setting.shape.commits()) / 400);
    let (child, address) = start(simulated, interval).await?;
    let process = child.id().context("it runs")?;
    let client = reqwest::Client::new();
    let url = format!("http://{address}/metrics");
    let mut polls = Polls { client, url, last: 0.0 };
    for _ in 0..2 {
        polls.next().await?;
    }
    let before = cpu_of(process).context("/proc tells its CPU time")?;
    for _ in 0..setting.shape.rounds {
        polls.next().await?;
    }
    let spent = cpu_of(process).context("/proc tells its CPU time")?.saturating_sub(before);
    let before = cpu_of(process).context("/proc tells its CPU time")?;
    futures_util::future::try_join_all((0..20).map(|_| polls.scrape())).await?;
    let twenty = cpu_of(process).context("/proc tells its CPU time")?.saturating_sub(before);
    let peak_mb = peak_of(process).context("/proc tells its memory")?;
    drop(child);
    let rounds = u32::try_from(setting.shape.rounds)?;
    Ok(Whole { cpu_ms: milliseconds(spent) / f64::from(rounds), peak_mb, twenty_scrapes_cpu_ms: milliseconds(twenty) })
}

async fn start(simulated: &Simulated, interval: Duration) -> anyhow::Result<(Child, String)> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_highwater"))
        .args(["--bootstrap", &simulated.bootstrap, "--listen", "127.0.0.1:0"])
        .args(["--poll.interval", &format!("{}ms", interval.as_millis())])
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stderr.take().context("its log is piped")?).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some(address) = line.split(' ').find_map(|word| word.strip_prefix("address=")) {
            return Ok((child, address.to_owned()));
        }
    }
    bail!("the exporter ended before it listened")
}

struct Polls {
    client: reqwest::Client,
    url: String,
    /// When the last poll that was scraped had ended.
    last: f64,
}

impl Polls {
    /// Scrapes once after the next poll.
    async fn next(&mut self) -> anyhow::Result<()> {
        let waiting = async {
            loop {
                // Nothing is rendered for this.
                let told = self.client.get(self.url.replace("/metrics", "/api/v1/clusters")).send().await?;
                let told: serde_json::Value = serde_json::from_slice(&told.bytes().await?)?;
                let finished = told.pointer("/items/0/finished_at_unix_seconds").and_then(serde_json::Value::as_f64);
                match finished {
                    Some(finished) if finished > self.last => return anyhow::Ok(finished),
                    _ => sleep(Duration::from_millis(20)).await,
                }
            }
        };
        self.last = timeout(PATIENCE, waiting).await.context("no poll ended")??;
        self.scrape().await
    }

    async fn scrape(&self) -> anyhow::Result<()> {
        let page = self.client.get(&self.url).header("accept-encoding", "gzip").send().await?.error_for_status()?;
        page.bytes().await?;
        Ok(())
    }
}
