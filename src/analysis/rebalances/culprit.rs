//! The member that a storm comes from, and its names.
//!
//! Not whether there is a storm, nor of what cause.
//! Invariant: who was named stays so while it is away, and a name is cut where it would be a page.

use crate::model::{AtFault, FollowedGroup, Group, HeardMember, Member, Said, StormCause};

use super::cause;
use super::members::identity;
use super::rules::{Facts, Identity};
use super::story::Story;

/// Letters of a name that are kept.
const NAME_MAX: usize = 256;

/// The identity that comes and goes most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Most {
    identity: u64,
    /// How many others come and go again and again.
    others: usize,
}

/// Who is at fault, where the cause is with a member: of those that come and go as it says, the one that does so most.
pub(super) fn of(facts: &Facts<'_>, cause: StormCause) -> Option<Most> {
    let again = |known: &Identity| known.joins.max(known.leaves) >= 2;
    let often: Vec<(u64, u32)> = facts
        .identities
        .iter()
        .filter(|(_, known)| again(known) && cause::fits(facts, cause, known))
        .map(|(identity, known)| (*identity, known.joins + known.leaves))
        .collect();
    let (identity, _) = often.iter().max_by_key(|(_, count)| *count)?;
    Some(Most { identity: *identity, others: often.len() - 1 })
}

/// The names of who is at fault: as they were told before, or as this poll or the log tells them.
pub(super) fn named(
    before: Option<Box<AtFault>>,
    story: &mut Story,
    most: Option<Most>,
    group: &Group,
    heard: Option<&FollowedGroup>,
) -> Option<Box<AtFault>> {
    // What is no longer to be seen may still be at fault.
    let Some(most) = most else { return before };
    let is_known = story.at_fault.replace(most.identity) == Some(most.identity);
    let now = polled(group, most).or_else(|| logged(heard?, most));
    let known = before.filter(|_| is_known).map(|before| AtFault { others: most.others, ..*before });
    now.or(known).map(Box::new)
}

fn polled(group: &Group, most: Most) -> Option<AtFault> {
    let names = |member: &Member| {
        let instance = member.group_instance_id.as_deref();
        at_fault(most, instance, [&member.member_id, &member.client_id, &member.client_host])
    };
    group.known_members().iter().find_map(names)
}

fn logged(heard: &FollowedGroup, most: Most) -> Option<AtFault> {
    let mut members = heard.heard.iter().rev().flat_map(|heard| match &heard.said {
        Said::Generation(generation) => generation.members.as_slice(),
        Said::Member(member) => std::slice::from_ref(member),
        _ => &[],
    });
    let names = |member: &HeardMember| {
        let instance = member.group_instance_id.as_deref();
        at_fault(most, instance, [&member.member_id, &member.client_id, &member.client_host])
    };
    members.find_map(names)
}

/// The names of a member, if it is the one.
fn at_fault(most: Most, instance: Option<&str>, [member_id, client_id, client_host]: [&str; 3]) -> Option<AtFault> {
    (identity(instance, client_id, client_host) == most.identity).then(|| AtFault {
        member_id: cut(member_id),
        group_instance_id: instance.map(cut),
        client_id: cut(client_id),
        client_host: cut(client_host),
        others: most.others,
    })
}

fn cut(name: &str) -> String {
    name.chars().take(NAME_MAX).collect()
}
