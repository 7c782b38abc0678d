//! Which version of each question is asked of a broker: the highest that both sides know.
//!
//! Not a setting: what a broker can do is its own word, given at each connection (KIP-35).
//! Invariant: a version is used only if the broker said that it serves it.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use crate::model::{ProblemKind, Question};

use super::error::Error;

/// The versions of each question we can speak, and its key in Kafka's protocol.
pub(super) const fn spoken(question: Question) -> (i16, RangeInclusive<i16>) {
    match question {
        Question::ApiVersions => (18, 0..=3),
        // From 1 on an empty list of topics differs from all topics.
        Question::Metadata => (3, 1..=13),
        Question::FindCoordinator => (10, 0..=6),
        Question::ListGroups => (16, 0..=5),
        Question::DescribeGroups => (15, 0..=6),
        Question::ConsumerGroupDescribe => (69, 0..=1),
        // From 2 on all of a group's commits can be asked for; 10 names topics by id only.
        Question::OffsetFetch => (9, 2..=9),
        // From 1 on the answer is one offset.
        Question::ListOffsets => (2, 1..=10),
        // Before 2 it was for brokers only.
        Question::OffsetForLeaderEpoch => (23, 2..=4),
        // From 13 on topics are named by id only, and brokers serve 12 for as long as Kafka 4 lasts.
        Question::Fetch => (1, 4..=12),
        Question::DescribeConfigs => (32, 1..=4),
    }
}

/// The key of a question in Kafka's protocol.
pub(super) const fn key(question: Question) -> i16 {
    spoken(question).0
}

/// What one broker said it serves.
#[derive(Debug, Default)]
pub(super) struct Versions {
    served: HashMap<i16, RangeInclusive<i16>>,
}

impl Versions {
    /// Takes the broker's word: key, lowest and highest version.
    pub(super) fn new(served: impl IntoIterator<Item = (i16, i16, i16)>) -> Self {
        Self { served: served.into_iter().map(|(key, low, high)| (key, low..=high)).collect() }
    }

    /// The version to ask a question in.
    pub(super) fn version(&self, question: Question) -> Result<i16, Error> {
        let (key, ours) = spoken(question);
        let name = question.name();
        let Some(theirs) = self.served.get(&key) else {
            return Err(Error::new(ProblemKind::UnsupportedVersion, format!("the broker does not serve {name}")));
        };
        let version = *ours.end().min(theirs.end());
        if version < *ours.start() || version < *theirs.start() {
            let sentence = format!(
                "the broker serves {name} {}-{}, this program speaks {}-{}",
                theirs.start(),
                theirs.end(),
                ours.start(),
                ours.end()
            );
            return Err(Error::new(ProblemKind::UnsupportedVersion, sentence));
        }
        Ok(version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_common_version_is_used() {
        let versions = Versions::new([(9, 1, 7), (2, 1, 11), (3, 0, 0), (69, 4, 9)]);
        assert_eq!(versions.version(Question::OffsetFetch), Ok(7));
        assert_eq!(versions.version(Question::ListOffsets), Ok(10));
        for question in [Question::Metadata, Question::ConsumerGroupDescribe, Question::ListGroups] {
            let error = versions.version(question).expect_err("no version in common");
            assert_eq!(error.kind, ProblemKind::UnsupportedVersion);
            assert!(error.sentence.contains(question.name()));
        }
    }
}
