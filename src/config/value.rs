//! Single values: durations, sizes, counts, switches, addresses.
//!
//! Not which key has which bounds: the callers say so, with the reason.
//! Invariant: a value that is returned is within the bounds it was asked for.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytesize::ByteSize;

use super::complaint::Complaint;

/// What a value may be, and why no less and no more.
pub(super) struct Bounds<T> {
    /// The least that is allowed.
    pub(super) least: T,
    /// The most that is allowed.
    pub(super) most: T,
    /// The reason, as a hint.
    pub(super) why: &'static str,
}

/// A duration with its unit, such as `15s`, within bounds.
pub(super) fn duration(text: &str, bounds: &Bounds<Duration>) -> Result<Duration, Complaint> {
    let parsed = humantime::parse_duration(text).map_err(|_| {
        let unit_missing = !text.is_empty() && text.chars().all(|character| character.is_ascii_digit());
        let hint = unit_missing.then(|| format!("write the unit, such as `{text}s`"));
        Complaint::new("expected a duration such as `15s` or `10m`").hint(hint)
    })?;
    within(parsed, bounds, |bound| humantime::format_duration(bound).to_string())
}

/// A size in bytes with its unit, such as `100MiB`, within bounds.
pub(super) fn size(text: &str, bounds: &Bounds<usize>) -> Result<usize, Complaint> {
    let parsed: ByteSize = text.parse().map_err(|_| Complaint::new("expected a size such as `100MiB`"))?;
    let bytes = usize::try_from(parsed.as_u64()).unwrap_or(usize::MAX);
    within(bytes, bounds, |bound| format!("{:.0}", ByteSize(bound as u64).display().iec()))
}

/// A whole number within bounds.
pub(super) fn count(text: &str, bounds: &Bounds<usize>) -> Result<usize, Complaint> {
    let number = text.parse().map_err(|_| Complaint::new("expected a whole number"))?;
    within(number, bounds, |bound| bound.to_string())
}

/// A number within bounds.
pub(super) fn number(text: &str, bounds: &Bounds<f64>) -> Result<f64, Complaint> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    within(number.ok_or_else(|| Complaint::new("expected a number such as `0.1`"))?, bounds, |bound| bound.to_string())
}

/// `true` or `false`.
pub(super) fn switch(text: &str) -> Result<bool, Complaint> {
    text.parse().map_err(|_| Complaint::new("expected `true` or `false`"))
}

/// One of a few words.
pub(super) fn one_of<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, Complaint> {
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        Complaint::new(format!("expected one of {}", known.join(", ")))
    })
}

/// An address and port to listen at; without the address, all addresses of IPv4.
pub(super) fn listen_address(text: &str) -> Result<SocketAddr, Complaint> {
    if let Some(port) = text.strip_prefix(':')
        && let Ok(port) = port.parse()
    {
        return Ok(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)));
    }
    text.parse().map_err(|_| {
        let hint = if text.parse::<u16>().is_ok() {
            Some(format!("write `:{text}` to listen at all addresses"))
        } else if text.parse::<IpAddr>().is_ok() {
            Some("add the port, usually 10308".to_owned())
        } else {
            let port = text.strip_prefix("localhost:");
            port.map(|port| format!("write the address, such as `127.0.0.1:{port}`"))
        };
        Complaint::new("expected an address and port such as `0.0.0.0:10308`").hint(hint)
    })
}

