//! The table as people read it. NOT the keys' shape, which is JSON's.
//! Invariant: nothing of a stranger's key reaches the terminal that it would act upon.

use insta::assert_snapshot;

use super::super::json::{HotClient, HotSample};
use super::*;

fn key(text: Option<&str>, form: &'static str, records: u64, error: u64) -> HotKey<'static> {
    HotKey {
        key: text.map(str::to_owned),
        key_form: Cow::Borrowed(form),
        key_bytes: text.map_or(0, str::len),
        key_hash: None,
        records,
        records_error: error,
        share: ratio(records, 1_000),
        share_at_least: ratio(records - error, 1_000),
        bytes: records * 100,
        client_ids: Vec::new(),
    }
}

fn found() -> HotKeys<'static> {
    let clients = vec![
        HotClient { client_id: "web-1".to_owned(), records: 600 },
        HotClient { client_id: "web\u{202e}-2".to_owned(), records: 240 },
    ];
    HotKeys {
        topic: Cow::Borrowed("orders"),
        partition: 7,
        chosen: Cow::Borrowed("most_appended"),
        compared: Some(HotCompared {
            since_seconds: 600,
            records: 1_200,
            topic_records: 2_000,
            partitions: 11,
            unknown_partitions: 1,
        }),
        sample: HotSample {
            records: 1_000,
            bytes: 100_000,
            first_offset: 200,
            last_offset: 1_199,
            left_out_offsets: None,
            first_timestamp_seconds: Some(1_000.0),
            last_timestamp_seconds: Some(1_312.4),
            hidden_records: 0,
            ended_by: Cow::Borrowed("records"),
        },
        distinct_keys: Some(4),
        keys: vec![
            HotKey { client_ids: clients, ..key(Some("customer-7"), "text", 840, 0) },
            key(None, "null", 100, 0),
            key(Some("00000007"), "hex", 50, 0),
            HotKey {
                key_bytes: 5_000_000,
                key_hash: Some("00112233aabbccdd".to_owned()),
                ..key(Some("aaa\u{202e}aaa"), "text", 10, 0)
            },
        ],
    }
}

fn table(found: &HotKeys<'_>) -> String {
    let mut out = Vec::new();
    hot_keys_table(found, &mut out).expect("a Vec takes all");
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn a_hot_partition() {
    assert_snapshot!(table(&found()), @r#"
    topic orders, partition 7: it got 1200 of the topic's 2000 records of the last 10m (60.0%), the most of 11 partitions; 1 more did not tell
    read 1000 of its newest records, as --records says: offsets 200 to 1199, written within 5m 12s, 100000 bytes
    4 different keys; those below have 100.0% of the records

    SHARE  AT-LEAST  RECORDS  BYTES  KEY                                                       CLIENT-IDS
    84.0%     84.0%      840  84000  "customer-7"                                              web-1 (600), web\u{202e}-2 (240)
    10.0%     10.0%      100  10000  null                                                      -
     5.0%      5.0%       50   5000  0x00000007                                                -
     1.0%      1.0%       10   1000  "aaa\u{202e}aaa"… (5000000 bytes, hash 00112233aabbccdd)  -
    "#);
}

#[test]
fn what_is_not_known_for_certain_is_said_to_be_so() {
    let mut found = found();
    (found.chosen, found.distinct_keys, found.sample.hidden_records) = (Cow::Borrowed("most_kept"), None, 12);
    (found.sample.ended_by, found.sample.left_out_offsets) = (Cow::Borrowed("time"), Some((360, 399)));
    found.keys = vec![key(Some("customer-7"), "text", 840, 3)];
    assert_snapshot!(table(&found), @r#"
    topic orders, partition 7: it has 1200 of the topic's 2000 records (60.0%), the most of 11 partitions, none of which got any in the last 10m; 1 more did not tell
    read 1000 of its newest records, until --time was over: offsets 200 to 1199, written within 5m 12s, 100000 bytes
    offsets 360 to 399 were not read any more, though they are not the oldest
    up to 12 newer ones wait for the end of a transaction
    more different keys than are counted apart: true shares are from AT-LEAST to SHARE; those below have 83.7% of the records

    SHARE  AT-LEAST  RECORDS   BYTES  KEY           CLIENT-IDS
    84.0%     83.7%      840  >84000  "customer-7"  -
    "#);
    (found.chosen, found.compared) = (Cow::Borrowed("asked"), None);
    assert!(table(&found).starts_with("topic orders, partition 7, as asked\n"));
}
