//! A cluster's settings in librdkafka's words.
//!
//! Not their meaning: what a cluster may be configured to is decided where the configuration is read.
//! Invariant: no client made from these joins a group, stores an offset, creates a topic or sends metrics of its own. Those
//! that read ask for the coordinator of a group, for which brokers create `__consumer_offsets` where it never was.

use rdkafka::ClientConfig;

use crate::config::ClusterConfig;

/// For a client that only asks what there is. It has no group, so it looks for no coordinator either: that would make
/// brokers create `__consumer_offsets`.
pub(super) fn asking(cluster: &ClusterConfig) -> ClientConfig {
    let bootstrap: Vec<String> = cluster.bootstrap.iter().map(ToString::to_string).collect();
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", bootstrap.join(","))
        .set("client.id", &cluster.client_id)
        .set("allow.auto.create.topics", "false")
        .set("enable.metrics.push", "false")
        // The cluster's poll says so when brokers are gone.
        .set("log.connection.close", "false");
    config
}

/// For a client that reads partitions it gives itself. librdkafka refuses that without a group; this one is never joined.
///
/// It reads what is not committed: what is said of groups is in no transaction, but one that stays open would hold it up.
/// Offsets that are committed in a transaction that is aborted are read too; they tell when, never how far.
pub(super) fn reading(cluster: &ClusterConfig) -> ClientConfig {
    let mut config = asking(cluster);
    config
        .set("group.id", format!("{}-follower", cluster.client_id))
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("isolation.level", "read_uncommitted")
        .set("check.crcs", "true")
        // To go on somewhere else in silence would be a gap that nobody knows of.
        .set("auto.offset.reset", "error")
        .set("statistics.interval.ms", STATISTICS_INTERVAL_MS.to_string())
        // Fetches wait for half a second; a broker that is silent for longer is out of reach.
        .set("socket.timeout.ms", "10000")
        // What may wait in memory to be looked at; nothing does for long.
        .set("queued.max.messages.kbytes", "8192")
        // A backlog is read as fast as it can be: what waits is bounded in bytes, and when that is too much, not for a second.
        .set("queued.min.messages", "100000")
        .set("fetch.queue.backoff.ms", "10")
        // A broker would answer each commit of any group with a fetch of its own; so it gathers them for half a second at most.
        .set("fetch.min.bytes", FETCH_MIN_BYTES.to_string())
        .set("fetch.wait.max.ms", "500")
        // The first end that is told says that the topic may be read.
        .set("enable.partition.eof", "true");
    config
}

/// For a client that looks at a partition's newest records, as its readers see them, and ends. Nobody listens to statistics.
pub(super) fn sampling(cluster: &ClusterConfig) -> ClientConfig {
    let mut config = reading(cluster);
    config
        .set("group.id", format!("{}-sampler", cluster.client_id))
        .set("isolation.level", "read_committed")
        .set("statistics.interval.ms", "0")
        // A fetch at the end would hold up what is asked next.
        .set("fetch.min.bytes", "1")
        .set("fetch.wait.max.ms", "50");
    config
}

/// Some 1,500 commits: what comes faster than that in half a second is not held up.
const FETCH_MIN_BYTES: u32 = 256 << 10;

/// How often librdkafka tells how far it is.
const STATISTICS_INTERVAL_MS: u32 = 5_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Overrides};

    #[test]
    fn librdkafka_takes_all_of_them_and_nothing_is_committed() {
        let config = Config::from_flags("kafka-1:9092,[::1]:9093", &Overrides::default()).expect("two brokers");
        let reading = reading(&config.clusters[0]);
        assert_eq!(reading.get("bootstrap.servers"), Some("kafka-1:9092,[::1]:9093"));
        assert_eq!(reading.get("client.id"), Some("highwater"));
        let sampling = sampling(&config.clusters[0]);
        for (settings, isolation) in [(&reading, "read_uncommitted"), (&sampling, "read_committed")] {
            let native = settings.create_native_config().expect("every name and value is known");
            for (name, value) in [
                ("enable.auto.commit", "false"),
                ("enable.auto.offset.store", "false"),
                ("enable.metrics.push", "false"),
                ("isolation.level", isolation),
            ] {
                assert_eq!(native.get(name).expect("it is known"), value, "{name}");
            }
        }
        // Nothing that is looked at waits for more to come; what is followed does, and for no longer than before.
        assert_eq!([&reading, &sampling].map(|settings| settings.get("fetch.min.bytes")), [Some("262144"), Some("1")]);
        assert_eq!([&reading, &sampling].map(|settings| settings.get("fetch.wait.max.ms")), [Some("500"), Some("50")]);
        assert_eq!(asking(&config.clusters[0]).get("group.id"), None);
    }
}
