//! How well storms and hot partitions are found by the whole product: a simulated cluster on the loopback, the protocol, the
//! follower with its librdkafka, and analysis, in time that passes in leaps.
//!
//! Not a measurement of speed, and no evidence about real clusters: stories and rules are by the same hand.
//! Invariant: what is true is taken from the simulated world, and what is found from what the exporter reports.

mod hot;
mod kinds;
mod naive;
mod site;
mod storms;
mod traffic;

use std::io::{self, Write};

use anyhow::{Context, bail};

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is asked for: `cargo bench --bench evaluate -- storms seeds=5`.
pub(crate) struct Asked {
    storms: bool,
    hot: bool,
    /// Even topics.
    pub(crate) topics: usize,
    /// Hours for which topics are watched, at most.
    pub(crate) hours: usize,
    /// Worlds with a topic of each other kind.
    pub(crate) worlds: u64,
    /// Histories of each kind.
    pub(crate) seeds: u64,
    /// The first of their seeds.
    pub(crate) first: u64,
}

fn asked() -> anyhow::Result<Asked> {
    let mut asked = Asked { storms: false, hot: false, topics: 3000, hours: 6, worlds: 2, seeds: 20, first: 5000 };
    let mut is_any = false;
    for word in std::env::args().skip(1).filter(|word| word != "--bench") {
        match word.split_once('=') {
            None if word == "storms" => (asked.storms, is_any) = (true, true),
            None if word == "hot" => (asked.hot, is_any) = (true, true),
            Some(("topics", number)) => asked.topics = number.parse().context("topics is a number")?,
            Some(("hours", number)) => asked.hours = number.parse().context("hours is a number")?,
            Some(("worlds", number)) => asked.worlds = number.parse().context("worlds is a number")?,
            Some(("seeds", number)) => asked.seeds = number.parse().context("seeds is a number")?,
            Some(("first", number)) => asked.first = number.parse().context("first is a number")?,
            _ => bail!("`{word}` is none of: storms, hot, seeds=N, first=N, topics=N, hours=N, worlds=N"),
        }
    }
    asked.storms |= !is_any;
    asked.hot |= !is_any;
    Ok(asked)
}

fn main() -> anyhow::Result<()> {
    let asked = asked()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut told = String::new();
    if asked.storms {
        told += &runtime.block_on(storms::evaluate(&asked))?;
    }
    if asked.hot {
        told += &runtime.block_on(hot::evaluate(&asked))?;
    }
    runtime.shutdown_background();
    Ok(io::stdout().write_all(told.as_bytes())?)
}
