//! How a world begins: brokers, topics with records, groups at work.
//!
//! Not what happens later.
//! Invariant: at the start every group is settled, and has committed what it processed.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::simulator::scenario::{Excess, Sizes, limits};
use crate::simulator::spec::{ClusterSettings, GroupSpec, GroupType, Scenario, TopicSpec};

use super::agenda::{Agenda, Due, Story};
use super::chance::Chance;
use super::compacted::CompactedLog;
use super::group::{Group, GroupState, Reading};
use super::topic::{Topic, index};
use super::{
    Broker, BrokerState, Millis, OFFSETS_PARTITIONS, OFFSETS_TOPIC, World, WorldError, membership, offsets_log,
    rebalance,
};

pub(super) fn world(settings: &ClusterSettings, scenarios: &[Scenario], start: Millis) -> Result<World, WorldError> {
    let chance = Chance { seed: settings.seed, start };
    let brokers = scenarios.iter().map(|scenario| scenario.brokers).chain([settings.brokers.max(1)]).max().unwrap_or(1);
    let (got, max) = (u64::from(brokers), u64::from(limits::BROKERS));
    let of_brokers = (got > max).then_some(Excess { key: "brokers", what: "brokers", got, max });
    if let Some(Excess { what, got, max, .. }) = of_brokers.or_else(|| Sizes::of(scenarios).excesses().next()) {
        return Err(WorldError::TooMany { what, max, got });
    }
    let brokers = (1..=i32::from(brokers)).map(|id| {
        let rack = format!("rack-{}", (id - 1) % 3 + 1);
        (id, Broker { id, rack, state: BrokerState::Up, since: start })
    });
    let mut world = World {
        settings: settings.clone(),
        chance,
        now: start,
        cluster_id: cluster_id(chance),
        controller_epoch: 1,
        brokers: brokers.collect(),
        topics: Vec::new(),
        topic_places: BTreeMap::new(),
        groups: BTreeMap::new(),
        written: BTreeMap::new(),
        loading: BTreeMap::new(),
        agenda: Agenda::default(),
        versions_max: BTreeMap::new(),
    };
    add_topics(&mut world, scenarios, start)?;
    let mut names = BTreeMap::new();
    for scenario in scenarios {
        for group in &scenario.groups {
            once("group", &mut names, &group.name, &scenario.name)?;
            add_group(&mut world, group)?;
        }
    }
    for event in scenarios.iter().flat_map(|scenario| &scenario.events) {
        let story = Story {
            action: event.action.clone(),
            every: event.every.map(millis),
            more: event.times.map(|times| times.saturating_sub(1)),
        };
        world.agenda.plan(start + millis(event.at), Due::Story(story));
    }
    Ok(world)
}

/// As whole milliseconds.
pub(super) fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX / 4)
}

/// The brokers a topic is on that asks for none: those of the cluster, without the ones a story brought along.
pub(super) fn hosts(world: &World, spec: &TopicSpec) -> Vec<i32> {
    let own = i32::from(world.settings.brokers.max(1));
    let is_host = |id: &i32| if spec.on_brokers.is_empty() { *id <= own } else { spec.on_brokers.contains(id) };
    world.brokers.keys().copied().filter(is_host).collect()
}

fn add_topics(world: &mut World, scenarios: &[Scenario], start: Millis) -> Result<(), WorldError> {
    let began = start - millis(world.settings.history);
    let mut offsets = TopicSpec::new(OFFSETS_TOPIC, OFFSETS_PARTITIONS);
    offsets.keys = 0;
    let told = |scenario| move |spec| (scenario, spec);
    let specs = scenarios.iter().flat_map(|scenario| scenario.topics.iter().map(told(scenario.name.as_str())));
    let mut names = BTreeMap::new();
    for (scenario, spec) in std::iter::once(("the cluster itself", &offsets)).chain(specs) {
        once("topic", &mut names, &spec.name, scenario)?;
        let hosts = hosts(world, spec);
        if hosts.is_empty() {
            let sentence = format!("topic `{}` is on none of the {} brokers", spec.name, world.brokers.len());
            return Err(WorldError::Refused(sentence));
        }
        let mut topic = Topic::new(spec.clone(), &hosts, &hosts, began, world.chance);
        topic.is_internal = spec.name == OFFSETS_TOPIC;
        if topic.is_internal && world.settings.has_offsets_log {
            topic.partitions.iter_mut().for_each(|partition| partition.kept = Some(CompactedLog::default()));
        }
        world.topics.push(topic);
    }
    world.topic_places = index(&world.topics);
    Ok(())
}

