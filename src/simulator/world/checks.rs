//! What holds in every world, whatever happens in it, and however often it is asked what time it is.
//!
//! Not what a single event does.
//! Invariant: stories here are drawn from all that may happen, for groups of every kind.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::{Buf, Bytes};
use proptest::prelude::*;

use crate::simulator::spec::{
    Action, ClusterSettings, EventSpec, GroupSpec, GroupType, Isolation, MemberOf, PartitionOf, ReadingOf, Scenario,
    TopicSpec,
};

use crate::simulator::answer::Endpoints;
use crate::simulator::truth::Truth;

use super::{GroupState, Millis, OFFSETS_TOPIC, World};

const START: Millis = 1_800_000_000_000;
const TOPICS: [&str; 2] = ["orders", "payments"];

/// Short, so that what follows from silence happens within a story.
fn group(kind: GroupType) -> GroupSpec {
    GroupSpec {
        capacity: (kind != GroupType::Consumer).then_some(40.0),
        isolation: if kind == GroupType::Streams { Isolation::ReadCommitted } else { Isolation::ReadUncommitted },
        behind: 10,
        commit_interval: Duration::from_millis(700),
        session_timeout: Duration::from_secs(6),
        max_poll_interval: Duration::from_secs(9),
        rebalance_takes: Duration::from_secs(1),
        ..GroupSpec::new(format!("{kind:?}"), kind, &TOPICS).members(3)
    }
}

fn story(events: Vec<EventSpec>) -> Scenario {
    let hot = TopicSpec { hot: BTreeMap::from([(1, 5.0)]), ..TopicSpec::new(TOPICS[0], 4).rate(60.0) };
    let short = TopicSpec { retention: Duration::from_secs(40), ..TopicSpec::new(TOPICS[1], 2).rate(9.0) };
    Scenario { topics: vec![hot, short], groups: GroupType::ALL.map(group).to_vec(), events, ..Scenario::default() }
}

fn world(events: Vec<EventSpec>, has_offsets_log: bool) -> World {
    world_at(START, events, has_offsets_log)
}

fn world_at(start: Millis, events: Vec<EventSpec>, has_offsets_log: bool) -> World {
    let settings = ClusterSettings { history: Duration::from_mins(2), has_offsets_log, ..ClusterSettings::default() };
    World::new(&settings, &[story(events)], start).expect("it makes sense")
}

fn topic() -> impl Strategy<Value = String> {
    prop::sample::select(&TOPICS[..]).prop_map(str::to_owned)
}

fn on_records() -> impl Strategy<Value = Action> {
    let partition = || prop::option::of(0_u32..2);
    let of = move || (topic(), partition()).prop_map(|(topic, partition)| PartitionOf { topic, partition });
    prop_oneof![
        (topic(), 0.0..200.0).prop_map(|(topic, rate)| Action::Produce { topic, rate }),
        (topic(), 1.0..9.0).prop_map(|(topic, hot)| Action::Heat { topic, hot: BTreeMap::from([(0, hot)]) }),
        (topic(), partition(), 0_u32..300).prop_map(|(topic, partition, keep)| Action::DeleteRecords {
            topic,
            partition,
            keep
        }),
        (topic(), 5_u64..300)
            .prop_map(|(topic, seconds)| Action::Retain { topic, retention: Duration::from_secs(seconds) }),
        of().prop_map(Action::OpenTransaction),
        of().prop_map(Action::EndTransaction),
        (topic(), partition(), 0_u32..300).prop_map(|(topic, partition, records)| Action::Truncate {
            topic,
            partition,
            records
        }),
        topic().prop_map(|topic| Action::Recreate { topic }),
        Just(Action::DeleteTopic { topic: TOPICS[1].to_owned() }),
        (topic(), 3_u32..9).prop_map(|(topic, partitions)| Action::AddPartitions { topic, partitions }),
        of().prop_map(Action::LoseLeader),
        of().prop_map(Action::ElectLeader),
        of().prop_map(Action::MoveLeader),
        (1_i32..4).prop_map(|broker| Action::StopBroker { broker }),
        (1_i32..4).prop_map(|broker| Action::HangBroker { broker }),
        (1_i32..4).prop_map(|broker| Action::HealBroker { broker }),
    ]
}

