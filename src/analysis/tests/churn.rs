//! Thousands of polls of a small cluster in which nothing stays: what is remembered does not grow.
//!
//! Not what is concluded from such polls.
//! Invariant: names have one length, so that every poll is of the same size.

use super::*;
use allocation_counter::measure;

/// Enough that vanished topics are forgotten by their age, which takes an hour.
const WARM_UP_POLLS: u64 = 400;
const POLLS: u64 = 2_000;
const TOPICS: u64 = 5;
const GROUPS: u64 = 10;

/// A poll after 15 seconds in which topics and groups have new names, or those of earlier polls again.
fn poll(number: u64, name: u64, history: &mut History) {
    let mut scene = Scene::at(number * 15);
    for topic in 0..TOPICS {
        let offset = i64::try_from(number).expect("it is small");
        scene = scene.topic(&format!("topic-{topic}-{name:08}"), 1, &[(0, Ok(offset)), (0, Ok(10))]);
    }
    for group in 0..GROUPS {
        let topic = format!("topic-{}-{name:08}", group % TOPICS);
        let commits = vec![scene.committed(&topic, 0, 1), scene.committed(&topic, 1, 3)];
        let members = vec![scene.member(&topic, &[0, 1])];
        scene = scene.group(&format!("group-{group}-{name:08}"), GroupState::Stable, Ok(members), Ok(commits));
    }
    scene.analyze(history);
}

/// Bytes by which the history grew.
fn growth(name: impl Fn(u64) -> u64) -> i64 {
    let mut history = History::default();
    (0..WARM_UP_POLLS).for_each(|number| poll(number, name(number), &mut history));
    let polls = WARM_UP_POLLS..WARM_UP_POLLS + POLLS;
    measure(|| polls.for_each(|number| poll(number, name(number), &mut history))).bytes_current
}

/// A table may double once while topics come and go. The names of the topics alone would be more than this.
const GROWTH_MAX: i64 = 150_000;

#[test]
fn names_that_are_new_in_every_poll_leave_nothing_behind() {
    let growth = growth(|number| number);
    assert!(growth < GROWTH_MAX, "{growth} bytes in {POLLS} polls");
}

#[test]
fn names_that_come_and_go_leave_nothing_behind() {
    let growth = growth(|number| number * number % 101);
    assert!(growth < GROWTH_MAX, "{growth} bytes in {POLLS} polls");
}
