//! Coordinators of a Kafka before 3.0, of which each group is asked for by itself. It is NOT about every version of every
//! question; see `hostile::versions`.
//! Invariant: what is shown is what newer ones would tell; questions wait side by side for their answers.

use std::time::Duration;

use highwater::config::PollSettings;
use highwater::model::Phase;
use highwater::simulator::WireFaults;
use kafka_protocol::messages::ApiKey;

use super::crowd::{cluster, crowd};
use super::exact::{Excuses, differences};
use super::lab::{INTERVAL, Lab};

const ROUND_TRIP: Duration = Duration::from_millis(5);
const BROKERS: u16 = 12;

/// Questions to one broker that may wait for their answers at once.
const WINDOW: usize = 16;

/// The last version that asks for one group.
const ONE_BY_ONE: i16 = 7;

/// A crowd on brokers that are that old, or not.
async fn start(groups: u32, speed: f64, is_old: bool) -> Lab {
    let lab = Lab::at_speed(speed, &cluster(BROKERS, 7), crowd(groups), PollSettings::default()).await;
    if is_old {
        lab.simulator.with_world(|world| world.serve_at_most(ApiKey::OffsetFetch as i16, ONE_BY_ONE));
    }
    lab
}

/// How often commits were asked for since that was last asked.
fn commits_asked(lab: &Lab) -> u64 {
    let requests = lab.simulator.requests();
    lab.simulator.reset_requests();
    requests.iter().filter(|((_, api), _)| api == "OffsetFetch").map(|(_, count)| count).sum()
}

#[tokio::test(start_paused = true)]
async fn lags_are_those_of_the_world() {
    let mut lab = start(60, 0.0, true).await;
    for number in 0..5 {
        lab.pass(INTERVAL);
        let page = lab.poll().await;
        assert_eq!(differences(&page, &lab.truth(), &Excuses::default()), Vec::<String>::new(), "poll {number}");
        assert_eq!(commits_asked(&lab), lab.truth().groups.len() as u64, "poll {number}");
    }
}

/// How many groups the busiest broker coordinates.
fn most_groups(lab: &Lab) -> usize {
    let truth = lab.truth();
    let of = |broker: i32| truth.groups.iter().filter(|group| group.coordinator == Some(broker)).count();
    (1..=i32::from(BROKERS)).map(of).max().unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn a_round_trip_is_paid_for_a_window_of_groups_and_not_for_each() {
    let mut trips = Vec::new();
    for (groups, is_old) in [(20, true), (400, true), (400, false)] {
        let mut lab = start(groups, 1.0, is_old).await;
        for broker in 1..=i32::from(BROKERS) {
            lab.spoil(broker, WireFaults { delay: ROUND_TRIP, ..WireFaults::default() });
        }
        for _ in 0..3 {
            commits_asked(&lab);
            lab.poll().await;
        }
        let asked = u64::from(if is_old { groups } else { BROKERS.into() });
        assert_eq!(commits_asked(&lab), asked, "{groups} groups");
        let phases = lab.report().snapshot.phases.clone();
        let took: Duration = phases.iter().filter(|(phase, _)| *phase == Phase::Commits).map(|(_, took)| *took).sum();
        let expected = if is_old { most_groups(&lab).div_ceil(WINDOW) } else { 1 };
        assert_eq!(took, ROUND_TRIP * u32::try_from(expected).expect("few"), "{groups} groups");
        trips.push(expected);
    }
    // Thirty or forty groups of a broker: what is tested is more than one and far less than one for each.
    assert_eq!(trips, [1, 3, 1]);
}
