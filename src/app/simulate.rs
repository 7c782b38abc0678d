//! A simulated cluster as a program of its own.
//!
//! Not the exporter, nor what the cluster answers.
//! Invariant: all ports are taken before anything is said of them, and being told to stop is a clean end.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::{info, warn};

use crate::simulator::{ClusterSettings, Control, Scenario, ServeOptions, Serving, Simulator, World, WorldClock};

use super::signals::Signals;
use super::{GRACE, SystemClock};

/// What is to be simulated, and where.
#[derive(Clone, Debug)]
pub struct SimulationPlan {
    /// The cluster.
    pub settings: ClusterSettings,
    /// What happens in it.
    pub scenarios: Vec<Scenario>,
    /// How many times faster than real time; 0 stands still.
    pub speed: f64,
    /// Where the brokers listen.
    pub serve: ServeOptions,
    /// Where the control port is, if there shall be one.
    pub control: Option<SocketAddr>,
}

/// A simulated cluster whose ports are taken.
pub struct Simulation {
    simulator: Simulator,
    serving: Serving,
    control: Option<Control>,
    signals: Signals,
}

impl Simulation {
    /// Makes the world and takes the ports.
    pub async fn start(plan: &SimulationPlan) -> anyhow::Result<Self> {
        let signals = Signals::new().context("cannot listen to signals")?;
        let clock = Arc::new(WorldClock::new(Arc::new(SystemClock::default()), plan.speed));
        let world = World::new(&plan.settings, &plan.scenarios, clock.now()).context("no world can be made of this")?;
        let (simulator, serving) = Simulator::bind(world, clock, &plan.serve).await?;
        let control = match plan.control {
            Some(address) => {
                let control = Control::bind(address, simulator.clone()).await;
                Some(control.with_context(|| format!("the control port cannot listen on {address}"))?)
            }
            None => None,
        };
        Ok(Self { simulator, serving, control, signals })
    }

    /// The cluster.
    #[must_use]
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// Where the control port is.
    pub fn control(&self) -> anyhow::Result<Option<SocketAddr>> {
        let address = self.control.as_ref().map(Control::address).transpose();
        address.context("the control port has no address")
    }

    /// Serves until a signal says to stop.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self { simulator, serving, control, mut signals } = self;
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(serving.run(stopped.clone()));
        if let Some(control) = control {
            tasks.spawn(control.run(stopped));
        }
        info!(bootstrap = simulator.bootstrap(), "serving");
        tokio::select! {
            // There is no file to read again, and who closes the terminal wants no cluster left behind.
            _ = signals.next() => {}
            Some(ended) = tasks.join_next() => {
                ended.context("the simulated cluster failed")?;
                anyhow::bail!("the simulated cluster ended by itself");
            }
        }
        info!("stopping");
        stop.send_replace(true);
        let all_ended = async { while tasks.join_next().await.is_some() {} };
        if timeout(GRACE, all_ended).await.is_ok() {
            info!("stopped");
        } else {
            warn!("stopped with answers still under way");
        }
        Ok(())
    }
}
