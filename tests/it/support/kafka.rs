//! Real Apache Kafka for tests: clusters started from Kafka's own published jars, clients of every kind, and
//! Kafka's own tools as the oracle. It is NOT a simulation, and shares no code with what it tests.
//! Invariant: no broker outlives its test process, not even one that is killed.
//!
//! One real cluster is up at a time in a process: a second [`Cluster::start`] waits until the first is gone.

mod admin;
mod cluster;
mod commit;
mod connect_like;
mod console;
mod coordinator_log;
mod dist;
mod guard;
mod jvm;
mod launch;
mod leaders;
mod node;
mod oracle;
mod ports;
mod probe;
mod produce;
mod scripted;
mod settings;
mod tools;
mod traffic;
mod transaction;
mod version;
mod wire;
mod worker;

pub(crate) use cluster::{Cluster, Spec, turn};
pub(crate) use connect_like::ConnectLike;
pub(crate) use console::Console;
pub(crate) use leaders::offsets_partition;
pub(crate) use oracle::{Key, ListedGroup, LogEnd, OracleRow, consumer_rows, parse_groups, parse_offsets};
pub(crate) use ports::free_block;
pub(crate) use scripted::Scripted;
pub(crate) use tools::Tools;
pub(crate) use traffic::Traffic;
pub(crate) use transaction::Transaction;
pub(crate) use version::Version;
pub(crate) use worker::{Membership, Work, Worker};
