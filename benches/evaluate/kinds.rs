//! Kinds of histories of a group, and whether they are storms.
//!
//! Not how they are watched.
//! Invariant: a history follows from its kind and seed alone.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use highwater::model::StormCause;
use highwater::simulator::spec::{Action, EventSpec, GroupSpec, GroupType, MemberOf, TopicSpec};
use highwater::simulator::{Scenario, World};

pub(crate) const SECOND: u64 = 1000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
/// When things begin to happen.
const START: u64 = 3 * MINUTE;
/// Joins that are one too many, within half an hour.
const JOINS: usize = 3;
/// Partitions of the offsets topic whose leader moves; nobody else is kept there.
const MOVING: u32 = 10;
/// A process that takes the place of another one.
const SUCCESSOR: u32 = 1000;

/// A kind of history.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// Whether it is among those that the targets speak of.
    pub(crate) is_scored: bool,
    /// What brings the storm about, if it is one.
    pub(crate) causes: &'static [StormCause],
    /// Whether polls can see it.
    pub(crate) is_visible: bool,
    group: GroupType,
    /// Whether a KIP-848 group can go through it.
    has_epochs: bool,
    make: fn(&mut Rng, &mut Draft),
}

impl Kind {
    pub(crate) fn is_storm(&self) -> bool {
        !self.causes.is_empty()
    }
}

/// A history that is being written.
pub(crate) struct Draft {
    group: GroupSpec,
    partition_count: u32,
    events: Vec<(u64, Action)>,
    /// When the event happens that makes it a storm, where that is no join.
    completes: Option<u64>,
}

/// One history.
pub(crate) struct History {
    pub(crate) kind: &'static Kind,
    pub(crate) group: String,
    pub(crate) is_consumer: bool,
    pub(crate) begins: u64,
    pub(crate) completes: Option<u64>,
}

impl Draft {
    fn member(&self, process: u32) -> MemberOf {
        MemberOf { group: self.group.name.clone(), member: Some(process) }
    }

    fn leave(&mut self, at: u64, process: u32) {
        self.events.push((at, Action::Leave(self.member(process))));
    }

    fn join(&mut self, at: u64, process: u32) {
        self.events.push((at, Action::Join(self.member(process))));
    }

    fn rejoin(&mut self, at: u64) {
        self.events.push((at, Action::Rebalance { group: self.group.name.clone() }));
    }

    fn moved(&mut self, at: u64) {
        self.events.push((at, Action::MoveCoordinator { group: self.group.name.clone() }));
    }

    fn crash(&mut self, at: u64, process: u32, away: u64) {
        let (group, back_after) = (self.group.name.clone(), Some(Duration::from_millis(away)));
        self.events.push((at, Action::Crash { group, member: Some(process), back_after }));
    }

    /// It is out after its longest interval between polls, and back so much later.
    fn exceed(&mut self, at: u64, process: u32, away: u64) {
        let (group, back_after) = (self.group.name.clone(), Duration::from_millis(away));
        self.events.push((at, Action::ExceedMaxPoll { group, member: Some(process), back_after }));
    }

    fn size(&mut self, members: u32) {
        self.group.members = members;
        self.partition_count = members.max(12);
    }

    /// Everybody is replaced, by a process of the same name or of another.
    fn deploy(&mut self, start: u64, step: u64, away: u64, is_renamed: bool) {
        for process in 0..self.group.members {
            let at = start + u64::from(process) * step;
            self.leave(at, process);
            self.join(at + away, process + if is_renamed { SUCCESSOR } else { 0 });
        }
    }

    /// A process that ends soon after each start, and is started again later and later.
    fn crashes(&mut self, random: &mut Rng, process: u32, mut at: u64) {
        let is_sudden = random.bool();
        for away in [10, 20, 40, 80, 160, 300, 300, 300, 300] {
            if is_sudden {
                self.crash(at, process, away * SECOND);
            } else {
                self.leave(at, process);
                self.join(at + away * SECOND, process);
            }
            at += (away + random.u64(12..35)) * SECOND;
        }
    }

