//! The words of `highwater simulate`.
//!
//! Not what they do.
//! Invariant: every flag has a help text, and no number that is let through is beyond what can be simulated.

use std::net::SocketAddr;

use clap::Args;

use crate::simulator::SPEED_MAX;
use crate::simulator::scenario::limits;

use super::LogArgs;

#[derive(Debug, Args)]
pub(in crate::cli) struct SimulateArgs {
    #[command(flatten)]
    pub(in crate::cli) shape: ShapeArgs,
    /// What happens in the cluster: the name of a scenario or its file; may be given several times
    #[arg(long = "scenario", value_name = "NAME|FILE")]
    pub(in crate::cli) scenarios: Vec<String>,
    /// Broker 1 listens on this port, broker 2 on the next; 0 takes free ones
    #[arg(long, value_name = "P", default_value_t = 9092)]
    pub(in crate::cli) port: u16,
    /// How many times faster than real time; 0 stands still
    #[arg(long, value_name = "N", default_value_t = 1.0, allow_negative_numbers = true, value_parser = speed)]
    pub(in crate::cli) speed: f64,
    /// Everything that looks random follows from this
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(in crate::cli) seed: u64,
    /// Where truth, faults, time and events are served over HTTP; nowhere when left out
    #[arg(long, value_name = "ADDR:PORT")]
    pub(in crate::cli) control: Option<SocketAddr>,
    #[command(flatten)]
    pub(in crate::cli) log: LogArgs,
}

/// How large the cluster is.
#[derive(Debug, Args)]
pub(in crate::cli) struct ShapeArgs {
    /// Brokers; more where a scenario needs more
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=BROKERS_MAX))]
    pub(in crate::cli) brokers: u16,
    /// Topics beside those of the scenarios [default: 20 when any of these is given]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=TOPICS_MAX))]
    pub(in crate::cli) topics: Option<u32>,
    /// Partitions of each of these topics [default: 50]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=PARTITIONS_MAX))]
    pub(in crate::cli) partitions: Option<u32>,
    /// Groups that read them [default: 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=GROUPS_MAX))]
    pub(in crate::cli) groups: Option<u32>,
    /// Members of each of these groups [default: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=MEMBERS_MAX))]
    pub(in crate::cli) members: Option<u32>,
    /// Partitions on which each of these groups commits [default: 50, or all if there are fewer]; beyond 10000 of all groups
    /// nobody may read `__consumer_offsets`
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=COMMITS_MAX))]
    pub(in crate::cli) commits: Option<u32>,
    /// Records per second of each of these topics [default: 100]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(in crate::cli) rate: Option<f64>,
}

const BROKERS_MAX: i64 = limits::BROKERS as i64;
#[expect(clippy::cast_possible_wrap, reason = "the bound is far below")]
const TOPICS_MAX: i64 = limits::TOPICS as i64;
const PARTITIONS_MAX: i64 = limits::PARTITIONS as i64;
#[expect(clippy::cast_possible_wrap, reason = "the bound is far below")]
const GROUPS_MAX: i64 = limits::GROUPS as i64;
const MEMBERS_MAX: i64 = limits::MEMBERS as i64;
/// A group commits on each partition once.
#[expect(clippy::cast_possible_wrap, reason = "the bound is far below")]
const COMMITS_MAX: i64 = limits::PARTITIONS_IN_ALL as i64;

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().ok().filter(|speed| (0.0..=SPEED_MAX).contains(speed));
    speed.ok_or_else(|| format!("expected a number from 0 to {SPEED_MAX}"))
}
