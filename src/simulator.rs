//! A simulated Kafka cluster that speaks the real protocol on the loopback, for demonstrations, tests and measurements.
//!
//! It is not a broker to keep data in: records are made up when somebody fetches them.
//! Invariant: it shares nothing with `kafka` but the codec crate, so that a mistake in one is not mirrored in the other.

pub mod answer;
mod clock;
mod control;
mod faults;
pub mod scenario;
mod server;
pub mod shape;
pub mod spec;
pub mod truth;
pub mod world;

pub use clock::{SPEED_MAX, WorldClock};
pub use control::Control;
pub use faults::{FaultError, WireFaults};
pub use server::{ApiName, ServeOptions, Serving, Simulator, StartError, serve_connection};
pub use shape::{Shape, ShapeError};
pub use spec::{ClusterSettings, Scenario};
pub use truth::Truth;
pub use world::{World, WorldError};
