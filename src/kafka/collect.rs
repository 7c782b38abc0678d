//! One poll, from metadata to the last offset: which question comes when, and where its answer goes.
//!
//! It draws no conclusions and decides no rhythm.
//! Invariant: commits are read before ends, so that an end is never older than the commit it is
//! compared with.

mod avoided;
mod commits;
mod configs;
mod describe;
mod known;
mod listing;
mod members;
mod moved;
mod offsets;
mod refresh;
mod tally;
mod wishes;

use std::sync::Arc;

use crate::config::{ClusterConfig, NameFilter, PollSettings};
use crate::model::{Clock, ClusterSnapshot, Phase, Problem, Question, SnapshotBuilder, Subject, TopicIndex, Wishes};
use crate::telemetry::ClusterMetrics;

use super::ask::may_name_topic;
use super::ask::metadata::{ClusterMetadata, TopicsWanted};
use super::fleet::{Failure, Fleet};
use super::poll::{Poll, now};
use super::stream::{Dial, Tcp};
use super::{ClusterSource, LearnedNothing};

use known::{KnownGroups, Listing};
use members::Memory;
use offsets::KnownAhead;
use tally::Tally;
use wishes::Extras;

/// A Kafka cluster that is asked over its own protocol.
pub struct KafkaCluster {
    config: ClusterConfig,
    settings: PollSettings,
    metrics: ClusterMetrics,
    clock: Arc<dyn Clock>,
    dial: Arc<dyn Dial>,
    wanted: TopicsWanted,
    fleet: Fleet,
    known: KnownGroups,
    members: Memory,
    known_ahead: KnownAhead,
    extras: Extras,
    poll_count: u64,
}

/// What the steps of one poll work on.
struct Round<'a> {
    config: &'a ClusterConfig,
    fleet: &'a mut Fleet,
    poll: &'a Poll,
    builder: SnapshotBuilder,
    tally: Tally,
    listing: Listing,
    memory: &'a mut Memory,
}

impl KafkaCluster {
    /// Prepares to ask; nothing is connected before the first poll.
    #[must_use]
    pub fn new(config: ClusterConfig, settings: PollSettings, metrics: ClusterMetrics, clock: Arc<dyn Clock>) -> Self {
        Self {
            fleet: Fleet::new(config.bootstrap.clone()),
            wanted: TopicsWanted::new(config.topics.clone()),
            known: KnownGroups::new(settings.stale_after),
            members: Memory::default(),
            known_ahead: KnownAhead::default(),
            extras: Extras::default(),
            poll_count: 0,
            config,
            settings,
            metrics,
            clock,
            dial: Arc::new(Tcp),
        }
    }

    /// The same, connecting in another way than by TCP.
    #[must_use]
    pub fn dialing(self, dial: Arc<dyn Dial>) -> Self {
        Self { dial, ..self }
    }

    fn begin(&mut self) -> Poll {
        self.poll_count += 1;
        Poll {
            deadline: now() + self.settings.timeout,
            request_timeout: self.settings.request_timeout,
            frame_bytes_max: self.settings.frame_bytes_max,
            groups_per_request: self.settings.groups_per_request.max(1),
            number: self.poll_count,
            client_id: Arc::from(self.config.client_id.as_str()),
            dial: Arc::clone(&self.dial),
            metrics: self.metrics.clone(),
            clock: Arc::clone(&self.clock),
        }
    }
}

impl ClusterSource for KafkaCluster {
    async fn collect(&mut self, wishes: &Wishes) -> Result<ClusterSnapshot, LearnedNothing> {
        let poll = self.begin();
        let started = self.clock.moment();
        let found = self.fleet.metadata(&self.wanted, &poll).await.map_err(nobody_answered)?;
        let mut round = Round {
            config: &self.config,
            fleet: &mut self.fleet,
            poll: &poll,
            builder: SnapshotBuilder::new(self.config.name.clone(), started),
            tally: Tally::default(),
            listing: Listing::default(),
            memory: &mut self.members,
        };
        round.found_metadata(found);
        round.memory.begin(&mut round.builder);
        let mut stopwatch = started;
        let mut finished = |round: &mut Round<'_>, phase: Phase| {
            let now = poll.clock.moment();
            round.builder.finished_phase(phase, now.since(stopwatch));
            stopwatch = now;
        };
        finished(&mut round, Phase::Metadata);
        let unlisted = round.list_groups(&self.known).await;
        finished(&mut round, Phase::Groups);
        let silent = round.silent();
        let mut again = round.describe_groups().await;
        finished(&mut round, Phase::Describe);
        again.moved.extend(round.read_commits().await);
        round.follow_moved_groups(again, unlisted).await;
        finished(&mut round, Phase::Commits);
        round.read_ends(&self.wanted, &mut self.known_ahead).await;
        finished(&mut round, Phase::Ends);
        round.read_starts().await;
        round.refresh(&silent).await;
        finished(&mut round, Phase::Starts);
        let silent = round.silent();
        round.grant(wishes, &mut self.extras).await;
        round.refresh(&silent).await;
        finished(&mut round, Phase::Wishes);
        let Round { mut builder, tally, listing, .. } = round;
        for problem in tally.into_problems() {
            builder.found_problem(problem);
        }
        self.known.remember(builder.groups(), listing, self.clock.moment());
        let mut snapshot = builder.build(self.clock.moment(), self.clock.timestamp());
        self.members.finish(&mut snapshot);
        Ok(snapshot)
    }
}

impl Round<'_> {
    fn found_metadata(&mut self, found: ClusterMetadata) {
        self.builder.found_brokers(found.brokers);
        for topic in found.topics {
            self.builder.found_topic(topic);
        }
        for (topic, refusal) in found.refused {
            self.tally.refused(Question::Metadata, None, &refusal, || Subject::Topic(topic));
        }
    }
}

/// The index of a topic that a group names; `None` for one that is not watched, or that can be none.
/// Members write their assignments themselves, so these may name what no topic is called.
fn watched_topic(builder: &mut SnapshotBuilder, filter: &NameFilter, name: &str) -> Option<TopicIndex> {
    // What the builder knows has passed the filter, which costs more than looking it up.
    builder
        .known_topic(name)
        .or_else(|| (may_name_topic(name) && filter.passes(name)).then(|| builder.topic_index(name)))
}

fn nobody_answered(failures: Vec<Failure>) -> LearnedNothing {
    /// Of a large cluster that is gone, these addresses say as much as all.
    const TOLD_MAX: usize = 10;
    let told: Vec<&str> = failures.iter().take(TOLD_MAX).map(|failure| failure.sentence.as_str()).collect();
    let told = told.join("; ");
    let sentence = match failures.len().saturating_sub(TOLD_MAX) {
        0 => format!("no broker answered: {told}"),
        more => format!("no broker answered: {told}; and {more} more"),
    };
    let problems = failures.into_iter().take(TOLD_MAX).map(|failure| Problem {
        question: Question::Metadata,
        broker: failure.broker,
        subject: if failure.broker.is_some() { Subject::Broker } else { Subject::Cluster },
        kind: failure.kind,
        count: 1,
        detail: failure.sentence,
    });
    LearnedNothing { problems: problems.collect(), sentence }
}
