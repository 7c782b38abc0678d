//! A log whose records are kept, in the end only the latest of each key: the partitions of Kafka's offsets topic.
//!
//! Not what is written to it, nor when; `offsets_log` knows. Compaction here is complete after a minute, where Kafka's
//! comes some time later, and never to the newest segment: whoever reads along misses nothing.
//! Invariant: memory grows with the number of keys and with what was written within a minute, up to a bound.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::Millis;

/// A record that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRecord {
    /// When it was written.
    pub timestamp: Millis,
    /// Its key.
    pub key: Bytes,
    /// Its value; `None` says that the key is gone.
    pub value: Option<Bytes>,
}

/// The log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CompactedLog {
    records: BTreeMap<i64, KeptRecord>,
    latest: BTreeMap<Bytes, i64>,
    /// Where keys were said to be gone, the oldest first; some were superseded since.
    tombstones: VecDeque<i64>,
    /// Records whose key was written again, and when that was, the oldest first.
    superseded: VecDeque<(i64, Millis)>,
    end: i64,
}

/// For how long a record stays whose key was written again.
const COMPACTION_LAG: Millis = 60_000;
/// How many of them stay at most.
const SUPERSEDED_MAX: usize = 10_000;

/// Kafka keeps them for a day (`delete.retention.ms`); who reads from the start needs none at all.
const TOMBSTONES_MAX: usize = 1000;

impl CompactedLog {
    /// Writes a record.
    pub(super) fn append(&mut self, timestamp: Millis, key: Bytes, value: Option<Bytes>) {
        let offset = self.end;
        self.end += 1;
        if value.is_none() {
            self.tombstones.push_back(offset);
        }
        let superseded = match self.latest.get_mut(&key) {
            Some(latest) => Some(std::mem::replace(latest, offset)),
            None => self.latest.insert(key.clone(), offset),
        };
        if let Some(superseded) = superseded {
            self.superseded.push_back((superseded, timestamp));
        }
        self.records.insert(offset, KeptRecord { timestamp, key, value });
        self.compact(timestamp);
        while self.tombstones.len() > TOMBSTONES_MAX {
            self.drop_oldest_tombstone();
        }
    }

    /// The offset the next record gets.
    pub(super) fn end(&self) -> i64 {
        self.end
    }

    /// When the record at an offset was written; `None` if it is not there any more.
    pub(super) fn timestamp(&self, offset: i64) -> Option<Millis> {
        self.records.get(&offset).map(|record| record.timestamp)
    }

    /// The first record that is not older than a timestamp, with its own.
    pub(super) fn first_since(&self, timestamp: Millis) -> Option<(i64, Millis)> {
        let mut all = self.records.iter().map(|(offset, record)| (*offset, record.timestamp));
        all.find(|(_, written)| *written >= timestamp)
    }

    /// The newest record, with its timestamp.
    pub(super) fn newest(&self) -> Option<(i64, Millis)> {
        self.records.last_key_value().map(|(offset, record)| (*offset, record.timestamp))
    }

    /// Records from an offset on, with theirs.
    pub(super) fn since(&self, offset: i64) -> impl Iterator<Item = (i64, &KeptRecord)> {
        self.records.range(offset..).map(|(offset, record)| (*offset, record))
    }

    /// Bytes of all keys and values.
    pub(super) fn bytes(&self) -> usize {
        let each = |record: &KeptRecord| record.key.len() + record.value.as_ref().map_or(0, Bytes::len);
        self.records.values().map(each).sum()
    }

    fn compact(&mut self, now: Millis) {
        let is_over = |(_, since): &mut (i64, Millis)| *since + COMPACTION_LAG <= now;
        while self.superseded.len() > SUPERSEDED_MAX || self.superseded.front_mut().is_some_and(is_over) {
            let Some((offset, _)) = self.superseded.pop_front() else { return };
            self.records.remove(&offset);
        }
    }

    fn drop_oldest_tombstone(&mut self) {
        let Some(offset) = self.tombstones.pop_front() else { return };
        let key = self.records.get(&offset).map(|record| &record.key);
        // One whose key came back is dropped as all that is superseded.
        let is_latest = key.is_some_and(|key| self.latest.get(key) == Some(&offset));
        if let Some(record) = is_latest.then(|| self.records.remove(&offset)).flatten() {
            self.latest.remove(&record.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> Bytes {
        Bytes::from(number.to_string())
    }

    #[test]
    fn in_the_end_only_the_latest_record_of_a_key_is_kept_and_the_end_counts_all() {
        let mut log = CompactedLog::default();
        for (at, number) in (0..).zip([1, 2, 1, 3, 1]) {
            log.append(at * 10, key(number), Some(key(number)));
        }
        assert_eq!(log.since(0).map(|(offset, _)| offset).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        log.append(20 + COMPACTION_LAG, key(4), Some(key(4)));
        assert_eq!(log.since(0).map(|(offset, _)| offset).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        log.append(40 + COMPACTION_LAG, key(4), Some(key(4)));
        assert_eq!(log.since(0).map(|(offset, _)| offset).collect::<Vec<_>>(), [1, 3, 4, 5, 6]);
        assert_eq!(log.end(), 7);
        assert_eq!((log.timestamp(0), log.timestamp(3)), (None, Some(30)));
        assert_eq!(log.first_since(11), Some((3, 30)));
        assert_eq!(log.newest(), Some((6, 40 + COMPACTION_LAG)));
        assert_eq!(log.bytes(), 10);
    }

    #[test]
    fn what_is_superseded_is_bounded() {
        let mut log = CompactedLog::default();
        (0..2 * SUPERSEDED_MAX).for_each(|_| log.append(0, key(1), Some(key(1))));
        assert_eq!(log.records.len(), SUPERSEDED_MAX + 1);
    }

    #[test]
    fn old_tombstones_go_with_their_keys_unless_the_key_came_back() {
        let mut log = CompactedLog::default();
        log.append(0, key(0), None);
        log.append(0, key(0), Some(key(0)));
        for number in 1..=2 * TOMBSTONES_MAX {
            log.append(0, key(number), Some(key(number)));
            log.append(0, key(number), None);
        }
        log.append(COMPACTION_LAG, key(0), Some(key(0)));
        log.append(2 * COMPACTION_LAG, key(0), Some(key(0)));
        // What came before the last record of the key that came back stays for a while yet.
        assert_eq!(log.records.len(), TOMBSTONES_MAX + 2);
        assert_eq!(log.latest.len(), TOMBSTONES_MAX + 1);
        assert_eq!(log.newest().map(|(offset, _)| log.records[&offset].key.clone()), Some(key(0)));
    }
}
