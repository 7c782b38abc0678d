//! The members of a group and what they own, in JSON.
//!
//! Not how far behind they are.
//! Invariant: a member is here as the coordinator told of it in the poll of the report.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::groups::{Group, found};
use super::history::{LagPoint, lag_points};
use crate::model::{ClusterReport, Member as MemberFacts, PartitionId, TopicIndex};

/// One group with its members and its past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupDetail<'a> {
    /// What the list of groups tells of it.
    #[serde(flatten)]
    pub summary: Group<'a>,
    /// Its members, at most as many as a list has items; `null` where `members` is.
    pub member_list: Option<Vec<Member<'a>>>,
    /// Its lag over time, up to now.
    pub history: Vec<LagPoint>,
}

/// One member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member<'a> {
    /// The id the coordinator gave it.
    pub member_id: Cow<'a, str>,
    /// The configured `client.id`.
    pub client_id: Cow<'a, str>,
    /// The host it connects from.
    pub client_host: Cow<'a, str>,
    /// The configured `group.instance.id`; `null` for a dynamic member.
    pub group_instance_id: Option<Cow<'a, str>>,
    /// How many partitions it owns, also of topics that the filters hide; `null` where the protocol does not tell.
    pub partition_count: Option<usize>,
    /// What it owns of the topics that pass the filters, by name.
    pub topics: Vec<Owned<'a>>,
}

/// What a member owns of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owned<'a> {
    /// The topic.
    pub topic: Cow<'a, str>,
    /// The partitions, by number.
    pub partitions: Vec<i32>,
}

/// The group of this id, with its members.
#[must_use]
pub fn group_detail<'a>(report: &'a ClusterReport, id: &str) -> Option<GroupDetail<'a>> {
    let summary = super::group(report, id)?;
    let groups = &report.snapshot.groups;
    let facts = groups.binary_search_by(|group| group.id.as_str().cmp(id)).ok().and_then(|place| groups.get(place));
    let members = facts.and_then(|facts| facts.members.as_ref().ok());
    let member_list =
        members.map(|members| members.iter().take(super::LIMIT_MAX).map(|one| member(report, one)).collect());
    let history = lag_points(&found(report, id)?.history);
    Some(GroupDetail { summary, member_list, history })
}

fn member<'a>(report: &'a ClusterReport, member: &'a MemberFacts) -> Member<'a> {
    let assignment = member.assignment.as_ref();
    Member {
        member_id: Cow::Borrowed(&member.member_id),
        client_id: Cow::Borrowed(&member.client_id),
        client_host: Cow::Borrowed(&member.client_host),
        group_instance_id: member.group_instance_id.as_deref().map(Cow::Borrowed),
        partition_count: assignment.map(|assignment| assignment.partition_count),
        topics: assignment.map(|assignment| owned(report, &assignment.partitions)).unwrap_or_default(),
    }
}

/// Sorted partitions, topic by topic.
fn owned<'a>(report: &'a ClusterReport, partitions: &[(TopicIndex, PartitionId)]) -> Vec<Owned<'a>> {
    let of_one_topic = partitions.chunk_by(|left, right| left.0 == right.0);
    let topic = |owned: &[(TopicIndex, PartitionId)]| {
        let topic = report.snapshot.topic(owned.first()?.0)?;
        let partitions = owned.iter().map(|(_, partition)| partition.0).collect();
        Some(Owned { topic: Cow::Borrowed(&topic.name), partitions })
    };
    of_one_topic.filter_map(topic).collect()
}
