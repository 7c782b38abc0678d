//! Partitions that are hot, and partitions on which a group is slow.
//!
//! Not how far behind it is there: that is told of each partition.
//! Invariant: one sentence for all hot ones, one for each cause.

use super::words::{counted, listed, name, partitions as run, rate};
use crate::model::{GroupTopic, HotPartition, Severity, Skew, SlowCause};

/// Hot partitions that are told one by one.
const HOT_MAX: usize = 4;

/// How unevenly the topic is written, where that matters.
pub(super) fn hot(topic: &str, skew: &Skew, sentences: &mut Vec<String>) {
    let topic = name(topic);
    if let Some(partition) = skew.concentrated {
        sentences.push(format!("Nearly all records of {topic} go to partition {partition}, as those of one key do."));
    }
    if let [one] = &*skew.hot {
        let HotPartition { partition, .. } = one;
        sentences.push(format!("Partition {partition} of {topic} is hot{}: it gets {}.", severity(one), amount(one)));
    } else if !skew.hot.is_empty() {
        let mut sorted: Vec<&HotPartition> = skew.hot.iter().collect();
        sorted.sort_by(|left, right| right.share.total_cmp(&left.share).then(left.partition.cmp(&right.partition)));
        let told = sorted.iter().take(HOT_MAX);
        let mut words: Vec<String> =
            told.map(|hot| format!("{}{} gets {}", hot.partition, severity(hot), amount(hot))).collect();
        if sorted.len() > HOT_MAX {
            words.push(format!("{} more", sorted.len() - HOT_MAX));
        }
        let count = counted(skew.hot.len(), "partition", "partitions");
        sentences.push(format!("{count} of {topic} are hot: {}.", listed(&words)));
    }
}

fn severity(hot: &HotPartition) -> &'static str {
    if hot.severity == Severity::Critical { " (critical)" } else { "" }
}

fn amount(hot: &HotPartition) -> String {
    format!(
        "{} times the records of the others, {}% of all",
        rate(hot.ratio.into()),
        rate(f64::from(hot.share) * 100.0)
    )
}

/// On which partitions the group is slow, and why.
pub(super) fn slow(topic: &GroupTopic, sentences: &mut Vec<String>) {
    for cause in SlowCause::ALL {
        let alike = topic.slow.iter().filter(|slow| slow.cause == cause);
        let numbers: Vec<i32> = alike.map(|slow| slow.partition.0).collect();
        let (partitions, is_one) = match numbers.as_slice() {
            [] => continue,
            [one] => (format!("partition {one}"), true),
            more => (format!("{} partitions ({})", more.len(), run(more)), false),
        };
        let why = match (cause, is_one) {
            (SlowCause::KeySkew, true) => "because it gets many more records",
            (SlowCause::KeySkew, false) => "because they get many more records",
            (SlowCause::Stuck, true) => "because nothing of it is read",
            (SlowCause::Stuck, false) => "because nothing of them is read",
            (SlowCause::SlowMember, true) => "because the member that reads it is slow",
            (SlowCause::SlowMember, false) => "because the member that reads them is slow",
            (SlowCause::SlowPartition, true) => "and neither what it gets nor who reads it tells why",
            (SlowCause::SlowPartition, false) => "and neither what they get nor who reads them tells why",
        };
        let (topic, cause) = (name(&topic.topic), name(cause.word()));
        let sentence =
            format!("On {partitions} of {topic} the group is much further behind than on the others, {why} ({cause}).");
        sentences.push(sentence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PartitionId, SlowPartition, TopicName, TopicTrend};

    fn told_hot(numbers: &[i32]) -> Vec<String> {
        let hot = numbers.iter().map(|number| HotPartition {
            partition: PartitionId(*number),
            ratio: 7.04,
            share: 0.1,
            severity: if *number == 2 { Severity::Critical } else { Severity::Warning },
        });
        let skew = Skew { ratio: 2.0, effective_partitions: 3.0, hot: hot.collect(), concentrated: None };
        let mut sentences = Vec::new();
        super::hot("orders", &skew, &mut sentences);
        sentences
    }

    #[test]
    fn hot_partitions_share_a_sentence() {
        assert_eq!(told_hot(&[]), [""; 0]);
        assert_eq!(
            told_hot(&[7]),
            ["Partition 7 of `orders` is hot: it gets 7 times the records of the others, 10% of all."]
        );
        assert_eq!(
            told_hot(&[1, 2]),
            [
                "2 partitions of `orders` are hot: 1 gets 7 times the records of the others, 10% of all and 2 (critical) gets \
             7 times the records of the others, 10% of all."
            ]
        );
        assert!(told_hot(&[1, 2, 3, 4, 5, 6])[0].ends_with(" and 2 more."), "{:?}", told_hot(&[1, 2, 3, 4, 5, 6]));
    }

    #[test]
    fn where_all_records_go_is_told() {
        let skew =
            Skew { ratio: 12.0, effective_partitions: 1.0, hot: Box::default(), concentrated: Some(PartitionId(3)) };
        let mut sentences = Vec::new();
        super::hot("orders", &skew, &mut sentences);
        assert_eq!(sentences, ["Nearly all records of `orders` go to partition 3, as those of one key do."]);
    }

    #[test]
    fn each_cause_has_its_sentence() {
        for count in [1, 3] {
            let slow = SlowCause::ALL.into_iter().flat_map(|cause| {
                (0..count).map(move |number| SlowPartition { partition: PartitionId(number), cause })
            });
            let topic = GroupTopic {
                topic: TopicName::from("orders"),
                range: 0..0,
                is_subscribed: true,
                lag: None,
                committed_offset: None,
                unknown_partition_count: 0,
                time_lag: None,
                trend: TopicTrend::default(),
                slow: slow.collect(),
            };
            let mut sentences = Vec::new();
            super::slow(&topic, &mut sentences);
            assert_eq!(sentences.len(), 4);
            for (sentence, cause) in sentences.iter().zip(SlowCause::ALL) {
                assert!(sentence.ends_with(&format!("(`{}`).", cause.word())), "{sentence}");
                assert_eq!(sentence.contains("3 partitions (0 to 2)"), count == 3, "{sentence}");
            }
        }
    }
}
