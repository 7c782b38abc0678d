//! What Kafka's own tools say: the truth that tests compare with. It is NOT clamped or interpreted in any way.
//! Invariant: what a tool prints as `-` is `None`.

mod table;

use std::collections::BTreeMap;

use super::cluster::Cluster;
pub(crate) use table::{parse_groups, parse_offsets};

/// Group, topic, partition.
pub(crate) type Key = (String, String, i32);

/// A partition of a consumer group, in Kafka's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OracleRow {
    /// The committed offset.
    pub(crate) current: Option<i64>,
    /// The high watermark.
    pub(crate) end: Option<i64>,
    /// Their difference, negative if so.
    pub(crate) lag: Option<i64>,
}

/// A partition of a share group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShareRow {
    /// The first offset that is not yet acknowledged.
    pub(crate) start: Option<i64>,
    pub(crate) lag: Option<i64>,
}

/// A group as `--list` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListedGroup {
    /// `Classic` or `Consumer`; none before Kafka could tell.
    pub(crate) kind: Option<String>,
    pub(crate) state: String,
}

/// Which end of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogEnd {
    Earliest,
    Latest,
}

impl Cluster {
    /// `ConsumerGroupCommand --describe --all-groups --offsets`: one run of Java for all groups of consumers.
    ///
    /// # Panics
    /// When the tool fails.
    pub(crate) async fn describe_groups(&self) -> BTreeMap<Key, OracleRow> {
        consumer_rows(&self.consumer_groups(&["--describe", "--all-groups", "--offsets"]).await, None)
    }

    /// The same for one group, whose name may even end in blanks.
    ///
    /// # Panics
    /// When the tool fails, for example because there is no such group.
    pub(crate) async fn describe_group(&self, group: &str) -> BTreeMap<Key, OracleRow> {
        // With an equals sign, because a name may begin with a dash.
        let printed = self.consumer_groups(&["--describe", "--offsets", &format!("--group={group}")]).await;
        consumer_rows(&printed, Some(group))
    }

    /// `ShareGroupCommand --describe --all-groups --offsets`.
    ///
    /// # Panics
    /// When the tool fails.
    pub(crate) async fn describe_share_groups(&self) -> BTreeMap<Key, ShareRow> {
        let printed = self.tool("ShareGroupCommand", &["--describe", "--all-groups", "--offsets"]).await;
        let rows = parse_offsets(&printed.expect("Kafka tells about share groups"), None).into_iter();
        rows.map(|row| {
            let share = ShareRow { start: row.number("START-OFFSET"), lag: row.number("LAG") };
            ((row.group, row.topic, row.partition), share)
        })
        .collect()
    }

    /// `ConsumerGroupCommand --list` with states, and types where Kafka can tell.
    ///
    /// # Panics
    /// When the tool fails.
    pub(crate) async fn list_groups(&self) -> BTreeMap<String, ListedGroup> {
        let with_types = self.version().lists_group_types();
        let options: &[&str] = if with_types { &["--list", "--state", "--type"] } else { &["--list", "--state"] };
        parse_groups(&self.consumer_groups(options).await)
    }

    /// Sets the commits of a group without members, by `--reset-offsets`. `topic` is a topic or `topic:0,1`; `to` is
    /// for example `--to-earliest`, or `--to-offset=5`, or `--shift-by=-3`.
    ///
    /// # Panics
    /// When Kafka refuses.
    pub(crate) async fn reset_offsets(&self, group: &str, topic: &str, to: &str) {
        let group = format!("--group={group}");
        self.consumer_groups(&["--reset-offsets", "--execute", &group, "--topic", topic, to]).await;
    }

    /// `GetOffsetShell`: an end of each partition of `topic`.
    ///
    /// # Panics
    /// When the tool fails, or does not know the end of a partition.
    pub(crate) async fn log_offsets(&self, topic: &str, end: LogEnd) -> BTreeMap<i32, i64> {
        let time = match end {
            LogEnd::Earliest => "-2",
            LogEnd::Latest => "-1",
        };
        let printed = self.tool("GetOffsetShell", &["--topic", topic, "--time", time]).await;
        let printed = printed.expect("Kafka tells the offsets of a log");
        let numbers = printed.lines().map(|line| {
            let mut fields = line.rsplit(':');
            let offset = fields.next().and_then(|field| field.parse().ok());
            let partition = fields.next().and_then(|field| field.parse().ok());
            partition.zip(offset).unwrap_or_else(|| panic!("not `topic:partition:offset`: {line}"))
        });
        numbers.collect()
    }

    async fn consumer_groups(&self, options: &[&str]) -> String {
        self.tool("ConsumerGroupCommand", options).await.expect("Kafka tells about groups")
    }
}

/// What a table of `--describe --offsets` tells about groups of consumers, or about the one of this name.
pub(crate) fn consumer_rows(printed: &str, group: Option<&str>) -> BTreeMap<Key, OracleRow> {
    let rows = parse_offsets(printed, group).into_iter();
    rows.map(|row| {
        let current = row.number("CURRENT-OFFSET");
        let oracle = OracleRow { current, end: row.number("LOG-END-OFFSET"), lag: row.number("LAG") };
        ((row.group, row.topic, row.partition), oracle)
    })
    .collect()
}
