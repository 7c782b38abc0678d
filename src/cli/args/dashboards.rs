//! The words of `highwater dashboards`.
//!
//! Not what they do.
//! Invariant: every flag has a help text, and no flag takes a secret, which others would see among the processes.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(in crate::cli) struct DashboardsArgs {
    #[command(subcommand)]
    pub(in crate::cli) command: DashboardsCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum DashboardsCommand {
    /// Put the dashboards into a Grafana, over older ones of the same kind
    Push(PushArgs),
    /// Write the dashboards as files, to be imported or provisioned
    Export(ExportArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "The token is that of a service account with the role Editor. It is read from --token-file, or from \
                        the variable GRAFANA_TOKEN; a Grafana where anybody may do anything needs none."
)]
pub(in crate::cli) struct PushArgs {
    /// The address of Grafana, with the path it is served under
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) grafana: String,
    /// The file with the token of a service account
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) token_file: Option<PathBuf>,
    /// Put them into the folder with this title, which is made if need be [default: no folder]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) folder: Option<String>,
    /// Wait for each answer for at most so long, up to 10m
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = timeout)]
    pub(in crate::cli) timeout: Duration,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArgs {
    /// The folder to write to, which is made if need be
    #[arg(value_name = "DIR")]
    pub(in crate::cli) folder: PathBuf,
}

fn timeout(text: &str) -> Result<Duration, String> {
    let bounds = Duration::from_millis(100)..=Duration::from_mins(10);
    let duration = humantime::parse_duration(text).ok().filter(|duration| bounds.contains(duration));
    duration.ok_or_else(|| "expected a duration from 100ms to 10m".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_have_an_end() {
        assert_eq!(timeout("10s"), Ok(Duration::from_secs(10)));
        for wrong in ["0s", "11m", "", "5"] {
            assert!(timeout(wrong).is_err(), "{wrong}");
        }
    }
}
