//! The names of metrics in what is shipped. It is NOT a parser of `PromQL`: every word with one of our prefixes counts.
//! Invariant: a name that the exporter does not have is found wherever it stands, in text and tests too.

use std::collections::BTreeSet;

use regex::Regex;

/// Names that nobody exports, as `file:line: name`.
pub(crate) fn unknown(files: &[(String, String)], known: &[&str]) -> Vec<String> {
    let name = Regex::new(r"\b(?:kafka|highwater|process)_[a-z0-9_]+").expect("a valid pattern");
    let mut unknown = BTreeSet::new();
    for (path, text) in files {
        for (index, line) in text.lines().enumerate() {
            let strangers = name.find_iter(line).filter(|found| !known.contains(&found.as_str()));
            unknown.extend(strangers.map(|found| format!("{path}:{}: {}", index + 1, found.as_str())));
        }
    }
    unknown.into_iter().collect()
}

#[test]
fn a_name_that_nobody_exports_is_found() {
    let files = [("alerts/a.yml".to_owned(), "expr: kafka_brokers\nexpr: sum(kafka_brokerz) > 0".to_owned())];
    assert_eq!(unknown(&files, &["kafka_brokers"]), ["alerts/a.yml:2: kafka_brokerz"]);
    assert_eq!(unknown(&files, &["kafka_brokers", "kafka_brokerz"]), [""; 0]);
}
