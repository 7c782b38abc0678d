//! ApiVersions: what a broker serves.
//!
//! Not the list itself; `versions` has it.
//! Invariant: it is answered in every version a client may try, if only with the news that it is not served (KIP-511).

use kafka_protocol::messages::api_versions_response::{ApiVersion, FinalizedFeatureKey, SupportedFeatureKey};
use kafka_protocol::messages::{ApiKey, ApiVersionsRequest, ApiVersionsResponse};

use super::versions::{self, Served};
use super::{Desk, error, text};

/// The level of `metadata.version` that Kafka 4.3 finalizes.
const METADATA_VERSION: i16 = 29;

#[expect(clippy::needless_pass_by_value, reason = "every API is answered by a function of the same form")]
pub(super) fn answer(desk: &Desk<'_>, version: i16, request: ApiVersionsRequest) -> ApiVersionsResponse {
    let answer = ApiVersionsResponse::default().with_throttle_time_ms(desk.throttle_ms);
    let is_named = is_software(&request.client_software_name) && is_software(&request.client_software_version);
    if version >= 3 && !is_named {
        return answer.with_error_code(error::INVALID_REQUEST);
    }
    let feature = text("metadata.version");
    let supported = SupportedFeatureKey::default()
        .with_name(feature.clone())
        .with_min_version(7)
        .with_max_version(METADATA_VERSION);
    let finalized = FinalizedFeatureKey::default()
        .with_name(feature)
        .with_min_version_level(METADATA_VERSION)
        .with_max_version_level(METADATA_VERSION);
    let answer = answer.with_api_keys(versions::advertised(desk.world).map(listed).collect());
    if version < 3 {
        return answer;
    }
    answer
        .with_supported_features(vec![supported])
        .with_finalized_features_epoch(1)
        .with_finalized_features(vec![finalized])
}

/// Asked in a version that is not served, a broker tells those of this API only.
pub(super) fn unsupported(desk: &Desk<'_>) -> ApiVersionsResponse {
    let own = versions::versions(desk.world, ApiKey::ApiVersions);
    ApiVersionsResponse::default()
        .with_throttle_time_ms(desk.throttle_ms)
        .with_error_code(error::UNSUPPORTED_VERSION)
        .with_api_keys(own.into_iter().map(listed).collect())
}

fn listed(served: Served) -> ApiVersion {
    ApiVersion::default().with_api_key(served.api as i16).with_min_version(served.low).with_max_version(served.high)
}

/// Whether Kafka takes this for the name or version of a client's software.
fn is_software(name: &str) -> bool {
    let is_edge = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    is_edge(name.chars().next())
        && is_edge(name.chars().next_back())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::is_software;

    #[test]
    fn names_of_software_are_those_that_kafka_takes() {
        for name in ["librdkafka", "apache-kafka-java", "1.0", "a"] {
            assert!(is_software(name), "{name}");
        }
        for name in ["", "-a", "a.", "a b", "ä"] {
            assert!(!is_software(name), "{name}");
        }
    }
}
