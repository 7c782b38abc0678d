//! A simulated cluster and the exporter that watches it, in one thread: lines in memory, and time that passes in leaps.
//! It is NOT the binary, and has no sockets; with those, paused time would fire deadlines that nobody reached.
//! Invariant: the world stands still while it is polled, unless it was asked to go on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use highwater::config::{BrokerAddress, ClusterConfig, NameFilter, OffsetsTopic, PollSettings};
use highwater::kafka::{ClusterSource, Dial, Dialing, KafkaCluster, LearnedNothing, Stream};
use highwater::model::{
    Clock, ClusterName, ClusterReport, ClusterSnapshot, Followed, Moment, RenderOptions, Thresholds, Timestamp, Wishes,
};
use highwater::poller::Poller;
use highwater::publish::{Board, BoardSettings, Coding, Form, Latest, channel};
use highwater::render::Format;
use highwater::simulator::spec::Action;
use highwater::simulator::{
    ClusterSettings, Scenario, ServeOptions, Simulator, Truth, WireFaults, World, WorldClock, serve_connection,
};
use highwater::telemetry::{ClusterMetrics, SelfMetrics};
use tokio::io::duplex;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::support::page::Page;

/// From one poll to the next.
pub(super) const INTERVAL: Duration = Duration::from_secs(15);

/// From one look at a page to the beginning of the next poll.
const FIRST_POLL_AFTER: Duration = Duration::from_secs(1);

/// When worlds begin, since the Unix epoch.
const BEGINNING: Duration = Duration::from_hours(490_000);

/// The runtime's time, which passes in leaps.
struct VirtualClock(Instant);

#[expect(clippy::disallowed_methods, reason = "virtual time is the runtime's, and nothing real is measured by it")]
fn now() -> Instant {
    Instant::now()
}

impl Clock for VirtualClock {
    fn moment(&self) -> Moment {
        Moment::from_origin(now() - self.0)
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::from_unix(BEGINNING + (now() - self.0))
    }
}

/// The brokers' doors, in memory; who gets in is up to the simulator.
struct Lines {
    simulator: Simulator,
    open: Mutex<BTreeMap<i32, JoinSet<()>>>,
}

impl Dial for Lines {
    fn dial<'a>(&'a self, address: &'a BrokerAddress) -> Dialing<'a> {
        Box::pin(async move {
            let mut doors = self.simulator.endpoints().iter();
            let broker = doors.find(|(_, door)| door.port() == address.port).map(|(broker, _)| *broker);
            let Some(broker) = broker.filter(|broker| self.simulator.is_open(*broker)) else {
                return Err(std::io::ErrorKind::ConnectionRefused.into());
            };
            let (near, far) = duplex(64 << 10);
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let lines = open.entry(broker).or_default();
            sweep(lines);
            if self.simulator.has_room(broker, lines.len()) {
                let simulator = self.simulator.clone();
                lines.spawn(async move { serve_connection(far, &simulator, broker).await });
            }
            Ok(Box::new(near) as Stream)
        })
    }
}

/// Lets go of what has ended.
fn sweep(lines: &mut JoinSet<()>) {
    while let Some(ended) = lines.try_join_next() {
        assert!(ended.is_ok(), "a simulated connection failed: {ended:?}");
    }
}

/// What is noted of polls where they are made.
#[derive(Default)]
struct Polls {
    is_under_way: AtomicBool,
    count: AtomicUsize,
}

struct Noted {
    cluster: KafkaCluster,
    polls: Arc<Polls>,
}

impl ClusterSource for Noted {
    async fn collect(&mut self, wishes: &Wishes) -> Result<ClusterSnapshot, LearnedNothing> {
        assert!(!self.polls.is_under_way.swap(true, Ordering::Relaxed), "two polls overlap");
        let collected = self.cluster.collect(wishes).await;
        self.polls.is_under_way.store(false, Ordering::Relaxed);
        self.polls.count.fetch_add(1, Ordering::Relaxed);
        collected
    }
}

/// A cluster, and all that is needed to ask it, by whomever.
pub(super) struct Site {
    pub(super) simulator: Simulator,
    lines: Arc<Lines>,
    pub(super) own: SelfMetrics,
    pub(super) cluster: KafkaCluster,
    metrics: ClusterMetrics,
    clock: Arc<dyn Clock>,
}

impl Site {
    /// A world whose time passes so many times as fast as that of the runtime.
    pub(super) async fn new(speed: f64, settings: &ClusterSettings, scenario: Scenario, poll: &PollSettings) -> Self {
        let clock = Arc::new(WorldClock::new(Arc::new(VirtualClock(now())), speed));
        let world = World::new(settings, &[scenario], clock.now()).expect("the scenario makes sense");
        // The ports are held so that nobody else has them; nobody listens to what comes there.
        let bound = Simulator::bind(world, Arc::clone(&clock), &ServeOptions::default()).await;
        let (simulator, _) = bound.expect("there are free ports");
        let lines = Arc::new(Lines { simulator: simulator.clone(), open: Mutex::default() });
        let name = cluster_name();
        let address = |port: u16| BrokerAddress { host: "127.0.0.1".to_owned(), port };
        let config = ClusterConfig {
            name: name.clone(),
            bootstrap: simulator.endpoints().values().map(|door| address(door.port())).collect(),
            client_id: "highwater".to_owned(),
            groups: NameFilter::new(&[".*"], &[]).expect("a pattern"),
            topics: NameFilter::new(&[".*"], &["__.*"]).expect("patterns"),
            offsets_topic: OffsetsTopic::Off,
            expected_brokers: None,
        };
        let own = SelfMetrics::new().expect("the counters can be set up");
        let metrics = own.cluster(&name).expect("the counters can be set up");
        let clock: Arc<dyn Clock> = clock;
        let cluster = KafkaCluster::new(config, poll.clone(), metrics.clone(), Arc::clone(&clock));
        let dial: Arc<dyn Dial> = Arc::<Lines>::clone(&lines);
        Self { simulator, lines, own, cluster: cluster.dialing(dial), metrics, clock }
    }
}

