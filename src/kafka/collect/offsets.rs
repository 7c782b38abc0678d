//! Where partitions end and start, asked of their leaders, all partitions of a leader at once.
//!
//! Not lag; a commit beyond the end only makes us look twice.
//! Invariant: a leader that cannot be asked makes its own partitions unknown and no others.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::model::{
    BrokerId, EndOffset, Partition, PartitionId, ProblemKind, Question, Subject, Topic, TopicIndex, TopicName, Unknown,
};

use super::super::ask::metadata::TopicsWanted;
use super::super::ask::offsets::{self, Edge};
use super::super::ask::partitions::Asked;
use super::super::code::{self, Refusal};
use super::Round;

pub(super) type Place = (TopicIndex, PartitionId);

/// Partitions whose end lay below a commit in the last poll too, so that asking twice is no news.
pub(super) type KnownAhead = HashSet<(TopicName, PartitionId)>;

impl Round<'_> {
    /// Asks for the ends; once more where the leader changed or a commit lies beyond the answer.
    pub(super) async fn read_ends(&mut self, wanted: &TopicsWanted, known_ahead: &mut KnownAhead) {
        let all: Vec<Place> = self.partitions().map(|(place, _)| place).collect();
        let mut doubtful = self.read(Edge::End, &all, false).await;
        let mut ahead = self.ahead();
        let is_news = |place: &Place| self.named(*place).is_none_or(|name| !known_ahead.contains(&name));
        doubtful.extend(ahead.iter().copied().filter(is_news));
        if !doubtful.is_empty() {
            doubtful.extend(self.follow_leaders(&doubtful, wanted).await);
            // Even without news of a leader it is asked again: it may have caught up since.
            let again: Vec<Place> = doubtful.into_iter().collect();
            self.read(Edge::End, &again, true).await;
            ahead = self.ahead();
        }
        *known_ahead = ahead.into_iter().filter_map(|place| self.named(place)).collect();
    }

    /// Asks for the starts. Whoever would not tell an end is not asked for the start as well: it is
    /// unknown for the same reason.
    pub(super) async fn read_starts(&mut self) {
        let (mut told, mut untold) = (Vec::new(), Vec::new());
        for ((topic, id), partition) in self.partitions() {
            match partition.high_watermark {
                Ok(_) => told.push((topic, id)),
                Err(unknown) => untold.push(((topic, id), unknown)),
            }
        }
        for ((topic, id), unknown) in untold {
            self.builder.found_start(topic, id, Err(unknown));
        }
        self.read(Edge::Start, &told, true).await;
    }

    pub(super) fn partitions(&self) -> impl Iterator<Item = (Place, &Partition)> {
        let topics = (0_u32..).map(TopicIndex).zip(self.builder.topics());
        topics
            .flat_map(|(index, topic)| topic.partitions.iter().map(move |partition| ((index, partition.id), partition)))
    }

    fn named(&self, (topic, partition): Place) -> Option<(TopicName, PartitionId)> {
        self.builder.topic(topic).map(|topic| (topic.name.clone(), partition))
    }

    /// Asks the leaders of these partitions, which are in order. Returns those that want fresh
    /// metadata, unless this is the last time of asking.
    pub(super) async fn read(&mut self, edge: Edge, places: &[Place], is_last: bool) -> BTreeSet<Place> {
        let jobs = self.by_leader(places.iter().map(|place| (*place, ())));
        let jobs: BTreeMap<BrokerId, Arc<Vec<Asked>>> =
            jobs.into_iter().map(|(leader, asked)| (leader, Arc::new(asked))).collect();
        let sent = jobs.clone();
        let poll = self.poll;
        let ask = async |link, asked: Arc<Vec<Asked>>| offsets::ask(link, edge, &asked, poll).await;
        let answers = self.fleet.on_each(jobs, ask).await;
        let mut moved = BTreeSet::new();
        for (broker, answer) in answers {
            match answer {
                Ok(edges) => {
                    for (topic, partition, (), outcome) in edges.offsets {
                        let end =
                            outcome.as_ref().map(|offset| EndOffset { offset: *offset, answered: edges.answered });
                        let end = end.map_err(|refusal| refusal.kind);
                        match outcome {
                            Err(refusal) if !is_last && code::wants_fresh_leader(refusal.kind) => {
                                moved.insert((topic, partition));
                            }
                            Err(refusal) => self.refused(broker, topic, &refusal),
                            Ok(_) => {}
                        }
                        self.found(edge, (topic, partition), end);
                    }
                }
                Err(error) => {
                    self.tally.broker_failed(Question::ListOffsets, broker, error.kind, error.to_string());
                    for asked in sent.get(&broker).into_iter().flat_map(|asked| asked.iter()) {
                        for (partition, ..) in &asked.partitions {
                            self.found(edge, (asked.topic, *partition), Err(error.kind));
                        }
                    }
                }
            }
        }
        moved
    }

    /// What each leader is to be asked of its partitions, which are in order, so that each topic is named once.
    pub(super) fn by_leader<Of>(
        &self,
        wanted: impl IntoIterator<Item = (Place, Of)>,
    ) -> BTreeMap<BrokerId, Vec<Asked<Of>>> {
        let mut jobs: BTreeMap<BrokerId, Vec<Asked<Of>>> = BTreeMap::new();
        for ((topic, id), of) in wanted {
            let Some(found) = self.builder.topic(topic) else { continue };
            let Some(partition) = found.partition(id) else { continue };
            let Some(leader) = partition.leader else { continue };
            let job = jobs.entry(leader).or_default();
            if job.last().is_none_or(|asked| asked.topic != topic) {
                job.push(Asked { topic, name: found.name.clone(), partitions: Vec::new() });
            }
            if let Some(asked) = job.last_mut() {
                asked.partitions.push((id, partition.leader_epoch, of));
            }
        }
        jobs
    }

    fn found(&mut self, edge: Edge, (topic, partition): Place, outcome: Result<EndOffset, ProblemKind>) {
        let outcome = outcome.map_err(Unknown::Failed);
        match edge {
            Edge::End => self.builder.found_end(topic, partition, outcome),
            Edge::Start => self.builder.found_start(topic, partition, outcome.map(|end| end.offset)),
            Edge::LastStable => self.builder.found_last_stable(topic, partition, outcome.map(|end| end.offset)),
        }
    }

    fn refused(&mut self, broker: BrokerId, topic: TopicIndex, refusal: &Refusal) {
        let name = self.builder.topic(topic).map(|topic| topic.name.clone());
        let subject = || name.map_or(Subject::Broker, Subject::Topic);
        self.tally.refused(Question::ListOffsets, Some(broker), refusal, subject);
    }

    /// Partitions with a commit beyond their end. Commits were read first, so a healthy log never
    /// shows that: the end may come from a leader that is not one any more, and does not know.
    fn ahead(&self) -> Vec<Place> {
        let commits = self.builder.groups().iter().filter_map(|group| group.commits.as_ref().ok());
        let offsets = commits.flat_map(|commits| &commits.offsets);
        let ahead = offsets.filter(|commit| {
            let partition = self.builder.topic(commit.topic).and_then(|topic| topic.partition(commit.partition));
            partition.is_some_and(|partition| partition.high_watermark.is_ok_and(|end| commit.offset > end.offset))
        });
        ahead.map(|commit| (commit.topic, commit.partition)).collect()
    }

    /// Asks for metadata once more and takes from it what it says of these partitions' leaders.
    /// Returns the partitions of topics that were made anew.
    async fn follow_leaders(&mut self, doubtful: &BTreeSet<Place>, wanted: &TopicsWanted) -> Vec<Place> {
        let Some((broker, fresh)) = self.fleet.second_metadata(wanted, self.poll).await else { return Vec::new() };
        let fresh: HashMap<TopicName, Topic> =
            fresh.topics.into_iter().map(|topic| (topic.name.clone(), topic)).collect();
        let doubtful: Vec<Place> = doubtful.iter().copied().collect();
        let (mut made_anew, mut has_news) = (Vec::new(), false);
        for places in doubtful.chunk_by(|left, right| left.0 == right.0) {
            let Some((index, _)) = places.first() else { continue };
            let Some(before) = self.builder.topic(*index) else { continue };
            match fresh.get(&before.name) {
                // Deleted while we were asking; unless its leaders knew it, and it is this broker that does not yet.
                None if places.iter().all(|place| self.is_unknown_topic(*place)) => {
                    let name = before.name.clone();
                    self.builder.found_topic(Topic {
                        name,
                        id: None,
                        is_listed: false,
                        partitions: Vec::new(),
                        config: None,
                    });
                    has_news = true;
                }
                None => {}
                // Deleted and made anew.
                Some(now) if now.id != before.id => {
                    made_anew.extend(now.partitions.iter().map(|partition| (*index, partition.id)));
                    self.builder.found_topic(now.clone());
                    has_news = true;
                }
                Some(now) => {
                    for partition in places.iter().filter_map(|(_, id)| now.partition(*id)) {
                        has_news |= self.follow_leader(*index, partition);
                    }
                }
            }
        }
        if has_news {
            self.fleet.prefer(broker);
        }
        made_anew
    }

    fn is_unknown_topic(&self, (topic, partition): Place) -> bool {
        let found = self.builder.topic(topic).and_then(|topic| topic.partition(partition));
        let unknown = Unknown::Failed(ProblemKind::UnknownTopicOrPartition);
        found.is_some_and(|found| found.high_watermark == Err(unknown))
    }

    /// Takes a partition's leader from metadata, unless what we know is newer. Says whether it is news.
    fn follow_leader(&mut self, topic: TopicIndex, now: &Partition) -> bool {
        let Some(known) = self.builder.topic(topic).and_then(|topic| topic.partition(now.id)) else { return false };
        let is_older = known.leader_epoch.zip(now.leader_epoch).is_some_and(|(known, now)| known > now);
        let is_news = !is_older && (known.leader, known.leader_epoch) != (now.leader, now.leader_epoch);
        if is_news {
            self.builder.found_leader(topic, now.id, now.leader, now.leader_epoch);
        }
        is_news
    }
}
