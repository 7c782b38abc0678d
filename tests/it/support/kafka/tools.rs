//! Kafka's own command-line classes, run against a cluster. It is NOT a list of them: any class can be named.
//! Invariant: a tool that hangs is ended.

use std::process::Stdio;

use super::cluster::Cluster;
use super::jvm::{Role, java};
use super::version::Version;
use crate::support::wait::PATIENCE;

impl Cluster {
    /// Runs a tool, named by its class with or without the package, and gives what it printed.
    /// `--bootstrap-server` is added.
    ///
    /// # Errors
    /// With the first lines it printed, when it fails or does not end.
    pub(crate) async fn tool(&self, class: &str, arguments: &[&str]) -> Result<String, String> {
        let processes = self.processes();
        let name = processes.unique_name("tool");
        let mut command = java(&processes.dist, self.folder(), &name, Role::Tool);
        let old_shell = self.version() == Version::Kafka2_8 && class == "GetOffsetShell";
        let brokers = if old_shell { "--broker-list" } else { "--bootstrap-server" };
        command.arg(full_name(self.version(), class)).args([brokers, &self.bootstrap()]).args(arguments);
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
}

/// Kafka moved its tools from one package to another over the years.
pub(crate) fn full_name(version: Version, class: &str) -> String {
    if class.contains('.') {
        return class.to_owned();
    }
    let package = match (version, class) {
        (Version::Kafka2_8, "GetOffsetShell") => "kafka.tools",
        (Version::Kafka2_8, _) | (_, "ConfigCommand") => "kafka.admin",
        (_, "ConsumerGroupCommand" | "ShareGroupCommand") => "org.apache.kafka.tools.consumer.group",
        (_, "ConsoleConsumer" | "ConsoleShareConsumer") => "org.apache.kafka.tools.consumer",
        (_, "ReassignPartitionsCommand") => "org.apache.kafka.tools.reassign",
        _ => "org.apache.kafka.tools",
    };
    format!("{package}.{class}")
}