/// Notes a name; it is an error if it is there already.
fn once<'a>(
    kind: &'static str,
    names: &mut BTreeMap<&'a str, &'a str>,
    name: &'a str,
    scenario: &'a str,
) -> Result<(), WorldError> {
    names.insert(name, scenario).map_or(Ok(()), |first| {
        let (first, second) = (first.to_owned(), scenario.to_owned());
        Err(WorldError::Twice { kind, name: name.to_owned(), first, second })
    })
}

fn add_group(world: &mut World, spec: &GroupSpec) -> Result<(), WorldError> {
    let mut group = Group {
        spec: spec.clone(),
        state: GroupState::Empty,
        generation: 0,
        assignment_epoch: 0,
        rebalance_count: 0,
        members: Vec::new(),
        readings: Vec::new(),
        since: world.now,
        round: 0,
        is_second_round: false,
        joined_count: 0,
        commit_phase: world.chance.phase(&format!("group {}", spec.name), 60_000),
    };
    for topic in &spec.topics {
        let place =
            *world.topic_places.get(topic).ok_or_else(|| WorldError::Missing { kind: "topic", name: topic.clone() })?;
        group.readings.extend(new_readings(world, &group, place));
    }
    group.readings.sort_by_key(|reading| (reading.topic, reading.partition));
    let processes = match spec.kind {
        GroupType::Empty | GroupType::Simple => 0,
        _ => spec.members,
    };
    for process in 0..processes {
        let member = membership::new_member(&mut group, process, world.now, world.chance);
        group.members.push(member);
    }
    if !group.members.is_empty() {
        group.state = GroupState::Stable;
        group.generation = 1;
        group.assignment_epoch = 1;
        group.members.iter_mut().for_each(|member| member.epoch = 1);
    }
    rebalance::assign(world, &mut group);
    rebalance::start_reading(world, &mut group);
    world.keep(group);
    offsets_log::begin(world, &spec.name);
    Ok(())
}

/// What a group has to read of a topic that it does not read yet; nobody reads it so far.
pub(super) fn new_readings(world: &World, group: &Group, place: usize) -> Vec<Reading> {
    let Some(topic) = world.topic_at(place) else { return Vec::new() };
    let known = |partition: u32| {
        group.readings.binary_search_by_key(&(place, partition), |reading| (reading.topic, reading.partition)).is_ok()
    };
    let limit = readable(world, group, &topic.name);
    let new = (0_u32..).zip(&topic.partitions).take(limit).filter(|(number, _)| !known(*number));
    let reading = |(number, partition): (u32, &super::Partition)| {
        let end = partition.log.end(world.now);
        let position = (end - i64::from(group.spec.behind)).max(partition.log.start(world.now));
        let has_commits = group.spec.kind != GroupType::Connect;
        Reading {
            topic: place,
            partition: number,
            owner: None,
            is_read: false,
            anchor: world.now,
            position,
            committed: has_commits.then_some(position),
            capacity: 0,
            poison: None,
        }
    };
    new.map(reading).collect()
}

/// How many partitions of a topic a group reads at most.
fn readable(world: &World, group: &Group, topic: &str) -> usize {
    let Some(limit) = group.spec.partitions else { return usize::MAX };
    let before = group.spec.topics.iter().take_while(|name| *name != topic);
    let counts = before.filter_map(|name| world.topic(name)).map(|topic| topic.partitions.len());
    usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(counts.sum())
}

/// Twenty-two characters, as Kafka writes an id of 128 bits.
fn cluster_id(chance: Chance) -> String {
    let mut random = chance.stream("cluster");
    let alphabet = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut letter = |step: usize| {
        let place = random.usize(..alphabet.len() / step) * step;
        char::from(alphabet.get(place).copied().unwrap_or(b'A'))
    };
    let mut id: String = (0..21).map(|_| letter(1)).collect();
    // It stands for 16 bytes, of which two bits are left for the last letter.
    id.push(letter(16));
    id
}
