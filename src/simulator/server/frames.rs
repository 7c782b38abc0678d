//! Frames of one connection, in and out.
//!
//! Not what is in them.
//! Invariant: a frame is bounded before it is taken in, and no wait for a silent peer is endless.

use std::future::pending;
use std::io;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout};

/// The largest request, without the length before it: one question about all partitions of the largest world fits in.
const REQUEST_BYTES_MAX: usize = 8 << 20;

/// What is read of further requests while one is answered.
const AHEAD_BYTES_MAX: usize = 64 << 10;

/// What is made room for at a time; most requests fit.
const READ_BYTES: usize = 4 << 10;

/// As `connections.max.idle.ms`.
const IDLE_MAX: Duration = Duration::from_mins(10);

/// A peer that takes nothing for so long is gone.
const WRITE_MAX: Duration = Duration::from_mins(1);

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error("the peer left")]
    Left,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the peer was silent for too long")]
    Silent,
    #[error("the peer announced a request of {0} bytes")]
    Length(i32),
    #[error("{0}")]
    Refused(String),
    #[error("cut as the faults say")]
    Cut,
}

/// A stream of frames.
pub(super) struct Frames<S> {
    stream: S,
    read: BytesMut,
    /// When the last bytes came.
    arrived: Instant,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Frames<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, read: BytesMut::new(), arrived: now() }
    }

    /// The next whole frame, without the length before it.
    pub(super) async fn next(&mut self) -> Result<Bytes, Ended> {
        loop {
            if let Some(frame) = self.take()? {
                return Ok(frame);
            }
            self.read.reserve(READ_BYTES);
            let more = timeout(IDLE_MAX, self.stream.read_buf(&mut self.read)).await;
            if more.map_err(|_| Ended::Silent)?? == 0 {
                return Err(Ended::Left);
            }
            self.arrived = now();
        }
    }

    /// Ends when the peer has left; what it sent meanwhile is kept for later.
    pub(super) async fn left(&mut self) -> Ended {
        while self.read.len() < AHEAD_BYTES_MAX {
            self.read.reserve(READ_BYTES);
            match self.stream.read_buf(&mut self.read).await {
                Ok(0) => return Ended::Left,
                Ok(_) => self.arrived = now(),
                Err(error) => return Ended::Io(error),
            }
        }
        pending().await
    }

    /// How long ago the bytes came that were read last: a delay counts from there, so that requests sent together are
    /// late together, as over a long line, and not one after the other.
    pub(super) fn since_arrival(&self) -> Duration {
        now().saturating_duration_since(self.arrived)
    }

    /// Sends bytes, as long as the peer takes some.
    pub(super) async fn write(&mut self, mut bytes: &[u8]) -> Result<(), Ended> {
        while !bytes.is_empty() {
            let written = timeout(WRITE_MAX, self.stream.write(bytes)).await.map_err(|_| Ended::Silent)??;
            if written == 0 {
                return Err(Ended::Left);
            }
            bytes.advance(written);
        }
        Ok(self.stream.flush().await?)
    }

    fn take(&mut self) -> Result<Option<Bytes>, Ended> {
        let Some(announced) = self.read.first_chunk().map(|length| i32::from_be_bytes(*length)) else {
            return Ok(None);
        };
        let length = usize::try_from(announced).ok().filter(|length| *length <= REQUEST_BYTES_MAX);
        let length = length.ok_or(Ended::Length(announced))?;
        if self.read.len() - size_of::<i32>() < length {
            return Ok(None);
        }
        self.read.advance(size_of::<i32>());
        Ok(Some(self.read.split_to(length).freeze()))
    }
}
/// The runtime's time, for delays only.
#[expect(clippy::disallowed_methods, reason = "delays are the runtime's business, and this is their only source")]
pub(super) fn now() -> Instant {
    Instant::now()
}
