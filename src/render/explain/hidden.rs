//! What hides a group, a topic or a series: filters, options, rights, and what a poll could not learn.
//!
//! Not a guess: where several things may hide a name, all of them are named.
//! Invariant: the output is bounded, however much went wrong.

use super::Explain;
use super::words::{counted, name, names};
use crate::model::{BrokerId, Group, GroupReport, PartitionDetail, Problem, Question, Subject, Verdict};

/// Problems and names that are shown.
const SHOWN_MAX: usize = 5;

/// Why there is no such group.
pub(super) fn group(asked: &Explain<'_>, sentences: &mut Vec<String>) {
    let who = name(asked.group);
    let groups = &asked.report.groups;
    match asked.filters.map(|filters| filters.group(asked.group)) {
        Some(Verdict::Excluded(pattern)) => {
            sentences.push(format!("Group {who} is not watched: {} of `groups.exclude` matches it.", name(&pattern)));
            return;
        }
        Some(Verdict::NotIncluded) => {
            sentences.push(format!("Group {who} is not watched: no pattern of `groups.include` matches it."));
            return;
        }
        Some(Verdict::Watched) => {
            let seen = counted(groups.len(), "group that is", "groups that are");
            sentences.push(format!("No broker listed group {who} in the last poll, which saw {seen} watched."));
            sentences.push("The filters let its name pass.".to_owned());
        }
        None => {
            let seen = counted(groups.len(), "group", "groups");
            sentences.push(format!("No broker listed group {who} in the last poll, which saw {seen}."));
        }
    }
    let similar = similar(asked);
    if !similar.is_empty() {
        sentences.push(format!("There is {}.", names(similar)));
    }
    sentences.push(
        "Kafka lists a group while it has members or committed offsets, and forgets it when the last offset has expired."
            .to_owned(),
    );
    sentences.push("Kafka hides groups on which DESCRIBE is missing, without an error.".to_owned());
    let concerns = |problem: &&Problem| {
        matches!(problem.question, Question::ListGroups | Question::FindCoordinator | Question::ApiVersions)
            || is_about_group(problem, asked.group)
    };
    problems(asked, concerns, sentences);
}

/// Groups whose names differ only a little, or in their case.
fn similar<'a>(asked: &Explain<'a>) -> Vec<&'a str> {
    const LEAST: f64 = 0.85;
    let wanted = asked.group.to_lowercase();
    let close = |id: &&str| strsim::normalized_damerau_levenshtein(&id.to_lowercase(), &wanted) >= LEAST;
    asked.report.groups.iter().map(|group| group.id.as_str()).filter(close).take(SHOWN_MAX).collect()
}

/// Why the group has nothing on a topic.
pub(super) fn topic(asked: &Explain<'_>, topic: &str, sentences: &mut Vec<String>) {
    let what = name(topic);
    match asked.filters.map(|filters| filters.topic(topic)) {
        Some(Verdict::Excluded(pattern)) => {
            sentences.push(format!("Topic {what} is not watched: {} of `topics.exclude` matches it.", name(&pattern)));
            return;
        }
        Some(Verdict::NotIncluded) => {
            sentences.push(format!("Topic {what} is not watched: no pattern of `topics.include` matches it."));
            return;
        }
        Some(Verdict::Watched) | None => {}
    }
    let who = name(asked.group);
    sentences
        .push(format!("Group {who} committed no offset on topic {what}, and no member of it owns a partition there."));
    let is_listed = asked.report.snapshot.topics.iter().any(|listed| listed.is_listed && listed.name.as_str() == topic);
    if !is_listed {
        sentences.push(format!(
            "Topic {what} is not in the cluster's metadata: there is none, or DESCRIBE on it is missing, which also hides \
             commits on it."
        ));
    }
}

/// What is left out of the metrics though it is known.
pub(super) fn series(asked: &Explain<'_>, group: &GroupReport, sentences: &mut Vec<String>) {
    let hidden = unseen_partition_count(asked, group);
    if hidden > 0 {
        let hidden = counted(hidden, "partition", "partitions");
        sentences.push(format!("Its members also own {hidden} of topics that `topics` filters out."));
    }
    let Some(options) = asked.options else { return };
    match options.partitions {
        PartitionDetail::All => {}
        PartitionDetail::Lagging => sentences
            .push("Partitions without unread records have no series: `metrics.partitions` is `lagging`.".to_owned()),
        PartitionDetail::None => {
            sentences.push("Partitions have no series of their own: `metrics.partitions` is `none`.".to_owned());
        }
    }
    let excluded = options.excluded_families.iter().filter(|family| family.starts_with("kafka_consumergroup_"));
    let excluded: Vec<&str> = excluded.map(String::as_str).collect();
    if !excluded.is_empty() {
        sentences.push(format!("`metrics.families.exclude` leaves out {}.", names(excluded)));
    }
}

fn unseen_partition_count(asked: &Explain<'_>, group: &GroupReport) -> usize {
    let seen = asked.report.snapshot.groups.iter().find(|seen| seen.id == group.id);
    let assignments = seen.into_iter().flat_map(Group::assignments);
    assignments.map(|owned| owned.partition_count.saturating_sub(owned.partitions.len())).sum()
}

/// What the poll could not learn that may concern the group.
pub(super) fn problems_of(asked: &Explain<'_>, group: &GroupReport, sentences: &mut Vec<String>) {
    let concerns = |problem: &&Problem| match &problem.subject {
        Subject::Cluster => true,
        Subject::Broker => problem.broker.is_none_or(|broker| depends_on(asked, group, problem.question, broker)),
        Subject::Topic(topic) => problem.count > 1 || group.topics.iter().any(|read| read.topic == *topic),
        Subject::Group(_) => is_about_group(problem, asked.group),
    };
    problems(asked, concerns, sentences);
}

/// Whether a broker's silence on this question leaves something of the group unknown.
fn depends_on(asked: &Explain<'_>, group: &GroupReport, question: Question, broker: BrokerId) -> bool {
    match question {
        Question::ListGroups | Question::DescribeGroups | Question::ConsumerGroupDescribe | Question::OffsetFetch => {
            group.coordinator == broker
        }
        Question::ListOffsets => {
            let topics = &asked.report.snapshot.topics;
            let read = topics.iter().filter(|listed| group.topics.iter().any(|topic| topic.topic == listed.name));
            read.flat_map(|topic| &topic.partitions).any(|partition| partition.leader == Some(broker))
        }
        _ => true,
    }
}

/// A problem names the first of those it is about.
fn is_about_group(problem: &Problem, group: &str) -> bool {
    matches!(&problem.subject, Subject::Group(id) if problem.count > 1 || id.as_str() == group)
}

fn problems(asked: &Explain<'_>, concerns: impl Fn(&&Problem) -> bool, sentences: &mut Vec<String>) {
    let found: Vec<&Problem> = asked.report.snapshot.problems.iter().filter(concerns).collect();
    for problem in found.iter().take(SHOWN_MAX) {
        let right = problem
            .kind
            .denied()
            .map_or_else(String::new, |resource| format!(" Grant the exporter DESCRIBE on the {}.", resource.word()));
        let detail = problem.detail.trim_end().trim_end_matches('.');
        sentences.push(format!("Not learned in the last poll: {detail} ({}).{right}", name(problem.kind.word())));
    }
    if found.len() > SHOWN_MAX {
        sentences.push(format!("{} more could not be learned.", counted(found.len() - SHOWN_MAX, "thing", "things")));
    }
    if let Some(error) = asked.last_error {
        sentences.push(format!("A later poll learned nothing: {}.", error.trim_end().trim_end_matches('.')));
    }
}
