//! Why a group's series are what they are, or are not there, in sentences.
//!
//! No judgement of its own: each sentence says what the report, the filters or the options say.
//! Invariant: the output is bounded, and nothing in it can move a cursor, whoever made up the names.

mod hidden;
mod partitions;
mod rebalances;
mod skew;
mod topic;
mod why;
pub(super) mod words;

use std::cmp::Reverse;

use super::columns::printable;
use crate::model::{
    Capacity, ClusterReport, Filters, GroupReport, GroupState, GroupTopic, RenderOptions, Severity, Status, TopicReport,
};
use words::{counted, name, rate};
pub(super) use words::{number, time};

/// Topics that are told of in full.
const TOPICS_MAX: usize = 10;

/// What is asked, and everything that may answer it.
#[derive(Clone, Copy, Debug)]
pub struct Explain<'a> {
    /// The latest report of the group's cluster.
    pub report: &'a ClusterReport,
    /// The group, whether there is one of this name or not.
    pub group: &'a str,
    /// Only this topic of it.
    pub topic: Option<&'a str>,
    /// What is watched, where that is known.
    pub filters: Option<&'a dyn Filters>,
    /// What is put into the metrics, where that is known.
    pub options: Option<&'a RenderOptions>,
    /// Why polls after that of the report learned nothing, if they did not.
    pub last_error: Option<&'a str>,
}

/// Explains a group, or why there is none: sentences without line feeds, the most important first.
#[must_use]
pub fn explain(asked: &Explain<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    match asked.report.groups.iter().find(|group| group.id.as_str() == asked.group) {
        Some(group) => known(asked, group, &mut sentences),
        None => hidden::group(asked, &mut sentences),
    }
    sentences.into_iter().map(|sentence| printable(&sentence).into_owned()).collect()
}

fn known(asked: &Explain<'_>, group: &GroupReport, sentences: &mut Vec<String>) {
    sentences.push(identity(group));
    sentences.extend(commits(asked, group));
    sentences.extend(status(group));
    sentences.extend(members(group));
    if let Some(told) = &group.rebalances {
        let snapshot = &asked.report.snapshot;
        let silence = snapshot.followed.silence_of(&group.id);
        rebalances::tell(told, silence, snapshot.finished_at, sentences);
    }
    if let Some(capacity) = &group.capacity {
        sentences.push(needed(capacity, group));
    }
    topics(asked, group, sentences);
    hidden::series(asked, group, sentences);
    hidden::problems_of(asked, group, sentences);
}

fn identity(group: &GroupReport) -> String {
    let (who, kind, coordinator) = (name(&group.id), group.kind.word(), group.coordinator);
    let state = match group.state {
        GroupState::Unknown => "in an unknown state".to_owned(),
        state => format!("in state {}", state.word()),
    };
    let members = match group.member_count {
        Ok(0) => "without members".to_owned(),
        Ok(count) => format!("with {}", counted(count, "member", "members")),
        Err(unknown) => format!("whose members are not known, because {}", why::unknown_because(unknown)),
    };
    let begin = format!("{who} is a group of type {kind} {state}");
    format!("{begin}, {members}; its coordinator is broker {}.", coordinator.0)
}

/// What keeps a group from having any lag at all.
fn commits(asked: &Explain<'_>, group: &GroupReport) -> Option<String> {
    if !group.kind.commits_offsets() {
        return Some(format!(
            "Groups of type {} commit no offsets, so they have no lag that could be told.",
            group.kind.word()
        ));
    }
    let seen = asked.report.snapshot.groups.iter().find(|seen| seen.id == group.id);
    if let Some(Err(unknown)) = seen.map(|seen| seen.commits.as_ref().map_err(|unknown| *unknown)) {
        return Some(format!("What it committed is not known, because {}.", why::unknown_because(unknown)));
    }
    if !group.partitions.is_empty() {
        return None;
    }
    let filtered = seen.and_then(|seen| seen.commits.as_ref().ok()).map_or(0, |commits| commits.filtered_count);
    Some(match seen {
        _ if filtered > 0 => {
            let filtered = counted(filtered, "partition", "partitions");
            format!("It committed on {filtered} of topics that `topics` filters out, and no lag is told of those.")
        }
        Some(seen) if seen.is_listed_for_commits() => {
            let why = "either DESCRIBE on their topics is missing, or they have just expired";
            format!(
                "No commit of it is shown to us. Kafka lists a group without members as long as it has commits, so {why}."
            )
        }
        _ => "It committed no offset and owns no partition, so it has no lag.".to_owned(),
    })
}