fn on_groups() -> impl Strategy<Value = Action> {
    let group = || prop::sample::select(&GroupType::ALL[..]).prop_map(|kind| format!("{kind:?}"));
    let member = || prop::option::of(0_u32..4);
    let of = move || (group(), member()).prop_map(|(group, member)| MemberOf { group, member });
    let reading = move || {
        (group(), topic(), prop::option::of(0_u32..2)).prop_map(|(group, topic, partition)| ReadingOf {
            group,
            topic,
            partition,
        })
    };
    let seconds = || (1_u64..12).prop_map(Duration::from_secs);
    prop_oneof![
        group().prop_map(|group| Action::MoveCoordinator { group }),
        (group(), prop::option::of(0.0..90.0)).prop_map(|(group, rate)| Action::Capacity { group, rate }),
        reading().prop_map(Action::Poison),
        reading().prop_map(Action::Cure),
        of().prop_map(Action::Pause),
        of().prop_map(Action::Resume),
        of().prop_map(Action::Leave),
        (of(), prop::option::of(seconds())).prop_map(|(of, back_after)| Action::Crash {
            group: of.group,
            member: of.member,
            back_after
        }),
        (of(), seconds()).prop_map(|(of, back_after)| Action::ExceedMaxPoll {
            group: of.group,
            member: of.member,
            back_after
        }),
        of().prop_map(Action::Join),
        (group(), 0_u32..9).prop_map(|(group, members)| Action::Scale { group, members }),
        group().prop_map(|group| Action::Rebalance { group }),
        (group(), seconds()).prop_map(|(group, step)| Action::Deploy { group, step }),
        (reading(), -20_i64..200).prop_map(|(of, behind)| Action::Reset {
            group: of.group,
            topic: of.topic,
            partition: of.partition,
            behind
        }),
        group().prop_map(|group| Action::DeleteGroup { group }),
    ]
}

fn events() -> impl Strategy<Value = Vec<EventSpec>> {
    let event = (0_u64..60_000, prop_oneof![on_records(), on_groups()]).prop_map(|(at, action)| EventSpec {
        // Some fall on the very moment of a commit.
        at: Duration::from_millis(at - at % 50),
        every: at.is_multiple_of(3).then(|| Duration::from_secs(17)),
        times: None,
        action,
    });
    prop::collection::vec(event, 0..25)
}

/// What a reader of the whole offsets topic knows in the end: committed offsets by group, topic and partition.
fn commits(world: &World) -> BTreeMap<(String, String, i32), i64> {
    let mut commits = BTreeMap::new();
    for partition in &world.topic(OFFSETS_TOPIC).expect("it is always there").partitions {
        for (offset, record) in world.kept_records(partition, 0).expect("it is kept") {
            assert!(offset < world.end(partition) && world.timestamp(partition, offset) == Some(record.timestamp));
            let mut key = record.key.clone();
            if key.get_i16() != 1 {
                continue;
            }
            let place = (text(&mut key), text(&mut key), key.get_i32());
            let Some(mut value) = record.value.clone() else {
                commits.remove(&place);
                continue;
            };
            assert_eq!(value.get_i16(), 3);
            commits.insert(place, value.get_i64());
            let (_, _, at) = (value.get_i32(), text(&mut value), value.get_i64());
            assert_eq!((at, value.remaining()), (record.timestamp, 0));
        }
    }
    commits
}

fn text(bytes: &mut Bytes) -> String {
    let length = usize::from(bytes.get_u16());
    String::from_utf8(bytes.split_to(length).to_vec()).expect("it was text")
}

/// The same as the world tells it.
fn committed(world: &World) -> BTreeMap<(String, String, i32), i64> {
    let mut committed = BTreeMap::new();
    for group in world.groups() {
        for reading in &group.readings {
            let topic = world.topic_at(reading.topic).expect("readings of deleted topics are gone").name.clone();
            if let Some(offset) = world.committed(group, reading) {
                let partition = i32::try_from(reading.partition).expect("a small number");
                committed.insert((group.spec.name.clone(), topic, partition), offset);
            }
        }
    }
    committed
}

fn first_difference(left: &str, right: &str) -> String {
    let same = left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count();
    let around = |text: &str| text.chars().skip(same.saturating_sub(200)).take(400).collect::<String>();
    format!("{}\n\n{}", around(left), around(right))
}

/// What is true, but not when.
fn truth(world: &World) -> Truth {
    Truth { at_ms: 0, ..Truth::of(world, &Endpoints::new()) }
}

