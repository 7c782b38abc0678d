//! Tests of what the other tests stand on: clusters of real Kafka, their clients and the oracle. It is NOT about
//! the product.

mod cleanup;
mod clients;
mod faults;
mod tables;
mod versions;
