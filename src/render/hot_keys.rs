//! The keys of a partition's newest records for people at a terminal.
//!
//! Not for machines: those get the JSON it is made from.
//! Invariant: a number that may be wrong says by how much.

use std::borrow::Cow;
use std::io::{self, Write};
use std::time::Duration;

use super::columns::{self, Column};
use super::json::{HotCompared, HotKey, HotKeys, ratio};
use super::printable;

const COLUMNS: [Column; 6] = [
    Column { title: "SHARE", is_number: true },
    Column { title: "AT-LEAST", is_number: true },
    Column { title: "RECORDS", is_number: true },
    Column { title: "BYTES", is_number: true },
    Column { title: "KEY", is_number: false },
    Column { title: "CLIENT-IDS", is_number: false },
];

/// Writes why the partition was looked at, what was read, and the keys. Errors are those of the sink.
pub fn hot_keys_table(found: &HotKeys<'_>, out: &mut impl Write) -> io::Result<()> {
    for sentence in sentences(found) {
        writeln!(out, "{}", printable(&sentence))?;
    }
    writeln!(out)?;
    columns::write(&COLUMNS, out, |row| {
        found.keys.iter().try_for_each(|key| {
            row([
                percent(key.share).into(),
                percent(key.share_at_least).into(),
                key.records.to_string().into(),
                at_least(key.records_error, key.bytes).into(),
                name(key).into(),
                clients(key),
            ])
        })
    })
}

fn sentences(found: &HotKeys<'_>) -> Vec<String> {
    let sample = &found.sample;
    let (topic, partition) = (&found.topic, found.partition);
    let mut sentences = vec![match &found.compared {
        None => format!("topic {topic}, partition {partition}, as asked"),
        Some(compared) => format!("topic {topic}, partition {partition}: {}", why(compared, &found.chosen)),
    }];
    let within = sample.first_timestamp_seconds.zip(sample.last_timestamp_seconds);
    let within = within.map_or_else(String::new, |(first, last)| {
        let passed = Duration::try_from_secs_f64((last - first).max(0.0).round()).unwrap_or_default();
        format!(", written within {}", humantime::format_duration(passed))
    });
    let records = sample.records;
    let read = match &*sample.ended_by {
        "all_read" => format!("read all of its {records} records"),
        "records" => format!("read {records} of its newest records, as --records says"),
        "bytes" => format!("read {records} of its newest records, until --bytes was reached"),
        _ => format!("read {records} of its newest records, until --time was over"),
    };
    sentences.push(format!(
        "{read}: offsets {} to {}{within}, {} bytes",
        sample.first_offset, sample.last_offset, sample.bytes
    ));
    if let Some((first, last)) = sample.left_out_offsets {
        sentences.push(format!("offsets {first} to {last} were not read any more, though they are not the oldest"));
    }
    if sample.hidden_records > 0 {
        let hidden = sample.hidden_records;
        sentences.push(format!("up to {hidden} newer ones wait for the end of a transaction"));
    }
    let keys = match found.distinct_keys {
        Some(count) => format!("{count} different keys"),
        None => "more different keys than are counted apart: true shares are from AT-LEAST to SHARE".to_owned(),
    };
    let shown: f64 = found.keys.iter().map(|key| key.share_at_least).sum();
    sentences.push(format!("{keys}; those below have {} of the records", percent(shown)));
    sentences
}

/// Why the partition was chosen.
fn why(compared: &HotCompared, chosen: &str) -> String {
    let HotCompared { records, topic_records, partitions, unknown_partitions, .. } = compared;
    let since = humantime::format_duration(Duration::from_secs(compared.since_seconds));
    let share = percent(ratio(*records, *topic_records));
    let unknown = match unknown_partitions {
        0 => String::new(),
        count => format!("; {count} more did not tell"),
    };
    match chosen {
        "most_appended" => format!(
            "it got {records} of the topic's {topic_records} records of the last {since} ({share}), the most of {partitions} partitions{unknown}"
        ),
        _ => format!(
            "it has {records} of the topic's {topic_records} records ({share}), the most of {partitions} partitions, none of which got any in the last {since}{unknown}"
        ),
    }
}

fn name(key: &HotKey<'_>) -> String {
    let Some(text) = &key.key else { return "null".to_owned() };
    let quote = if key.key_form == "hex" { ("0x", "") } else { ("\"", "\"") };
    let cut =
        key.key_hash.as_ref().map_or_else(String::new, |hash| format!("… ({} bytes, hash {hash})", key.key_bytes));
    format!("{}{text}{}{cut}", quote.0, quote.1)
}

fn clients<'a>(key: &HotKey<'a>) -> Cow<'a, str> {
    if key.client_ids.is_empty() {
        return Cow::Borrowed("-");
    }
    let clients = key.client_ids.iter().map(|client| format!("{} ({})", client.client_id, client.records));
    Cow::Owned(clients.collect::<Vec<_>>().join(", "))
}

fn at_least(error: u64, bytes: u64) -> String {
    if error > 0 { format!(">{bytes}") } else { bytes.to_string() }
}

fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

#[cfg(test)]
mod tests;
