//! Records at a steady rate in the background. It is NOT exact: it slackens on a busy machine.
//! Invariant: it goes on through broken brokers, and ends with its handle.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};

use super::cluster::Cluster;

const TICKS_PER_SECOND: u32 = 50;

/// How long the last records may take to arrive when traffic ends.
const LAST_RECORDS: Duration = Duration::from_secs(5);

/// A thread that writes to some topics.
pub(crate) struct Traffic {
    stop: Arc<AtomicBool>,
    delivered: Delivered,
    thread: Option<JoinHandle<()>>,
}

impl Traffic {
    /// Writes `per_second` records in all, to every partition of these (topic, partitions) in turn.
    pub(crate) fn start(cluster: &Cluster, topics: &[(&str, i32)], per_second: u32) -> Self {
        let mut targets = Vec::new();
        for (topic, partitions) in topics {
            targets.extend((0..*partitions).map(|partition| ((*topic).to_owned(), partition)));
        }
        assert!(!targets.is_empty(), "traffic needs a partition to go to");
        let stop = Arc::new(AtomicBool::new(false));
        let delivered = Delivered::default();
        let config = cluster.producer_config();
        let thread = {
            let (stop, delivered) = (Arc::clone(&stop), delivered.clone());
            std::thread::spawn(move || write(&config, &targets, per_second, &stop, delivered))
        };
        Self { stop, delivered, thread: Some(thread) }
    }

    /// Records written so far.
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered.0.load(Ordering::Relaxed)
    }

    /// Ends it, and gives how many records were written in all.
    pub(crate) fn stop(mut self) -> u64 {
        self.end();
        self.delivered()
    }

    fn end(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic in there has been printed where it happened.
            drop(thread.join());
        }
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.end();
    }
}

fn write(config: &ClientConfig, targets: &[(String, i32)], per_second: u32, stop: &AtomicBool, delivered: Delivered) {
    let producer: ThreadedProducer<_> = config.create_with_context(delivered).expect("a producer");
    let mut number = 0;
    let mut due = 0;
    let mut turns = targets.iter().cycle();
    while !stop.load(Ordering::Relaxed) {
        due += per_second;
        for (topic, partition) in turns.by_ref().take((due / TICKS_PER_SECOND) as usize) {
            number += 1;
            let value = format!("record {number}");
            // A full queue means the brokers are down; the record is then left out, and time goes on.
            drop(producer.send(BaseRecord::<(), str>::to(topic).partition(*partition).payload(&value)));
        }
        due %= TICKS_PER_SECOND;
        std::thread::sleep(Duration::from_secs(1) / TICKS_PER_SECOND);
    }
    // In vain only with the brokers down: what is not delivered is not counted.
    drop(producer.flush(LAST_RECORDS));
}

/// Counts the records that have arrived.
#[derive(Clone, Default)]
struct Delivered(Arc<AtomicU64>);

impl ClientContext for Delivered {}

impl ProducerContext for Delivered {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if result.is_ok() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}
