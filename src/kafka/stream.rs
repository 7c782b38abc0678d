//! The transport below a connection: TCP now, with room for TLS around it.
//!
//! Not the protocol: nothing here knows what a frame is.
//! Invariant: opening a stream ends by the deadline.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::config::BrokerAddress;
use crate::model::ProblemKind;

use super::error::Error;

/// Anything that carries bytes both ways; encryption wraps one of these into another.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// An open transport, ready for the first frame.
pub(super) type Stream = Box<dyn Duplex>;

/// Connects and does what the security protocol wants before the first frame.
pub(super) async fn open(address: &BrokerAddress, deadline: Instant) -> Result<Stream, Error> {
    match timeout_at(deadline, tcp(address)).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => Err(Error::new(ProblemKind::Connect, format!("cannot connect: {error}"))),
        Err(_) => Err(Error::new(ProblemKind::Timeout, "no connection within the request timeout")),
    }
}

async fn tcp(address: &BrokerAddress) -> io::Result<TcpStream> {
    // Tries each address the name resolves to: `localhost` may be IPv6 first with nobody listening there.
    let stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
    // Requests are written whole, so waiting for more to send only adds a round trip.
    stream.set_nodelay(true)?;
    Ok(stream)
}
