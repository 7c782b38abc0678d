//! The command line: what was asked for, done, and how that ended as an exit code.
//!
//! Data goes to standard output, everything else to standard error.
//! Invariant: 0 is a clean end, 1 a failure at run time, 2 wrong usage, 78 a bad configuration.

mod args;
mod catalogue;
mod check_config;
mod dashboards;
mod demo;
mod explain;
mod fail;
mod healthcheck;
mod hot;
mod lag;
mod local;
mod output;
mod progress;
mod remote;
mod run;
mod simulate;
mod url;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use fail::Failure;

/// Does what the command line says.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return fail::usage(&error),
    };
    let done = match cli.command {
        None => run::run(&cli.run),
        Some(Command::Run(args)) => run::run(&args),
        Some(Command::Demo(args)) => demo::demo(&args),
        Some(Command::Simulate(args)) => simulate::simulate(&args),
        Some(Command::Lag(args)) => lag::lag(&args),
        Some(Command::Explain(args)) => explain::explain(&args),
        Some(Command::Hot(args)) => hot::hot(&args),
        Some(Command::Dashboards(args)) => dashboards::dashboards(&args),
        Some(Command::CheckConfig(args)) => check_config::check_config(&args),
        Some(Command::Metrics(args)) => catalogue::catalogue(&args),
        Some(Command::Healthcheck(args)) => healthcheck::healthcheck(&args),
    };
    done.map_or_else(Failure::exit, |()| ExitCode::SUCCESS)
}

/// A runtime for commands that talk to somebody.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Runtime(anyhow::Error::new(error).context("cannot start the runtime")))
}
