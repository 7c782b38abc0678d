//! What following `__consumer_offsets` costs: two exporters watch one simulated cluster for a while, one that follows and one
//! that is told not to, and the difference is the follower's. `cargo bench --bench follow -- groups=1000 seconds=60`.
//!
//! Not how soon something is heard, nor what is made of it.
//! Invariant: the cluster runs in a process of its own and in real time, and what it wrote is counted, not assumed.

use std::io::{self, Write};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

#[path = "scale/cost.rs"]
#[expect(dead_code, reason = "stages are measured there")]
mod cost;
#[path = "scale/shape.rs"]
#[expect(dead_code, reason = "other sizes are measured there")]
mod shape;
#[path = "scale/simulated.rs"]
#[expect(dead_code, reason = "time passes by itself here, and nobody is late")]
mod simulated;

use cost::{Start, cpu_of, milliseconds, peak_of};
use highwater::simulator::Shape;
use simulated::Simulated;

const TOPIC: &str = "__consumer_offsets";
const PARTITIONS: i32 = 50;
/// Each member of a group commits one partition so often.
const MEMBERS: u32 = 5;
const COMMIT_SECONDS: u32 = 5;
/// Before it is measured, so that both have read all that is read once.
const WARM_UP: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_mins(1);
/// Looks at memory meanwhile.
const LOOKS: u32 = 6;

/// At most so much of a core, and so many MB more than without it.
const TARGET_PERCENT: f64 = 5.0;
const TARGET_MB: u64 = 64;

/// An exporter in a process of its own.
struct Exporter {
    child: Child,
    address: String,
    /// Its configuration, as long as it runs.
    _file: tempfile::NamedTempFile,
    _log: JoinSet<()>,
}

impl Exporter {
    async fn start(bootstrap: &str, offsets_topic: &str) -> anyhow::Result<Self> {
        let mut file = tempfile::NamedTempFile::new()?;
        write!(
            file,
            "clusters: [{{name: bench, properties: {{bootstrap.servers: \"{bootstrap}\"}}, offsets_topic: {offsets_topic}}}]\n\
             poll: {{interval: 15s}}\nlisten: 127.0.0.1:0\n"
        )?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_highwater"))
            .arg("--config")
            .arg(file.path())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stderr.take().context("its log is piped")?).lines();
        let address = loop {
            let Some(line) = lines.next_line().await? else { bail!("the exporter ended before it listened") };
            if let Some(address) = line.split(' ').find_map(|word| word.strip_prefix("address=")) {
                break address.to_owned();
            }
        };
        // Nobody may be held up by a full pipe.
        let mut log = JoinSet::new();
        log.spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, address, _file: file, _log: log })
    }

    async fn until_followed(&self) -> anyhow::Result<()> {
        let url = format!("http://{}/metrics", self.address);
        let waiting = async {
            loop {
                let page = reqwest::get(&url).await?.text().await?;
                let is_followed =
                    |line: &str| line.starts_with("highwater_offsets_topic_followed") && line.ends_with(" 1");
                if page.lines().any(is_followed) {
                    return anyhow::Ok(());
                }
                sleep(Duration::from_millis(200)).await;
            }
        };
        timeout(PATIENCE, waiting).await.context("the topic is not followed")?
    }

    fn cpu(&self) -> anyhow::Result<Duration> {
        cpu_of(self.id()?).context("/proc tells its CPU time")
    }

    fn peak(&self) -> anyhow::Result<u64> {
        peak_of(self.id()?).context("/proc tells its memory")
    }

    fn id(&self) -> anyhow::Result<u32> {
        self.child.id().context("it runs")
    }
}

/// How many records were ever written to the offsets topic.
fn written(consumer: &BaseConsumer) -> anyhow::Result<i64> {
    let ends = (0..PARTITIONS).map(|partition| Ok(consumer.fetch_watermarks(TOPIC, partition, PATIENCE)?.1));
    ends.sum()
}

async fn measure(out: &mut impl Write, groups: u32, seconds: u32) -> anyhow::Result<()> {
    // A cluster whose sizes are given in words keeps no log of commits, but one of a scenario does.
    let scenario = Shape { groups, members: MEMBERS, commits: MEMBERS, ..Shape::S }.scenario()?;
    let mut file = tempfile::NamedTempFile::with_suffix(".yml")?;
    file.write_all(&serde_json::to_vec(&scenario)?)?;
    let words = ["--scenario".to_owned(), file.path().to_string_lossy().into_owned()];
    let simulated = Simulated::of(&words, Shape::S.brokers)?;
    let following = Exporter::start(&simulated.bootstrap, "on").await?;
    let polling = Exporter::start(&simulated.bootstrap, "off").await?;
    following.until_followed().await?;
    sleep(WARM_UP).await;
    let consumer: BaseConsumer = ClientConfig::new().set("bootstrap.servers", &simulated.bootstrap).create()?;
    let (before, start) = ((following.cpu()?, polling.cpu()?, written(&consumer)?), Start::now());
    let mut peaks = Vec::new();
    for _ in 0..LOOKS {
        sleep(Duration::from_secs(u64::from(seconds)) / LOOKS).await;
        peaks.push(following.peak()?.to_string());
    }
    let (after, wall_ms) = ((following.cpu()?, polling.cpu()?, written(&consumer)?), start.spent().wall_ms);
    let (with, without) = (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1));
    let records = f64::from(i32::try_from(after.2 - before.2)?) / wall_ms * 1000.0;
    let percent = |cpu: Duration| 100.0 * milliseconds(cpu) / wall_ms;
    let expected = groups * MEMBERS / COMMIT_SECONDS;
    writeln!(
        out,
        "{records:.0} records per second ({expected} meant) to {PARTITIONS} partitions over {:.0} s:\n",
        wall_ms / 1000.0
    )?;
    writeln!(out, "| | follows | polls only | difference | at most |\n|---|---|---|---|---|")?;
    let difference = percent(with) - percent(without);
    writeln!(
        out,
        "| % of a core | {:.2} | {:.2} | {difference:.2} | {TARGET_PERCENT} |",
        percent(with),
        percent(without)
    )?;
    // Who lost sight of the topic would have done less.
    following.until_followed().await?;
    let (with, without) = (following.peak()?, polling.peak()?);
    writeln!(out, "| peak MB | {with} | {without} | {} | {TARGET_MB} |", with.saturating_sub(without))?;
    writeln!(out, "\npeak MB of who follows, as time went by: {}", peaks.join(", "))?;
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let (mut groups, mut seconds) = (1000, 60);
    for word in std::env::args().skip(1).filter(|word| word != "--bench") {
        match word.split_once('=') {
            Some(("groups", number)) => groups = number.parse().context("groups is a number")?,
            Some(("seconds", number)) => seconds = number.parse().context("seconds is a number")?,
            _ => bail!("`{word}` is none of: groups=N, seconds=N"),
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(&mut io::stdout().lock(), groups, seconds))
}
