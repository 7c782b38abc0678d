//! How old unread records are found to be, through whole polls: what is asked, and what is made of the answers.
//!
//! Not the table of anchors; see `ages`.
//! Invariant: polls are 15 seconds apart, and the broker answers every question about times by the log it has.

use super::*;
use crate::model::{Quality, TimeAnswer, TimeLag, TimedOffset, TopicIndex};

/// When the process began, in seconds since the first record could be written.
const BEGAN: u64 = 10 * DAY;
const DAY: u64 = 86_400;

/// A topic of one partition and whoever reads it.
struct World {
    /// When each record was appended, by its offset.
    appended: Vec<u64>,
    /// By how much its timestamp is behind that.
    backdated: u64,
    commit: i64,
    history: History,
    polls: u64,
}

impl World {
    fn new(appended: Vec<u64>, commit: i64) -> Self {
        Self { appended, backdated: 0, commit, history: History::default(), polls: 0 }
    }

    fn now(&self) -> u64 {
        BEGAN + 15 * self.polls
    }

    fn end(&self) -> usize {
        self.appended.partition_point(|appended| *appended <= self.now())
    }

    /// Whether the next poll puts a question about times.
    fn asks(&self) -> bool {
        !self.history.wishes().times.is_empty()
    }

    fn poll(&mut self) -> GroupReport {
        let second = 15 * self.polls;
        let end = i64::try_from(self.end()).expect("it is small");
        let mut scene = Scene::at(second).topic("t", 1, &[(0, Ok(end))]);
        let answers = self.history.wishes().times.iter().map(|wish| {
            let found = self.first_since(wish.at);
            let (answered, answered_at) = (at(second), Timestamp::from_unix(Duration::from_secs(self.now())));
            TimeAnswer {
                topic: TopicIndex(0),
                partition: wish.partition,
                at: wish.at,
                answered,
                answered_at,
                found: Ok(found),
            }
        });
        scene.builder.granted().times = answers.collect();
        let (commits, members) = (vec![scene.committed("t", 0, self.commit)], vec![scene.member("t", &[0])]);
        let scene = scene.group("g", GroupState::Stable, Ok(members), Ok(commits));
        let finished_at = Timestamp::from_unix(Duration::from_secs(self.now()));
        self.polls += 1;
        let snapshot = scene.builder.build(at(second), finished_at);
        analyze(snapshot, &mut self.history, &Thresholds::default()).groups[0].clone()
    }

    /// What is said after so many polls more.
    fn polled(&mut self, polls: u64) -> PartitionLag {
        (0..polls).map(|_| self.poll().partitions[0]).last().expect("there are polls")
    }

    /// As a broker answers: the first record whose timestamp is not before.
    fn first_since(&self, wanted: Timestamp) -> Option<TimedOffset> {
        let mut records = (0..).zip(self.appended.iter().take(self.end()));
        let stamp = |appended: &u64| Timestamp::from_unix(Duration::from_secs(appended - self.backdated));
        let (offset, appended) = records.find(|(_, appended)| stamp(appended) >= wanted)?;
        Some(TimedOffset { offset, timestamp: stamp(appended) })
    }

    /// The true age of the first record that is unread, as of the last poll.
    fn truth(&self) -> f64 {
        let appended = self.appended[usize::try_from(self.commit).expect("it is small")];
        Duration::from_secs(self.now() - 15 - appended).as_secs_f64()
    }
}

fn holds(lag: Option<TimeLag>, truth: f64) -> bool {
    lag.is_some_and(|lag| lag.at_least() <= truth && truth <= lag.at_most())
}

/// Ten records of a minute each, the last ones three days before the process began.
fn silent() -> Vec<u64> {
    (0..10).map(|record| BEGAN - 3 * DAY - 60 * (9 - record)).collect()
}

#[test]
fn one_record_unread_for_days_on_an_idle_topic_is_found_to_be_that_old_after_a_restart() {
    for unread in [1, 2] {
        let mut world = World::new(silent(), 10 - unread);
        let first = world.polled(1);
        assert_eq!(first.time_lag.map(|lag| lag.quality), Some(Quality::LowerBound));
        assert!(first.is_caught_up(), "so few are no lag by their number");
        let fourth = world.polled(4).time_lag.expect("its end is known");
        assert!(fourth.at_most() <= 2.0 * fourth.at_least(), "{fourth:?}");
        let ninth = world.polled(4).time_lag;
        assert!(holds(ninth, world.truth()), "{ninth:?} is not {}", world.truth());
        assert!(ninth.is_some_and(|lag| (lag.seconds() / world.truth() - 1.0).abs() < 0.1), "{ninth:?}");
        assert!(ninth.is_some_and(|lag| lag.is_untested), "nothing is written that could be compared");
    }
}

#[test]
fn whoever_keeps_pace_gives_no_reason_to_ask() {
    // A record in every minute, which is read after three polls.
    let mut world = World::new((0..).map(|minute| BEGAN - DAY + 60 * minute).take(2_000).collect(), 0);
    for poll in 0..40 {
        let end = i64::try_from(world.end()).expect("it is small");
        world.commit = if poll == 0 || poll % 4 == 3 { end } else { world.commit };
        let lag = world.polled(1).lag();
        assert_eq!(lag, Ok(u64::from(poll > 3 && poll % 4 < 3)), "poll {poll}");
        assert!(!world.asks(), "poll {poll}");
    }
}
