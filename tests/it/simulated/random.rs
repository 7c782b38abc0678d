//! Any worlds, any events, any faults, for thousands of polls. It is NOT reproducible to the byte, since garbage and
//! jitter are by chance; world, events and faults follow from the seed that a failure names.
//! Invariant: what is shown is exactly true at that moment or absent and counted, whatever happened before; and no more
//! is remembered of what happened long ago than if it had never been seen.

mod regrown;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use highwater::analysis::{History, analyze};
use highwater::config::PollSettings;
use highwater::model::{ClusterReport, Thresholds};
use highwater::simulator::spec::{Action, GroupSpec, GroupType, MemberOf, PartitionOf, ReadingOf, TopicSpec};
use highwater::simulator::{Scenario, WireFaults};

use crate::support::page::{Labels, Page};

use super::crowd::cluster;
use super::exact::{Excuses, differences};
use super::lab::{INTERVAL, Lab};
use regrown::Regrown;

const SEEDS: [u64; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

const POLLS: usize = 400;

/// From this poll on a second analysis looks on that knows nothing of what was before.
const SECOND_FROM: usize = 200;

/// Set to a number, only the world of that seed is lived through: not those, nor one that nobody has seen before.
const SEED: &str = "HIGHWATER_TEST_SEED";

#[tokio::test(start_paused = true)]
async fn whatever_happens_what_is_shown_is_true() {
    let only = std::env::var_os(SEED).map(|seed| seed.to_string_lossy().parse().expect("a seed is a number"));
    let all = || SEEDS.into_iter().chain([fastrand::u64(SEEDS.len() as u64 + 1..)]).collect();
    let seeds: Vec<u64> = only.map_or_else(all, |seed| vec![seed]);
    let (mut lag_count, mut age_count) = (0, 0);
    for seed in &seeds {
        eprintln!("seed {seed}");
        let (lags, ages) = live(*seed).await;
        lag_count += lags;
        age_count += ages;
    }
    // One world alone may be one in which little is to be seen.
    let least = POLLS * (seeds.len() - 1);
    assert!(lag_count > least, "next to nothing was compared: {lag_count} lags");
    assert!(age_count > least, "next to nothing was compared: {age_count} ages");
}

/// One cluster's life.
struct Life {
    random: Rng,
    brokers: i32,
    topics: usize,
    groups: usize,
    /// Those whose answers may not arrive or not be understood.
    spoiled: BTreeMap<i32, bool>,
    /// What happened last, for people.
    past: VecDeque<String>,
    /// For how long no poll has learned anything, in the world's time.
    blind: Duration,
    /// Lags that were compared so far.
    lag_count: usize,
    /// Ages that were compared so far, of what is behind.
    age_count: usize,
    regrown: Regrown,
    memory: Memory,
}

/// What analysis remembers: of everything, and of the second half only.
#[derive(Default)]
struct Memory {
    whole: History,
    half: History,
    last: Option<Arc<ClusterReport>>,
}

impl Memory {
    fn look(&mut self, lab: &Lab, number: usize) {
        let report = lab.report();
        if self.last.as_ref().is_some_and(|last| Arc::ptr_eq(last, &report)) {
            return;
        }
        let look = |history| drop(analyze((*report.snapshot).clone(), history, &Thresholds::default()));
        look(&mut self.whole);
        if number >= SECOND_FROM {
            look(&mut self.half);
        }
        self.last = Some(report);
    }

    /// How much both remember, in letters of what they would say.
    fn sizes(&self) -> (usize, usize) {
        (format!("{:?}", self.whole).len(), format!("{:?}", self.half).len())
    }
}

/// Gives how many lags and ages were compared.
async fn live(seed: u64) -> (usize, usize) {
    let mut random = Rng::with_seed(seed);
    let (brokers, topics, groups) = (random.u16(1..=6), random.usize(2..=5), random.usize(4..=10));
    let scenario = scenario(&mut random, brokers, topics, groups);
    let mut lab = Lab::new(&cluster(brokers, seed), scenario, PollSettings::default()).await;
    let mut life = Life {
        random,
        brokers: i32::from(brokers),
        topics,
        groups,
        spoiled: BTreeMap::new(),
        past: VecDeque::new(),
        blind: Duration::ZERO,
        lag_count: 0,
        age_count: 0,
        regrown: Regrown::default(),
        memory: Memory::default(),
    };
    for number in 0..POLLS {
        let time = if life.random.u8(..20) == 0 { INTERVAL * 40 } else { INTERVAL };
        lab.pass(time);
        life.happen(&lab);
        let page = lab.poll().await;
        if let Err(wrong) = life.check(&lab, &page, time) {
            let past: Vec<_> = life.past.into_iter().collect();
            panic!("seed {seed}, poll {number} of {brokers} brokers: {wrong}\nafter\n{}", past.join("\n"));
        }
        life.memory.look(&lab, number);
    }
    let (whole, half) = life.memory.sizes();
    eprintln!(
        "seed {seed}: {whole} letters are remembered of {POLLS} polls, {half} of the last {}",
        POLLS - SECOND_FROM
    );
    // How much there is to remember differs between the halves of a life; only of the known ones it is known by how much.
    let is_enough = whole <= half + half / 10 || !SEEDS.contains(&seed);
    assert!(is_enough, "seed {seed}: {whole} letters are remembered where {half} are enough");
    eprintln!("seed {seed}: {} lags compared on {brokers} brokers, {} ages", life.lag_count, life.age_count);
    (life.lag_count, life.age_count)
}

fn scenario(random: &mut Rng, brokers: u16, topics: usize, groups: usize) -> Scenario {
    let topics = (0..topics).map(|number| {
        let topic = TopicSpec::new(format!("topic-{number}"), random.u32(1..=4)).rate(f64::from(random.u16(0..200)));
        TopicSpec { replication: random.u16(1..=brokers.min(3)), ..topic }
    });
    let topics: Vec<_> = topics.collect();
    let groups = (0..groups).map(|number| {
        let (first, second) = (&topics[random.usize(..topics.len())].name, &topics[random.usize(..topics.len())].name);
        let read: &[&str] = if first == second { &[first] } else { &[first, second] };
        let kind = GroupType::ALL[random.usize(..GroupType::ALL.len())];
        let group = GroupSpec::new(format!("group-{number}"), kind, read).members(random.u32(1..=3));
        GroupSpec { behind: random.u32(0..5000), capacity: random.bool().then_some(50.0), ..group }
    });
    let groups = groups.collect();
    Scenario { name: "any".to_owned(), topics, groups, ..Scenario::default() }
}

impl Life {
    fn happen(&mut self, lab: &Lab) {
        for _ in 0..self.random.u8(..3) {
            let action = self.action();
            if lab.act(&action) {
                self.regrown.happened(&action, &lab.truth());
                self.note(format!("{action:?}"));
            }
        }
        let broker = self.random.i32(1..=self.brokers);
        if self.random.u8(..12) == 0 {
            let (faults, is_harmless) = self.some_faults();
            self.note(format!("broker {broker}: {faults:?}"));
            lab.spoil(broker, faults);
            self.spoiled.insert(broker, is_harmless);
        } else if self.random.u8(..3) == 0 && self.spoiled.remove(&broker).is_some() {
            self.note(format!("broker {broker}: no faults"));
            lab.spoil(broker, WireFaults::default());
        }
        if self.random.u8(..10) == 0 {
            lab.cut(broker);
        }
    }

    fn note(&mut self, what: String) {
        self.past.push_back(what);
        if self.past.len() > 30 {
            self.past.pop_front();
        }
    }

    fn check(&mut self, lab: &Lab, page: &Page, time: Duration) -> Result<(), String> {
        let connections = lab.connection_count();
        if i32::try_from(connections).is_ok_and(|count| count > self.brokers * 2) {
            return Err(format!("{connections} connections are open"));
        }
        let truth = lab.truth();
        let hanging = truth.brokers.iter().filter(|broker| broker.state == "hanging").map(|broker| broker.id);
        let harmed = self.spoiled.iter().filter(|(_, is_harmless)| !**is_harmless).map(|(broker, _)| *broker);
        let silent: BTreeSet<i32> = hanging.chain(harmed).collect();
        if page.get("highwater_up", &[]) == Some(1.0) {
            self.blind = Duration::ZERO;
            self.lag_count += page.all("kafka_consumergroup_lag", &[]).len();
            self.regrown.shown(page);
            let is_regrown = |labels: &Labels| {
                let partition = labels["partition"].parse().expect("a partition's number");
                self.regrown.logs.contains(&(labels["topic"].clone(), partition))
            };
            let ages = page.all("kafka_consumergroup_lag_seconds", &[]).into_iter();
            self.age_count += ages.filter(|(labels, age)| *age > 0.0 && !is_regrown(labels)).count();
            let silent: Vec<i32> = silent.into_iter().collect();
            let excuses = Excuses::of(lab, &silent).and_of_loading_brokers(lab);
            let wrong = differences(page, &truth, &Excuses { regrown: self.regrown.logs.clone(), ..excuses });
            return if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) };
        }
        let is_anybody_well = truth.brokers.iter().any(|broker| broker.state == "up" && !silent.contains(&broker.id));
        if is_anybody_well {
            return Err("a broker is well and nothing was learned".to_owned());
        }
        self.blind += time;
        let is_stale = self.blind > PollSettings::default().stale_after;
        if is_stale && page.names().iter().any(|name| name.starts_with("kafka_")) {
            return Err(format!("series of {:?} ago are shown", self.blind));
        }
        Ok(())
    }

    /// One or two at once, and whether answers arrive in time with them all the same.
    fn some_faults(&mut self) -> (WireFaults, bool) {
        let (first, is_harmless) = self.faults();
        if self.random.u8(..3) != 0 {
            return (first, is_harmless);
        }
        let (second, _) = self.faults();
        (both(&first, &second), false)
    }

    /// A fault, and whether answers arrive in time with it all the same.
    fn faults(&mut self) -> (WireFaults, bool) {
        let none = WireFaults::default();
        let bytes = Some(self.random.u64(..6000));
        match self.random.u8(..13) {
            0 => (WireFaults { delay: Duration::from_millis(self.random.u64(..300)), ..none }, true),
            1 => (WireFaults { jitter: Duration::from_millis(300), ..none }, true),
            2 => (WireFaults { throttle_time: Duration::from_secs(9), ..none }, true),
            3 => (WireFaults { delay: Duration::from_secs(6), ..none }, false),
            4 => (WireFaults { stall_after_bytes: bytes, ..none }, false),
            5 => (WireFaults { cut_after_bytes: bytes, ..none }, false),
            6 => (WireFaults { garbage: true, ..none }, false),
            7 => (WireFaults { oversized_frame: true, ..none }, false),
            8 => (WireFaults { wrong_correlation_id: true, ..none }, false),
            9 => (WireFaults { refuse: true, ..none }, false),
            10 => (WireFaults { bytes_per_second: Some(self.random.u64(100_000..1_000_000)), ..none }, true),
            11 => (WireFaults { bytes_per_second: Some(self.random.u64(1..2000)), ..none }, false),
            _ => (WireFaults { connections_max: Some(self.random.usize(..2)), ..none }, false),
        }
    }

    fn action(&mut self) -> Action {
        let broker = self.random.i32(1..=self.brokers);
        let topic = format!("topic-{}", self.random.usize(..self.topics));
        let group = format!("group-{}", self.random.usize(..self.groups));
        let partition = self.random.bool().then_some(0);
        let of = PartitionOf { topic: topic.clone(), partition };
        let member = MemberOf { group: group.clone(), member: self.random.bool().then_some(0) };
        let reading = ReadingOf { group: group.clone(), topic: topic.clone(), partition };
        let back_after = Duration::from_secs(self.random.u64(20..200));
        match self.random.u8(..66) {
            0 => Action::StopBroker { broker },
            1 => Action::HangBroker { broker },
            2..18 => Action::HealBroker { broker },
            18 if self.random.u8(..6) == 0 => Action::DeleteTopic { topic },
            19 if self.random.u8(..3) == 0 => Action::DeleteGroup { group },
            20 => Action::Recreate { topic },
            21 => Action::AddPartitions { topic, partitions: self.random.u32(1..=6) },
            22..24 => Action::LoseLeader(of),
            24..28 => Action::ElectLeader(of),
            28..31 => Action::MoveLeader(of),
            31 if self.random.bool() => Action::Hide { topic },
            32..34 => Action::Reveal { topic },
            34..37 => Action::MoveCoordinator { group },
            37..39 => Action::Truncate { topic, partition, records: self.random.u32(1..2000) },
            39..41 => Action::DeleteRecords { topic, partition, keep: self.random.u32(..100) },
            41 => Action::OpenTransaction(of),
            42 => Action::EndTransaction(of),
            43 => Action::Produce { topic, rate: f64::from(self.random.u16(..300)) },
            44 => Action::Retain { topic, retention: Duration::from_secs(self.random.u64(60..9000)) },
            45 => Action::Poison(reading),
            46 => Action::Cure(reading),
            47 => Action::Pause(member),
            48 => Action::Resume(member),
            49 => Action::Leave(member),
            50..52 => Action::Crash { group, member: Some(0), back_after: Some(back_after) },
            52 => Action::ExceedMaxPoll { group, member: None, back_after },
            53..56 => Action::Join(member),
            56..58 => Action::Scale { group, members: self.random.u32(1..5) },
            58..60 => Action::Rebalance { group },
            60 => Action::Deploy { group, step: Duration::from_secs(20) },
            61 => {
                let hot = BTreeMap::from([(self.random.u32(..4), f64::from(self.random.u16(2..2000)))]);
                Action::Heat { topic, hot }
            }
            62 => Action::Capacity { group, rate: Some(f64::from(self.random.u8(..))) },
            _ => Action::Reset { group, topic, partition, behind: self.random.i64(-100..5000) },
        }
    }
}

/// Both of two faults at once; where they contradict each other, the worse.
fn both(first: &WireFaults, second: &WireFaults) -> WireFaults {
    let less = |left: Option<u64>, right: Option<u64>| left.into_iter().chain(right).min();
    WireFaults {
        delay: first.delay.max(second.delay),
        jitter: first.jitter.max(second.jitter),
        stall_after_bytes: less(first.stall_after_bytes, second.stall_after_bytes),
        cut_after_bytes: less(first.cut_after_bytes, second.cut_after_bytes),
        garbage: first.garbage || second.garbage,
        oversized_frame: first.oversized_frame || second.oversized_frame,
        wrong_correlation_id: first.wrong_correlation_id || second.wrong_correlation_id,
        bytes_per_second: less(first.bytes_per_second, second.bytes_per_second),
        throttle_time: first.throttle_time.max(second.throttle_time),
        connections_max: first.connections_max.into_iter().chain(second.connections_max).min(),
        refuse: first.refuse || second.refuse,
    }
}
