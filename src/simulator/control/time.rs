//! The world's clock over HTTP.
//!
//! Not the clock itself.
//! Invariant: what is answered holds after everything that was due until then has happened, and nobody waits for a world
//! that cannot keep up with its clock.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tokio::time::{sleep, timeout};

use super::error::{ControlError, read};
use super::handlers::json;
use crate::simulator::clock::SPEED_MAX;
use crate::simulator::server::Simulator;
use crate::simulator::spec::duration;
use crate::simulator::world::Millis;

/// All that happens meanwhile has to be lived through.
const ADVANCE_MAX: Duration = Duration::from_hours(7 * 24);

/// The world is lived through in at most so many steps, so that others are answered meanwhile.
const STEPS_MAX: u32 = 500;

/// Shorter steps than this are not worth the change.
const STEP_MIN: Duration = Duration::from_secs(10);

/// How long whoever asked may wait for that, in real time; below the limit for any request.
const ADVANCE_TAKES_MAX: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    speed: Option<f64>,
    #[serde(default, with = "duration::optional")]
    advance: Option<Duration>,
}

#[derive(Serialize)]
struct Told {
    at_ms: Millis,
    speed: f64,
    /// By how much the world is behind its clock.
    behind_ms: Millis,
    /// For how long its clock stood still for that since its speed was set, in real time.
    held_ms: u128,
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
        let left = Mutex::new(advance);
        let reached = timeout(ADVANCE_TAKES_MAX, step_by_step(&simulator, &left)).await;
        if reached.is_err() {
            let left = *left.lock().unwrap_or_else(PoisonError::into_inner);
            let left = humantime::format_duration(left);
            let sentence = format!("this world takes too long: {left} of the `advance` are left");
            return Err(ControlError::new(StatusCode::SERVICE_UNAVAILABLE, sentence));
        }
    }
    Ok(show(&simulator))
}

/// Lets time pass until nothing is left of it.
async fn step_by_step(simulator: &Simulator, left: &Mutex<Duration>) {
    let length = (*left.lock().unwrap_or_else(PoisonError::into_inner) / STEPS_MAX).max(STEP_MIN);
    loop {
        let step = {
            let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
            let step = length.min(*left);
            *left -= step;
            step
        };
        if step.is_zero() {
            return;
        }
        simulator.clock().advance(step);
        loop {
            simulator.with_world(|_| ());
            // Sleeping, unlike yielding, lets the time-out be seen.
            sleep(Duration::from_millis(1)).await;
            if !simulator.clock().is_held() {
                break;
            }
        }
    }
}

fn show(simulator: &Simulator) -> Response {
    let now = simulator.with_world(|world| world.now());
    let clock = simulator.clock();
    json(&Told { at_ms: now, speed: clock.speed(), behind_ms: simulator.behind(), held_ms: clock.held().as_millis() })
}
