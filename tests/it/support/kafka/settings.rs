//! The text of `server.properties` and its neighbours. It is NOT what a production cluster should use: small buffers
//! and short timeouts, so that a test waits seconds where Kafka's defaults wait minutes.
//! Invariant: the properties a test asks for come last, so they win.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::Path;

use super::cluster::Spec;
use super::ports::{CONTROLLER, ZOOKEEPER};

/// `{replicas}` and `{in_sync}` follow the number of brokers.
const COMMON: &str = "\
auto.create.topics.enable=false
default.replication.factor={replicas}
min.insync.replicas={in_sync}
offsets.topic.num.partitions=10
offsets.topic.replication.factor={replicas}
transaction.state.log.num.partitions=3
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={in_sync}
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
replica.lag.time.max.ms=5000
replica.fetch.wait.max.ms=200
leader.imbalance.check.interval.seconds=5
num.network.threads=1
num.io.threads=2
background.threads=2
num.recovery.threads.per.data.dir=1
log.cleaner.dedupe.buffer.size=2097152
log.cleaner.io.buffer.size=65536
log.index.size.max.bytes=131072
log.initial.task.delay.ms=500
log.retention.check.interval.ms=1000
log.segment.delete.delay.ms=1000
";

const KRAFT: &str = "\
process.roles=broker,controller
node.id={id}
controller.quorum.voters={voters}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{client},CONTROLLER://127.0.0.1:{controller}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.quorum.election.timeout.ms=500
controller.quorum.election.backoff.max.ms=300
controller.quorum.fetch.timeout.ms=1500
broker.heartbeat.interval.ms=250
broker.session.timeout.ms=3000
group.coordinator.threads=1
share.coordinator.state.topic.num.partitions=3
share.coordinator.state.topic.replication.factor={replicas}
share.coordinator.state.topic.min.isr={in_sync}
group.share.min.record.lock.duration.ms=1000
group.share.record.lock.duration.ms=5000
group.streams.initial.rebalance.delay.ms=0
";

const WITH_ZOOKEEPER: &str = "\
broker.id={id}
zookeeper.connect=127.0.0.1:{zookeeper}
zookeeper.session.timeout.ms=3000
listeners=PLAINTEXT://127.0.0.1:{client}
";

/// The kinds of groups whose heartbeats the broker, not the client, decides on.
const SERVER_SIDE_GROUPS: [&str; 3] = ["consumer", "share", "streams"];

const SERVER_SIDE_GROUP: &str = "\
group.{kind}.min.session.timeout.ms=2000
group.{kind}.session.timeout.ms=6000
group.{kind}.min.heartbeat.interval.ms=200
group.{kind}.heartbeat.interval.ms=500
";

/// `server.properties` of broker `id`.
///
/// In the lines of a test, `{id}` is the node and `{+20}`, `{+30}`, `{+40}` are free ports of its own for more listeners.
pub(crate) fn server_properties(spec: &Spec, base: u16, id: u16, folder: &Path) -> String {
    let mut text =
        format!("log.dirs={}\ninter.broker.listener.name=PLAINTEXT\n{COMMON}", folder.join("data").display());
    if spec.version.uses_zookeeper() {
        text.push_str(WITH_ZOOKEEPER);
    } else {
        text.push_str(KRAFT);
        for kind in SERVER_SIDE_GROUPS {
            text.push_str(&SERVER_SIDE_GROUP.replace("{kind}", kind));
        }
    }
    if spec.version.number().starts_with("3.") {
        text.push_str("group.coordinator.rebalance.protocols=classic,consumer\n");
    }
    for line in &spec.properties {
        text.push_str(line);
        text.push('\n');
    }
    let voters: Vec<String> =
        (1..=spec.brokers).map(|voter| format!("{voter}@127.0.0.1:{}", base + CONTROLLER + voter)).collect();
    let in_sync = if spec.brokers < 3 { 1 } else { 2 };
    text.replace("{id}", &id.to_string())
        .replace("{voters}", &voters.join(","))
        .replace("{replicas}", &spec.brokers.min(3).to_string())
        .replace("{in_sync}", &in_sync.to_string())
        .replace("{client}", &(base + id).to_string())
        .replace("{controller}", &(base + CONTROLLER + id).to_string())
        .replace("{zookeeper}", &(base + ZOOKEEPER).to_string())
        .replace("{+20}", &(base + 20 + id).to_string())
        .replace("{+30}", &(base + 30 + id).to_string())
        .replace("{+40}", &(base + 40 + id).to_string())
}

/// The file by which a `KRaft` log directory counts as formatted.
pub(crate) fn meta_properties(cluster_id: &str, id: u16) -> String {
    format!("version=1\ncluster.id={cluster_id}\nnode.id={id}\ndirectory.id={}\n", random_id())
}

/// The settings of a lone `ZooKeeper`.
pub(crate) fn zookeeper_properties(base: u16, folder: &Path) -> String {
    format!(
        "dataDir={}\nclientPortAddress=127.0.0.1\nclientPort={}\nadmin.enableServer=false\ntickTime=1000\n",
        folder.join("data").display(),
        base + ZOOKEEPER
    )
}

/// An id as Kafka writes them: 16 random bytes in base64. The last letter stands for two bits only.
pub(crate) fn random_id() -> String {
    let letters = std::iter::repeat_with(|| RandomState::new().build_hasher().finish());
    let mut id: String =
        letters.take(21).map(|random| char::from(b'a' + u8::try_from(random % 26).expect("a letter"))).collect();
    id.push('Q');
    id
}
