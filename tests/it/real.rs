//! The exporter on real Apache Kafka, judged by Kafka's own tools. It is NOT a place for mocks.
//! Invariant: what a test calls right was said by Kafka.

mod absent;
mod clusters;
mod commits;
mod deleted;
mod equality;
mod faults;
mod flowing;
mod follow;
mod hot_keys;
mod members;
mod moving;
mod names;
mod options;
mod outage;
mod prometheus;
mod requests;
mod standing;
mod storms;
mod time_lag;
mod topics;
mod watch;
mod wishes;
