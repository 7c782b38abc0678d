//! Looks at what is published and says which alerts hold.
//!
//! Not what makes an alert: that is a function of the report, in `render`.
//! Invariant: what is not known ends no alert: those of a cluster stand as they are while its polls learn nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tracing::warn;

use crate::model::{Clock, ClusterName, Objectives};
use crate::publish::{Latest, Published};
use crate::render::alerts::{blind, conditions, stale};

use super::ledger::{Alerts, Ledger};

/// How often it is looked whether there was a poll. Half as long as the shortest interval at which anybody polls in earnest.
const LOOK: Duration = Duration::from_millis(500);

/// What is looked at.
#[derive(Clone)]
pub struct Sources {
    /// The clusters.
    pub latest: Vec<Latest>,
    /// Reports that are older say nothing.
    pub stale_after: Duration,
    /// What is promised of groups.
    pub objectives: Objectives,
}

/// The one who looks.
pub struct Judge {
    /// What to look at now; a reload changes it.
    pub sources: watch::Receiver<Arc<Sources>>,
    /// Where the alerts go.
    pub alerts: Arc<watch::Sender<Arc<Alerts>>>,
    /// The clock of the polls.
    pub clock: Arc<dyn Clock>,
    /// The clock on the wall of whoever is told: a simulated world is ahead of it.
    pub wall: Arc<dyn Clock>,
}

/// What is remembered of one cluster.
#[derive(Default)]
struct Watched {
    /// The last that was looked at, which is kept, so that no other can take its address.
    seen: Option<Arc<Published>>,
    /// What polls that learned something found.
    found: Ledger,
    /// Whether polls learn something.
    sight: Ledger,
}

