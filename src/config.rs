//! From what was written to what is meant, with all mistakes at once.
//!
//! It never asks Kafka whether a setting works: that is seen when it is used.
//! Invariant: a [`Config`] is valid by construction.

mod analysis;
mod bootstrap;
mod cluster;
mod complaint;
mod entry;
mod error;
mod filter;
mod hint;
mod known;
mod later;
mod load;
mod mapping;
mod meaning;
mod metrics;
mod names;
mod notify;
mod objectives;
mod overrides;
mod poll;
mod properties;
mod secret;
mod substitute;
mod value;
mod written;

pub use error::{ConfigError, Mistake};
pub use filter::{NameFilter, PatternError};
pub use known::{PROPERTIES, Property, Support};
pub use load::{load, parse};
pub use meaning::{
    Authorization, BrokerAddress, ClusterConfig, Config, NotifySettings, OffsetsTopic, PollSettings, ReceiverKind,
    ReceiverSettings,
};
pub use overrides::Overrides;
pub use secret::Secret;
pub use substitute::Surroundings;