fn within<T: PartialOrd + Copy>(value: T, bounds: &Bounds<T>, format: impl Fn(T) -> String) -> Result<T, Complaint> {
    if bounds.least <= value && value <= bounds.most {
        return Ok(value);
    }
    let message = format!("expected {} to {}", format(bounds.least), format(bounds.most));
    Err(Complaint::new(message).hint(bounds.why.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::time::Duration;

    use super::{Bounds, count, duration, listen_address, number, one_of, size, switch};
    use crate::config::complaint::Complaint;

    const SECONDS: Bounds<Duration> =
        Bounds { least: Duration::from_millis(10), most: Duration::from_hours(24), why: "because" };
    const BYTES: Bounds<usize> = Bounds { least: 64 << 10, most: 1 << 30, why: "because" };

    #[track_caller]
    fn check<T: PartialEq + Debug>(judged: &Result<T, Complaint>, expected: T) {
        assert_eq!(judged, &Ok(expected));
    }

    #[track_caller]
    fn check_refused<T: PartialEq + Debug>(judged: &Result<T, Complaint>, message: &str, hint: Option<&str>) {
        assert_eq!(judged, &Err(Complaint::new(message).hint(hint.map(str::to_owned))));
    }

    #[test]
    fn durations_have_units_and_bounds() {
        check(&duration("15s", &SECONDS), Duration::from_secs(15));
        check(&duration("1m 30s", &SECONDS), Duration::from_secs(90));
        check(&duration("1.5s", &SECONDS), Duration::from_millis(1500));
        check(&duration("10ms", &SECONDS), Duration::from_millis(10));
        check(&duration("1day", &SECONDS), Duration::from_hours(24));
        let expected = "expected a duration such as `15s` or `10m`";
        check_refused(&duration("15", &SECONDS), expected, Some("write the unit, such as `15s`"));
        check_refused(&duration("", &SECONDS), expected, None);
        check_refused(&duration("-1s", &SECONDS), expected, None);
        check_refused(&duration("soon", &SECONDS), expected, None);
        check_refused(&duration("99999999999999999999s", &SECONDS), expected, None);
        check_refused(&duration("9ms", &SECONDS), "expected 10ms to 1day", Some("because"));
        check_refused(&duration("25h", &SECONDS), "expected 10ms to 1day", Some("because"));
    }

    #[test]
    fn sizes_have_units_and_bounds() {
        check(&size("100MiB", &BYTES), 100 << 20);
        check(&size("1 MB", &BYTES), 1_000_000);
        check(&size("65536", &BYTES), 65_536);
        check_refused(&size("big", &BYTES), "expected a size such as `100MiB`", None);
        check_refused(&size("", &BYTES), "expected a size such as `100MiB`", None);
        check_refused(&size("2GiB", &BYTES), "expected 64 KiB to 1 GiB", Some("because"));
        check_refused(&size("1KiB", &BYTES), "expected 64 KiB to 1 GiB", Some("because"));
    }

    #[test]
    fn counts_are_whole_numbers_within_bounds() {
        let bounds = Bounds { least: 1, most: 10, why: "because" };
        check(&count("10", &bounds), 10);
        check_refused(&count("0", &bounds), "expected 1 to 10", Some("because"));
        check_refused(&count("1.5", &bounds), "expected a whole number", None);
        check_refused(&count("-1", &bounds), "expected a whole number", None);
    }

    #[test]
    fn numbers_are_finite_and_within_bounds() {
        let bounds = Bounds { least: 0.01, most: 1.0, why: "because" };
        check(&number("0.1", &bounds), 0.1);
        check(&number("1", &bounds), 1.0);
        check_refused(&number("0", &bounds), "expected 0.01 to 1", Some("because"));
        for text in ["NaN", "inf", "10%", ""] {
            check_refused(&number(text, &bounds), "expected a number such as `0.1`", None);
        }
    }

    #[test]
    fn words_are_few() {
        check(&switch("true"), true);
        check_refused(&switch("yes"), "expected `true` or `false`", None);
        check(&one_of("b", &[("a", 1), ("b", 2)]), 2);
        check_refused(&one_of("c", &[("a", 1), ("b", 2)]), "expected one of `a`, `b`", None);
    }

    #[test]
    fn listen_addresses_have_ports() {
        let address = |text: &str| text.parse().expect("an address");
        check(&listen_address(":10308"), address("0.0.0.0:10308"));
        check(&listen_address("127.0.0.1:0"), address("127.0.0.1:0"));
        check(&listen_address("[::]:10308"), address("[::]:10308"));
        let expected = "expected an address and port such as `0.0.0.0:10308`";
        check_refused(&listen_address("10308"), expected, Some("write `:10308` to listen at all addresses"));
        check_refused(&listen_address("::1"), expected, Some("add the port, usually 10308"));
        check_refused(&listen_address("localhost:1"), expected, Some("write the address, such as `127.0.0.1:1`"));
        check_refused(&listen_address(":99999"), expected, None);
        check_refused(&listen_address(""), expected, None);
    }
}
