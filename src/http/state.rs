//! What handlers have at hand.
//!
//! Not the program's state: each thing here belongs to another room.
//! Invariant: everything in it answers at once, or says within a bounded time that it will not.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, oneshot};

use super::limits::Limits;
use crate::model::Clock;
use crate::publish::Board;
use crate::telemetry::SelfMetrics;

/// Somebody asks for the configuration to be read again.
#[derive(Debug)]
pub struct ReloadRequest {
    /// Where the result goes: what was done, or every mistake that was found.
    pub reply: oneshot::Sender<Result<String, String>>,
}

/// What handlers have at hand.
pub struct HttpState {
    pub(super) board: Arc<Board>,
    pub(super) self_metrics: SelfMetrics,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) reload: mpsc::Sender<ReloadRequest>,
    pub(super) limits: Limits,
    pub(super) makers: Arc<Semaphore>,
}

impl HttpState {
    /// Puts together what the handlers need.
    #[must_use]
    pub fn new(
        board: Arc<Board>,
        self_metrics: SelfMetrics,
        clock: Arc<dyn Clock>,
        reload: mpsc::Sender<ReloadRequest>,
        limits: Limits,
    ) -> Self {
        let makers = Arc::new(Semaphore::new(limits.makers));
        Self { board, self_metrics, clock, reload, limits, makers }
    }
}
