//! What is told to others: alerts and dashboards, sent over HTTP.
//!
//! Not what they are told about; that is published.
//! Invariant: whoever is told answers within bounds of time and size, or is told so and left alone.

pub mod grafana;
