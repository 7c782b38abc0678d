//! What happens to brokers, topics and records.
//!
//! Not what groups do about it.
//! Invariant: whoever reads a log is settled before the log changes.

use crate::simulator::spec::{Action, PartitionOf};

use super::birth::{hosts, millis};
use super::topic::{Partition, Topic, index};
use super::{Broker, BrokerState, Millis, OFFSETS_TOPIC, World, WorldError, rebalance};

/// How long a new coordinator reads before it can answer.
const LOADING_TAKES: Millis = 2_000;

/// Who shall lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leading {
    Nobody,
    Preferred,
    Next,
}

/// What happens to records.
pub(super) fn records(world: &mut World, action: &Action) -> Result<(), WorldError> {
    let now = world.now;
    match action {
        Action::Produce { topic, rate } => topic_acts(world, topic, |topic| topic.spec.rate = *rate),
        Action::Heat { topic, hot } => topic_acts(world, topic, |topic| topic.spec.hot.clone_from(hot)),
        Action::Retain { topic, retention } => topic_acts(world, topic, |topic| {
            topic.spec.retention = *retention;
            topic.partitions.iter_mut().for_each(|partition| partition.log.set_retention(now, millis(*retention)));
        }),
        Action::DeleteRecords { topic, partition, keep } => {
            partition_acts(world, topic, *partition, |partition| partition.log.keep(now, i64::from(*keep)))
        }
        Action::OpenTransaction(of) => {
            partition_acts(world, &of.topic, of.partition, |partition| partition.log.open_transaction(now))
        }
        Action::EndTransaction(of) => {
            partition_acts(world, &of.topic, of.partition, |partition| partition.log.end_transaction())
        }
        Action::Truncate { topic, partition, records } => {
            let up = up(world);
            partition_acts(world, topic, *partition, |partition| truncate(partition, i64::from(*records), &up, now))
        }
        _ => Ok(()),
    }
}

/// Another replica leads that lacks records, or the only one comes back without them; where none is up, nothing happens.
fn truncate(partition: &mut Partition, records: i64, up: &[i32], now: Millis) {
    let is_up = |replica: i32| up.contains(&replica);
    let leader = partition.leader.filter(|leader| is_up(*leader));
    let Some(next) = next_replica(partition, is_up).or(leader) else { return };
    partition.log.truncate(now, records);
    partition.elect(Some(next), now);
    partition.is_leaderless = false;
    // Nobody else is in sync with what the new leader has.
    partition.in_sync = vec![next];
}

pub(super) fn recreate(world: &mut World, name: &str) -> Result<(), WorldError> {
    let place = find(world, name)?;
    settle_topic(world, place);
    let Some(old) = world.topics.get(place) else { return Ok(()) };
    let (spec, is_hidden) = (old.spec.clone(), old.is_hidden);
    let mut topic = Topic::new(spec.clone(), &hosts(world, &spec), &up(world), world.now, world.chance);
    topic.is_hidden = is_hidden;
    if let Some(slot) = world.topics.get_mut(place) {
        *slot = topic;
    }
    resume_topic(world, place);
    Ok(())
}

pub(super) fn delete_topic(world: &mut World, name: &str) -> Result<(), WorldError> {
    let place = find(world, name)?;
    settle_topic(world, place);
    if let Some(topic) = world.topics.get_mut(place) {
        topic.is_deleted = true;
        topic.partitions.clear();
    }
    world.topic_places = index(&world.topics);
    for name in readers(world, place) {
        let Some(mut group) = world.groups.remove(&name) else { continue };
        group.readings.retain(|reading| reading.topic != place);
        world.keep(group);
    }
    Ok(())
}

