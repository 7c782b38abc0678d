//! The world's clock over HTTP.
//!
//! Not the clock itself.
//! Invariant: what is answered holds after everything that was due until then has happened.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::Response;
use serde::Deserialize;

use super::error::{ControlError, read};
use super::handlers::json;
use crate::simulator::clock::SPEED_MAX;
use crate::simulator::server::Simulator;
use crate::simulator::spec::duration;

/// All that happens meanwhile has to be lived through while everybody waits.
const ADVANCE_MAX: Duration = Duration::from_hours(7 * 24);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    speed: Option<f64>,
    #[serde(default, with = "duration::optional")]
    advance: Option<Duration>,
}

pub(super) async fn clock(State(simulator): State<Simulator>) -> Response {
    show(&simulator)
}

pub(super) async fn set_clock(
    State(simulator): State<Simulator>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ControlError> {
    let wanted: Wanted = read(body)?;
    if wanted.speed.is_none() && wanted.advance.is_none() {
        return Err(ControlError::bad_request("nothing to do: give `speed`, such as 0, or `advance`, such as \"10s\""));
    }
    if let Some(speed) = wanted.speed.filter(|speed| !(0.0..=SPEED_MAX).contains(speed)) {
        return Err(ControlError::bad_request(format!("`speed` is {speed}, not from 0 to {SPEED_MAX}")));
    }
    if wanted.advance.is_some_and(|advance| advance > ADVANCE_MAX) {
        return Err(ControlError::bad_request("`advance` is at most 7d at a time"));
    }
    if let Some(speed) = wanted.speed {
        simulator.clock().set_speed(speed);
    }
    if let Some(advance) = wanted.advance {
        simulator.clock().advance(advance);
    }
    Ok(show(&simulator))
}

fn show(simulator: &Simulator) -> Response {
    let now = simulator.with_world(|world| world.now());
    json(&serde_json::json!({ "at_ms": now, "speed": simulator.clock().speed() }))
}
