//! Every series of the page beside what there is: one that tells of something that is gone is a stranger. It is NOT about
//! values.
//! Invariant: families are not named here, so that a new one is looked at as well.

use std::collections::{HashMap, HashSet};

use highwater::simulator::Truth;

use crate::support::page::{Labels, Page};

use super::Excuses;

/// Families with a label `consumergroup` that only repeat that a group is not known any more.
const OF_UNKNOWN: [&str; 4] = [
    "kafka_consumergroup_state",
    "kafka_consumergroup_status",
    "kafka_consumergroup_partitions",
    "kafka_consumergroup_info",
];

/// All series that tell of what is not there.
pub(super) fn on(page: &Page, truth: &Truth, excuses: &Excuses) -> Vec<String> {
    let there = There::of(truth, excuses);
    let kafka = page.each().filter(|(family, ..)| family.starts_with("kafka_"));
    let strange = kafka.filter_map(|(family, labels, value)| {
        let why = there.strangeness(family, labels)?;
        Some(format!("{family} {labels:?} is {value}: {why}"))
    });
    strange.collect()
}

/// What there is, to be looked up for each series.
struct There<'a> {
    /// Groups, with the topics each of them reads or has read.
    groups: HashMap<&'a str, HashSet<&'a str>>,
    /// Topics, and how many partitions they have.
    topics: HashMap<&'a str, usize>,
    brokers: HashSet<String>,
    /// Whether a group may be gone and nobody able to tell.
    can_be_gone: bool,
}

impl<'a> There<'a> {
    fn of(truth: &'a Truth, excuses: &Excuses) -> Self {
        let is_down = truth.brokers.iter().any(|broker| broker.state != "up");
        let groups = truth.groups.iter().map(|group| {
            let read = group.partitions.iter().map(|reading| reading.topic.as_str()).collect();
            (group.name.as_str(), read)
        });
        Self {
            groups: groups.collect(),
            topics: truth.topics.iter().map(|topic| (topic.name.as_str(), topic.partitions.len())).collect(),
            brokers: truth.brokers.iter().map(|broker| broker.id.to_string()).collect(),
            can_be_gone: is_down || !excuses.is_empty(),
        }
    }

    fn strangeness(&self, family: &str, labels: &Labels) -> Option<&'static str> {
        let (mut group, mut topic, mut partition, mut coordinator) = (None, None, None, None);
        for (name, value) in labels {
            match name.as_str() {
                "consumergroup" => group = Some(value.as_str()),
                "topic" => topic = Some(value.as_str()),
                "partition" => partition = Some(value.parse::<usize>().expect("a partition's number")),
                "coordinator" => coordinator = Some(value.as_str()),
                _ => {}
            }
        }
        let read = group.and_then(|name| self.groups.get(name));
        if group.is_some() && read.is_none() && !(self.can_be_gone && OF_UNKNOWN.contains(&family)) {
            return Some("there is no such group");
        }
        let count = topic.map(|name| self.topics.get(name).copied());
        if count == Some(None) {
            return Some("there is no such topic");
        }
        if partition.is_some_and(|number| number >= count.flatten().unwrap_or(0)) {
            return Some("there is no such partition");
        }
        if read.zip(topic).is_some_and(|(read, topic)| !read.contains(topic)) {
            return Some("the group never read the topic");
        }
        if coordinator.is_some_and(|id| !self.brokers.contains(id)) {
            return Some("there is no such broker");
        }
        None
    }
}
