//! What the control port answers: truth, brokers, faults, events and counts.
//!
//! Not time; that has its own file.
//! Invariant: an answer that lists something is an object with one list, so that it can grow.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::bounds;
use super::error::{ControlError, read};
use crate::simulator::faults::{FaultError, WireFaults};
use crate::simulator::server::Simulator;
use crate::simulator::spec::Action;
use crate::simulator::truth::BrokerTruth;

type Answer = Result<Response, ControlError>;

/// A body of JSON.
pub(super) fn json(body: &impl Serialize) -> Response {
    let content_type = [(header::CONTENT_TYPE, "application/json")];
    match serde_json::to_vec(body) {
        Ok(text) => (content_type, text).into_response(),
        Err(error) => {
            tracing::error!(error = %error, "an answer of the control port cannot be written");
            axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// What there is, for whoever has forgotten.
pub(super) async fn overview(State(simulator): State<Simulator>) -> Response {
    const PATHS: [(&str, &str); 12] = [
        ("GET /truth?group=&topic=", "everything that is true now"),
        ("GET /brokers", "brokers, how they are, and their faults"),
        ("GET /brokers/{id}/faults", "what goes wrong with a broker's answers"),
        (
            "PUT /brokers/{id}/faults",
            "sets that, such as {\"delay\": \"2s\", \"garbage\": true}; what is left out is well",
        ),
        ("DELETE /brokers/{id}/faults", "nothing goes wrong any more"),
        ("DELETE /faults", "the same for all brokers"),
        ("GET /clock", "the world's time and speed, and how long the clock was held up by a world that takes longer"),
        ("POST /clock", "{\"speed\": 0} or {\"advance\": \"10s\"}"),
        ("POST /events", "what happens now, as in a scenario: {\"crash\": {\"group\": \"NAME\", \"member\": 0}}"),
        ("GET /requests", "requests by broker and API"),
        ("DELETE /requests", "counts from zero again"),
        ("GET /", "this"),
    ];
    let paths: BTreeMap<&str, &str> = PATHS.into_iter().collect();
    json(&serde_json::json!({ "bootstrap_servers": simulator.bootstrap(), "paths": paths }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    group: Option<String>,
    topic: Option<String>,
}

pub(super) async fn truth(State(simulator): State<Simulator>, which: Result<Query<Which>, QueryRejection>) -> Answer {
    let which = which?.0;
    let truth = simulator.truth();
    if let Some(name) = which.group.as_deref().filter(|name| truth.group(name).is_none()) {
        return Err(ControlError::not_found(format!("there is no group `{name}`")));
    }
    if let Some(name) = which.topic.as_deref().filter(|name| truth.topic(name).is_none()) {
        return Err(ControlError::not_found(format!("there is no topic `{name}`")));
    }
    Ok(json(&truth.only(which.group.as_deref(), which.topic.as_deref())))
}

#[derive(Serialize)]
struct BrokerAnswer {
    #[serde(flatten)]
    broker: BrokerTruth,
    faults: Option<WireFaults>,
}

pub(super) async fn brokers(State(simulator): State<Simulator>) -> Response {
    let with_faults = |broker: BrokerTruth| BrokerAnswer { faults: simulator.faults(broker.id), broker };
    let brokers: Vec<BrokerAnswer> = simulator.brokers().into_iter().map(with_faults).collect();
    json(&serde_json::json!({ "brokers": brokers }))
}

pub(super) async fn faults(State(simulator): State<Simulator>, Path(id): Path<String>) -> Answer {
    show_faults(&simulator, number(&id)?)
}

pub(super) async fn set_faults(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let broker = number(&id)?;
    simulator.set_faults(broker, read(body)?)?;
    show_faults(&simulator, broker)
}

pub(super) async fn lift_faults(State(simulator): State<Simulator>, Path(id): Path<String>) -> Answer {
    let broker = number(&id)?;
    simulator.set_faults(broker, WireFaults::default())?;
    show_faults(&simulator, broker)
}

pub(super) async fn lift_all_faults(State(simulator): State<Simulator>) -> Answer {
    for broker in simulator.endpoints().keys() {
        simulator.set_faults(*broker, WireFaults::default())?;
    }
    Ok(brokers(State(simulator)).await)
}

pub(super) async fn event(State(simulator): State<Simulator>, body: Result<Bytes, BytesRejection>) -> Answer {
    let action: Action = read(body)?;
    bounds::check(&action)?;
    let at = simulator.with_world(|world| world.act(&action).map(|()| world.now()))?;
    Ok(json(&serde_json::json!({ "at_ms": at })))
}

#[derive(Serialize)]
struct RequestCount {
    broker: i32,
    api: String,
    count: u64,
}

pub(super) async fn requests(State(simulator): State<Simulator>) -> Response {
    let counted = simulator.requests().into_iter();
    let counts: Vec<RequestCount> = counted.map(|((broker, api), count)| RequestCount { broker, api, count }).collect();
    let total: u64 = counts.iter().map(|each| each.count).sum();
    json(&serde_json::json!({ "requests": counts, "total": total }))
}

pub(super) async fn reset_requests(State(simulator): State<Simulator>) -> Response {
    simulator.reset_requests();
    requests(State(simulator)).await
}

fn show_faults(simulator: &Simulator, broker: i32) -> Answer {
    let faults = simulator.faults(broker).ok_or(FaultError::NoBroker(broker))?;
    Ok(json(&faults))
}

fn number(id: &str) -> Result<i32, ControlError> {
    id.parse().map_err(|_| ControlError::bad_request(format!("`{id}` is no number of a broker")))
}
