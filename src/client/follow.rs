//! Follows `__consumer_offsets` from its end, and keeps what is said of groups until it is asked for.
//!
//! Not its past, and not what it means: analysis compares with what it was told before.
//! Invariant: nothing is read until a poll of the cluster succeeded and asked for what was heard; from then on as long as it
//! lasts, and what could not be heard leaves no moment since which everything was.

mod course;
mod health;
mod heard;
mod tail;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tracing::{debug, info, warn};

use crate::config::{ClusterConfig, OffsetsTopic};
use crate::model::{Clock, Filters, Followed, Silence, Verdict};

use heard::HeardSoFar;
use tail::{Ended, Tail};

/// How long to leave a cluster alone that does not let us read the topic.
const AFTER_REFUSAL: Duration = Duration::from_mins(5);
/// How long to wait for the topic to be created, which the first group does.
const AFTER_ABSENCE: Duration = Duration::from_mins(1);
/// How long to wait after what should not happen.
const AFTER_FAILURE: Duration = Duration::from_secs(30);
/// How long to wait before going on from the end where the place was lost, at first.
const AFTER_LOSS: Duration = Duration::from_secs(1);
/// And how long at most, when it is lost again and again.
const AFTER_LOSS_MOST: Duration = Duration::from_mins(1);

/// How the following goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FollowState {
    /// Nobody asked for it, or it was told not to.
    Off,
    /// Everything is heard.
    Following,
    /// The topic may not be read.
    NoRight,
    /// There is no such topic yet.
    NoTopic,
    /// Partitions were not read to their ends for a while, or their leaders are out of reach.
    Behind,
    /// It failed, and is tried again.
    Failed(String),
}

/// What a follower and those who listen to it share.
struct Shared {
    heard: Mutex<HeardSoFar>,
    state: watch::Sender<FollowState>,
    /// Whether somebody listens.
    is_wanted: watch::Sender<bool>,
    clock: Arc<dyn Clock>,
}

impl Shared {
    fn heard(&self) -> MutexGuard<'_, HeardSoFar> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands over what was heard.
#[derive(Clone)]
pub struct Listener {
    shared: Arc<Shared>,
    cluster: Arc<ClusterConfig>,
}

impl Listener {
    /// What was heard of the watched groups since this was asked last. The first time it sets the follower going.
    #[must_use]
    pub fn take(&self) -> Followed {
        self.shared.is_wanted.send_replace(true);
        let now = self.shared.clock.moment();
        let mut followed = self.shared.heard().take(now);
        followed.silence = self.silence().filter(|_| followed.since.is_none());
        followed.groups.retain(|group| matches!(self.cluster.group(&group.id), Verdict::Watched));
        followed
    }

    /// How the following goes.
    #[must_use]
    pub fn state(&self) -> FollowState {
        self.shared.state.borrow().clone()
    }

    fn silence(&self) -> Option<Silence> {
        match &*self.shared.state.borrow() {
            FollowState::Off if self.cluster.offsets_topic == OffsetsTopic::Off => Some(Silence::Off),
            FollowState::Off => Some(Silence::Beginning),
            FollowState::Following => None,
            FollowState::NoRight => Some(Silence::NoRight),
            FollowState::NoTopic => Some(Silence::NoTopic),
            FollowState::Behind => Some(Silence::Behind),
            FollowState::Failed(_) => Some(Silence::Failed),
        }
    }

