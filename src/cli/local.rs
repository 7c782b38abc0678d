//! A cluster that this command polls itself.
//!
//! Not a running exporter; that is asked in `remote`.
//! Invariant: data is left to standard output; progress and what could not be learned go to standard error.

use std::io::{IsTerminal, Write};
use std::sync::Arc;

use crate::app::{self, PolledOnce};
use crate::config::{ClusterConfig, Config};
use crate::model::{ClusterReport, RenderOptions};
use crate::render::printable;

use super::args::ConnectionArgs;
use super::fail::Failure;
use super::run;

/// What polling led to, and what it was done by.
pub(super) struct Polled {
    pub(super) report: Arc<ClusterReport>,
    /// Why the polls after that learned nothing, if there were any.
    pub(super) last_error: Option<String>,
    pub(super) cluster: ClusterConfig,
    pub(super) options: RenderOptions,
}

/// Polls the one cluster that the flags name.
pub(super) fn poll(connection: &ConnectionArgs, poll_count: u32) -> Result<Polled, Failure> {
    let config = run::read(connection, &connection.overrides(None))?;
    let cluster = only_cluster(&config)?;
    let shows_progress = poll_count > 1 && std::io::stderr().is_terminal();
    let told = |poll_number: u32| {
        if shows_progress {
            // Who closed the stream does not want to know.
            drop(writeln!(std::io::stderr(), "poll {poll_number} of {poll_count}"));
        }
    };
    let PolledOnce { report, last_error } =
        super::runtime()?.block_on(app::report_once(&config, cluster, poll_count, told))?;
    Ok(Polled { report, last_error, cluster: cluster.clone(), options: config.metrics.clone() })
}

/// The one cluster that the flags name, for those who ask it themselves.
pub(super) fn cluster(connection: &ConnectionArgs) -> Result<ClusterConfig, Failure> {
    let config = run::read(connection, &connection.overrides(None))?;
    only_cluster(&config).cloned()
}

fn only_cluster(config: &Config) -> Result<&ClusterConfig, Failure> {
    match config.clusters.as_slice() {
        [cluster] => Ok(cluster),
        clusters => {
            let names: Vec<&str> = clusters.iter().map(|cluster| cluster.name.as_str()).collect();
            Err(Failure::Usage(format!("which cluster? give --cluster with one of: {}", names.join(", "))))
        }
    }
}

/// What could not be learned goes to standard error, so that a table stays a table. The names in it
/// come from strangers.
pub(super) fn warn_of_problems(polled: &Polled) {
    let mut stderr = std::io::stderr().lock();
    for problem in &polled.report.snapshot.problems {
        drop(writeln!(stderr, "warning: {}", printable(&problem.detail)));
    }
    if let Some(error) = &polled.last_error {
        drop(writeln!(stderr, "warning: a later poll learned nothing: {}", printable(error)));
    }
}
