//! The labels in queries. It is NOT a parser of `PromQL`: names before braces and words in the lists of `by` and the
//! like count.
//! Invariant: a label that none of a query's metrics has is found, since Prometheus takes it for an empty one.

use regex::Regex;

/// What Prometheus adds to every series.
const ADDED: [&str; 2] = ["job", "instance"];

/// The labels of a family; those that every series has for a name that nobody exports.
pub(super) fn of(family: &str) -> Vec<&'static str> {
    let known = highwater::render::FAMILIES.iter().find(|known| known.name == family);
    ADDED.into_iter().chain(known.into_iter().flat_map(highwater::render::Family::all_labels)).collect()
}

/// The labels that do not exist where they stand.
pub(super) fn unknown(expression: &str) -> Vec<String> {
    let selector = Regex::new(r"\b((?:kafka|highwater|process)_[a-z0-9_]+)\{([^}]*)\}").expect("a valid pattern");
    let matcher = Regex::new(r"(\w+)\s*(?:=~|!=|!~|=)").expect("a valid pattern");
    let list =
        Regex::new(r"\b(?:by|on|without|ignoring|group_left|group_right)\s*\(([^)]*)\)").expect("a valid pattern");
    let (mut unknown, mut all) = (Vec::new(), Vec::new());
    for found in selector.captures_iter(expression) {
        let labels = of(&found[1]);
        let written = matcher.captures_iter(&found[2]).map(|one| one[1].to_owned());
        unknown.extend(written.filter(|label| !labels.contains(&label.as_str())));
        all.extend(labels);
    }
    for found in list.captures_iter(expression) {
        let written = found[1].split(',').map(str::trim).filter(|label| !label.is_empty());
        unknown.extend(written.filter(|label| !all.contains(label)).map(str::to_owned));
    }
    unknown.iter().map(|label| format!("there is no label `{label}`")).collect()
}

#[test]
fn a_label_that_nobody_has_is_found() {
    assert_eq!(unknown("max by (topic) (kafka_topic_partitions{topic=~\"x\", job=\"y\"})"), [""; 0]);
    assert_eq!(unknown("kafka_brokers{topic=\"x\"}"), ["there is no label `topic`"]);
    assert_eq!(unknown("process_open_fds{cluster_name=\"x\"}").len(), 1);
    assert_eq!(unknown("sum by (topic) (kafka_brokers{})"), ["there is no label `topic`"]);
    assert_eq!(unknown("kafka_brokers{} * on (id) group_left (rack) kafka_broker_info{}"), [""; 0]);
}
