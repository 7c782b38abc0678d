//! Configurations of topics: asked for now and then, known in between.
//!
//! Not a history: what was told last holds.
//! Invariant: a configuration goes with its topic, and topics that are configured alike share one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    BrokerId, Moment, ProblemKind, Question, Subject, Topic, TopicConfig, TopicId, TopicIndex, TopicName,
};

use super::super::ask::configs::Told;
use super::super::code;
use super::super::error::Error;
use super::Round;

/// From one time of asking to the next: nobody changes configurations often.
const INTERVAL: Duration = Duration::from_mins(5);
/// After somebody was asked in vain; then it is somebody else's turn.
const INTERVAL_IN_VAIN: Duration = Duration::from_mins(1);

/// What was told last.
#[derive(Debug, Default)]
pub(super) struct KnownConfigs {
    /// With the id of the topic, since one of the same name may be configured in another way.
    topics: HashMap<TopicName, (Option<TopicId>, Arc<TopicConfig>)>,
    /// When it was asked for last, and from when on it is again.
    asked: Option<(Moment, Duration)>,
}

impl KnownConfigs {
    /// Whether it is time to ask.
    pub(super) fn is_due(&self, now: Moment) -> bool {
        self.asked.is_none_or(|(asked, interval)| now.since(asked) >= interval)
    }

    fn of(&self, topic: &Topic) -> Option<&Arc<TopicConfig>> {
        let (id, config) = self.topics.get(&topic.name)?;
        (*id == topic.id).then_some(config)
    }

    fn learn(&mut self, told: impl Iterator<Item = (TopicName, Option<TopicId>, Option<TopicConfig>)>) {
        let mut distinct: HashSet<Arc<TopicConfig>> =
            self.topics.values().map(|(_, config)| Arc::clone(config)).collect();
        for (name, id, config) in told {
            let Some(config) = config else {
                self.topics.remove(&name);
                continue;
            };
            let config = distinct.get(&config).cloned().unwrap_or_else(|| Arc::new(config));
            distinct.insert(Arc::clone(&config));
            self.topics.insert(name, (id, config));
        }
    }
}

impl Round<'_> {
    /// The topics to ask about.
    pub(super) fn configured_topics(&self) -> Vec<TopicName> {
        self.builder.topics().iter().filter(|topic| topic.is_listed).map(|topic| topic.name.clone()).collect()
    }

    /// Takes what was told of configurations. A topic whose configuration may not be seen has none, and that is all.
    pub(super) fn found_configs(
        &mut self,
        known: &mut KnownConfigs,
        broker: BrokerId,
        answer: Result<Told, Error>,
        now: Moment,
    ) {
        let told = answer.unwrap_or_else(|error| Told { failed: Some(error), ..Told::default() });
        known.asked = Some((now, if told.failed.is_some() { INTERVAL_IN_VAIN } else { INTERVAL }));
        if let Some(error) = told.failed {
            self.tally.broker_failed(Question::DescribeConfigs, broker, error.kind, error.sentence);
        }
        let mut learned = Vec::with_capacity(told.topics.len());
        for (name, outcome) in told.topics {
            let Some(index) = self.builder.known_topic(&name) else { continue };
            let Some(topic) = self.builder.topic(index) else { continue };
            let (name, id) = (topic.name.clone(), topic.id);
            if let Err(refusal) = &outcome
                && refusal.kind != ProblemKind::TopicAuthorization
                && !code::is_passing(refusal.kind)
            {
                let subject = || Subject::Topic(name.clone());
                self.tally.refused(Question::DescribeConfigs, Some(broker), refusal, subject);
            }
            learned.push((name, id, outcome.ok()));
        }
        known.learn(learned.into_iter());
    }

    /// Puts what is known into the snapshot, and forgets what is of no topic in it.
    pub(super) fn show_configs(&mut self, known: &mut KnownConfigs) {
        let topics = (0..).map(TopicIndex).zip(self.builder.topics());
        let found = topics.filter_map(|(index, topic)| Some((index, Arc::clone(known.of(topic)?))));
        let found: Vec<_> = found.collect();
        if found.len() < known.topics.len() {
            let shown: HashSet<&TopicName> =
                found.iter().filter_map(|(index, _)| Some(&self.builder.topic(*index)?.name)).collect();
            known.topics.retain(|name, _| shown.contains(name));
        }
        for (index, config) in found {
            self.builder.found_config(index, config);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(hours: u64) -> TopicConfig {
        TopicConfig {
            retention: Some(Duration::from_hours(hours)),
            retention_bytes: None,
            segment: None,
            is_deleted: true,
            is_compacted: false,
            has_append_times: false,
            local_for: None,
        }
    }

    fn topic(name: &str, id: u8) -> Topic {
        let id = Some(TopicId([id; 16]));
        Topic { name: TopicName::from(name), id, is_listed: true, partitions: Vec::new(), config: None }
    }

    fn learn(known: &mut KnownConfigs, told: &[(&str, u8, Option<u64>)]) {
        let told =
            told.iter().map(|(name, id, hours)| (TopicName::from(*name), Some(TopicId([*id; 16])), hours.map(config)));
        known.learn(told);
    }

    #[test]
    fn topics_configured_alike_share_one_also_over_time() {
        let mut known = KnownConfigs::default();
        learn(&mut known, &[("a", 1, Some(1)), ("b", 2, Some(1)), ("c", 3, Some(9))]);
        let of = |known: &KnownConfigs, name: &str, id| known.of(&topic(name, id)).cloned();
        let a = of(&known, "a", 1).expect("it was told");
        assert!(Arc::ptr_eq(&a, &of(&known, "b", 2).expect("it was told")));
        assert_eq!(*of(&known, "c", 3).expect("it was told"), config(9));
        learn(&mut known, &[("c", 3, Some(1)), ("b", 2, None)]);
        assert!(Arc::ptr_eq(&a, &of(&known, "c", 3).expect("it was told")));
        assert_eq!(of(&known, "b", 2), None, "it may not be seen any more");
        assert_eq!(of(&known, "a", 7), None, "another topic of the name");
    }
}
