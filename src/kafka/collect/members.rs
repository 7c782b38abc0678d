//! The members of groups, by what describing told: mostly what it told in the poll before, and then they are not made again.
//!
//! Not what describing asks.
//! Invariant: members that are remembered are those that the same bytes would give; their topics have the numbers that they
//! have in this poll.

use std::collections::HashMap;
use std::sync::Arc;

use kafka_protocol::messages::consumer_group_describe_response::Member as ConsumerMember;

use crate::config::NameFilter;
use crate::model::{Assignment, ClusterSnapshot, GroupId, Member, PartitionId, SnapshotBuilder, TopicIndex, TopicName};
use crate::wire;

use super::super::ask::groups::DescribedMembers;
use super::{Round, watched_topic};

/// Members as they were last told, with topics by the numbers of the last poll.
#[derive(Debug, Default)]
pub(super) struct Memory {
    groups: HashMap<GroupId, Kept>,
    /// The topics of the last poll, in its order.
    topics: Vec<TopicName>,
    /// Whether this poll lists just these.
    is_usable: bool,
}

#[derive(Debug)]
struct Kept {
    bytes: Box<[u8]>,
    is_consumer: bool,
    /// `None` until the snapshot is in order.
    members: Option<Arc<[Member]>>,
    is_told: bool,
}

impl Memory {
    /// A poll begins, which lists these topics.
    pub(super) fn begin(&mut self, builder: &mut SnapshotBuilder) {
        let are_as_many = builder.topics().len() == self.topics.len();
        self.is_usable = are_as_many && self.topics.iter().all(|name| builder.known_topic(name).is_some());
        self.groups.values_mut().for_each(|kept| kept.is_told = false);
    }

    /// The members of a group: those that are remembered, where they were told the same.
    fn members(&mut self, id: GroupId, described: &DescribedMembers, naming: &mut Naming<'_>) -> Arc<[Member]> {
        match described {
            DescribedMembers::Consumer(told) => {
                self.forget(&id);
                told.iter().map(|member| of_consumer(member, naming)).collect()
            }
            DescribedMembers::Classic { told, is_consumer } => {
                if let Some(members) = self.recall(&id, told, *is_consumer) {
                    return members;
                }
                self.note(id, told, *is_consumer);
                told.read().iter().map(|member| of_classic(member, *is_consumer, naming)).collect()
            }
        }
    }

    /// The members that the same bytes gave before.
    fn recall(&mut self, id: &GroupId, told: &wire::DescribedMembers, is_consumer: bool) -> Option<Arc<[Member]>> {
        let kept = self.groups.get_mut(id).filter(|_| self.is_usable)?;
        let is_same = *kept.bytes == *told.as_bytes() && kept.is_consumer == is_consumer;
        kept.is_told |= is_same;
        kept.members.clone().filter(|_| is_same)
    }

    /// These bytes are going to be taken apart.
    fn note(&mut self, id: GroupId, told: &wire::DescribedMembers, is_consumer: bool) {
        let kept = Kept { bytes: Box::from(told.as_bytes()), is_consumer, members: None, is_told: true };
        self.groups.insert(id, kept);
    }

    /// What was last told of a group is not what it has.
    pub(super) fn forget(&mut self, id: &GroupId) {
        self.groups.remove(id);
    }

    /// Takes the members of a poll, and gives those that were remembered the numbers of its topics: another one may have been
    /// spoken of since it began.
    pub(super) fn finish(&mut self, snapshot: &mut ClusterSnapshot) {
        let ClusterSnapshot { topics, groups, .. } = snapshot;
        let are_same = topics.iter().map(|topic| &topic.name).eq(&self.topics);
        let place = |old: TopicIndex| {
            let name = usize::try_from(old.0).ok().and_then(|place| self.topics.get(place))?;
            let place = topics.binary_search_by(|topic| topic.name.cmp(name)).ok()?;
            u32::try_from(place).ok().map(TopicIndex)
        };
        self.groups.retain(|id, kept| {
            let place_of_group = groups.binary_search_by(|group| group.id.cmp(id)).ok().filter(|_| kept.is_told);
            let members = place_of_group.and_then(|place| groups.get_mut(place)?.members.as_mut().ok());
            let Some(members) = members else { return false };
            let is_remembered = kept.members.is_some();
            if is_remembered && are_same {
                return true;
            }
            if is_remembered {
                for member in Arc::make_mut(members) {
                    renumber(member, place);
                }
            }
            kept.members = Some(Arc::clone(members));
            true
        });
        if !are_same {
            self.topics = topics.iter().map(|topic| topic.name.clone()).collect();
        }
    }
}

