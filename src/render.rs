//! Reports put into words: Prometheus text, JSON, tables and the landing page.
//!
//! It computes no lag and judges nothing; what it is given it shows, and it asks nobody. No clock,
//! no file, no socket: bytes go into the sink the caller brings.
//! Invariant: what is not known is absent, `null` beside a reason, or `-`; never a number.

pub mod alerts;
mod catalogue_output;
mod cluster_view;
mod columns;
mod explain;
mod hot_keys;
pub mod json;
mod metrics;
mod order;
mod page;
mod table;
#[cfg(test)]
mod world;

pub use catalogue_output::{CatalogueOutput, catalogue};
pub use cluster_view::{ClusterView, NoReport};
pub use columns::printable;
pub use explain::{Explain, explain};
pub use hot_keys::hot_keys_table;
pub use metrics::{Detail, FAMILIES, Family, Format, Kind, Origin, metrics, own};
pub use order::{GroupSort, TopicSort};
pub use page::{ASSETS, Asset, LandingPage, landing_page};
pub use table::lag_table;
