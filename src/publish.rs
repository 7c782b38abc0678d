//! The latest of every cluster, for whoever asks, and the pages made of it.
//!
//! Not a history, and not a way to make anybody poll: readers take what is there.
//! Invariant: a poller never waits for a reader, nor a reader for a poller.

mod board;
mod cache;
mod gzip;
mod latest;
mod page;

pub use board::{Board, BoardSettings};
pub use cache::{Coding, Form, PageError};
pub use latest::{Latest, Published, Publisher, channel};
pub use page::Page;
