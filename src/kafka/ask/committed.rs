//! OffsetFetch: what groups committed, for many groups per request where the broker can (KIP-709).
//!
//! Not lag. Transactions that are under way do not hide older commits: unstable offsets are allowed.
//! Invariant: an offset below 0 means that there is no commit, and gives none.

use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestGroup;
use kafka_protocol::messages::{GroupId as WireGroupId, OffsetFetchRequest, OffsetFetchResponse};

use crate::model::{GroupId, Moment, Question};

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
    pub(in super::super) topics: Vec<(String, Vec<PartitionOffset>)>,
}

/// One partition's commit, or why it cannot be told.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct PartitionOffset {
    pub(in super::super) partition: i32,
    /// The committed offset; below 0 for none.
    pub(in super::super) offset: i64,
    /// The leader epoch stored with it; below 0 for none.
    pub(in super::super) leader_epoch: i32,
    /// The partition's own error; 0 for none.
    pub(in super::super) error_code: i16,
}

impl PartitionOffset {
    /// Why the commit was not told, if it was not.
    pub(in super::super) fn refusal(&self) -> Option<Refusal> {
        Refusal::of(self.error_code)
    }
}

/// Each group with what it committed, or why that was not told.
pub(in super::super) type Committed = Vec<(GroupId, Result<GroupOffsets, Refusal>)>;

/// Asks one coordinator about many groups.
pub(in super::super) async fn ask(link: &mut Link, groups: Vec<GroupId>, poll: &Poll) -> Result<Committed, Error> {
    let batch = |version: i16| if version >= FIRST_BATCHED { poll.groups_per_request } else { 1 };
    let read = |version, chunk: &[GroupId], answer| {
        let told = read(version, chunk, answer);
        let groups = told.iter().filter_map(|(_, outcome)| outcome.as_ref().ok());
        let partitions = groups.flat_map(|group| &group.topics).flat_map(|(_, partitions)| partitions);
        let refusals: Vec<Refusal> = partitions.filter_map(PartitionOffset::refusal).collect();
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

/// Both forms of the answer hold the same, in types of their own.
macro_rules! topics_of {
    ($part:expr) => {
        $part
            .topics
            .into_iter()
            .map(|topic| {
                let offsets = topic.partitions.into_iter().map(|partition| PartitionOffset {
                    partition: partition.partition_index,
                    offset: partition.committed_offset,
                    leader_epoch: partition.committed_leader_epoch,
                    error_code: partition.error_code,
                });
                (topic.name.0.as_str().to_owned(), offsets.collect())
            })
            .collect()
    };
}

fn read(version: i16, asked: &[GroupId], answer: Answered<OffsetFetchResponse>) -> Told<GroupOffsets> {
    let Answered { body, at } = answer;
    let outcome = |code: i16, topics| Refusal::of(code).map_or(Ok(GroupOffsets { answered: at, topics }), Err);
    if version < FIRST_BATCHED {
        let id = asked.first().map(ToString::to_string).unwrap_or_default();
        return vec![(id, outcome(body.error_code, topics_of!(body)))];
    }
    let told = body
        .groups
        .into_iter()
        .map(|group| (group.group_id.0.to_string(), outcome(group.error_code, topics_of!(group))));
    told.collect()
}
