//! An answer that says why there is no better one.
//!
//! Not an error type of other rooms: they know no status codes.
//! Invariant: the external message is for whoever asked; what only operators should see is logged.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// An error as its reader gets it, and as the log does.
#[derive(Debug)]
pub(super) struct HttpError {
    status: StatusCode,
    external: String,
    internal: Option<String>,
}

impl HttpError {
    pub(super) fn bad_request(external: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, external: external.into(), internal: None }
    }

    pub(super) fn not_found(external: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, external: external.into(), internal: None }
    }

    pub(super) fn method_not_allowed() -> Self {
        let external = "this path does not answer to this method".to_owned();
        Self { status: StatusCode::METHOD_NOT_ALLOWED, external, internal: None }
    }

    pub(super) fn unavailable(external: impl Into<String>) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, external: external.into(), internal: None }
    }

    pub(super) fn failed(external: impl Into<String>) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, external: external.into(), internal: None }
    }

    /// A defect of ours, told to the log alone.
    pub(super) fn internal(internal: &impl ToString) -> Self {
        let external = "internal error; the log says more".to_owned();
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, external, internal: Some(internal.to_string()) }
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        if let Some(error) = self.internal {
            tracing::error!(status = self.status.as_u16(), error, "request failed");
        }
        let body = serde_json::json!({ "error": self.external }).to_string();
        let content_type = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        (self.status, [content_type], body).into_response()
    }
}
