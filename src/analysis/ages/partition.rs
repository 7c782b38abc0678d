//! One partition's past: when its log was how long, where it starts, and what its timestamps are worth.
//!
//! Not of a consumer.
//! Invariant: ends that were read win over whatever timestamps tell.

use crate::model::{EndOffset, PartitionId, Quality, Thresholds, TimeAnswer, TimeLag, Timestamp};

use super::anchors::{Anchors, Bracket};
use super::cut::Former;
use super::domain::{Domain, Told};
use super::packed::Anchor;
use super::plan::Wanted;
use super::rules::{Precision, Rules};
use super::ticks::{self, Ticks, When};
use crate::analysis::compact::Epoch;

/// One partition's past.
#[derive(Debug)]
pub(in crate::analysis) struct PartitionAges {
    pub(super) anchors: Anchors,
    /// The start of the log as last read.
    pub(super) start: Option<i64>,
    start_moved: Option<When>,
    /// When the record at the start was appended, where that was told.
    pub(super) start_time: Option<When>,
    precision: Precision,
    /// Records produced per second over the window, as of the last poll; no number where that is not known, which takes half
    /// of the room of an option.
    produced_per_second: f64,
    /// The last poll in which anybody read it.
    pub(super) read_in: u32,
    /// The polls from which on it is asked about again.
    pub(super) again: Again,
    pub(super) id: PartitionId,
    pub(super) domain: Domain,
    /// The epoch of the leader that told the end last.
    pub(super) leader: Option<Epoch>,
    /// The leader before, until it is known what it left.
    pub(super) former: Option<Box<Former>>,
    /// Whether timestamps are those of appending, by the topic's configuration.
    pub(super) has_append_times: bool,
    /// Whether the end was read in the last poll.
    pub(super) is_current: bool,
}

/// From which poll on a partition is asked about again, and how often that helped and failed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Again {
    /// To narrow a bracket.
    pub(super) narrow_from: u32,
    /// Whether timestamps can be believed.
    pub(super) test_from: u32,
    /// For the record at the start.
    pub(super) start_from: u32,
    /// Answers in a row that told nothing new.
    failures: u8,
    /// Answers that told something new.
    pub(super) successes: u8,
}

/// For how many polls nothing is asked after as many answers without news as there are doublings.
const FAILURES_MAX: u8 = 6;
/// Polls after which the time of the start is asked for again, when it has moved to where nothing is known.
const START_POLLS: u32 = 64;
/// Polls after which timestamps are tested again: an hour at the default interval.
const TEST_POLLS: u32 = 240;
/// Polls after a test that showed nothing.
const TEST_AGAIN_POLLS: u32 = 16;

impl PartitionAges {
    pub(super) fn new(id: PartitionId, phase: u16) -> Self {
        Self {
            anchors: Anchors::new(phase),
            start: None,
            start_moved: None,
            start_time: None,
            precision: Precision::default(),
            produced_per_second: f64::NAN,
            read_in: 0,
            again: Again::default(),
            id,
            domain: Domain::Untested,
            leader: None,
            former: None,
            has_append_times: false,
            is_current: false,
        }
    }

    /// Takes in where the log starts and ends. Whether the start has moved.
    pub(super) fn observe(&mut self, end: Option<EndOffset>, start: Option<i64>, rules: &Rules) -> bool {
        self.precision = rules.precision;
        self.is_current = end.is_some();
        let Some(end) = end else { return false };
        let anchor = Anchor { time: ticks::of(end.answered), offset: end.offset, is_told: false };
        let before = self.now().unwrap_or(anchor.time);
        self.anchors.push(anchor, rules);
        self.produced_per_second = produced_per_second(&mut self.anchors, rules.window).unwrap_or(f64::NAN);
        let Some(start) = start.filter(|start| self.start != Some(*start)) else { return false };
        let has_moved = self.start.is_some();
        // At any time since the poll before.
        self.start_moved = if has_moved { When::of(before) } else { self.start_moved };
        self.start = Some(start);
        self.start_time = None;
        self.anchors.start_at(start);
        has_moved
    }

