//! Telling others when something is wrong: Alertmanager without Prometheus, and anybody who takes its webhooks.
//! And [`grafana`], which is told of dashboards when somebody asks for it.
//!
//! ```text
//! publish ─► Judge ─ watch: the alerts that hold ─► Courier (one per receiver) ─ POST ─► Alertmanager, webhook
//! ```
//!
//! It meets neither Kafka nor the poller: whoever is slow to listen holds up nobody.
//! Invariant: what waits to be told is what holds now, never a queue of what was.

mod courier;
pub mod grafana;
mod judge;
mod ledger;
mod outbox;
mod post;
mod token;

pub use courier::Courier;
pub use judge::{Judge, Sources};
pub use ledger::Alerts;
pub use outbox::Outbox;
