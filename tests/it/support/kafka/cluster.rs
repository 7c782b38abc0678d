//! A running Kafka cluster, and what can be done to its brokers. It is NOT how they are started (see `launch`), nor
//! what is asked of them.
//! Invariant: in one process one cluster is up at a time, and dropping it leaves nothing behind.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, Result};
use std::path::Path;
use std::sync::{Arc, LazyLock};

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::dist::Dist;
use super::launch::{LaunchError, Processes};
use super::ports::free_block;
use super::probe::{self, Placement};
use super::version::Version;
use crate::support::wait::eventually;

/// Two cores carry one cluster well, and several badly: the threads of the test runner take turns.
static ONE_AT_A_TIME: LazyLock<Arc<Mutex<()>>> = LazyLock::new(Arc::default);

/// Other processes choose ports too; one that takes ours in the same instant is rare, three in a row are not chance.
const ATTEMPTS: usize = 4;

/// What cluster to start.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) version: Version,
    /// Brokers have the ids 1 to this.
    pub(crate) brokers: u16,
    /// Lines for every `server.properties`, which win over ours. `{id}` stands for the broker, `{+20}`, `{+30}` and
    /// `{+40}` for free ports of its own.
    pub(crate) properties: Vec<String>,
}

impl Spec {
    pub(crate) fn new(version: Version, brokers: u16) -> Self {
        Self { version, brokers, properties: Vec::new() }
    }
}

/// A running cluster.
pub(crate) struct Cluster {
    // Fields drop in this order: the turn is given up when everything is gone.
    processes: Processes,
    _turn: OwnedMutexGuard<()>,
}

impl Cluster {
    /// Starts a cluster, and returns when every broker serves, knows all others and a group coordinator is found.
    ///
    /// # Panics
    /// When it does not come up, with what its logs say.
    pub(crate) async fn start(spec: Spec) -> Self {
        Self::start_at(spec, std::iter::repeat_with(free_block).take(ATTEMPTS)).await
    }

    /// As [`Self::start`], trying these bases for its ports one after the other.
    ///
    /// # Panics
    /// Likewise, and when a port was taken at every base.
    pub(crate) async fn start_at(spec: Spec, bases: impl Iterator<Item = u16>) -> Self {
        let turn = turn().await;
        let dist = Dist::prepare(spec.version).await;
        for base in bases {
            match Processes::launch(&dist, &spec, base).await {
                Ok(processes) => return Self { processes, _turn: turn },
                Err(LaunchError::PortTaken) => {}
                Err(LaunchError::Failed(why)) => panic!("Kafka {} did not start: {why}", spec.version.number()),
            }
        }
        panic!("Kafka {} found a port taken wherever it was started", spec.version.number());
    }

    /// All brokers for `bootstrap.servers`, those that are down too.
    pub(crate) fn bootstrap(&self) -> String {
        let brokers: Vec<_> = self.ids().map(|id| format!("127.0.0.1:{}", self.port(id))).collect();
        brokers.join(",")
    }

    /// Where a broker listens for clients, whether it runs or not.
    pub(crate) fn port(&self, id: i32) -> u16 {
        self.listener(id, 0)
    }

    /// The port that `{+offset}` in [`Spec::properties`] became for this broker.
    pub(crate) fn listener(&self, id: i32, offset: u16) -> u16 {
        self.processes.base + offset + u16::try_from(id).expect("a broker's id is small")
    }

    pub(crate) fn version(&self) -> Version {
        self.processes.spec.version
    }

    /// The folder of logs, data and process numbers, deleted at the end.
    pub(crate) fn folder(&self) -> &Path {
        self.processes.home.path()
    }

    /// Ids of all brokers, running or not.
    pub(crate) fn ids(&self) -> impl Iterator<Item = i32> + use<> {
        1..=i32::from(self.processes.spec.brokers)
    }

    /// Ids of the brokers that run and are not paused.
    pub(crate) fn answering(&self) -> BTreeSet<i32> {
        let running = self.processes.nodes.iter();
        running.filter(|(_, node)| !node.is_paused()).map(|(id, _)| *id).collect()
    }

    /// Ends a broker without warning; the others notice after three seconds.
    pub(crate) fn kill(&mut self, id: i32) {
        assert!(self.processes.nodes.remove(&id).is_some(), "broker {id} does not run");
    }

    /// Asks a broker to stop, which first hands over what it leads, and waits for its end.
    pub(crate) async fn terminate(&mut self, id: i32) {
        let node = self.processes.nodes.remove(&id).unwrap_or_else(|| panic!("broker {id} does not run"));
        node.terminate().await;
    }

    /// Makes a broker silent: its port accepts connections, and nothing is answered.
    pub(crate) fn pause(&mut self, id: i32) {
        self.processes.nodes.get_mut(&id).unwrap_or_else(|| panic!("broker {id} does not run")).pause();
    }

    /// Undoes [`Self::pause`].
    pub(crate) fn resume(&mut self, id: i32) {
        self.processes.nodes.get_mut(&id).unwrap_or_else(|| panic!("broker {id} does not run")).resume();
    }

    /// Starts a broker that was killed or terminated, with its data, and waits until it serves again.
    pub(crate) async fn start_broker(&mut self, id: i32) {
        self.start_brokers(&[id]).await;
    }

    /// As [`Self::start_broker`], several at once: none serves alone after most of them were down.
    pub(crate) async fn start_brokers(&mut self, ids: &[i32]) {
        for id in ids {
            self.keep_log(*id);
            self.processes.spawn_broker(*id);
        }
        for (id, port) in ids.iter().map(|id| (*id, self.port(*id))) {
            eventually("a broker to serve", || async move { probe::serves(port, &BTreeSet::from([id])).await }).await;
        }
    }

    /// Where the partitions of `topic` lie, according to the first broker that answers; empty for an unknown topic.
    pub(crate) async fn placements(&self, topic: &str) -> Result<BTreeMap<i32, Placement>> {
        let mut error = Error::other("no broker runs");
        for id in self.answering() {
            match probe::view(self.port(id), Some(topic)).await {
                Ok(view) => return Ok(view.partitions),
                Err(failure) => error = failure,
            }
        }
        Err(error)
    }

    /// The brokers that broker `id` takes for alive.
    pub(crate) async fn brokers_seen_by(&self, id: i32) -> Result<BTreeSet<i32>> {
        probe::view(self.port(id), None).await.map(|view| view.brokers)
    }

    pub(super) fn processes(&self) -> &Processes {
        &self.processes
    }
}

/// The right to run a cluster. For tests that start one in another process.
pub(crate) async fn turn() -> OwnedMutexGuard<()> {
    Arc::clone(&ONE_AT_A_TIME).lock_owned().await
}
