//! Keys of records, and how many records have them.
//!
//! Not the records; nothing but their keys and sizes is looked at.
//! Invariant: however long a key is, little of it is kept.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Bytes of a key that are kept.
const START_MAX: usize = 64;

/// Bytes that strangers chose, as many as are needed to tell them apart and to show them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CutBytes {
    start: Box<[u8]>,
    length: usize,
    /// Of all of them, where there are more than those kept.
    hash: Option<u64>,
}

impl CutBytes {
    /// Keeps what is needed.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let start = bytes.get(..START_MAX).unwrap_or(bytes);
        let hash = (start.len() < bytes.len()).then(|| {
            // The same in every run: a key that is cut can be recognised by it.
            let mut hasher = DefaultHasher::new();
            bytes.hash(&mut hasher);
            hasher.finish()
        });
        Self { start: start.into(), length: bytes.len(), hash }
    }

    /// The first of them, or all.
    #[must_use]
    pub fn start(&self) -> &[u8] {
        &self.start
    }

    /// How many there are.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length
    }

    /// Tells those apart that begin alike; `None` where nothing was cut off.
    #[must_use]
    pub const fn hash_where_cut(&self) -> Option<u64> {
        self.hash
    }
}

/// The keys of a sample of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyShares {
    /// Records looked at.
    pub records: u64,
    /// Bytes of their keys, values and headers.
    pub bytes: u64,
    /// The keys that most of them have, the most frequent first.
    pub keys: Vec<KeyShare>,
    /// How many different keys there are; `None` where there are more than are counted apart.
    pub distinct: Option<u64>,
}

/// How many records have a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyShare {
    /// The key; `None` for records without one.
    pub key: Option<CutBytes>,
    /// At most so many records have it.
    pub records: u64,
    /// By how many fewer it may be.
    pub error: u64,
    /// At least so many bytes are in them; exactly, where the error is 0.
    pub bytes: u64,
    /// What producers call themselves in a header of them, the most frequent first.
    pub clients: Vec<ClientShare>,
}

/// How many records of a key a producer says to have written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientShare {
    /// Its client id.
    pub client_id: CutBytes,
    /// About so many records.
    pub records: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_keys_are_kept_apart_in_few_bytes() {
        let (one, mut other) = (vec![b'k'; 5_000_000], vec![b'k'; 5_000_000]);
        let last = other.last_mut().expect("there are many");
        *last = b'l';
        let (kept, kept_other) = (CutBytes::of(&one), CutBytes::of(&other));
        assert_ne!(kept, kept_other);
        assert_ne!(kept, CutBytes::of(&one[1..]));
        assert_eq!(kept, CutBytes::of(&one));
        assert_eq!((kept.start().len(), kept.length(), kept.hash_where_cut().is_some()), (64, 5_000_000, true));
        let (whole, cut) = (CutBytes::of(&one[..64]), CutBytes::of(&one[..65]));
        assert_eq!((whole.hash_where_cut(), cut.hash_where_cut().is_some()), (None, true));
        assert_eq!(CutBytes::of(b"").length(), 0);
    }
}
