//! The two text formats of Prometheus: 0.0.4 and OpenMetrics 1.0.
//!
//! It knows lines, not families of Kafka. It writes no `_created` series, which would double the
//! counters, and no timestamps, which would switch staleness off.
//! Invariant: every text from outside passes through one of the two escapes.

use std::io::{self, Write};
use std::time::Duration;

/// What a scraper asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Prometheus text 0.0.4.
    Text,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

impl Format {
    /// The value of the header `Content-Type`; without it Prometheus 3 refuses the page.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// A sample's value. Integers are printed as integers, however large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    Count(usize),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    /// Something per something, written to the ten-thousandth: more digits of an estimate say nothing.
    Ratio(f64),
    /// Seconds, written to the millisecond: nothing here is known better than the time an answer takes.
    Seconds(f64),
}

impl From<bool> for Value {
    fn from(is_so: bool) -> Self {
        Self::Count(usize::from(is_so))
    }
}

impl Value {
    pub(super) fn write(self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Count(count) => write_digits(u64::try_from(count).unwrap_or(u64::MAX), out),
            Self::Unsigned(number) => write_digits(number, out),
            Self::Signed(number) => write_integer(number, out),
            Self::Float(number) => write_float(number, out),
            Self::Ratio(ratio) => write_ratio(ratio, out),
            Self::Seconds(seconds) => write_seconds(seconds, out),
        }
    }
}

/// A label's value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Label<'a> {
    Text(&'a str),
    Number(i32),
}

impl Label<'_> {
    pub(super) fn write(self, out: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Text(text) => {
                escape(text, Escape::All, out);
                Ok(())
            }
            Self::Number(number) => write_integer(number.into(), out),
        }
    }
}

/// The number as `Display` writes it, without the formatting machinery that took a quarter of a page's time.
fn write_digits(mut number: u64, out: &mut impl Write) -> io::Result<()> {
    let mut digits = [0; 20];
    let mut start = digits.len();
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        start -= 1;
        if number == 0 {
            break;
        }
    }
    out.write_all(digits.get(start..).unwrap_or_default())
}

fn write_integer(number: i64, out: &mut impl Write) -> io::Result<()> {
    if number < 0 {
        out.write_all(b"-")?;
    }
    write_digits(number.unsigned_abs(), out)
}

fn write_float(number: f64, out: &mut impl Write) -> io::Result<()> {
    if number.is_infinite() {
        return out.write_all(if number.is_sign_negative() { b"-Inf" } else { b"+Inf" });
    }
    // Rust prints the shortest digits that read back as the same number, and `NaN` as such.
    write!(out, "{number}")
}

fn write_ratio(ratio: f64, out: &mut impl Write) -> io::Result<()> {
    const PARTS: f64 = 10_000.0;
    // Adding 0 takes the sign off a zero.
    write_float((ratio * PARTS).round() / PARTS + 0.0, out)
}

fn write_seconds(seconds: f64, out: &mut impl Write) -> io::Result<()> {
    const HALF_A_MILLISECOND: f64 = 0.0005;
    // No duration is below 0 or without end.
    let Ok(rounded) = Duration::try_from_secs_f64(seconds + HALF_A_MILLISECOND) else {
        return write_float(seconds, out);
    };
    write_digits(rounded.as_secs(), out)?;
    let mut rest = rounded.subsec_millis();
    let mut place = 100;
    if rest > 0 {
        out.write_all(b".")?;
    }
    while rest > 0 {
        write_digits((rest / place).into(), out)?;
        rest %= place;
        place /= 10;
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Escape {
    All,
    ButQuotes,
}

fn escape(text: &str, which: Escape, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'"' if which == Escape::All => out.extend_from_slice(b"\\\""),
            _ => out.push(byte),
        }
    }
}

/// The name that `HELP` and `TYPE` carry: OpenMetrics takes the `_total` off a counter.
pub(super) fn family_name<'a>(name: &'a str, type_word: &str, format: Format) -> &'a str {
    match format {
        Format::OpenMetrics if type_word == "counter" => name.strip_suffix("_total").unwrap_or(name),
        _ => name,
    }
}

/// Writes the two lines that open a family.
pub(super) fn write_head(
    name: &str,
    type_word: &str,
    help: &str,
    format: Format,
    out: &mut impl Write,
) -> io::Result<()> {
    let name = family_name(name, type_word, format);
    let mut escaped = Vec::with_capacity(help.len());
    // 0.0.4 knows no escaped quote in HELP; OpenMetrics asks for one.
    let which = if format == Format::OpenMetrics { Escape::All } else { Escape::ButQuotes };
    escape(help, which, &mut escaped);
    write!(out, "# HELP {name} ")?;
    out.write_all(&escaped)?;
    writeln!(out, "\n# TYPE {name} {type_word}")
}

