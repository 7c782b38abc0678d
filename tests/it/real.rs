//! The exporter on real Apache Kafka, judged by Kafka's own tools. It is NOT a place for mocks.
//! Invariant: what a test calls right was said by Kafka.

mod absent;
mod equality;
mod faults;
mod flowing;
mod moving;
mod outage;
mod prometheus;
mod standing;
