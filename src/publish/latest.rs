//! What is known of one cluster now: written by its poller, read by everybody else.
//!
//! Not the judgement whether it is too old; that depends on who asks when.
//! Invariant: a poll that learned nothing changes neither the report nor its age.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::model::{ClusterName, ClusterReport, Filters, Moment};

/// What was published last of one cluster.
#[derive(Clone, Debug)]
pub struct Published {
    /// The cluster.
    pub cluster: ClusterName,
    /// How many reports were published so far; names the report that is here.
    pub sequence: u64,
    /// Whether a first poll has ended, well or not.
    pub is_attempted: bool,
    /// Whether the last poll learned anything.
    pub is_up: bool,
    /// What the last poll that learned anything led to.
    pub report: Option<Arc<ClusterReport>>,
    /// When that poll ended.
    pub learned_at: Option<Moment>,
    /// Why the last poll learned nothing, in a sentence for people.
    pub last_error: Option<String>,
}

impl Published {
    /// How old the report is; `None` before there is one.
    #[must_use]
    pub fn age(&self, now: Moment) -> Option<Duration> {
        self.learned_at.map(|learned_at| now.since(learned_at))
    }

    /// The report, unless it is older than `stale_after`.
    #[must_use]
    pub fn fresh_report(&self, now: Moment, stale_after: Duration) -> Option<&Arc<ClusterReport>> {
        self.report.as_ref().filter(|_| self.age(now).is_some_and(|age| age <= stale_after))
    }
}

/// The poller's end.
#[derive(Debug)]
pub struct Publisher(watch::Sender<Arc<Published>>);

/// A reader's end. It keeps the last of a poller that has ended.
#[derive(Clone, Debug)]
pub struct Latest {
    published: watch::Receiver<Arc<Published>>,
    filters: Option<Arc<dyn Filters>>,
}

/// The two ends for one cluster of which nothing is known yet.
#[must_use]
pub fn channel(cluster: ClusterName) -> (Publisher, Latest) {
    let nothing = Published {
        cluster,
        sequence: 0,
        is_attempted: false,
        is_up: false,
        report: None,
        learned_at: None,
        last_error: None,
    };
    let (sender, receiver) = watch::channel(Arc::new(nothing));
    (Publisher(sender), Latest { published: receiver, filters: None })
}

impl Publisher {
    /// A poll learned something: this is the latest now.
    pub fn publish(&self, report: Arc<ClusterReport>) {
        self.0.send_modify(|latest| {
            *latest = Arc::new(Published {
                cluster: latest.cluster.clone(),
                sequence: latest.sequence + 1,
                is_attempted: true,
                is_up: true,
                learned_at: Some(report.snapshot.finished),
                report: Some(report),
                last_error: None,
            });
        });
    }

    /// A poll learned nothing: the last report stands, and is not up to date.
    pub fn failed(&self, sentence: String) {
        self.0.send_modify(|latest| {
            let before = Published::clone(latest);
            *latest = Arc::new(Published { is_attempted: true, is_up: false, last_error: Some(sentence), ..before });
        });
    }
}

impl Latest {
    /// What is known now. Holding it holds nobody up.
    #[must_use]
    pub fn get(&self) -> Arc<Published> {
        Arc::clone(&self.published.borrow())
    }

    /// The same, with what is watched of the cluster, for those who explain why something is not there.
    #[must_use]
    pub fn filtered_by(self, filters: Arc<dyn Filters>) -> Self {
        Self { filters: Some(filters), ..self }
    }

    /// What is watched of the cluster, where that was said.
    #[must_use]
    pub fn filters(&self) -> Option<&Arc<dyn Filters>> {
        self.filters.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SnapshotBuilder, Timestamp};

    fn at(seconds: u64) -> Moment {
        Moment::from_origin(Duration::from_secs(seconds))
    }

    fn report(finished: Moment) -> Arc<ClusterReport> {
        let snapshot =
            SnapshotBuilder::new(ClusterName::from("orders"), finished).build(finished, Timestamp::default());
        Arc::new(ClusterReport::of_groups(Arc::new(snapshot), Vec::new()))
    }

    #[test]
    fn a_failed_poll_keeps_the_report_and_its_age() {
        let (publisher, latest) = channel(ClusterName::from("orders"));
        assert!(!latest.get().is_attempted);
        publisher.failed("no broker answered".to_owned());
        assert!(latest.get().is_attempted && latest.get().report.is_none());

        publisher.publish(report(at(100)));
        let good = latest.get();
        assert!(good.is_up && good.last_error.is_none());
        publisher.failed("no broker answered".to_owned());
        let bad = latest.get();
        assert!(!bad.is_up);
        assert_eq!((bad.sequence, bad.learned_at), (good.sequence, Some(at(100))));
        assert_eq!(bad.last_error.as_deref(), Some("no broker answered"));

        publisher.publish(report(at(115)));
        assert_eq!((latest.get().sequence, latest.get().last_error.clone()), (2, None));
    }

    #[test]
    fn a_report_is_fresh_up_to_and_with_the_last_moment() {
        let (publisher, latest) = channel(ClusterName::from("orders"));
        let minute = Duration::from_mins(1);
        assert!(latest.get().fresh_report(at(0), minute).is_none());
        publisher.publish(report(at(100)));
        assert!(latest.get().fresh_report(at(160), minute).is_some());
        assert!(latest.get().fresh_report(at(161), minute).is_none());
    }

    #[test]
    fn the_last_stays_when_its_poller_is_gone() {
        let (publisher, latest) = channel(ClusterName::from("orders"));
        publisher.publish(report(at(1)));
        drop(publisher);
        assert!(latest.get().report.is_some());
    }
}
