//! What watching a cluster costs, measured against the simulated one: requests, CPU time and memory at four sizes.
//!
//! Not how long a thinking step takes without a cluster; `benches/poll.rs` shows that for whoever improves it.
//! Invariant: the same work in every round, medians of rounds, CPU time as the system counts it for this process alone.

mod cost;
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

fn main() -> anyhow::Result<()> {
    // Names of shapes choose among them, as in `cargo bench --bench scale -- M L`; cargo adds `--bench`.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut out = io::stdout().lock();
    writeln!(out, "CPU and wall times in milliseconds, medians of rounds; RTT is the round trip to a broker\n")?;
    table::head(&mut out)?;
    let mut measured = Vec::new();
    for shape in SHAPES.iter().filter(|shape| wanted.is_empty() || wanted.iter().any(|name| name == shape.name)) {
        for brokers in BROKERS {
            let simulated = Simulated::start(shape, brokers)?;
            for round_trip_ms in ROUND_TRIPS {
                let setting = Setting { shape, brokers, round_trip_ms };
                let cost = runtime
                    .block_on(measure(&simulated, setting))
                    .with_context(|| format!("{} over {brokers} brokers", shape.name))?;
                table::row(&mut out, setting, &cost)?;
                measured.push((setting, cost));
            }
        }
    }
    table::targets(&mut out, &measured)?;
    plot::plot(&mut out, &measured)?;
    Ok(())
}

async fn measure(simulated: &Simulated, setting: Setting) -> anyhow::Result<table::Cost> {
    simulated.delay(setting.round_trip_ms).await?;
    let stages = stages::measure(simulated, setting).await?;
    let whole = whole::measure(simulated, setting).await?;
    Ok(table::Cost { stages, whole })
}
