//! Those who tell others when something is wrong: their tasks, as the configuration wants them.
//!
//! Not what is told, nor how.
//! Invariant: a reload touches only the receivers whose settings changed, and forgets neither what holds nor what they heard.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tracing::info;

use crate::config::{Config, ReceiverSettings};
use crate::model::{Clock, Objectives};
use crate::notify::{Alerts, Courier, Judge, Outbox, Sources};
use crate::publish::Latest;
use crate::telemetry::SelfMetrics;

use super::Ended;
use super::clock::SystemClock;

/// One who tells a receiver.
struct Running {
    settings: ReceiverSettings,
    outbox: Arc<Mutex<Outbox>>,
    stop: watch::Sender<bool>,
}

/// All who tell, and what they go by.
pub(super) struct Notifying {
    sources: watch::Sender<Arc<Sources>>,
    alerts: Arc<watch::Sender<Arc<Alerts>>>,
    /// The judge's stop; none before there is a receiver.
    judge: Option<watch::Sender<bool>>,
    couriers: Vec<Running>,
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
        // First the end of the old ones: a new one may count under the same name.
        let goes_on =
            |running: &Running| config.notify.receivers.contains(&running.settings) && !running.stop.is_closed();
        let (mut before, ended): (Vec<_>, Vec<_>) = std::mem::take(&mut self.couriers).into_iter().partition(goes_on);
        for running in &ended {
            running.stop.send_replace(true);
        }
        for settings in &config.notify.receivers {
            let place = before.iter().position(|running| running.settings == *settings);
            let courier = match place {
                Some(place) => before.swap_remove(place),
                None => self.start(settings, outbox(&ended, settings), tasks)?,
            };
            self.couriers.push(courier);
        }
        let has_judge = self.judge.as_ref().is_some_and(|stop| !stop.is_closed());
        if !self.couriers.is_empty() && !has_judge {
            self.judge = Some(self.start_judge(tasks));
        }
        Ok(())
    }

    fn start(
        &self,
        settings: &ReceiverSettings,
        outbox: Arc<Mutex<Outbox>>,
        tasks: &mut JoinSet<Ended>,
    ) -> anyhow::Result<Running> {
        let (kind, host) = (settings.kind.word(), settings.host());
        info!(kind, receiver = host, "notifications are on");
        let metrics = self.self_metrics.receiver(kind, host.clone());
        let (alerts, wall) = (self.alerts.subscribe(), Arc::clone(&self.wall));
        let courier = Courier::new(settings.clone(), alerts, metrics, wall, Arc::clone(&outbox));
        let courier = courier.context("cannot set up an HTTP client")?;
        let (stop, stopped) = watch::channel(false);
        tasks.spawn(async move {
            courier.run(stopped).await;
            Ended::Courier(host)
        });
        Ok(Running { settings: settings.clone(), outbox, stop })
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
        for stop in self.judge.iter().chain(self.couriers.iter().map(|running| &running.stop)) {
            stop.send_replace(true);
        }
    }
}

/// What was told at this address before; nothing where nobody told.
fn outbox(ended: &[Running], settings: &ReceiverSettings) -> Arc<Mutex<Outbox>> {
    let is_same = |old: &&Running| (old.settings.kind, &old.settings.url) == (settings.kind, &settings.url);
    ended.iter().find(is_same).map(|old| Arc::clone(&old.outbox)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{NotifySettings, Overrides};

    #[tokio::test]
    async fn what_a_receiver_heard_is_kept_by_its_address() {
        let metrics = SelfMetrics::new().expect("the counters can be set up");
        let mut notifying = Notifying::new(metrics, Arc::new(SystemClock::default()));
        let mut config = Config::from_flags("127.0.0.1:1", &Overrides::default()).expect("a configuration");
        let mut tasks = JoinSet::new();
        let mut follow = |webhook: &str, timeout| {
            config.notify = NotifySettings::from_flags(&[], &[webhook.to_owned()]).expect("an address");
            config.notify.receivers[0].timeout = timeout;
            notifying.follow(&config, Vec::new(), &mut tasks).expect("a courier starts");
            Arc::clone(&notifying.couriers[0].outbox)
        };
        let first = follow("http://127.0.0.1:1/a", Duration::from_secs(1));
        let changed = follow("http://127.0.0.1:1/a", Duration::from_secs(2));
        let other = follow("http://127.0.0.1:1/b", Duration::from_secs(2));
        assert!(Arc::ptr_eq(&first, &changed));
        assert!(!Arc::ptr_eq(&first, &other));
    }
}
