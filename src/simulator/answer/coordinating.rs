//! What every question about a group begins with: whether the asked broker coordinates it, and how Kafka calls what
//! it is and where it stands.
//!
//! Not the answers themselves.
//! Invariant: what a group is called is the same in a list and in a description.

use std::collections::BTreeSet;

use crate::simulator::world::{Group, World};

use super::{Desk, error};

/// The error of a broker that cannot speak for a group, if it cannot.
pub(super) fn refusal(desk: &Desk<'_>, group: &str) -> Option<i16> {
    if desk.world.coordinator(group) != Some(desk.broker) {
        Some(error::NOT_COORDINATOR)
    } else if desk.world.is_loading(group) {
        Some(error::COORDINATOR_LOAD_IN_PROGRESS)
    } else {
        None
    }
}

/// Each name once, in order. Kafka answers as often as it is asked; here an answer is never larger than the world.
pub(super) fn distinct<Name: Clone + Ord>(names: Vec<Name>) -> impl Iterator<Item = Name> {
    let mut seen = BTreeSet::new();
    names.into_iter().filter(move |name| seen.insert(name.clone()))
}

/// Whether the asked broker coordinates a group.
pub(super) fn is_own(desk: &Desk<'_>, group: &str) -> bool {
    desk.world.coordinator(group) == Some(desk.broker)
}

/// What a process reads: each topic's name and id, and partitions.
pub(super) fn assigned<'a>(world: &'a World, group: &Group, process: u32) -> Vec<(&'a str, u128, Vec<i32>)> {
    let mut assigned: Vec<(usize, &str, u128, Vec<i32>)> = Vec::new();
    for reading in group.assigned(process) {
        let Ok(partition) = i32::try_from(reading.partition) else { continue };
        let Some(topic) = world.topic_at(reading.topic) else { continue };
        match assigned.last_mut() {
            Some((place, _, _, partitions)) if *place == reading.topic => partitions.push(partition),
            _ => assigned.push((reading.topic, &topic.name, topic.id, vec![partition])),
        }
    }
    assigned.into_iter().map(|(_, name, id, partitions)| (name, id, partitions)).collect()
}
