//! A body of two pieces, the first of which is shared with other answers.
//!
//! Not a stream: everything is there from the start, so the length is known and told.
//! Invariant: no piece is copied.

use std::array;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// Two pieces, one after the other.
pub(super) struct Pieces {
    left: array::IntoIter<Bytes, 2>,
}

impl Pieces {
    pub(super) fn new(pieces: [Bytes; 2]) -> Self {
        Self { left: pieces.into_iter() }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.left.next().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.len() == 0
    }

    fn size_hint(&self) -> SizeHint {
        let lengths = self.left.as_slice().iter().map(|piece| u64::try_from(piece.len()).unwrap_or(u64::MAX));
        SizeHint::with_exact(lengths.sum())
    }
}
