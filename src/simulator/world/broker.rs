//! One broker of the simulated cluster.
//!
//! Not its socket, nor how it misbehaves on the wire.
//! Invariant: a broker that is down leads nothing another broker could lead.

use super::Millis;

/// Where a broker stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// Its number, from 1.
    pub id: i32,
    /// Its rack.
    pub rack: String,
    /// How it is.
    pub state: BrokerState,
    /// Since when it is so.
    pub since: Millis,
}

/// How a broker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerState {
    /// It answers.
    Up,
    /// It takes connections and bytes, and answers nothing. The others have not noticed.
    Hanging,
    /// It is gone: connections are refused, and the others know.
    Down,
}
