//! What was wrong with a request to the control port.
//!
//! Not failures of the cluster; those are what it is for.
//! Invariant: every error is JSON with one sentence that names the mistake.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use super::handlers::json;
use crate::simulator::faults::FaultError;
use crate::simulator::world::WorldError;

/// An error as whoever asked gets it.
#[derive(Debug)]
pub(super) struct ControlError {
    status: StatusCode,
    sentence: String,
}

impl ControlError {
    pub(super) fn new(status: StatusCode, sentence: impl Into<String>) -> Self {
        Self { status, sentence: sentence.into() }
    }

    pub(super) fn bad_request(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, sentence)
    }

    pub(super) fn not_found(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, sentence)
    }
}

impl From<FaultError> for ControlError {
    fn from(error: FaultError) -> Self {
        match error {
            FaultError::NoBroker(_) => Self::not_found(error.to_string()),
            FaultError::NoRate => Self::bad_request(error.to_string()),
        }
    }
}

impl From<WorldError> for ControlError {
    fn from(error: WorldError) -> Self {
        match error {
            WorldError::Missing { .. } => Self::not_found(error.to_string()),
            // It would make sense at another time.
            _ => Self::new(StatusCode::CONFLICT, error.to_string()),
        }
    }
}

impl From<QueryRejection> for ControlError {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        (self.status, json(&serde_json::json!({ "error": self.sentence }))).into_response()
    }
}

/// Reads a body, whatever content type it claims: people use `curl -d`.
pub(super) fn read<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>) -> Result<T, ControlError> {
    let body = body.map_err(|rejection| ControlError::new(rejection.status(), rejection.body_text()))?;
    serde_json::from_slice(&body).map_err(|error| ControlError::bad_request(error.to_string()))
}
