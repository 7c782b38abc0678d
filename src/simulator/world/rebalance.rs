//! How a group finds to an assignment: the rounds of the classic protocol, and the epochs of KIP-848.
//!
//! Not who comes and goes; `membership` is.
//! Invariant: what is taken from a process is committed before another one reads it.

use std::collections::BTreeMap;

use crate::simulator::spec::GroupType;

use super::agenda::Due;
use super::birth::{millis, new_readings};
use super::group::{Group, GroupState};
use super::log::MilliRate;
use super::topic::milli;
use super::{Millis, World, membership, offsets_log};

/// How long the leader computes an assignment.
const SYNC_TAKES: Millis = 300;

/// A round begins because something changed.
pub(super) fn begin(world: &mut World, name: &str) {
    world.change(name, |world, group| {
        settle(world, group);
        let now = world.now;
        if group.members.is_empty() {
            hand_in_all(group);
            enter(group, GroupState::Empty, now);
            group.generation += 1;
            group.rebalance_count += u64::from(group.is_consumer());
        } else if group.state != GroupState::PreparingRebalance {
            group.is_second_round = false;
            start_round(world, group);
        }
    });
}

fn start_round(world: &mut World, group: &mut Group) {
    let (now, takes) = (world.now, millis(group.spec.rebalance_takes).max(1));
    group.round += 1;
    match group.spec.kind {
        GroupType::Consumer => {
            group.generation += 1;
            group.rebalance_count += 1;
            enter(group, GroupState::Assigning, now);
            plan_join(world, group, now + takes.min(SYNC_TAKES));
        }
        GroupType::Cooperative | GroupType::Streams => {
            enter(group, GroupState::PreparingRebalance, now);
            plan_join(world, group, now + takes);
        }
        _ => {
            hand_in_all(group);
            enter(group, GroupState::PreparingRebalance, now);
            plan_join(world, group, now + takes);
        }
    }
}

/// All members have joined the round.
pub(super) fn joined(world: &mut World, name: &str, round: u64) {
    world.change(name, |world, group| {
        if group.round == round && !group.members.is_empty() {
            settle(world, group);
            let now = world.now;
            membership::drop_dead(group);
            let takes = if group.is_consumer() {
                group.assignment_epoch = group.generation;
                enter(group, GroupState::Reconciling, now);
                millis(group.spec.rebalance_takes)
            } else {
                group.generation += 1;
                group.rebalance_count += 1;
                enter(group, GroupState::CompletingRebalance, now);
                SYNC_TAKES
            };
            if is_incremental(group) {
                give_up_what_moves(world, group);
            }
            world.agenda.plan(now + takes.max(1), Due::Synced { group: name.to_owned(), round });
        }
    });
}

/// The assignment is known to all.
pub(super) fn synced(world: &mut World, name: &str, round: u64) {
    world.change(name, |world, group| {
        if group.round == round && !group.members.is_empty() {
            settle(world, group);
            let now = world.now;
            let has_moved = is_incremental(group) && group.readings.iter().any(|reading| reading.owner.is_none());
            enter(group, GroupState::Stable, now);
            let epoch = group.generation;
            group.members.iter_mut().for_each(|member| member.epoch = epoch);
            let is_in_two_rounds = matches!(group.spec.kind, GroupType::Cooperative | GroupType::Streams);
            if has_moved && is_in_two_rounds && !group.is_second_round {
                // What was given up in the first round is handed out in a second one.
                offsets_log::note(world, group);
                group.is_second_round = true;
                start_round(world, group);
            } else {
                assign(world, group);
            }
            start_reading(world, group);
        }
    });
}

/// Hands out what is to be read: evenly, and where a group is incremental, moving as little as possible.
pub(super) fn assign(world: &World, group: &mut Group) {
    let new: Vec<_> = group
        .spec
        .topics
        .iter()
        .filter_map(|topic| world.topic_places.get(topic))
        .flat_map(|place| new_readings(world, group, *place))
        .collect();
    group.readings.extend(new);
    group.readings.sort_by_key(|reading| (reading.topic, reading.partition));
    let targets = targets(group);
    for (reading, target) in group.readings.iter_mut().zip(targets) {
        reading.owner = target;
    }
}

/// The process each reading should belong to.
fn targets(group: &Group) -> Vec<Option<u32>> {
    let processes: Vec<u32> = match group.spec.kind {
        GroupType::Simple => vec![0],
        GroupType::Connect | GroupType::Empty => Vec::new(),
        _ => group.members.iter().map(|member| member.process).collect(),
    };
    if processes.is_empty() {
        return vec![None; group.readings.len()];
    }
    if !is_incremental(group) {
        return range(group, &processes);
    }
    let share = group.readings.len().div_ceil(processes.len());
    let mut loads: BTreeMap<u32, usize> = processes.iter().map(|process| (*process, 0)).collect();
    let mut targets = Vec::with_capacity(group.readings.len());
    for reading in &group.readings {
        let stays = reading.owner.and_then(|owner| Some((owner, loads.get_mut(&owner)?)));
        let stays = stays.filter(|(_, load)| **load < share).map(|(owner, load)| {
            *load += 1;
            owner
        });
        targets.push(stays);
    }
    for target in targets.iter_mut().filter(|target| target.is_none()) {
        let least = loads.iter_mut().min_by_key(|(process, load)| (**load, **process));
        *target = least.map(|(process, load)| {
            *load += 1;
            *process
        });
    }
    targets
}

