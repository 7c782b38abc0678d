//! What is read of records in every version Kafka ever wrote, and of bytes that nobody wrote.

mod any;
mod written;

use std::time::Duration;

use super::*;
use crate::model::{Generation, HeardMember};
use written::{Writer, commit, commit_key, consumer_member, generation, key};

fn at(millis: u64) -> Timestamp {
    Timestamp::from_unix(Duration::from_millis(millis))
}

#[expect(clippy::unnecessary_wraps, reason = "what is read is wrapped")]
fn said(group: &str, said: Said) -> Option<OffsetsRecord<'_>> {
    Some(OffsetsRecord::Said { group, said })
}

fn member(name: &str) -> HeardMember {
    HeardMember {
        member_id: format!("{name}-1c3a"),
        group_instance_id: Some(format!("static-{name}")),
        client_id: name.to_owned(),
        client_host: "/10.0.0.7".to_owned(),
        session_timeout_ms: 45_000,
        rebalance_timeout_ms: 300_000,
    }
}

/// Bytes as they stand in a log, so that reader and writer cannot be wrong together.
#[test]
fn a_commit_written_out_by_hand() {
    let key = b"\0\x01\0\x03pay\0\x06orders\0\0\0\x02";
    let value = b"\0\x03\0\0\0\0\0\0\x01\0\0\0\0\x05\0\0\0\0\x01\x93\x50\x1e\xc0\0";
    let committed = Some(at(0x0193_501e_c000));
    let expected = Some(OffsetsRecord::Commit { group: "pay", offset: 256, committed });
    assert_eq!(offsets_record(key, Some(value)), expected);
    // Version 4, as Kafka 4.1 began to write it, and with the topic's id.
    let value = b"\0\x04\0\0\0\0\0\0\x01\0\0\0\0\x05\x01\0\0\x01\x93\x50\x1e\xc0\0\0";
    assert_eq!(offsets_record(key, Some(value)), expected);
    let value = b"\0\x04\0\0\0\0\0\0\x01\0\0\0\0\x05\x01\0\0\x01\x93\x50\x1e\xc0\0\x01\0\x100123456789abcdef";
    assert_eq!(offsets_record(key, Some(value)), expected);
}

#[test]
fn a_generation_written_out_by_hand() {
    let key = b"\0\x02\0\x03pay";
    let value = b"\0\x03\0\x08consumer\0\0\0\x07\0\x05range\0\x03c-1\0\0\x01\x93\x50\x1e\xc0\0\0\0\0\x01\
        \0\x03c-1\xff\xff\0\x01c\0\x09/10.0.0.7\0\x04\x93\xe0\0\0\xaf\xc8\0\0\0\x02ab\0\0\0\x01c";
    let expected = Generation {
        generation: 7,
        protocol_type: "consumer".to_owned(),
        protocol: "range".to_owned(),
        state_since: Some(at(0x0193_501e_c000)),
        members: vec![HeardMember {
            member_id: "c-1".to_owned(),
            group_instance_id: None,
            client_id: "c".to_owned(),
            ..member("c")
        }],
    };
    assert_eq!(offsets_record(key, Some(value)), said("pay", Said::Generation(expected)));
}

#[test]
fn commits_of_every_version() {
    for kind in 0..=1 {
        let key = commit_key(kind, "größe", "orders", 7);
        for version in 0..=4 {
            let value = commit(version, 81, "noted", 1_700_000_000_123);
            let committed = Some(at(1_700_000_000_123));
            let expected = OffsetsRecord::Commit { group: "größe", offset: 81, committed };
            assert_eq!(offsets_record(&key, Some(&value)), Some(expected), "{kind} {version}");
        }
        assert_eq!(offsets_record(&key, None), Some(OffsetsRecord::CommitRemoved { group: "größe" }));
    }
}

#[test]
fn a_time_that_is_not_known_is_none() {
    let record = commit(3, 1, "", -1);
    let expected = OffsetsRecord::Commit { group: "g", offset: 1, committed: None };
    assert_eq!(offsets_record(&commit_key(1, "g", "t", 0), Some(&record)), Some(expected));
    let empty = Generation {
        generation: 8,
        protocol_type: "consumer".to_owned(),
        protocol: String::new(),
        state_since: None,
        members: Vec::new(),
    };
    let record = generation(3, &empty, -1);
    assert_eq!(offsets_record(&key(2, &["g"]), Some(&record)), said("g", Said::Generation(empty)));
}

