//! The words for each status, each rule that gives one, and each reason for not knowing.
//!
//! Not the choice of what is worth saying.
//! Invariant: every variant has its words; a new one does not compile without.

use super::words::{counted, number, rate, time};
use crate::model::{Because, Condition, Partition, PartitionLag, ProblemKind, Status, Unknown};

/// What one partition, or many, are or have.
pub(super) fn verdict(status: Status, is_one: bool) -> &'static str {
    let (one, many) = match status {
        Status::Truncated => ("lost records that were read (`truncated`)", "lost records that were read (`truncated`)"),
        Status::DataLoss => ("lost unread records (`data_loss`)", "lost unread records (`data_loss`)"),
        Status::Stopped => ("is stopped", "are stopped"),
        Status::Stalled => ("is stalled", "are stalled"),
        Status::Unassigned => ("is unassigned", "are unassigned"),
        Status::Recreated => ("was recreated", "were recreated"),
        Status::Ahead => ("has a commit ahead of its end (`ahead`)", "have commits ahead of their ends (`ahead`)"),
        Status::NoCommit => ("has no commit", "have no commit"),
        Status::TxnBlocked => {
            ("is held up by a transaction (`txn_blocked`)", "are held up by transactions (`txn_blocked`)")
        }
        Status::FallingBehind => ("is falling behind", "are falling behind"),
        Status::Rewind => ("was rewound (`rewind`)", "were rewound (`rewind`)"),
        Status::Unknown => ("cannot be judged (`unknown`)", "cannot be judged (`unknown`)"),
        Status::LaggingSteady => {
            ("is behind at a steady distance (`lagging_steady`)", "are behind at a steady distance (`lagging_steady`)")
        }
        Status::CatchingUp => ("is catching up", "are catching up"),
        Status::Ok => ("is ok", "are ok"),
    };
    if is_one { one } else { many }
}

/// What a rule went by.
pub(super) fn because(lag: &PartitionLag, partition: Option<&Partition>) -> String {
    match lag.because {
        Because::NotLearned => lag.lag().err().or(lag.committed_offset().err()).map_or_else(
            || "not enough was learned in the last poll".to_owned(),
            |unknown| format!("the lag is not known, because {}", unknown_because(unknown)),
        ),
        Because::Condition => condition(lag, partition),
        Because::Lost { records } => {
            format!("{} deleted before the group read them", counted(records, "record was", "records were"))
        }
        Because::OpenTransaction { hidden } => {
            let hidden = counted(hidden, "offset", "offsets");
            format!("the group has read all it may, and a transaction that is open hides {hidden}")
        }
        Because::CaughtUp => "its lag is no more than what is produced between two commits".to_owned(),
        Because::OnlyMarkers => {
            "all that is left are markers of transactions and records of aborted ones, which consumers of \
             committed records pass over"
                .to_owned()
        }
        Because::CaughtUpLately { seconds_ago } => format!("it was caught up {} ago", time(seconds_ago.into())),
        Because::TooShort { watched, wanted } => {
            let (watched, wanted) = (time(watched.into()), time(wanted.into()));
            format!("it was watched for {watched}, and a judgement takes {wanted}")
        }
        Because::NotMoved { seconds, allowed } => {
            let (seconds, allowed) = (time(seconds.into()), time(allowed.into()));
            format!("its commit has not moved for {seconds}, where {allowed} are allowed")
        }
        Because::NoOwner => "the group subscribes to the topic, and no member owns the partition".to_owned(),
        Because::WentBack { offsets } => {
            format!("its commit went back and is {} short of where it was", counted(offsets, "offset", "offsets"))
        }
        Because::Trend { velocity, z } => {
            format!("its time lag {} (z = {z:.1})", movement(velocity.into()))
        }
        Because::NoTrend => "its time lag follows no trend".to_owned(),
    }
}

/// How lag in time moves.
pub(super) fn movement(velocity: f64) -> String {
    /// Slower than this is said to be no movement: 3 s in five minutes.
    const LEAST: f64 = 0.01;
    let speed = rate(velocity.abs());
    match velocity {
        _ if velocity.abs() < LEAST => "neither grows nor shrinks".to_owned(),
        0.99.. => format!("grows by {speed} s every second, as it does when nothing is read"),
        0.0.. => format!("grows by {speed} s every second"),
        _ => format!("shrinks by {speed} s every second"),
    }
}

