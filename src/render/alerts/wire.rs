//! Alerts as JSON: for Alertmanager's API v2, and as the document that its webhooks get (version 4).
//!
//! Not how it is sent.
//! Invariant: what is over ends no later than now, and what is not ends after now, so no clock of the receiver decides.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use serde::Serialize;

use super::{Alert, Labels};
use crate::model::Timestamp;

/// What Alertmanager's webhooks say where there is no end yet.
const NEVER: &str = "0001-01-01T00:00:00Z";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Posted<'a> {
    labels: &'a Labels,
    annotations: BTreeMap<&'static str, String>,
    starts_at: String,
    ends_at: String,
}

/// The body of `POST /api/v2/alerts`: those that hold end in `lasting` unless they are sent again, the others end now.
#[must_use]
pub fn alertmanager_body<'a>(
    firing: impl IntoIterator<Item = &'a Alert>,
    over: impl IntoIterator<Item = &'a Alert>,
    now: Timestamp,
    lasting: Duration,
    runbooks: &str,
) -> Vec<u8> {
    let in_future = rfc3339(Timestamp::from_unix(now.since_unix() + lasting));
    let posted = |alert: &'a Alert, ends_at: &str| Posted {
        labels: &alert.condition.labels,
        annotations: alert.annotations(runbooks),
        starts_at: rfc3339(alert.since.min(now)),
        ends_at: ends_at.to_owned(),
    };
    let now = rfc3339(now);
    let firing = firing.into_iter().map(|alert| posted(alert, &in_future));
    let over = over.into_iter().map(|alert| posted(alert, &now));
    json(&firing.chain(over).collect::<Vec<_>>())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    version: &'static str,
    group_key: &'static str,
    truncated_alerts: usize,
    status: &'static str,
    receiver: &'static str,
    group_labels: BTreeMap<&'static str, String>,
    common_labels: Labels,
    common_annotations: BTreeMap<&'static str, String>,
    #[serde(rename = "externalURL")]
    external_url: &'static str,
    alerts: Vec<Told<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    status: &'static str,
    labels: &'a Labels,
    annotations: BTreeMap<&'static str, String>,
    starts_at: String,
    ends_at: String,
    #[serde(rename = "generatorURL")]
    generator_url: &'static str,
    fingerprint: String,
}

/// The document that a webhook of Alertmanager gets; `left_out` alerts are not in it, for there are too many.
#[must_use]
pub fn webhook_body<'a>(
    firing: impl IntoIterator<Item = &'a Alert>,
    over: impl IntoIterator<Item = &'a Alert>,
    now: Timestamp,
    left_out: usize,
    runbooks: &str,
) -> Vec<u8> {
    let told = |status: &'static str, alert: &'a Alert, ends_at: String| Told {
        status,
        labels: &alert.condition.labels,
        annotations: alert.annotations(runbooks),
        starts_at: rfc3339(alert.since),
        ends_at,
        generator_url: "",
        fingerprint: fingerprint(&alert.condition.labels),
    };
    let mut alerts: Vec<_> = firing.into_iter().map(|alert| told("firing", alert, NEVER.to_owned())).collect();
    let status = if alerts.is_empty() { "resolved" } else { "firing" };
    alerts.extend(over.into_iter().map(|alert| told("resolved", alert, rfc3339(now))));
    json(&Document {
        version: "4",
        group_key: "{}:{}",
        truncated_alerts: left_out,
        status,
        receiver: "highwater",
        group_labels: BTreeMap::new(),
        common_labels: common(alerts.iter().map(|alert| alert.labels)),
        common_annotations: common(alerts.iter().map(|alert| &alert.annotations)),
        external_url: "",
        alerts,
    })
}

/// The pairs that are in all of them.
fn common<'a>(mut all: impl Iterator<Item = &'a BTreeMap<&'static str, String>>) -> BTreeMap<&'static str, String> {
    let mut common = all.next().cloned().unwrap_or_default();
    for other in all {
        common.retain(|name, value| other.get(name) == Some(value));
    }
    common
}

/// Alertmanager's own: FNV-1a over names and values, each followed by 255.
fn fingerprint(labels: &Labels) -> String {
    let bytes = labels.iter().flat_map(|(name, value)| [name.as_bytes(), &[255], value.as_bytes(), &[255]].concat());
    let hash = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{hash:016x}")
}

fn rfc3339(time: Timestamp) -> String {
    humantime::format_rfc3339_millis(UNIX_EPOCH + time.since_unix()).to_string()
}

/// Texts and maps of texts have no form that fails.
fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
