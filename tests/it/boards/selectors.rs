//! Short words for the selectors that every query has. It is NOT a parser of `PromQL`.
//! Invariant: a word that is not known is an error, not a query that Grafana refuses.

use regex::{Captures, Regex};

/// The labels that a word stands for, each narrowed by the variable of its name.
const WORDS: [(&str, &[&str]); 5] = [
    ("process", &["job", "instance"]),
    ("cluster", &["job", "instance", "cluster_name"]),
    ("group", &["job", "instance", "cluster_name", "consumergroup"]),
    ("topic", &["job", "instance", "cluster_name", "topic"]),
    ("both", &["job", "instance", "cluster_name", "consumergroup", "topic"]),
];

/// `kafka_brokers@cluster` becomes `kafka_brokers{job=~"$job", …}`; matchers that follow in braces are kept. With `wanted_`
/// before the word, topics that the group reads no more are left out.
pub(super) fn expand(query: &str) -> String {
    let word = Regex::new(r"(\w+)@(wanted_)?(\w+)(?:\{([^}]*)\})?").expect("a valid pattern");
    let selected = |found: &Captures<'_>| {
        let labels = WORDS.iter().find(|(word, _)| *word == &found[3]);
        let (_, labels) = labels.unwrap_or_else(|| panic!("`@{}` in `{query}` stands for nothing", &found[3]));
        let narrowed: Vec<String> = labels.iter().map(|label| format!("{label}=~\"${label}\"")).collect();
        let more = found.get(4).map(|more| more.as_str().to_owned());
        let matchers: Vec<String> = narrowed.iter().cloned().chain(more).collect();
        let selected = format!("{}{{{}}}", &found[1], matchers.join(", "));
        if found.get(2).is_none() {
            return selected;
        }
        let unwanted = format!("kafka_consumergroup_topic_unsubscribed{{{}}}", narrowed.join(", "));
        format!("({selected} unless on (cluster_name, consumergroup, topic) {unwanted})")
    };
    word.replace_all(query, selected).into_owned()
}

/// The same query with the label's number filled up to three digits, so that names sort as numbers do.
pub(super) fn padded(query: &str, label: &str) -> String {
    let one = format!(r#"label_replace({query}, "{label}", "0$1", "{label}", "(\\d\\d?)")"#);
    format!(r#"label_replace({one}, "{label}", "0$1", "{label}", "(\\d\\d)")"#)
}

#[test]
fn a_word_becomes_a_selector() {
    assert_eq!(expand("a@process + b"), r#"a{job=~"$job", instance=~"$instance"} + b"#);
    assert_eq!(expand("a@process{x=\"y\"}[5m]"), r#"a{job=~"$job", instance=~"$instance", x="y"}[5m]"#);
    assert!(expand("a@both").contains(r#"topic=~"$topic""#));
    let wanted = expand("max(a@wanted_group)");
    assert!(
        wanted.starts_with("max((a{job=") && wanted.contains("} unless on (cluster_name, consumergroup, topic) kafka_")
    );
    assert!(std::panic::catch_unwind(|| expand("a@nobody")).is_err());
}
