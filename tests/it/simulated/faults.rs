//! One fault at a time, for two hundred polls: on the wire of one broker, or in the world. It is NOT about how soon a
//! fault is noticed, nor about several at once; `random` has those.
//! Invariant: what another broker tells is exact all the while, and all is exact again at the first poll after the
//! fault, with nothing restarted; a fault that should silence its broker does so.

use std::time::Duration;

use highwater::config::PollSettings;
use highwater::simulator::WireFaults;
use highwater::simulator::spec::{Action, PartitionOf};

use super::crowd::{cluster, crowd};
use super::exact::{Excuses, differences};
use super::lab::{INTERVAL, Lab};
use crate::support::page::Page;

const POLLS: usize = 200;

/// The broker that has the fault.
const FAULTY: i32 = 3;

/// In how many polls a connection is cut off for the first time.
const FIRST_CUT: usize = 5;

/// What happens before each poll, which it is told the number of.
type Happening<'a> = &'a dyn Fn(&Lab, usize);

/// When a fault has the faulty broker tell nothing, for sure. Without that a fault that does nothing would be survived best.
#[derive(Clone, Copy, Debug)]
enum Harm {
    /// Never: what it tells is exact as well.
    None,
    /// In each poll from one on.
    From(usize),
    /// In so many polls at least, and not in all.
    In(usize),
}

impl Harm {
    /// Brokers that need not tell anything.
    fn excused(self) -> &'static [i32] {
        if matches!(self, Self::None) { &[] } else { &[FAULTY] }
    }

    /// Compares with the polls in which it told nothing.
    fn check(self, silent: &[bool]) {
        let count = silent.iter().filter(|is_silent| **is_silent).count();
        match self {
            Self::None => {}
            Self::From(first) => {
                let spoke = silent.iter().skip(first).position(|is_silent| !is_silent);
                assert_eq!(spoke, None, "it spoke so many polls after poll {first}");
            }
            Self::In(least) => assert!((least..silent.len()).contains(&count), "it was silent in {count} polls"),
        }
    }
}

/// Whether no end is shown of what the faulty broker leads.
fn is_silent(page: &Page, lab: &Lab) -> bool {
    let ends = page.by_partition("kafka_topic_partition_current_offset");
    let topics = lab.truth().topics;
    let topics = topics.iter().filter(|topic| !topic.name.starts_with("__"));
    let mut led = topics.flat_map(|topic| {
        let led = topic.partitions.iter().filter(|partition| partition.leader == Some(FAULTY));
        led.map(|partition| (String::new(), topic.name.clone(), partition.id.cast_signed()))
    });
    let first = led.next().expect("it leads something");
    !ends.contains_key(&first) && !led.any(|place| ends.contains_key(&place))
}

async fn start() -> Lab {
    // A group whose coordinator is silent is counted as unknown for as long as this test lasts.
    let settings = PollSettings { stale_after: Duration::from_hours(24), ..PollSettings::default() };
    let mut lab = Lab::new(&cluster(12, 7), crowd(40), settings).await;
    for _ in 0..3 {
        check(&mut lab, &[], "before").await;
    }
    lab
}

/// Polls once, fifteen seconds after the last time, and compares.
async fn check(lab: &mut Lab, excused: &[i32], when: &str) {
    lab.pass(INTERVAL);
    drop(poll(lab, excused, when).await);
}