/// Pages also tell how well ages are known, so that these can be compared with the truth.
fn options() -> RenderOptions {
    let uncertainty = "kafka_consumergroup_lag_uncertainty_seconds".to_owned();
    RenderOptions { included_families: [uncertainty].into(), ..RenderOptions::default() }
}

fn cluster_name() -> ClusterName {
    ClusterName::from("simulated")
}

/// A cluster and its exporter.
pub(super) struct Lab {
    pub(super) simulator: Simulator,
    lines: Arc<Lines>,
    own: SelfMetrics,
    board: Board,
    latest: Latest,
    polls: Arc<Polls>,
    tasks: JoinSet<()>,
    _stop: watch::Sender<bool>,
}

impl Lab {
    /// A world that stands still but for [`Self::pass`].
    pub(super) async fn new(settings: &ClusterSettings, scenario: Scenario, poll: PollSettings) -> Self {
        Self::at_speed(0.0, settings, scenario, poll).await
    }

    /// A world whose time passes so many times as fast as that of the runtime.
    pub(super) async fn at_speed(
        speed: f64,
        settings: &ClusterSettings,
        scenario: Scenario,
        poll: PollSettings,
    ) -> Self {
        let Site { simulator, lines, own, cluster, metrics, clock } = Site::new(speed, settings, scenario, &poll).await;
        let name = cluster_name();
        let (publisher, latest) = channel(name.clone());
        let board = BoardSettings { stale_after: poll.stale_after, options: options() };
        let polls = Arc::new(Polls::default());
        let poller = Poller {
            cluster: name,
            source: Noted { cluster, polls: Arc::clone(&polls) },
            interval: INTERVAL,
            // Pages are looked at when polls are over, and the world is moved then.
            first_poll_after: FIRST_POLL_AFTER,
            hear: Box::new(Followed::default),
            thresholds: Thresholds::default(),
            publisher,
            metrics,
            clock,
        };
        let (stop, stopping) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(poller.run(stopping));
        let board = Board::new(board, [latest.clone()]);
        Self { simulator, lines, own, board, latest, polls, tasks, _stop: stop }
    }

    /// Lets time pass in the world.
    pub(super) fn pass(&self, time: Duration) {
        self.simulator.clock().advance(time);
    }

    /// Waits for one poll and gives the page after it.
    pub(super) async fn poll(&mut self) -> Page {
        self.poll_while(Duration::ZERO, |_| {}).await
    }

    /// The same, and something happens so long after the poll has begun.
    pub(super) async fn poll_while(&mut self, after: Duration, happening: impl FnOnce(&Self)) -> Page {
        let before = self.polls.count.load(Ordering::Relaxed);
        let after = FIRST_POLL_AFTER + after;
        sleep(after).await;
        happening(self);
        sleep(INTERVAL.saturating_sub(after)).await;
        assert!(self.tasks.try_join_next().is_none(), "the poller ended");
        assert_eq!(self.polls.count.load(Ordering::Relaxed), before + 1, "there is one poll in each interval");
        self.scrape().await
    }

    async fn scrape(&self) -> Page {
        let form = Form { format: Format::Text, coding: Coding::Identity, cluster: None };
        let page = self.board.page(&form, self.simulator.clock().moment()).await.expect("the page can be made");
        let pieces = page.with_own(&self.own.gather(None)).expect("the page can be written");
        Page::parse(std::str::from_utf8(&pieces.concat()).expect("the page is text"))
    }

    /// What the last poll that learned anything found.
    pub(super) fn report(&self) -> Arc<ClusterReport> {
        self.latest.get().report.clone().expect("a poll learned something")
    }

    /// Does something in the world, which may not be possible there now.
    pub(super) fn act(&self, action: &Action) -> bool {
        let is_done = self.simulator.with_world(|world| world.act(action)).is_ok();
        if let Action::StopBroker { broker } = action {
            self.cut(*broker);
        }
        is_done
    }

    /// Spoils a broker's answers from now on.
    pub(super) fn spoil(&self, broker: i32, faults: WireFaults) {
        self.simulator.set_faults(broker, faults).expect("the faults make sense");
    }

    /// Ends all connections to a broker.
    pub(super) fn cut(&self, broker: i32) {
        let mut open = self.lines.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(&broker);
    }

    /// How many connections there are.
    pub(super) fn connection_count(&self) -> usize {
        let mut open = self.lines.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.values_mut().for_each(sweep);
        open.values().map(JoinSet::len).sum()
    }

    /// What is true now.
    pub(super) fn truth(&self) -> Truth {
        self.simulator.truth()
    }
}
