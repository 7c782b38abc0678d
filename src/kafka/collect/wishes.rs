//! What analysis wished for, and configurations, which change slowly: asked last, all leaders at once.
//!
//! Not needed: whoever does not answer in time costs these and nothing else.
//! Invariant: one request per leader and kind, and only to leaders that told their partitions' ends in this poll.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{
    BrokerId, EpochAnswer, Known, LastStable, MarkerAnswer, Moment, PartitionId, ProblemKind, Question, Subject,
    TimeAnswer, TimedOffset, Timestamp, TopicIndex, TopicName, Unknown, Wishes,
};

use super::super::ask::offsets::{self, Edge, Told};
use super::super::ask::partitions::{Asked, Outcome};
use super::super::ask::{configs, epochs, markers};
use super::super::code::{self, Refusal};
use super::super::error::Error;
use super::super::link::Link;
use super::super::poll::Poll;
use super::Round;
use super::avoided::Avoided;
use super::configs::KnownConfigs;
use super::offsets::Place;

/// What is known from one poll to the next.
#[derive(Debug)]
pub(super) struct Extras {
    configs: KnownConfigs,
    /// Topics of which we may not READ, or cannot.
    unreadable: Avoided<TopicName>,
    /// Brokers that fell silent when they were asked for this, and cost what else they had told.
    silent: Avoided<BrokerId>,
}

impl Default for Extras {
    fn default() -> Self {
        let (unreadable, silent) = (Duration::from_hours(1), Duration::from_mins(5));
        Self {
            configs: KnownConfigs::default(),
            unreadable: Avoided::for_a(unreadable),
            silent: Avoided::for_a(silent),
        }
    }
}

/// What one broker is to be asked.
#[derive(Debug, Default)]
struct Job {
    times: Vec<Asked<Timestamp>>,
    last_stable: Vec<Asked>,
    epochs: Vec<Asked<i32>>,
    markers: Vec<Asked<i64>>,
    configs: Vec<TopicName>,
}

/// An answer, or why there is none; `None` where nothing was asked.
type Reply<T> = Option<Result<T, Error>>;

/// What one broker told.
struct Replies {
    times: Reply<Told<Timestamp, Option<TimedOffset>>>,
    last_stable: Reply<Told<(), i64>>,
    epochs: Reply<Vec<Outcome<i32, Option<i64>>>>,
    markers: Reply<Vec<Outcome<i64, i64>>>,
    configs: Reply<configs::Told>,
}

impl Replies {
    /// Whether one of them did not come in time.
    fn are_late(&self) -> bool {
        fn error<T>(reply: Option<&Result<T, Error>>) -> Option<&Error> {
            reply?.as_ref().err()
        }
        let configs =
            self.configs.as_ref().and_then(|told| told.as_ref().map_or_else(Some, |told| told.failed.as_ref()));
        let errors = [
            error(self.times.as_ref()),
            error(self.last_stable.as_ref()),
            error(self.epochs.as_ref()),
            error(self.markers.as_ref()),
            configs,
        ];
        errors.into_iter().flatten().any(|error| error.kind == ProblemKind::Timeout)
    }
}

