//! Whether a scenario makes sense: names are known and unique, numbers are within bounds.
//!
//! Not how it was written; `read` knows lines.
//! Invariant: all mistakes are found at once, each with its key.

mod events;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::simulator::spec::{GroupSpec, Scenario, TopicSpec};

use super::bounds::{limits, of_count, of_heat, of_rate, of_time, of_wobble};
use super::error::{MISTAKES_SHOWN_MAX, Mistake};
use super::hint::did_you_mean;
use super::sizes::{Excess, Most, Sizes};

/// Brokers there are in any case.
const BROKERS_MIN: u16 = 3;

/// Everything that is wrong with a scenario.
#[must_use]
pub(super) fn mistakes(scenario: &Scenario) -> Vec<Mistake> {
    let mut check = Check::new(scenario);
    check.sizes();
    for (place, topic) in scenario.topics.iter().enumerate() {
        check.topic(&format!("topics[{place}]"), topic);
    }
    for (place, group) in scenario.groups.iter().enumerate() {
        check.group(&format!("groups[{place}]"), group);
    }
    for (place, event) in scenario.events.iter().enumerate() {
        check.event(&format!("events[{place}]"), event);
    }
    check.mistakes
}

/// What is known of the whole while a part of it is judged.
struct Check<'a> {
    scenario: &'a Scenario,
    brokers: u16,
    /// Partitions of each topic, the most it ever has.
    topics: BTreeMap<&'a str, u32>,
    groups: BTreeMap<&'a str, &'a GroupSpec>,
    /// Members of each group, the most it ever has.
    members: BTreeMap<&'a str, u32>,
    seen_topics: BTreeSet<&'a str>,
    seen_groups: BTreeSet<&'a str>,
    mistakes: Vec<Mistake>,
}

impl<'a> Check<'a> {
    fn new(scenario: &'a Scenario) -> Self {
        let Most { partitions: topics, members } = Most::of(scenario);
        Self {
            scenario,
            brokers: scenario.brokers.max(BROKERS_MIN),
            topics,
            groups: scenario.groups.iter().map(|group| (group.name.as_str(), group)).collect(),
            members,
            seen_topics: BTreeSet::new(),
            seen_groups: BTreeSet::new(),
            mistakes: Vec::new(),
        }
    }

    fn note(&mut self, mistakes: impl IntoIterator<Item = Mistake>) {
        self.mistakes.extend(mistakes);
    }

