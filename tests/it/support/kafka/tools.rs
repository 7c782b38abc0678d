//! Kafka's own command-line classes, run against a cluster. It is NOT a list of them: any class can be named.
//! Invariant: a tool that hangs is ended.

use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::OwnedMutexGuard;

use super::cluster::{Cluster, turn};
use super::dist::Dist;
use super::guard::Home;
use super::jvm::{Role, java};
use super::version::Version;
use crate::support::wait::PATIENCE;

/// Kafka's tools for brokers that somebody else runs, simulated ones for example.
pub(crate) struct Tools {
    version: Version,
    dist: Dist,
    bootstrap: String,
    runs: AtomicU32,
    home: Home,
    // Dropped last: while they run, nobody starts a real cluster.
    _turn: OwnedMutexGuard<()>,
}

impl Tools {
    /// The tools of a version, for the brokers behind these addresses.
    ///
    /// # Panics
    /// When that version cannot be had.
    pub(crate) async fn new(version: Version, bootstrap: &str) -> Self {
        let turn = turn().await;
        let dist = Dist::prepare(version).await;
        let bootstrap = bootstrap.to_owned();
        Self { version, dist, bootstrap, runs: AtomicU32::new(0), home: Home::create(), _turn: turn }
    }

    /// As [`Cluster::tool`].
    ///
    /// # Errors
    /// Likewise.
    pub(crate) async fn run(&self, class: &str, arguments: &[&str]) -> Result<String, String> {
        let name = format!("tool-{}", self.runs.fetch_add(1, Ordering::Relaxed));
        let place = Place { version: self.version, dist: &self.dist, home: self.home.path(), name: &name };
        run(&place, &self.bootstrap, class, arguments).await
    }
}

impl Cluster {
    /// Runs a tool, named by its class with or without the package, and gives what it printed.
    /// `--bootstrap-server` is added.
    ///
    /// # Errors
    /// With the first lines it printed, when it fails or does not end.
    pub(crate) async fn tool(&self, class: &str, arguments: &[&str]) -> Result<String, String> {
        let processes = self.processes();
        let name = processes.unique_name("tool");
        let place = Place { version: self.version(), dist: &processes.dist, home: self.folder(), name: &name };
        run(&place, &self.bootstrap(), class, arguments).await
    }
}

/// Whose tools, and where the guard finds them.
struct Place<'a> {
    version: Version,
    dist: &'a Dist,
    home: &'a Path,
    name: &'a str,
}

async fn run(place: &Place<'_>, bootstrap: &str, class: &str, arguments: &[&str]) -> Result<String, String> {
    let mut command = java(place.dist, place.home, place.name, Role::Tool);
    let old_shell = place.version == Version::Kafka2_8 && class == "GetOffsetShell";
    let brokers = if old_shell { "--broker-list" } else { "--bootstrap-server" };
    command.arg(full_name(place.version, class));
    // Where there are subcommands, some want it before their name, and this one after.
    match class {
        "ClusterTool" => command.args(arguments).args([brokers, bootstrap]),
        // Reads files, and asks nobody.
        "DumpLogSegments" => command.args(arguments),
        _ => command.args([brokers, bootstrap]).args(arguments),
    };
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let run = tokio::process::Command::from(command).kill_on_drop(true).output();
    let output = tokio::time::timeout(PATIENCE, run).await.map_err(|_| format!("{class} does not end"))?;
    let output = output.map_err(|error| format!("{class} cannot be run: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    // Some tools report a failure and then exit as if all were well.
    if output.status.success() && !printed.trim_start().starts_with("Error: ") {
        return Ok(printed);
    }
    let complaint = format!("{printed}{}", String::from_utf8_lossy(&output.stderr));
    // What follows is the list of all options, or a stack trace.
    let complaint: Vec<&str> = complaint.trim_start().lines().take(5).collect();
    Err(format!("{class} failed: {}", complaint.join("\n")))
}

/// Kafka moved its tools from one package to another over the years.
pub(crate) fn full_name(version: Version, class: &str) -> String {
    if class.contains('.') {
        return class.to_owned();
    }
    let package = match (version, class) {
        (Version::Kafka2_8, "GetOffsetShell" | "ConsoleConsumer") => "kafka.tools",
        (Version::Kafka2_8, _) | (_, "ConfigCommand") => "kafka.admin",
        (_, "ConsumerGroupCommand" | "ShareGroupCommand") => "org.apache.kafka.tools.consumer.group",
        (_, "ConsoleConsumer" | "ConsoleShareConsumer") => "org.apache.kafka.tools.consumer",
        (_, "ReassignPartitionsCommand") => "org.apache.kafka.tools.reassign",
        _ => "org.apache.kafka.tools",
    };
    format!("{package}.{class}")
}
