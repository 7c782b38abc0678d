//! Numbers, lengths of time and lists in words.
//!
//! Not sentences.
//! Invariant: what is rounded is rounded for people; machines have the metrics.

use std::time::Duration;

use crate::model::{Quality, TimeLag};

/// Runs of partitions that are named before the rest is counted.
const RUNS_MAX: usize = 6;

/// A number with its thousands apart.
pub(in crate::render) fn number(number: impl ToString + Copy) -> String {
    thousands_apart(&number.to_string())
}

fn thousands_apart(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let mut text = sign.to_owned();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many of something.
pub(in crate::render) fn counted(count: impl ToString + Copy, one: &str, many: &str) -> String {
    let count = number(count);
    let word = if count == "1" { one } else { many };
    format!("{count} {word}")
}

/// Something per second: whole from ten on, below that with the digits that matter.
pub(super) fn rate(per_second: f64) -> String {
    match per_second.abs() {
        10.0.. => thousands_apart(&format!("{per_second:.0}")),
        1.0.. => short(format!("{per_second:.1}")),
        _ => short(format!("{per_second:.2}")),
    }
}

/// Takes needless zeros off a fraction.
fn short(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A length of time, in its two greatest units.
pub(in crate::render) fn time(seconds: f64) -> String {
    let rounded = Duration::try_from_secs_f64(seconds.max(0.0).round());
    let whole = match rounded {
        Ok(rounded) => rounded.as_secs(),
        Err(_) => return "an unknown time".to_owned(),
    };
    let two = |left: u64, left_unit: &str, right: u64, right_unit: &str| match right {
        0 => format!("{} {left_unit}", number(left)),
        _ => format!("{} {left_unit} {right} {right_unit}", number(left)),
    };
    match whole {
        0..10 => format!("{} s", short(format!("{:.1}", seconds.max(0.0)))),
        10..60 => format!("{whole} s"),
        60..3600 => two(whole / 60, "min", whole % 60, "s"),
        3600..86_400 => two(whole / 3600, "h", whole / 60 % 60, "min"),
        _ => two(whole / 86_400, "d", whole / 3600 % 24, "h"),
    }
}

/// How old something is, as well as that is known.
pub(super) fn age(lag: TimeLag) -> String {
    /// What is wrong with the bounds of what nobody could compare yet.
    const UNTESTED: &str = "by timestamps that could not be compared yet with when records come, and may be wrong";
    let (at_least, at_most) = (time(lag.at_least()), time(lag.at_most()));
    match lag.quality {
        Quality::LowerBound if lag.is_untested => format!("at least {at_least} old {UNTESTED}"),
        Quality::Coarse if lag.is_untested => format!("between {at_least} and {at_most} old {UNTESTED}"),
        Quality::LowerBound => format!("at least {at_least} old, older than all that is known of the partition"),
        Quality::Exact | Quality::Bracketed if at_least == at_most => format!("{at_least} old"),
        Quality::Exact | Quality::Bracketed => format!("between {at_least} and {at_most} old"),
        Quality::Coarse => {
            format!("between {at_least} and {at_most} old, about {} by a coarse estimate", time(lag.seconds()))
        }
    }
}

/// Numbers of partitions, ascending, neighbours as runs: `0 to 3, 7 and 9`.
pub(in crate::render) fn partitions(numbers: &[i32]) -> String {
    let mut runs: Vec<(i32, i32)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*number) => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    let shown = runs.iter().take(RUNS_MAX);
    let covered: usize = shown.clone().map(|(first, last)| usize::try_from(last - first).unwrap_or(0) + 1).sum();
    let run = |(first, last): &(i32, i32)| match last - first {
        0 => vec![first.to_string()],
        1 => vec![first.to_string(), last.to_string()],
        _ => vec![format!("{first} to {last}")],
    };
    let mut words: Vec<String> = shown.flat_map(run).collect();
    if numbers.len() > covered {
        words.push(format!("{} more", number(numbers.len() - covered)));
    }
    listed(&words)
}

/// A list with its `and`.
pub(super) fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Names as a list, each as [`name`] writes it.
pub(super) fn names<'a>(all: impl IntoIterator<Item = &'a str>) -> String {
    listed(&all.into_iter().map(name).collect::<Vec<_>>())
}

/// A name as it stands in a sentence.
pub(super) fn name(text: &str) -> String {
    format!("`{text}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_thousands_apart() {
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([-100, -1000].map(number), ["-100", "-1,000"]);
        assert_eq!(counted(1, "record", "records"), "1 record");
        assert_eq!(counted(2000, "record", "records"), "2,000 records");
    }

    #[test]
    fn rates_have_the_digits_that_matter() {
        assert_eq!(
            [0.0, 0.004, 0.42, 1.0, 9.94, 10.4, 12_000.4].map(rate),
            ["0", "0", "0.42", "1", "9.9", "10", "12,000"]
        );
    }

    #[test]
    fn times_have_two_units() {
        let times = [0.0, 0.44, 9.0, 59.6, 130.0, 7200.0, 11_045.0, 604_800.0, 190_800.0, f64::INFINITY];
        let words =
            ["0 s", "0.4 s", "9 s", "1 min", "2 min 10 s", "2 h", "3 h 4 min", "7 d", "2 d 5 h", "an unknown time"];
        assert_eq!(times.map(time), words);
    }

    #[test]
    fn what_goes_by_untested_timestamps_says_so() {
        let bracketed = TimeLag::new(65.0, (60.0, 70.0), Quality::Bracketed);
        assert_eq!(age(bracketed), "between 1 min and 1 min 10 s old");
        let doubt = "by timestamps that could not be compared yet with when records come, and may be wrong";
        assert_eq!(age(bracketed.untested()), format!("between 1 min and 1 min 10 s old {doubt}"));
        let open = TimeLag::new(60.0, (60.0, f64::INFINITY), Quality::LowerBound).untested();
        assert_eq!(age(open), format!("at least 1 min old {doubt}"));
    }

    #[test]
    fn neighbours_are_runs_and_the_rest_is_counted() {
        assert_eq!(partitions(&[7]), "7");
        assert_eq!(partitions(&[0, 1, 2, 3, 7, 9]), "0 to 3, 7 and 9");
        assert_eq!(partitions(&[2, 3]), "2 and 3");
        let odd: Vec<i32> = (0..40).map(|number| number * 2).collect();
        assert_eq!(partitions(&odd), "0, 2, 4, 6, 8, 10 and 34 more");
    }
}
