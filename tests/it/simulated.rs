//! The simulated cluster as clients, operators and the exporter meet it. It is NOT where its parts are tested; those
//! have their tests beside them.
//! Invariant: what is served is compared with what the world says or real Kafka answers, never with itself.

mod control;
mod crowd;
mod demo;
mod exact;
mod faults;
mod forecasts;
mod hot;
mod lab;
mod older;
mod parity;
mod random;
mod raw;
mod served;
mod simulate;
mod stalled;
mod status;
mod storms;
mod tools;
mod wire;
mod wishes;
