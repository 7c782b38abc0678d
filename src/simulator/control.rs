//! The control port: truth, faults, time and events of a simulated cluster over HTTP, in JSON.
//!
//! Not for strangers: whoever reaches it may do anything to the cluster, which holds no data.
//! Invariant: it changes nothing that the handle of the simulator could not, and its own connections are bounded.

mod bounds;
mod error;
mod handlers;
mod time;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{StatusCode, Uri};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::server::{Simulator, stopped};
use error::ControlError;

/// Bodies of requests; an event is a line.
const BODY_BYTES_MAX: usize = 64 << 10;

/// Connections at a time; one person and a few scripts.
const CONNECTIONS_MAX: usize = 64;

/// From the beginning of a request to its answer.
const REQUEST_MAX: Duration = Duration::from_secs(30);

/// A connection may be used again for so long; then whoever wants more connects anew.
const CONNECTION_MAX: Duration = Duration::from_mins(10);

/// After a failed accept, which usually means that descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The control port of a simulated cluster, before anybody attends to it.
pub struct Control {
    listener: TcpListener,
    simulator: Simulator,
}

impl Control {
    /// Takes the port.
    pub async fn bind(address: SocketAddr, simulator: Simulator) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(address).await?, simulator })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` is true or its sender is gone; then all connections are dropped.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let service = TowerToHyperService::new(router(self.simulator));
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = stopped(&mut stop) => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) if connections.len() < CONNECTIONS_MAX => {
                        connections.spawn(attend(stream, service.clone()));
                    }
                    Ok(_) => tracing::warn!("a connection to the control port is one too many"),
                    Err(error) => {
                        tracing::warn!(error = %error, "accept failed");
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(ended) = connections.join_next() => if let Err(error) = ended {
                    tracing::error!(error = %error, "connection task failed");
                },
            }
        }
        connections.shutdown().await;
    }
}

async fn attend(stream: TcpStream, service: TowerToHyperService<Router>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(REQUEST_MAX);
    match timeout(CONNECTION_MAX, http.serve_connection(TokioIo::new(stream), service)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(error = %error, "connection to the control port ended early"),
        Err(_) => tracing::debug!("connection to the control port ended by its time"),
    }
}

/// Every path there is.
fn router(simulator: Simulator) -> Router {
    Router::new()
        .route("/", get(handlers::overview))
        .route("/truth", get(handlers::truth))
        .route("/brokers", get(handlers::brokers))
        .route("/brokers/{id}/faults", get(handlers::faults).put(handlers::set_faults).delete(handlers::lift_faults))
        .route("/faults", axum::routing::delete(handlers::lift_all_faults))
        .route("/clock", get(time::clock).post(time::set_clock))
        .route("/events", axum::routing::post(handlers::event))
        .route("/requests", get(handlers::requests).delete(handlers::reset_requests))
        .fallback(|uri: Uri| async move { ControlError::not_found(format!("there is nothing at `{}`", uri.path())) })
        .method_not_allowed_fallback(|| async {
            ControlError::new(StatusCode::METHOD_NOT_ALLOWED, "this path does not answer to this method")
        })
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn(in_time))
        .with_state(simulator)
}

async fn in_time(request: Request, next: Next) -> Response {
    match timeout(REQUEST_MAX, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ControlError::new(StatusCode::REQUEST_TIMEOUT, "the request took too long").into_response(),
    }
}
