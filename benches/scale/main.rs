//! What watching a cluster costs, measured against the simulated one: requests, CPU time and memory at four sizes.
//!
//! Not how long a thinking step takes without a cluster; `benches/poll.rs` shows that for whoever improves it.
//! Invariant: the same work in every round, medians of rounds, CPU time as the system counts it for this process alone.

mod cost;
mod klag;
mod plot;
mod shape;
mod simulated;
mod stages;
mod table;
mod whole;

use std::io::{self, Write};

use anyhow::Context;

use shape::{BROKERS, ROUND_TRIPS, SHAPES, Setting};
use simulated::Simulated;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    // Cargo adds `--bench`.
    let wanted = Wanted::new(std::env::args().skip(1).filter(|word| !word.starts_with('-')));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut out = io::stdout().lock();
    writeln!(out, "CPU and wall times in milliseconds, medians of rounds; RTT is the round trip to a broker\n")?;
    table::head(&mut out)?;
    let mut measured = Vec::new();
    for shape in SHAPES.iter().filter(|shape| wanted.has("", &shape.name)) {
        for brokers in BROKERS.into_iter().filter(|brokers| wanted.has("brokers=", brokers)) {
            let simulated = Simulated::start(shape, brokers)?;
            for round_trip_ms in ROUND_TRIPS.into_iter().filter(|delay| wanted.has("rtt=", delay)) {
                let setting = Setting { shape, brokers, round_trip_ms };
                let cost = runtime
                    .block_on(measure(&simulated, setting))
                    .with_context(|| format!("{} over {brokers} brokers", shape.name))?;
                table::row(&mut out, setting, &cost)?;
                measured.push((setting, cost));
            }
        }
    }
    let slower = wanted.told("klag=").map(|path| {
        let shape = SHAPES.iter().find(|shape| shape.name == "M").context("M is a shape")?;
        runtime.block_on(klag::compare(path, &Simulated::start(shape, 3)?, &mut out))
    });
    table::targets(&mut out, &measured, slower.transpose()?)?;
    plot::plot(&mut out, &measured)?;
    Ok(())
}

/// Words that choose among settings, as in `cargo bench --bench scale -- M L brokers=3 rtt=0`.
struct Wanted {
    words: Vec<String>,
}

impl Wanted {
    fn new(words: impl Iterator<Item = String>) -> Self {
        Self { words: words.collect() }
    }

    /// What stands behind this prefix.
    fn told(&self, prefix: &str) -> Option<&str> {
        self.words.iter().find_map(|word| word.strip_prefix(prefix))
    }

    /// Whether a value is chosen, or there is no choice among its kind. Names of shapes have no prefix.
    fn has(&self, prefix: &str, value: &impl ToString) -> bool {
        let is_of_kind =
            |word: &&String| if prefix.is_empty() { !word.contains('=') } else { word.starts_with(prefix) };
        let mut chosen = self.words.iter().filter(is_of_kind).peekable();
        let value = value.to_string();
        chosen.peek().is_none() || chosen.any(|word| word.strip_prefix(prefix) == Some(&value))
    }
}

async fn measure(simulated: &Simulated, setting: Setting) -> anyhow::Result<table::Cost> {
    simulated.delay(setting.round_trip_ms).await?;
    let stages = stages::measure(simulated, setting).await?;
    let whole = whole::measure(simulated, setting).await?;
    Ok(table::Cost { stages, whole })
}
