//! The keys of a partition's newest records in JSON.
//!
//! Not how they were counted.
//! Invariant: a key is given so that it can be told from all others, and strangers' bytes are text or hexadecimal digits.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::model::{Choice, ClientShare, Compared, CutBytes, KeyShare, KeyShares, Sample, SampleEnd};

/// What the newest records of a partition have for keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HotKeys<'a> {
    /// The topic.
    pub topic: Cow<'a, str>,
    /// The partition.
    pub partition: i32,
    /// Why this one: `asked`, `most_appended` or `most_kept`.
    pub chosen: Cow<'a, str>,
    /// What that was judged by; `null` where it was asked for.
    pub compared: Option<HotCompared>,
    /// What was read.
    pub sample: HotSample<'a>,
    /// How many different keys the sample has; `null` where they are more than are counted apart.
    pub distinct_keys: Option<u64>,
    /// The most frequent keys, the largest share first.
    pub keys: Vec<HotKey<'a>>,
}

/// A partition among all of its topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HotCompared {
    /// In how many seconds before the question what is `most_appended` was.
    pub since_seconds: u64,
    /// Of the partition.
    pub records: u64,
    /// Of all partitions that were compared.
    pub topic_records: u64,
    /// How many were compared.
    pub partitions: usize,
    /// How many were not, because their leaders did not tell.
    pub unknown_partitions: usize,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HotSample<'a> {
    /// Records.
    pub records: u64,
    /// Bytes of their keys, values and headers, as they are without compression.
    pub bytes: u64,
    /// The first offset.
    pub first_offset: i64,
    /// The last offset.
    pub last_offset: i64,
    /// The first and the last offset that were not read, though older records were, because the time was over or the bytes
    /// were reached; `null` where there are none.
    pub left_out_offsets: Option<(i64, i64)>,
    /// The earliest time of a record, in Unix time; `null` where they have none.
    pub first_timestamp_seconds: Option<f64>,
    /// The latest.
    pub last_timestamp_seconds: Option<f64>,
    /// Offsets of newer records that nobody may read yet, because a transaction before them is open.
    pub hidden_records: u64,
    /// Why it was not more: `all_read`, `records`, `bytes` or `time`.
    pub ended_by: Cow<'a, str>,
}

/// A key and its share of the sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HotKey<'a> {
    /// The key, or how it begins; `null` for records without a key.
    pub key: Option<String>,
    /// `text`, `hex`, or `null` for records without a key.
    pub key_form: Cow<'a, str>,
    /// Bytes of the whole key.
    pub key_bytes: usize,
    /// Tells keys apart that begin alike, where they are too long to be given in full; `null` where they are.
    pub key_hash: Option<String>,
    /// At most so many records of the sample have it.
    pub records: u64,
    /// By how many fewer it may be.
    pub records_error: u64,
    /// At most this share of the sample's records, 0 to 1.
    pub share: f64,
    /// At least this share.
    pub share_at_least: f64,
    /// At least so many bytes are in them; exactly so many where the error is 0.
    pub bytes: u64,
    /// What producers call themselves in the headers of these records, where they do, the most frequent first.
    pub client_ids: Vec<HotClient>,
}

/// A producer of a key's records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HotClient {
    /// What it calls itself, or how that begins.
    pub client_id: String,
    /// About so many records.
    pub records: u64,
}

/// Puts what was found into its shape.
#[must_use]
pub fn hot_keys<'a>(sample: &'a Sample, shares: &KeyShares) -> HotKeys<'a> {
    let (chosen, compared) = match &sample.choice {
        Choice::Asked => ("asked", None),
        Choice::MostAppended(compared) => ("most_appended", Some(compared)),
        Choice::MostKept(compared) => ("most_kept", Some(compared)),
    };
    HotKeys {
        topic: Cow::Borrowed(sample.topic.as_str()),
        partition: sample.partition.0,
        chosen: Cow::Borrowed(chosen),
        compared: compared.map(hot_compared),
        sample: HotSample {
            records: shares.records,
            bytes: shares.bytes,
            first_offset: sample.offsets.0,
            last_offset: sample.offsets.1,
            left_out_offsets: sample.left_out,
            first_timestamp_seconds: sample.times.map(|(first, _)| first.unix_seconds()),
            last_timestamp_seconds: sample.times.map(|(_, last)| last.unix_seconds()),
            hidden_records: sample.hidden,
            ended_by: Cow::Borrowed(match sample.end {
                SampleEnd::AllRead => "all_read",
                SampleEnd::Records => "records",
                SampleEnd::Bytes => "bytes",
                SampleEnd::Time => "time",
            }),
        },
        distinct_keys: shares.distinct,
        keys: shares.keys.iter().map(|key| hot_key(key, shares.records)).collect(),
    }
}

fn hot_compared(compared: &Compared) -> HotCompared {
    HotCompared {
        since_seconds: compared.since.as_secs(),
        records: compared.records,
        topic_records: compared.topic_records,
        partitions: compared.partition_count,
        unknown_partitions: compared.unknown_count,
    }
}

fn hot_key(share: &KeyShare, records: u64) -> HotKey<'static> {
    let key = share.key.as_ref();
    let (text, form) = key.map(shown).map_or((None, "null"), |(text, form)| (Some(text), form));
    let client = |client: &ClientShare| HotClient { client_id: shown(&client.client_id).0, records: client.records };
    HotKey {
        key: text,
        key_form: Cow::Borrowed(form),
        key_bytes: key.map_or(0, CutBytes::length),
        key_hash: key.and_then(CutBytes::hash_where_cut).map(|hash| format!("{hash:016x}")),
        records: share.records,
        records_error: share.error,
        share: ratio(share.records, records),
        share_at_least: ratio(share.records.saturating_sub(share.error), records),
        bytes: share.bytes,
        client_ids: share.clients.iter().map(client).collect(),
    }
}

/// A part of a whole, 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "records of one topic, far below 2^52")]
pub(in crate::render) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Bytes as people read them, and in which form.
fn shown(bytes: &CutBytes) -> (String, &'static str) {
    if let Some(text) = text(bytes.start(), bytes.hash_where_cut().is_some()) {
        return (text.to_owned(), "text");
    }
    let digits = bytes.start().iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    (digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect(), "hex")
}

/// The bytes as text, where they are that. Numbers in a few bytes often happen to be control characters, and are none.
fn text(bytes: &[u8], is_cut: bool) -> Option<&str> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        // The cut went through a character.
        Err(error) if is_cut && error.error_len().is_none() => {
            std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    (!text.contains(char::is_control)).then_some(text)
}

#[cfg(test)]
mod tests;
