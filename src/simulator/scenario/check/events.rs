//! Whether an event makes sense in its scenario.
//!
//! Not whether it can happen when its time has come: an earlier event may have taken away what it speaks of.
//! Invariant: each field is judged under the key it is written with.

use crate::simulator::spec::{EventSpec, GroupType};

use super::super::bounds::{limits, of_claim, of_time};
use super::super::claim::{Claim, claims};
use super::super::error::Mistake;
use super::Check;

impl<'a> Check<'a> {
    pub(super) fn event(&mut self, key: &str, event: &'a EventSpec) {
        self.note(of_time(&format!("{key}.at"), event.at, std::time::Duration::ZERO));
        self.note(event.every.and_then(|every| of_time(&format!("{key}.every"), every, limits::EVERY_MIN)));
        let times = format!("{key}.times");
        match (event.times, event.every) {
            (Some(0), _) => {
                let hint = "leave the event out, or `times`, if it shall go on for ever".to_owned();
                self.note([Mistake::new(times, "an event that never happens is none").got(0).hint(hint)]);
            }
            (Some(count), None) if count > 1 => {
                let hint = "write `every` too, such as `every: 10m`".to_owned();
                self.note([Mistake::new(times, "it is not said how often").got(count).hint(hint)]);
            }
            _ => {}
        }
        let (action, claims) = claims(&event.action);
        for (field, claim) in claims {
            self.claim(&format!("{key}.do.{action}.{field}"), claim);
        }
    }

    fn claim(&mut self, key: &str, claim: Claim<'a>) {
        self.note(of_claim(key, claim));
        match claim {
            Claim::Topic(topic) => self.known_topic(key, topic),
            Claim::Partition(topic, Some(partition)) => self.partition(key, topic, partition),
            Claim::Hot(topic, hot) => {
                for partition in hot.keys() {
                    self.partition(&format!("{key}.{partition}"), topic, *partition);
                }
            }
            Claim::Broker(broker) => self.broker(key, broker),
            Claim::Group(group) => self.known_group(key, group),
            Claim::Membership(group) => self.membership(key, group),
            Claim::Member(group, Some(member)) => self.member(key, group, member),
            Claim::Read(group, topic) => self.read(key, group, topic),
            Claim::Partition(_, None)
            | Claim::Member(_, None)
            | Claim::Partitions(_)
            | Claim::Rate(_)
            | Claim::Lasts(_)
            | Claim::Members(_) => {}
        }
    }

    fn known_group(&mut self, key: &str, name: &str) {
        if !self.groups.contains_key(name) {
            let hint = self.hint(name, self.groups.keys().copied());
            self.note([Mistake::new(key, "the scenario has no such group").got(name).hint(hint)]);
        }
    }

    fn membership(&mut self, key: &str, name: &str) {
        self.known_group(key, name);
        if self.is_memberless(name) {
            self.note([Mistake::new(key, "a group of kind `simple` or `empty` has no members").got(name)]);
        }
    }

    fn is_memberless(&self, name: &str) -> bool {
        let kind = self.groups.get(name).map(|group| group.kind);
        matches!(kind, Some(GroupType::Simple | GroupType::Empty))
    }

    fn member(&mut self, key: &str, group: &str, member: u32) {
        let Some(count) = self.members.get(group).copied() else { return };
        if member >= count && !self.is_memberless(group) {
            let message = format!("group `{group}` has {count} members, counted from 0");
            self.note([Mistake::new(key, message).got(member)]);
        }
    }

    fn read(&mut self, key: &str, group: &str, topic: &str) {
        if !self.topics.contains_key(topic) {
            return self.known_topic(key, topic);
        }
        let Some(known) = self.groups.get(group) else { return };
        if !known.topics.iter().any(|name| name == topic) {
            let hint = self.hint(topic, known.topics.iter().map(String::as_str));
            self.note([Mistake::new(key, format!("group `{group}` does not read this topic")).got(topic).hint(hint)]);
        }
    }
}
