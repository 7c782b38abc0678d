//! What every commit asks of its partition, of all partitions side by side, in one line of a processor's cache each.
//!
//! Not all that is known: what is asked rarely is looked up where it is.
//! Invariant: says what the snapshot, the one before it and the ages say, in fewer bytes.

use crate::model::{
    ClusterSnapshot, EndOffset, Moment, Partition, PartitionId, Reading, TimeLag, TopicIndex, TopicReport,
    are_numbered, place_of,
};

use super::ages::{Ages, Near, PartitionAges};
use super::compact::{Epoch, Offset};
use super::join::join;
use super::topic;

/// One partition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    id: PartitionId,
    /// Whether the leader is another one than in the poll before.
    pub(super) has_new_leader: bool,
    /// Whether the last stable offset was told.
    pub(super) has_last_stable: bool,
    end: Ended,
    /// In the poll before, of the same log.
    before: Ended,
    start: Option<Offset>,
    leader_epoch: Option<Epoch>,
    near: Option<Near>,
}

/// An end with its moment; without an offset it is not known.
#[derive(Clone, Copy, Debug, Default)]
struct Ended {
    offset: Option<Offset>,
    answered: Moment,
}

/// The partitions of all topics of the snapshot that was observed last.
#[derive(Debug, Default)]
pub(super) struct Heads {
    now: Lines,
    /// Of the snapshot before: kept, since to look the same up in that snapshot would touch twice as much memory.
    before: Lines,
    /// Where each topic of the snapshot before is now.
    moved: Vec<Option<TopicIndex>>,
}

/// Those of one snapshot.
#[derive(Debug, Default)]
struct Lines {
    all: Vec<Head>,
    /// Where each topic's begin.
    starts: Vec<usize>,
}

impl Heads {
    /// Takes in a snapshot that `ages` have taken in; `before` is the one that was taken in last. What the ages tell of each
    /// topic, in the order of the snapshot, comes along: to ask them once more would fetch as much memory again.
    pub(super) fn observe(
        &mut self,
        snapshot: &ClusterSnapshot,
        before: Option<&ClusterSnapshot>,
        ages: &Ages,
    ) -> Vec<TopicReport> {
        std::mem::swap(&mut self.now, &mut self.before);
        self.now.clear();
        self.moved.clear();
        self.now.all.reserve(snapshot.topics.iter().map(|topic| topic.partitions.len()).sum());
        let mut reports = Vec::with_capacity(snapshot.topics.len());
        let now = (0..).map(TopicIndex).zip(&snapshot.topics).map(|(index, topic)| (&topic.name, (index, topic)));
        let before = before.into_iter().flat_map(|before| before.topics.iter().enumerate());
        for (_, now, before) in join(now, before.map(|(place, topic)| (&topic.name, (place, topic.id)))) {
            if before.is_some() {
                self.moved.push(now.map(|(index, _)| index));
            }
            let Some((index, topic)) = now else { continue };
            let before = before.filter(|(_, id)| *id == topic.id);
            let before = before.map_or(&[][..], |(place, _)| self.before.of(place));
            self.now.starts.push(self.now.all.len());
            let mut report = TopicReport { is_remote_unasked: ages.is_remote_unasked(index), ..TopicReport::default() };
            let mut rates = Vec::with_capacity(topic.partitions.len());
            self.now.all.extend(topic.partitions.iter().map(|partition| {
                let ages = ages.of(index, partition.id);
                if let Some(ages) = ages {
                    topic::add(&mut report, ages);
                }
                rates.push(Reading::of(ages.and_then(PartitionAges::produced_per_second)));
                Head::of(partition, before, ages)
            }));
            report.partition_rates = rates.into();
            reports.push(report);
        }
        if self.now.all.capacity() > self.now.all.len() * 2 {
            self.now.all.shrink_to_fit();
        }
        reports
    }

    /// Where the topic is now that was at this place in the snapshot before, if it is there.
    pub(super) fn moved_to(&self, before: TopicIndex) -> Option<TopicIndex> {
        self.moved.get(usize::try_from(before.0).ok()?).copied().flatten()
    }

    /// Those of the topic at this place, in the order of its partitions.
    pub(super) fn of(&self, topic: usize) -> &[Head] {
        self.now.of(topic)
    }
}

impl Lines {
    fn clear(&mut self) {
        self.all.clear();
        self.starts.clear();
    }

    fn of(&self, topic: usize) -> &[Head] {
        let start = self.starts.get(topic).copied().unwrap_or(self.all.len());
        let end = self.starts.get(topic + 1).copied().unwrap_or(self.all.len());
        self.all.get(start..end).unwrap_or_default()
    }
}

impl Head {
    fn of(partition: &Partition, before: &[Self], ages: Option<&PartitionAges>) -> Self {
        let before = Self::find(before, partition.id).map(|(_, head)| head);
        let leader_epoch = partition.leader_epoch.and_then(Epoch::of);
        let epochs = before.and_then(|before| before.leader_epoch).zip(leader_epoch);
        let start = partition.low_watermark.ok();
        Self {
            id: partition.id,
            has_new_leader: epochs.is_some_and(|(before, now)| before != now),
            has_last_stable: partition.last_stable.is_ok(),
            end: Ended::of(partition.high_watermark.ok()),
            before: before.map_or_else(Ended::default, |before| before.end),
            start: start.and_then(Offset::of),
            leader_epoch,
            near: ages.and_then(|ages| ages.near(start)),
        }
    }

    /// The end as read in this poll; `None` where it was not.
    pub(super) fn end(&self) -> Option<EndOffset> {
        self.end.get()
    }

    /// The end as read in the poll before, if it is of the same log.
    pub(super) fn before(&self) -> Option<EndOffset> {
        self.before.get()
    }

    /// The start as read in this poll.
    pub(super) fn start(&self) -> Option<i64> {
        self.start.map(Offset::get)
    }

    /// What the ages say, where the last two ends tell it; an offset before the start is none.
    pub(super) fn time_lag(&self, offset: i64, ages: &Ages) -> Option<TimeLag> {
        self.near?.age(offset, self.end()?, ages)
    }

    /// Whether they are numbered from 0 on without a gap.
    pub(super) fn are_numbered(heads: &[Self]) -> bool {
        are_numbered(heads, |head| head.id)
    }

    /// The one with this number, and its place.
    pub(super) fn find(heads: &[Self], id: PartitionId) -> Option<(usize, &Self)> {
        let place = place_of(heads, id, |head| head.id)?;
        heads.get(place).map(|head| (place, head))
    }
}

impl Ended {
    fn of(end: Option<EndOffset>) -> Self {
        end.map_or_else(Self::default, |end| Self { offset: Offset::of(end.offset), answered: end.answered })
    }

    fn get(&self) -> Option<EndOffset> {
        self.offset.map(|offset| EndOffset { offset: offset.get(), answered: self.answered })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_one_line_of_the_cache() {
        assert!(size_of::<Head>() <= 64, "{} bytes", size_of::<Head>());
    }
}
