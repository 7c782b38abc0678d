//! The words of `highwater hot`.
//!
//! Not what they do.
//! Invariant: every flag has a help text, and every bound has an end.

use std::ops::RangeInclusive;
use std::time::Duration;

use bytesize::ByteSize;
use clap::{Args, ValueEnum};

use super::{ConnectionArgs, LogArgs};

#[derive(Debug, Args)]
pub(in crate::cli) struct HotArgs {
    #[command(flatten)]
    pub(in crate::cli) connection: ConnectionArgs,
    /// The topic to look at; takes the right to READ it
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) topic: String,
    /// The partition to look at [default: the one that got most records within --since]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    pub(in crate::cli) partition: Option<i32>,
    /// Which records count when the partition is chosen: those of this time before now, at most 7d
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = since, conflicts_with = "partition")]
    pub(in crate::cli) since: Duration,
    /// Read at most so many records, the newest; up to 10000000
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub(in crate::cli) records: u64,
    /// Read at most so many bytes, up to 16GiB
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = bytes)]
    pub(in crate::cli) bytes: u64,
    /// Read for at most so long, up to 10m
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = time)]
    pub(in crate::cli) time: Duration,
    /// Show at most so many keys, up to 1000
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(in crate::cli) keys: u16,
    /// In which form
    #[arg(long, value_enum, default_value_t = HotOutput::Table)]
    pub(in crate::cli) output: HotOutput,
    #[command(flatten)]
    pub(in crate::cli) log: LogArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum HotOutput {
    Table,
    Json,
}

fn since(text: &str) -> Result<Duration, String> {
    duration(text, Duration::from_secs(1)..=Duration::from_hours(7 * 24))
}

fn time(text: &str) -> Result<Duration, String> {
    duration(text, Duration::from_secs(1)..=Duration::from_mins(10))
}

fn duration(text: &str, bounds: RangeInclusive<Duration>) -> Result<Duration, String> {
    let shown = humantime::format_duration;
    let expected = || format!("expected a duration from {} to {}", shown(*bounds.start()), shown(*bounds.end()));
    humantime::parse_duration(text).ok().filter(|duration| bounds.contains(duration)).ok_or_else(expected)
}

fn bytes(text: &str) -> Result<u64, String> {
    let bytes = text.parse::<ByteSize>().ok().map(|size| size.as_u64());
    let bounds = 1..=ByteSize::gib(16).as_u64();
    bytes
        .filter(|bytes| bounds.contains(bytes))
        .ok_or_else(|| "expected a size from 1 to 16GiB, such as 64MiB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_have_an_end() {
        assert_eq!(time("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(since("7d"), Ok(Duration::from_hours(168)));
        assert_eq!(bytes("1MiB"), Ok(1 << 20));
        for wrong in ["11m", "0s", "500ms", "", "5"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
        for wrong in ["0", "17GiB", "many", "-1"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
