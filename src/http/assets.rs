//! The page's script and style, and the headers that keep a browser from doing more than the page needs.
//!
//! Not their content, which is `render`'s.
//! Invariant: nothing is loaded from elsewhere and nothing is run that is not a part of the page.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::OnceLock;

use axum::body::Body;
use axum::extract::{Path, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::error::HttpError;
use super::negotiate;
use crate::publish::Coding;
use crate::render::{ASSETS, Asset};

/// No source but this server, for what the page is made of.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 3] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// Puts the headers on every answer.
pub(super) async fn guarded(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// One part, packed once.
struct Packed {
    etag: HeaderValue,
    gzip: Bytes,
}

static PACKED: OnceLock<BTreeMap<&'static str, Packed>> = OnceLock::new();

/// A few tens of kilobytes, packed at the first request for any of them.
fn packed(asset: &Asset) -> Option<&'static Packed> {
    let all = PACKED.get_or_init(|| ASSETS.iter().filter_map(|asset| Some((asset.name, pack(asset)?))).collect());
    all.get(asset.name)
}

fn pack(asset: &Asset) -> Option<Packed> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(asset.text.as_bytes()).ok()?;
    let gzip = Bytes::from(encoder.finish().ok()?);
    let etag = format!("\"{:08x}-{}\"", crc32fast::hash(asset.text.as_bytes()), asset.text.len());
    Some(Packed { etag: HeaderValue::from_str(&etag).ok()?, gzip })
}

pub(super) async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, HttpError> {
    let missing = || HttpError::not_found(format!("the page has no part `{name}`"));
    let asset = Asset::named(&name).ok_or_else(missing)?;
    let packed = packed(asset).ok_or_else(missing)?;
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let is_known = known.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == packed.etag.as_bytes()
    });
    let mut response = match (is_known, negotiate::coding(&headers)) {
        (true, _) => StatusCode::NOT_MODIFIED.into_response(),
        (false, Coding::Identity) => Body::from(asset.text).into_response(),
        (false, Coding::Gzip) => Body::from(packed.gzip.clone()).into_response(),
    };
    let answered = response.headers_mut();
    if !is_known {
        answered.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type()));
        if negotiate::coding(&headers) == Coding::Gzip {
            answered.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
    }
    answered.insert(header::ETAG, packed.etag.clone());
    answered.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    // The names stay the same from release to release: to be kept, and asked about each time.
    answered.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}
