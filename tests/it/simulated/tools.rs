//! Kafka's own tools and clients on `highwater simulate`, beside what the exporter shows of it. It is NOT about single
//! answers; `parity` compares those with real Kafka's.
//! Invariant: the world stands still meanwhile, so that everybody speaks of the same moment.

mod cluster;
mod explain;
mod follow;
mod groups;
mod hot_keys;
mod offsets_topic;
mod rebalances;
mod records;
mod scene;
mod topics;