    /// When somebody joined for the third time within half an hour.
    fn third_join(&self) -> Option<u64> {
        let limit = u64::try_from(self.group.max_poll_interval.as_millis()).ok()?;
        let millis = |time: &Duration| u64::try_from(time.as_millis()).unwrap_or(0);
        let joined = |(at, action): &(u64, Action)| match action {
            Action::Join(of) => Some((of.member?, *at)),
            Action::Crash { member, back_after, .. } => Some(((*member)?, at + millis(back_after.as_ref()?))),
            Action::ExceedMaxPoll { member, back_after, .. } => Some(((*member)?, at + limit + millis(back_after))),
            _ => None,
        };
        let mut joins: Vec<(u64, u32)> = self.events.iter().filter_map(joined).map(|(who, at)| (at, who)).collect();
        joins.sort_unstable();
        let mut of: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        joins.into_iter().find_map(|(at, process)| {
            let times = of.entry(process).or_default();
            times.push(at);
            let first = times.len().checked_sub(JOINS).and_then(|first| times.get(first))?;
            (at - first <= 30 * MINUTE).then_some(at)
        })
    }
}

fn rolling(random: &mut Rng, draft: &mut Draft, members: u32) {
    draft.size(members);
    let (step, away) = (random.u64(20..90) * SECOND, random.u64(5..18) * SECOND);
    let is_renamed = random.bool();
    draft.deploy(START, step, away, is_renamed);
}

fn rejoins(random: &mut Rng, draft: &mut Draft) {
    draft.size(random.u32(1..4));
    let step = random.u64(7..12) * SECOND;
    (0..300).for_each(|time| draft.rejoin(START + time * step));
    draft.completes = Some(START + 4 * step + 4 * SECOND);
}

const NONE: &[StormCause] = &[];
const BENIGN: Kind = Kind {
    name: "",
    is_scored: true,
    causes: NONE,
    is_visible: true,
    group: GroupType::Classic,
    has_epochs: true,
    make: |_, _| {},
};
const COOPERATIVE: Kind = Kind { group: GroupType::Cooperative, has_epochs: false, ..BENIGN };
const BESIDE: Kind = Kind { is_scored: false, ..BENIGN };