    /// Waits until the following goes as `is_expected` wants it.
    pub async fn until(&self, mut is_expected: impl FnMut(&FollowState) -> bool) {
        // The listener keeps the sender alive, so this ends by success only.
        drop(self.shared.state.subscribe().wait_for(|state| is_expected(state)).await);
    }
}

/// Follows one cluster.
pub struct Follower {
    shared: Arc<Shared>,
    cluster: Arc<ClusterConfig>,
}

/// A follower that is yet to run, and who listens to it.
#[must_use]
pub fn follower(cluster: &ClusterConfig, clock: Arc<dyn Clock>) -> (Follower, Listener) {
    let cluster = Arc::new(cluster.clone());
    let shared = Arc::new(Shared {
        heard: Mutex::default(),
        state: watch::Sender::new(FollowState::Off),
        is_wanted: watch::Sender::new(false),
        clock,
    });
    (Follower { shared: Arc::clone(&shared), cluster: Arc::clone(&cluster) }, Listener { shared, cluster })
}

impl Follower {
    /// Follows until `stop` turns true, and ends no earlier than the thread that reads.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        if self.cluster.offsets_topic == OffsetsTopic::Off {
            return;
        }
        let mut is_wanted = self.shared.is_wanted.subscribe();
        tokio::select! {
            wanted = is_wanted.wait_for(|is_wanted| *is_wanted) => if wanted.is_err() { return },
            () = stopped(&mut stop) => return,
        }
        let mut after_loss = AFTER_LOSS;
        loop {
            let began = self.shared.clock.moment();
            let tail =
                Tail { shared: Arc::clone(&self.shared), cluster: Arc::clone(&self.cluster), stop: stop.clone() };
            // librdkafka waits in its own way, so it gets a thread for as long as it lasts.
            let ended = tokio::task::spawn_blocking(move || tail.follow()).await;
            self.shared.heard().lose();
            let ended = ended.unwrap_or_else(|error| Ended::Failed(format!("following ended with {error}")));
            let pause = match ended {
                Ended::Stopped => return,
                Ended::NoRight => self.pause(FollowState::NoRight, AFTER_REFUSAL),
                Ended::NoTopic => self.pause(FollowState::NoTopic, AFTER_ABSENCE),
                Ended::Lost(reason) => {
                    debug!(cluster = self.cluster.name.as_str(), reason, "goes on from the end of the offsets topic");
                    let pause = after_loss_of(self.shared.clock.moment().since(began), after_loss);
                    after_loss = longer(pause);
                    pause
                }
                Ended::Failed(reason) => self.pause(FollowState::Failed(reason), AFTER_FAILURE),
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stopped(&mut stop) => return,
            }
        }
    }

    /// Notes why nothing is heard, and says so where it is news.
    fn pause(&self, state: FollowState, pause: Duration) -> Duration {
        let cluster = self.cluster.name.as_str();
        if *self.shared.state.borrow() != state {
            match (&state, self.cluster.offsets_topic) {
                (FollowState::NoRight, OffsetsTopic::On) => {
                    warn!(cluster, topic = tail::TOPIC, "the topic may not be read, so rebalances are only estimated");
                }
                (FollowState::NoRight, _) => {
                    info!(
                        cluster,
                        topic = tail::TOPIC,
                        "rebalances are estimated by polling; READ on this topic would make them exact"
                    );
                }
                (FollowState::Failed(reason), OffsetsTopic::On) => {
                    warn!(cluster, topic = tail::TOPIC, reason, "the topic cannot be followed");
                }
                (FollowState::Failed(reason), _) => {
                    debug!(cluster, topic = tail::TOPIC, reason, "the topic cannot be followed");
                }
                (FollowState::NoTopic, _) => debug!(cluster, topic = tail::TOPIC, "there is no such topic yet"),
                (FollowState::Off | FollowState::Following | FollowState::Behind, _) => {}
            }
            self.shared.state.send_replace(state);
        }
        pause
    }
}

/// Waits until it is time to stop. A sender that is gone cannot say anything else any more.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|is_stopping| *is_stopping).await);
}

/// How long to wait after a stretch that lasted so long, where `planned` is what the losses before it would have it wait.
fn after_loss_of(lasted: Duration, planned: Duration) -> Duration {
    if lasted >= AFTER_LOSS_MOST { AFTER_LOSS } else { planned }
}

fn longer(pause: Duration) -> Duration {
    pause.saturating_mul(2).min(AFTER_LOSS_MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_that_follow_each_other_are_left_more_and_more_time() {
        let mut planned = AFTER_LOSS;
        let mut waits = |lasted: u64| {
            let pause = after_loss_of(Duration::from_secs(lasted), planned);
            planned = longer(pause);
            pause.as_secs()
        };
        assert_eq!([0; 8].map(&mut waits), [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!([90, 3].map(waits), [1, 2], "one that lasted is as good as the first");
    }
}
