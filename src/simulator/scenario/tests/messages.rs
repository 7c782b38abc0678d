//! What people read who made a mistake in a scenario file.
//!
//! Not the rules themselves.
//! Invariant: every message names the file, the line and the key.

use super::super::*;

fn told(text: &str) -> String {
    parse(text, "my.yml").expect_err("there is a mistake").to_string()
}

#[test]
fn unknown_keys_have_a_hint() {
    insta::assert_snapshot!(told("name: a\nstory: b\ntopics:\n  - name: orders\n    partition: 3\n"), @"");
}

#[test]
fn unknown_actions_have_a_hint() {
    let text = "name: a\nstory: b\nevents:\n  - at: 1m\n    do: { poision: { group: a, topic: b } }\n";
    insta::assert_snapshot!(told(text), @"");
    let text = "name: a\nstory: b\nevents:\n  - at: 1m\n    do: { poison: { group: a, tpoic: b } }\n";
    insta::assert_snapshot!(told(text), @"");
}

#[test]
fn wrong_types_say_what_was_expected() {
    for (text, _) in [
        ("name: a\nstory: b\ntopics:\n  - { name: orders, rate: many }\n", 1),
        ("name: a\nstory: b\ntopics:\n  - { name: orders, partitions: -1 }\n", 1),
        ("name: a\nstory: b\ntopics:\n  - { name: orders, retention: 5 }\n", 1),
        ("name: a\nstory: b\ntopics:\n  - { name: orders, retention: soon }\n", 1),
        ("name: a\nstory: b\ntopics: orders\n", 1),
        ("name: a\nstory: b\ntopics: [orders]\n", 1),
        ("name: a\nstory: b\ntopics: [{rate: 1}]\n", 1),
        ("name: a\nname: b\n", 1),
        ("name: [a\n", 1),
        ("", 1),
        ("a", 1),
        ("name: a\nstory: b\nevents: [{at: 1m}]\n", 1),
        ("name: a\nstory: b\nevents: [{at: 1m, do: poison}]\n", 1),
        ("name: a\nstory: b\nevents: [{at: 1m, do: {poison: {}, cure: {}}}]\n", 1),
        ("name: a\nstory: b\ngroups: [{name: a, kind: clasic}]\n", 1),
    ] {
        println!("{}", told(text));
    }
}
