//! What is said to be heard, from the first answer through a backlog.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;

use super::*;
use crate::client::follow::heard::HeardSoFar;
use crate::model::Clock;

/// A clock that stands at 100 seconds.
struct Still;

impl Clock for Still {
    fn moment(&self) -> Moment {
        moment(100)
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::default()
    }
}

fn moment(second: u64) -> Moment {
    Moment::from_origin(Duration::from_secs(second))
}

fn shared() -> Shared {
    Shared {
        heard: Mutex::new(HeardSoFar::default()),
        state: watch::Sender::new(FollowState::NoRight),
        is_wanted: watch::Sender::new(true),
        clock: Arc::new(Still),
    }
}

/// The key of what is said of a group by records of this kind.
fn key(kind: u8, group: &str) -> Vec<u8> {
    let length = u8::try_from(group.len()).expect("short");
    [&[0, kind, 0, length], group.as_bytes()].concat()
}

/// A tombstone: the group is deleted.
fn deleted(partition: i32, offset: i64, key: &[u8]) -> Record<'_> {
    Record { partition, offset, appended: None, key, value: None }
}

fn standing(next: i64, end: i64) -> BTreeMap<i32, Standing> {
    BTreeMap::from([(3, Standing { is_reached: true, next, end })])
}

fn state(shared: &Shared) -> FollowState {
    shared.state.borrow().clone()
}

#[test]
fn nothing_is_said_to_be_heard_until_a_fetch_succeeded() {
    let shared = shared();
    let mut course = Course::new(&shared, "c", vec![3], moment(5));
    let refused = Standing { is_reached: false, next: 7, end: -1 };
    course.told(&BTreeMap::from([(3, refused)]));
    assert_eq!((state(&shared), shared.heard().take(moment(9)).since), (FollowState::NoRight, None));
    course.told(&standing(7, 7));
    assert_eq!((state(&shared), shared.heard().take(moment(9)).since), (FollowState::Following, Some(moment(5))));
}

#[test]
fn the_first_record_is_an_answer_and_heard() {
    let shared = shared();
    Course::new(&shared, "c", vec![3], moment(5)).hear(deleted(3, 7, &key(2, "a")));
    let followed = shared.heard().take(moment(9));
    assert_eq!((state(&shared), followed.since, followed.groups.len()), (FollowState::Following, Some(moment(5)), 1));
}

#[test]
fn of_a_backlog_nothing_is_taken() {
    let shared = shared();
    let mut course = Course::new(&shared, "c", vec![3], moment(5));
    let key = key(2, "a");
    let heard_of = |shared: &Shared| {
        let followed = shared.heard().take(moment(9));
        (followed.since, followed.groups.len())
    };
    for next in 0..6 {
        course.told(&standing(next, 1000));
    }
    assert_eq!(state(&shared), FollowState::Behind);
    course.hear(deleted(3, 6, &key));
    course.told(&standing(500, 1000));
    assert_eq!((state(&shared), heard_of(&shared)), (FollowState::Behind, (None, 0)), "that it moves is not enough");
    course.told(&standing(1000, 1000));
    assert_eq!((state(&shared), heard_of(&shared)), (FollowState::Following, (Some(moment(100)), 0)));
    course.hear(deleted(3, 999, &key));
    assert_eq!(heard_of(&shared).1, 0, "it was waiting in memory");
    course.hear(deleted(3, 1000, &key));
    assert_eq!(heard_of(&shared).1, 1);
}

#[test]
fn what_cannot_be_read_is_a_gap_of_its_group_only() {
    let shared = shared();
    let mut course = Course::new(&shared, "c", vec![3], moment(5));
    let gaps = |shared: &Shared| {
        let followed = shared.heard().take(moment(9));
        let gaps = followed.groups.into_iter().filter(|group| group.has_gap).map(|group| group.id.to_string());
        (followed.since.is_some(), gaps.collect::<Vec<_>>())
    };
    let newer: &[u8] = &[0, 99, 1, 2, 3];
    course.hear(Record { value: Some(newer), ..deleted(3, 7, &key(2, "newer")) });
    course.hear(Record { value: Some(&[0, 0]), ..deleted(3, 8, &key(3, "broken")) });
    course.hear(deleted(3, 9, &key(2, "well")));
    let both = vec!["broken".to_owned(), "newer".to_owned()];
    assert_eq!(gaps(&shared), (true, both.clone()));
    assert_eq!(gaps(&shared), (true, both), "nothing made up for it");
    course.hear(deleted(3, 10, &key(2, "newer")));
    course.hear(deleted(3, 11, &key(3, "broken")));
    assert_eq!(gaps(&shared), (true, vec![]));
    // A key that is none may be of any group.
    course.hear(deleted(3, 12, &[0, 2, 0]));
    assert_eq!(gaps(&shared), (false, vec![]));
}
