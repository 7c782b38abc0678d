//! What a configuration means once its mistakes are ruled out.
//!
//! Not the written form, which has strings where this has durations, addresses and filters.
//! Invariant: every value here is within its bounds.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

use crate::model::{ClusterName, Filters, RenderOptions, Thresholds, Verdict};

use super::filter::NameFilter;
use super::secret::Secret;

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
    /// Who is told when something is wrong.
    pub notify: NotifySettings,
}

/// Who is told when something is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotifySettings {
    /// Everybody, each address once per kind.
    pub receivers: Vec<ReceiverSettings>,
}

/// What is spoken to a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReceiverKind {
    /// Alertmanager's API v2.
    Alertmanager,
    /// The document that webhooks of Alertmanager get.
    Webhook,
}

impl ReceiverKind {
    /// The label value.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Alertmanager => "alertmanager",
            Self::Webhook => "webhook",
        }
    }

    /// How often what lasts is told again: what Prometheus does, and Alertmanager.
    pub(super) const fn repeat_default(self) -> Duration {
        match self {
            Self::Alertmanager => Duration::from_mins(1),
            Self::Webhook => Duration::from_hours(4),
        }
    }

    /// How far apart messages are: Alertmanager groups by itself, and whoever reads a webhook does not.
    pub(super) const fn pace_default(self) -> Duration {
        match self {
            Self::Alertmanager => Duration::ZERO,
            Self::Webhook => Duration::from_mins(1),
        }
    }
}

/// One receiver.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceiverSettings {
    /// What it understands.
    pub kind: ReceiverKind,
    /// Its address: `http`, without user and password. The path may be a secret.
    pub url: Url,
    /// What one message may take, with its answer.
    pub timeout: Duration,
    /// How often what lasts is told again.
    pub repeat: Duration,
    /// After a message that was taken the next waits so long, whatever changes.
    pub pace: Duration,
    /// What stands before the name of a runbook in `runbook_url`.
    pub runbooks: String,
    /// How we say who we are.
    pub authorization: Option<Authorization>,
}

impl ReceiverSettings {
    /// `host:port`, for logs and labels.
    #[must_use]
    pub fn host(&self) -> String {
        let port = self.url.port_or_known_default().unwrap_or_default();
        format!("{}:{port}", self.url.host_str().unwrap_or_default())
    }
}

impl std::fmt::Debug for ReceiverSettings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ReceiverSettings")
            .field("kind", &self.kind)
            .field("host", &self.host())
            .field("timeout", &self.timeout)
            .field("repeat", &self.repeat)
            .field("pace", &self.pace)
            .field("runbooks", &self.runbooks)
            .field("authorization", &self.authorization)
            .finish_non_exhaustive()
    }
}

/// How we say who we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// By name and password.
    Basic {
        /// The name.
        username: String,
        /// The password.
        password: Secret,
    },
    /// By the token in this file, which is read before each message: tokens are replaced.
    BearerFile(PathBuf),
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
    /// How many brokers it has while all are well, if that was written.
    pub expected_brokers: Option<usize>,
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
