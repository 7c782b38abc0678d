//! What the next poll should ask: the ends of leader epochs, last stable offsets, what follows a commit.
//!
//! Not what the answers mean. Offsets by time are wished for by `ages`.
//! Invariant: each list is bounded, and a question is put a bounded number of times.

use std::time::Duration;

use crate::model::{
    ClusterSnapshot, EpochWish, LastStable, MarkerAnswer, MarkerWish, Moment, PartitionId, ProblemKind, Quality,
    Thresholds, TimeLag, TopicIndex, TopicName, TopicReport, Unknown, Wishes,
};

use super::ages::{Ages, Plan};
use super::join::join;
use super::membership::in_order;
use super::places::Place;

/// In every so many polls the last stable offsets of all partitions are wanted, to find out who uses transactions.
const POLLS_BETWEEN_ALL: u32 = 10;
/// Topics whose last stable offsets are wanted in every poll.
const TRANSACTIONAL_MAX: usize = 10_000;
/// A topic that showed no open transaction for so long is not asked about in every poll any more.
const TRANSACTIONAL_MEMORY: Duration = Duration::from_hours(1);
/// Questions for markers in one poll: each is a fetch.
const MARKERS_PER_POLL: usize = 200;
/// Questions for the ends of epochs in one poll; the others wait.
const EPOCHS_PER_POLL: usize = 2_000;
const EPOCHS_WAITING_MAX: usize = 100_000;
/// So often a question for the end of an epoch is put.
const EPOCH_QUESTIONS: u8 = 5;

/// What the groups of one poll gave reason to ask.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Times, of partitions that some group is behind on.
    pub(super) times: Plan,
    /// Epochs of commits.
    pub(super) epochs: Vec<(TopicIndex, PartitionId, i32)>,
    markers: Vec<(TopicIndex, PartitionId, i64)>,
}

impl Wanted {
    /// The age of the oldest unread record, noting what would narrow its bracket. Records that are noise by their number
    /// are asked about only where nothing was seen of their time: on an idle topic one may lie unread for days.
    pub(super) fn age(
        &mut self,
        ages: &Ages,
        (place, position): (Place, i64),
        is_quiet: bool,
        thresholds: &Thresholds,
    ) -> Option<TimeLag> {
        let (time_lag, time) = ages.look(place, position, thresholds);
        let is_asked = !is_quiet || time_lag.is_some_and(|time_lag| time_lag.quality > Quality::Bracketed);
        self.times.extend(time.filter(|_| is_asked).map(|time| (place, time)));
        time_lag
    }

    /// Whether there was room for one more question for markers.
    pub(super) fn push_markers(&mut self, place: (TopicIndex, PartitionId, i64)) -> bool {
        // Of one partition one place at a time can be asked.
        let is_taken =
            |other: &(TopicIndex, PartitionId, i64)| (other.0, other.1) == (place.0, place.1) && *other != place;
        let has_room = self.markers.len() < MARKERS_PER_POLL && !self.markers.iter().any(is_taken);
        if has_room {
            self.markers.push(place);
        }
        has_room
    }
}

/// The topics of a snapshot that are known to be written in transactions.
#[derive(Debug, Default)]
pub(super) struct Transactional {
    topics: Vec<(TopicName, Moment)>,
    /// Where they are in the snapshot that was observed last, sorted.
    indices: Vec<TopicIndex>,
}

impl Transactional {
    /// Takes in where a last stable offset is below the end, which was read before it.
    fn observe(&mut self, snapshot: &ClusterSnapshot) {
        let now = snapshot.finished;
        let known = std::mem::take(&mut self.topics).into_iter();
        let listed =
            (0..).map(TopicIndex).zip(&snapshot.topics).map(|(index, topic)| (topic.name.clone(), (index, topic)));
        self.indices.clear();
        for (name, listed, seen) in join(listed, known) {
            let Some((index, topic)) = listed else { continue };
            let is_open = topic.partitions.iter().any(|partition| {
                let end = partition.high_watermark.ok().map(|end| end.offset);
                partition.last_stable.ok().zip(end).is_some_and(|(last_stable, end)| last_stable < end)
            });
            let seen = if is_open { Some(now) } else { seen };
            let Some(seen) = seen.filter(|seen| now.since(*seen) < TRANSACTIONAL_MEMORY) else { continue };
            if self.topics.len() < TRANSACTIONAL_MAX {
                self.topics.push((name, seen));
                self.indices.push(index);
            }
        }
    }

    pub(super) fn contains(&self, topic: TopicIndex) -> bool {
        self.indices.binary_search(&topic).is_ok()
    }

    fn names(&self) -> Vec<TopicName> {
        self.topics.iter().map(|(name, _)| name.clone()).collect()
    }
}

