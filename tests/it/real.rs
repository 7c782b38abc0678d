//! The exporter on real Apache Kafka, judged by Kafka's own tools. It is NOT a place for mocks.
//! Invariant: what a test calls right was said by Kafka.

mod equality;
mod prometheus;
