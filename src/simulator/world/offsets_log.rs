//! What groups write to Kafka's offsets topic: commits, and for classic groups their members.
//!
//! Not the bytes, nor how they are kept. A group of KIP-848 leaves its commits only: the records of its members and
//! epochs have schemas of their own, which nothing here reads.
//! Invariant: at any moment the latest commit written of a group for a partition is what `World::committed` tells.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::agenda::Due;
use super::group::Group;
use super::{OFFSETS_TOPIC, World, offsets_record as record};

/// What a group wrote last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// Committed offsets, by the place of the topic and partition.
    commits: BTreeMap<(usize, u32), i64>,
    group: Option<Bytes>,
}

/// A record to be written: key and value.
type Entry = (Bytes, Option<Bytes>);

/// A group begins to commit at its times.
pub(super) fn begin(world: &mut World, name: &str) {
    let Some(group) = world.groups.get(name).filter(|_| world.settings.has_offsets_log) else { return };
    if !group.commits_at_times() {
        return;
    }
    // Every seventh process commits at the same time.
    let first = |process| group.last_tick(process, world.now) + group.commit_interval();
    let times: BTreeSet<_> = (0..7).map(first).collect();
    for at in times {
        world.agenda.plan(at, Due::Commit { group: name.to_owned() });
    }
}

/// The processes whose time it is commit what they read.
pub(super) fn commit(world: &mut World, name: &str) {
    let Some(group) = world.groups.remove(name) else { return };
    let now = world.now;
    let mut written = world.written.remove(name).unwrap_or_default();
    let mut batch = Vec::new();
    for reading in group.readings.iter().filter(|reading| group.last_commit(reading, now) == Some(now)) {
        let (place, offset) = ((reading.topic, reading.partition), world.position_at(&group, reading, now));
        written.commits.insert(place, offset);
        batch.extend(commit_entry(world, &group, place, Some(offset)));
    }
    append(world, name, batch);
    world.agenda.plan(now + group.commit_interval(), Due::Commit { group: name.to_owned() });
    world.written.insert(name.to_owned(), written);
    world.groups.insert(name.to_owned(), group);
}

/// A group changed: what differs from what it wrote last is written.
pub(super) fn note(world: &mut World, group: &Group) {
    if !world.settings.has_offsets_log {
        return;
    }
    let name = &group.spec.name;
    let mut written = world.written.remove(name).unwrap_or_default();
    let committed = group.readings.iter().filter_map(|reading| {
        Some(((reading.topic, reading.partition), world.committed_at(group, reading, world.now)?))
    });
    let commits: BTreeMap<_, _> = committed.collect();
    let mut batch = Vec::new();
    for (place, offset) in &commits {
        if written.commits.get(place) != Some(offset) {
            batch.extend(commit_entry(world, group, *place, Some(*offset)));
        }
    }
    for place in written.commits.keys().filter(|place| !commits.contains_key(place)) {
        batch.extend(commit_entry(world, group, *place, None));
    }
    written.commits = commits;
    if let Some(value) = record::group_value(world, group).filter(|value| written.group.as_ref() != Some(value)) {
        batch.push((record::group_key(name), Some(value.clone())));
        written.group = Some(value);
    }
    append(world, name, batch);
    world.written.insert(name.clone(), written);
}

/// A group is deleted, and with it all it wrote.
pub(super) fn forget(world: &mut World, group: &Group) {
    let name = &group.spec.name;
    let Some(written) = world.written.remove(name) else { return };
    let mut batch: Vec<Entry> =
        written.commits.keys().filter_map(|place| commit_entry(world, group, *place, None)).collect();
    batch.extend(written.group.map(|_| (record::group_key(name), None)));
    append(world, name, batch);
}

fn commit_entry(world: &World, group: &Group, place: (usize, u32), offset: Option<i64>) -> Option<Entry> {
    // Also of a deleted topic: that is when its commits go.
    let topic = world.topics.get(place.0)?;
    let key = record::commit_key(&group.spec.name, &topic.name, place.1);
    let epoch = |offset: i64| {
        let partition = topic.partitions.get(usize::try_from(place.1).ok()?)?;
        (offset > 0).then(|| partition.epoch_of(offset - 1))
    };
    let value = offset.map(|offset| record::commit_value(offset, epoch(offset).unwrap_or(-1), world.now));
    Some((key, value))
}

fn append(world: &mut World, group: &str, batch: Vec<Entry>) {
    let now = world.now;
    let number = usize::try_from(World::offsets_partition(group)).ok();
    let topic = world.topic_places.get(OFFSETS_TOPIC).and_then(|place| world.topics.get_mut(*place));
    let partition = number.and_then(|number| topic?.partitions.get_mut(number));
    let Some(log) = partition.and_then(|partition| partition.kept.as_mut()) else { return };
    for (key, value) in batch {
        log.append(now, key, value);
    }
}
