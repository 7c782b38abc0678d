//! What the poll makes of brokers that fail, lie or fall silent: by name of the error, what is shown, what is asked
//! again and how often, and what problem is told. It is NOT about real Kafka, nor about how fast anything is.
//! Invariant: requests are counted where they arrive.

mod brokers;
mod bytes;
mod codes;
mod groups;
mod kinds;
mod leaders;
mod liars;
mod versions;
mod watch;
mod wishes;