    /// Takes in what was told of an earlier time.
    pub(super) fn told(&mut self, answer: &TimeAnswer, rules: &Rules) {
        let Some(last) = self.anchors.last() else { return };
        let is_of_start = answer.at == Timestamp::default();
        if is_of_start {
            self.again.start_from = rules.poll.saturating_add(START_POLLS);
        }
        let Ok(found) = answer.found else { return self.again.failed(is_of_start, rules.poll) };
        let record = found.map(|record| (record.offset, ticks::told(answer, record.timestamp)));
        let asked = ticks::told(answer, answer.at);
        let offset = record.map_or(last.offset, |(offset, _)| offset);
        let follows_others = !is_of_start && self.start.is_some_and(|start| start < offset);
        let told = Told { asked, offset, time: record.map(|(_, time)| time), follows_others };
        let was_tested = self.test(&told, rules);
        let is_news = self.domain != Domain::Differs && self.insert(&told, rules);
        // Of a time at which nobody had read an end yet, an answer could not have tested anything.
        if !was_tested && self.anchors.first_read().is_some_and(|first| asked >= first.time) {
            self.again.test_from = rules.poll.saturating_add(TEST_AGAIN_POLLS);
        }
        if is_news || was_tested { self.again.succeeded() } else { self.again.failed(is_of_start, rules.poll) }
    }

    fn test(&mut self, told: &Told, rules: &Rules) -> bool {
        let was_tested;
        (self.domain, was_tested) = self.domain.tested(told, &self.anchors);
        if was_tested {
            self.again.test_from = rules.poll.saturating_add(TEST_POLLS);
        }
        if self.domain == Domain::Differs {
            self.forget_told();
        }
        was_tested
    }

    /// Takes in what was told as far as ends that were read do not contradict. Whether that was news.
    fn insert(&mut self, told: &Told, rules: &Rules) -> bool {
        let Some(last) = self.anchors.last().filter(|_| told.offset >= self.start.unwrap_or(0)) else { return false };
        let oldest = last.time - rules.horizon - rules.horizon / 64;
        let mut insert = |time: Ticks, offset: i64| {
            let anchor = Anchor { time, offset, is_told: true };
            time >= oldest && self.anchors.insert(anchor, rules)
        };
        let mut is_news = insert(told.asked, told.offset);
        if let Some(time) = told.time {
            // Until then nothing was appended, and then this record was.
            is_news |= insert(time, told.offset);
            is_news |= insert(time, told.offset.saturating_add(1));
            let is_start = Some(told.offset) == self.start && time < last.time && self.domain != Domain::Differs;
            if is_start && self.bracket(told.offset).is_some_and(|bracket| time <= bracket.after.time) {
                is_news |= self.start_time.is_none();
                self.start_time = When::of(time);
            }
        }
        is_news
    }

    /// Drops what was told of earlier times.
    pub(super) fn forget_told(&mut self) {
        self.anchors.forget_told();
        self.start_time = None;
    }

    /// The log is another one.
    pub(super) fn forget(&mut self, phase: u16) {
        *self = Self { read_in: self.read_in, ..Self::new(self.id, phase) };
    }

    /// When the end was last read.
    pub(super) fn now(&self) -> Option<Ticks> {
        self.anchors.last().map(|last| last.time)
    }

    /// Between which anchors the first record at or after `committed` was appended; `None` where there is none.
    pub(super) fn bracket(&self, committed: i64) -> Option<Bracket> {
        self.anchors.bracket(self.first_at(committed))
    }

    fn first_at(&self, committed: i64) -> i64 {
        self.start.map_or(committed, |start| committed.max(start))
    }

