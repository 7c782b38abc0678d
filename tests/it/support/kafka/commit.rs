//! Commits out of nothing: an offset for a group, with no member and nothing read. It is NOT possible for a group
//! that has members; Kafka refuses.
//! Invariant: it returns when the commit is written.

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::cluster::Cluster;
use crate::support::wait::PATIENCE;

impl Cluster {
    /// Commits `offset` for `group`, which comes into being if need be.
    ///
    /// # Errors
    /// As Kafka says, for example when the group has members.
    pub(crate) async fn commit(&self, group: &str, topic: &str, partition: i32, offset: i64) -> Result<(), KafkaError> {
        self.commit_all(group, &[(topic, partition, offset)]).await
    }

    /// As [`Self::commit`], many at once.
    ///
    /// # Errors
    /// Likewise.
    ///
    /// # Panics
    /// When Kafka does not answer.
    pub(crate) async fn commit_all(&self, group: &str, offsets: &[(&str, i32, i64)]) -> Result<(), KafkaError> {
        let mut config = self.client_config();
        config.set("group.id", group).set("enable.auto.commit", "false");
        let mut list = TopicPartitionList::new();
        for (topic, partition, offset) in offsets {
            list.add_partition_offset(topic, *partition, Offset::Offset(*offset))?;
        }
        let (done, answer) = oneshot::channel();
        // Not a blocking task of tokio's: the end of the test would wait for it, however long it hangs.
        std::thread::spawn(move || {
            let result = config.create::<BaseConsumer>().and_then(|consumer| consumer.commit(&list, CommitMode::Sync));
            // Nobody listens any more when the test has given up.
            drop(done.send(result));
        });
        let answer = timeout(PATIENCE, answer).await.expect("Kafka answers to a commit");
        answer.expect("the thread that commits does not panic")
    }
}