pub(super) fn add_partitions(world: &mut World, name: &str, count: u32) -> Result<(), WorldError> {
    let place = find(world, name)?;
    if world.topics.get(place).is_some_and(|topic| u32::try_from(topic.partitions.len()).is_ok_and(|now| now >= count))
    {
        return Err(WorldError::Refused(format!("topic `{name}` has as many partitions already")));
    }
    settle_topic(world, place);
    let (now, chance, up) = (world.now, world.chance, up(world));
    let brokers = world.topics.get(place).map(|topic| hosts(world, &topic.spec)).unwrap_or_default();
    if let Some(topic) = world.topics.get_mut(place) {
        topic.grow(count, &brokers, &up, now, chance);
    }
    resume_topic(world, place);
    let readers: Vec<String> = readers(world, place);
    for group in readers {
        rebalance::begin(world, &group);
    }
    Ok(())
}

pub(super) fn lead(world: &mut World, of: &PartitionOf, leading: Leading) -> Result<(), WorldError> {
    let up = up(world);
    let now = world.now;
    partition_acts(world, &of.topic, of.partition, |partition| {
        partition.is_leaderless = leading == Leading::Nobody;
        let leader = match leading {
            Leading::Nobody => None,
            Leading::Preferred => partition.replicas.iter().find(|replica| is_able(partition, **replica, &up)).copied(),
            Leading::Next => next_replica(partition, |replica| is_able(partition, replica, &up)).or(partition.leader),
        };
        partition.lead(leader, now);
        if leading == Leading::Preferred && leader.is_some() {
            // What lagged behind has caught up with the leader by then.
            let alive = partition.replicas.iter().copied().filter(|replica| up.contains(replica));
            partition.in_sync = alive.collect();
        }
    })
}

pub(super) fn hide(world: &mut World, name: &str, is_hidden: bool) -> Result<(), WorldError> {
    let place = find(world, name)?;
    if let Some(topic) = world.topics.get_mut(place) {
        topic.is_hidden = is_hidden;
    }
    Ok(())
}

pub(super) fn set_broker(world: &mut World, id: i32, state: BrokerState) -> Result<(), WorldError> {
    let missing = WorldError::Missing { kind: "broker", name: id.to_string() };
    let (controller, now) = (world.controller(), world.now);
    let broker = world.brokers.get_mut(&id).ok_or(missing)?;
    if broker.state != state {
        (broker.state, broker.since) = (state, now);
    }
    if world.controller() != controller {
        world.controller_epoch += 1;
    }
    // Whoever has nothing to do with the broker is left as it is.
    let is_on = |topic: &Topic| topic.partitions.iter().any(|partition| partition.replicas.contains(&id));
    let affected: Vec<bool> = world.topics.iter().map(is_on).collect();
    let is_reader = |group: &&super::Group| {
        group.readings.iter().any(|reading| affected.get(reading.topic).is_some_and(|is_affected| *is_affected))
    };
    let groups: Vec<String> = world.groups.values().filter(is_reader).map(|group| group.spec.name.clone()).collect();
    settle(world, &groups);
    let (up, hanging) = (up(world), world.hanging());
    let World { topics, loading, .. } = world;
    for (topic, _) in topics.iter_mut().zip(affected).filter(|(_, is_affected)| *is_affected) {
        for (number, partition) in (0_u32..).zip(&mut topic.partitions) {
            let before = partition.leader;
            follow_broker(partition, id, state, &up, now);
            if topic.name == OFFSETS_TOPIC && partition.leader != before {
                loading.insert(number, now + LOADING_TAKES);
            }
        }
        topic.pace(now, &hanging);
    }
    resume(world, &groups);
    Ok(())
}

/// What the controller does with one partition when a broker dies or comes back.
fn follow_broker(partition: &mut Partition, id: i32, state: BrokerState, up: &[i32], now: Millis) {
    if !partition.replicas.contains(&id) {
        return;
    }
    match state {
        BrokerState::Hanging => {}
        BrokerState::Down => {
            // The last replica in sync stays so: it has what nobody else has.
            if partition.in_sync.len() > 1 {
                partition.in_sync.retain(|replica| *replica != id);
            }
            if partition.leader == Some(id) {
                let next = partition.replicas.iter().find(|replica| is_able(partition, **replica, up)).copied();
                partition.lead(next, now);
            }
        }
        BrokerState::Up => {
            if partition.leader.is_some() && !partition.in_sync.contains(&id) {
                partition.in_sync.push(id);
            }
            let preferred = partition.replicas.iter().find(|replica| is_able(partition, **replica, up)).copied();
            if !partition.is_leaderless {
                partition.lead(preferred, now);
            }
        }
    }
}

