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
    check(
        "name: a\nstory: b\ntopics:\n  - name: orders\n    partition: 3\n",
        "my.yml:5:5: topics[0].partition: unknown key\n    hint: did you mean `partitions`?",
    );
    check("name: a\nstory: b\nevent: []\n", "my.yml:3:1: event: unknown key\n    hint: did you mean `events`?");
    let text = "name: a\nstory: b\nevents:\n  - at: 1m\n    do: { poision: { group: a, topic: b } }\n";
    check(text, "my.yml:5:11: events[0].do: unknown action, got `poision`\n    hint: did you mean `poison`?");
    let text = "name: a\nstory: b\nevents:\n  - at: 1m\n    do: { poison: { group: a, tpoic: b } }\n";
    check(text, "my.yml:5:31: events[0].do.poison.tpoic: unknown key\n    hint: did you mean `topic`?");
    check(
        "name: a\nstory: b\ngroups: [{name: a, kind: clasic}]\n",
        "my.yml:3:26: groups[0].kind: unknown value, got `clasic`\n    hint: did you mean `classic`?",
    );
    check(
        "name: a\nstory: b\ngroups: [{name: a, isolation: none}]\n",
        "my.yml:3:31: groups[0].isolation: unknown value, got `none`\n    hint: one of read_uncommitted, read_committed",
    );
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
    check(
        "name: a\nstory: b\nevents: [{at: 1m, do: {hide: {topic: a}, reveal: {topic: a}}}]\n",
        "my.yml:3:23: events[0].do: expected one action with its keys\n    hint: write another event for another action",
    );
}

#[test]
fn keys_that_are_missing_or_written_twice_are_named() {
    check("name: a\nstory: b\ntopics:\n  - rate: 1\n", "my.yml:4:5: topics[0].name: this key is required");
    check("name: a\nstory: b\nevents: [{at: 1m}]\n", "my.yml:3:10: events[0].do: this key is required");
    check("name: a\nstory: b\nname: b\n", "my.yml:1:1: name: this key is written twice");
}