async fn poll(lab: &mut Lab, excused: &[i32], when: &str) -> Page {
    let page = lab.poll().await;
    let wrong = differences(&page, &lab.truth(), &Excuses::of(lab, excused));
    assert!(wrong.is_empty(), "{when}: {} differences:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    assert_eq!(page.get("highwater_up", &[]), Some(1.0), "{when}");
    let connections = lab.connection_count();
    assert!(connections <= 24, "{when}: {connections} connections");
    page
}

async fn survive(harm: Harm, happening: Happening<'_>, end: &dyn Fn(&Lab)) {
    let mut lab = start().await;
    let mut silent = Vec::new();
    for number in 0..POLLS {
        lab.pass(INTERVAL);
        happening(&lab, number);
        let page = poll(&mut lab, harm.excused(), &format!("poll {number}")).await;
        if !matches!(harm, Harm::None) {
            silent.push(is_silent(&page, &lab));
        }
    }
    harm.check(&silent);
    end(&lab);
    for number in 0..5 {
        check(&mut lab, &[], &format!("{number} polls after")).await;
    }
}

/// A broker's answers are spoiled, on open connections and on new ones in turn.
async fn wire(harm: Harm, faults: WireFaults) {
    let spoil = |lab: &Lab, number: usize| {
        lab.spoil(FAULTY, faults.clone());
        if number % 10 == FIRST_CUT {
            lab.cut(FAULTY);
        }
    };
    survive(harm, &spoil, &|lab| lab.spoil(FAULTY, WireFaults::default())).await;
}

/// Something happens in the world before the first poll, and something else after the last.
async fn world(harm: Harm, begin: &[Action], end: &[Action]) {
    let begin = |lab: &Lab, number: usize| {
        if number == 0 {
            assert!(begin.iter().all(|action| lab.act(action)), "{begin:?} is possible");
        }
    };
    let end = |lab: &Lab| assert!(end.iter().all(|action| lab.act(action)), "{end:?} is possible");
    survive(harm, &begin, &end).await;
}

fn none() -> WireFaults {
    WireFaults::default()
}

fn topic(number: usize) -> String {
    format!("topic-{number}")
}

fn all_of(number: usize) -> PartitionOf {
    PartitionOf { topic: topic(number), partition: None }
}

#[tokio::test(start_paused = true)]
async fn a_long_line_costs_nothing() {
    let (delay, jitter) = (Duration::from_millis(300), Duration::from_millis(400));
    wire(Harm::None, WireFaults { delay, jitter, ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_broker_costs_nothing() {
    wire(Harm::None, WireFaults { bytes_per_second: Some(20_000), ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn throttling_costs_nothing() {
    wire(Harm::None, WireFaults { throttle_time: Duration::from_secs(30), ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn one_connection_is_enough() {
    wire(Harm::None, WireFaults { connections_max: Some(1), ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn too_late_an_answer_is_none() {
    wire(Harm::From(0), WireFaults { delay: Duration::from_secs(6), ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn stalls_after_any_number_of_bytes() {
    let stall = |lab: &Lab, number: usize| {
        lab.spoil(FAULTY, WireFaults { stall_after_bytes: Some(number as u64 * 97), ..none() });
    };
    survive(Harm::In(50), &stall, &|lab| lab.spoil(FAULTY, none())).await;
}

#[tokio::test(start_paused = true)]
async fn cuts_after_any_number_of_bytes() {
    let cut = |lab: &Lab, number: usize| {
        lab.spoil(FAULTY, WireFaults { cut_after_bytes: Some(number as u64 * 97), ..none() });
    };
    survive(Harm::In(30), &cut, &|lab| lab.spoil(FAULTY, none())).await;
}

#[tokio::test(start_paused = true)]
async fn garbage_is_nothing() {
    wire(Harm::From(0), WireFaults { garbage: true, ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn oversized_frames_are_nothing() {
    wire(Harm::From(0), WireFaults { oversized_frame: true, ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn answers_to_others_are_nothing() {
    wire(Harm::From(0), WireFaults { wrong_correlation_id: true, ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn without_room_there_is_nothing() {
    wire(Harm::From(FIRST_CUT), WireFaults { connections_max: Some(0), ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn a_closed_door_is_nothing() {
    wire(Harm::From(FIRST_CUT), WireFaults { refuse: true, ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_hangs() {
    world(Harm::From(0), &[Action::HangBroker { broker: FAULTY }], &[Action::HealBroker { broker: FAULTY }]).await;
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_is_down() {
    world(Harm::None, &[Action::StopBroker { broker: FAULTY }], &[Action::HealBroker { broker: FAULTY }]).await;
}

#[tokio::test(start_paused = true)]
async fn coordinators_that_move_and_load() {
    let moving = |lab: &Lab, number: usize| {
        for group in [number % 40, (number * 3) % 40] {
            lab.act(&Action::MoveCoordinator { group: format!("group-{group}") });
        }
    };
    survive(Harm::None, &moving, &|_| {}).await;
}

#[tokio::test(start_paused = true)]
async fn leaders_that_move() {
    let moving = |lab: &Lab, number: usize| {
        lab.act(&Action::MoveLeader(all_of(number % 10)));
    };
    survive(Harm::None, &moving, &|_| {}).await;
}

/// Each step takes a tenth of a second, so that it is known in which one leaders and coordinators move.
#[tokio::test(start_paused = true)]
async fn what_moves_in_the_middle_of_a_poll() {
    let mut lab = start().await;
    let line = WireFaults { delay: Duration::from_millis(100), ..none() };
    (1..=12).for_each(|broker| lab.spoil(broker, line.clone()));
    for number in 0..POLLS {
        lab.pass(INTERVAL);
        let after = Duration::from_millis(50 + number as u64 % 9 * 100);
        let (moved, group) = (number % 10, format!("group-{}", number * 3 % 40));
        let happening = |lab: &Lab| {
            lab.act(&Action::MoveLeader(all_of(moved)));
            lab.act(&Action::MoveCoordinator { group });
        };
        let page = lab.poll_while(after, happening).await;
        let excuses = Excuses { topics: [topic(moved)].into(), ..Excuses::of(&lab, &[]) };
        let wrong = differences(&page, &lab.truth(), &excuses);
        assert!(wrong.is_empty(), "poll {number}:\n{}", wrong.join("\n"));
        if number % 5 == 0 {
            check(&mut lab, &[], &format!("after poll {number}")).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn partitions_without_a_leader() {
    let lose = |lab: &Lab, number: usize| {
        lab.act(&Action::ElectLeader(all_of((number + 7) % 10)));
        lab.act(&Action::LoseLeader(all_of(number % 10)));
    };
    let elect = |lab: &Lab| assert!((0..10).all(|number| lab.act(&Action::ElectLeader(all_of(number)))));
    survive(Harm::None, &lose, &elect).await;
}

#[tokio::test(start_paused = true)]
async fn topics_made_anew() {
    let recreate = |lab: &Lab, number: usize| {
        lab.act(&Action::Recreate { topic: topic(number % 10) });
    };
    survive(Harm::None, &recreate, &|_| {}).await;
}

#[tokio::test(start_paused = true)]
async fn topics_that_vanish() {
    let vanish = |lab: &Lab, number: usize| {
        if number.is_multiple_of(20) {
            lab.act(&Action::DeleteTopic { topic: topic(number / 20) });
        }
    };
    survive(Harm::None, &vanish, &|_| {}).await;
}

#[tokio::test(start_paused = true)]
async fn logs_that_lose_records_at_either_end() {
    let lose = |lab: &Lab, number: usize| {
        lab.act(&Action::Truncate { topic: topic(number % 10), partition: None, records: 500 });
        lab.act(&Action::DeleteRecords { topic: topic((number + 5) % 10), partition: None, keep: 10 });
    };
    survive(Harm::None, &lose, &|_| {}).await;
}

#[tokio::test(start_paused = true)]
async fn topics_we_have_no_right_to_see() {
    let hide = |lab: &Lab, number: usize| {
        lab.act(&Action::Reveal { topic: topic((number + 6) % 10) });
        lab.act(&Action::Hide { topic: topic(number % 10) });
    };
    let reveal = |lab: &Lab| assert!((0..10).all(|number| lab.act(&Action::Reveal { topic: topic(number) })));
    survive(Harm::None, &hide, &reveal).await;
}