#[test]
fn members_beyond_what_is_kept_are_passed_over() {
    let one = HeardMember { member_id: "m".to_owned(), ..HeardMember::default() };
    let crowd = Generation {
        generation: 1,
        protocol_type: "consumer".to_owned(),
        protocol: "range".to_owned(),
        state_since: None,
        members: vec![one; 10_001],
    };
    let key = key(2, &["g"]);
    let read = offsets_record(&key, Some(&generation(4, &crowd, -1)));
    let Some(OffsetsRecord::Said { said: Said::Generation(read), .. }) = read else { panic!("{read:?}") };
    assert_eq!(read.members.len(), 10_000);
}

#[test]
fn groups_whose_coordinator_assigns_have_epochs() {
    for kind in [3, 11, 17] {
        // A hash of the topics follows, tagged or not.
        let value = Writer::new(0, 0).int32(12).int64(77).tags(&[]).bytes;
        assert_eq!(offsets_record(&key(kind, &["g"]), Some(&value)), said("g", Said::Epoch(12)), "{kind}");
        assert_eq!(offsets_record(&key(kind, &["g"]), None), said("g", Said::Deleted), "{kind}");
    }
    for kind in [6, 12, 20] {
        let value = Writer::new(0, 0).int32(11).tags(&[(0, vec![1; 8])]).bytes;
        assert_eq!(offsets_record(&key(kind, &["g"]), Some(&value)), said("g", Said::AssignmentEpoch(11)), "{kind}");
        assert_eq!(offsets_record(&key(kind, &["g"]), None), Some(OffsetsRecord::Unwanted), "{kind}");
    }
}

#[test]
fn groups_whose_coordinator_assigns_have_members() {
    for (told, regex) in [
        (HeardMember { session_timeout_ms: 0, ..member("a") }, None),
        (HeardMember { group_instance_id: None, ..member("a") }, Some("orders-.*")),
    ] {
        let told = HeardMember { member_id: "m-1".to_owned(), ..told };
        let value = consumer_member(&told, &["orders", "payments"], regex);
        assert_eq!(offsets_record(&key(5, &["g", "m-1"]), Some(&value)), said("g", Said::Member(told)));
    }
    let share = Writer::new(0, 0).maybe(None).text("c").text("/h").count(1).text("t").tags(&[]).bytes;
    let told = HeardMember {
        member_id: "m-1".to_owned(),
        client_id: "c".to_owned(),
        client_host: "/h".to_owned(),
        ..HeardMember::default()
    };
    assert_eq!(offsets_record(&key(10, &["g", "m-1"]), Some(&share)), said("g", Said::Member(told.clone())));
    let streams = Writer::new(0, 0).maybe(Some("i")).maybe(None).text("c").text("/h").int32(60_000).int32(1);
    let streams = streams.text("process").bytes;
    let told = HeardMember { group_instance_id: Some("i".to_owned()), rebalance_timeout_ms: 60_000, ..told };
    assert_eq!(offsets_record(&key(19, &["g", "m-1"]), Some(&streams)), said("g", Said::Member(told)));
    for kind in [5, 10, 19] {
        let gone = said("g", Said::MemberGone("m-1".to_owned()));
        assert_eq!(offsets_record(&key(kind, &["g", "m-1"]), None), gone, "{kind}");
    }
}

#[test]
fn a_classic_group_without_a_value_is_deleted() {
    assert_eq!(offsets_record(&key(2, &["g"]), None), said("g", Said::Deleted));
}

#[test]
fn what_we_have_no_use_for_is_passed_over() {
    // The last three nobody has thought of yet.
    for kind in [4, 7, 8, 9, 13, 14, 15, 16, 18, 21, 22, 23, 24, 999, -1] {
        for value in [None, Some(&b"\0\0anything"[..])] {
            assert_eq!(offsets_record(&key(kind, &["g", "m"]), value), Some(OffsetsRecord::Unwanted), "{kind}");
        }
    }
}

#[test]
fn what_is_newer_than_we_are_is_unknown() {
    let newer = |version: i16| version.to_be_bytes();
    for (key, version) in [
        (commit_key(1, "g", "t", 0), 5),
        (key(2, &["g"]), 5),
        (key(3, &["g"]), 1),
        (key(5, &["g", "m"]), 1),
        (key(6, &["g"]), 1),
    ] {
        assert_eq!(offsets_record(&key, Some(&newer(version))), Some(OffsetsRecord::Unknown), "{key:?}");
        assert_eq!(offsets_record(&key, Some(&newer(-1))), None, "{key:?}");
    }
}
