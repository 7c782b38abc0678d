//! Tells one receiver which alerts hold, for as long as the exporter runs.
//!
//! Not what holds, nor the wire. Each receiver has a courier of its own, so that none waits for another.
//! Invariant: one message is under way at most, and it is made of what holds when it is sent.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tracing::{info, warn};

use crate::config::{ReceiverKind, ReceiverSettings};
use crate::model::Clock;
use crate::render::alerts::{Alert, alertmanager_body, webhook_body};
use crate::telemetry::{NotifyError, ReceiverMetrics};

use super::ledger::Alerts;
use super::outbox::{Message, Next, Outbox};
use super::post::{Failure, Post};

/// Alerts in one message to Alertmanager: one that is refused there takes no others with it.
const BATCH: usize = 256;
/// An alert ends by itself after so many intervals without news; the same as Prometheus.
const INTERVALS_UNTIL_OVER: u32 = 4;

/// The one who tells a receiver.
pub struct Courier {
    settings: ReceiverSettings,
    alerts: watch::Receiver<Arc<Alerts>>,
    metrics: ReceiverMetrics,
    wall: Arc<dyn Clock>,
    post: Post,
    /// What went wrong last, so that each change is logged once.
    trouble: Option<NotifyError>,
}

impl Courier {
    /// A courier to this receiver; `wall` is the clock on the wall there.
    pub fn new(
        settings: ReceiverSettings,
        alerts: watch::Receiver<Arc<Alerts>>,
        metrics: ReceiverMetrics,
        wall: Arc<dyn Clock>,
    ) -> Result<Self, reqwest::Error> {
        let post = Post::new(&settings)?;
        Ok(Self { settings, alerts, metrics, wall, post, trouble: None })
    }

    /// Tells until `stop` turns true. A message that is under way then is dropped.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        tokio::select! {
            () = self.tell() => {}
            _ = stop.wait_for(|is_stopping| *is_stopping) => {}
        }
    }

    async fn tell(&mut self) {
        let mut outbox = Outbox::new(self.settings.repeat);
        loop {
            let alerts = Arc::clone(&self.alerts.borrow_and_update());
            match outbox.next(&alerts, self.wall.moment()) {
                Next::Wait(wait) => self.wait(wait).await,
                Next::Send(message) => {
                    let sent = self.send(&message).await;
                    let now = self.wall.moment();
                    match sent {
                        Ok(()) => outbox.taken(message, now),
                        Err(_) => outbox.failed(message, now, fastrand::f64()),
                    }
                    self.note(sent);
                }
            }
        }
    }

    async fn wait(&mut self, wait: Duration) {
        let changed = async {
            if self.alerts.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = changed => {}
            () = tokio::time::sleep(wait) => {}
        }
    }

    async fn send(&self, message: &Message) -> Result<(), Failure> {
        let now = self.wall.timestamp();
        let (firing, over) = (alerts(&message.firing), alerts(&message.over));
        if self.settings.kind == ReceiverKind::Webhook {
            return self.post.send(webhook_body(firing, over, now, message.left_out)).await;
        }
        let lasting = self.settings.repeat.saturating_mul(INTERVALS_UNTIL_OVER);
        let mut outcome = Ok(());
        for (firing, over) in batches(&message.firing, &message.over) {
            let sent = self.post.send(alertmanager_body(alerts(firing), alerts(over), now, lasting)).await;
            // Only a refusal is about what was sent: whatever else happened would happen again.
            let goes_on = !matches!(&sent, Err((word, _)) if *word != NotifyError::Refused);
            outcome = outcome.and(sent);
            if !goes_on {
                break;
            }
        }
        outcome
    }

    fn note(&mut self, sent: Result<(), Failure>) {
        let (kind, receiver) = (self.settings.kind.word(), self.settings.host());
        match sent {
            Ok(()) => {
                self.metrics.taken();
                if self.trouble.take().is_some() {
                    info!(kind, receiver, "notifications are taken again");
                }
            }
            Err((error, text)) => {
                self.metrics.failed(error);
                if self.trouble.replace(error) != Some(error) {
                    warn!(kind, receiver, error = text, reason = error.word(), "a notification was not taken");
                }
            }
        }
    }
}

fn alerts(alerts: &[Arc<Alert>]) -> impl Iterator<Item = &Alert> {
    alerts.iter().map(Arc::as_ref)
}

type Piece<'a> = (&'a [Arc<Alert>], &'a [Arc<Alert>]);

fn batches<'a>(firing: &'a [Arc<Alert>], over: &'a [Arc<Alert>]) -> impl Iterator<Item = Piece<'a>> {
    let firing = firing.chunks(BATCH).map(|piece| (piece, &[][..]));
    firing.chain(over.chunks(BATCH).map(|piece| (&[][..], piece)))
}
