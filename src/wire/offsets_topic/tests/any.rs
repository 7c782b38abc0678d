//! Any records, and any bytes.

use proptest::prelude::*;

use super::*;

prop_compose! {
    fn any_member()(
        member_id in ".{0,20}",
        group_instance_id in proptest::option::of(".{0,10}"),
        client_id in ".{0,200}",
        client_host in ".{0,20}",
        session_timeout_ms in 0_u32..=i32::MAX.cast_unsigned(),
        rebalance_timeout_ms in 0_u32..=i32::MAX.cast_unsigned(),
    ) -> HeardMember {
        HeardMember { member_id, group_instance_id, client_id, client_host, session_timeout_ms, rebalance_timeout_ms }
    }
}

prop_compose! {
    fn any_generation()(
        generation in any::<i32>(),
        protocol_type in ".{0,10}",
        protocol in ".{0,10}",
        state_since in proptest::option::of(0_u64..1 << 50),
        members in proptest::collection::vec(any_member(), 0..5),
    ) -> Generation {
        Generation { generation, protocol_type, protocol, state_since: state_since.map(at), members }
    }
}

fn millis(time: Option<Timestamp>) -> i64 {
    time.map_or(-1, |time| i64::try_from(time.since_unix().as_millis()).expect("not that late"))
}

/// What a version keeps of it.
fn kept(version: i16, mut told: Generation) -> Generation {
    if version < 2 {
        told.state_since = None;
    }
    for member in &mut told.members {
        if version < 3 {
            member.group_instance_id = None;
        }
        if version < 1 {
            member.rebalance_timeout_ms = 0;
        }
    }
    told
}

/// A record of each kind that is read, valid as it stands.
fn valid() -> Vec<(Vec<u8>, Vec<u8>)> {
    let told = Generation {
        generation: 3,
        protocol_type: "consumer".to_owned(),
        protocol: "range".to_owned(),
        state_since: Some(at(5)),
        members: vec![member("a"), member("b")],
    };
    let mut records = Vec::new();
    for version in 0..=4 {
        records.push((commit_key(1, "g", "t", 0), commit(version, 1, "m", 2)));
        records.push((key(2, &["g"]), generation(version, &told, 5)));
    }
    records.push((key(5, &["g", "m"]), consumer_member(&member("a"), &["t"], None)));
    records
}

#[track_caller]
fn check_bounds(key: &[u8], value: &[u8]) {
    let bound = 8 * (key.len() + value.len()) as u64 + 64;
    let allocated = allocation_counter::measure(|| drop(offsets_record(key, Some(value))));
    assert!(allocated.bytes_max <= bound, "{} of {bound}", allocated.bytes_max);
}

/// Whatever is cut off is missed: all but the value's epochs end where they have to.
#[test]
fn a_record_that_was_cut_short_or_grew_is_none() {
    for (key, value) in valid() {
        assert!(matches!(
            offsets_record(&key, Some(&value)),
            Some(OffsetsRecord::Commit { .. } | OffsetsRecord::Said { .. })
        ));
        for length in 0..value.len() {
            assert_eq!(offsets_record(&key, Some(&value[..length])), None, "{value:?} cut to {length}");
        }
        for length in 0..key.len() {
            assert_eq!(offsets_record(&key[..length], Some(&value)), None, "{key:?} cut to {length}");
        }
        assert_eq!(offsets_record(&key, Some(&[&value[..], &[0]].concat())), None, "{value:?} grown");
        assert_eq!(offsets_record(&[&key[..], &[0]].concat(), Some(&value)), None, "{key:?} grown");
    }
}

#[test]
fn counts_beyond_the_bytes_allocate_nothing() {
    let members = b"\0\x03\0\0\0\0\0\x01\xff\xff\xff\xff\0\0\0\0\0\0\0\0\x7f\xff\xff\xff";
    let tags = b"\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\xff\xff\xff\xff\x0f";
    for (key, value) in [(key(2, &["g"]), &members[..]), (commit_key(1, "g", "t", 0), &tags[..])] {
        let allocated = allocation_counter::measure(|| assert_eq!(offsets_record(&key, Some(value)), None));
        assert_eq!(allocated.bytes_max, 0);
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(told in any_generation(), group in ".{0,30}", version in 0_i16..=4) {
        let value = generation(version, &told, millis(told.state_since));
        let key = key(2, &[&group]);
        let expected = said(&group, Said::Generation(kept(version, told)));
        prop_assert_eq!(offsets_record(&key, Some(&value)), expected);
        check_bounds(&key, &value);
    }

    #[test]
    fn what_is_written_of_members_is_read(told in any_member(), topics in proptest::collection::vec(".{0,9}", 0..4)) {
        let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
        let key = key(5, &["g", &told.member_id]);
        let value = consumer_member(&told, &topics, None);
        prop_assert_eq!(offsets_record(&key, Some(&value)), said("g", Said::Member(told)));
    }

    #[test]
    fn any_commit_is_read(version in 0_i16..=4, offset in any::<i64>(), metadata in ".{0,200}", time in 0_i64..1 << 50) {
        let committed = u64::try_from(time).ok().map(at);
        let expected = OffsetsRecord::Commit { group: "g", offset, committed };
        let value = commit(version, offset, &metadata, time);
        let key = commit_key(1, "g", "t", 3);
        prop_assert_eq!(offsets_record(&key, Some(&value)), Some(expected));
    }

    #[test]
    fn any_bytes_give_a_record_or_none(
        kind in -1_i16..26,
        version in -1_i16..6,
        key in proptest::collection::vec(any::<u8>(), 0..40),
        value in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        check_bounds(&key, &value);
        check_bounds(&[&kind.to_be_bytes()[..], b"\0\x01g\0\x01m"].concat(), &[&version.to_be_bytes()[..], &value].concat());
        check_bounds(&[&kind.to_be_bytes()[..], b"\0\x01g"].concat(), &[&version.to_be_bytes()[..], &value].concat());
    }

    /// Most of it stays what it was, so that reading gets far before it fails.
    #[test]
    fn damaged_records_give_a_record_or_none(which in 0_usize..11, damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let (key, mut value) = valid().swap_remove(which);
        for (place, byte) in damage {
            let place = place.index(value.len());
            value[place] = byte;
        }
        check_bounds(&key, &value);
    }
}
