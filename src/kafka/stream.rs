//! The transport below a connection: TCP now, with room for TLS around it.
//!
//! Not the protocol: nothing here knows what a frame is.
//! Invariant: opening a stream ends by the deadline.

use std::io;
use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::config::BrokerAddress;
use crate::model::ProblemKind;

use super::error::Error;
use super::poll::Poll;

/// Anything that carries bytes both ways; encryption wraps one of these into another.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// An open transport, ready for the first frame.
pub type Stream = Box<dyn Duplex>;

/// A transport that is being opened.
pub type Dialing<'a> = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send + 'a>>;

/// How transports are opened: by TCP, or within one process, where time may be made to pass faster.
pub trait Dial: Send + Sync {
    /// Opens one to an address; whoever asks sees to it that this ends.
    fn dial<'a>(&'a self, address: &'a BrokerAddress) -> Dialing<'a>;
}

/// TCP.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tcp;

impl Dial for Tcp {
    fn dial<'a>(&'a self, address: &'a BrokerAddress) -> Dialing<'a> {
        Box::pin(async move {
            // Tries each address the name resolves to: `localhost` may be IPv6 first with nobody listening there.
            let stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
            // Requests are written whole, so waiting for more to send only adds a round trip.
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as Stream)
        })
    }
}

/// Connects and does what the security protocol wants before the first frame.
pub(super) async fn open(address: &BrokerAddress, deadline: Instant, poll: &Poll) -> Result<Stream, Error> {
    match timeout_at(deadline, poll.dial.dial(address)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(Error::new(ProblemKind::Connect, format!("cannot connect: {error}"))),
        Err(_) => Err(Error::new(ProblemKind::Timeout, "no connection within the request timeout")),
    }
}
