//! The records of one partition as a function of time: how many there are, and when each was appended.
//!
//! Not the records themselves; those are made up when somebody fetches them.
//! Invariant: within a segment offsets never fall with time, and a record's timestamp is the first moment its offset
//! is below the end.

use super::Millis;

/// Records per second times a thousand, so that arithmetic stays in whole numbers.
pub(super) type MilliRate = i64;

/// How the pace of production swings around its mean, without ever stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wobble {
    /// From one peak to the next.
    pub(super) period: Millis,
    /// Where in the swing it was at time zero.
    pub(super) phase: Millis,
    /// How much faster or slower, below 100.
    pub(super) percent: i64,
}

impl Wobble {
    /// How far production is ahead of its mean, in milliseconds of production.
    fn ahead(self, at: Millis) -> Millis {
        let place = (at + self.phase).rem_euclid(self.period.max(1));
        place.min(self.period - place) * self.percent / 100
    }
}

/// A stretch of time with one mean rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    from: Millis,
    /// The end of the log when it begins.
    base: i64,
    rate: MilliRate,
}

/// One partition's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Log {
    segments: Vec<Segment>,
    wobble: Wobble,
    retention: Millis,
    /// When retention was looked after for the first time.
    checked: Millis,
    /// Nothing below this is left, whatever retention says.
    deleted_to: i64,
    /// The first record of the transaction that is open.
    open_transaction: Option<i64>,
}

/// How often retention is looked after, as `log.retention.check.interval.ms`, five minutes by default in Kafka;
/// shorter here, so that small stories see it.
const RETENTION_CHECK: Millis = 30_000;

impl Log {
    /// A log that begins empty.
    pub(super) fn new(from: Millis, rate: MilliRate, wobble: Wobble, retention: Millis) -> Self {
        let first = Segment { from, base: 0, rate };
        Self { segments: vec![first], wobble, retention, checked: from, deleted_to: 0, open_transaction: None }
    }

    /// The high watermark: the offset the next record gets.
    pub(super) fn end(&self, at: Millis) -> i64 {
        self.segments.last().map_or(0, |segment| self.end_of(segment, at))
    }

    /// The offset below which no transaction is open.
    pub(super) fn last_stable(&self, at: Millis) -> i64 {
        let end = self.end(at);
        // Where retention deletes records of the transaction, what is left of it begins at the start.
        self.open_transaction.map_or(end, |first| first.max(self.start(at)).min(end))
    }

    /// The first offset that is left.
    pub(super) fn start(&self, at: Millis) -> i64 {
        let checked = at - (at - self.checked).rem_euclid(RETENTION_CHECK);
        let kept = self.offset_at(checked - self.retention);
        kept.max(self.deleted_to).min(self.end(at))
    }

    /// Records per second times a thousand, on average, now.
    pub(super) fn rate(&self) -> MilliRate {
        self.segments.last().map_or(0, |segment| segment.rate)
    }

    /// When the record at an offset was appended; `None` if it is not there.
    pub(super) fn timestamp(&self, offset: i64, at: Millis) -> Option<Millis> {
        if offset < 0 || offset >= self.end(at) {
            return None;
        }
        let place = self.segments.partition_point(|segment| segment.base <= offset).checked_sub(1)?;
        let segment = self.segments.get(place)?;
        Some(self.appended(segment, offset - segment.base))
    }

