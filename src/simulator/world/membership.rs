//! Members that come, go, die and are missed.
//!
//! Not what a group does about it; `rebalance` is.
//! Invariant: a process is at most one member, and what a process without a member read is nobody's.

use crate::simulator::spec::GroupType;

use super::agenda::Due;
use super::birth::millis;
use super::chance::Chance;
use super::group::{Group, GroupState, Member};
use super::{Millis, World, rebalance};

/// A process joins under a new member id.
pub(super) fn new_member(group: &mut Group, process: u32, at: Millis, chance: Chance) -> Member {
    group.joined_count += 1;
    let name = &group.spec.name;
    let id = uuid(chance.id(&format!("member {name} {process} {}", group.joined_count)));
    let host = format!("/10.{}.{}.{}", process / 250, chance.number(name) % 250, process % 250 + 1);
    let (client_id, instance) = match group.spec.kind {
        GroupType::Static => (format!("{name}-{process}"), Some(format!("{name}-{process}"))),
        GroupType::Streams => {
            let application = uuid(chance.id(&format!("application {name} {}", process / 2)));
            (format!("{name}-{application}-StreamThread-{}-consumer", process % 2 + 1), None)
        }
        GroupType::Connect => (format!("connect-worker-{process}"), None),
        _ => (format!("consumer-{name}-{}", process + 1), None),
    };
    // A member of KIP-848 makes up its own id; a coordinator puts the client's name before it.
    let id = match (group.spec.kind, &instance) {
        (GroupType::Consumer, _) => id,
        (_, Some(instance)) => format!("{instance}-{id}"),
        (_, None) => format!("{client_id}-{id}"),
    };
    Member { process, id, instance, client_id, host, joined: at, epoch: 0, is_paused: false, is_dead: false }
}

/// Processes that are not members join.
pub(super) fn join(world: &mut World, name: &str, processes: &[u32]) {
    let (now, chance) = (world.now, world.chance);
    let Some(mut group) = world.groups.remove(name) else { return };
    rebalance::settle(world, &mut group);
    let mut has_changed = false;
    for process in processes {
        let known = group.members.iter().position(|member| member.process == *process);
        match known {
            // A dead one that comes back before it was missed: a static member takes its place, another one is new.
            Some(place) if group.members.get(place).is_some_and(|member| member.is_dead) => {
                let mut back = new_member(&mut group, *process, now, chance);
                back.epoch = group.generation;
                has_changed |= group.spec.kind != GroupType::Static;
                if let Some(member) = group.members.get_mut(place) {
                    *member = back;
                }
            }
            Some(_) => {}
            None => {
                let member = new_member(&mut group, *process, now, chance);
                group.members.push(member);
                has_changed = true;
            }
        }
    }
    group.members.sort_by_key(|member| member.process);
    rebalance::start_reading(world, &mut group);
    if has_changed {
        world.groups.insert(name.to_owned(), group);
        rebalance::begin(world, name);
    } else {
        world.keep(group);
    }
}

/// Members end well. A static one is gone without a word, and may come back in time.
pub(super) fn leave(world: &mut World, name: &str, processes: &[u32]) {
    let Some(mut group) = world.groups.remove(name) else { return };
    rebalance::settle(world, &mut group);
    let is_static = group.spec.kind == GroupType::Static;
    for reading in group.readings.iter_mut().filter(|reading| is_among(reading.owner, processes)) {
        if reading.is_read && group.spec.kind != GroupType::Connect {
            reading.committed = Some(reading.position);
        }
    }
    if is_static {
        world.keep(group);
        return crash(world, name, processes);
    }
    remove(&mut group, processes);
    world.groups.insert(name.to_owned(), group);
    rebalance::begin(world, name);
}

/// Processes die; the coordinator knows nothing of it until their sessions end.
pub(super) fn crash(world: &mut World, name: &str, processes: &[u32]) {
    world.change(name, |world, group| {
        rebalance::settle(world, group);
        let missed_at = world.now + millis(group.spec.session_timeout);
        for member in group.members.iter_mut().filter(|member| processes.contains(&member.process)) {
            member.is_dead = true;
            world.agenda.plan(missed_at, Due::Missed { group: name.to_owned(), member: member.id.clone() });
        }
        for reading in group.readings.iter_mut().filter(|reading| is_among(reading.owner, processes)) {
            reading.position = reading.committed.unwrap_or(reading.position);
            reading.is_read = false;
        }
    });
}

/// A session ended without a heartbeat.
pub(super) fn missed(world: &mut World, name: &str, member: &str) {
    expel(world, name, |known| known.id == member && known.is_dead);
}

/// A member was busy for longer than it may: its own client leaves for it, and it cannot commit any more.
pub(super) fn polled_too_late(world: &mut World, name: &str, member: &str) {
    expel(world, name, |known| known.id == member && known.is_paused);
}

/// The first of these members, if there is one left, is a member no more.
fn expel(world: &mut World, name: &str, is_meant: impl Fn(&Member) -> bool) {
    let Some(group) = world.groups.get_mut(name) else { return };
    let Some(process) = group.members.iter().find(|member| is_meant(member)).map(|member| member.process) else {
        return;
    };
    remove(group, &[process]);
    rebalance::begin(world, name);
}

/// Members stand still, or go on; their hearts beat.
pub(super) fn pause(world: &mut World, name: &str, processes: &[u32], is_paused: bool) {
    world.change(name, |world, group| {
        rebalance::settle(world, group);
        for member in group.members.iter_mut().filter(|member| processes.contains(&member.process)) {
            member.is_paused = is_paused;
        }
        rebalance::start_reading(world, group);
    });
}

/// Who is dead cannot join a round.
pub(super) fn drop_dead(group: &mut Group) {
    let dead: Vec<u32> = group.members.iter().filter(|member| member.is_dead).map(|member| member.process).collect();
    if group.state == GroupState::PreparingRebalance && dead.len() < group.members.len() {
        remove(group, &dead);
    }
}

fn remove(group: &mut Group, processes: &[u32]) {
    for place in 0..group.readings.len() {
        if group.readings.get(place).is_some_and(|reading| is_among(reading.owner, processes)) {
            rebalance::hand_in(group, place);
        }
    }
    group.members.retain(|member| !processes.contains(&member.process));
}

fn is_among(owner: Option<u32>, processes: &[u32]) -> bool {
    owner.is_some_and(|owner| processes.contains(&owner))
}

/// An id as Java writes UUIDs.
fn uuid(id: u128) -> String {
    let hex = format!("{id:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}