pub(super) fn move_coordinator(world: &mut World, group: &str) -> Result<(), WorldError> {
    if !world.groups.contains_key(group) {
        return Err(WorldError::Missing { kind: "group", name: group.to_owned() });
    }
    let number = World::offsets_partition(group);
    let of = PartitionOf { topic: OFFSETS_TOPIC.to_owned(), partition: Some(number) };
    lead(world, &of, Leading::Next)?;
    world.loading.insert(number, world.now + LOADING_TAKES);
    Ok(())
}

fn up(world: &World) -> Vec<i32> {
    world.brokers.values().filter(|broker| broker.state != BrokerState::Down).map(|broker: &Broker| broker.id).collect()
}

/// Whether a replica may lead.
fn is_able(partition: &Partition, replica: i32, up: &[i32]) -> bool {
    partition.in_sync.contains(&replica) && up.contains(&replica)
}

/// The replica after the leader that may lead, in order.
fn next_replica(partition: &Partition, may: impl Fn(i32) -> bool) -> Option<i32> {
    let place = partition.replicas.iter().position(|replica| Some(*replica) == partition.leader);
    let (before, after) = partition.replicas.split_at(place.map_or(0, |place| place + 1));
    let others = after.iter().chain(before).filter(|replica| Some(**replica) != partition.leader);
    others.copied().find(|replica| may(*replica))
}

fn find(world: &World, name: &str) -> Result<usize, WorldError> {
    let missing = || WorldError::Missing { kind: "topic", name: name.to_owned() };
    world.topic_places.get(name).copied().ok_or_else(missing)
}

fn topic_acts(world: &mut World, name: &str, how: impl FnOnce(&mut Topic)) -> Result<(), WorldError> {
    let place = find(world, name)?;
    settle_topic(world, place);
    if let Some(topic) = world.topics.get_mut(place) {
        how(topic);
    }
    resume_topic(world, place);
    Ok(())
}

fn partition_acts(
    world: &mut World,
    name: &str,
    number: Option<u32>,
    mut how: impl FnMut(&mut Partition),
) -> Result<(), WorldError> {
    let place = find(world, name)?;
    let count = world.topics.get(place).map_or(0, |topic| topic.partitions.len());
    if number.is_some_and(|number| usize::try_from(number).map_or(true, |number| number >= count)) {
        return Err(WorldError::Refused(format!("topic `{name}` has {count} partitions, counted from 0")));
    }
    topic_acts(world, name, |topic| {
        let meant =
            (0_u32..).zip(&mut topic.partitions).filter(|(each, _)| number.is_none_or(|number| number == *each));
        meant.for_each(|(_, partition)| how(partition));
    })
}

fn readers(world: &World, place: usize) -> Vec<String> {
    let reads = |group: &&super::Group| group.readings.iter().any(|reading| reading.topic == place);
    world.groups.values().filter(reads).map(|group| group.spec.name.clone()).collect()
}

/// Notes where all its readers stand.
fn settle_topic(world: &mut World, place: usize) {
    let readers = readers(world, place);
    settle(world, &readers);
}

fn settle(world: &mut World, groups: &[String]) {
    for name in groups {
        world.change(name, |world, group| rebalance::settle(world, group));
    }
}

/// Lets production and reading go on as things are now.
fn resume_topic(world: &mut World, place: usize) {
    let (now, hanging) = (world.now, world.hanging());
    if let Some(topic) = world.topics.get_mut(place) {
        topic.pace(now, &hanging);
    }
    let readers = readers(world, place);
    resume(world, &readers);
}

fn resume(world: &mut World, groups: &[String]) {
    for name in groups {
        world.change(name, |world, group| rebalance::start_reading(world, group));
    }
}
