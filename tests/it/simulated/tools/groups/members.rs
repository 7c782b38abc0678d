//! Members as `ConsumerGroupCommand` shows them: who they are, where they run and what they read. It is NOT about
//! offsets.
//! Invariant: a line that is not understood is a failure.

use std::collections::{BTreeMap, BTreeSet};

use highwater::simulator::Truth;
use highwater::simulator::truth::GroupTruth;

use super::CONNECT;
use crate::support::page::Page;

/// A line of a table: what is under each heading.
type Line<'a> = BTreeMap<&'a str, &'a str>;

/// The lines of all tables in `printed`; no name in these scenes has a blank.
fn lines(printed: &str) -> Vec<Line<'_>> {
    let mut headings: Vec<&str> = Vec::new();
    let mut lines = Vec::new();
    for line in printed.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.first() {
            Some(&"GROUP") => headings = words,
            None | Some(&("Consumer" | "Warning:")) => {}
            Some(_) => {
                assert_eq!(words.len(), headings.len(), "{line}: {headings:?}");
                lines.push(headings.iter().copied().zip(words).collect());
            }
        }
    }
    lines
}

fn by_group(printed: &str) -> BTreeMap<&str, Vec<Line<'_>>> {
    let mut groups: BTreeMap<&str, Vec<Line<'_>>> = BTreeMap::new();
    for line in lines(printed) {
        groups.entry(line["GROUP"]).or_default().push(line);
    }
    groups
}

/// The client that owns each partition, in the table of offsets.
pub(super) fn assert_owners(offsets: &str, truth: &Truth) {
    for line in lines(offsets) {
        let group = truth.group(line["GROUP"]).expect("it is there");
        let reading = group
            .partitions
            .iter()
            .find(|reading| reading.topic == line["TOPIC"] && reading.partition.to_string() == line["PARTITION"]);
        // A coordinator of Kafka 4 tells it also while members join.
        let owner = reading.expect("it reads that").owner.as_deref().unwrap_or("-");
        assert_eq!(line["CLIENT-ID"], owner, "{line:?}");
        assert_eq!((line["CONSUMER-ID"] == "-", line["HOST"] == "-"), (owner == "-", owner == "-"), "{line:?}");
    }
}

/// The table of `--members --verbose`.
pub(super) fn assert_members(printed: &str, page: &Page, truth: &Truth) {
    let groups = by_group(printed);
    for group in truth.groups.iter().filter(|group| group.name != CONNECT) {
        let none = Vec::new();
        let members = groups.get(group.name.as_str()).unwrap_or(&none);
        assert_eq!(members.len(), group.members, "members of {}", group.name);
        let shown = page.get("kafka_consumergroup_members", &[("consumergroup", &group.name)]);
        assert_eq!(shown.map(crate::support::page::integer), i64::try_from(members.len()).ok(), "{}", group.name);
        let ids: BTreeSet<&str> = members.iter().map(|member| member["CONSUMER-ID"]).collect();
        assert_eq!(ids.len(), members.len(), "ids of {}", group.name);
        for member in members {
            assert_member(member, group);
        }
    }
}

fn assert_member(member: &Line<'_>, group: &GroupTruth) {
    let client = member["CLIENT-ID"];
    let is_kip_848 = group.kind == "consumer";
    assert!(is_kip_848 || member["CONSUMER-ID"].starts_with(&format!("{client}-")), "{member:?}");
    assert!(member["HOST"].starts_with("/10."), "{member:?}");
    assert_eq!(member.contains_key("GROUP-INSTANCE-ID"), group.name == "inventory-sync", "{member:?}");
    let owned = group.partitions.iter().filter(|reading| reading.owner.as_deref() == Some(client));
    let owned: BTreeSet<String> = owned.map(|reading| format!("{}:{}", reading.topic, reading.partition)).collect();
    assert_eq!(member["#PARTITIONS"], owned.len().to_string(), "{member:?}");
    assert_eq!(partitions(member["CURRENT-ASSIGNMENT"]), owned, "{member:?}");
    let epoch = if is_kip_848 { group.generation.to_string() } else { "-".to_owned() };
    assert_eq!((member["CURRENT-EPOCH"], member["TARGET-EPOCH"]), (epoch.as_str(), epoch.as_str()), "{member:?}");
    let target = if is_kip_848 { member["CURRENT-ASSIGNMENT"] } else { "-" };
    assert_eq!(member["TARGET-ASSIGNMENT"], target, "{member:?}");
}

/// From `topic:0,1;other:2`.
fn partitions(assignment: &str) -> BTreeSet<String> {
    let topics = assignment.split(';').filter(|part| *part != "-");
    let numbered = topics.flat_map(|part| {
        let (topic, numbers) = part.split_once(':').unwrap_or_else(|| panic!("{assignment}"));
        numbers.split(',').map(move |number| format!("{topic}:{number}"))
    });
    numbered.collect()
}

/// The table of `--state`: coordinator, how partitions are assigned, state and number of members.
pub(super) fn assert_states(printed: &str, page: &Page, truth: &Truth) {
    // The coordinator is `host:port (id)`.
    let printed = printed.replace("  (", "(").replace(" (", "(").replace("COORDINATOR(ID)", "COORDINATOR");
    let groups = by_group(&printed);
    let consumers = truth.groups.iter().filter(|group| group.name != CONNECT);
    assert_eq!(groups.len(), consumers.clone().count());
    for group in consumers {
        let [state] = groups[group.name.as_str()].as_slice() else { panic!("{} twice", group.name) };
        assert_eq!(state["STATE"], group.state, "{state:?}");
        assert_eq!(state["#MEMBERS"], group.members.to_string(), "{state:?}");
        let coordinator = group.coordinator.expect("it has one");
        let address = truth.brokers.iter().find(|broker| broker.id == coordinator).and_then(|broker| broker.address);
        let address = address.expect("it listens");
        assert_eq!(state["COORDINATOR"], format!("{address}({coordinator})"), "{state:?}");
        let info = page.all("kafka_consumergroup_info", &[("consumergroup", &group.name)]);
        let [(info, _)] = info.as_slice() else { panic!("{info:?}") };
        assert_eq!(info.get("coordinator"), Some(&coordinator.to_string()), "{state:?}");
        let assignor = match (group.name.as_str(), group.kind.as_str()) {
            _ if group.state != "Stable" => "-",
            (_, "consumer") => "uniform",
            ("recommendations", _) => "stream",
            ("payment-processor" | "invoice-printer" | "telemetry-aggregator" | "ticket-router", _) => {
                "cooperative-sticky"
            }
            _ => "range",
        };
        assert_eq!(state["ASSIGNMENT-STRATEGY"], assignor, "{state:?}");
    }
}
