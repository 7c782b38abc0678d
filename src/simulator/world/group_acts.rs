//! What happens to groups.
//!
//! Not rebalances themselves, nor sessions; those are in `rebalance` and `membership`.
//! Invariant: readings are settled before how they go on is changed.

use std::time::Duration;

use crate::simulator::spec::{Action, GroupType, MemberOf, ReadingOf};

use super::agenda::Due;
use super::birth::millis;
use super::group::Group;
use super::{Millis, World, WorldError, membership, offsets_log, rebalance};

/// What happens to what a group reads.
pub(super) fn readings(world: &mut World, action: &Action) -> Result<(), WorldError> {
    let now = world.now;
    match action {
        Action::Capacity { group, rate } => change(world, group, |_, group| group.spec.capacity = *rate),
        Action::Poison(of) => {
            check_reading(world, of)?;
            change(world, &of.group.clone(), |world, group| {
                for_readings(world, group, of, |reading| reading.poison = Some(reading.position));
            })
        }
        Action::Cure(of) => {
            check_reading(world, of)?;
            change(world, &of.group.clone(), |world, group| {
                for_readings(world, group, of, |reading| reading.poison = None);
            })
        }
        Action::Reset { group, topic, partition, behind } => {
            let of = ReadingOf { group: group.clone(), topic: topic.clone(), partition: *partition };
            check_reading(world, &of)?;
            change(world, group, |world, group| {
                let ends: Vec<i64> = world
                    .topic(topic)
                    .into_iter()
                    .flat_map(|topic| &topic.partitions)
                    .map(|partition| partition.log.end(now))
                    .collect();
                for_readings(world, group, &of, |reading| {
                    let end = usize::try_from(reading.partition).ok().and_then(|place| ends.get(place)).copied();
                    let offset = (end.unwrap_or(0) - behind).max(0);
                    (reading.position, reading.committed) = (offset, Some(offset));
                });
            })
        }
        Action::DeleteGroup { group } => {
            let known = find(world, group)?;
            if !known.members.is_empty() {
                return Err(WorldError::Refused(format!("group `{group}` is not empty")));
            }
            if let Some(group) = world.groups.remove(group) {
                offsets_log::forget(world, &group);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What happens to members.
pub(super) fn members(world: &mut World, action: &Action) -> Result<(), WorldError> {
    match action {
        Action::Pause(of) => {
            let processes = present(world, of)?;
            membership::pause(world, &of.group, &processes, true);
        }
        Action::Resume(of) => {
            let processes = present(world, of)?;
            membership::pause(world, &of.group, &processes, false);
        }
        Action::Leave(of) => {
            let processes = present(world, of)?;
            membership::leave(world, &of.group, &processes);
        }
        Action::Crash { group, member, back_after } => {
            let of = MemberOf { group: group.clone(), member: *member };
            let processes = present(world, &of)?;
            membership::crash(world, group, &processes);
            if let Some(back_after) = back_after {
                let back = Action::Join(of);
                world.agenda.plan(world.now + millis(*back_after), Due::Action(back));
            }
        }
        Action::ExceedMaxPoll { group, member, back_after } => {
            exceed(world, &MemberOf { group: group.clone(), member: *member }, *back_after)?;
        }
        Action::Join(of) => {
            let wanted = wanted(find(world, &of.group)?, of.member);
            membership::join(world, &of.group, &wanted);
        }
        Action::Scale { group, members } => {
            find(world, group)?;
            if let Some(group) = world.groups.get_mut(group) {
                group.spec.members = *members;
            }
            let all: Vec<u32> = (0..*members).collect();
            let surplus: Vec<u32> = processes(find(world, group)?).filter(|process| process >= members).collect();
            if !surplus.is_empty() {
                membership::leave(world, group, &surplus);
            }
            membership::join(world, group, &all);
        }
        Action::Rebalance { group } => {
            find(world, group)?;
            rebalance::begin(world, group);
        }
        Action::Deploy { group, step } => deploy(world, group, *step)?,
        _ => {}
    }
    Ok(())
}

fn exceed(world: &mut World, of: &MemberOf, back_after: Duration) -> Result<(), WorldError> {
    let processes = present(world, of)?;
    membership::pause(world, &of.group, &processes, true);
    let group = find(world, &of.group)?;
    let out_at = world.now + millis(group.spec.max_poll_interval);
    let members: Vec<String> = group
        .members
        .iter()
        .filter(|member| processes.contains(&member.process))
        .map(|member| member.id.clone())
        .collect();
    for member in members {
        world.agenda.plan(out_at, Due::PolledTooLate { group: of.group.clone(), member });
    }
    world.agenda.plan(out_at + millis(back_after), Due::Action(Action::Join(of.clone())));
    Ok(())
}

/// Each process is stopped, and its successor started a third of a step later.
fn deploy(world: &mut World, group: &str, step: Duration) -> Result<(), WorldError> {
    let processes: Vec<u32> = processes(find(world, group)?).collect();
    let step = millis(step);
    for (place, process) in (0..).zip(processes) {
        let at: Millis = world.now + step * place;
        let of = MemberOf { group: group.to_owned(), member: Some(process) };
        world.agenda.plan(at, Due::Action(Action::Leave(of.clone())));
        world.agenda.plan(at + step / 3, Due::Action(Action::Join(of)));
    }
    Ok(())
}

/// Settles a group, changes it, and lets it go on.
fn change(world: &mut World, name: &str, how: impl FnOnce(&World, &mut Group)) -> Result<(), WorldError> {
    find(world, name)?;
    world.change(name, |world, group| {
        rebalance::settle(world, group);
        how(world, group);
        rebalance::start_reading(world, group);
    });
    Ok(())
}

fn for_readings(world: &World, group: &mut Group, of: &ReadingOf, mut how: impl FnMut(&mut super::Reading)) {
    let place = world.topic_places.get(&of.topic).copied();
    let is_meant = |reading: &super::Reading| {
        Some(reading.topic) == place && of.partition.is_none_or(|partition| partition == reading.partition)
    };
    group.readings.iter_mut().filter(|reading| is_meant(reading)).for_each(&mut how);
}

fn check_reading(world: &World, of: &ReadingOf) -> Result<(), WorldError> {
    let group = find(world, &of.group)?;
    let place = world.topic_places.get(&of.topic).copied();
    let missing = || WorldError::Missing { kind: "topic", name: of.topic.clone() };
    let place = place.ok_or_else(missing)?;
    let is_read = group
        .readings
        .iter()
        .any(|reading| reading.topic == place && of.partition.is_none_or(|partition| partition == reading.partition));
    if is_read {
        Ok(())
    } else {
        Err(WorldError::Refused(format!("group `{}` does not read that of topic `{}`", of.group, of.topic)))
    }
}

fn find<'a>(world: &'a World, name: &str) -> Result<&'a Group, WorldError> {
    world.groups.get(name).ok_or_else(|| WorldError::Missing { kind: "group", name: name.to_owned() })
}

/// The processes that are members.
fn processes(group: &Group) -> impl Iterator<Item = u32> {
    group.members.iter().map(|member| member.process)
}

/// The processes meant that are members now; it is an error if there is none.
fn present(world: &World, of: &MemberOf) -> Result<Vec<u32>, WorldError> {
    let group = find(world, &of.group)?;
    let present: Vec<u32> =
        processes(group).filter(|process| of.member.is_none_or(|member| member == *process)).collect();
    if present.is_empty() {
        return Err(WorldError::Refused(format!("group `{}` has no such member now", of.group)));
    }
    Ok(present)
}

/// The processes meant, members or not.
fn wanted(group: &Group, member: Option<u32>) -> Vec<u32> {
    if matches!(group.spec.kind, GroupType::Simple | GroupType::Empty) {
        return Vec::new();
    }
    member.map_or_else(|| (0..group.spec.members).collect(), |member| vec![member])
}
