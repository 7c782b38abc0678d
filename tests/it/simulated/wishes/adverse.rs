//! Wishes where not all is well: rights that are missing, brokers that fall silent, and little time. It is NOT about
//! what else a poll asks, but that must be whole.
//! Invariant: every answer takes a tenth of a second, so that it is known what is asked when.

use std::time::Duration;

use highwater::config::PollSettings;
use highwater::model::{ClusterSnapshot, ProblemKind, Question, Unknown, Wishes};
use highwater::simulator::WireFaults;
use highwater::simulator::spec::Action;
use tokio::time::sleep;

use super::{LastStable, PLACES, Site, at, epoch_wish, marker_wish, story, time_wish, topic, world};

const ROUND_TRIP: Duration = Duration::from_millis(100);

/// Half a round trip before wishes are asked: that is after metadata, groups, ends and starts, since there are no groups
/// to be described.
const BEFORE_WISHES: Duration = Duration::from_millis(350);

const SILENT: i32 = 2;

async fn slow_site(poll: &PollSettings) -> Site {
    let mut site = Site::new(1.0, &world(), story(), poll).await;
    // Connected, and with its configurations asked for.
    site.ask(&Wishes::default()).await;
    for broker in 1..=3 {
        let faults = WireFaults { delay: ROUND_TRIP, ..WireFaults::default() };
        site.simulator.set_faults(broker, faults).expect("the faults make sense");
    }
    site
}

fn everything(site: &Site) -> Wishes {
    Wishes {
        times: PLACES.map(|place| time_wish(place, at(site.now()))).into(),
        epochs: PLACES.map(|place| epoch_wish(place, 0)).into(),
        markers: PLACES.map(|place| marker_wish(place, site.ends(place).0)).into(),
        last_stable: LastStable::All,
    }
}

/// Asks, and does something so long after that was begun. An answer is found when the question arrives, and waits.
async fn ask_while(site: &mut Site, wishes: &Wishes, after: Duration, happening: &[Action]) -> ClusterSnapshot {
    let simulator = site.simulator.clone();
    let happen = async {
        sleep(after).await;
        for action in happening {
            simulator.with_world(|world| world.act(action)).expect("it is possible");
        }
    };
    let (snapshot, ()) = tokio::join!(site.ask(wishes), happen);
    snapshot
}

fn leader(snapshot: &ClusterSnapshot, name: &str, partition: i32) -> i32 {
    let partition = topic(snapshot, name).partitions.iter().find(|found| found.id.0 == partition);
    partition.and_then(|partition| partition.leader).expect("somebody leads it").0
}

