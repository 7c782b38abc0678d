//! The members of groups, by what describing told: mostly what it told in the poll before, and then they are not made again.
//!
//! Not what describing asks. Members of KIP-848 groups are made anew in each poll: the codec has read them already.
//! Invariant: members that are remembered are those that the same bytes would give; their topics have the numbers that they
//! have in this poll. A member whose bytes we cannot read is a member all the same.

use std::collections::HashMap;
use std::sync::Arc;

use kafka_protocol::messages::consumer_group_describe_response::Member as ConsumerMember;

use crate::config::NameFilter;
use crate::model::{
    Assignment, ClusterSnapshot, GroupId, Member, PartitionId, SnapshotBuilder, Topic, TopicIndex, TopicName,
};
use crate::wire;

use super::super::ask::groups::ToldMembers;
use super::{Round, watched_topic};

/// Of a group that tells more, the members are made anew in each poll.
const BYTES_MAX: usize = 256 * 1024;

/// Members as they were last told, with topics by the numbers of the last poll.
#[derive(Debug, Default)]
pub(super) struct Memory {
    groups: HashMap<GroupId, Kept>,
    /// The topics of the last poll, in its order.
    topics: Vec<TopicName>,
    /// Those that were listed.
    listed: Vec<TopicName>,
    /// Whether this poll lists just these.
    is_usable: bool,
}

#[derive(Debug)]
struct Kept {
    /// In memory of their own: a part of an answer would hold all of it.
    told: wire::DescribedMembers,
    is_consumer: bool,
    /// `None` until the snapshot is in order.
    members: Option<Arc<[Member]>>,
    /// The topics that they speak of and nobody lists.
    unlisted: Vec<TopicName>,
    is_told: bool,
}

impl Memory {
    /// A poll begins, which lists these topics.
    pub(super) fn begin(&mut self, builder: &mut SnapshotBuilder) {
        let are_as_many = builder.topics().len() == self.listed.len();
        self.is_usable = are_as_many && self.listed.iter().all(|name| builder.known_topic(name).is_some());
        self.groups.values_mut().for_each(|kept| kept.is_told = false);
    }

    /// The members of a group: those that are remembered, where they were told the same.
    fn members(&mut self, id: GroupId, told: &ToldMembers, naming: &mut Naming<'_>) -> Arc<[Member]> {
        match told {
            ToldMembers::Consumer(told) => {
                self.groups.remove(&id);
                told.iter().map(|member| of_consumer(member, naming)).collect()
            }
            ToldMembers::Classic { told, is_consumer } => {
                if let Some(members) = self.recall(&id, told, *is_consumer, naming.builder) {
                    return members;
                }
                self.note(id, told, *is_consumer);
                told.read().iter().map(|member| of_classic(member, *is_consumer, naming)).collect()
            }
        }
    }

    /// The members that the same bytes gave before.
    fn recall(
        &mut self,
        id: &GroupId,
        told: &wire::DescribedMembers,
        is_consumer: bool,
        builder: &mut SnapshotBuilder,
    ) -> Option<Arc<[Member]>> {
        let kept = self.groups.get_mut(id).filter(|_| self.is_usable)?;
        let members = kept.members.as_ref().filter(|_| kept.told == *told && kept.is_consumer == is_consumer)?;
        kept.is_told = true;
        for name in &kept.unlisted {
            builder.topic_index(name);
        }
        Some(Arc::clone(members))
    }

    /// These bytes are going to be taken apart.
    fn note(&mut self, id: GroupId, told: &wire::DescribedMembers, is_consumer: bool) {
        if told.len() > BYTES_MAX {
            self.groups.remove(&id);
            return;
        }
        let kept = Kept { told: told.copied(), is_consumer, members: None, unlisted: Vec::new(), is_told: true };
        self.groups.insert(id, kept);
    }

    /// Takes the members of a poll, and gives those that were remembered the numbers of its topics: others may be spoken of
    /// than in the last one.
    pub(super) fn finish(&mut self, snapshot: &mut ClusterSnapshot) {
        let moved = self.moved(snapshot);
        let ClusterSnapshot { topics, groups, .. } = snapshot;
        self.groups.retain(|id, kept| {
            let place = groups.binary_search_by(|group| group.id.cmp(id)).ok().filter(|_| kept.is_told);
            let members = place.and_then(|place| groups.get_mut(place)?.members.as_mut().ok());
            let Some(members) = members else { return false };
            match (&kept.members, &moved) {
                (Some(_), None) => return true,
                // The group may have been asked about once more since.
                (Some(known), Some(_)) if !Arc::ptr_eq(known, members) => return false,
                (Some(_), Some(moved)) => {
                    for member in Arc::make_mut(members) {
                        renumber(member, moved);
                    }
                }
                (None, _) => kept.unlisted = unlisted(members, topics),
            }
            kept.members = Some(Arc::clone(members));
            true
        });
        if self.groups.capacity() > self.groups.len() * 2 {
            self.groups.shrink_to_fit();
        }
        if moved.is_some() {
            self.topics = topics.iter().map(|topic| topic.name.clone()).collect();
        }
        if !self.is_usable {
            self.listed = topics.iter().filter(|topic| topic.is_listed).map(|topic| topic.name.clone()).collect();
        }
    }

    /// Where the topics of the last poll are now; `None` if where they were.
    fn moved(&self, snapshot: &ClusterSnapshot) -> Option<Vec<TopicIndex>> {
        if snapshot.topics.iter().map(|topic| &topic.name).eq(&self.topics) {
            return None;
        }
        // One that nobody speaks of any more is nowhere.
        let place = |name: &TopicName| snapshot.place_of(name).and_then(|place| u32::try_from(place).ok());
        Some(self.topics.iter().map(|name| TopicIndex(place(name).unwrap_or(u32::MAX))).collect())
    }
}

/// The order stays: both polls have it by name.
fn renumber(member: &mut Member, moved: &[TopicIndex]) {
    let Some(assignment) = &mut member.assignment else { return };
    for index in assignment.partitions.iter_mut().map(|(topic, _)| topic).chain(&mut assignment.subscribed) {
        let new = usize::try_from(index.0).ok().and_then(|place| moved.get(place));
        *index = new.copied().unwrap_or(*index);
    }
}

/// The topics that members speak of and nobody lists.
fn unlisted(members: &[Member], topics: &[Topic]) -> Vec<TopicName> {
    let told = members.iter().filter_map(|member| member.assignment.as_ref());
    let indices = told.flat_map(Assignment::topics);
    let spoken_of = indices.filter_map(|index| topics.get(usize::try_from(index.0).ok()?));
    let mut names: Vec<_> = spoken_of.filter(|topic| !topic.is_listed).map(|topic| topic.name.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

impl Round<'_> {
    /// The members of the group at this place.
    pub(super) fn members(&mut self, place: usize, told: &ToldMembers) -> Arc<[Member]> {
        let Some(id) = self.builder.groups().get(place).map(|group| group.id.clone()) else { return Arc::default() };
        let mut naming = Naming { filter: &self.config.topics, builder: &mut self.builder };
        self.memory.members(id, told, &mut naming)
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
    // What it owns now, not what it moves to.
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
