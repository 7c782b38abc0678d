//! A simulated cluster on the loopback, and exporters that watch it; time passes when it is told to.
//!
//! Not what happens in the cluster.
//! Invariant: the world stands still while it is polled, and what it wrote to the offsets topic is heard before it goes on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use highwater::analysis::{History, analyze};
use highwater::app::SystemClock;
use highwater::client::{FollowState, Listener, follower};
use highwater::config::{Config, OffsetsTopic, Overrides, PollSettings};
use highwater::kafka::{ClusterSource, KafkaCluster};
use highwater::model::{Clock, ClusterReport, Followed, FollowedGroup, Said, Thresholds};
use highwater::simulator::world::{Group, GroupState};
use highwater::simulator::{ClusterSettings, Scenario, ServeOptions, Simulator, World, WorldClock};
use highwater::telemetry::SelfMetrics;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long the follower may take for what is written already, of real time.
const HEARING_TAKES: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(5);

/// The cluster.
pub(crate) struct Site {
    pub(crate) simulator: Simulator,
    clock: Arc<WorldClock>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Site {
    pub(crate) async fn new(settings: &ClusterSettings, scenario: Scenario) -> anyhow::Result<Self> {
        let clock = Arc::new(WorldClock::new(Arc::new(SystemClock::default()), 0.0));
        let world = World::new(settings, &[scenario], clock.now())?;
        let (simulator, serving) = Simulator::bind(world, Arc::clone(&clock), &ServeOptions::default()).await?;
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(serving.run(stopped));
        Ok(Self { simulator, clock, stop, tasks })
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// An exporter that follows the offsets topic, or one that polls only.
    pub(crate) async fn exporter(&mut self, is_following: bool) -> anyhow::Result<Exporter> {
        let config = Config::from_flags(&self.simulator.bootstrap(), &Overrides::default())?;
        let mut cluster = config.clusters.into_iter().next().context("one cluster")?;
        cluster.offsets_topic = if is_following { OffsetsTopic::On } else { OffsetsTopic::Off };
        let metrics = SelfMetrics::new()?.cluster(&cluster.name)?;
        let clock: Arc<dyn Clock> = Arc::<WorldClock>::clone(&self.clock);
        let (follower, listener) = follower(&cluster, Arc::clone(&clock));
        let stop = self.stop.subscribe();
        self.tasks.spawn(follower.run(stop));
        let mut exporter = Exporter {
            kafka: KafkaCluster::new(cluster, patient(), metrics, clock),
            listener: is_following.then_some(listener),
            simulator: self.simulator.clone(),
            history: History::default(),
            generations: BTreeMap::new(),
        };
        exporter.begin().await?;
        Ok(exporter)
    }

    /// Ends all that runs.
    pub(crate) async fn end(mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// The world stands still while it is polled, so that an answer that a busy machine keeps back for minutes comes in time.
fn patient() -> PollSettings {
    PollSettings {
        timeout: Duration::from_mins(30),
        request_timeout: Duration::from_mins(20),
        ..PollSettings::default()
    }
}

/// The parts of the exporter from the protocol to the report, as its poller puts them together.
pub(crate) struct Exporter {
    kafka: KafkaCluster,
    listener: Option<Listener>,
    simulator: Simulator,
    history: History,
    /// The generations that were heard of last.
    generations: BTreeMap<String, i32>,
}

impl Exporter {
    async fn begin(&mut self) -> anyhow::Result<()> {
        let Some(listener) = &self.listener else { return Ok(()) };
        drop(listener.take());
        let following = listener.until(|state| *state == FollowState::Following);
        timeout(HEARING_TAKES, following).await.context("the offsets topic is not followed")
    }

    pub(crate) async fn poll(&mut self) -> anyhow::Result<Arc<ClusterReport>> {
        let mut snapshot = self.kafka.collect(self.history.wishes()).await?;
        snapshot.followed = self.hear().await?;
        Ok(analyze(snapshot, &mut self.history, &Thresholds::default()))
    }

    async fn hear(&mut self) -> anyhow::Result<Followed> {
        let Some(listener) = self.listener.clone() else { return Ok(Followed::default()) };
        let mut heard = listener.take();
        self.note(&heard);
        for _ in 0..HEARING_TAKES.as_millis() / LOOK.as_millis() {
            if self.has_heard_all() {
                return Ok(heard);
            }
            sleep(LOOK).await;
            let more = listener.take();
            self.note(&more);
            merge(&mut heard, more);
        }
        bail!("the follower does not hear what was written: {:?}", listener.state())
    }

    fn note(&mut self, heard: &Followed) {
        for group in &heard.groups {
            for record in &group.heard {
                if let Said::Generation(said) = &record.said {
                    self.generations.insert(group.id.as_str().to_owned(), said.generation);
                }
            }
        }
    }

    fn has_heard_all(&self) -> bool {
        let is_heard = |group: &Group| {
            // What was there before it began is not heard, and what is not settled is not written.
            let is_written = matches!(group.state, GroupState::Stable | GroupState::Empty);
            let is_due = is_written && !group.is_consumer() && group.generation > 1;
            !is_due || self.generations.get(&group.spec.name) == Some(&group.generation)
        };
        self.simulator.with_world(|world| world.groups().all(is_heard))
    }
}

fn merge(heard: &mut Followed, more: Followed) {
    heard.since = heard.since.and(more.since).and(heard.since);
    let mut groups: BTreeMap<_, FollowedGroup> =
        std::mem::take(&mut heard.groups).into_iter().map(|group| (group.id.clone(), group)).collect();
    for group in more.groups {
        match groups.get_mut(&group.id) {
            None => drop(groups.insert(group.id.clone(), group)),
            Some(known) => {
                known.heard.extend(group.heard);
                known.is_cut |= group.is_cut;
                known.has_gap |= group.has_gap;
                known.last_commit = known.last_commit.max(group.last_commit);
            }
        }
    }
    heard.groups = groups.into_values().collect();
}
