//! Writing a known number of records. It is NOT for steady load: see `traffic`.
//! Invariant: a record counts as written when all in-sync replicas have it, and is written once.

use rdkafka::config::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};

use super::cluster::Cluster;
use crate::support::wait::PATIENCE;

/// Less than librdkafka's queue holds.
const BATCH: u64 = 10_000;

impl Cluster {
    /// Settings producers start from.
    pub(crate) fn producer_config(&self) -> ClientConfig {
        let mut config = self.client_config();
        config.set("message.timeout.ms", PATIENCE.as_millis().to_string());
        // Without it, a record whose answer is an error or is lost can be there twice.
        config.set("enable.idempotence", "true");
        config
    }

    /// Writes `count` records to a partition; each is the text `record N`.
    ///
    /// # Panics
    /// When one of them is not written.
    pub(crate) async fn produce(&self, topic: &str, partition: i32, count: u64) {
        let producer: FutureProducer = self.producer_config().create().expect("a producer");
        for start in (0..count).step_by(usize::try_from(BATCH).expect("a small number")) {
            let mut waiting = Vec::new();
            for number in start..count.min(start + BATCH) {
                let value = format!("record {number}");
                let record = FutureRecord::<(), str>::to(topic).partition(partition).payload(&value);
                waiting.push(producer.send_result(record).map_err(|(error, _)| error).expect("room in the queue"));
            }
            for delivery in waiting {
                let delivery = delivery.await.expect("the producer lives");
                delivery.map_err(|(error, _)| error).expect("the record is written");
            }
        }
    }

    /// Writes a record for each of these times to a partition, in their order. Each claims to be of its time, whatever
    /// time it is: milliseconds since 1970.
    ///
    /// # Panics
    /// When one of them is not written.
    pub(crate) async fn produce_of(&self, topic: &str, partition: i32, times: &[i64]) {
        let producer: FutureProducer = self.producer_config().create().expect("a producer");
        let waiting = times.iter().map(|time| {
            let record = FutureRecord::<(), str>::to(topic).partition(partition).payload("a record").timestamp(*time);
            producer.send_result(record).map_err(|(error, _)| error).expect("room in the queue")
        });
        for delivery in waiting.collect::<Vec<_>>() {
            let delivery = delivery.await.expect("the producer lives");
            delivery.map_err(|(error, _)| error).expect("the record is written");
        }
    }
}
