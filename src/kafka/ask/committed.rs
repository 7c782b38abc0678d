//! OffsetFetch: what groups committed, for many groups per request where the broker can (KIP-709).
//!
//! Not lag. Transactions that are under way do not hide older commits: unstable offsets are allowed.
//! Invariant: an offset below 0 means that there is no commit, and gives none.

use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestGroup;
use kafka_protocol::messages::{GroupId as WireGroupId, OffsetFetchRequest};
use kafka_protocol::protocol::StrBytes;

use crate::model::{GroupId, Moment, Question};
use crate::wire::{GroupCommits, PartitionCommit};

use super::super::code::Refusal;
use super::super::connection::Answered;
use super::super::error::Error;
use super::super::link::Link;
use super::super::poll::Poll;
use super::batches::{self, Told};
use super::{count_failures, text};

/// The first version that takes many groups.
const FIRST_BATCHED: i16 = 8;

/// What one group committed, with topics by name.
#[derive(Clone, Debug)]
pub(in super::super) struct GroupOffsets {
    /// When the answer arrived.
    pub(in super::super) answered: Moment,
    /// Per topic, per partition.
    pub(in super::super) topics: Vec<(StrBytes, Vec<PartitionCommit>)>,
}

/// Each group with what it committed, or why that was not told.
pub(in super::super) type Committed = Vec<(GroupId, Result<GroupOffsets, Refusal>)>;

/// Asks one coordinator about many groups.
pub(in super::super) async fn ask(link: &mut Link, groups: Vec<GroupId>, poll: &Poll) -> Result<Committed, Error> {
    let batch = |version: i16| if version >= FIRST_BATCHED { poll.groups_per_request } else { 1 };
    let read = |_, chunk: &[GroupId], answer| {
        let told = read(chunk, answer);
        let groups = told.iter().filter_map(|(_, outcome)| outcome.as_ref().ok());
        let partitions = groups.flat_map(|group| &group.topics).flat_map(|(_, partitions)| partitions);
        let refusals: Vec<Refusal> = partitions.filter_map(|told| Refusal::of(told.error_code)).collect();
        count_failures(Question::OffsetFetch, refusals.iter(), poll);
        told
    };
    batches::ask(link, &groups, poll, batch, request, read).await
}

fn request(version: i16, groups: &[GroupId]) -> OffsetFetchRequest {
    let request = OffsetFetchRequest::default().with_require_stable(false);
    if version >= FIRST_BATCHED {
        let asked = groups
            .iter()
            .map(|group| OffsetFetchRequestGroup::default().with_group_id(WireGroupId(text(group))).with_topics(None));
        return request.with_groups(asked.collect());
    }
    let group = groups.first().map(|group| text(group)).unwrap_or_default();
    request.with_group_id(WireGroupId(group)).with_topics(None)
}

fn read(asked: &[GroupId], answer: Answered<Vec<GroupCommits>>) -> Told<GroupOffsets> {
    let Answered { body, at } = answer;
    let told = body.into_iter().map(|group| {
        // Before version 8 an answer does not name the one group it is about.
        let id = group.group.or_else(|| asked.first().map(|group| text(group))).unwrap_or_default();
        let offsets = GroupOffsets { answered: at, topics: group.topics };
        (id, Refusal::of(group.error_code).map_or(Ok(offsets), Err))
    });
    told.collect()
}
