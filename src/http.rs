//! Answers over HTTP with the latest that was published.
//!
//! It never asks Kafka and never waits for a poll; what is not there yet is said to be so.
//! Invariant: nothing a client sends or withholds keeps a connection, a request or memory for good.

mod api;
mod assets;
mod body;
mod error;
mod explain;
mod limits;
mod make;
mod negotiate;
mod operate;
mod pack;
mod routes;
mod scrape;
mod server;
mod stall;
mod state;
mod view;

pub use limits::Limits;
pub use server::serve;
pub use state::{HttpState, ReloadRequest};
