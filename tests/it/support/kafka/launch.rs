//! From nothing to the processes of a cluster that serve. It is NOT concerned with what happens to them later.
//! Invariant: a launch that fails has ended what it started.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::cluster::Spec;
use super::dist::Dist;
use super::guard::Home;
use super::jvm::{Role, java};
use super::node::Node;
use super::ports::ZOOKEEPER;
use super::probe;
use super::settings::{meta_properties, random_id, server_properties, zookeeper_properties};
use super::wire::Wire;
use crate::support::wait::PATIENCE;

/// How long to wait for one answer of a node that is starting.
const ONE_ANSWER: Duration = Duration::from_secs(2);

/// Why a launch came to nothing.
pub(crate) enum LaunchError {
    /// Another process was faster; elsewhere it will work.
    PortTaken,
    Failed(String),
}

/// What runs, and where.
pub(crate) struct Processes {
    // Fields drop in this order: processes end before their folder goes.
    pub(crate) nodes: BTreeMap<i32, Node>,
    zookeeper: Option<Node>,
    pub(crate) home: Home,
    pub(crate) dist: Dist,
    pub(crate) spec: Spec,
    /// Broker `i` serves clients at this port + `i`.
    pub(crate) base: u16,
    tools: AtomicU32,
}

impl Processes {
    pub(crate) async fn launch(dist: &Dist, spec: &Spec, base: u16) -> Result<Self, LaunchError> {
        let mut processes = Self {
            nodes: BTreeMap::new(),
            zookeeper: None,
            home: Home::create(),
            dist: dist.clone(),
            spec: spec.clone(),
            base,
            tools: AtomicU32::new(0),
        };
        processes.write_files().map_err(|error| LaunchError::Failed(format!("cannot write its files: {error}")))?;
        if spec.version.uses_zookeeper() {
            processes.spawn_zookeeper();
            processes.wait_for("zookeeper", async || Wire::connect(base + ZOOKEEPER).await.map(drop)).await?;
        }
        let ids: BTreeSet<i32> = (1..=i32::from(spec.brokers)).collect();
        for id in &ids {
            processes.spawn_broker(*id);
        }
        for port in (1..=spec.brokers).map(|id| base + id) {
            processes.wait_for("a broker", async || probe::serves(port, &ids).await).await?;
        }
        Ok(processes)
    }

    /// Starts the process of a broker whose files are there.
    pub(crate) fn spawn_broker(&mut self, id: i32) {
        assert!(!self.nodes.contains_key(&id), "broker {id} runs already");
        let name = id.to_string();
        let folder = self.home.node(&name);
        let mut command = java(&self.dist, self.home.path(), &name, Role::Server);
        command.arg("kafka.Kafka").arg(folder.join("server.properties"));
        self.nodes.insert(id, Node::spawn(command, folder));
    }

    /// A name no other process of this cluster has.
    pub(crate) fn unique_name(&self, kind: &str) -> String {
        format!("{kind}-{}", self.tools.fetch_add(1, Ordering::Relaxed))
    }

    fn spawn_zookeeper(&mut self) {
        let folder = self.home.node("zookeeper");
        let mut command = java(&self.dist, self.home.path(), "zookeeper", Role::Server);
        command.arg("org.apache.zookeeper.server.ZooKeeperServerMain").arg(folder.join("zookeeper.properties"));
        self.zookeeper = Some(Node::spawn(command, folder));
    }

    fn write_files(&self) -> std::io::Result<()> {
        if self.spec.version.uses_zookeeper() {
            let folder = self.home.node("zookeeper");
            std::fs::create_dir_all(folder.join("data"))?;
            std::fs::write(folder.join("zookeeper.properties"), zookeeper_properties(self.base, &folder))?;
        }
        let cluster_id = random_id();
        for id in 1..=self.spec.brokers {
            let folder = self.home.node(&id.to_string());
            std::fs::create_dir_all(folder.join("data"))?;
            std::fs::write(folder.join("server.properties"), server_properties(&self.spec, self.base, id, &folder))?;
            if !self.spec.version.uses_zookeeper() {
                self.format(&folder.join("data"), &cluster_id, id)?;
            }
        }
        Ok(())
    }

    /// Writes what Kafka's `StorageTool format` would, and saves a run of Java for each node.
    fn format(&self, data: &Path, cluster_id: &str, id: u16) -> std::io::Result<()> {
        std::fs::copy(self.dist.bootstrap_checkpoint(), data.join("bootstrap.checkpoint"))?;
        std::fs::write(data.join("meta.properties"), meta_properties(cluster_id, id))
    }

    /// Asks until the answer is good, or a process has ended, or patience has.
    async fn wait_for(&mut self, what: &str, ask: impl AsyncFn() -> std::io::Result<()>) -> Result<(), LaunchError> {
        let mut last = None;
        let asking = async {
            loop {
                // A port that another process holds may accept and never answer: not for it, but for the end of
                // the process that could not have it, this has to come back soon.
                match timeout(ONE_ANSWER, ask()).await.unwrap_or_else(|elapsed| Err(elapsed.into())) {
                    Ok(()) => return true,
                    Err(error) => last = Some(error),
                }
                // A broker that could not bind its port may take minutes to end, or never do.
                if self.all().any(|node| node.has_ended() || node.found_port_taken()) {
                    return false;
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        let outcome = timeout(PATIENCE, asking).await;
        if outcome == Ok(true) {
            return Ok(());
        }
        if self.all().any(|node| node.found_port_taken()) {
            return Err(LaunchError::PortTaken);
        }
        let complaints: Vec<String> = self.all().map(|node| node.complaints()).collect();
        let complaints = complaints.join("\n");
        let error = last.map_or("no answer".to_owned(), |error| error.to_string());
        Err(LaunchError::Failed(format!("{what} does not serve: {error}\n{complaints}")))
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Node> {
        self.zookeeper.iter_mut().chain(self.nodes.values_mut())
    }
}