impl Round<'_> {
    /// Asks for as much of the wishes as there is time for, and for configurations when it is time for them.
    pub(super) async fn grant(&mut self, wishes: &Wishes, extras: &mut Extras) {
        let now = self.poll.clock.moment();
        extras.unreadable.forget_old(now);
        extras.silent.forget_old(now);
        let jobs = self.jobs_of(wishes, extras, now);
        if !jobs.is_empty() && self.poll.has_time_for_wishes() {
            let poll = self.poll;
            let names = |job: &Job| job.markers.iter().map(|asked| asked.name.clone()).collect();
            let fetched: BTreeMap<BrokerId, Vec<TopicName>> = jobs.iter().map(|(id, job)| (*id, names(job))).collect();
            let replies = self.fleet.on_each(jobs, async |link, job| Ok(run(link, &job, poll).await)).await;
            for (broker, replies) in replies {
                let Ok(replies) = replies else { continue };
                if replies.are_late() {
                    extras.silent.add(broker, now, ProblemKind::Timeout);
                }
                self.found_times(broker, replies.times);
                self.found_last_stable(broker, replies.last_stable);
                self.found_epochs(broker, replies.epochs);
                let fetched = fetched.get(&broker).map(Vec::as_slice).unwrap_or_default();
                self.found_markers(broker, fetched, replies.markers, &mut extras.unreadable);
                if let Some(answer) = replies.configs {
                    self.found_configs(&mut extras.configs, broker, answer, now);
                }
            }
        }
        self.show_configs(&mut extras.configs);
    }

    fn jobs_of(&mut self, wishes: &Wishes, extras: &Extras, now: Moment) -> BTreeMap<BrokerId, Job> {
        let times = wishes.times.iter().filter_map(|wish| Some((self.place(&wish.topic, wish.partition)?, wish.at)));
        let times = one_each(times.collect());
        let epochs =
            wishes.epochs.iter().filter_map(|wish| Some((self.place(&wish.topic, wish.partition)?, wish.epoch)));
        let epochs = one_each(epochs.collect());
        let markers =
            wishes.markers.iter().filter_map(|wish| Some((self.place(&wish.topic, wish.partition)?, wish.from)));
        let markers = one_each(markers.collect());
        let markers = self.readable(markers, &extras.unreadable);
        let last_stable = self.wanted_last_stable(&wishes.last_stable);
        let mut jobs: BTreeMap<BrokerId, Job> = BTreeMap::new();
        for (leader, asked) in self.by_leader(times) {
            jobs.entry(leader).or_default().times = asked;
        }
        for (leader, asked) in self.by_leader(last_stable) {
            jobs.entry(leader).or_default().last_stable = asked;
        }
        for (leader, asked) in self.by_leader(epochs) {
            jobs.entry(leader).or_default().epochs = asked;
        }
        for (leader, asked) in self.by_leader(markers) {
            jobs.entry(leader).or_default().markers = asked;
        }
        if extras.configs.is_due(now)
            && let Some(broker) = self.fleet.most_promising_for(Question::DescribeConfigs)
            && let topics = self.configured_topics()
            && !topics.is_empty()
        {
            jobs.entry(broker).or_default().configs = topics;
        }
        jobs.retain(|broker, _| extras.silent.why(broker).is_none());
        jobs
    }

    /// Where a wish leads to; `None` where there is nobody to ask. Whoever did not tell the end would not tell this.
    fn place(&mut self, topic: &TopicName, partition: PartitionId) -> Option<Place> {
        let place = (self.builder.known_topic(topic)?, partition);
        self.has_told_end(place).then_some(place)
    }

    fn has_told_end(&self, (topic, partition): Place) -> bool {
        let found = self.builder.topic(topic).and_then(|topic| topic.partition(partition));
        found.is_some_and(|partition| partition.high_watermark.is_ok())
    }

    fn wanted_last_stable(&mut self, wanted: &LastStable) -> Vec<(Place, ())> {
        let topics: Option<Vec<TopicIndex>> = match wanted {
            LastStable::None => return Vec::new(),
            LastStable::All => None,
            LastStable::Of(topics) => Some(topics.iter().filter_map(|topic| self.builder.known_topic(topic)).collect()),
        };
        let mut places: Vec<Place> = match topics {
            None => self.partitions().map(|(place, _)| place).collect(),
            Some(topics) => {
                let of = |index: TopicIndex| {
                    let partitions = self.builder.topic(index).map(|topic| topic.partitions.as_slice());
                    partitions.unwrap_or_default().iter().map(move |partition| (index, partition.id))
                };
                topics.into_iter().flat_map(of).collect()
            }
        };
        places.retain(|place| self.has_told_end(*place));
        one_each(places.into_iter().map(|place| (place, ())).collect())
    }

    /// Answers at once where it is known that we may not read, and returns the others.
    fn readable(&mut self, markers: Vec<(Place, i64)>, unreadable: &Avoided<TopicName>) -> Vec<(Place, i64)> {
        let mut readable = Vec::with_capacity(markers.len());
        for ((topic, partition), from) in markers {
            match self.builder.topic(topic).and_then(|found| unreadable.why(&found.name)) {
                Some(why) => {
                    let markers_until = Err(Unknown::Failed(why));
                    self.builder.granted().markers.push(MarkerAnswer { topic, partition, from, markers_until });
                }
                None => readable.push(((topic, partition), from)),
            }
        }
        readable
    }

    fn found_times(&mut self, broker: BrokerId, reply: Reply<Told<Timestamp, Option<TimedOffset>>>) {
        let Some(told) = self.told(Question::ListOffsets, broker, reply) else { return };
        let answered_at = self.poll.timestamp_of(told.answered);
        for (topic, partition, at, outcome) in told.offsets {
            let found = self.known(Question::ListOffsets, broker, topic, outcome);
            let answer = TimeAnswer { topic, partition, at, answered: told.answered, answered_at, found };
            self.builder.granted().times.push(answer);
        }
    }

    fn found_last_stable(&mut self, broker: BrokerId, reply: Reply<Told<(), i64>>) {
        let Some(told) = self.told(Question::ListOffsets, broker, reply) else { return };
        for (topic, partition, (), outcome) in told.offsets {
            let offset = self.known(Question::ListOffsets, broker, topic, outcome);
            self.builder.found_last_stable(topic, partition, offset);
        }
    }

    fn found_epochs(&mut self, broker: BrokerId, reply: Reply<Vec<Outcome<i32, Option<i64>>>>) {
        let Some(told) = self.told(Question::OffsetForLeaderEpoch, broker, reply) else { return };
        for (topic, partition, epoch, outcome) in told {
            let end = self.known(Question::OffsetForLeaderEpoch, broker, topic, outcome);
            self.builder.granted().epochs.push(EpochAnswer { topic, partition, epoch, end });
        }
    }

    fn found_markers(
        &mut self,
        broker: BrokerId,
        asked: &[TopicName],
        reply: Reply<Vec<Outcome<i64, i64>>>,
        unreadable: &mut Avoided<TopicName>,
    ) {
        let now = self.poll.clock.moment();
        if let Some(Err(error)) = &reply
            && error.kind == ProblemKind::TooLarge
        {
            // A single batch may be larger than what we take, and would be so each time.
            for topic in asked {
                unreadable.add(topic.clone(), now, error.kind);
            }
        }
        let Some(told) = self.told(Question::Fetch, broker, reply) else { return };
        for (topic, partition, from, outcome) in told {
            let markers_until = self.known(Question::Fetch, broker, topic, outcome);
            let is_refused = markers_until == Err(Unknown::Failed(ProblemKind::TopicAuthorization));
            if let Some(found) = self.builder.topic(topic).filter(|_| is_refused) {
                unreadable.add(found.name.clone(), now, ProblemKind::TopicAuthorization);
            }
            self.builder.granted().markers.push(MarkerAnswer { topic, partition, from, markers_until });
        }
    }

    /// What a broker told, if it was asked. One that is left alone has failed before, and that is told already.
    fn told<T>(&mut self, question: Question, broker: BrokerId, reply: Reply<T>) -> Option<T> {
        match reply? {
            Ok(told) => Some(told),
            Err(error) => {
                if !matches!(error.kind, ProblemKind::BackingOff | ProblemKind::UnsupportedVersion) {
                    self.tally.broker_failed(question, broker, error.kind, error.sentence);
                }
                None
            }
        }
    }

    /// The answer about one partition. What happens where all is well is no problem.
    fn known<T>(
        &mut self,
        question: Question,
        broker: BrokerId,
        topic: TopicIndex,
        outcome: Result<T, Refusal>,
    ) -> Known<T> {
        outcome.map_err(|refusal| {
            let is_normal = match refusal.kind {
                ProblemKind::UnsupportedForMessageFormat => true,
                ProblemKind::TopicAuthorization => question == Question::Fetch,
                kind => code::is_passing(kind),
            };
            if !is_normal {
                let name = self.builder.topic(topic).map(|topic| topic.name.clone());
                let subject = || name.map_or(Subject::Broker, Subject::Topic);
                self.tally.refused(question, Some(broker), &refusal, subject);
            }
            Unknown::Failed(refusal.kind)
        })
    }
}

