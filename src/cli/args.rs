//! The words of the command line.
//!
//! Not what they do.
//! Invariant: every flag has a help text, and flags that speak for a key bear its name.

mod dashboards;
#[cfg(test)]
mod documented;
mod explain;
mod hot;
mod simulate;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Overrides;
use crate::simulator::SPEED_MAX;
use crate::telemetry::log::{self, LogFormat, LogLevel};

use super::fail::Failure;

pub(super) use dashboards::{DashboardsArgs, DashboardsCommand, ExportArgs, PushArgs};
pub(super) use explain::{ExplainArgs, ExplainOutput};
pub(super) use hot::{HotArgs, HotOutput};
pub(super) use simulate::{ShapeArgs, SimulateArgs};

/// Watches Kafka clusters and tells which consumers are in trouble, why, and for how long they still have.
#[derive(Debug, Parser)]
#[command(name = "highwater", version, max_term_width = 100, args_conflicts_with_subcommands = true)]
#[command(after_help = "Without a command, `run` is meant.")]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) run: RunArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the exporter
    Run(RunArgs),
    /// Run the whole product on a simulated cluster, to look at
    Demo(DemoArgs),
    /// Run a simulated cluster that speaks the Kafka protocol, to try clients and exporters against
    Simulate(SimulateArgs),
    /// Show the lag of all groups, worst first, and end
    Lag(LagArgs),
    /// Say in sentences why a group's series are what they are, or are not there, and end
    Explain(ExplainArgs),
    /// Read a partition's newest records, show the keys that most of them have, and end
    Hot(HotArgs),
    /// Put the dashboards into a Grafana, or into a folder, and end
    Dashboards(DashboardsArgs),
    /// Print every mistake of a configuration file, and end
    CheckConfig(CheckConfigArgs),
    /// List the metric families
    Metrics(MetricsArgs),
    /// Ask a running exporter whether it lives; for images without a shell
    Healthcheck(HealthcheckArgs),
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) connection: ConnectionArgs,
    /// Where to listen, instead of the file's `listen` [default: 0.0.0.0:10308]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(super) listen: Option<String>,
    #[command(flatten)]
    pub(super) log: LogArgs,
}

/// Which cluster, and how to reach it.
#[derive(Debug, Args)]
pub(super) struct ConnectionArgs {
    /// Brokers of one plaintext cluster, which is then called `default`; no file is read
    #[arg(long, value_name = "HOST:PORT[,…]", conflicts_with = "config")]
    pub(super) bootstrap: Option<String>,
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Of several clusters only this one
    #[arg(long, value_name = "NAME")]
    pub(super) cluster: Option<String>,
    /// A Kafka client property; may be given several times
    #[arg(long = "property", value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub(super) properties: Vec<(String, String)>,
    /// Time from one poll to the next, instead of the file's `poll.interval` [default: 15s]
    #[arg(long = "poll.interval", value_name = "DURATION")]
    pub(super) poll_interval: Option<String>,
}

impl ConnectionArgs {
    /// What these flags say over the file.
    pub(super) fn overrides(&self, listen: Option<&String>) -> Overrides {
        Overrides {
            listen: listen.cloned(),
            poll_interval: self.poll_interval.clone(),
            cluster: self.cluster.clone(),
            properties: self.properties.clone(),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct LogArgs {
    /// error, warn, info, debug, trace, or `target=level,…`
    #[arg(long = "log.level", value_name = "LEVEL", default_value = "info")]
    pub(super) level: LogLevel,
    /// logfmt or json
    #[arg(long = "log.format", value_name = "FORMAT", default_value = "logfmt")]
    pub(super) format: LogFormat,
}

impl LogArgs {
    /// Sends log events where and as the flags say.
    pub(super) fn set_up(&self) -> Result<(), Failure> {
        log::init(&self.level, self.format).map_err(|error| Failure::Usage(error.to_string()))
    }
}

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Tell only this story, built in or from a file; may be given several times [default: all]
    #[arg(long = "scenario", value_name = "NAME|FILE")]
    pub(super) scenarios: Vec<String>,
    /// How many times faster than real time
    #[arg(long, value_name = "N", default_value_t = 30.0, value_parser = speed)]
    pub(super) speed: f64,
    /// What everything that looks random follows from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Where the exporter listens
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:10308")]
    pub(super) listen: SocketAddr,
    /// Tell this Alertmanager when something is wrong; may be given several times
    #[arg(long = "alertmanager", value_name = "URL")]
    pub(super) alertmanagers: Vec<String>,
    /// Tell this webhook when something is wrong; may be given several times
    #[arg(long = "webhook", value_name = "URL")]
    pub(super) webhooks: Vec<String>,
    #[command(flatten)]
    pub(super) log: LogArgs,
}

/// Who is asked: Kafka, or an exporter that runs. For commands that have `polls`.
#[derive(Debug, Args)]
pub(super) struct SourceArgs {
    #[command(flatten)]
    pub(super) connection: ConnectionArgs,
    /// Ask this running exporter instead of Kafka
    #[arg(long, value_name = "URL", conflicts_with_all = ["bootstrap", "config", "polls"])]
    pub(super) url: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct LagArgs {
    #[command(flatten)]
    pub(super) source: SourceArgs,
    /// Only this group
    #[arg(long, value_name = "NAME")]
    pub(super) group: Option<String>,
    /// Only this topic
    #[arg(long, value_name = "NAME")]
    pub(super) topic: Option<String>,
    /// How often to poll, an interval apart, before showing the last result
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) polls: u32,
    /// In which form
    #[arg(long, value_enum, default_value_t = LagOutput::Table)]
    pub(super) output: LagOutput,
    #[command(flatten)]
    pub(super) log: LogArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum LagOutput {
    Table,
    Json,
}

#[derive(Debug, Args)]
pub(super) struct CheckConfigArgs {
    /// The configuration file
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct MetricsArgs {
    /// In which form
    #[arg(long, value_enum, default_value_t = MetricsOutput::Table)]
    pub(super) output: MetricsOutput,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum MetricsOutput {
    Table,
    Markdown,
    Json,
}

#[derive(Debug, Args)]
pub(super) struct HealthcheckArgs {
    /// The exporter's address
    #[arg(value_name = "URL", default_value = "http://127.0.0.1:10308")]
    pub(super) url: String,
}

/// How many times faster than real time a simulated cluster may go.
fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed > 0.0 && speed <= SPEED_MAX => Ok(speed),
        _ => Err(format!("expected a number above 0 and at most {SPEED_MAX}")),
    }
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}
