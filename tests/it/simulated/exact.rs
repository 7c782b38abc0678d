//! A page beside what is true of the world at the same moment. It is NOT about history: the world stands still while
//! it is polled, so whatever is shown is exactly true or wrong.
//! Invariant: nothing shown goes uncompared in the families this is about, what is not shown is excused and counted, and
//! no family at all tells of what is not there.

mod seconds;
mod statuses;
mod strangers;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use highwater::simulator::Truth;
use highwater::simulator::truth::{GroupTruth, PartitionTruth, ReadingTruth, TopicTruth};

use crate::support::page::{Page, integer};

use super::lab::Lab;

type Place = (String, String, i32);

/// Why something may be missing from a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Excuses {
    /// Brokers that may not have answered.
    pub(super) brokers: BTreeSet<i32>,
    /// Groups whose coordinator is not ready.
    pub(super) groups: BTreeSet<String>,
    /// Topics whose leaders moved while they were asked.
    pub(super) topics: BTreeSet<String>,
    /// Partitions that were cut and have grown again since, unseen: of them only ages are excused.
    pub(super) regrown: BTreeSet<(String, u32)>,
}

impl Excuses {
    /// These brokers, and groups whose coordinator still loads.
    pub(super) fn of(lab: &Lab, brokers: &[i32]) -> Self {
        let groups = lab.simulator.with_world(|world| {
            let names = world.groups().map(|group| group.spec.name.clone());
            names.filter(|name| world.is_loading(name)).collect()
        });
        Self { brokers: brokers.iter().copied().collect(), groups, ..Self::default() }
    }

    /// And groups whose coordinator loads some other: it lists none, so that only those are known that were before.
    pub(super) fn and_of_loading_brokers(mut self, lab: &Lab) -> Self {
        self.groups.extend(lab.simulator.with_world(|world| {
            let names = world.groups().map(|group| group.spec.name.clone());
            let is_loading = |name: &String| world.coordinator(name).is_some_and(|broker| world.is_loading_at(broker));
            names.filter(is_loading).collect::<Vec<_>>()
        }));
        self
    }

    fn has_broker(&self, broker: Option<i32>) -> bool {
        broker.is_none_or(|broker| self.brokers.contains(&broker))
    }

    fn has_group(&self, group: &GroupTruth) -> bool {
        self.groups.contains(&group.name) || self.has_broker(group.coordinator)
    }

    fn is_empty(&self) -> bool {
        self.brokers.is_empty() && self.groups.is_empty()
    }
}

/// What a page shows, to be crossed out as it is compared.
struct Shown {
    partition_counts: BTreeMap<String, i64>,
    ends: BTreeMap<Place, i64>,
    starts: BTreeMap<Place, i64>,
    leaders: BTreeMap<Place, i64>,
    replicas: BTreeMap<Place, i64>,
    in_sync: BTreeMap<Place, i64>,
    under_replicated: BTreeMap<Place, i64>,
    preferred: BTreeMap<Place, i64>,
    commits: BTreeMap<Place, i64>,
    lags: BTreeMap<Place, i64>,
    unknown: BTreeMap<(String, String), i64>,
    sums: BTreeMap<(String, String), i64>,
    members: BTreeMap<String, i64>,
    states: BTreeMap<String, String>,
}

impl Shown {
    fn on(page: &Page) -> Self {
        let text = |labels: &BTreeMap<String, String>, name: &str| labels.get(name).cloned().unwrap_or_default();
        let by_label = |family: &str, label: &str| {
            let all = page.all(family, &[]).into_iter();
            all.map(|(labels, value)| (text(labels, label), integer(value))).collect()
        };
        let by_topic = |family: &str| {
            let all = page.all(family, &[]).into_iter();
            all.map(|(labels, value)| ((text(labels, "consumergroup"), text(labels, "topic")), integer(value)))
                .collect()
        };
        let states = page.all("kafka_consumergroup_state", &[]).into_iter().filter(|(_, value)| *value == 1.0);
        let mut by_group = BTreeMap::new();
        for (labels, _) in states {
            let before = by_group.insert(text(labels, "consumergroup"), text(labels, "state"));
            assert!(before.is_none(), "a group is in two states: {labels:?}");
        }
        Self {
            partition_counts: by_label("kafka_topic_partitions", "topic"),
            ends: page.by_partition("kafka_topic_partition_current_offset"),
            starts: page.by_partition("kafka_topic_partition_oldest_offset"),
            leaders: page.by_partition("kafka_topic_partition_leader"),
            replicas: page.by_partition("kafka_topic_partition_replicas"),
            in_sync: page.by_partition("kafka_topic_partition_in_sync_replica"),
            under_replicated: page.by_partition("kafka_topic_partition_under_replicated_partition"),
            preferred: page.by_partition("kafka_topic_partition_leader_is_preferred"),
            commits: page.by_partition("kafka_consumergroup_current_offset"),
            lags: page.by_partition("kafka_consumergroup_lag"),
            unknown: by_topic("kafka_consumergroup_topic_unknown_partitions"),
            sums: by_topic("kafka_consumergroup_topic_lag"),
            members: by_label("kafka_consumergroup_members", "consumergroup"),
            states: by_group,
        }
    }
}

