//! One broker's door: open while it is up or hangs, closed while it is down or refuses.
//!
//! Not what goes on behind it; `connection` is.
//! Invariant: the port stays the broker's while the door is closed, so that it can be opened again.

use std::future::pending;
use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::simulator::world::BrokerState;

use super::{Simulator, TICK, serve_connection};

/// Connections to one broker at a time; far more than anybody needs, far fewer than descriptors there may be.
const CONNECTIONS_MAX: usize = 4096;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// Whether clients get in.
enum Door {
    Open(TcpListener),
    /// The socket holds the port, so that nobody else gets it; connections to it are refused.
    Closed(TcpSocket),
    /// The port could not be held or opened; it is tried again.
    Lost,
}

/// Attends to a broker until it is dropped, and all its connections with it.
pub(super) async fn attend(broker: i32, listener: TcpListener, simulator: Simulator) {
    let mut door = Door::Open(listener);
    let mut connections = JoinSet::new();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                if let Some(address) = simulator.endpoints().get(&broker) {
                    door = door.turned(simulator.is_open(broker), broker, *address);
                }
                if simulator.state(broker) == BrokerState::Down {
                    connections.shutdown().await;
                }
            }
            accepted = door.accept() => {
                match accepted {
                    Ok(stream) => admit(stream, broker, &simulator, &mut connections),
                    Err(error) => {
                        tracing::warn!(broker, error = %error, "accept failed");
                        sleep(TICK).await;
                    }
                }
            }
            Some(ended) = connections.join_next() => note(ended),
        }
    }
}

impl Simulator {
    /// Whether a broker takes connections now: it is not down, and nothing makes it refuse.
    #[must_use]
    pub fn is_open(&self, broker: i32) -> bool {
        self.state(broker) != BrokerState::Down && self.faults(broker).is_some_and(|faults| !faults.refuse)
    }

    /// Whether a broker that has so many connections keeps one more, rather than closing it when it is made.
    #[must_use]
    pub fn has_room(&self, broker: i32, connections: usize) -> bool {
        let connections_max = self.faults(broker).and_then(|faults| faults.connections_max);
        connections < connections_max.unwrap_or(CONNECTIONS_MAX).min(CONNECTIONS_MAX)
    }
}

fn admit(stream: TcpStream, broker: i32, simulator: &Simulator, connections: &mut JoinSet<()>) {
    if !simulator.has_room(broker, connections.len()) {
        return;
    }
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(broker, error = %error, "nodelay refused");
    }
    let simulator = simulator.clone();
    connections.spawn(async move { serve_connection(stream, &simulator, broker).await });
}

fn note(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(error = %error, "connection task failed");
    }
}

impl Door {
    async fn accept(&self) -> io::Result<TcpStream> {
        match self {
            Self::Open(listener) => listener.accept().await.map(|(stream, _)| stream),
            Self::Closed(_) | Self::Lost => pending().await,
        }
    }

    /// The door as it should be. What fails is tried again at the next tick.
    fn turned(self, is_open: bool, broker: i32, address: SocketAddr) -> Self {
        let was_lost = matches!(self, Self::Lost);
        let turned = match (self, is_open) {
            (Self::Open(listener), false) => {
                drop(listener);
                hold(address).map(Self::Closed)
            }
            (Self::Closed(socket), true) => socket.listen(BACKLOG).map(Self::Open),
            (Self::Lost, true) => hold(address).and_then(|socket| socket.listen(BACKLOG)).map(Self::Open),
            (Self::Lost, false) => hold(address).map(Self::Closed),
            (as_it_should_be, _) => Ok(as_it_should_be),
        };
        turned.unwrap_or_else(|error| {
            if !was_lost {
                tracing::warn!(broker, address = %address, error = %error, "the port is not to be had for now");
            }
            Self::Lost
        })
    }
}

/// Takes a port without listening on it.
fn hold(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections that were just cut may not keep it from its own port.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}