/// As the range assignor: each topic in stretches, the first members one partition longer.
fn range(group: &Group, processes: &[u32]) -> Vec<Option<u32>> {
    let mut targets = Vec::with_capacity(group.readings.len());
    for topic in group.readings.chunk_by(|left, right| left.topic == right.topic) {
        let (each, longer) = (topic.len() / processes.len(), topic.len() % processes.len());
        for (place, process) in processes.iter().enumerate() {
            targets.extend(std::iter::repeat_n(Some(*process), each + usize::from(place < longer)));
        }
    }
    targets
}

/// Sets who reads what, from where, and how fast.
pub(super) fn start_reading(world: &World, group: &mut Group) {
    settle(world, group);
    let capacity = group.spec.capacity.map(milli);
    let shares = shares(world, group, capacity);
    let is_alone = group.spec.kind == GroupType::Simple;
    let hanging = world.hanging();
    for (place, share) in shares.into_iter().enumerate() {
        let Some(owner) = group.readings.get(place).map(|reading| reading.owner) else { continue };
        let member = owner.and_then(|process| group.member(process));
        let is_at_work = is_alone || member.is_some_and(|member| !member.is_paused && !member.is_dead);
        if let Some(reading) = group.readings.get_mut(place) {
            reading.is_read = owner.is_some() && is_at_work;
            // Nobody hands out records of a partition that nobody leads.
            reading.capacity = if is_led(world, reading, &hanging) { share } else { 0 };
        }
    }
}

fn is_led(world: &World, reading: &super::Reading, hanging: &[i32]) -> bool {
    let topic = world.topic_at(reading.topic);
    let place = usize::try_from(reading.partition).ok();
    let partition = topic.zip(place).and_then(|(topic, place)| topic.partitions.get(place));
    partition.and_then(|partition| partition.leader).is_some_and(|leader| !hanging.contains(&leader))
}

/// A process spends its time on its partitions as they have records.
fn shares(world: &World, group: &Group, capacity: Option<MilliRate>) -> Vec<MilliRate> {
    let Some(capacity) = capacity else { return vec![MilliRate::MAX; group.readings.len()] };
    let rate = |reading: &super::Reading| {
        let topic = world.topic_at(reading.topic)?;
        let partition = topic.partitions.get(usize::try_from(reading.partition).ok()?)?;
        Some(partition.log.rate())
    };
    let rates: Vec<MilliRate> = group.readings.iter().map(|reading| rate(reading).unwrap_or(0)).collect();
    let mut sums: BTreeMap<Option<u32>, (i128, i128)> = BTreeMap::new();
    for (reading, rate) in group.readings.iter().zip(&rates) {
        let (sum, count) = sums.entry(reading.owner).or_default();
        *sum += i128::from(*rate);
        *count += 1;
    }
    let share = |(reading, rate): (&super::Reading, &MilliRate)| {
        let (sum, count) = sums.get(&reading.owner).copied().unwrap_or((0, 1));
        // Where nothing is produced, what is left is worked off evenly.
        let share = if sum > 0 { i128::from(capacity) * i128::from(*rate) / sum } else { i128::from(capacity) / count };
        MilliRate::try_from(share).unwrap_or(MilliRate::MAX)
    };
    group.readings.iter().zip(&rates).map(share).collect()
}

/// Notes where everything stands now, so that what follows may change how it goes on.
pub(super) fn settle(world: &World, group: &mut Group) {
    let now = world.now;
    let standing: Vec<_> = group
        .readings
        .iter()
        .map(|reading| (world.position_at(group, reading, now), world.committed_at(group, reading, now)))
        .collect();
    for (reading, (position, committed)) in group.readings.iter_mut().zip(standing) {
        (reading.position, reading.committed, reading.anchor) = (position, committed, now);
    }
}

/// Everybody commits and stops.
fn hand_in_all(group: &mut Group) {
    for place in 0..group.readings.len() {
        hand_in(group, place);
    }
}

/// A partition is committed, if its process can, and given back.
pub(super) fn hand_in(group: &mut Group, place: usize) {
    let has_commits = group.spec.kind != GroupType::Connect;
    if let Some(reading) = group.readings.get_mut(place) {
        if reading.is_read && has_commits {
            reading.committed = Some(reading.position);
        } else {
            // What a dead or stuck process had done beyond its last commit is done again.
            reading.position = reading.committed.unwrap_or(reading.position);
        }
        reading.is_read = false;
        reading.owner = None;
    }
}

fn give_up_what_moves(world: &World, group: &mut Group) {
    let targets = targets(group);
    for (place, target) in targets.into_iter().enumerate() {
        let owner = group.readings.get(place).and_then(|reading| reading.owner);
        if owner.is_some() && owner != target {
            hand_in(group, place);
        }
    }
    start_reading(world, group);
}

/// Whether members keep what does not move.
fn is_incremental(group: &Group) -> bool {
    matches!(group.spec.kind, GroupType::Cooperative | GroupType::Streams | GroupType::Consumer)
}

fn plan_join(world: &mut World, group: &Group, at: Millis) {
    world.agenda.plan(at, Due::Joined { group: group.spec.name.clone(), round: group.round });
}

fn enter(group: &mut Group, state: GroupState, at: Millis) {
    group.state = state;
    group.since = at;
}
