//! What people read who made a mistake in a scenario file.
//!
//! Not the rules themselves.
//! Invariant: every message names the file, the line and the key.

use super::super::*;

fn told(text: &str) -> String {
    parse(text, "my.yml").expect_err("there is a mistake").to_string()
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let told = told(text);
    let (headline, told) = told.split_once("\n  ").expect("there is a mistake");
    assert_eq!(headline, "scenario `my.yml` has 1 problem");
    assert_eq!(told, expected);
}

#[test]
fn unknown_words_have_a_hint() {
    insta::assert_snapshot!(told("name: a\nstory: b\ntopics:\n  - name: orders\n    partition: 3\n"), @"");
    insta::assert_snapshot!(told("name: a\nstory: b\nevent: []\n"), @"");
    let text = "name: a\nstory: b\nevents:\n  - at: 1m\n    do: { poision: { group: a, topic: b } }\n";
    insta::assert_snapshot!(told(text), @"");
    let text = "name: a\nstory: b\nevents:\n  - at: 1m\n    do: { poison: { group: a, tpoic: b } }\n";
    insta::assert_snapshot!(told(text), @"");
    insta::assert_snapshot!(told("name: a\nstory: b\ngroups: [{name: a, kind: clasic}]\n"), @"");
    insta::assert_snapshot!(told("name: a\nstory: b\ngroups: [{name: a, isolation: none}]\n"), @"");
}

#[test]
fn wrong_types_say_what_was_expected() {
    let topic = |rest: &str| format!("name: a\nstory: b\ntopics:\n  - {{ name: orders, {rest} }}\n");
    check(&topic("rate: many"), "my.yml:4:27: topics[0].rate: expected a number, got `many`");
    check(&topic("partitions: -1"), "my.yml:4:33: topics[0].partitions: expected a whole number, 0 or more, got `-1`");
    check(
        &topic("retention: 5"),
        "my.yml:4:32: topics[0].retention: expected a duration such as `90s` or `10m`, got `5`",
    );
    check(
        &topic("retention: soon"),
        "my.yml:4:32: topics[0].retention: expected a duration such as `90s` or `10m`, got `soon`",
    );
    check(&topic("hot: { first: 2 }"), "my.yml:4:28: topics[0].hot: expected a whole number, 0 or more, got `first`");
    check("name: a\nstory: b\ntopics: orders\n", "my.yml:3:9: topics: expected a list, got `orders`");
    check("name: a\nstory: b\ntopics: [orders]\n", "my.yml:3:10: topics[0]: expected keys with values, got `orders`");
    check("name: [a]\n", "my.yml:1:7: name: expected a text, got a list");
    check("a", "my.yml:1:1: top level: expected keys with values, got `a`");
    check(
        "name: a\nstory: b\nevents: [{at: 1m, do: hide}]\n",
        "my.yml:3:23: events[0].do: expected an action with its keys, got only its name",
    );
    check("name: a\nstory: b\nevents: [{at: 1m, do: {hide: {}, reveal: {}}}]\n", "");
}

#[test]
fn keys_that_are_missing_or_written_twice_are_named() {
    check("", "my.yml:1:1: name: this key is required");
    check("name: a\nstory: b\ntopics:\n  - rate: 1\n", "my.yml:4:5: topics[0].name: this key is required");
    check("name: a\nstory: b\nevents: [{at: 1m}]\n", "my.yml:3:10: events[0].do: this key is required");
    check("name: a\nstory: b\nname: b\n", "my.yml:1:1: name: this key is written twice");
}

#[test]
fn what_is_not_yaml_is_told_with_its_place() {
    check("name: a\nstory: 'b\n", "");
    check("name: a\n\tstory: b\n", "");
    check("name: a\nstory: b\n---\nname: c\n", "");
}

const NONSENSE: &str = "\
name: ''
story: All of it is wrong.
brokers: 4
topics:
  - { name: orders, partitions: 4, rate: .nan, wobble: 1.5, hot: { 1: -2, 4: 3 } }
  - { name: orders, partitions: 0, on_brokers: [4, 5, 4], retention: 0s }
  - { name: 'a/b', partitions: 20000, rate: -1 }
  - { name: __consumer_offsets, replication: 0 }
groups:
  - name: shop
    topics: [order, orders, orders]
    members: 2
    capacity: .inf
  - { name: shop, members: 5000 }
  - { name: '', kind: simple, topics: [orders], commit_interval: 0s }
  - { name: archive, kind: simple, topics: [orders], rebalance_takes: 1000years }
events:
  - { at: 1m, every: 10ms, do: { hide: { topic: ordres } } }
  - { at: 1m, times: 0, do: { produce: { topic: orders, rate: 1e12 } } }
  - { at: 1m, times: 3, do: { heat: { topic: a/b, hot: { 30000: .inf } } } }
  - at: 1m
    do:
      poison:
        group: shop
        topic: a/b
        partition: 20000
  - { at: 1m, do: { crash: { group: shoop } } }
  - { at: 1m, do: { leave: { group: archive, member: 1 } } }
  - { at: 1m, do: { stop_broker: { broker: 5 } } }
  - { at: 1m, do: { stop_broker: { broker: 0 } } }
  - { at: 1m, do: { scale: { group: shop, members: 1001 } } }
  - { at: 1m, do: { deploy: { group: shop, step: 100years } } }
  - { at: 1m, do: { crash: { group: shop, member: 6000 } } }
  - { at: 1m, do: { add_partitions: { topic: orders, partitions: 20000 } } }
";

#[test]
fn all_nonsense_is_told_at_once_with_lines() {
    insta::assert_snapshot!(told(NONSENSE), @"");
}

#[test]
fn no_more_is_told_than_a_screen_holds() {
    let topics: String = (0..200).map(|place| format!("  - {{ name: t{place}, partitions: 0 }}\n")).collect();
    let told = told(&format!("name: a\nstory: b\ntopics:\n{topics}"));
    assert!(told.starts_with("scenario `my.yml` has 200 problems\n"), "{told}");
    assert!(told.ends_with("\n  and 150 more"), "{told}");
}

#[test]
fn an_action_is_judged_without_a_scenario() {
    let judged = |action: &str| {
        let action: crate::simulator::spec::Action = serde_json::from_str(action).expect("it is an action");
        check_action(&action).map_err(|mistake| mistake.to_string())
    };
    assert_eq!(judged(r#"{"hide": {"topic": "orders"}}"#), Ok(()));
    let told = judged(r#"{"add_partitions": {"topic": "orders", "partitions": 4000000000}}"#);
    assert_eq!(told.unwrap_err(), "partitions: expected a whole number from 1 to 10000, got `4000000000`");
}

#[test]
fn any_text_is_read_or_refused() {
    proptest::proptest!(|(text in "[-a-z0-9:{}\\[\\],.&*!#'\"\n ]{0,200}")| {
        drop(parse(&text, "any"));
    });
}
