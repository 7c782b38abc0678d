//! Which times to ask about: those that narrow the widest brackets most.
//!
//! Not the asking. What is not answered is simply wished for again.
//! Invariant: one wish for a partition at most, and no more than the budget.

use std::cmp::Ordering;

use crate::model::{ClusterSnapshot, Quality, Thresholds, TimeWish, Timestamp};

use super::anchors::Bracket;
use super::domain::Domain;
use super::partition::PartitionAges;
use super::rules::Rules;
use super::ticks::{self, Ticks};
use crate::analysis::places::Place;

/// What would be good to know about a partition.
#[derive(Clone, Copy, Debug)]
pub(in crate::analysis) struct Wanted {
    /// How wide the bracket is, as a multiple of the age.
    score: f64,
    at: At,
}

#[derive(Clone, Copy, Debug)]
enum At {
    /// Where the end was then.
    Time(Ticks),
    /// When the oldest record was appended: no record has an earlier time.
    Beginning,
}

/// After so many answers that narrowed a bracket it is known to a factor of two, and it is worth an answer to know
/// whether timestamps can be believed.
const NARROWED_BEFORE_TEST: u8 = 4;

impl PartitionAges {
    /// What would narrow this bracket, if nothing is asked about that is further back than `asked_back`.
    pub(super) fn wanted(
        &self,
        bracket: &Bracket,
        thresholds: &Thresholds,
        rules: &Rules,
        asked_back: Option<Ticks>,
    ) -> Option<Wanted> {
        let now = self.now()?;
        let (youngest, oldest) = bracket.bounds(now, rules.horizon);
        let youngest = youngest.max(rules.pace);
        // What is beyond the horizon is not looked for, nor what may not be asked about.
        let oldest = asked_back.map_or(oldest, |most| oldest.min(most));
        let is_known = oldest - youngest <= rules.precision.limit(youngest);
        if self.is_test_due(is_known, bracket.uses_told(), rules)
            && let Some(time) = self.time_of_test(now, thresholds)
            && asked_back.is_none_or(|most| now - time <= most)
        {
            return Some(Wanted { score: 1.0, at: At::Time(time) });
        }
        if !is_known && self.domain != Domain::Differs && rules.poll >= self.again.narrow_from {
            // The middle of the logarithms: each answer halves the number of doublings that are left.
            let middle = youngest.saturating_mul(oldest).isqrt();
            if youngest < middle && middle < oldest {
                let width = ticks::seconds(oldest - youngest) / ticks::seconds(youngest.max(1));
                return Some(Wanted { score: 1.0 + width, at: At::Time(now - middle) });
            }
        }
        // The start of a log that is partly in remote storage is there.
        let is_start_wanted = asked_back.is_none()
            && rules.poll >= self.again.start_from
            && self.domain != Domain::Differs
            && self.start_time.is_none()
            && self.retained().is_some_and(|age| age.quality > Quality::Bracketed);
        is_start_wanted.then_some(Wanted { score: 0.0, at: At::Beginning })
    }

    fn is_test_due(&self, is_known: bool, uses_told: bool, rules: &Rules) -> bool {
        let is_wanted = match self.domain {
            Domain::Untested if is_known => uses_told,
            Domain::Untested => self.again.successes >= NARROWED_BEFORE_TEST,
            Domain::Agrees(_) | Domain::Differs => !is_known,
        };
        // Times of appending are our own brokers' clocks'; a wrong one shows in passing.
        let may_differ = !self.has_append_times || self.domain == Domain::Differs;
        is_wanted && may_differ && rules.poll >= self.again.test_from
    }

    /// The middle of the time watched, up to the window, if records were appended before and after it: whoever wrote them
    /// by another clock will be found out.
    fn time_of_test(&self, now: Ticks, thresholds: &Thresholds) -> Option<Ticks> {
        let window = ticks::lasting(thresholds.window);
        let last = self.anchors.last()?;
        let read = self.anchors.latest_first().filter(|anchor| !anchor.is_told);
        let first = read.take_while(|anchor| now - anchor.time <= window).last()?;
        let middle = first.time + (now - first.time) / 2;
        let mut read = self.anchors.latest_first().filter(|anchor| !anchor.is_told);
        let after = read.find(|anchor| anchor.offset < last.offset)?;
        (after.time > middle).then_some(middle)
    }
}

/// What is wanted of partitions, some of them by several who read them.
#[derive(Debug, Default)]
pub(in crate::analysis) struct Plan {
    wanted: Vec<(Place, Wanted)>,
}

impl Plan {
    pub(in crate::analysis) fn extend(&mut self, wanted: impl IntoIterator<Item = (Place, Wanted)>) {
        self.wanted.extend(wanted);
    }

    /// As many as the budget allows, by place, for a partition of this snapshot one at most: that with the widest bracket.
    pub(in crate::analysis) fn wishes(self, snapshot: &ClusterSnapshot, budget: usize) -> Vec<TimeWish> {
        let mut wanted = self.wanted;
        let by_score = |left: &Wanted, right: &Wanted| right.score.total_cmp(&left.score);
        wanted.sort_unstable_by(|left, right| left.0.cmp(&right.0).then_with(|| by_score(&left.1, &right.1)));
        wanted.dedup_by_key(|(place, _)| *place);
        if wanted.len() > budget {
            // Of those that matter as much, the first.
            wanted.select_nth_unstable_by(budget, |left, right| {
                by_score(&left.1, &right.1).then_with(|| left.0.cmp(&right.0))
            });
            wanted.truncate(budget);
            wanted.sort_unstable_by_key(|(place, _)| *place);
        }
        let wishes = wanted.into_iter().filter_map(|((topic, partition), wanted)| {
            let topic = snapshot.topic(topic)?.name.clone();
            Some(TimeWish { topic, partition, at: wanted.at.timestamp(snapshot) })
        });
        wishes.collect()
    }
}

impl At {
    fn timestamp(self, snapshot: &ClusterSnapshot) -> Timestamp {
        let Self::Time(time) = self else { return Timestamp::default() };
        let ago = ticks::duration(ticks::of(snapshot.finished) - time);
        let at = snapshot.finished_at.since_unix().saturating_sub(ago);
        // Kafka's times are whole milliseconds.
        let at = Timestamp::from_unix(std::time::Duration::from_millis(u64::try_from(at.as_millis()).unwrap_or(0)));
        match at.cmp(&Timestamp::default()) {
            // 0 stands for the beginning.
            Ordering::Equal => Timestamp::from_unix(std::time::Duration::from_millis(1)),
            _ => at,
        }
    }
}