/// The 18 kinds that are scored, and some beside.
pub(crate) const KINDS: [Kind; 24] = [
    Kind { name: "deploy of 3", make: |random, draft| rolling(random, draft, 3), ..BENIGN },
    Kind { name: "deploy of 10", make: |random, draft| rolling(random, draft, 10), ..BENIGN },
    Kind { name: "deploy of 40", make: |random, draft| rolling(random, draft, 40), ..BENIGN },
    Kind { name: "cooperative deploy of 3", make: |random, draft| rolling(random, draft, 3), ..COOPERATIVE },
    Kind { name: "cooperative deploy of 10", make: |random, draft| rolling(random, draft, 10), ..COOPERATIVE },
    Kind { name: "cooperative deploy of 40", make: |random, draft| rolling(random, draft, 40), ..COOPERATIVE },
    Kind { name: "autoscaling", make: autoscaling, ..BENIGN },
    Kind { name: "one restart", make: one_restart, ..BENIGN },
    Kind { name: "two deploys an hour", make: two_deploys, ..BENIGN },
    Kind { name: "Streams probing", make: probing, group: GroupType::Streams, has_epochs: false, ..BENIGN },
    Kind { name: "coordinator failover", make: failover, ..BENIGN },
    Kind { name: "topics by pattern", make: growing, ..BENIGN },
    Kind { name: "max.poll of one", make: max_poll_of_one, causes: &[StormCause::MaxPollExceeded], ..BENIGN },
    Kind { name: "crash loop", make: crash_loop, causes: &[StormCause::CrashLoop], ..BENIGN },
    Kind { name: "max.poll of all", make: max_poll_of_all, causes: &[StormCause::MaxPollExceeded], ..BENIGN },
    Kind {
        name: "rejoining without reason, in milliseconds",
        make: |random, draft| {
            rejoins(random, draft);
            draft.group.rebalance_takes = Duration::from_millis(random.u64(3..40));
        },
        causes: &[StormCause::RejoinLoop],
        is_visible: false,
        ..BENIGN
    },
    Kind { name: "missed sessions", make: missed, causes: &[StormCause::SessionTimeout], ..BENIGN },
    Kind { name: "stuck rollout", make: stuck, causes: &[StormCause::CrashLoop, StormCause::RolloutStuck], ..BENIGN },
    Kind {
        name: "rejoining without reason, in three seconds",
        make: |random, draft| {
            rejoins(random, draft);
            draft.group.rebalance_takes = Duration::from_secs(3);
        },
        causes: &[StormCause::RejoinLoop],
        ..BESIDE
    },
    Kind {
        name: "StatefulSet rolled twice",
        make: |random, draft| {
            draft.size(3);
            let again = random.u64(8..28) * MINUTE;
            draft.deploy(START, MINUTE, 20 * SECOND, false);
            draft.deploy(again, MINUTE, 20 * SECOND, false);
        },
        ..BESIDE
    },
    Kind {
        name: "static members rolled within their sessions",
        make: |random, draft| rolling(random, draft, 6),
        group: GroupType::Static,
        has_epochs: false,
        ..BESIDE
    },
    Kind {
        name: "Connect's delayed rebalance",
        make: |random, draft| {
            draft.size(random.u32(3..9));
            draft.leave(START, 2);
            draft.join(START + 2 * MINUTE, 2);
            draft.rejoin(START + 7 * MINUTE);
        },
        group: GroupType::Connect,
        has_epochs: false,
        ..BESIDE
    },
    Kind {
        name: "deploy and roll-back within minutes",
        make: |random, draft| {
            draft.size(6);
            let step = random.u64(15..40) * SECOND;
            draft.deploy(START, step, 8 * SECOND, false);
            draft.deploy(START + 6 * step + random.u64(10..120) * SECOND, step, 8 * SECOND, false);
        },
        ..BESIDE
    },
    Kind {
        name: "all restart at once",
        make: |random, draft| {
            draft.size(10);
            for process in 0..10 {
                let at = START + random.u64(0..4000);
                draft.leave(at, process);
                draft.join(at + random.u64(10..40) * SECOND, process);
            }
        },
        ..BESIDE
    },
];

fn autoscaling(random: &mut Rng, draft: &mut Draft) {
    draft.size(4);
    draft.partition_count = 12;
    let step = random.u64(30..120) * SECOND;
    for process in 4..12 {
        draft.join(START + u64::from(process) * step, process);
        draft.leave(30 * MINUTE + u64::from(process) * step, process);
    }
}

fn one_restart(random: &mut Rng, draft: &mut Draft) {
    draft.size(6);
    let away = random.u64(5..120) * SECOND;
    if random.bool() {
        draft.crash(5 * MINUTE, 2, away);
    } else {
        draft.leave(5 * MINUTE, 2);
        draft.join(5 * MINUTE + away, 2);
    }
}

fn two_deploys(random: &mut Rng, draft: &mut Draft) {
    draft.size(6);
    draft.deploy(START, 40 * SECOND, 10 * SECOND, false);
    draft.deploy(random.u64(12..30) * MINUTE, 40 * SECOND, 10 * SECOND, false);
}

fn probing(_: &mut Rng, draft: &mut Draft) {
    draft.size(6);
    (0..6).for_each(|time| draft.rejoin(START + 10 * time * MINUTE));
}

fn failover(random: &mut Rng, draft: &mut Draft) {
    draft.size(8);
    let back = START + random.u64(3..20) * MINUTE;
    for at in [START, back] {
        draft.moved(at);
        // Who had it, and who found it late.
        draft.rejoin(at + random.u64(3..10) * SECOND);
        draft.rejoin(at + random.u64(15..25) * SECOND);
    }
}

fn growing(random: &mut Rng, draft: &mut Draft) {
    draft.size(6);
    let step = random.u64(4..9) * MINUTE;
    for time in 0..6_u32 {
        let (topic, partitions) = (draft.group.name.clone(), 13 + time);
        draft.events.push((START + u64::from(time) * step, Action::AddPartitions { topic, partitions }));
    }
}