/// A comparison under way.
struct Comparison<'a> {
    shown: Shown,
    truth: &'a Truth,
    excuses: &'a Excuses,
    wrong: Vec<String>,
}

/// All that is wrong with a page, in words; nothing while it is as it should be.
pub(super) fn differences(page: &Page, truth: &Truth, excuses: &Excuses) -> Vec<String> {
    let mut comparison = Comparison { shown: Shown::on(page), truth, excuses, wrong: Vec::new() };
    comparison.sums();
    comparison.brokers(page);
    for group in &truth.groups {
        comparison.group(group);
    }
    for topic in truth.topics.iter().filter(|topic| is_visible(topic)) {
        comparison.topic(topic);
    }
    comparison.rest();
    let Comparison { mut wrong, .. } = comparison;
    wrong.extend(seconds::differences(page, truth, &excuses.regrown));
    wrong.extend(statuses::differences(page));
    wrong.extend(strangers::on(page, truth, excuses));
    wrong
}

fn is_visible(topic: &TopicTruth) -> bool {
    !topic.hidden && !topic.name.starts_with("__")
}

fn place(group: &str, topic: &str, partition: u32) -> Place {
    (group.to_owned(), topic.to_owned(), i32::try_from(partition).expect("a partition's number"))
}

impl Comparison<'_> {
    fn compare<T: Copy + PartialEq + Debug>(
        &mut self,
        what: &str,
        shown: Option<T>,
        truth: Option<T>,
        is_excused: bool,
    ) {
        let is_right = if shown.is_none() { truth.is_none() || is_excused } else { shown == truth };
        if !is_right {
            self.wrong.push(format!("{what}: {shown:?} is shown, {truth:?} is true"));
        }
    }

    fn topic(&mut self, topic: &TopicTruth) {
        let name = &topic.name;
        let count = self.shown.partition_counts.remove(name);
        let true_count = i64::try_from(topic.partitions.len()).ok();
        self.compare(&format!("partitions of {name}"), count, true_count, false);
        for partition in &topic.partitions {
            let place = place("", name, partition.id);
            let what = |family: &str| format!("{family} of {name}/{}", partition.id);
            let is_led = partition.leader.is_some();
            let has_moved = self.excuses.topics.contains(name);
            let is_excused = has_moved || self.excuses.has_broker(partition.leader);
            let leader = self.shown.leaders.remove(&place).filter(|_| !has_moved);
            self.compare(&what("leader"), leader, partition.leader.map(i64::from), has_moved);
            let end = self.shown.ends.remove(&place);
            self.compare(&what("end"), end, is_led.then_some(partition.end), is_excused);
            let start = self.shown.starts.remove(&place);
            self.compare(&what("start"), start, is_led.then_some(partition.start), is_excused);
            self.copies(&place, partition, has_moved);
        }
    }

    /// What metadata tells of a partition beside its leader, which is known whoever is silent.
    fn copies(&mut self, place: &Place, partition: &PartitionTruth, has_moved: bool) {
        let is_down = |id: &i32| self.truth.brokers.iter().any(|broker| broker.id == *id && broker.state == "down");
        let in_sync = partition.in_sync.iter().filter(|id| !is_down(id)).count();
        let is_preferred = partition.leader.is_some() && partition.leader.as_ref() == partition.replicas.first();
        let count = |count: usize| i64::try_from(count).ok();
        let shown = [
            ("replicas", self.shown.replicas.remove(place), count(partition.replicas.len())),
            ("in-sync replicas", self.shown.in_sync.remove(place), count(in_sync)),
            (
                "under-replication",
                self.shown.under_replicated.remove(place),
                Some(i64::from(in_sync < partition.replicas.len())),
            ),
        ];
        for (what, shown, truth) in shown {
            self.compare(&format!("{what} of {place:?}"), shown, truth, false);
        }
        let preferred = self.shown.preferred.remove(place).filter(|_| !has_moved);
        self.compare(&format!("preference of {place:?}"), preferred, Some(i64::from(is_preferred)), has_moved);
    }

    /// Those that are down are not in the metadata.
    fn brokers(&mut self, page: &Page) {
        let there = self.truth.brokers.iter().filter(|broker| broker.state != "down");
        let there: BTreeSet<String> = there.map(|broker| broker.id.to_string()).collect();
        let named = page.all("kafka_broker_info", &[]).into_iter();
        let named: BTreeSet<String> = named.filter_map(|(labels, _)| labels.get("id").cloned()).collect();
        let count = page.get("kafka_brokers", &[]).map(integer);
        if count != i64::try_from(there.len()).ok() || named != there {
            self.wrong.push(format!("brokers: {count:?}, {named:?} are shown, {there:?} are true"));
        }
    }

    fn group(&mut self, group: &GroupTruth) {
        let name = &group.name;
        let is_excused = self.excuses.has_group(group);
        let state = self.shown.states.remove(name).filter(|state| !is_excused || state != "Unknown");
        self.compare(&format!("state of {name}"), state.as_deref(), Some(&*group.state), is_excused);
        let members = self.shown.members.remove(name);
        let truth = self.truth;
        // Kafka does not describe a group of the new protocol to those who may not see all its topics.
        let is_hidden = |reading: &ReadingTruth| truth.topic(&reading.topic).is_some_and(|topic| topic.hidden);
        let is_secret = group.kind == "consumer" && group.partitions.iter().any(is_hidden);
        let true_members = i64::try_from(group.members).ok();
        self.compare(&format!("members of {name}"), members, true_members, is_excused || is_secret);
        for readings in group.partitions.chunk_by(|left, right| left.topic == right.topic) {
            let topic = readings.first().and_then(|reading| truth.topic(&reading.topic));
            if let Some(topic) = topic.filter(|topic| is_visible(topic)) {
                self.readings(group, topic, readings, is_excused);
            }
        }
    }

    /// What a group reads of one topic: each partition, and that those without a lag are counted.
    fn readings(&mut self, group: &GroupTruth, topic: &TopicTruth, readings: &[ReadingTruth], is_excused: bool) {
        let (mut unknown_least, mut unknown_most) = (0, 0);
        for reading in readings {
            let place = place(&group.name, &topic.name, reading.partition);
            let what = |family: &str| format!("{family} of {} on {}/{}", group.name, topic.name, reading.partition);
            let partition = topic.partitions.iter().find(|partition| partition.id == reading.partition);
            let commit = self.shown.commits.remove(&place);
            let lag = self.shown.lags.remove(&place);
            self.compare(&what("commit"), commit, reading.committed, is_excused);
            if lag.is_none() {
                unknown_most += 1;
                unknown_least += i64::from(reading.committed.is_some() && !is_excused);
            }
            if lag.is_some() && commit.is_none() {
                self.wrong.push(format!("{}: {lag:?} is shown without a commit", what("lag")));
            }
            let is_start_known = self.shown.starts.contains_key(&self::place("", &topic.name, reading.partition));
            let true_lag = reading.committed.zip(partition).and_then(|(committed, partition)| {
                partition.leader.map(|_| true_lag(committed, partition, is_start_known))
            });
            let is_silent = partition.is_none_or(|partition| self.excuses.has_broker(partition.leader));
            let is_excused = is_excused || is_silent || self.excuses.topics.contains(&topic.name);
            self.compare(&what("lag"), lag, true_lag, is_excused);
        }
        let counted = self.shown.unknown.remove(&(group.name.clone(), topic.name.clone())).unwrap_or(0);
        if counted < unknown_least || counted > unknown_most {
            let bounds = format!("{unknown_least} to {unknown_most} are");
            self.wrong.push(format!("unknown of {} on {}: {counted} shown, {bounds} true", group.name, topic.name));
        }
    }

    /// Sums are of what is shown of their parts.
    fn sums(&mut self) {
        let mut sums = BTreeMap::new();
        for ((group, topic, _), lag) in &self.shown.lags {
            *sums.entry((group.clone(), topic.clone())).or_insert(0) += lag;
        }
        if sums != self.shown.sums {
            self.wrong.push(format!("sums: {:?} are shown, {sums:?} are true", self.shown.sums));
        }
    }

    /// What was not crossed out does not exist. Of a group that is gone while its coordinator is silent nobody can
    /// tell; it is known to be unknown.
    fn rest(&mut self) {
        let is_down = self.truth.brokers.iter().any(|broker| broker.state != "up");
        let can_be_gone = is_down || !self.excuses.is_empty();
        let numbers = [
            ("end", &self.shown.ends),
            ("start", &self.shown.starts),
            ("leader", &self.shown.leaders),
            ("replicas", &self.shown.replicas),
            ("in-sync replicas", &self.shown.in_sync),
            ("under-replication", &self.shown.under_replicated),
            ("preference", &self.shown.preferred),
            ("commit", &self.shown.commits),
            ("lag", &self.shown.lags),
        ];
        let mut wrong: Vec<String> = Vec::new();
        for (what, left) in numbers {
            wrong
                .extend(left.iter().map(|(place, value)| format!("{what} of {place:?}: {value} of what is not there")));
        }
        wrong.extend(self.shown.partition_counts.keys().map(|topic| format!("topic {topic} is not there")));
        wrong.extend(self.shown.members.keys().map(|group| format!("members of {group}, which is not there")));
        let states = self.shown.states.iter().filter(|(_, state)| !can_be_gone || *state != "Unknown");
        wrong.extend(states.map(|(group, state)| format!("group {group} is {state} and not there")));
        for (group, topic) in self.shown.unknown.keys() {
            let known = self.truth.group(group);
            let is_excused = known.map_or(can_be_gone, |group| self.excuses.has_group(group));
            let is_hidden = self.truth.topic(topic).is_some_and(|topic| topic.hidden);
            if !is_excused && !is_hidden {
                wrong.push(format!("{group} does not read {topic}"));
            }
        }
        self.wrong.append(&mut wrong);
    }
}