    /// The first record that is left and not older than a timestamp, with its own.
    pub(super) fn first_since(&self, timestamp: Millis, at: Millis) -> Option<(i64, Millis)> {
        let (mut low, mut high) = (self.start(at), self.end(at));
        while low < high {
            let middle = low + (high - low) / 2;
            if self.timestamp(middle, at)? < timestamp {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        self.timestamp(low, at).map(|found| (low, found))
    }

    /// The newest record, with its timestamp.
    pub(super) fn newest(&self, at: Millis) -> Option<(i64, Millis)> {
        let last = self.end(at) - 1;
        (last >= self.start(at)).then_some(())?;
        self.timestamp(last, at).map(|timestamp| (last, timestamp))
    }

    /// From now on produced at another pace.
    pub(super) fn set_rate(&mut self, at: Millis, rate: MilliRate) {
        let base = self.end(at);
        self.begin(Segment { from: at, base, rate });
    }

    /// The newest records are gone; others take their offsets.
    pub(super) fn truncate(&mut self, at: Millis, count: i64) {
        let base = (self.end(at) - count.max(0)).max(self.start(at));
        let rate = self.rate();
        self.begin(Segment { from: at, base, rate });
        self.deleted_to = self.deleted_to.min(base);
        self.open_transaction = self.open_transaction.filter(|first| *first < base);
    }

    /// All but the newest so many records are deleted.
    pub(super) fn keep(&mut self, at: Millis, count: i64) {
        self.deleted_to = self.deleted_to.max(self.end(at) - count.max(0));
    }

    pub(super) fn set_retention(&mut self, at: Millis, retention: Millis) {
        // What was deleted does not come back when records are kept for longer.
        self.deleted_to = self.start(at);
        self.retention = retention;
    }

    /// A transaction begins with the next record.
    pub(super) fn open_transaction(&mut self, at: Millis) {
        let next = self.end(at);
        self.open_transaction.get_or_insert(next);
    }

    pub(super) fn end_transaction(&mut self) {
        self.open_transaction = None;
    }

    fn begin(&mut self, next: Segment) {
        while self.segments.last().is_some_and(|last| last.base >= next.base || last.from >= next.from) {
            self.segments.pop();
        }
        self.segments.push(next);
        // Stretches whose records were all deleted tell nothing any more. What is left stays bounded, because an
        // endless story would otherwise fill memory; forgetting one gives its records the time of the next.
        let deleted = next.from - self.retention - 2 * RETENTION_CHECK;
        let gone = self.segments.partition_point(|segment| segment.from <= deleted).saturating_sub(1);
        let surplus = self.segments.len().saturating_sub(SEGMENTS_MAX);
        // Not each time, as all that is left moves.
        if gone.max(surplus) > SEGMENTS_MAX / 20 {
            self.segments.drain(..gone.max(surplus));
        }
    }

    /// The end of the log at a time that may lie in an earlier segment.
    fn offset_at(&self, at: Millis) -> i64 {
        let place = self.segments.partition_point(|segment| segment.from <= at);
        let Some(segment) = place.checked_sub(1).and_then(|place| self.segments.get(place)) else {
            return self.segments.first().map_or(0, |first| first.base);
        };
        let limit = self.segments.get(place).map_or(i64::MAX, |next| next.base);
        self.end_of(segment, at).min(limit)
    }

    fn end_of(&self, segment: &Segment, at: Millis) -> i64 {
        let elapsed = at.max(segment.from) - segment.from + self.wobble.ahead(at.max(segment.from))
            - self.wobble.ahead(segment.from);
        segment.base + whole_records(segment.rate, elapsed)
    }

    /// The first moment at which so many records and one more are in the segment.
    fn appended(&self, segment: &Segment, count: i64) -> Millis {
        if segment.rate == 0 {
            return segment.from;
        }
        // At a mean pace, and with the largest swings to either side.
        let mean = (i128::from(count) + 1) * 1_000_000 / i128::from(segment.rate);
        let mean = Millis::try_from(mean).unwrap_or(Millis::MAX / 4);
        let swing = self.wobble.period + 2;
        let (mut low, mut high) = (segment.from + (mean - swing).max(0), segment.from + mean + swing);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.end_of(segment, middle) - segment.base > count {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }
}

/// Enough for a story of hours with a change every minute.
const SEGMENTS_MAX: usize = 1000;

/// Whole records at a rate in so many milliseconds.
pub(super) fn whole_records(rate: MilliRate, elapsed: Millis) -> i64 {
    let records = i128::from(rate) * i128::from(elapsed.max(0)) / 1_000_000;
    i64::try_from(records).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn log(rate: MilliRate, percent: i64) -> Log {
        Log::new(1_000_000, rate, Wobble { period: 60_000, phase: 12_345, percent }, 600_000)
    }

    #[test]
    fn a_log_is_kept_for_its_retention() {
        let log = log(10_000, 0);
        assert_eq!(log.end(1_000_000 + 3_600_000), 36_000);
        assert_eq!(log.start(1_000_000), 0);
        // Looked after ten seconds ago.
        let start = log.start(4_610_000);
        assert_eq!((log.start(4_600_000), log.timestamp(start, 4_610_000)), (start, Some(4_000_100)));
    }

    #[test]
    fn truncation_takes_offsets_back_and_gives_them_new_times() {
        let mut log = log(10_000, 0);
        let cut = 1_000_000 + 60_000;
        log.truncate(cut, 100);
        assert_eq!(log.end(cut), 500);
        assert_eq!(log.timestamp(499, cut), Some(1_050_000));
        assert_eq!(log.timestamp(500, cut + 1000), Some(cut + 100));
        assert_eq!(log.end(cut + 1000), 510);
    }

    #[test]
    fn a_stopped_producer_leaves_its_records() {
        let mut log = log(10_000, 30);
        let stop = 1_100_000;
        let end = log.end(stop);
        log.set_rate(stop, 0);
        assert_eq!(log.end(stop + 500_000), end);
        assert!(log.timestamp(end - 1, stop + 500_000).expect("it is there") <= stop);
        assert_eq!(log.newest(stop + 500_000).map(|(offset, _)| offset), Some(end - 1));
    }

    proptest! {
        #[test]
        fn every_record_is_appended_when_the_end_passes_it(
            rate in 1_i64..2_000_000, percent in 0_i64..95, changes in proptest::collection::vec((1_i64..200_000, 0_i64..500_000), 0..5),
            place in 0_i64..1000,
        ) {
            let mut log = log(rate, percent);
            let mut now = 1_000_000;
            for (after, rate) in changes {
                now += after;
                log.set_rate(now, rate);
            }
            now += 100_000;
            let end = log.end(now);
            prop_assume!(end > 0);
            let offset = end * place / 1000;
            let appended = log.timestamp(offset, now).expect("it is below the end");
            prop_assert!(log.offset_at(appended) > offset);
            prop_assert!(log.offset_at(appended - 1) <= offset);
            if offset >= log.start(now) {
                let (found, timestamp) = log.first_since(appended, now).expect("there is one");
                prop_assert!(found <= offset && timestamp == appended);
            }
        }
    }
}
