//! `highwater lag`: the lag of all groups in one go, from Kafka itself or from a running exporter.
//!
//! Not a consumer: it reads what everybody committed and commits nothing.
//! Invariant: both sources give the same output for the same facts.

mod remote;

use std::io::Write;
use std::sync::Arc;

use crate::app;
use crate::config::{ClusterConfig, Config};
use crate::model::ClusterReport;
use crate::render::json::{Group, GroupFilter, List, groups};
use crate::render::{lag_table, printable};

use super::args::{LagArgs, LagOutput};
use super::fail::Failure;
use super::{output, run};

pub(super) fn lag(args: &LagArgs) -> Result<(), Failure> {
    args.log.set_up()?;
    if let Some(url) = &args.url {
        let found = super::runtime()?.block_on(remote::groups(url, args))?;
        return show(args, found);
    }
    let config = run::read(&args.connection, &args.connection.overrides(None))?;
    let cluster = only_cluster(&config)?;
    let report = super::runtime()?.block_on(app::report_once(&config, cluster, args.polls))?;
    warn_of_problems(&report);
    let filter = GroupFilter { group: args.group.as_deref(), topic: args.topic.as_deref() };
    show(args, groups(&report, filter).collect())
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

fn show(args: &LagArgs, found: Vec<Group<'_>>) -> Result<(), Failure> {
    if let Some(group) = args.group.as_ref().filter(|_| found.is_empty()) {
        return Err(Failure::Runtime(anyhow::anyhow!("there is no group `{group}` that passes the filters")));
    }
    output::print(|out| match args.output {
        LagOutput::Table => lag_table(&found, out),
        LagOutput::Json => {
            let total = found.len();
            serde_json::to_writer_pretty(&mut *out, &List { items: found, next: None, total })?;
            writeln!(out)
        }
    })
}

/// What could not be learned goes to standard error, so that the table stays a table. The names in it
/// come from strangers.
fn warn_of_problems(report: &Arc<ClusterReport>) {
    let mut stderr = std::io::stderr().lock();
    for problem in &report.snapshot.problems {
        drop(writeln!(stderr, "warning: {}", printable(&problem.detail)));
    }
}
