//! How often a group rebalances, who says so, and what to do where it does not end.
//!
//! Not the rules; the words for what they found.
//! Invariant: a lower bound is never told as a count.

use super::words::{counted, listed, name, time};
use crate::model::{AtFault, RebalanceSource, Rebalances, Silence, Storm, StormCause, StormRule, Timestamp};

/// Sentences about a group's rebalances, a storm first; `silence` says why the offsets topic does not tell of them.
pub(super) fn tell(rebalances: &Rebalances, silence: Option<Silence>, now: Timestamp, sentences: &mut Vec<String>) {
    if let Some(told) = &rebalances.storm {
        sentences.push(storm(told, now));
        sentences.extend(rebalances.at_fault.as_deref().map(at_fault));
        sentences.push(format!("{}.", advice(told.cause)));
    }
    sentences.push(count(rebalances, now));
    if rebalances.source == RebalanceSource::Poll {
        sentences.extend(silence.map(|silence| format!("{}.", silence_phrase(silence))));
    }
    if rebalances.is_rollout {
        sentences.push(
            "Its processes are being replaced, each once, as in a deploy: it rebalances for that, which is no storm."
                .to_owned(),
        );
    }
}

fn ago(then: Timestamp, now: Timestamp) -> String {
    time((now.unix_seconds() - then.unix_seconds()).max(0.0))
}

fn storm(storm: &Storm, now: Timestamp) -> String {
    let rules: Vec<String> = storm.rules.iter().map(|rule| rule_phrase(rule).to_owned()).collect();
    let because = if rules.is_empty() { String::new() } else { format!(", because {}", listed(&rules)) };
    format!(
        "It is in a storm of rebalances, found {} ago{because}; the cause is {}: {}.",
        ago(storm.since, now),
        name(storm.cause.word()),
        cause_phrase(storm.cause)
    )
}

fn at_fault(member: &AtFault) -> String {
    let AtFault { member_id, group_instance_id, client_id, client_host, others } = member;
    let who = match group_instance_id {
        Some(instance) => format!("the static member {} of client {}", name(instance), name(client_id)),
        None => format!("client {}", name(client_id)),
    };
    let beside = match others {
        0 => String::new(),
        _ => format!(", and {} with it", counted(*others, "other", "others")),
    };
    format!("It comes from {who} on {}, last seen as member {}{beside}.", name(client_host), name(member_id))
}

/// Why nothing but polls tells of rebalances, and what would change that.
pub(super) fn silence_phrase(silence: Silence) -> &'static str {
    match silence {
        Silence::Off => {
            "The offsets topic is not followed, because `offsets_topic` is `off`; following it would count each rebalance"
        }
        Silence::Beginning => "The offsets topic is not followed yet: that begins after the first poll",
        Silence::NoRight => {
            "The offsets topic is not followed, because READ on `__consumer_offsets` is missing; with it each rebalance \
             would be counted"
        }
        Silence::NoTopic => "The offsets topic is not followed, because there is no `__consumer_offsets` yet",
        Silence::Behind => {
            "The offsets topic is followed, but not all of it is heard at present: partitions are behind or their leaders \
             out of reach"
        }
        Silence::NoLeader => {
            "The offsets topic is followed, but for the partition that tells of this group: it has no leader"
        }
        Silence::Failed => "The offsets topic cannot be followed at present, and that is tried again; the log says why",
    }
}

fn count(rebalances: &Rebalances, now: Timestamp) -> String {
    let (total, of_polls) = (rebalances.total(), rebalances.count(RebalanceSource::Poll));
    let source = match rebalances.source {
        RebalanceSource::Offsets => "the offsets topic tells of them, which misses none after the first",
        RebalanceSource::Epoch => "its group epoch counts them, which misses none",
        RebalanceSource::Poll => "polls tell of them, which miss those that leave no trace",
    };
    let how_many = if total == 0 {
        "No rebalance was seen since it is watched".to_owned()
    } else {
        let begin = if total == 1 { "There was" } else { "There were" };
        let at_least = if of_polls > 0 || rebalances.gap_count > 0 { " at least" } else { "" };
        let last = rebalances.last.map(|last| format!(", the last {} ago", ago(last, now))).unwrap_or_default();
        format!("{begin}{at_least} {} since it is watched{last}", counted(total, "rebalance", "rebalances"))
    };
    let gaps = match rebalances.gap_count {
        0 => String::new(),
        gaps => format!("; the offsets topic fell silent {}", counted(gaps, "time", "times")),
    };
    let aborted = match rebalances.aborted {
        Some(aborted) if aborted > 0 => format!("; {} overtaken by the next", counted(aborted, "was", "were")),
        _ => String::new(),
    };
    format!("{how_many}{aborted}: {source}{gaps}.")
}

/// What a rule found.
pub(super) fn rule_phrase(rule: StormRule) -> &'static str {
    match rule {
        StormRule::Flapping => "one member comes again and again",
        StormRule::WithoutReason => "it rebalances without reason",
        StormRule::Excess => "it rebalances more than members that come and go account for",
        StormRule::Unavailable => "it cannot work for much of the time",
        StormRule::Aborted => "rebalances overtake each other",
    }
}

/// What a cause is.
pub(super) fn cause_phrase(cause: StormCause) -> &'static str {
    match cause {
        StormCause::CoordinatorChanged => "the coordination moves from broker to broker",
        StormCause::MetadataChange => "topics it reads come, go or grow",
        StormCause::MaxPollExceeded => {
            "a member is thrown out each time after the same while, as it is when it processes for longer than \
             `max.poll.interval.ms`"
        }
        StormCause::SessionTimeout => "members are silent for longer than `session.timeout.ms`, and come back",
        StormCause::CrashLoop => "a process ends soon after each start",
        StormCause::RolloutRepeated => "all processes are replaced, again and again",
        StormCause::SingleMember => "most of it is one member that comes and goes",
        StormCause::RolloutStuck => "a deploy took away members, and those that it brought do not stay",
        StormCause::RejoinLoop => "members join again though nobody comes or goes",
        StormCause::Unknown => "none that can be told from outside",
    }
}

/// What to do about it.
pub(super) fn advice(cause: StormCause) -> &'static str {
    match cause {
        StormCause::CoordinatorChanged => "Look for brokers that restart or lose their connection to the controller",
        StormCause::MetadataChange => {
            "Create topics and partitions together, or subscribe by name where a pattern matches more than is wanted"
        }
        StormCause::MaxPollExceeded => {
            "Lower `max.poll.records`, make processing faster, or raise `max.poll.interval.ms` above the slowest batch"
        }
        StormCause::SessionTimeout => {
            "Look for long pauses of garbage collection, starved processors or a bad network, or raise `session.timeout.ms`"
        }
        StormCause::CrashLoop => "Look at why the process ends; its own log says so, the group only shows that it does",
        StormCause::RolloutRepeated => {
            "Look at what deploys it so often, or give members a `group.instance.id` so that a restart moves nothing"
        }
        StormCause::SingleMember => "Look at the member that comes and goes, and the host it runs on",
        StormCause::RolloutStuck => "Look at why the new version ends, or take the deploy back",
        StormCause::RejoinLoop => {
            "Look at the log of the leader for why it joins again: subscriptions that differ from member to member, or a \
             client that reads metadata wrongly"
        }
        StormCause::Unknown => "Look at the logs of the members for why they join again",
    }
}