    fn age(&self, committed: i64, bracket: Option<Bracket>) -> Option<TimeLag> {
        let (now, skew) = (self.now()?, self.domain.skew());
        let Some(bracket) = bracket else { return Some(TimeLag::ZERO) };
        let age = bracket.age(self.first_at(committed), now, self.precision, skew);
        Some(if bracket.uses_told() { self.by_timestamps(age) } else { age })
    }

    /// The age of the first record at or after `committed`; [`TimeLag::ZERO`] if there is none. As of the moment at which
    /// the end was read.
    pub(in crate::analysis) fn time_lag(&self, committed: i64) -> Option<TimeLag> {
        self.age(committed, self.bracket(committed))
    }

    /// The same, and what would narrow the bracket.
    pub(super) fn look(
        &self,
        committed: i64,
        thresholds: &Thresholds,
        rules: &Rules,
        asked_back: Option<Ticks>,
    ) -> (Option<TimeLag>, Option<Wanted>) {
        let bracket = self.bracket(committed);
        let wanted = bracket.and_then(|bracket| self.wanted(&bracket, thresholds, rules, asked_back));
        (self.age(committed, bracket), wanted)
    }

    /// The age of the oldest record that is still there, in seconds; a lower bound where nothing better is known, `None`
    /// where there is no record or the start is not known.
    pub(in crate::analysis) fn retained(&self) -> Option<TimeLag> {
        let (start, last) = (self.start?, self.anchors.last()?);
        if start >= last.offset {
            return None;
        }
        if let Some(time) = self.start_time {
            let (age, skew) = (last.time - time.get(), self.domain.skew());
            let age = TimeLag::of_ticks(age, age - 1 - skew, Some(age + 1 + skew), Quality::Bracketed);
            return Some(self.by_timestamps(age));
        }
        self.time_lag(start)
    }

    /// An age that goes by timestamps. They are known to be those of appending by the configuration, or where they were
    /// compared with ends that were read.
    fn by_timestamps(&self, age: TimeLag) -> TimeLag {
        let is_tested = self.has_append_times || matches!(self.domain, Domain::Agrees(_));
        if is_tested { age } else { age.untested() }
    }

    /// Seconds since the poll before the one in which the start was last seen to have moved; `None` if it never was.
    pub(in crate::analysis) fn start_moved_ago(&self) -> Option<f64> {
        Some(ticks::seconds(self.now()? - self.start_moved?.get()))
    }

    /// Records produced per second over the window; `None` before it was watched for half of it.
    pub(in crate::analysis) fn produced_per_second(&self) -> Option<f64> {
        Some(self.produced_per_second).filter(|rate| !rate.is_nan())
    }
}

fn produced_per_second(anchors: &mut Anchors, window: Ticks) -> Option<f64> {
    let window = window.max(1);
    let last = anchors.last()?;
    let since = last.time - window;
    let (before, after) = anchors.read_around(since);
    let after = after?;
    if let Some(before) = before {
        // The line between the two crosses the start of the window.
        let share = ticks::seconds(since - before.time) / ticks::seconds((after.time - before.time).max(1));
        let earlier = produced(before, after) * share;
        return Some((produced(before, last) - earlier) / ticks::seconds(window));
    }
    let watched = last.time - after.time;
    (2 * watched >= window).then(|| produced(after, last) / ticks::seconds(watched))
}

#[expect(clippy::cast_precision_loss, reason = "anchors of one table are less than 2^41 offsets apart")]
fn produced(from: Anchor, to: Anchor) -> f64 {
    (to.offset - from.offset) as f64
}

impl Again {
    fn failed(&mut self, is_of_start: bool, poll: u32) {
        if !is_of_start {
            self.failures = self.failures.saturating_add(1).min(FAILURES_MAX);
            self.narrow_from = poll.saturating_add(1 << self.failures);
        }
    }

    fn succeeded(&mut self) {
        self.failures = 0;
        self.successes = self.successes.saturating_add(1);
    }
}
