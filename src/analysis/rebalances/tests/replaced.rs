//! Static members of a KIP-848 group, as the log tells of them: who is gone is told by its member id.
//!
//! Not classic groups, whose record names everybody.
//! Invariant: records of one moment are what the coordinator wrote at once.

use std::time::Duration;

use super::super::log::{Clocks, Counted, Place, read};
use super::super::story::Story;
use crate::model::{FollowedGroup, Heard, HeardMember, Moment, Said, Timestamp};

fn member(member_id: &str) -> Said {
    let instance = Some("web-0".to_owned());
    Said::Member(HeardMember { member_id: member_id.to_owned(), group_instance_id: instance, ..HeardMember::default() })
}

fn gone(member_id: &str) -> Said {
    Said::MemberGone(member_id.to_owned())
}

/// How many joined and left by these records, each with the second it was written in.
fn moves(records: &[(u64, Said)]) -> (u64, u64) {
    let at = |second: u64| Timestamp::from_unix(Duration::from_secs(second));
    let heard =
        records.iter().map(|(second, said)| Heard { appended: Some(at(*second)), said: said.clone() }).collect();
    let group = FollowedGroup { id: "g".into(), heard, is_cut: false, has_gap: false, last_commit: None };
    let now = Moment::from_origin(Duration::from_secs(100));
    let clocks = Clocks { earliest: Moment::default(), now, now_at: at(100) };
    let mut place = Place { counted: Some(Counted::epoch(0)), alone_since: None };
    let told = read(&group, &mut place, &mut Story::of(Some(Vec::new())), clocks, false);
    (told.joined, told.left)
}

#[test]
fn a_static_member_leaves_and_comes_back() {
    let roll = [(1, member("a")), (10, gone("a")), (10, Said::Epoch(2)), (40, member("b")), (40, Said::Epoch(3))];
    assert_eq!(moves(&roll), (2, 1));
    let again = [&roll[..], &[(60, gone("b")), (80, member("c"))]].concat();
    assert_eq!(moves(&again), (3, 2));
}

#[test]
fn one_that_is_replaced_at_once_does_neither() {
    let replaced = [(1, member("a")), (10, gone("a")), (10, member("b"))];
    assert_eq!(moves(&replaced), (1, 0));
    // It is the new one that can go now.
    assert_eq!(moves(&[&replaced[..], &[(20, gone("a"))]].concat()), (1, 0));
    assert_eq!(moves(&[&replaced[..], &[(20, gone("b"))]].concat()), (1, 1));
}
