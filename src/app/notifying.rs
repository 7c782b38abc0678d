//! Those who tell others when something is wrong: their tasks, as the configuration wants them.
//!
//! Not what is told, nor how.
//! Invariant: a reload touches only the receivers whose settings changed, and forgets no alert that holds.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::info;

use crate::config::{Config, ReceiverSettings};
use crate::model::{Clock, Objectives};
use crate::notify::{Alerts, Courier, Judge, Sources};
use crate::publish::Latest;
use crate::telemetry::SelfMetrics;

use super::Ended;
use super::clock::SystemClock;

/// All who tell, and what they go by.
pub(super) struct Notifying {
    sources: watch::Sender<Arc<Sources>>,
    alerts: Arc<watch::Sender<Arc<Alerts>>>,
    /// The judge's stop; none before there is a receiver.
    judge: Option<watch::Sender<bool>>,
    couriers: Vec<(ReceiverSettings, watch::Sender<bool>)>,
    self_metrics: SelfMetrics,
    /// The clock of the polls, and that of the receivers.
    clock: Arc<dyn Clock>,
    wall: Arc<dyn Clock>,
}

impl Notifying {
    pub(super) fn new(self_metrics: SelfMetrics, clock: Arc<dyn Clock>) -> Self {
        let nothing = Sources { latest: Vec::new(), stale_after: Duration::MAX, objectives: Objectives::default() };
        Self {
            sources: watch::Sender::new(Arc::new(nothing)),
            alerts: Arc::new(watch::Sender::new(Arc::new(Alerts::default()))),
            judge: None,
            couriers: Vec::new(),
            self_metrics,
            clock,
            wall: Arc::new(SystemClock::default()),
        }
    }

    /// Tells those of the configuration of these clusters. Who was told before and has not changed goes on being told.
    pub(super) fn follow(
        &mut self,
        config: &Config,
        latest: Vec<Latest>,
        tasks: &mut JoinSet<Ended>,
    ) -> anyhow::Result<()> {
        let (stale_after, objectives) = (config.poll.stale_after, config.metrics.objectives.clone());
        let sources = Sources { latest, stale_after, objectives };
        self.sources.send_replace(Arc::new(sources));
        let mut before = std::mem::take(&mut self.couriers);
        // First the end of the old ones: a new one may count under the same name.
        before.retain(|(settings, stop)| {
            let goes_on = config.notify.receivers.contains(settings) && !stop.is_closed();
            if !goes_on {
                stop.send_replace(true);
            }
            goes_on
        });
        for settings in &config.notify.receivers {
            let place = before.iter().position(|(running, _)| running == settings);
            let courier = match place {
                Some(place) => before.swap_remove(place),
                None => (settings.clone(), self.start(settings, tasks)?),
            };
            self.couriers.push(courier);
        }
        let has_judge = self.judge.as_ref().is_some_and(|stop| !stop.is_closed());
        if !self.couriers.is_empty() && !has_judge {
            self.judge = Some(self.start_judge(tasks));
        }
        Ok(())
    }

    fn start(&self, settings: &ReceiverSettings, tasks: &mut JoinSet<Ended>) -> anyhow::Result<watch::Sender<bool>> {
        let (kind, host) = (settings.kind.word(), settings.host());
        info!(kind, receiver = host, "notifications are on");
        let metrics = self.self_metrics.receiver(kind, host.clone());
        let courier = Courier::new(settings.clone(), self.alerts.subscribe(), metrics, Arc::clone(&self.wall));
        let courier = courier.context("cannot set up an HTTP client")?;
        let (stop, stopped) = watch::channel(false);
        tasks.spawn(async move {
            courier.run(stopped).await;
            Ended::Courier(host)
        });
        Ok(stop)
    }

    fn start_judge(&self, tasks: &mut JoinSet<Ended>) -> watch::Sender<bool> {
        let judge = Judge {
            sources: self.sources.subscribe(),
            alerts: Arc::clone(&self.alerts),
            clock: Arc::clone(&self.clock),
            wall: Arc::clone(&self.wall),
        };
        let (stop, stopped) = watch::channel(false);
        tasks.spawn(async move {
            judge.run(stopped).await;
            Ended::Judge
        });
        stop
    }

    /// Tells all to end.
    pub(super) fn stop(&self) {
        for stop in self.judge.iter().chain(self.couriers.iter().map(|(_, stop)| stop)) {
            stop.send_replace(true);
        }
    }
}
