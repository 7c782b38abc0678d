//! The thread of a consumer: it polls, counts and commits. It is NOT where tests look: they hold its `Worker`.
//! Invariant: only what was polled is committed, never what librdkafka fetched ahead.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Message, Offset, TopicPartitionList};
use tokio::sync::watch;

use super::{Membership, Progress, Work};

/// How long a member of KIP-848 may take to give partitions up.
const GIVING_UP: Duration = Duration::from_secs(15);

/// librdkafka's settings for this work.
pub(super) fn settings(mut config: ClientConfig, work: &Work) -> ClientConfig {
    config.set("group.id", &work.group).set("client.id", &work.client_id).set("auto.offset.reset", "earliest");
    // librdkafka would otherwise commit what it has handed out, also what nobody looked at.
    config.set("enable.auto.offset.store", "false");
    config.set("enable.auto.commit", work.commit_interval.is_some().to_string());
    if let Some(interval) = work.commit_interval {
        config.set("auto.commit.interval.ms", interval.as_millis().to_string());
    }
    if let Some(instance) = &work.instance_id {
        config.set("group.instance.id", instance);
    }
    if let Some(limit) = work.exceeds {
        config.set("max.poll.interval.ms", limit.as_millis().to_string());
    }
    match work.membership {
        Membership::Classic(assignor) => {
            config.set("partition.assignment.strategy", assignor);
            // No longer than a member may take between polls.
            let session = work.exceeds.unwrap_or(work.session).min(work.session);
            config.set("session.timeout.ms", session.as_millis().to_string()).set("heartbeat.interval.ms", "500");
        }
        // With KIP-848 the broker decides on time-outs, and librdkafka refuses to be told.
        Membership::Consumer => {
            config.set("group.protocol", "consumer");
            // librdkafka does not ask again what it shall give up when that answer came too late for it. The broker then
            // waits this long for it.
            config.set("max.poll.interval.ms", GIVING_UP.as_millis().to_string());
        }
        Membership::Simple(_) => {}
    }
    config
}

/// What the thread has of its worker.
pub(super) struct Reader {
    pub(super) work: Work,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) paused: Arc<AtomicBool>,
    pub(super) report: watch::Sender<Progress>,
}

impl Reader {
    pub(super) fn run(self, config: &ClientConfig) {
        let consumer: BaseConsumer = config.create().expect("a consumer");
        match &self.work.membership {
            Membership::Simple(partitions) => self.assign(&consumer, partitions),
            Membership::Classic(_) | Membership::Consumer => {
                let topics: Vec<&str> = self.work.topics.iter().map(String::as_str).collect();
                consumer.subscribe(&topics).expect("topics can be subscribed to");
            }
        }
        let (mut paused, mut is_fresh) = (false, true);
        while !self.stop.load(Ordering::Relaxed) && !self.is_done() {
            paused = self.obey_pause(&consumer, paused);
            let has_read = self.read_one(&consumer);
            is_fresh |= self.report.borrow().assigned.is_empty();
            if has_read && is_fresh {
                is_fresh = false;
                self.exceed();
            }
        }
        // Closing it commits what was read and leaves the group.
        drop(consumer);
        self.report.send_modify(|progress| progress.ended = true);
    }

    fn assign(&self, consumer: &BaseConsumer, partitions: &[i32]) {
        let mut list = TopicPartitionList::new();
        for topic in &self.work.topics {
            for partition in partitions {
                list.add_partition_offset(topic, *partition, Offset::Stored).expect("a valid offset");
            }
        }
        consumer.assign(&list).expect("partitions can be assigned");
    }

    fn is_done(&self) -> bool {
        self.work.stop_after.is_some_and(|wanted| self.report.borrow().read >= wanted)
    }

    /// Gives whether it is paused now. Again in each round, because partitions may have come since the last.
    fn obey_pause(&self, consumer: &BaseConsumer, was_paused: bool) -> bool {
        let paused = self.paused.load(Ordering::Relaxed);
        if let Ok(assignment) = consumer.assignment() {
            if paused {
                drop(consumer.pause(&assignment));
            } else if was_paused {
                drop(consumer.resume(&assignment));
            }
        }
        paused
    }

    /// Works on a record for longer than it may.
    fn exceed(&self) {
        let Some(limit) = self.work.exceeds else { return };
        let pause = Duration::from_millis(50);
        for _ in 0..(limit + Duration::from_secs(1)).as_millis() / pause.as_millis() {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            std::thread::sleep(pause);
        }
    }

    /// Gives whether it read a record.
    fn read_one(&self, consumer: &BaseConsumer) -> bool {
        let outcome = consumer.poll(Duration::from_millis(50));
        let assigned = consumer.assignment().map(|list| list.to_topic_map().into_keys().collect::<Vec<_>>());
        let mut assigned = assigned.unwrap_or_default();
        assigned.sort();
        let outcome = outcome.map(|read| {
            read.and_then(|message| {
                // Refused when the partition has just been taken away; then another member reads the record.
                consumer.store_offset(message.topic(), message.partition(), message.offset())
            })
        });
        let has_read = matches!(outcome, Some(Ok(())));
        self.report.send_if_modified(|progress| {
            let moved = progress.assigned != assigned;
            progress.assigned = assigned;
            match outcome {
                Some(Ok(())) => progress.read += 1,
                Some(Err(ref error)) => progress.last_error = Some(error.to_string()),
                None => return moved,
            }
            true
        });
        has_read
    }
}
