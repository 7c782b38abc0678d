//! The shipped rules and routes on a clock that runs faster. It is NOT another set of rules.
//! Invariant: every duration is divided, and no threshold: values in seconds are on the demonstration's own clock already,
//! while how long Prometheus looks back and waits is on the clock of the machine.

use regex::{Captures, Regex};

const UNIT: &str = r"(\d+)(ms|s|m|h|d)\b";

/// Rules with their ranges and waits divided, evaluated at this interval.
pub(super) fn rules(text: &str, speed: u32, interval: &str) -> String {
    let text = divided(text, &format!(r"(\bfor: |\bkeep_firing_for: |\boffset |\[|:){UNIT}"), speed);
    let group = Regex::new(r"(?m)^  - name: .*$").expect("a valid pattern");
    group.replace_all(&text, |found: &Captures<'_>| format!("{}\n    interval: {interval}", &found[0])).into_owned()
}

/// The sample configuration of Alertmanager with its waits divided; everything goes to `webhook`, also what is for nobody. What
/// is told is not told again.
pub(super) fn routes(text: &str, speed: u32, webhook: &str) -> String {
    let text = divided(text, &format!(r"(\bgroup_wait: |\bgroup_interval: ){UNIT}"), speed);
    let receiver = Regex::new(r"http://127\.0\.0\.1:9099/\w+").expect("a valid pattern");
    receiver.replace_all(&text, webhook).replace("receiver: nobody", "receiver: team")
}

fn divided(text: &str, pattern: &str, speed: u32) -> String {
    let pattern = Regex::new(pattern).expect("a valid pattern");
    let divide = |found: &Captures<'_>| {
        let unit = match &found[3] {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => 86_400_000,
        };
        let milliseconds: u64 = found[2].parse::<u64>().expect("digits") * unit / u64::from(speed);
        format!("{}{}ms", &found[1], milliseconds.max(1))
    };
    pattern.replace_all(text, divide).into_owned()
}

#[test]
fn durations_are_divided_and_thresholds_are_not() {
    let text = "groups:\n  - name: a\n    rules:\n      - expr: avg_over_time(x[5m] offset 1h) > 300\n        for: 2m\n        keep_firing_for: 1h\n";
    let expected = "groups:\n  - name: a\n    interval: 500ms\n    rules:\n      - expr: avg_over_time(x[10000ms] offset 120000ms) > 300\n        \
                    for: 4000ms\n        keep_firing_for: 120000ms\n";
    assert_eq!(rules(text, 30, "500ms"), expected);
    let text = "{receiver: nobody, group_wait: 30s, repeat_interval: 4h, url: http://127.0.0.1:9099/page}";
    let expected = "{receiver: team, group_wait: 1000ms, repeat_interval: 4h, url: http://hook}";
    assert_eq!(routes(text, 30, "http://hook"), expected);
}

#[test]
fn no_duration_of_the_rules_is_left_as_it_is() {
    let path = crate::support::tree::root().join("alerts/highwater.rules.yml");
    let text = rules(&std::fs::read_to_string(path).expect("the rules are readable"), 1, "1s");
    let left = Regex::new(r"(?:for: |offset |\[|:)\d+[smhd]\b").expect("a valid pattern");
    assert_eq!(left.find(&text).map(|found| found.as_str()), None);
    assert!(text.matches("ms]").count() >= 8 && text.matches("interval: 1s").count() >= 6);
}