#[test]
fn all_keys_that_are_missing_are_told_at_once() {
    let both = "scenario `my.yml` has 2 problems\n  my.yml:1:1: name: this key is required\n  \
                my.yml:1:1: story: this key is required";
    assert_eq!(told(""), both);
    assert_eq!(told("{}"), both);
    let text = "name: a\ntopics:\n  - rate: 1\n  - { name: t }\n  - {}\ngroups: [{ members: 1 }]\nevents: [{}]\n";
    insta::assert_snapshot!(told(text), @r"
    scenario `my.yml` has 6 problems
      my.yml:1:1: story: this key is required
      my.yml:3:5: topics[0].name: this key is required
      my.yml:5:5: topics[2].name: this key is required
      my.yml:6:10: groups[0].name: this key is required
      my.yml:7:10: events[0].at: this key is required
      my.yml:7:10: events[0].do: this key is required
    ");
    // What is missing in an action is told with the others.
    let text = "name: a\nevents:\n  - at: 1m\n    do: { hide: {} }\n";
    insta::assert_snapshot!(told(text), @r"
    scenario `my.yml` has 2 problems
      my.yml:1:1: story: this key is required
      my.yml:4:17: events[0].do.hide.topic: this key is required
    ");
}

#[test]
fn what_is_not_yaml_is_told_with_its_place() {
    check(
        "name: a\nstory: 'b\n",
        "my.yml:3:1: top level: found unexpected end of stream, while scanning a quoted scalar at line 2 column 8",
    );
    check(
        "name: a\n\tstory: b\n",
        "my.yml:2:1: top level: found a tab character that violates indentation, while scanning a plain scalar at line 1 column 7",
    );
    check("name: a\nstory: b\n---\nname: c\n", "top level: expected one YAML document, got several");
}

const NONSENSE: &str = "\
name: ''
story: All of it is wrong.
brokers: 4
topics:
  - { name: orders, partitions: 4, rate: .nan, wobble: 1.5, hot: { 1: -2, 4: 3 } }
  - { name: orders, partitions: 0, on_brokers: [4, 5, 4], retention: 0s }
  - { name: 'a/b', partitions: 20000, rate: -1, local_retention: 0s }
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
    insta::assert_snapshot!(told(NONSENSE), @r"
    scenario `my.yml` has 40 problems
      my.yml:1:7: name: a scenario needs a name
      my.yml:5:42: topics[0].rate: expected records per second, from 0 to 1000000000, got `NaN`
      my.yml:5:56: topics[0].wobble: expected a part of the rate, from 0 to 0.9, got `1.5`
      my.yml:5:71: topics[0].hot.1: expected how many times the records of the others, from 0 to 1000000, got `-2`
      my.yml:6:13: topics[1].name: another topic has this name, got `orders`
      my.yml:6:33: topics[1].partitions: expected a whole number from 1 to 10000, got `0`
      my.yml:6:52: topics[1].on_brokers[1]: the brokers are 1 to 4, got `5`
        hint: write `brokers: 5` at the top, if there shall be so many
      my.yml:6:55: topics[1].on_brokers[2]: this broker is named already, got `4`
      my.yml:6:70: topics[1].retention: expected at least 1s, got `0s`
      my.yml:7:13: topics[2].name: expected 1 to 249 of the letters, digits, `.`, `_` and `-` that Kafka allows, got `a/b`
      my.yml:7:32: topics[2].partitions: expected a whole number from 1 to 10000, got `20000`
      my.yml:7:45: topics[2].rate: expected records per second, from 0 to 1000000000, got `-1`
      my.yml:7:66: topics[2].local_retention: expected at least 1s, got `0s`
      my.yml:8:13: topics[3].name: every cluster has this topic already, got `__consumer_offsets`
      my.yml:8:46: topics[3].replication: expected a whole number from 1 to 1000, got `0`
      my.yml:11:14: groups[0].topics[0]: the scenario has no such topic, got `order`
        hint: did you mean `orders`?
      my.yml:11:29: groups[0].topics[2]: this topic is named already, got `orders`
      my.yml:13:15: groups[0].capacity: expected records per second, from 0 to 1000000000, got `inf`
      my.yml:14:13: groups[1].name: another group has this name, got `shop`
      my.yml:14:28: groups[1].members: expected at most 1000 members, got `5000`
      my.yml:15:13: groups[2].name: expected a name of 1 to 249 letters, got ``
      my.yml:15:66: groups[2].commit_interval: expected at least 100ms, got `0s`
      my.yml:16:71: groups[3].rebalance_takes: expected at most ten years, got `1000years`
      my.yml:18:22: events[0].every: expected at least 1s, got `10ms`
      my.yml:18:49: events[0].do.hide.topic: the scenario has no such topic, got `ordres`
        hint: did you mean `orders`?
      my.yml:19:22: events[1].times: an event that never happens is none, got `0`
        hint: leave the event out, or `times`, if it shall go on for ever
      my.yml:19:63: events[1].do.produce.rate: expected records per second, from 0 to 1000000000, got `1000000000000`
      my.yml:20:22: events[2].times: it is not said how often, got `3`
        hint: write `every` too, such as `every: 10m`
      my.yml:20:65: events[2].do.heat.hot.30000: expected how many times the records of the others, from 0 to 1000000, got `inf`
      my.yml:20:65: events[2].do.heat.hot.30000: topic `a/b` has 20000 partitions, counted from 0, got `30000`
      my.yml:25:16: events[3].do.poison.topic: group `shop` does not read this topic, got `a/b`
      my.yml:26:20: events[3].do.poison.partition: topic `a/b` has 20000 partitions, counted from 0, got `20000`
      my.yml:27:37: events[4].do.crash.group: the scenario has no such group, got `shoop`
        hint: did you mean `shop`?
      my.yml:28:37: events[5].do.leave.group: a group of kind `simple` or `empty` has no members, got `archive`
      my.yml:29:44: events[6].do.stop_broker.broker: the brokers are 1 to 4, got `5`
        hint: write `brokers: 5` at the top, if there shall be so many
      my.yml:30:44: events[7].do.stop_broker.broker: the brokers are 1 to 4, got `0`
      my.yml:31:52: events[8].do.scale.members: expected at most 1000 members, got `1001`
      my.yml:32:50: events[9].do.deploy.step: expected at most ten years, got `100years`
      my.yml:33:51: events[10].do.crash.member: group `shop` has 5000 members, counted from 0, got `6000`
      my.yml:34:66: events[11].do.add_partitions.partitions: expected a whole number from 1 to 10000, got `20000`
    ");
}

#[test]
fn commits_more_often_than_a_world_can_live_through_are_refused() {
    let text = |interval: &str| format!("name: a\nstory: b\ngroups:\n  - {{ name: g, commit_interval: {interval} }}\n");
    check(&text("1ms"), "my.yml:4:33: groups[0].commit_interval: expected at least 100ms, got `1ms`");
    assert!(parse(&text("100ms"), "my.yml").is_ok());
}

#[test]
fn no_more_is_told_than_a_screen_holds() {
    let topics: Vec<String> = (0..200).map(|place| format!("  - {{ name: t{place}, partitions: 0 }}\n")).collect();
    let told = told(&format!("name: a\nstory: b\ntopics:\n{}", topics.concat()));
    assert!(told.starts_with("scenario `my.yml` has 200 problems\n"), "{told}");
    assert!(told.ends_with("\n  and 150 more"), "{told}");
}

#[test]
fn an_action_is_judged_without_a_scenario() {
    let judged = |action: &str| {
        let action: crate::simulator::spec::Action = serde_json::from_str(action).expect("it is an action");
        check_action(&action).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(judged(r#"{"hide": {"topic": "orders"}}"#), [] as [&str; 0]);
    let told = judged(r#"{"add_partitions": {"topic": "orders", "partitions": 4000000000}}"#);
    assert_eq!(told, ["partitions: expected a whole number from 1 to 10000, got `4000000000`"]);
}

#[test]
fn any_text_is_read_or_refused() {
    proptest::proptest!(|(text in "[-a-z0-9:{}\\[\\],.&*!#'\"\n ]{0,200}")| {
        drop(parse(&text, "any"));
    });
}