fn max_poll_of_one(random: &mut Rng, draft: &mut Draft) {
    draft.size(6);
    let away = random.u64(2..25) * SECOND;
    (0..9).for_each(|time| draft.exceed(time * (5 * MINUTE + away + 2 * SECOND), 2, away));
}

fn max_poll_of_all(random: &mut Rng, draft: &mut Draft) {
    draft.size(6);
    let apart = random.u64(1..20) * SECOND;
    for process in 0..6_u32 {
        let begin = u64::from(process) * apart;
        (0..9).for_each(|time| draft.exceed(begin + time * (5 * MINUTE + 12 * SECOND), process, 10 * SECOND));
    }
}

fn crash_loop(random: &mut Rng, draft: &mut Draft) {
    draft.size(4);
    draft.crashes(random, 1, START);
}

fn missed(random: &mut Rng, draft: &mut Draft) {
    draft.size(8);
    for process in 0..4 {
        let mut at = START + random.u64(0..180) * SECOND;
        while at < 50 * MINUTE {
            let away = random.u64(46..55) * SECOND;
            draft.crash(at, process, away);
            at += away + random.u64(90..500) * SECOND;
        }
    }
}

fn stuck(random: &mut Rng, draft: &mut Draft) {
    draft.size(5);
    draft.leave(START, 0);
    draft.join(START + 8 * SECOND, SUCCESSOR);
    let at = START + random.u64(20..40) * SECOND;
    draft.crashes(random, SUCCESSOR, at);
}

/// All histories of these seeds, side by side in one world.
pub(crate) fn world(first: u64, seeds: u64) -> (Scenario, Vec<History>) {
    let mut scenario = Scenario { name: "evaluation".to_owned(), ..Scenario::default() };
    let mut histories = Vec::new();
    for (number, kind) in (0_u64..).zip(&KINDS) {
        for seed in first..first + seeds {
            for is_consumer in [false, true].into_iter().filter(|is_consumer| !is_consumer || kind.has_epochs) {
                let mut random = Rng::with_seed(seed * 1000 + number);
                histories.push(add(&mut scenario, kind, seed, is_consumer, &mut random));
            }
        }
    }
    (scenario, histories)
}

fn add(scenario: &mut Scenario, kind: &'static Kind, seed: u64, is_consumer: bool, random: &mut Rng) -> History {
    let group_type = if is_consumer { GroupType::Consumer } else { kind.group };
    let name = name(kind, seed, is_consumer);
    let group = GroupSpec::new(&name, group_type, &[name.as_str()]);
    let mut draft = Draft { group, partition_count: 12, events: Vec::new(), completes: None };
    draft.group.rebalance_takes = Duration::from_millis(random.u64(1000..7000));
    draft.group.commit_interval = Duration::from_mins(1);
    (kind.make)(random, &mut draft);
    // No two polls stand alike to what happens.
    let shift = random.u64(0..15_000);
    let completes = draft.third_join().into_iter().chain(draft.completes).min().filter(|_| kind.is_storm());
    let begins = draft.events.iter().map(|(at, _)| at + shift).min().unwrap_or(0);
    let event = |(at, action): (u64, Action)| {
        let at = Duration::from_millis(at + shift);
        EventSpec { at, every: None, times: None, action }
    };
    scenario.events.extend(draft.events.into_iter().map(event));
    scenario.topics.push(TopicSpec::new(&name, draft.partition_count).rate(5.0));
    scenario.groups.push(draft.group);
    History { kind, group: name, is_consumer, begins, completes: completes.map(|at| at + shift) }
}

/// A name by which the group is kept apart from those whose coordinators move, or among them.
fn name(kind: &Kind, seed: u64, is_consumer: bool) -> String {
    let is_moving = kind.name == "coordinator failover";
    let words = kind.name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    let kip = if is_consumer { "848" } else { "classic" };
    let names = (0..10_000).map(|salt| format!("{words}-{kip}-{seed}-{salt}"));
    let mut fitting = names.filter(|name| (World::offsets_partition(name) < MOVING) == is_moving);
    fitting.next().unwrap_or_default()
}
