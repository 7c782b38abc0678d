//! Settings the pure rooms read: plain values that the configuration fills.
//!
//! Not where they are parsed or checked.
//! Invariant: each default is written here once, with its reason.

use std::collections::BTreeSet;
use std::time::Duration;

/// What analysis needs to know beyond the facts.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds {
    /// The commit interval assumed of a group until its own is seen; 5 s is the default of
    /// `auto.commit.interval.ms` in Kafka's and librdkafka's consumers.
    pub commit_interval_default: Duration,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { commit_interval_default: Duration::from_secs(5) }
    }
}

/// How much of a report is put into the exposition.
#[derive(Clone, Debug, PartialEq)]
pub struct RenderOptions {
    /// Adds the two `*_sum` gauges of `kafka_exporter`.
    pub kafka_exporter_sums: bool,
    /// Which partitions are shown one by one.
    pub partitions: PartitionDetail,
    /// Families that are off by default and asked for.
    pub included_families: BTreeSet<String>,
    /// Families that are not wanted.
    pub excluded_families: BTreeSet<String>,
    /// Above this many series detail is dropped, the finest first. Five million series are about
    /// 500 MB of text, more than any scrape should be.
    pub series_max: usize,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            kafka_exporter_sums: false,
            partitions: PartitionDetail::All,
            included_families: BTreeSet::new(),
            excluded_families: BTreeSet::new(),
            series_max: 5_000_000,
        }
    }
}

/// Which partitions get series of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PartitionDetail {
    /// All.
    #[default]
    All,
    /// Those on which a group has unread records, or may have.
    Lagging,
    /// None: topics and groups only.
    None,
}