/// In order, and of each partition the first: it can be asked about once in a request.
fn one_each<Of>(mut wanted: Vec<(Place, Of)>) -> Vec<(Place, Of)> {
    wanted.sort_by_key(|(place, _)| *place);
    wanted.dedup_by_key(|(place, _)| *place);
    wanted
}

/// Asks one broker one thing after the other, as long as there is time.
async fn run(link: &mut Link, job: &Job, poll: &Poll) -> Replies {
    let may_ask = |link: &Link, question: Question| link.serves(question) && poll.has_time_for_wishes();
    let (mut times, mut last_stable, mut ends, mut batches, mut told) = (None, None, None, None, None);
    if !job.times.is_empty() && may_ask(link, Question::ListOffsets) {
        times = Some(offsets::ask_times(link, &job.times, poll).await);
    }
    if !job.last_stable.is_empty() && may_ask(link, Question::ListOffsets) {
        last_stable = Some(offsets::ask(link, Edge::LastStable, &job.last_stable, poll).await);
    }
    if !job.epochs.is_empty() && may_ask(link, Question::OffsetForLeaderEpoch) {
        ends = Some(epochs::ask(link, &job.epochs, poll).await);
    }
    if !job.markers.is_empty() && may_ask(link, Question::Fetch) {
        batches = Some(markers::ask(link, &job.markers, poll).await);
    }
    if !job.configs.is_empty() && may_ask(link, Question::DescribeConfigs) {
        told = Some(configs::ask(link, &job.configs, poll).await);
    }
    Replies { times, last_stable, epochs: ends, markers: batches, configs: told }
}
