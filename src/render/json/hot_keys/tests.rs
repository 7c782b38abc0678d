//! Keys of strangers as JSON gives them. NOT the counting.
//! Invariant: every key can be told from every other.

use std::time::Duration;

use insta::assert_snapshot;

use super::*;
use crate::model::{PartitionId, Timestamp, TopicName};

fn key(bytes: Option<&[u8]>) -> HotKey<'static> {
    let share = KeyShare { key: bytes.map(CutBytes::of), records: 3, error: 1, bytes: 30, clients: Vec::new() };
    hot_key(&share, 4)
}

/// Text, form, and whether it is cut.
fn read(bytes: &[u8]) -> (String, String, bool) {
    let key = key(Some(bytes));
    (key.key.unwrap_or_default(), key.key_form.into_owned(), key.key_hash.is_some())
}

#[test]
fn text_is_text_and_the_rest_is_digits() {
    let told = |text: &str, form: &str, is_cut| (text.to_owned(), form.to_owned(), is_cut);
    assert_eq!(read(b"customer-7"), told("customer-7", "text", false));
    assert_eq!(read("größe 漢".as_bytes()), told("größe 漢", "text", false));
    assert_eq!(read(b""), told("", "text", false));
    assert_eq!(read(b"\xff\xfe"), told("fffe", "hex", false));
    assert_eq!(read(&7_u64.to_be_bytes()), told("0000000000000007", "hex", false), "a number is no text");
    assert_eq!(read(b"\x1b[31m"), told("1b5b33316d", "hex", false));
}

#[test]
fn long_keys_are_cut_between_characters_and_marked() {
    let text = "漢".repeat(100);
    assert_eq!(read(text.as_bytes()), ("漢".repeat(21), "text".to_owned(), true));
    assert_eq!(read(&[0xff; 100]), ("ff".repeat(64), "hex".to_owned(), true));
    let (one, other) = (key(Some(text.as_bytes())), key(Some("漢".repeat(101).as_bytes())));
    assert_eq!((one.key_bytes, one.key == other.key, one.key_hash == other.key_hash), (300, true, false));
}

#[test]
fn no_key_is_null() {
    let none = key(None);
    assert_eq!((none.key, &*none.key_form, none.key_bytes, none.key_hash), (None, "null", 0, None));
    assert_eq!((none.share.to_string(), none.share_at_least.to_string()), ("0.75".to_owned(), "0.5".to_owned()));
}

#[test]
fn what_was_found_as_a_whole() {
    let at = |seconds| Timestamp::from_unix(Duration::from_secs(seconds));
    let compared = Compared {
        since: Duration::from_mins(10),
        records: 45,
        topic_records: 100,
        partition_count: 11,
        unknown_count: 1,
    };
    let sample = Sample {
        topic: TopicName::from("orders"),
        partition: PartitionId(7),
        choice: Choice::MostAppended(compared),
        offsets: (5, 49),
        left_out: Some((8, 11)),
        times: Some((at(1_000), at(1_600))),
        hidden: 0,
        end: SampleEnd::Bytes,
    };
    let clients = vec![ClientShare { client_id: CutBytes::of(b"web"), records: 2 }];
    let hot = KeyShare { key: Some(CutBytes::of(b"customer-7")), records: 40, error: 0, bytes: 4_000, clients };
    let shares = KeyShares { records: 45, bytes: 4_500, keys: vec![hot], distinct: Some(3) };
    let json = serde_json::to_string(&hot_keys(&sample, &shares)).expect("JSON");
    assert_snapshot!(json, @r#"{"topic":"orders","partition":7,"chosen":"most_appended","compared":{"since_seconds":600,"records":45,"topic_records":100,"partitions":11,"unknown_partitions":1},"sample":{"records":45,"bytes":4500,"first_offset":5,"last_offset":49,"left_out_offsets":[8,11],"first_timestamp_seconds":1000.0,"last_timestamp_seconds":1600.0,"hidden_records":0,"ended_by":"bytes"},"distinct_keys":3,"keys":[{"key":"customer-7","key_form":"text","key_bytes":10,"key_hash":null,"records":40,"records_error":0,"share":0.8888888888888888,"share_at_least":0.8888888888888888,"bytes":4000,"client_ids":[{"client_id":"web","records":2}]}]}"#);
    let read: HotKeys<'_> = serde_json::from_str(&json).expect("it can be read back");
    assert_eq!(read, hot_keys(&sample, &shares));
}
