//! The shipped dashboards, for commands that hand them on and end.
//!
//! Not the exporter, which knows no Grafana.
//! Invariant: what is pushed and what is written to files are the same bytes.

pub use crate::notify::grafana::{
    AddressError, DASHBOARDS, Grafana, GrafanaAddress, Patience, Progress, PushError, Token, TokenError, push,
};