fn condition(lag: &PartitionLag, partition: Option<&Partition>) -> String {
    let committed = lag.committed_offset().map_or_else(|_| String::new(), |offset| format!(" {}", number(offset)));
    let end = partition.and_then(|partition| partition.high_watermark.ok());
    let end = end.map_or_else(String::new, |end| format!(" {}", number(end.offset)));
    let start = partition.and_then(|partition| partition.low_watermark.ok());
    let start = start.map_or_else(String::new, |start| format!(" {}", number(start)));
    match lag.condition {
        Condition::Normal | Condition::BelowLogStart if lag.status == Status::Truncated => {
            format!("the log was cut below the commit{committed} and has grown beyond it since")
        }
        Condition::Normal => format!("the commit{committed} lies between start{start} and end{end}"),
        Condition::NoCommit => "the group owns it and never committed an offset for it".to_owned(),
        Condition::BelowLogStart => format!("the commit{committed} lies below the start{start} of the log"),
        Condition::Ahead if lag.status == Status::Truncated => {
            format!("the log was cut: it ends at{end}, below the commit{committed}, as after an unclean election")
        }
        Condition::Ahead => {
            format!("the commit{committed} lies beyond the end{end}: the log was cut, or the commit is wrong")
        }
        Condition::Recreated => {
            format!("the commit{committed} is of a topic of this name that was deleted and made anew")
        }
        Condition::Unknown => "commit or partition could not be read".to_owned(),
    }
}

/// What retention took before it was read, whatever the status goes by: also where that was before anybody watched.
pub(super) fn deleted(lag: &PartitionLag, partition: Option<&Partition>) -> Option<String> {
    let deleted = lag.deleted_unread(partition);
    let is_said = matches!(lag.because, Because::Lost { records } if Some(records) == deleted);
    if lag.condition != Condition::BelowLogStart || is_said {
        return None;
    }
    let start = partition.and_then(|partition| partition.low_watermark.ok());
    let Some((deleted, start)) = deleted.zip(start) else {
        return Some("the log starts beyond its commit, and what lay between was deleted unread".to_owned());
    };
    let deleted = counted(deleted, "offset before it was", "offsets before it were");
    Some(format!("the log starts at {}, and {deleted} deleted unread", number(start)))
}

/// Why something is not known, to follow a `because`.
pub(super) fn unknown_because(unknown: Unknown) -> String {
    match unknown {
        Unknown::NoLeader => "no broker leads the partition now, so nobody tells where it ends".to_owned(),
        Unknown::NotListed => {
            "the topic is not in the cluster's metadata: it was deleted, or DESCRIBE on it is missing".to_owned()
        }
        Unknown::Failed(kind) => failure(kind),
        Unknown::NoCoordinator => "no coordinator was found for the group, and nobody else knows".to_owned(),
        Unknown::NoCommit => "the group never committed an offset there".to_owned(),
        Unknown::NotAsked => "that is not asked for".to_owned(),
    }
}

fn failure(kind: ProblemKind) -> String {
    let word = kind.word();
    if let Some(resource) = kind.denied() {
        return format!("DESCRIBE on the {} is missing (`{word}`)", resource.word());
    }
    let what = match kind {
        ProblemKind::Connect
        | ProblemKind::Disconnected
        | ProblemKind::Timeout
        | ProblemKind::BackingOff
        | ProblemKind::PollDeadline => "the broker that knows it is silent",
        ProblemKind::NotCoordinator | ProblemKind::CoordinatorLoading | ProblemKind::CoordinatorNotAvailable => {
            "the group's coordinator is moving or loading"
        }
        ProblemKind::NotLeader
        | ProblemKind::LeaderNotAvailable
        | ProblemKind::FencedLeaderEpoch
        | ProblemKind::UnknownLeaderEpoch
        | ProblemKind::OffsetNotAvailable => "the partition's leader is changing",
        ProblemKind::UnknownTopicOrPartition => "the leader knows no such partition",
        ProblemKind::GroupNotFound => "the coordinator knows no such group",
        ProblemKind::UnsupportedVersion => "the broker does not understand the question",
        ProblemKind::TooLarge => "the answer is larger than `poll.frame_bytes_max`",
        _ => "the broker's answer does not tell it",
    };
    format!("{what} (`{word}`)")
}
