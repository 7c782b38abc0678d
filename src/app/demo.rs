//! The whole product on a simulated cluster in the same process.
//!
//! Not the stories that are told; `simulator` has those.
//! Invariant: world and exporter share one clock, so that what takes an hour is seen as it is, sooner.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use crate::config::{Config, NotifySettings, Overrides, PollSettings};
use crate::model::Clock;
use crate::simulator::{ClusterSettings, Scenario, ServeOptions, Simulator, World, WorldClock};

use super::{Surroundings, SystemClock, run_in};

/// What to show.
#[derive(Clone, Debug)]
pub struct Demo {
    /// The stories, side by side.
    pub scenarios: Vec<Scenario>,
    /// What holds for the cluster.
    pub settings: ClusterSettings,
    /// How many times faster than real time.
    pub speed: f64,
    /// Where the exporter listens.
    pub listen: SocketAddr,
    /// Who is told when something is wrong.
    pub notify: NotifySettings,
}

/// What runs now.
#[derive(Clone, Debug)]
pub struct DemoStarted {
    /// Where the exporter listens.
    pub exporter: SocketAddr,
    /// `bootstrap.servers` of the simulated cluster.
    pub bootstrap: String,
}

/// Runs simulated cluster and exporter until told to stop; tells once both listen.
pub async fn demo(demo: Demo, started: impl FnOnce(&DemoStarted)) -> anyhow::Result<()> {
    let clock = Arc::new(WorldClock::new(Arc::new(SystemClock::default()), demo.speed));
    let world = World::new(&demo.settings, &demo.scenarios, clock.now()).context("the stories do not fit together")?;
    let options = ServeOptions { piece_max: Some(ServeOptions::PIECE), ..ServeOptions::default() };
    let (simulator, serving) = Simulator::bind(world, Arc::clone(&clock), &options).await?;
    let bootstrap = simulator.bootstrap();
    let mut config = Config::from_flags(&bootstrap, &Overrides::default())?;
    (config.listen, config.notify) = (demo.listen, demo.notify);
    config.poll = faster(&config.poll, demo.speed);
    for receiver in &mut config.notify.receivers {
        // A story would be over before its second message.
        receiver.pace = receiver.pace.div_f64(demo.speed.max(1.0));
    }
    for cluster in &mut config.clusters {
        cluster.name = "demo".into();
    }
    let clock: Arc<dyn Clock> = clock;
    let listening = move |exporter| started(&DemoStarted { exporter, bootstrap });
    run_in(Surroundings { clock, simulated: Some(serving), listening }, config, None).await
}

/// The same rhythm on a faster clock. A machine does not get faster with it, so waits are not cut below what a busy
/// one may need; ages are told by the shared clock and stay as they are.
fn faster(poll: &PollSettings, speed: f64) -> PollSettings {
    let sooner = |wait: Duration, least: Duration| {
        if speed > 1.0 { wait.div_f64(speed).max(least.min(wait)) } else { wait }
    };
    PollSettings {
        interval: sooner(poll.interval, Duration::from_millis(200)),
        timeout: sooner(poll.timeout, Duration::from_millis(600)),
        request_timeout: sooner(poll.request_timeout, Duration::from_millis(300)),
        ..poll.clone()
    }
}