/// Records between commit and end, less what was deleted unread where the start is known.
fn true_lag(committed: i64, partition: &PartitionTruth, is_start_known: bool) -> i64 {
    let from = if is_start_known { committed.max(partition.start) } else { committed };
    (partition.end - from).max(0)
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_missing_or_too_much_is_noticed() {
    let settings = highwater::config::PollSettings::default();
    let mut lab = Lab::new(&super::crowd::cluster(3, 1), super::crowd::crowd(10), settings).await;
    lab.poll().await;
    let page = lab.poll().await;
    let (truth, none) = (lab.truth(), Excuses::default());
    assert_eq!(differences(&page, &truth, &none), Vec::<String>::new());
    lab.pass(super::lab::INTERVAL);
    assert!(differences(&page, &lab.truth(), &none).len() > 20, "the page is of another moment");
    let mut more = truth.clone();
    more.topics.retain(|topic| topic.name != "topic-2");
    more.groups.retain(|group| group.name != "group-4");
    let wrong = differences(&page, &more, &none).join("\n");
    assert!(wrong.contains("topic topic-2 is not there") && wrong.contains("group group-4 is"), "{wrong}");
    assert!(wrong.contains("there is no such topic") && wrong.contains("there is no such group"), "{wrong}");
    let mut other = truth.clone();
    let ages = other.groups.iter_mut().flat_map(|group| &mut group.partitions).filter_map(|it| it.lag_seconds.as_mut());
    ages.for_each(|age| *age += 7200.0);
    other.topics[0].partitions[0].replicas = vec![1];
    other.brokers[2].state = "down".to_owned();
    let wrong = differences(&page, &other, &none).join("\n");
    for noticed in ["age of (", "replicas of (", "in-sync replicas of (", "brokers: Some(3)"] {
        assert!(wrong.contains(noticed), "{noticed} is not in {wrong}");
    }
    let mut less = truth.clone();
    less.groups[0].name = "group-x".to_owned();
    less.groups[0].coordinator = Some(2);
    let wrong = differences(&page, &less, &none).join("\n");
    assert!(wrong.contains("members of group-x: None is shown"), "{wrong}");
    let excuses = Excuses { brokers: BTreeSet::from([2]), ..Excuses::default() };
    assert!(!differences(&page, &less, &excuses).join("\n").contains("group-x"), "its coordinator excuses it");
}