    /// The nearest name. Beyond what is shown nobody looks for one, since that takes long in a long list.
    fn hint<'b>(&self, written: &str, known: impl IntoIterator<Item = &'b str>) -> Option<String> {
        if self.mistakes.len() < MISTAKES_SHOWN_MAX { did_you_mean(written, known) } else { None }
    }

    fn sizes(&mut self) {
        let scenario = self.scenario;
        if scenario.name.trim().is_empty() {
            self.note([Mistake::new("name", "a scenario needs a name")]);
        }
        if scenario.brokers > limits::BROKERS {
            let message = format!("expected at most {}", limits::BROKERS);
            self.note([Mistake::new("brokers", message).got(scenario.brokers)]);
        }
        let too_many = Sizes::of_one(scenario).excesses();
        self.note(too_many.map(|Excess { key, what, got, max }| {
            Mistake::new(key, format!("expected at most {max} {what}")).got(got)
        }));
        if scenario.events.len() > limits::EVENTS {
            let message = format!("expected at most {} events", limits::EVENTS);
            self.note([Mistake::new("events", message).got(scenario.events.len())]);
        }
    }

    fn topic(&mut self, key: &str, topic: &'a TopicSpec) {
        let at = |field: &str| format!("{key}.{field}");
        self.note(topic_name(&at("name"), &topic.name));
        if !self.seen_topics.insert(&topic.name) {
            self.note([Mistake::new(at("name"), "another topic has this name").got(&topic.name)]);
        }
        self.note(of_count(&at("partitions"), topic.partitions, limits::PARTITIONS));
        self.note(of_count(&at("replication"), topic.replication.into(), limits::BROKERS.into()));
        self.note(of_count(&at("min_in_sync"), topic.min_in_sync.into(), limits::BROKERS.into()));
        self.note(of_count(&at("record_bytes"), topic.record_bytes, limits::RECORD_BYTES));
        self.note(of_rate(&at("rate"), topic.rate));
        self.note(of_wobble(&at("wobble"), topic.wobble));
        self.note(of_time(&at("retention"), topic.retention, Duration::from_secs(1)));
        if let Some(local) = topic.local_retention {
            self.note(of_time(&at("local_retention"), local, Duration::from_secs(1)));
        }
        let mut named = BTreeSet::new();
        for (place, broker) in topic.on_brokers.iter().enumerate() {
            let key = format!("{key}.on_brokers[{place}]");
            self.broker(&key, *broker);
            if !named.insert(broker) {
                self.note([Mistake::new(key, "this broker is named already").got(broker)]);
            }
        }
        for (partition, factor) in &topic.hot {
            let key = format!("{key}.hot.{partition}");
            self.note(of_heat(&key, *factor));
            self.partition(&key, &topic.name, *partition);
        }
    }

    fn group(&mut self, key: &str, group: &'a GroupSpec) {
        let at = |field: &str| format!("{key}.{field}");
        if group.name.is_empty() || group.name.chars().count() > limits::NAME {
            let message = format!("expected a name of 1 to {} letters", limits::NAME);
            self.note([Mistake::new(at("name"), message).got(&group.name)]);
        }
        if !self.seen_groups.insert(&group.name) {
            self.note([Mistake::new(at("name"), "another group has this name").got(&group.name)]);
        }
        let mut read = BTreeSet::new();
        for (place, topic) in group.topics.iter().enumerate() {
            let key = format!("{key}.topics[{place}]");
            self.known_topic(&key, topic);
            if !read.insert(topic) {
                self.note([Mistake::new(key, "this topic is named already").got(topic)]);
            }
        }
        if group.members > limits::MEMBERS {
            let message = format!("expected at most {} members", limits::MEMBERS);
            self.note([Mistake::new(at("members"), message).got(group.members)]);
        }
        self.note(group.partitions.and_then(|count| of_count(&at("partitions"), count, u32::MAX)));
        self.note(group.capacity.and_then(|rate| of_rate(&at("capacity"), rate)));
        let tick = Duration::from_millis(1);
        self.note(of_time(&at("commit_interval"), group.commit_interval, limits::COMMIT_INTERVAL_MIN));
        self.note(of_time(&at("session_timeout"), group.session_timeout, tick));
        self.note(of_time(&at("max_poll_interval"), group.max_poll_interval, tick));
        self.note(of_time(&at("rebalance_takes"), group.rebalance_takes, tick));
    }

    fn known_topic(&mut self, key: &str, name: &str) {
        if !self.topics.contains_key(name) {
            let hint = self.hint(name, self.topics.keys().copied());
            self.note([Mistake::new(key, "the scenario has no such topic").got(name).hint(hint)]);
        }
    }

    /// A partition of a topic; an unknown topic is another mistake.
    fn partition(&mut self, key: &str, topic: &str, partition: u32) {
        let count = self.topics.get(topic).copied().unwrap_or(u32::MAX);
        if partition >= count {
            let message = format!("topic `{topic}` has {count} partitions, counted from 0");
            self.note([Mistake::new(key, message).got(partition)]);
        }
    }

    fn broker(&mut self, key: &str, broker: i32) {
        if !(1..=i32::from(self.brokers)).contains(&broker) {
            let hint = (broker > 0).then(|| format!("write `brokers: {broker}` at the top, if there shall be so many"));
            let message = format!("the brokers are 1 to {}", self.brokers);
            self.note([Mistake::new(key, message).got(broker).hint(hint)]);
        }
    }
}

fn topic_name(key: &str, name: &str) -> Option<Mistake> {
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    let is_name =
        (1..=limits::NAME).contains(&name.len()) && name.chars().all(is_allowed) && name != "." && name != "..";
    if name == crate::simulator::world::OFFSETS_TOPIC {
        return Some(Mistake::new(key, "every cluster has this topic already").got(name));
    }
    let message = format!("expected 1 to {} of the letters, digits, `.`, `_` and `-` that Kafka allows", limits::NAME);
    (!is_name).then(|| Mistake::new(key, message).got(name))
}
