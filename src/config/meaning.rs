//! What a configuration means once its mistakes are ruled out.
//!
//! Not the written form, which has strings where this has durations, addresses and filters.
//! Invariant: every value here is within its bounds.

use std::net::SocketAddr;
use std::time::Duration;

use crate::model::{ClusterName, Filters, RenderOptions, Thresholds, Verdict};

use super::filter::NameFilter;

/// The whole configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where the exporter listens.
    pub listen: SocketAddr,
    /// How clusters are polled.
    pub poll: PollSettings,
    /// The clusters, at least one, each name once.
    pub clusters: Vec<ClusterConfig>,
    /// What analysis goes by.
    pub analysis: Thresholds,
    /// What the exposition holds.
    pub metrics: RenderOptions,
}

/// The rhythm and the bounds of polling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollSettings {
    /// From the start of one poll to the start of the next.
    pub interval: Duration,
    /// What a whole poll may take.
    pub timeout: Duration,
    /// What one answer may take.
    pub request_timeout: Duration,
    /// After how long without a successful poll the last numbers are no longer shown.
    pub stale_after: Duration,
    /// Groups per describe and per offset request.
    pub groups_per_request: usize,
    /// The largest answer that is read, in bytes.
    pub frame_bytes_max: usize,
}

impl Default for PollSettings {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(15),
            timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(5),
            stale_after: Duration::from_mins(1),
            groups_per_request: 100,
            frame_bytes_max: 100 << 20,
        }
    }
}

/// One cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterConfig {
    /// Its name, label `cluster_name`.
    pub name: ClusterName,
    /// Where to find it at first: `bootstrap.servers`.
    pub bootstrap: Vec<BrokerAddress>,
    /// Our `client.id`, shown in the brokers' logs and quotas.
    pub client_id: String,
    /// Which groups are watched.
    pub groups: NameFilter,
    /// Which topics are watched.
    pub topics: NameFilter,
    /// Whether `__consumer_offsets` is followed.
    pub offsets_topic: OffsetsTopic,
}

/// Whether `__consumer_offsets` is followed; what is wanted, not whether it can be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OffsetsTopic {
    /// Where it may be read, and without complaints where it may not.
    #[default]
    Auto,
    /// It has to be, and is complained about where it cannot.
    On,
    /// Never.
    Off,
}

impl Filters for ClusterConfig {
    fn group(&self, name: &str) -> Verdict {
        self.groups.verdict(name)
    }

    fn topic(&self, name: &str) -> Verdict {
        self.topics.verdict(name)
    }
}

/// A host and port to connect to; the host may be a name or an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BrokerAddress {
    /// Name or address, without the brackets of IPv6.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl std::fmt::Display for BrokerAddress {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(formatter, "[{}]:{}", self.host, self.port)
        } else {
            write!(formatter, "{}:{}", self.host, self.port)
        }
    }
}