/// Writes what ends a page.
pub(super) fn write_end(format: Format, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Text => Ok(()),
        Format::OpenMetrics => out.write_all(b"# EOF\n"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(value: Value) -> String {
        let mut out = Vec::new();
        value.write(&mut out).expect("a Vec takes all");
        String::from_utf8(out).expect("digits are UTF-8")
    }

    fn label(text: &str) -> String {
        let mut out = Vec::new();
        Label::Text(text).write(&mut out).expect("a Vec takes all");
        String::from_utf8(out).expect("escaping keeps UTF-8")
    }

    #[test]
    fn integers_are_printed_as_integers() {
        assert_eq!(value(Value::Signed(i64::MAX)), "9223372036854775807");
        assert_eq!(value(Value::Signed(i64::MIN)), "-9223372036854775808");
        assert_eq!(value(Value::Unsigned(u64::MAX)), "18446744073709551615");
        assert_eq!(value(Value::Count(0)), "0");
        assert_eq!(value(Value::Float(3.0)), "3");
    }

    #[test]
    fn what_is_no_number_has_its_own_words() {
        assert_eq!(value(Value::Float(f64::INFINITY)), "+Inf");
        assert_eq!(value(Value::Float(f64::NEG_INFINITY)), "-Inf");
        assert_eq!(value(Value::Float(f64::NAN)), "NaN");
    }

    #[test]
    fn seconds_are_rounded_to_the_millisecond() {
        let expected = [
            (0.0, "0"),
            (0.000_4, "0"),
            (0.0006, "0.001"),
            (0.25, "0.25"),
            (12.0, "12"),
            (59.999_6, "60"),
            (3.007, "3.007"),
            (1_700_000_000.51, "1700000000.51"),
            (f64::INFINITY, "+Inf"),
            (-1.5, "-1.5"),
        ];
        for (seconds, text) in expected {
            assert_eq!(value(Value::Seconds(seconds)), text);
        }
    }

    #[test]
    fn ratios_are_rounded_to_the_ten_thousandth() {
        let expected = [
            (0.123_456, "0.1235"),
            (-0.3, "-0.3"),
            (1.0 / 3.0, "0.3333"),
            (-1e-9, "0"),
            (7.0, "7"),
            (0.1 + 0.2, "0.3"),
        ];
        for (ratio, text) in expected {
            assert_eq!(value(Value::Ratio(ratio)), text);
        }
    }

    #[test]
    fn label_values_are_escaped() {
        assert_eq!(label("a\\b\"c\nd\té"), "a\\\\b\\\"c\\nd\té");
    }

    #[test]
    fn help_keeps_its_quotes_in_text_and_escapes_them_in_openmetrics() {
        let mut out = Vec::new();
        write_head("polls_total", "counter", "a \"b\" \\ \n", Format::Text, &mut out).expect("a Vec takes all");
        write_head("polls_total", "counter", "a \"b\" \\ \n", Format::OpenMetrics, &mut out).expect("a Vec takes all");
        assert_eq!(
            String::from_utf8(out).expect("UTF-8"),
            "# HELP polls_total a \"b\" \\\\ \\n\n# TYPE polls_total counter\n\
             # HELP polls a \\\"b\\\" \\\\ \\n\n# TYPE polls counter\n"
        );
    }

    proptest! {
        #[test]
        fn integers_are_written_as_by_the_standard_library(signed: i64, unsigned: u64) {
            prop_assert_eq!(value(Value::Signed(signed)), signed.to_string());
            prop_assert_eq!(value(Value::Unsigned(unsigned)), unsigned.to_string());
        }

        #[test]
        fn floats_read_back_as_they_were(number in any::<f64>().prop_filter("finite", |number| number.is_finite())) {
            prop_assert_eq!(value(Value::Float(number)).parse::<f64>(), Ok(number));
        }

        #[test]
        fn seconds_read_back_to_the_millisecond(seconds in 0.0..1e10) {
            let read = value(Value::Seconds(seconds)).parse::<f64>().expect("a number");
            prop_assert!((read - seconds).abs() < 0.000_51, "{} became {}", seconds, read);
        }
    }
}
