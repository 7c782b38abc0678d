//! Which text format and which coding a scraper gets.
//!
//! Not a general negotiation: there are two formats and one coding, and whoever asks for nothing we
//! have gets the plainest, as of other exporters.
//! Invariant: OpenMetrics and gzip go only to those who name them and do not refuse them.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, ACCEPT_ENCODING, HeaderName};

use crate::publish::Coding;
use crate::render::Format;

/// One element of a list header: what is wished for, its parameters, and how much.
struct Wish<'a> {
    what: &'a str,
    version: Option<&'a str>,
    quality: f32,
}

impl<'a> Wish<'a> {
    fn parse(element: &'a str) -> Option<Self> {
        let mut parts = element.split(';').map(str::trim);
        let mut wish = Self { what: parts.next()?, version: None, quality: 1.0 };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                // What is no weight makes no wish (RFC 9110 §12.4.2).
                "q" => wish.quality = value.parse().ok().filter(|quality| (0.0..=1.0).contains(quality))?,
                "version" => wish.version = Some(value),
                _ => {}
            }
        }
        Some(wish)
    }

    fn is(&self, what: &str, versions: &[&str]) -> bool {
        self.what.eq_ignore_ascii_case(what) && self.version.is_none_or(|version| versions.contains(&version))
    }
}

fn wishes<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<Wish<'a>> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(Wish::parse).collect()
}

/// The most that any of the wishes that fit is wished for; `None` if none fits.
fn quality<'a>(wishes: &[Wish<'a>], fits: impl Fn(&Wish<'a>) -> bool) -> Option<f32> {
    wishes.iter().filter(|wish| fits(wish)).map(|wish| wish.quality).max_by(f32::total_cmp)
}

/// The format by `Accept`.
pub(super) fn format(headers: &HeaderMap) -> Format {
    let wishes = wishes(headers, &ACCEPT);
    let open_metrics = quality(&wishes, |wish| wish.is("application/openmetrics-text", &["1.0.0", "0.0.1"]));
    let text = quality(&wishes, |wish| wish.is("text/plain", &["0.0.4"]))
        .or_else(|| quality(&wishes, |wish| wish.is("text/*", &[])))
        .or_else(|| quality(&wishes, |wish| wish.is("*/*", &[])));
    match open_metrics {
        Some(wanted) if wanted > 0.0 && wanted >= text.unwrap_or(0.0) => Format::OpenMetrics,
        _ => Format::Text,
    }
}

/// Whether plain text is wanted by name, and more than JSON.
pub(super) fn wants_text(headers: &HeaderMap) -> bool {
    let wishes = wishes(headers, &ACCEPT);
    let text =
        quality(&wishes, |wish| wish.is("text/plain", &[])).or_else(|| quality(&wishes, |wish| wish.is("text/*", &[])));
    let json = quality(&wishes, |wish| wish.is("application/json", &[]))
        .or_else(|| quality(&wishes, |wish| wish.is("application/*", &[])));
    text.is_some_and(|text| text > 0.0 && text > json.unwrap_or(0.0))
}

/// The coding by `Accept-Encoding`.
pub(super) fn coding(headers: &HeaderMap) -> Coding {
    let wishes = wishes(headers, &ACCEPT_ENCODING);
    let gzip = quality(&wishes, |wish| wish.is("gzip", &[]) || wish.is("x-gzip", &[]))
        .or_else(|| quality(&wishes, |wish| wish.is("*", &[])));
    let identity = quality(&wishes, |wish| wish.is("identity", &[]));
    match gzip {
        Some(wanted) if wanted > 0.0 && wanted >= identity.unwrap_or(0.0) => Coding::Gzip,
        _ => Coding::Identity,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(name: &HeaderName, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_str(value).expect("a header value"))).collect()
    }

    #[test]
    fn the_format_is_the_one_that_is_wanted_most() {
        let cases: &[(&[&str], Format)] = &[
            (&[], Format::Text),
            (&["*/*"], Format::Text),
            (&["application/*"], Format::Text),
            (&["application/json"], Format::Text),
            (&["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], Format::Text),
            (&["text/plain;version=0.0.4"], Format::Text),
            (&["application/openmetrics-text"], Format::OpenMetrics),
            (&["application/openmetrics-text; version=0.0.1"], Format::OpenMetrics),
            (&["Application/OpenMetrics-Text; VERSION=\"1.0.0\"; charset=utf-8"], Format::OpenMetrics),
            (&["application/openmetrics-text;version=2.0.0"], Format::Text),
            (&["application/openmetrics-text;q=0"], Format::Text),
            (&["application/openmetrics-text;q=0.5, text/plain;version=0.0.4;q=0.6"], Format::Text),
            (&["application/openmetrics-text;q=0.5", "*/*;q=0.1"], Format::OpenMetrics),
            (&["application/openmetrics-text;q=0.5,*/*"], Format::Text),
            (&["application/openmetrics-text;q=loud"], Format::Text),
            (&["application/openmetrics-text;q=1.5"], Format::Text),
            // Prometheus 3.5 with native histograms, and 2.42.
            (
                &["application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,\
                   application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                   application/openmetrics-text;version=0.0.1;q=0.4,\
                   text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"],
                Format::OpenMetrics,
            ),
            (
                &["application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                   text/plain;version=0.0.4;q=0.5,*/*;q=0.1"],
                Format::OpenMetrics,
            ),
            (&[",;,;;q=,=,\"", ""], Format::Text),
        ];
        for (accept, expected) in cases {
            assert_eq!(format(&headers(&ACCEPT, accept)), *expected, "{accept:?}");
        }
    }

    #[test]
    fn text_goes_only_to_those_who_want_it_most() {
        let cases: &[(&[&str], bool)] = &[
            (&[], false),
            (&["*/*"], false),
            (&["text/plain"], true),
            (&["text/*;q=0.5, */*;q=0.1"], true),
            (&["text/plain, application/json"], false),
            (&["text/plain;q=0"], false),
            (&["application/json;q=0.5, text/plain"], true),
            (&["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], false),
        ];
        for (accept, expected) in cases {
            assert_eq!(wants_text(&headers(&ACCEPT, accept)), *expected, "{accept:?}");
        }
    }

    #[test]
    fn gzip_goes_only_to_those_who_take_it() {
        let cases: &[(&[&str], Coding)] = &[
            (&[], Coding::Identity),
            (&["gzip"], Coding::Gzip),
            (&["GZIP;q=1.0, deflate"], Coding::Gzip),
            (&["deflate, br;q=0.9", "x-gzip"], Coding::Gzip),
            (&["gzip;q=0"], Coding::Identity),
            (&["gzip;q=0, *"], Coding::Identity),
            (&["gzip; q=0.000"], Coding::Identity),
            (&["*"], Coding::Gzip),
            (&["*;q=0"], Coding::Identity),
            (&["identity, gzip;q=0.5"], Coding::Identity),
            (&["identity;q=0.5, gzip"], Coding::Gzip),
            (&["br, zstd"], Coding::Identity),
        ];
        for (accept, expected) in cases {
            assert_eq!(coding(&headers(&ACCEPT_ENCODING, accept)), *expected, "{accept:?}");
        }
    }
}
