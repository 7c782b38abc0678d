//! Consumers by Kafka's own console programs, for what librdkafka cannot do: share groups (KIP-932), and groups of
//! KIP-848 on Kafka 3.9, whose first version of the protocol it does not speak. It is NOT able to pause or seek.
//! Invariant: it ends with its handle, and then vanishes from its group without leaving it.

use std::path::PathBuf;

use super::cluster::Cluster;
use super::jvm::{Role, java};
use super::node::Node;
use super::tools::full_name;
use crate::support::wait::eventually;

/// A running consumer in Java.
pub(crate) struct Console {
    process: Node,
    folder: PathBuf,
}

impl Console {
    /// Reads `topic` from its beginning as a member of the share group `group`; leaves after `stop_after` records.
    ///
    /// # Panics
    /// When Kafka has no share groups.
    pub(crate) async fn share(cluster: &Cluster, group: &str, topic: &str, stop_after: Option<u64>) -> Self {
        // A share group starts at the end of a topic unless told otherwise, and a consumer has no say in it.
        let earliest = ["--add-config", "share.auto.offset.reset=earliest"];
        let earliest = [&["--alter", "--entity-type", "groups", "--entity-name", group], &earliest[..]].concat();
        cluster.tool("ConfigCommand", &earliest).await.expect("the share group starts at the beginning");
        Self::start(cluster, "ConsoleShareConsumer", &["--group", group, "--topic", topic], stop_after)
    }

    /// Reads `topic` from its beginning as a member of `group`, whose assignments the broker makes (KIP-848), and
    /// commits five times a second; leaves after `stop_after` records.
    pub(crate) fn consumer(cluster: &Cluster, group: &str, topic: &str, stop_after: Option<u64>) -> Self {
        let mut options = vec!["--group", group, "--topic", topic, "--from-beginning"];
        for property in ["group.protocol=consumer", "auto.commit.interval.ms=200"] {
            options.extend(["--consumer-property", property]);
        }
        Self::start(cluster, "ConsoleConsumer", &options, stop_after)
    }

    fn start(cluster: &Cluster, class: &str, options: &[&str], stop_after: Option<u64>) -> Self {
        let processes = cluster.processes();
        let name = processes.unique_name("console");
        let folder = processes.home.node(&name);
        std::fs::create_dir(&folder).expect("a folder for a console consumer");
        let mut command = java(&processes.dist, cluster.folder(), &name, Role::Tool);
        command
            .arg(full_name(cluster.version(), class))
            .args(["--bootstrap-server", &cluster.bootstrap()])
            .args(options);
        if let Some(records) = stop_after {
            command.args(["--max-messages", &records.to_string()]);
        }
        Self { process: Node::spawn(command, folder.clone()), folder }
    }

    /// Waits until it has read this many of the records that [`Cluster::produce`] writes.
    ///
    /// # Panics
    /// When it does not.
    pub(crate) async fn until_read(&mut self, records: usize) {
        eventually("a console consumer to read", || async {
            let printed = std::fs::read_to_string(self.folder.join("stdout.log")).unwrap_or_default();
            let read = printed.lines().filter(|line| line.starts_with("record ")).count();
            if read >= records { Ok(()) } else { Err(format!("{read} of {records} records: {printed}")) }
        })
        .await;
    }

    /// Waits until it has left, having read all it was to read.
    ///
    /// # Panics
    /// When it stays.
    pub(crate) async fn until_ended(&mut self) {
        eventually("a console consumer to end", || {
            let ended = self.process.has_ended();
            async move { if ended { Ok(()) } else { Err("it still runs") } }
        })
        .await;
    }
}
