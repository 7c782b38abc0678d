//! A story while it is told, and what can be read from its world.
//!
//! Not what should be seen; the tests say that.
//! Invariant: time only goes on.

use std::collections::BTreeMap;

use super::super::*;
use crate::simulator::spec::ClusterSettings;
use crate::simulator::world::{Group, GroupState, Partition, World};

const START: i64 = 1_700_000_000_000;

pub(super) struct Told {
    pub(super) world: World,
}

impl Told {
    /// The story of a built-in scenario, at its beginning.
    pub(super) fn new(name: &str) -> Self {
        Self::together(&[find(name).expect("it is built in")])
    }

    pub(super) fn together(scenarios: &[Scenario]) -> Self {
        let world = World::new(&ClusterSettings::default(), scenarios, START).expect("a world can be made of it");
        Self { world }
    }

    /// Seconds after the beginning.
    pub(super) fn until(&mut self, seconds: i64) -> &mut Self {
        self.world.advance(START + seconds * 1000);
        self
    }

    /// Looks every so many seconds, from now until a time.
    pub(super) fn look<T>(&mut self, every: i64, until: i64, mut see: impl FnMut(&Self) -> T) -> Vec<T> {
        let mut seen = Vec::new();
        let mut at = (self.world.now() - START) / 1000;
        while at < until {
            at += every;
            self.until(at);
            seen.push(see(self));
        }
        seen
    }

    pub(super) fn partition(&self, topic: &str, partition: i32) -> &Partition {
        self.world.partition(topic, partition).expect("the partition is there")
    }

    pub(super) fn end(&self, topic: &str, partition: i32) -> i64 {
        self.world.end(self.partition(topic, partition))
    }

    pub(super) fn start(&self, topic: &str, partition: i32) -> i64 {
        self.world.start(self.partition(topic, partition))
    }

    pub(super) fn last_stable(&self, topic: &str, partition: i32) -> i64 {
        self.world.last_stable(self.partition(topic, partition))
    }

    pub(super) fn group(&self, group: &str) -> &Group {
        self.world.group(group).expect("the group is there")
    }

    pub(super) fn is_stable(&self, group: &str) -> bool {
        self.group(group).state == GroupState::Stable
    }

    /// What a group has committed in a topic, by partition.
    pub(super) fn committed(&self, group: &str, topic: &str) -> BTreeMap<u32, i64> {
        let group = self.group(group);
        let of_topic = |place| self.world.topic_at(place).is_some_and(|known| known.name == topic);
        let readings = group.readings.iter().filter(|reading| of_topic(reading.topic));
        readings.filter_map(|reading| Some((reading.partition, self.world.committed(group, reading)?))).collect()
    }

    /// How many records each partition of a topic has that a group has not committed.
    pub(super) fn lags(&self, group: &str, topic: &str) -> BTreeMap<u32, i64> {
        let committed = self.committed(group, topic);
        let lag = |(partition, committed): (u32, i64)| {
            let number = i32::try_from(partition).expect("few partitions");
            (partition, self.end(topic, number) - committed)
        };
        committed.into_iter().map(lag).collect()
    }

    pub(super) fn lag(&self, group: &str, topic: &str) -> i64 {
        self.lags(group, topic).values().sum()
    }

    /// The ids of a group's members.
    pub(super) fn members(&self, group: &str) -> Vec<String> {
        self.group(group).members.iter().map(|member| member.id.clone()).collect()
    }

    /// Records each partition of a topic gets between now and later.
    pub(super) fn produced(&mut self, topic: &str, until: i64) -> Vec<i64> {
        let ends = |told: &Self| -> Vec<i64> {
            let topic = told.world.topic(topic).expect("the topic is there");
            topic.partitions.iter().map(|partition| told.world.end(partition)).collect()
        };
        let before = ends(self);
        self.until(until);
        ends(self).iter().zip(before).map(|(after, before)| after - before).collect()
    }
}

pub(super) const MINUTE: i64 = 60;

/// The partitions that get at least so many times as many as the median of the others.
pub(super) fn hot(produced: &[i64], times: i64) -> Vec<usize> {
    let is_hot = |place: &usize| {
        let mut others: Vec<i64> =
            produced.iter().enumerate().filter(|(other, _)| other != place).map(|(_, count)| *count).collect();
        others.sort_unstable();
        produced[*place] >= times * others[others.len() / 2]
    };
    (0..produced.len()).filter(is_hot).collect()
}
