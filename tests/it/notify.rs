//! Telling others when something is wrong: over real connections, to real Alertmanagers and to receivers that misbehave.
//! It is NOT about which report makes which alert, nor about what is due when; those are pure and tested where they are.
//! Invariant: whatever a receiver does, the others are told and polls go on.

mod courier;
mod demo;
mod reload;
mod rules;