#[track_caller]
fn assert_ordinary_data_is_whole(snapshot: &ClusterSnapshot, but_of: Option<i32>) {
    for topic in &snapshot.topics {
        for partition in topic.partitions.iter().filter(|found| found.leader.map(|leader| leader.0) != but_of) {
            assert!(partition.high_watermark.is_ok() && partition.low_watermark.is_ok(), "{partition:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_falls_silent_when_wishes_are_asked_costs_its_own() {
    let mut site = slow_site(&PollSettings::default()).await;
    let wishes = everything(&site);
    let hang = [Action::HangBroker { broker: SILENT }];
    // Its times are answered, and then nothing more.
    let snapshot = ask_while(&mut site, &wishes, BEFORE_WISHES + ROUND_TRIP * 2, &hang).await;
    let problems: Vec<_> = snapshot.problems.iter().map(|problem| (problem.question, problem.kind)).collect();
    let (late, own) = (Question::OffsetForLeaderEpoch, Question::ListOffsets);
    assert_eq!(problems, [(own, ProblemKind::BackingOff), (late, ProblemKind::Timeout)]);
    assert!(snapshot.problems.iter().all(|problem| problem.broker.is_some_and(|broker| broker.0 == SILENT)));
    assert_eq!(snapshot.granted.times.len(), PLACES.len());
    let others: Vec<_> =
        PLACES.into_iter().filter(|(topic, partition)| leader(&snapshot, topic, *partition) != SILENT).collect();
    assert!((4..10).contains(&others.len()), "{others:?}");
    assert_eq!(snapshot.granted.epochs.len(), others.len());
    assert_eq!(snapshot.granted.markers.len(), others.len());
    assert_ordinary_data_is_whole(&snapshot, Some(SILENT));
    let took = snapshot.finished.since(snapshot.started);
    assert!(took < PollSettings::default().timeout, "{took:?}");
    // What grew old while it was waited for was asked for once more.
    let ends = snapshot.topics.iter().flat_map(|topic| &topic.partitions);
    let others = ends.filter(|partition| partition.leader.is_some_and(|leader| leader.0 != SILENT));
    let oldest = others.map(|partition| {
        assert_eq!(partition.last_stable, Err(Unknown::NotAsked), "it is older than the end");
        snapshot.finished.since(partition.high_watermark.expect("it is told").answered)
    });
    assert!(oldest.max().expect("there are some") <= ROUND_TRIP * 2);
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_was_silent_before_is_not_asked_for_wishes() {
    let mut site = slow_site(&PollSettings::default()).await;
    site.act(&Action::HangBroker { broker: SILENT });
    let wishes = everything(&site);
    let snapshot = site.ask(&wishes).await;
    let others = PLACES.iter().filter(|(topic, partition)| leader(&snapshot, topic, *partition) != SILENT).count();
    let granted = &snapshot.granted;
    assert_eq!((granted.times.len(), granted.epochs.len(), granted.markers.len()), (others, others, others));
    let about_wishes = [Question::OffsetForLeaderEpoch, Question::Fetch, Question::DescribeConfigs];
    assert!(
        !snapshot.problems.iter().any(|problem| about_wishes.contains(&problem.question)),
        "{:?}",
        snapshot.problems
    );
    assert!(snapshot.finished.since(snapshot.started) < PollSettings::default().timeout);
}

#[tokio::test(start_paused = true)]
async fn with_little_time_left_wishes_are_dropped_and_nothing_else() {
    let second = Duration::from_secs(1);
    for (timeout, is_enough) in [(second, true), (second * 3 / 4, false)] {
        let poll = PollSettings { timeout, request_timeout: timeout, ..PollSettings::default() };
        let mut site = slow_site(&poll).await;
        site.take_requests();
        let wishes = everything(&site);
        let snapshot = site.ask(&wishes).await;
        assert_eq!(snapshot.problems, []);
        assert_ordinary_data_is_whole(&snapshot, None);
        assert_eq!(snapshot.granted.times.len(), if is_enough { PLACES.len() } else { 0 }, "{timeout:?}");
        assert!(snapshot.granted.markers.is_empty(), "there is no time left for the last ones");
        assert!(snapshot.finished.since(snapshot.started) < timeout);
    }
}

/// The right goes away between the ends and the markers, which is as if only READ were missing.
#[tokio::test(start_paused = true)]
async fn a_topic_that_may_not_be_read_is_not_asked_about_for_an_hour() {
    let mut site = slow_site(&PollSettings::default()).await;
    let wishes = Wishes {
        markers: vec![marker_wish(("orders", 0), 0), marker_wish(("payments", 0), site.ends(("payments", 0)).1)],
        ..Wishes::default()
    };
    let hide = [Action::Hide { topic: "orders".to_owned() }];
    let snapshot = ask_while(&mut site, &wishes, BEFORE_WISHES, &hide).await;
    let refused = Err(Unknown::Failed(ProblemKind::TopicAuthorization));
    let markers = |snapshot: &ClusterSnapshot| -> Vec<_> {
        snapshot.granted.markers.iter().map(|told| told.markers_until).collect()
    };
    assert_eq!(markers(&snapshot)[0], refused);
    assert!(markers(&snapshot)[1].is_ok());
    assert_eq!(snapshot.problems, [], "DESCRIBE is enough");
    site.act(&Action::Reveal { topic: "orders".to_owned() });
    let only_orders = Wishes { markers: wishes.markers[..1].to_vec(), ..Wishes::default() };
    let fetches = |site: &Site| site.take_requests().get("Fetch").copied().unwrap_or(0);
    fetches(&site);
    site.pass(Duration::from_mins(59));
    assert_eq!(markers(&site.ask(&only_orders).await), [refused]);
    assert_eq!(fetches(&site), 0);
    site.pass(Duration::from_mins(1));
    let told = markers(&site.ask(&only_orders).await);
    assert_ne!(told, [refused], "the right is noticed");
    assert_eq!((told.len(), fetches(&site)), (1, 1));
}

/// A topic whose configuration may not be seen has none, without a word.
#[tokio::test(start_paused = true)]
async fn a_configuration_that_may_not_be_seen_is_no_problem() {
    let mut site = slow_site(&PollSettings::default()).await;
    site.pass(Duration::from_mins(5));
    let hide = [Action::Hide { topic: "orders".to_owned() }];
    let snapshot = ask_while(&mut site, &Wishes::default(), BEFORE_WISHES, &hide).await;
    assert_eq!(site.take_requests().get("DescribeConfigs"), Some(&2));
    assert_eq!(snapshot.problems, []);
    assert_eq!(topic(&snapshot, "orders").config, None);
    assert!(topic(&snapshot, "payments").config.is_some());
}

/// The configurations are somebody else's to tell, a minute later.
#[tokio::test(start_paused = true)]
async fn configurations_that_are_not_told_are_asked_for_elsewhere() {
    let mut site = slow_site(&PollSettings::default()).await;
    let asked = |site: &Site| {
        let requests = site.simulator.requests().into_keys();
        let asked = requests.filter(|(_, api)| api == "DescribeConfigs").map(|(broker, _)| broker);
        site.simulator.reset_requests();
        asked.collect::<Vec<_>>()
    };
    let first = asked(&site)[0];
    site.pass(Duration::from_mins(5));
    let hang = [Action::HangBroker { broker: first }];
    let known = ask_while(&mut site, &Wishes::default(), BEFORE_WISHES, &hang).await;
    assert_eq!(asked(&site), [first]);
    let problems: Vec<_> = known.problems.iter().map(|problem| (problem.question, problem.kind)).collect();
    assert!(problems.contains(&(Question::DescribeConfigs, ProblemKind::Timeout)), "{problems:?}");
    assert!(known.topics.iter().all(|topic| topic.config.is_some()), "what was told before holds");
    site.pass(Duration::from_secs(30));
    site.ask(&Wishes::default()).await;
    assert!(asked(&site).is_empty());
    site.act(&Action::Retain { topic: "payments".to_owned(), retention: Duration::from_hours(1) });
    site.pass(Duration::from_secs(30));
    let snapshot = site.ask(&Wishes::default()).await;
    let others = asked(&site);
    assert!(others.len() == 1 && others[0] != first, "{others:?}");
    let payments = topic(&snapshot, "payments").config.as_ref().expect("it is told");
    assert_eq!(payments.retention, Some(Duration::from_hours(1)));
}

/// A broker that answers wishes too late is asked for nothing else in vain because of them.
#[tokio::test(start_paused = true)]
async fn a_broker_that_answers_wishes_too_late_is_not_asked_for_any_for_a_while() {
    let mut site = slow_site(&PollSettings::default()).await;
    let wishes = everything(&site);
    let hang = [Action::HangBroker { broker: SILENT }];
    let snapshot = ask_while(&mut site, &wishes, BEFORE_WISHES, &hang).await;
    assert!(snapshot.granted.times.len() < PLACES.len());
    site.act(&Action::HealBroker { broker: SILENT });
    for (wait, is_asked) in [(Duration::from_mins(4), false), (Duration::from_mins(1), true)] {
        site.pass(wait);
        let snapshot = site.ask(&wishes).await;
        assert_eq!(snapshot.problems, []);
        assert_ordinary_data_is_whole(&snapshot, None);
        assert_eq!(snapshot.granted.times.len() == PLACES.len(), is_asked);
    }
}
