//! Settings the pure rooms read: plain values that the configuration fills.
//!
//! Not where they are parsed or checked.
//! Invariant: each default is written here once, with its reason.

use std::collections::BTreeSet;
use std::time::Duration;

use super::objective::Objectives;

/// What analysis needs to know beyond the facts.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds {
    /// The commit interval assumed of a group until its own is seen; 5 s is the default of
    /// `auto.commit.interval.ms` in Kafka's and librdkafka's consumers.
    pub commit_interval_default: Duration,
    /// The time over which rates, trends and statuses are judged. Ten minutes hold forty polls at the default interval,
    /// more than the ten a trend wants, and are shorter than most alerts wait.
    pub window: Duration,
    /// For lag in time.
    pub time_lag: TimeLagThresholds,
    /// For the status.
    pub status: StatusThresholds,
    /// For the members that are needed.
    pub capacity: CapacityThresholds,
    /// For storms of rebalances.
    pub storm: StormThresholds,
    /// For partitions that get more records than others.
    pub hot: HotThresholds,
    /// How many brokers the cluster has while all are well; `None` where nobody said, and those of the last day count.
    pub expected_brokers: Option<usize>,
}

/// How well lag in time is to be known, and what that may cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeLagThresholds {
    /// The error allowed, as a share of the lag. A tenth: nobody acts differently on 54 minutes than on an hour.
    pub precision: f64,
    /// How far back anchors reach. Seven days: Kafka's default retention.
    pub horizon: Duration,
    /// Partitions asked about by timestamp in one poll: about 50 kB of request to all leaders together.
    pub probes_per_poll: usize,
    /// Whether brokers are asked about times so old that they may have to look into remote storage. No: each question may
    /// fetch an index from there, which is paid for, and takes the place of consumers that read old records.
    pub asks_remote_storage: bool,
}

/// When a status is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StatusThresholds {
    /// A commit that has not moved for so long is stalled, or stopped where nobody reads; longer where the group commits
    /// more rarely or polls are rarer (three of either). Two minutes: beyond any pause of a healthy consumer's garbage
    /// collector, below any `max.poll.interval.ms` in use.
    pub stalled_after: Duration,
    /// The same for groups that nobody read for, within the last hour. Ten minutes: a batch job between two runs.
    pub stopped_after: Duration,
    /// How much time lag must grow, in seconds per second, to be called falling behind. A twentieth: it takes 20 minutes to
    /// lose one.
    pub velocity_least: f64,
    /// Below this lag in time nothing is called falling behind: two polls at the default interval.
    pub falling_behind_least: Duration,
    /// Mann and Kendall's z above which a trend is believed: 2.33 is wrong in one of a hundred.
    pub trend_z: f64,
    /// Samples without which no trend is looked for.
    pub samples_least: usize,
    /// Falling behind is critical where records will be lost within this time. An hour: enough to act.
    pub loss_critical_within: Duration,
}

/// For the members that are needed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CapacityThresholds {
    /// The time in which a backlog is to be read. An hour, as for loss.
    pub drain_within: Duration,
}

/// When rebalances are a storm. What ends one is half of what begins it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StormThresholds {
    /// How often one member joins within half an hour, for each that runs under its name. Three: a deploy that is rolled
    /// back is two.
    pub joins: u32,
    /// Rebalances within ten minutes that nothing gave reason for. Five: a probing rebalance of Kafka Streams comes once in
    /// that time.
    pub without_reason: u32,
    /// Rebalances within ten minutes beyond those that members which came and went account for.
    pub excess: u32,
    /// The share of ten minutes in which the group cannot work.
    pub unstable_ratio: f64,
    /// Rebalances within half an hour without which that share is no storm, but one long rebalance.
    pub while_unstable: u32,
    /// Rebalances within ten minutes that were overtaken by another before members knew what to read.
    pub aborted: u32,
    /// For how long it must be calm before a storm is over. Ten minutes: longer than the usual back-off of a crash loop and
    /// the default `max.poll.interval.ms`.
    pub calm_for: Duration,
}

/// When a partition is hot, and when one is slow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HotThresholds {
    /// The time over which rates of partitions are compared. Five minutes: enough batches of a busy topic.
    pub window: Duration,
    /// The same for topics that are written in few large batches. Half an hour: in five minutes of such a topic a
    /// partition five times as hot as others is missed nine times of ten.
    pub window_long: Duration,
    /// How many times the rate of the others makes a partition hot. Three: hashing skewed keys makes two by itself.
    pub ratio: f64,
    /// How many times make it critical.
    pub ratio_critical: f64,
    /// How many standard deviations the difference must be at least; more where there are many partitions. Four.
    pub z: f64,
    /// Topics that get fewer records per second are not judged. One: below that a single batch is half of all.
    pub rate_min: f64,
    /// How many judgements more have to say so than not. Five, and five to take it back.
    pub score: u8,
    /// A partition that is less far behind is not slow. One minute.
    pub slow_lag: Duration,
    /// Brokers of clusters that get fewer records per second are not compared. One hundred.
    pub broker_rate_min: f64,
}

impl Default for HotThresholds {
    fn default() -> Self {
        Self {
            window: Duration::from_mins(5),
            window_long: Duration::from_mins(30),
            ratio: 3.0,
            ratio_critical: 5.0,
            z: 4.0,
            rate_min: 1.0,
            score: 5,
            slow_lag: Duration::from_mins(1),
            broker_rate_min: 100.0,
        }
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            commit_interval_default: Duration::from_secs(5),
            window: Duration::from_mins(10),
            time_lag: TimeLagThresholds {
                precision: 0.1,
                horizon: Duration::from_hours(7 * 24),
                probes_per_poll: 2000,
                asks_remote_storage: false,
            },
            status: StatusThresholds {
                stalled_after: Duration::from_mins(2),
                stopped_after: Duration::from_mins(10),
                velocity_least: 0.05,
                falling_behind_least: Duration::from_secs(30),
                trend_z: 2.33,
                samples_least: 5,
                loss_critical_within: Duration::from_hours(1),
            },
            capacity: CapacityThresholds { drain_within: Duration::from_hours(1) },
            storm: StormThresholds {
                joins: 3,
                without_reason: 5,
                excess: 5,
                unstable_ratio: 0.3,
                while_unstable: 4,
                aborted: 3,
                calm_for: Duration::from_mins(10),
            },
            hot: HotThresholds::default(),
            expected_brokers: None,
        }
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
    /// What lag in time is promised of which groups.
    pub objectives: Objectives,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            kafka_exporter_sums: false,
            partitions: PartitionDetail::All,
            included_families: BTreeSet::new(),
            excluded_families: BTreeSet::new(),
            series_max: 5_000_000,
            objectives: Objectives::default(),
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
