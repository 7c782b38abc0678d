//! The dashboards that are part of the binary.
//!
//! Not where they are made; `dashboards/source` is.
//! Invariant: every file of `dashboards/` that Grafana reads is here.

/// A dashboard as Grafana reads it.
#[derive(Clone, Copy, Debug)]
pub struct ShippedDashboard {
    /// The name of its file.
    pub file: &'static str,
    /// Its content.
    pub json: &'static str,
}

/// All of them, the one to begin with first.
pub const DASHBOARDS: [ShippedDashboard; 5] = [
    ShippedDashboard { file: "overview.json", json: include_str!("../../../dashboards/overview.json") },
    ShippedDashboard { file: "group.json", json: include_str!("../../../dashboards/group.json") },
    ShippedDashboard { file: "topic.json", json: include_str!("../../../dashboards/topic.json") },
    ShippedDashboard { file: "cluster.json", json: include_str!("../../../dashboards/cluster.json") },
    ShippedDashboard { file: "exporter.json", json: include_str!("../../../dashboards/exporter.json") },
];
