//! How soon the demonstration shows something: from starting the built binary to its first page with lags.
//! `cargo bench --bench start -- rounds=11`.
//!
//! Not how soon a real cluster is seen, which is up to that.
//! Invariant: no process outlives its round, whatever comes of it.

use std::io::{self, Write};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::{sleep, timeout};

#[path = "scale/cost.rs"]
#[expect(dead_code, reason = "the other benchmarks look at more")]
mod cost;

use cost::{Start, median};

/// At most so much from start to lags, at the median.
const TARGET_MS: f64 = 2_000.0;
/// After so long a round is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at the page.
const PAUSE: Duration = Duration::from_millis(5);

/// What comes at the beginning of a line that tells a lag.
const LAG: &str = "kafka_consumergroup_lag{";

/// Starts the binary, waits for lags, and stops it; milliseconds until it listened and until there were lags.
async fn round() -> anyhow::Result<(f64, f64)> {
    let start = Start::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_highwater"))
        .args(["demo", "--listen", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        // Also if what follows fails.
        .kill_on_drop(true)
        .spawn()
        .context("the binary starts")?;
    let mut log = BufReader::new(child.stderr.take().context("its log is piped")?).lines();
    let waited = timeout(PATIENCE, async {
        let address = loop {
            let Some(line) = log.next_line().await? else { bail!("it ended before it listened") };
            let listening = Some(line.as_str()).filter(|line| line.contains("message=listening"));
            if let Some(address) = listening.and_then(|line| line.split(' ').find_map(|it| it.strip_prefix("address=")))
            {
                break address.to_owned();
            }
        };
        let listening = start.spent().wall_ms;
        let url = format!("http://{address}/metrics");
        tokio::select! {
            // Nobody may be held up by a full pipe.
            () = async { while let Ok(Some(_)) = log.next_line().await {} } => bail!("it ended before there were lags"),
            shown = shown(&url) => shown?,
        }
        Ok((listening, start.spent().wall_ms))
    });
    let waited = waited.await.with_context(|| format!("no lags within {} s", PATIENCE.as_secs()));
    child.kill().await.context("it can be stopped")?;
    waited?
}

/// Waits until the page has lags.
async fn shown(url: &str) -> anyhow::Result<()> {
    loop {
        let page = reqwest::get(url).await?.text().await?;
        if page.lines().any(|line| line.starts_with(LAG)) {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
}

async fn measure(out: &mut impl Write, rounds: usize) -> anyhow::Result<()> {
    let (mut listening, mut lags) = (Vec::new(), Vec::new());
    for number in 1..=rounds {
        let (listened, shown) = round().await.with_context(|| format!("round {number}"))?;
        listening.push(listened);
        lags.push(shown);
    }
    let most = lags.iter().copied().fold(0.0, f64::max);
    let (listening, lags) = (median(listening), median(lags));
    let is_held = lags <= TARGET_MS;
    let verdict = if is_held { "held" } else { "MISSED" };
    writeln!(
        out,
        "`highwater demo`, medians of {rounds} rounds, wall time\n\n| ms from start | at most | measured | |\n|---|---|---|---|\n\
         | until it listens | | {listening:.0} | |\n\
         | until its page has lags | {TARGET_MS} | {lags:.0} | {verdict} |\n\
         | the same, slowest round | | {most:.0} | |"
    )?;
    ensure!(is_held, "the demonstration shows lags after {lags:.0} ms at the median; {TARGET_MS} are allowed");
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let mut rounds = 11;
    for word in std::env::args().skip(1).filter(|word| word != "--bench") {
        match word.split_once('=') {
            Some(("rounds", number)) => rounds = number.parse().context("rounds is a number")?,
            _ => bail!("`{word}` is not: rounds=N"),
        }
    }
    ensure!(rounds > 0, "one round at least");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(&mut io::stdout().lock(), rounds))
}
