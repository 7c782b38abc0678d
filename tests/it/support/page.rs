//! An exposition, parsed strictly and apart from the code that writes it. It is NOT lenient: a page that breaks a
//! rule ends the test.
//! Invariant: no series twice, no NaN, no negative lag.

use std::collections::BTreeMap;

/// Label names with their values.
pub(crate) type Labels = BTreeMap<String, String>;

/// All series of one page in the Prometheus text format.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    series: BTreeMap<(String, Labels), f64>,
}

impl Page {
    /// Parses a page.
    ///
    /// # Panics
    /// If the page is not well-formed, has a series twice, a NaN, or a lag below 0.
    pub(crate) fn parse(text: &str) -> Self {
        let mut series = BTreeMap::new();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (name, labels, value) = sample(line).unwrap_or_else(|| panic!("not a sample: {line}"));
            assert!(!value.is_nan(), "not a number: {line}");
            let may_fall = name.ends_with("_lag_velocity");
            assert!(!name.contains("lag") || may_fall || value >= 0.0, "below zero: {line}");
            let before = series.insert((name, labels), value);
            assert!(before.is_none(), "twice: {line}");
        }
        Self { series }
    }

    /// Every series: its name, its labels and its value.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&str, &Labels, f64)> {
        self.series.iter().map(|((name, labels), value)| (name.as_str(), labels, *value))
    }

    /// The one series of this name with at least these labels.
    ///
    /// # Panics
    /// If there are several.
    pub(crate) fn get(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let found = self.all(name, labels);
        assert!(found.len() <= 1, "{name} {labels:?} is not one series: {found:?}");
        found.first().map(|(_, value)| *value)
    }

    /// All series of this name with at least these labels.
    pub(crate) fn all(&self, name: &str, labels: &[(&str, &str)]) -> Vec<(&Labels, f64)> {
        let from_name = self.series.range((name.to_owned(), Labels::new())..);
        let of_name = from_name.take_while(|((family, _), _)| family == name);
        let matching = of_name.filter(|((_, own), _)| {
            labels.iter().all(|(label, value)| own.get(*label).is_some_and(|own| own == value))
        });
        matching.map(|((_, own), value)| (own, *value)).collect()
    }

    /// Values by group, topic and partition.
    pub(crate) fn by_partition(&self, name: &str) -> BTreeMap<(String, String, i32), i64> {
        let label = |labels: &Labels, name: &str| labels.get(name).cloned().unwrap_or_default();
        let keyed = self.all(name, &[]).into_iter().map(|(labels, value)| {
            let partition = label(labels, "partition").parse().expect("a partition's number");
            ((label(labels, "consumergroup"), label(labels, "topic"), partition), integer(value))
        });
        keyed.collect()
    }

    /// The state a group is in.
    pub(crate) fn state(&self, group: &str) -> Option<String> {
        let states = self.all("kafka_consumergroup_state", &[("consumergroup", group)]);
        let mut on = states.into_iter().filter(|(_, value)| *value == 1.0);
        let state = on.next().and_then(|(labels, _)| labels.get("state").cloned());
        assert!(on.next().is_none(), "{group} is in two states");
        state
    }

    /// The families that tell of something: those with a series that has this label at this value.
    pub(crate) fn telling_of(&self, label: &str, value: &str) -> std::collections::BTreeSet<&str> {
        let of_it = self.series.keys().filter(|(_, own)| own.get(label).is_some_and(|own| own == value));
        of_it.map(|(name, _)| name.as_str()).collect()
    }

    /// Families that the past tells: whether they are there depends on how many polls there were.
    pub(crate) const OF_THE_PAST: [&str; 22] = [
        "kafka_consumergroup_lag_seconds",
        "kafka_consumergroup_topic_lag_seconds",
        "kafka_consumergroup_lag_velocity",
        "kafka_consumergroup_drain_eta_seconds",
        "kafka_consumergroup_loss_eta_seconds",
        "kafka_consumergroup_retention_used_ratio",
        "kafka_consumergroup_last_progress_timestamp_seconds",
        "kafka_consumergroup_members_needed",
        "kafka_consumergroup_slow_partitions",
        "kafka_consumergroup_rebalances_total",
        "kafka_consumergroup_rebalances_aborted_total",
        "kafka_consumergroup_members_joined_total",
        "kafka_consumergroup_members_left_total",
        "kafka_consumergroup_last_rebalance_timestamp_seconds",
        "kafka_consumergroup_unstable_ratio",
        "kafka_consumergroup_rollout_in_progress",
        "kafka_consumergroup_rebalance_storm",
        "kafka_consumergroup_rebalance_storm_info",
        "kafka_broker_skew_ratio",
        "kafka_topic_skew_ratio",
        "kafka_topic_effective_partitions",
        "kafka_topic_partition_hot_ratio",
    ];

    /// The names of all families.
    pub(crate) fn names(&self) -> std::collections::BTreeSet<&str> {
        self.series.keys().map(|(name, _)| name.as_str()).collect()
    }

    /// The part that tells about groups and about ourselves, for messages.
    pub(crate) fn excerpt(&self) -> String {
        let told = self.series.iter().filter(|((name, _), value)| {
            let is_off = name.starts_with("kafka_consumergroup_stat") || name == "kafka_consumergroup_partitions";
            let is_off = is_off && **value == 0.0;
            let is_noise =
                name.starts_with("highwater_series") || name.starts_with("process_") || name.starts_with("kafka_topic");
            !is_noise && !is_off
        });
        let lines: Vec<String> = told.map(|((name, labels), value)| format!("{name} {labels:?} {value}")).collect();
        lines.join("\n")
    }
}

/// A value that counts something, exactly.
#[expect(clippy::cast_possible_truncation, reason = "offsets in tests are far below 2^53")]
pub(crate) fn integer(value: f64) -> i64 {
    assert!(value.fract() == 0.0, "{value} is not whole");
    value as i64
}

fn sample(line: &str) -> Option<(String, Labels, f64)> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at_checked(end)?;
    let mut labels = Labels::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        while !rest.starts_with('}') {
            rest = rest.strip_prefix(',').unwrap_or(rest);
            let (label, after) = rest.split_once("=\"")?;
            let (value, after) = unescape(after)?;
            labels.insert(label.to_owned(), value).is_none().then_some(())?;
            rest = after;
        }
        rest = rest.strip_prefix('}')?;
    }
    Some((name.to_owned(), labels, rest.strip_prefix(' ')?.parse().ok()?))
}

fn unescape(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return Some((value, quoted.get(place + 1..)?)),
            '\\' => value.push(match characters.next()?.1 {
                'n' => '\n',
                other @ ('\\' | '"') => other,
                _ => return None,
            }),
            other => value.push(other),
        }
    }
    None
}