/// What is never otherwise.
fn check(world: &World) {
    for topic in world.topics() {
        for partition in &topic.partitions {
            let (start, stable, end) = (world.start(partition), world.last_stable(partition), world.end(partition));
            assert!(0 <= start && start <= stable && stable <= end, "{}: {start} {stable} {end}", topic.name);
            let is_down = |id: i32| world.listed_brokers().all(|broker| broker.id != id);
            assert!(!partition.leader.is_some_and(is_down), "{} is led by a broker that is down", topic.name);
            let in_sync = partition.leader.is_none_or(|leader| partition.in_sync.contains(&leader));
            assert!(in_sync, "{}: the leader is not in sync: {partition:?}", topic.name);
            assert!(partition.in_sync.iter().all(|id| partition.replicas.contains(id)), "{partition:?}");
            assert!(partition.epochs.is_sorted_by(|left, right| left.0 < right.0 && left.1 < right.1), "{partition:?}");
            assert!(partition.epochs.last().is_none_or(|(_, first)| *first <= end), "{partition:?}");
        }
    }
    for group in world.groups() {
        let name = &group.spec.name;
        assert_eq!(group.members.is_empty(), group.state == GroupState::Empty, "{name}: {group:?}");
        assert!(group.members.is_sorted_by(|left, right| left.process < right.process), "{name}");
        let place = |reading: &super::Reading| (reading.topic, reading.partition);
        assert!(group.readings.is_sorted_by(|left, right| place(left) < place(right)), "{name}");
        for reading in &group.readings {
            let partition = world.topic_at(reading.topic).expect("it is there").partitions.len();
            assert!(usize::try_from(reading.partition).is_ok_and(|number| number < partition), "{name}: {reading:?}");
            let (position, committed) = (world.position(group, reading), world.committed(group, reading));
            assert!(position >= 0 && committed.is_none_or(|committed| committed >= 0), "{name}: {reading:?}");
            let is_alone = group.spec.kind == GroupType::Simple;
            let is_member = |process| is_alone || group.member(process).is_some();
            assert!(reading.owner.is_none_or(is_member), "{name}: {reading:?}");
            assert!(!reading.is_read || reading.owner.is_some(), "{name}: {reading:?}");
        }
    }
}

#[test]
fn the_offsets_topic_is_left_to_the_groups() {
    let mut world = world(Vec::new(), true);
    let topic = OFFSETS_TOPIC.to_owned();
    let before = format!("{world:?}");
    for action in [
        Action::Produce { topic: topic.clone(), rate: 1.0 },
        Action::Recreate { topic: topic.clone() },
        Action::OpenTransaction(PartitionOf { topic: topic.clone(), partition: None }),
    ] {
        assert!(world.act(&action).is_err(), "{action:?}");
    }
    assert_eq!(before, format!("{world:?}"));
    assert_eq!(world.act(&Action::MoveLeader(PartitionOf { topic, partition: Some(3) })), Ok(()));
}

/// Generations of a group as a reader of the offsets topic sees them: generation, members, and assigned bytes.
fn members(world: &World, group: &str) -> Option<(i32, Vec<String>)> {
    let mut found = None;
    for partition in &world.topic(OFFSETS_TOPIC)?.partitions {
        for (_, record) in world.kept_records(partition, 0)? {
            let mut key = record.key.clone();
            if key.get_i16() != 2 || text(&mut key) != group {
                continue;
            }
            found = record.value.clone().map(|mut value| {
                assert_eq!((value.get_i16(), text(&mut value).as_str()), (3, "consumer"));
                let generation = value.get_i32();
                // Protocol and leader.
                for _ in 0..2 {
                    if value.starts_with(&[0xff, 0xff]) { value.advance(2) } else { drop(text(&mut value)) }
                }
                value.advance(8);
                let count = value.get_i32();
                let members = (0..count).map(|_| member(&mut value)).collect();
                assert_eq!(value.remaining(), 0);
                (generation, members)
            });
        }
    }
    found
}

fn member(value: &mut Bytes) -> String {
    let id = text(value);
    if value.starts_with(&[0xff, 0xff]) {
        value.advance(2);
    } else {
        drop(text(value));
    }
    drop((text(value), text(value)));
    assert_eq!((value.get_i32(), value.get_i32()), (9000, 6000));
    for _ in 0..2 {
        let length = usize::try_from(value.get_i32()).expect("a length");
        assert_eq!(value.split_to(length).get_i16(), 3);
    }
    id
}