fn status(group: &GroupReport) -> Option<String> {
    if group.partitions.is_empty() || !group.kind.commits_offsets() {
        return None;
    }
    let worst = name(group.status.word());
    // What a storm adds has a sentence of its own.
    let is_in_storm = group.rebalances.as_ref().is_some_and(|rebalances| rebalances.storm.is_some());
    let severity = if is_in_storm { group.status.severity() } else { group.severity };
    let severity = match severity {
        Severity::Ok => String::new(),
        severity => format!(" ({})", severity.word()),
    };
    let counts = partitions::counts(&group.partitions);
    if counts.is_empty() {
        return Some(format!("Its status is {worst}: its members subscribe to none of the topics it committed to."));
    }
    Some(format!("Its status is {worst}{severity}, the worst of its partitions: {counts}."))
}

fn members(group: &GroupReport) -> Option<String> {
    let part = |count: Option<usize>, one: &str, many: &str| {
        count.filter(|count| *count > 0).map(|count| counted(count, one, many))
    };
    let words: Vec<String> = [
        part(group.idle_member_count, "member owns nothing", "members own nothing"),
        part(group.unassigned_partition_count, "partition has no owner", "partitions have no owner"),
        part(
            group.uncommitted_partition_count,
            "owned partition was never committed",
            "owned partitions were never committed",
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    if words.is_empty() { None } else { Some(format!("{}.", words::listed(&words))) }
}

/// How many members it takes.
fn needed(capacity: &Capacity, group: &GroupReport) -> String {
    let Capacity { per_member, produced_per_second, to_keep_pace, to_drain, drain_within, partitions } = *capacity;
    let produced = rate(produced_per_second);
    // No partition is read by two members.
    let most: f64 = std::iter::repeat_n(per_member, partitions).sum();
    let keep = match to_keep_pace {
        _ if most < produced_per_second => format!("No number of members keeps up with {produced} records/s"),
        1 => format!("1 member keeps up with {produced} records/s"),
        count => format!("{} members keep up with {produced} records/s", number(count)),
    };
    let run = match group.member_count {
        Ok(1) => "1 runs".to_owned(),
        Ok(count) => format!("{} run", number(count)),
        Err(_) => "how many run is not known".to_owned(),
    };
    let help = match partitions {
        1 => "what it reads has 1 partition, so at most 1 helps".to_owned(),
        count => format!("what it reads has {0} partitions, so at most {0} help", number(count)),
    };
    let drain = match to_drain {
        Some(members) if members <= to_keep_pace => String::new(),
        Some(members) => format!("; {} also read what is behind within {}", number(members), time(drain_within)),
        None if most < produced_per_second => String::new(),
        None => format!("; not even as many as partitions read what is behind within {}", time(drain_within)),
    };
    format!("{keep}; {run}; {help}{drain}; one member was seen to read {} records/s.", rate(per_member))
}

fn topics(asked: &Explain<'_>, group: &GroupReport, sentences: &mut Vec<String>) {
    let wanted = |topic: &&GroupTopic| asked.topic.is_none_or(|name| name == topic.topic.as_str());
    let mut topics: Vec<(Status, &GroupTopic)> =
        group.topics.iter().filter(wanted).map(|topic| (group.worst_on(topic).unwrap_or(Status::Ok), topic)).collect();
    topics.sort_by_key(|(worst, topic)| (*worst, Reverse(topic.lag), &topic.topic));
    for (_, topic) in topics.iter().take(TOPICS_MAX) {
        tell(asked, group, topic, sentences);
    }
    if let Some((worst, _)) = topics.get(TOPICS_MAX) {
        let more = counted(topics.len() - TOPICS_MAX, "more topic, which is", "more topics, of which none is");
        let than = if topics.len() - TOPICS_MAX == 1 { "" } else { "worse than " };
        sentences.push(format!("It reads {more} {than}{}.", name(worst.word())));
    }
    if let Some(topic) = asked.topic.filter(|_| topics.is_empty()) {
        hidden::topic(asked, topic, sentences);
    }
}

fn tell(asked: &Explain<'_>, group: &GroupReport, topic: &GroupTopic, sentences: &mut Vec<String>) {
    let snapshot = &asked.report.snapshot;
    let place = snapshot.place_of(&topic.topic);
    let listed = place.and_then(|place| snapshot.topics.get(place));
    let report = place.and_then(|place| asked.report.topics.get(place)).cloned();
    let lags = group.partitions_of(topic);
    let about = topic::About {
        topic,
        partition_count: lags.len(),
        listed,
        report: report.unwrap_or(TopicReport::default()),
        now: snapshot.finished_at,
    };
    topic::tell(&about, sentences);
    sentences.extend(topic::markers(&about, lags));
    sentences.extend(topic::remote(&about, lags));
    if let Some(skew) = about.report.skew.as_ref() {
        skew::hot(&topic.topic, skew, sentences);
    }
    skew::slow(topic, sentences);
    partitions::tell(topic, lags, listed, sentences);
}

#[cfg(test)]
mod tests;
