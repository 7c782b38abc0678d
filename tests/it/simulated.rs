//! The simulated cluster as clients and operators meet it. It is NOT about the exporter that watches it.
//! Invariant: what is served here is compared with what the world says, never with the exporter.

mod control;
mod raw;
mod served;
mod simulate;
mod wire;
