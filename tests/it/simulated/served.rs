//! A simulated cluster served within the test. It is NOT the binary; `simulate` starts that.
//! Invariant: everything ends with the test, and its world stands still unless the test moves it.

use std::sync::Arc;

use highwater::app::SystemClock;
use highwater::simulator::spec::{Action, GroupSpec, GroupType, TopicSpec};
use highwater::simulator::{ClusterSettings, Control, Scenario, ServeOptions, Serving, Simulator, World, WorldClock};
use tokio::io::DuplexStream;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::support::wait::eventually;

/// A topic `orders` and two groups, on three brokers.
pub(super) fn world(clock: &WorldClock) -> World {
    let scenario = Scenario {
        name: "test".to_owned(),
        topics: vec![TopicSpec::new("orders", 6).rate(100.0), TopicSpec::new("idle", 1)],
        groups: vec![
            GroupSpec::new("billing", GroupType::Classic, &["orders"]).members(2),
            GroupSpec::new("audit", GroupType::Consumer, &["orders", "idle"]),
        ],
        ..Scenario::default()
    };
    World::new(&ClusterSettings::default(), &[scenario], clock.now()).expect("the scenario makes sense")
}

/// A cluster whose brokers are served.
pub(super) struct Served {
    pub(super) simulator: Simulator,
    serving: Option<Serving>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Served {
    pub(super) async fn start() -> Self {
        let mut served = Self::unattended().await;
        let serving = served.serving.take().expect("nobody serves it yet");
        served.tasks.spawn(serving.run(served.stop.subscribe()));
        served
    }

    /// The same with nobody at the sockets: for connections in memory, and time that passes in leaps.
    pub(super) async fn unattended() -> Self {
        let clock = Arc::new(WorldClock::new(Arc::new(SystemClock::default()), 0.0));
        let world = world(&clock);
        let bound = Simulator::bind(world, clock, &ServeOptions::default()).await;
        let (simulator, serving) = bound.expect("there are free ports");
        let (stop, _) = watch::channel(false);
        Self { simulator, serving: Some(serving), stop, tasks: JoinSet::new() }
    }

    /// Serves a control port as well and gives its URL.
    pub(super) async fn control(&mut self) -> String {
        let control = Control::bind(([127, 0, 0, 1], 0).into(), self.simulator.clone()).await;
        let control = control.expect("there is a free port");
        let address = control.address().expect("it has an address");
        self.tasks.spawn(control.run(self.stop.subscribe()));
        format!("http://{address}")
    }

    /// A connection to a broker that needs no socket, so that time can be made to pass.
    pub(super) fn connect_in_memory(&mut self, broker: i32) -> DuplexStream {
        let (client, server) = tokio::io::duplex(1 << 20);
        let simulator = self.simulator.clone();
        self.tasks.spawn(async move { highwater::simulator::serve_connection(server, &simulator, broker).await });
        client
    }

    pub(super) async fn connect(&self, broker: i32) -> std::io::Result<TcpStream> {
        TcpStream::connect(self.simulator.endpoints()[&broker]).await
    }

    /// Connects as soon as the broker lets anybody in.
    pub(super) async fn connect_soon(&self, broker: i32) -> TcpStream {
        eventually("the broker to let us in", || self.connect(broker)).await
    }

    /// Waits until connections are refused.
    pub(super) async fn until_refused(&self, broker: i32) {
        eventually("connections to be refused", || async {
            match self.connect(broker).await {
                Ok(_) => Err("somebody listens".to_owned()),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => Ok(()),
                Err(error) => Err(error.to_string()),
            }
        })
        .await;
    }

    pub(super) fn act(&self, action: &Action) {
        self.simulator.with_world(|world| world.act(action)).expect("it can happen");
    }

    /// Tells it to stop and waits until it has.
    pub(super) async fn stop(mut self) {
        self.stop.send_replace(true);
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("no task fails");
        }
    }
}