impl Judge {
    /// Looks until `stop` turns true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut watched = BTreeMap::new();
        let mut ticks = tokio::time::interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let looking = async {
            loop {
                ticks.tick().await;
                self.look(&mut watched);
            }
        };
        tokio::select! {
            () = looking => {}
            _ = stop.wait_for(|is_stopping| *is_stopping) => {}
        }
    }

    fn look(&self, watched: &mut BTreeMap<ClusterName, Watched>) {
        let sources = Arc::clone(&self.sources.borrow());
        let mut before = std::mem::take(watched);
        let mut is_other = false;
        // With nobody to tell, nothing is remembered.
        for latest in sources.latest.iter().filter(|_| self.alerts.receiver_count() > 0) {
            let published = latest.get();
            let known = before.remove(&published.cluster);
            // Whatever was told of a new one, a judge before may have told it.
            is_other |= known.is_none();
            let mut cluster = known.unwrap_or_default();
            is_other |= self.look_at(&published, &sources, &mut cluster);
            watched.insert(published.cluster.clone(), cluster);
        }
        // To sort all alerts takes time, and most looks find nothing new.
        if is_other || !before.is_empty() {
            self.tell(watched);
        }
    }

    fn tell(&self, watched: &BTreeMap<ClusterName, Watched>) {
        let ledgers = watched.values().flat_map(|watched| [&watched.found, &watched.sight]);
        let (last, next) = {
            let last = self.alerts.borrow();
            (last.left_out.len(), last.next(ledgers))
        };
        if !next.left_out.is_empty() && last == 0 {
            warn!(left_out = next.left_out.len(), "more alerts hold than are told; the worst are");
        }
        self.alerts.send_if_modified(|alerts| {
            let is_other = **alerts != next;
            if is_other {
                *alerts = Arc::new(next);
            }
            is_other
        });
    }

    /// Whether something else is to be told of this cluster.
    fn look_at(&self, published: &Arc<Published>, sources: &Sources, watched: &mut Watched) -> bool {
        if !published.is_attempted {
            return false;
        }
        let (now, stamp) = (self.clock.moment(), self.wall.timestamp());
        let sight = match (published.is_up, published.age(now)) {
            (false, _) => vec![blind(&published.cluster, published.last_error.as_deref())],
            (true, Some(age)) if age > sources.stale_after => vec![stale(&published.cluster, age)],
            (true, _) => Vec::new(),
        };
        let mut is_other = watched.sight.note(sight, now, stamp);
        let is_same = watched.seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, published));
        if let Some(report) = published.report.as_ref().filter(|_| published.is_up && !is_same) {
            is_other |= watched.found.note(conditions(report, &sources.objectives), now, stamp);
        }
        watched.seen = Some(Arc::clone(published));
        is_other
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::model::{
        About, Check, ClusterReport, Finding, Moment, PartitionId, Severity, SnapshotBuilder, Timestamp, TopicName,
    };
    use crate::publish::{Publisher, channel};

    /// Minutes, as told.
    struct Minutes(Mutex<u64>);

    impl Minutes {
        fn now(&self) -> Duration {
            Duration::from_mins(*self.0.lock().expect("nobody panicked"))
        }
    }

    impl Clock for Minutes {
        fn moment(&self) -> Moment {
            Moment::from_origin(self.now())
        }

        fn timestamp(&self) -> Timestamp {
            Timestamp::from_unix(self.now())
        }
    }

    struct World {
        clock: Arc<Minutes>,
        judge: Judge,
        sources: watch::Sender<Arc<Sources>>,
        alerts: watch::Receiver<Arc<Alerts>>,
        publisher: Publisher,
        watched: BTreeMap<ClusterName, Watched>,
    }

    impl World {
        fn new() -> Self {
            let clock = Arc::new(Minutes(Mutex::new(0)));
            let (publisher, latest) = channel(ClusterName::from("orders"));
            let stale_after = Duration::from_mins(10);
            let sources = Sources { latest: vec![latest], stale_after, objectives: Objectives::default() };
            let sources = watch::Sender::new(Arc::new(sources));
            let alerts = watch::Sender::new(Arc::new(Alerts::default()));
            let receiver = alerts.subscribe();
            let judge = Judge {
                sources: sources.subscribe(),
                alerts: Arc::new(alerts),
                clock: clock.clone(),
                wall: clock.clone(),
            };
            Self { clock, judge, sources, alerts: receiver, publisher, watched: BTreeMap::new() }
        }

        /// What is told after a look at this minute.
        fn at(&mut self, minute: u64) -> Vec<&'static str> {
            *self.clock.0.lock().expect("nobody panicked") = minute;
            self.judge.look(&mut self.watched);
            self.alerts.borrow().firing.values().map(|alert| alert.condition.kind.name).collect()
        }

        /// A poll ends at this minute and finds no leader, or all well.
        fn poll(&mut self, minute: u64, is_offline: bool) -> Vec<&'static str> {
            let at = Moment::from_origin(Duration::from_mins(minute));
            let snapshot = SnapshotBuilder::new(ClusterName::from("orders"), at).build(at, Timestamp::default());
            let mut report = ClusterReport::of_groups(Arc::new(snapshot), Vec::new());
            report.findings.extend(is_offline.then(|| Finding {
                check: Check::OfflinePartitions,
                severity: Severity::Critical,
                lasting: Duration::ZERO,
                about: About::Topic(TopicName::from("t"), PartitionId(0)),
                count: 1,
            }));
            self.publisher.publish(Arc::new(report));
            self.at(minute)
        }
    }

    const LEADERLESS: &str = "KafkaTopicLeaderless";

    #[test]
    fn alerts_stand_while_nothing_is_learned_and_end_with_what_is() {
        let mut world = World::new();
        assert_eq!(world.at(0), [""; 0], "before the first poll nothing is known");
        assert_eq!(world.poll(1, true), [""; 0]);
        assert_eq!(world.poll(3, true), [LEADERLESS]);
        world.publisher.failed("no broker answered".to_owned());
        assert_eq!(world.at(4), [LEADERLESS]);
        assert_eq!(world.at(100), ["KafkaClusterBlind", LEADERLESS]);
        assert_eq!(world.poll(101, true), [LEADERLESS]);
        assert_eq!(world.poll(102, false), [""; 0]);
    }

    #[test]
    fn a_cluster_whose_polls_do_not_end_is_stale() {
        let mut world = World::new();
        world.poll(1, false);
        assert_eq!(world.at(11), [""; 0]);
        assert_eq!(world.at(12), [""; 0], "pending");
        assert_eq!(world.at(14), ["KafkaClusterStale"]);
        assert_eq!(world.poll(15, false), [""; 0]);
    }

    #[test]
    fn what_a_judge_that_failed_has_told_ends_when_it_is_over() {
        let mut world = World::new();
        world.poll(1, true);
        assert_eq!(world.poll(3, true), [LEADERLESS]);
        world.watched.clear();
        assert_eq!(world.poll(4, false), [""; 0]);
    }

    #[test]
    fn a_cluster_that_is_no_longer_watched_has_no_alerts() {
        let mut world = World::new();
        world.poll(1, true);
        assert_eq!(world.poll(3, true), [LEADERLESS]);
        let none = Sources { latest: Vec::new(), ..Sources::clone(&world.sources.borrow()) };
        world.sources.send_replace(Arc::new(none));
        assert_eq!(world.at(4), [""; 0]);
    }
}
