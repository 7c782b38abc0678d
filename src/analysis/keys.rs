//! Which keys the records of a sample have, and how large their shares are.
//!
//! Not whether a partition is hot; whoever looks at keys knows that already, or wants to.
//! Invariant: memory is bounded, however many keys there are and however long they are.

mod space_saving;

use crate::model::{ClientShare, CutBytes, KeyShare, KeyShares, SampledRecord};

use space_saving::{Counter, SpaceSaving};

/// Keys counted apart: no count is off by more than a ten-thousandth part of the sample.
const KEYS_MAX: usize = 10_000;
/// Producers counted apart for each key.
const CLIENTS_MAX: usize = 4;

/// Counts the keys of records as they come.
#[derive(Debug)]
pub struct KeyTally {
    keys: SpaceSaving<Option<CutBytes>, Beside>,
    bytes: u64,
}

/// What is kept beside a key's count, since it is counted.
#[derive(Debug)]
struct Beside {
    bytes: u64,
    clients: SpaceSaving<CutBytes, ()>,
}

impl Default for Beside {
    fn default() -> Self {
        Self { bytes: 0, clients: SpaceSaving::new(CLIENTS_MAX) }
    }
}

impl Default for KeyTally {
    fn default() -> Self {
        Self { keys: SpaceSaving::new(KEYS_MAX), bytes: 0 }
    }
}

impl KeyTally {
    /// Counts a record.
    pub fn add(&mut self, record: &SampledRecord<'_>) {
        self.bytes = self.bytes.saturating_add(record.bytes);
        self.keys.add(record.key.map(CutBytes::of), |beside| {
            beside.bytes = beside.bytes.saturating_add(record.bytes);
            if let Some(client_id) = record.client_id {
                beside.clients.add(CutBytes::of(client_id), |()| {});
            }
        });
    }

    /// What was counted, with at most so many keys.
    #[must_use]
    pub fn shares(self, keys_max: usize) -> KeyShares {
        let (records, bytes) = (self.keys.total(), self.bytes);
        let distinct = self.keys.distinct();
        let keys = self.keys.most_frequent().into_iter().take(keys_max).map(key_share).collect();
        KeyShares { records, bytes, keys, distinct }
    }
}

fn key_share(counter: Counter<Option<CutBytes>, Beside>) -> KeyShare {
    let client = |client: Counter<CutBytes, ()>| ClientShare { client_id: client.item, records: client.count };
    KeyShare {
        key: counter.item,
        records: counter.count,
        error: counter.error,
        bytes: counter.beside.bytes,
        clients: counter.beside.clients.most_frequent().into_iter().map(client).collect(),
    }
}

#[cfg(test)]
mod tests;