/// All topics of the last poll are in this one too, in the same order.
fn renumber(member: &mut Member, place: impl Fn(TopicIndex) -> Option<TopicIndex>) {
    let Some(assignment) = &mut member.assignment else { return };
    let indices = assignment.partitions.iter_mut().map(|(topic, _)| topic).chain(&mut assignment.subscribed);
    for index in indices {
        *index = place(*index).unwrap_or(*index);
    }
}

impl Round<'_> {
    /// The members of the group at this place.
    pub(super) fn members(&mut self, place: usize, described: &DescribedMembers) -> Arc<[Member]> {
        let Some(id) = self.builder.groups().get(place).map(|group| group.id.clone()) else { return Arc::default() };
        let mut naming = Naming { filter: &self.config.topics, builder: &mut self.builder };
        self.memory.members(id, described, &mut naming)
    }
}

fn of_classic(told: &wire::DescribedMember<'_>, is_consumer: bool, naming: &mut Naming<'_>) -> Member {
    Member {
        member_id: told.member_id.to_owned(),
        client_id: told.client_id.to_owned(),
        client_host: told.client_host.to_owned(),
        group_instance_id: told.group_instance_id.map(ToOwned::to_owned),
        assignment: if is_consumer { in_bytes(told.metadata, told.assignment, naming) } else { None },
    }
}

fn of_consumer(told: &ConsumerMember, naming: &mut Naming<'_>) -> Member {
    let mut assignment = Assignment::default();
    for part in &told.assignment.topic_partitions {
        naming.owns(&mut assignment, part.topic_name.as_str(), &part.partitions);
    }
    assignment.subscribed = naming.watched(told.subscribed_topic_names.iter().map(|name| name.as_str()));
    Member {
        member_id: told.member_id.to_string(),
        client_id: told.client_id.to_string(),
        client_host: told.client_host.to_string(),
        group_instance_id: told.instance_id.as_ref().map(ToString::to_string),
        assignment: Some(assignment),
    }
}

/// What a member wants and owns, in the form of the `consumer` protocol; `None` if they are not.
fn in_bytes(metadata: &[u8], owned: &[u8], naming: &mut Naming<'_>) -> Option<Assignment> {
    let mut assignment = Assignment::default();
    for part in wire::assignment(owned)? {
        naming.owns(&mut assignment, part.topic, &part.partitions);
    }
    let subscribed = wire::subscribed_topics(metadata).unwrap_or_default();
    assignment.subscribed = naming.watched(subscribed.into_iter());
    Some(assignment)
}

/// Gives topics their index.
struct Naming<'a> {
    filter: &'a NameFilter,
    builder: &'a mut SnapshotBuilder,
}

impl Naming<'_> {
    fn owns(&mut self, assignment: &mut Assignment, topic: &str, partitions: &[i32]) {
        assignment.partition_count += partitions.len();
        if let Some(index) = watched_topic(self.builder, self.filter, topic) {
            assignment.partitions.reserve(partitions.len());
            let partitions = partitions.iter().filter(|partition| **partition >= 0);
            assignment.partitions.extend(partitions.map(|partition| (index, PartitionId(*partition))));
        }
    }

    fn watched<'b>(&mut self, topics: impl Iterator<Item = &'b str>) -> Vec<TopicIndex> {
        topics.filter_map(|topic| watched_topic(self.builder, self.filter, topic)).collect()
    }
}

#[cfg(test)]
mod tests;
