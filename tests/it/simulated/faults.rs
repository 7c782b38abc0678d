//! One fault at a time, for two hundred polls: on the wire of one broker, or in the world. It is NOT about how soon a
//! fault is noticed, nor about several at once; `random` has those.
//! Invariant: what another broker tells is exact all the while, and all is exact again at the first poll after the
//! fault, with nothing restarted.

use std::time::Duration;

use highwater::config::PollSettings;
use highwater::simulator::WireFaults;
use highwater::simulator::spec::{Action, PartitionOf};

use super::crowd::{cluster, crowd};
use super::exact::{Excuses, differences};
use super::lab::{INTERVAL, Lab};

const POLLS: usize = 200;

/// The broker that has the fault.
const FAULTY: i32 = 3;

/// What happens before each poll, which it is told the number of.
type Happening<'a> = &'a dyn Fn(&Lab, usize);

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
    poll(lab, excused, when).await;
}

async fn poll(lab: &mut Lab, excused: &[i32], when: &str) {
    let page = lab.poll().await;
    let wrong = differences(&page, &lab.truth(), &Excuses::of(lab, excused));
    assert!(wrong.is_empty(), "{when}: {} differences:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    assert_eq!(page.get("highwater_up", &[]), Some(1.0), "{when}");
    let connections = lab.connection_count();
    assert!(connections <= 24, "{when}: {connections} connections");
}

async fn survive(excused: &[i32], happening: Happening<'_>, end: &dyn Fn(&Lab)) {
    let mut lab = start().await;
    for number in 0..POLLS {
        lab.pass(INTERVAL);
        happening(&lab, number);
        poll(&mut lab, excused, &format!("poll {number}")).await;
    }
    end(&lab);
    for number in 0..5 {
        check(&mut lab, &[], &format!("{number} polls after")).await;
    }
}

/// A broker's answers are spoiled, on open connections and on new ones in turn.
async fn wire(excused: &[i32], faults: WireFaults) {
    let spoil = |lab: &Lab, number: usize| {
        lab.spoil(FAULTY, faults.clone());
        if number % 10 == 5 {
            lab.cut(FAULTY);
        }
    };
    survive(excused, &spoil, &|lab| lab.spoil(FAULTY, WireFaults::default())).await;
}

/// Something happens in the world before the first poll, and something else after the last.
async fn world(excused: &[i32], begin: &[Action], end: &[Action]) {
    let begin = |lab: &Lab, number: usize| {
        if number == 0 {
            assert!(begin.iter().all(|action| lab.act(action)), "{begin:?} is possible");
        }
    };
    let end = |lab: &Lab| assert!(end.iter().all(|action| lab.act(action)), "{end:?} is possible");
    survive(excused, &begin, &end).await;
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
    wire(&[], WireFaults { delay, jitter, ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_broker_costs_nothing() {
    wire(&[], WireFaults { bytes_per_second: Some(20_000), ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn throttling_costs_nothing() {
    wire(&[], WireFaults { throttle_time: Duration::from_secs(30), ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn one_connection_is_enough() {
    wire(&[], WireFaults { connections_max: Some(1), ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn too_late_an_answer_is_none() {
    wire(&[FAULTY], WireFaults { delay: Duration::from_secs(6), ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn stalls_after_any_number_of_bytes() {
    let stall = |lab: &Lab, number: usize| {
        lab.spoil(FAULTY, WireFaults { stall_after_bytes: Some(number as u64 * 97), ..none() });
    };
    survive(&[FAULTY], &stall, &|lab| lab.spoil(FAULTY, none())).await;
}

#[tokio::test(start_paused = true)]
async fn cuts_after_any_number_of_bytes() {
    let cut = |lab: &Lab, number: usize| {
        lab.spoil(FAULTY, WireFaults { cut_after_bytes: Some(number as u64 * 97), ..none() });
    };
    survive(&[FAULTY], &cut, &|lab| lab.spoil(FAULTY, none())).await;
}

#[tokio::test(start_paused = true)]
async fn garbage_is_nothing() {
    wire(&[FAULTY], WireFaults { garbage: true, ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn oversized_frames_are_nothing() {
    wire(&[FAULTY], WireFaults { oversized_frame: true, ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn answers_to_others_are_nothing() {
    wire(&[FAULTY], WireFaults { wrong_correlation_id: true, ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn without_room_there_is_nothing() {
    wire(&[FAULTY], WireFaults { connections_max: Some(0), ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn a_closed_door_is_nothing() {
    wire(&[FAULTY], WireFaults { refuse: true, ..none() }).await;
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_hangs() {
    world(&[FAULTY], &[Action::HangBroker { broker: FAULTY }], &[Action::HealBroker { broker: FAULTY }]).await;
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_is_down() {
    world(&[], &[Action::StopBroker { broker: FAULTY }], &[Action::HealBroker { broker: FAULTY }]).await;
}

#[tokio::test(start_paused = true)]
async fn coordinators_that_move_and_load() {
    let moving = |lab: &Lab, number: usize| {
        for group in [number % 40, (number * 3) % 40] {
            lab.act(&Action::MoveCoordinator { group: format!("group-{group}") });
        }
    };
    survive(&[], &moving, &|_| {}).await;
}

#[tokio::test(start_paused = true)]
async fn leaders_that_move() {
    let moving = |lab: &Lab, number: usize| {
        lab.act(&Action::MoveLeader(all_of(number % 10)));
    };
    survive(&[], &moving, &|_| {}).await;
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
    survive(&[], &lose, &elect).await;
}

#[tokio::test(start_paused = true)]
async fn topics_made_anew() {
    let recreate = |lab: &Lab, number: usize| {
        lab.act(&Action::Recreate { topic: topic(number % 10) });
    };
    survive(&[], &recreate, &|_| {}).await;
}

#[tokio::test(start_paused = true)]
async fn topics_that_vanish() {
    let vanish = |lab: &Lab, number: usize| {
        if number.is_multiple_of(20) {
            lab.act(&Action::DeleteTopic { topic: topic(number / 20) });
        }
    };
    survive(&[], &vanish, &|_| {}).await;
}

#[tokio::test(start_paused = true)]
async fn logs_that_lose_records_at_either_end() {
    let lose = |lab: &Lab, number: usize| {
        lab.act(&Action::Truncate { topic: topic(number % 10), partition: None, records: 500 });
        lab.act(&Action::DeleteRecords { topic: topic((number + 5) % 10), partition: None, keep: 10 });
    };
    survive(&[], &lose, &|_| {}).await;
}

#[tokio::test(start_paused = true)]
async fn topics_we_have_no_right_to_see() {
    let hide = |lab: &Lab, number: usize| {
        lab.act(&Action::Reveal { topic: topic((number + 6) % 10) });
        lab.act(&Action::Hide { topic: topic(number % 10) });
    };
    let reveal = |lab: &Lab| assert!((0..10).all(|number| lab.act(&Action::Reveal { topic: topic(number) })));
    survive(&[], &hide, &reveal).await;
}
