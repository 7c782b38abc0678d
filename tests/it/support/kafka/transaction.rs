//! A transaction of a producer, step by step. It is NOT exactly-once processing: nothing is read, no offset committed.
//! Invariant: what is not ended stays open until Kafka aborts it, by default a minute later.

use std::time::Duration;

use rdkafka::error::KafkaResult;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::cluster::Cluster;
use crate::support::wait::PATIENCE;

/// An open transaction.
pub(crate) struct Transaction {
    producer: FutureProducer,
}

impl Cluster {
    /// Begins a transaction of the producer `id`; one that it left open is aborted.
    ///
    /// # Panics
    /// When Kafka refuses.
    pub(crate) async fn begin_transaction(&self, id: &str) -> Transaction {
        self.begin_transaction_of(id, Duration::from_mins(1)).await
    }

    /// The same, and Kafka aborts it only after that time.
    ///
    /// # Panics
    /// Likewise.
    pub(crate) async fn begin_transaction_of(&self, id: &str, longest: Duration) -> Transaction {
        let mut config = self.producer_config();
        config.set("transactional.id", id).set("transaction.timeout.ms", longest.as_millis().to_string());
        let producer: FutureProducer = config.create().expect("a producer with transactions");
        let transaction = Transaction { producer };
        transaction.wait("to begin", FutureProducer::init_transactions).await;
        transaction.producer.begin_transaction().expect("a transaction begins");
        transaction
    }
}

impl Transaction {
    /// Writes so many records to a partition.
    ///
    /// # Panics
    /// When one of them is not written.
    pub(crate) async fn write(&self, topic: &str, partition: i32, count: usize) {
        let waiting = (0..count).map(|_| {
            let record = FutureRecord::<(), str>::to(topic).partition(partition).payload("part of a transaction");
            self.producer.send_result(record).map_err(|(error, _)| error).expect("room in the queue")
        });
        for delivery in waiting.collect::<Vec<_>>() {
            let delivery = delivery.await.expect("the producer lives");
            delivery.map_err(|(error, _)| error).expect("the record is written");
        }
    }

    /// Ends it: its records count. Their marker is written soon after.
    ///
    /// # Panics
    /// When Kafka refuses.
    pub(crate) async fn commit(self) {
        self.wait("to be committed", FutureProducer::commit_transaction).await;
    }

    /// Ends it: its records do not count. Their marker is written soon after.
    ///
    /// # Panics
    /// When Kafka refuses.
    pub(crate) async fn abort(self) {
        self.wait("to be aborted", FutureProducer::abort_transaction).await;
    }

    /// Does something that blocks in a thread of its own.
    async fn wait(&self, what: &str, act: fn(&FutureProducer, Duration) -> KafkaResult<()>) {
        let (done, answer) = oneshot::channel();
        let producer = self.producer.clone();
        // As for commits: the end of the test would wait for a blocking task of tokio's.
        std::thread::spawn(move || drop(done.send(act(&producer, PATIENCE))));
        let answer =
            timeout(PATIENCE, answer).await.unwrap_or_else(|_| panic!("waited in vain for a transaction {what}"));
        let answer = answer.expect("the thread does not panic");
        answer.unwrap_or_else(|error| panic!("waited in vain for a transaction {what}: {error}"));
    }
}