#[test]
fn members_of_classic_groups_are_written_when_they_settled_and_when_they_are_gone() {
    let mut world = world(Vec::new(), true);
    let now = |world: &World, name: &str| {
        let group = world.group(name).expect("it is there");
        (group.generation, group.members.iter().map(|member| member.id.clone()).collect::<Vec<_>>())
    };
    assert_eq!(members(&world, "Classic"), Some(now(&world, "Classic")));
    assert_eq!((members(&world, "Consumer"), members(&world, "Simple")), (None, None));
    let before = members(&world, "Classic");
    let all = MemberOf { group: "Classic".to_owned(), member: None };
    world.act(&Action::Leave(MemberOf { member: Some(0), ..all.clone() })).expect("it is there");
    assert_eq!(members(&world, "Classic"), before);
    world.advance(START + 5000);
    assert_eq!(members(&world, "Classic"), Some(now(&world, "Classic")));
    world.act(&Action::Leave(all)).expect("two are left");
    assert_eq!(members(&world, "Classic"), Some((3, Vec::new())));
    world.act(&Action::DeleteGroup { group: "Classic".to_owned() }).expect("it is empty");
    assert_eq!(members(&world, "Classic"), None);
    assert!(commits(&world).keys().all(|(group, _, _)| group != "Classic"));
}

/// Whether records go, or groups are sent where no records are.
fn takes_back(action: &Action) -> bool {
    matches!(action, Action::Truncate { .. } | Action::Recreate { .. } | Action::Reset { .. })
}

/// What holds where nothing is taken back.
fn check_progress(world: &World) {
    for group in world.groups() {
        for reading in &group.readings {
            let topic = world.topic_at(reading.topic).expect("it is there");
            let partition = &topic.partitions[reading.partition as usize];
            let (position, committed) = (world.position(group, reading), world.committed(group, reading));
            assert!(position <= world.end(partition), "{}: {reading:?}", group.spec.name);
            assert!(committed.is_none_or(|committed| committed <= position), "{}: {reading:?}", group.spec.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_world_at_a_time_is_the_same_however_often_it_was_asked(
        events in events(),
        steps in prop::collection::vec((1_i64..9000, 0..50), 0..40),
        to in 0_i64..100_000,
    ) {
        let mut jumped = world(events.clone(), true);
        jumped.advance(START + to);
        let mut stepped = world(events, true);
        let mut now = START;
        for (step, mut patience) in steps {
            now += step;
            // Some do not wait until it is there.
            stepped.advance_while(now.min(START + to), || {
                patience -= 1;
                patience > 0
            });
        }
        stepped.advance(START + to);
        let (jumped, stepped) = (format!("{jumped:?}"), format!("{stepped:?}"));
        prop_assert!(jumped == stepped, "{}", first_difference(&jumped, &stepped));
    }

    #[test]
    fn a_world_of_the_same_age_is_the_same_whenever_it_began(
        events in events(),
        later in -1_000_000_000_000_i64..1_000_000_000_000,
        steps in prop::collection::vec(1_i64..20_000, 1..10),
    ) {
        let (mut one, mut other) = (world(events.clone(), true), world_at(START + later, events, true));
        let mut age = 0;
        for step in steps {
            age += step;
            one.advance(START + age);
            other.advance(START + later + age);
            prop_assert_eq!(truth(&one), truth(&other));
        }
    }

    #[test]
    fn what_was_written_to_the_offsets_topic_is_what_is_committed_and_changes_nothing(
        events in events(),
        steps in prop::collection::vec(1_i64..4000, 1..40),
    ) {
        let takes_back = events.iter().any(|event| takes_back(&event.action));
        let (mut kept, mut other) = (world(events.clone(), true), world(events, false));
        let mut now = START;
        for step in steps {
            check(&kept);
            if !takes_back {
                check_progress(&kept);
            }
            prop_assert_eq!(commits(&kept), committed(&kept));
            prop_assert_eq!(committed(&other), committed(&kept));
            now += step;
            kept.advance(now);
            other.advance(now);
        }
        let offsets = other.topic(OFFSETS_TOPIC).expect("it is always there");
        prop_assert!(offsets.partitions.iter().all(|partition| other.end(partition) == 0));
    }
}
