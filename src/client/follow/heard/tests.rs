//! What is kept of what was heard.

use std::time::Duration;

use super::*;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix(Duration::from_secs(seconds))
}

fn moment(seconds: u64) -> Moment {
    Moment::from_origin(Duration::from_secs(seconds))
}

fn epoch(number: i32) -> Heard {
    Heard { appended: Some(at(7)), said: Said::Epoch(number) }
}

fn crowded(generation: i32, members: usize) -> Heard {
    let member = HeardMember { client_id: "c".repeat(1000), ..HeardMember::default() };
    let said = Said::Generation(Generation {
        generation,
        protocol_type: "consumer".to_owned(),
        protocol: "range".to_owned(),
        state_since: None,
        members: vec![member; members],
    });
    Heard { appended: Some(at(7)), said }
}

#[test]
fn it_is_handed_over_once_by_group_and_in_order() {
    let mut heard = HeardSoFar::default();
    heard.begin(moment(3));
    heard.say("b", epoch(1));
    heard.say("a", epoch(8));
    heard.commit("b", Some(at(9)));
    heard.commit("b", Some(at(6)));
    heard.say("b", epoch(2));
    let group = |id: &str, numbers: &[i32], last_commit| FollowedGroup {
        id: GroupId::from(id),
        heard: numbers.iter().copied().map(epoch).collect(),
        is_cut: false,
        has_gap: false,
        last_commit,
    };
    let expected = vec![group("a", &[8], None), group("b", &[1, 2], Some(at(9)))];
    assert_eq!(heard.take(moment(20)), Followed { since: Some(moment(3)), groups: expected, ..Followed::default() });
    assert_eq!(heard.take(moment(30)), Followed { since: Some(moment(3)), ..Followed::default() });
}

#[test]
fn a_loss_lasts_until_the_next_beginning() {
    let mut heard = HeardSoFar::default();
    assert_eq!(heard.take(moment(1)).since, None);
    heard.begin(moment(3));
    heard.say("a", epoch(1));
    heard.lose();
    let followed = heard.take(moment(20));
    assert_eq!((followed.since, followed.groups.len()), (None, 1));
    assert_eq!(heard.take(moment(30)).since, None);
    heard.say("a", epoch(2));
    heard.begin(moment(31));
    heard.say("b", epoch(3));
    let followed = heard.take(moment(40));
    assert_eq!((followed.since, followed.groups.len()), (Some(moment(31)), 1), "what was said before is dropped");
}

#[test]
fn a_gap_ends_with_the_next_handing_over() {
    let mut heard = HeardSoFar::default();
    heard.begin(moment(3));
    heard.miss();
    assert_eq!(heard.take(moment(20)).since, None);
    assert_eq!(heard.take(moment(30)).since, Some(moment(20)));
}

#[test]
fn of_too_many_records_the_newest_are_kept() {
    let mut heard = HeardSoFar::default();
    for number in 0..1_500 {
        heard.say("a", epoch(number));
    }
    heard.say("b", epoch(1));
    let groups = heard.take(moment(1)).groups;
    assert_eq!((groups[0].heard.len(), groups[0].is_cut), (1_000, true));
    assert_eq!((groups[0].heard.first(), groups[0].heard.last()), (Some(&epoch(500)), Some(&epoch(1_499))));
    assert!(!groups[1].is_cut);
}

#[test]
fn of_too_many_bytes_the_newest_of_a_group_are_kept() {
    let mut heard = HeardSoFar::default();
    heard.say("small", epoch(1));
    for generation in 0..20 {
        heard.say("large", crowded(generation, 3_000));
    }
    // There is no room left for a group that has nothing to give.
    heard.say("late", crowded(1, 3_000));
    assert!(heard.bytes <= BYTES_MAX && heard.bytes > BYTES_MAX / 2, "{}", heard.bytes);
    let groups = heard.take(moment(1)).groups;
    let names: Vec<_> = groups.iter().map(|group| (group.id.as_str(), group.is_cut)).collect();
    assert_eq!(names, [("large", true), ("late", true), ("small", false)]);
    assert_eq!(groups[0].heard.last(), Some(&crowded(19, 3_000)));
    assert_eq!(groups[1].heard, []);
    assert_eq!(heard.bytes, 0);
    // And afterwards there is room again.
    heard.say("late", crowded(2, 3_000));
    assert_eq!(heard.take(moment(2)).groups[0].heard, [crowded(2, 3_000)]);
}

#[test]
fn too_many_groups_are_a_gap() {
    let mut heard = HeardSoFar::default();
    heard.begin(moment(3));
    for number in 0..=GROUPS_MAX {
        heard.commit(&number.to_string(), Some(at(1)));
    }
    let followed = heard.take(moment(20));
    assert_eq!((followed.since, followed.groups.len()), (None, GROUPS_MAX));
    // So are groups whose names alone are too much.
    for number in 0..2_000 {
        heard.say(&format!("{number:030000}"), epoch(1));
    }
    assert!(heard.bytes <= BYTES_MAX);
    let followed = heard.take(moment(30));
    assert_eq!(followed.since, None);
    assert!((1_000..2_000).contains(&followed.groups.len()), "{}", followed.groups.len());
}
