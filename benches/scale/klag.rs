//! What another exporter takes for the same work on the same machine: klag-exporter, which `cargo install` gives anybody.
//!
//! Not a contest: milliseconds of two machines cannot be compared, and those of two programs on one machine can.
//! Invariant: it polls the same cluster, tells of each partition, and is scraped once after each poll.

use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::time::{interval, sleep, timeout};

use crate::cost::{cpu_of, median, milliseconds, peak_of};
use crate::simulated::Simulated;

/// What it took at M over 3 brokers where the targets were set.
const WHERE_TARGETS_WERE_SET_MS: f64 = 4000.0;
/// Its default.
const INTERVAL: Duration = Duration::from_secs(30);
/// Shortly before it polls again.
const FIRST_SCRAPE: Duration = Duration::from_secs(28);
/// The first is not measured: it connects and learns.
const POLLS: usize = 6;

/// Measures the program at `path`, and tells how many milliseconds of this machine one is where the targets were set.
pub(crate) async fn compare(path: &str, simulated: &Simulated, out: &mut impl Write) -> anyhow::Result<f64> {
    let settings = tempfile::Builder::new().suffix(".toml").tempfile()?;
    let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
    std::fs::write(settings.path(), configuration(&simulated.bootstrap, port))?;
    let child = Command::new(path)
        .arg("--config")
        .arg(settings.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot start {path}"))?;
    sleep(FIRST_SCRAPE).await;
    let mut each = interval(INTERVAL);
    let (mut cpu, mut requests) = (Vec::new(), Vec::new());
    for poll in 0..POLLS {
        let before = cpu_of(process(&child)?).context("/proc tells its CPU time")?;
        simulated.take_requests().await?;
        each.tick().await;
        let page = scrape(port).await.with_context(|| format!("a page after poll {poll}"))?;
        let spent = cpu_of(process(&child)?).context("/proc tells its CPU time")?.saturating_sub(before);
        if poll > 0 {
            ensure!(page.contains("kafka_consumergroup"), "{path} tells of no group after poll {poll}");
            cpu.push(milliseconds(spent));
            requests.push(simulated.take_requests().await?);
        }
    }
    let peak = peak_of(process(&child)?).context("/proc tells its memory")?;
    requests.sort_unstable();
    let (took, asked) = (median(cpu), requests.get(requests.len() / 2).copied().unwrap_or(0));
    let slower = took / WHERE_TARGETS_WERE_SET_MS;
    writeln!(
        out,
        "\nklag-exporter on M, 3 brokers, poll and scrape, median of {}: {took:.0} ms CPU, {asked} requests, peak {peak} MB;\n\
         where the targets were set it took {WHERE_TARGETS_WERE_SET_MS:.0} ms, so that a millisecond there is {slower:.2} here",
        POLLS - 1,
    )?;
    Ok(slower)
}

fn process(child: &Child) -> anyhow::Result<u32> {
    child.id().context("it runs")
}

fn configuration(bootstrap: &str, port: u16) -> String {
    let interval = INTERVAL.as_secs();
    format!(
        "[exporter]\npoll_interval = \"{interval}s\"\nhttp_host = \"127.0.0.1\"\nhttp_port = {port}\ngranularity = \"partition\"\n\
         [exporter.timestamp_sampling]\nenabled = true\n\
         [[clusters]]\nname = \"bench\"\nbootstrap_servers = \"{bootstrap}\"\n"
    )
}

async fn scrape(port: u16) -> anyhow::Result<String> {
    let request = reqwest::Client::new().get(format!("http://127.0.0.1:{port}/metrics")).send();
    let page = timeout(INTERVAL, async { request.await?.error_for_status()?.text().await }).await??;
    Ok(page)
}
