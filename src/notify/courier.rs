//! Tells one receiver which alerts hold, for as long as the exporter runs.
//!
//! Not what holds, nor the wire. Each receiver has a courier of its own, so that none waits for another.
//! Invariant: one message is under way at most, and it is made of what holds when it is sent.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};
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
    /// What the receiver was told. Who tells it holds this, so that one courier begins when the one before has ended.
    outbox: Arc<Mutex<Outbox>>,
    /// The message that is under way.
    under_way: Option<Message>,
    /// What went wrong last, so that each change is logged once.
    trouble: Option<NotifyError>,
}

impl Courier {
    /// A courier to this receiver; `wall` is the clock on the wall there, and `outbox` what it was told so far.
    pub fn new(
        settings: ReceiverSettings,
        alerts: watch::Receiver<Arc<Alerts>>,
        metrics: ReceiverMetrics,
        wall: Arc<dyn Clock>,
        outbox: Arc<Mutex<Outbox>>,
    ) -> Result<Self, reqwest::Error> {
        let post = Post::new(&settings)?;
        Ok(Self { settings, alerts, metrics, wall, post, outbox, under_way: None, trouble: None })
    }

    /// Tells until `stop` turns true. A message that is under way then is dropped.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let outbox = Arc::clone(&self.outbox);
        let mut outbox = outbox.lock().await;
        outbox.begin(self.settings.repeat, self.settings.pace);
        tokio::select! {
            () = self.tell(&mut outbox) => {}
            _ = stop.wait_for(|is_stopping| *is_stopping) => {}
        }
        if let Some(message) = self.under_way.take() {
            outbox.failed(&message, self.wall.moment(), 0.0, true);
        }
    }

    async fn tell(&mut self, outbox: &mut Outbox) {
        loop {
            let alerts = Arc::clone(&self.alerts.borrow_and_update());
            match outbox.next(&alerts, self.wall.moment()) {
                Next::Wait(wait) => self.wait(wait).await,
                Next::Send(message) => {
                    self.under_way = Some(message.clone());
                    let (sent, may_be_heard) = self.send(&message).await;
                    self.under_way = None;
                    let now = self.wall.moment();
                    match sent {
                        Ok(()) => outbox.taken(&message, now),
                        Err(_) => outbox.failed(&message, now, fastrand::f64(), may_be_heard),
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

    /// How it went, and whether the receiver may have heard any of it.
    async fn send(&mut self, message: &Message) -> (Result<(), Failure>, bool) {
        let now = self.wall.timestamp();
        let (firing, over) = (alerts(&message.firing), alerts(&message.over));
        if self.settings.kind == ReceiverKind::Webhook {
            let sent = self.post.send(webhook_body(firing, over, now, message.left_out, &self.settings.runbooks)).await;
            let may_be_heard = may_be_heard(&sent);
            return (sent, may_be_heard);
        }
        let lasting = self.settings.repeat.saturating_mul(INTERVALS_UNTIL_OVER);
        let (mut outcome, mut is_any_heard) = (Ok(()), false);
        for (firing, over) in batches(&message.firing, &message.over) {
            let body = alertmanager_body(alerts(firing), alerts(over), now, lasting, &self.settings.runbooks);
            let sent = self.post.send(body).await;
            is_any_heard |= may_be_heard(&sent);
            // Only a refusal is about what was sent: whatever else happened would happen again.
            let goes_on = !matches!(&sent, Err((word, _)) if *word != NotifyError::Refused);
            outcome = outcome.and(sent);
            if !goes_on {
                break;
            }
        }
        (outcome, is_any_heard)
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

fn may_be_heard(sent: &Result<(), Failure>) -> bool {
    !matches!(sent, Err((NotifyError::Connect | NotifyError::Credentials, _)))
}

fn alerts(alerts: &[Arc<Alert>]) -> impl Iterator<Item = &Alert> {
    alerts.iter().map(Arc::as_ref)
}

type Piece<'a> = (&'a [Arc<Alert>], &'a [Arc<Alert>]);

fn batches<'a>(firing: &'a [Arc<Alert>], over: &'a [Arc<Alert>]) -> impl Iterator<Item = Piece<'a>> {
    let firing = firing.chunks(BATCH).map(|piece| (piece, &[][..]));
    firing.chain(over.chunks(BATCH).map(|piece| (&[][..], piece)))
}
