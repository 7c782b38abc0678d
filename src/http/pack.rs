//! Packs what is made anew for each request, for those who take it packed.
//!
//! Not the metrics, which are packed once for all, nor the parts of the page.
//! Invariant: no async worker packs, and only so much is packed at a time.

use std::io::Write as _;
use std::sync::Arc;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::error::HttpError;
use super::negotiate;
use crate::publish::Coding;

/// What is smaller fits into a packet or two as it is.
const LEAST_BYTES: u64 = 1400;

pub(super) async fn packed(State(makers): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    let coding = negotiate::coding(request.headers());
    let response = next.run(request).await;
    if !is_text_to_pack(response.headers()) || response.body().size_hint().lower() < LEAST_BYTES {
        return response;
    }
    if coding == Coding::Identity {
        return varying(response);
    }
    pack(&makers, response).await.map_or_else(IntoResponse::into_response, varying)
}

fn is_text_to_pack(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_made_anew = ["application/json", "text/html"].iter().any(|packed| content_type.starts_with(packed));
    is_made_anew && !headers.contains_key(header::CONTENT_ENCODING)
}

fn varying(mut response: Response) -> Response {
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept, accept-encoding"));
    response
}

async fn pack(makers: &Arc<Semaphore>, response: Response) -> Result<Response, HttpError> {
    let (mut parts, body) = response.into_parts();
    // It is in memory already.
    let plain = to_bytes(body, usize::MAX).await.map_err(|error| HttpError::internal(&error))?;
    let turn = Arc::clone(makers).acquire_owned().await.map_err(|error| HttpError::internal(&error))?;
    let packing = spawn_blocking(move || {
        let _turn = turn;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&plain)?;
        encoder.finish()
    });
    let packed = packing.await.map_err(|error| HttpError::internal(&error))?;
    let packed = packed.map_err(|error| HttpError::internal(&error))?;
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    Ok(Response::from_parts(parts, Body::from(packed)))
}
