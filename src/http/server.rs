//! Accepts connections and attends to each until it ends or the server stops.
//!
//! Not who opens the socket or decides to stop: both are handed in, so a test can do it as well.
//! Invariant: `serve` returns only when its last connection is gone, and dropping it ends them all.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

use super::limits::Limits;
use super::routes::router;
use super::stall::StallLimit;
use super::state::HttpState;

/// A failed accept is tried again after this long at first; the usual reason is that file descriptors
/// ran out, which passes when somebody closes one.
const ACCEPT_PAUSE_MIN: Duration = Duration::from_millis(20);
/// At most this long after many failures in a row.
const ACCEPT_PAUSE_MAX: Duration = Duration::from_secs(1);

/// Serves on `listener` until `stop` is true or its sender is gone. Then nothing is accepted any more,
/// requests that were begun are answered, and idle connections close. The caller decides how long to
/// wait for that: dropping the future cuts whoever is left.
pub async fn serve(listener: TcpListener, state: Arc<HttpState>, mut stop: watch::Receiver<bool>) {
    let limits = state.limits;
    let service = TowerToHyperService::new(router(state));
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    loop {
        let admitted = tokio::select! {
            () = stopped(&mut stop) => break,
            admitted = admit(&listener, &places) => admitted,
        };
        let Some((stream, place)) = admitted else { break };
        connections.spawn(attend(stream, service.clone(), limits, stop.clone(), place));
        while let Some(ended) = connections.try_join_next() {
            note(ended);
        }
    }
    drop(listener);
    while let Some(ended) = connections.join_next().await {
        note(ended);
    }
}

/// The stop signal. A sender that is gone cannot say anything else any more.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|is_stopping| *is_stopping).await.is_err() {
        tracing::debug!("stop signal was dropped");
    }
}

/// Waits for a place, then for a client to take it. `None` would mean that the places are closed,
/// which nobody does.
async fn admit(listener: &TcpListener, places: &Arc<Semaphore>) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    let mut pause = ACCEPT_PAUSE_MIN;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return Some((stream, place)),
            Err(error) => {
                tracing::warn!(error = %error, pause_seconds = pause.as_secs_f64(), "accept failed");
                sleep(pause).await;
                pause = (pause * 2).min(ACCEPT_PAUSE_MAX);
            }
        }
    }
}

async fn attend(
    stream: TcpStream,
    service: TowerToHyperService<Router>,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    // An answer ends with a small piece, which should not wait for an acknowledgement of the large one.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(error = %error, "nodelay refused");
    }
    let stream = TokioIo::new(StallLimit::new(stream, limits.write_stall));
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_read)
            .max_buf_size(limits.header_bytes)
            .serve_connection(stream, service)
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error = %error, "connection ended early");
    }
}

fn note(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(error = %error, "connection task failed");
    }
}
