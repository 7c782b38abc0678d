//! The composition root: builds the rooms, starts their tasks, waits, drains.
//!
//! No rules of the trade are here; it only knows who needs whom.
//! Invariant: every long-lived task belongs to the one `JoinSet` here and ends by the one stop token.

mod clock;
mod clusters;
pub mod dashboards;
mod demo;
mod hot_keys;
mod notifying;
mod once;
mod reload;
mod signals;
mod simulate;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinSet};
use tracing::{debug, error, info, warn};

use crate::config::Config;
use crate::http::{self, HttpState, Limits, ReloadRequest};
use crate::model::{Clock, ClusterName};
use crate::publish::Board;
use crate::simulator::Serving;
use crate::telemetry::SelfMetrics;

pub use clock::SystemClock;
pub use demo::{Demo, DemoStarted, demo};
pub use hot_keys::hot_keys;
pub use once::{PolledOnce, report_once};
pub use simulate::{Simulation, SimulationPlan};

use clusters::Clusters;
use notifying::Notifying;
use reload::Reloader;
use signals::{Signals, Wish};

/// How long answers under way may take after a stop was asked for; under the five seconds that are
/// promised, with room for the rest.
const GRACE: Duration = Duration::from_secs(4);

/// Reads the configuration again; `Err` is the text of all its mistakes.
pub type ReadConfig = Box<dyn Fn() -> Result<Config, String> + Send>;

/// Why a task ended.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Server,
    Poller(ClusterName),
    Follower(ClusterName),
    Judge,
    Courier(String),
    Simulated,
}

/// What the exporter runs in.
struct Surroundings<Told> {
    clock: Arc<dyn Clock>,
    /// The simulated cluster that runs and ends with it.
    simulated: Option<Serving>,
    /// Told where it listens, once it does.
    listening: Told,
}

/// Runs the exporter until it is told to stop. `read_config` is `None` where there is no file.
pub async fn run(config: Config, read_config: Option<ReadConfig>) -> anyhow::Result<()> {
    let surroundings =
        Surroundings { clock: Arc::new(SystemClock::default()), simulated: None, listening: |_: SocketAddr| {} };
    run_in(surroundings, config, read_config).await
}

async fn run_in(
    surroundings: Surroundings<impl FnOnce(SocketAddr)>,
    config: Config,
    read_config: Option<ReadConfig>,
) -> anyhow::Result<()> {
    let Surroundings { clock, simulated, listening } = surroundings;
    let mut signals = Signals::new().context("cannot listen to signals")?;
    let listener = TcpListener::bind(config.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = listener.local_addr().context("the listening socket has no address")?;

    let self_metrics = SelfMetrics::new().context("cannot set up our own counters")?;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    if let Some(serving) = simulated {
        let stopped = stopped.clone();
        tasks.spawn(async move {
            serving.run(stopped).await;
            Ended::Simulated
        });
    }
    let mut clusters = Clusters::new(self_metrics.clone(), Arc::clone(&clock));
    clusters.follow(&config, &mut tasks)?;
    let mut notifying = Notifying::new(self_metrics.clone(), Arc::clone(&clock));
    notifying.follow(&config, clusters.latest(), &mut tasks)?;
    let board = Arc::new(Board::new(reload::board_settings(&config), clusters.latest()));
    let (reload_sender, mut reload_requests) = mpsc::channel::<ReloadRequest>(1);
    let state =
        HttpState::new(Arc::clone(&board), self_metrics.clone(), Arc::clone(&clock), reload_sender, Limits::default());
    tasks.spawn(async move {
        http::serve(listener, Arc::new(state), stopped).await;
        Ended::Server
    });
    info!(address = %address, clusters = config.clusters.len(), version = env!("CARGO_PKG_VERSION"), "listening");
    listening(address);

    let mut reloader = Reloader { read_config, running: config, board, notifying, self_metrics };
    loop {
        tokio::select! {
            wish = signals.next() => match wish {
                Wish::Stop => break,
                // The outcome is logged; a signal has nobody to answer to.
                Wish::Reload => drop(reloader.reload(&mut clusters, &mut tasks)),
            },
            Some(request) = reload_requests.recv() => {
                let outcome = reloader.reload(&mut clusters, &mut tasks);
                // Whoever asked may be gone; the reload holds all the same.
                drop(request.reply.send(outcome));
            }
            Some(ended) = tasks.join_next() => {
                look_into(ended)?;
                reloader.revive(&mut clusters, &mut tasks)?;
            }
        }
    }
    info!("stopping");
    reloader.notifying.stop();
    drain(&stop, &clusters, &mut tasks, &mut signals).await;
    Ok(())
}

/// A task that ended: a poller that a reload made needless, or a defect.
fn look_into(ended: Result<Ended, JoinError>) -> anyhow::Result<()> {
    match ended {
        Ok(Ended::Poller(name)) => debug!(cluster = name.as_str(), "a poller ended"),
        Ok(Ended::Follower(name)) => debug!(cluster = name.as_str(), "a follower ended"),
        Ok(Ended::Judge) => debug!("nobody looks for alerts"),
        Ok(Ended::Courier(receiver)) => debug!(receiver, "a receiver is no longer told"),
        Ok(Ended::Server) => anyhow::bail!("the HTTP server ended by itself"),
        Ok(Ended::Simulated) => anyhow::bail!("the simulated cluster ended by itself"),
        Err(error) => error!(error = %error, "a task failed and is started again"),
    }
    Ok(())
}

async fn drain(stop: &watch::Sender<bool>, clusters: &Clusters, tasks: &mut JoinSet<Ended>, signals: &mut Signals) {
    stop.send_replace(true);
    clusters.stop();
    let all_ended = async { while tasks.join_next().await.is_some() {} };
    tokio::select! {
        () = all_ended => info!("stopped"),
        () = tokio::time::sleep(GRACE) => warn!("stopped with answers still under way"),
        () = signals.stop() => warn!("stopped at once"),
    }
    tasks.abort_all();
}