/// What is remembered of questions.
#[derive(Debug, Default)]
pub(super) struct Inquiries {
    pub(super) transactional: Transactional,
    /// Topics in which markers may not be read, as of the last answer, sorted.
    unreadable: Vec<TopicName>,
    polls: u32,
    /// Questions for the ends of epochs and how often they were put, sorted.
    epochs: Vec<(EpochKey, u8)>,
}

type EpochKey = (TopicName, PartitionId, i32);

impl Inquiries {
    /// Takes in what was answered.
    pub(super) fn observe(&mut self, snapshot: &ClusterSnapshot) {
        self.transactional.observe(snapshot);
        self.observe_markers(snapshot);
        let answered = snapshot.granted.epochs.iter().filter(|answer| answer.end.is_ok());
        let keys = answered
            .filter_map(|answer| Some((snapshot.topic(answer.topic)?.name.clone(), answer.partition, answer.epoch)));
        let mut keys: Vec<EpochKey> = keys.collect();
        in_order(&mut keys);
        self.epochs.retain(|(key, times)| *times < EPOCH_QUESTIONS && keys.binary_search(key).is_err());
    }

    fn observe_markers(&mut self, snapshot: &ClusterSnapshot) {
        let name = |answer: &MarkerAnswer| snapshot.topic(answer.topic).map(|topic| topic.name.clone());
        let answers = &snapshot.granted.markers;
        if !self.unreadable.is_empty() {
            let mut answered: Vec<TopicName> = answers.iter().filter_map(name).collect();
            in_order(&mut answered);
            let is_listed = |topic: &TopicName| snapshot.place_of(topic).is_some();
            self.unreadable.retain(|topic| answered.binary_search(topic).is_err() && is_listed(topic));
        }
        let denied = Err(Unknown::Failed(ProblemKind::TopicAuthorization));
        let refused = answers.iter().filter(|answer| answer.markers_until == denied);
        self.unreadable.extend(refused.filter_map(name));
        in_order(&mut self.unreadable);
    }

    /// Notes in the reports of topics, which are in the order of the snapshot, where markers may not be read.
    pub(super) fn tell(&self, snapshot: &ClusterSnapshot, reports: &mut [TopicReport]) {
        for topic in &self.unreadable {
            let report = snapshot.place_of(topic).and_then(|place| reports.get_mut(place));
            if let Some(report) = report {
                report.are_markers_hidden = true;
            }
        }
    }

    /// What to ask next.
    pub(super) fn wishes(&mut self, snapshot: &ClusterSnapshot, mut wanted: Wanted, times_max: usize) -> Wishes {
        let last_stable = match self.transactional.names() {
            _ if self.polls.is_multiple_of(POLLS_BETWEEN_ALL) => LastStable::All,
            names if names.is_empty() => LastStable::None,
            names => LastStable::Of(names),
        };
        self.polls = self.polls.wrapping_add(1);
        in_order(&mut wanted.markers);
        let markers = wanted.markers.into_iter().filter_map(|(topic, partition, from)| {
            Some(MarkerWish { topic: snapshot.topic(topic)?.name.clone(), partition, from })
        });
        let times = wanted.times.wishes(snapshot, times_max);
        Wishes { times, epochs: self.epoch_wishes(snapshot, wanted.epochs), last_stable, markers: markers.collect() }
    }

    fn epoch_wishes(
        &mut self,
        snapshot: &ClusterSnapshot,
        mut wanted: Vec<(TopicIndex, PartitionId, i32)>,
    ) -> Vec<EpochWish> {
        in_order(&mut wanted);
        let named = wanted
            .into_iter()
            .filter_map(|(topic, partition, epoch)| Some((snapshot.topic(topic)?.name.clone(), partition, epoch)));
        let waiting = std::mem::take(&mut self.epochs).into_iter();
        // What is asked for anew starts from the beginning.
        let all = join(named.map(|key| (key, 0)), waiting).filter_map(|(key, new, old)| Some((key, new.or(old)?)));
        self.epochs = all.take(EPOCHS_WAITING_MAX).collect();
        // Those that were put least often come first, so that no question that is never answered is in the way; of one
        // partition one at a time can be put.
        let of_partitions = self.epochs.chunk_by_mut(|(left, _), (right, _)| (&left.0, left.1) == (&right.0, right.1));
        let mut chosen: Vec<_> = of_partitions.filter_map(|of| of.iter_mut().min_by_key(|(_, put)| *put)).collect();
        chosen.sort_by_key(|(_, times)| *times);
        chosen.truncate(EPOCHS_PER_POLL);
        chosen.sort_by(|left, right| left.0.cmp(&right.0));
        let ask = |((topic, partition, epoch), times): &mut (EpochKey, u8)| {
            *times += 1;
            EpochWish { topic: topic.clone(), partition: *partition, epoch: *epoch }
        };
        chosen.into_iter().map(ask).collect()
    }
}
