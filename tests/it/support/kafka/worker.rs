//! One consumer of a group, in a thread of its own. It is NOT a whole group: start several for that.
//! Invariant: only records it counted as read are ever committed.

mod reader;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use reader::{Reader, settings};

use super::cluster::Cluster;
use crate::support::wait::PATIENCE;

/// How long a dropped consumer may take to leave its group. Without brokers it can take longer; it then goes on
/// leaving while the test does not wait for it.
const GOODBYE: Duration = Duration::from_secs(5);
const GOODBYE_ROUNDS: u32 = 500;

/// How a consumer belongs to its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Membership {
    /// The classic protocol with this assignor: `range`, `roundrobin` or `cooperative-sticky`.
    Classic(&'static str),
    /// KIP-848: the broker assigns.
    Consumer,
    /// Not a member: it reads these partitions of each topic and commits under the group's name.
    Simple(Vec<i32>),
}

/// What a consumer does.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) group: String,
    pub(crate) topics: Vec<String>,
    pub(crate) membership: Membership,
    pub(crate) client_id: String,
    /// `group.instance.id`: makes it a static member.
    pub(crate) instance_id: Option<String>,
    /// How often it commits, and at its end; `None` is never.
    pub(crate) commit_interval: Option<Duration>,
    /// After how long without a sign of life it is taken for gone; with KIP-848 the broker decides on that.
    pub(crate) session: Duration,
    /// Its `max.poll.interval.ms`, which it exceeds by a second over the first record after each rebalance.
    pub(crate) exceeds: Option<Duration>,
    /// Reads this many records, commits and leaves. `None` reads until stopped.
    pub(crate) stop_after: Option<u64>,
}

impl Work {
    /// A classic member with the range assignor that commits five times a second and reads until stopped.
    pub(crate) fn new(group: &str, topics: &[&str]) -> Self {
        Self {
            group: group.to_owned(),
            topics: topics.iter().map(ToString::to_string).collect(),
            membership: Membership::Classic("range"),
            client_id: "highwater-test".to_owned(),
            instance_id: None,
            commit_interval: Some(Duration::from_millis(200)),
            session: Duration::from_secs(6),
            exceeds: None,
            stop_after: None,
        }
    }
}

/// What a consumer has done so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// Records read; after a rebalance some count twice.
    pub(crate) read: u64,
    /// Its partitions now.
    pub(crate) assigned: Vec<(String, i32)>,
    /// It has left its group and its thread is done.
    pub(crate) ended: bool,
    /// The last thing that went wrong, for the messages of tests.
    pub(crate) last_error: Option<String>,
}

/// A running consumer. Dropping it makes it leave.
pub(crate) struct Worker {
    stop: Arc<AtomicBool>,
    paused: Arc<AtomicBool>,
    progress: watch::Receiver<Progress>,
    thread: JoinHandle<()>,
}

impl Worker {
    pub(crate) fn start(cluster: &Cluster, work: Work) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let paused = Arc::new(AtomicBool::new(false));
        let (report, progress) = watch::channel(Progress::default());
        let config = settings(cluster.client_config(), &work);
        let reader = Reader { work, stop: Arc::clone(&stop), paused: Arc::clone(&paused), report };
        let thread = std::thread::spawn(move || reader.run(&config));
        Self { stop, paused, progress, thread }
    }

    /// Keeps its place in the group, and reads nothing.
    pub(crate) fn pause(&self) {
        self.paused.store(true, Ordering::Relaxed);
    }

    /// Reads on.
    pub(crate) fn resume(&self) {
        self.paused.store(false, Ordering::Relaxed);
    }

    /// What it has done so far.
    pub(crate) fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    /// Waits until its progress is as wanted.
    ///
    /// # Panics
    /// When that does not happen, with what happened instead.
    pub(crate) async fn until(&mut self, what: &str, wanted: impl FnMut(&Progress) -> bool) {
        let found = timeout(PATIENCE, self.progress.wait_for(wanted)).await.is_ok_and(|result| result.is_ok());
        assert!(found, "waited in vain for a consumer {what}: {:?}", self.progress());
    }

    /// Waits until it has read this many records in all.
    pub(crate) async fn until_read(&mut self, records: u64) {
        self.until("to read", |progress| progress.read >= records).await;
    }

    /// Waits until it has this many partitions.
    pub(crate) async fn until_assigned(&mut self, partitions: usize) {
        self.until("to get its partitions", |progress| progress.assigned.len() == partitions).await;
    }

    /// Commits, leaves the group, and returns when that is done.
    pub(crate) async fn stop(mut self) -> Progress {
        self.stop.store(true, Ordering::Relaxed);
        self.until_ended().await;
        self.progress()
    }

    /// Waits until it has left, having read all it was to read.
    pub(crate) async fn until_ended(&mut self) {
        self.until("to end", |progress| progress.ended).await;
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for _ in 0..GOODBYE_ROUNDS {
            if self.thread.is_finished() {
                return;
            }
            std::thread::sleep(GOODBYE / GOODBYE_ROUNDS);
        }
    }
}
