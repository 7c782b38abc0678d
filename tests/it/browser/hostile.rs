//! Names that were chosen to do harm. It is NOT about Kafka, which allows all of these for groups.
//! Invariant: a name is text wherever it is shown, and nothing in it runs.

use std::sync::Arc;
use std::time::Duration;

use highwater::model::{
    About, Assignment, BrokerId, Check, ClusterReport, EndOffset, Finding, Group, GroupKind, GroupReport, GroupState,
    GroupTopic, Member, Partition, PartitionId, PartitionLag, Replicas, Severity, SnapshotBuilder, Status, Timestamp,
    Topic, TopicTrend, Unknown,
};
use serde_json::json;

use super::{browser, drawn};
use crate::http::support::{Server, at, report};

const NASTY: [&str; 6] = [
    "<script>window.harm = 1</script>",
    "\"><img src=x onerror=\"window.harm = 2\">",
    "'-window.harm-'&amp;`${window.harm = 3}`",
    "new\nline\tand\u{0}nul",
    "right\u{202e}tfel\u{2066}",
    "javascript:window.harm=4//?#%2F..",
];

/// Everything that has a name is called so.
fn world(name: &str) -> ClusterReport {
    let mut builder = SnapshotBuilder::new(name.into(), at(0));
    let partition = Partition {
        id: PartitionId(0),
        leader: Some(BrokerId(1)),
        leader_epoch: None,
        replicas: Replicas { preferred_leader: None, assigned_count: 1, in_sync_count: 1 },
        high_watermark: Ok(EndOffset { offset: 9, answered: at(0) }),
        low_watermark: Ok(0),
        last_stable: Err(Unknown::NotAsked),
    };
    builder.found_topic(Topic {
        name: name.into(),
        id: None,
        is_listed: true,
        partitions: vec![partition],
        config: None,
    });
    let topic = builder.topic_index(name);
    let assignment =
        Assignment { partitions: vec![(topic, PartitionId(0))], partition_count: 1, subscribed: vec![topic] };
    let member = Member {
        member_id: name.to_owned(),
        client_id: name.to_owned(),
        client_host: name.to_owned(),
        group_instance_id: Some(name.to_owned()),
        assignment: Some(assignment),
    };
    builder.found_group(Group {
        id: name.into(),
        kind: GroupKind::Other(name.to_owned()),
        protocol_type: name.to_owned(),
        protocol: name.to_owned(),
        state: GroupState::Stable,
        coordinator: BrokerId(1),
        members: Ok([member].into()),
        epochs: None,
        commits: Err(Unknown::NotAsked),
    });
    let snapshot = builder.build(at(0), Timestamp::from_unix(Duration::from_secs(1_700_000_000)));
    let groups = report("", 0, 0, &[name]).groups.into_iter().map(|group| on_topic(group, name)).collect();
    let mut report = ClusterReport::of_groups(Arc::new(snapshot), groups);
    let about = About::Topic(name.into(), PartitionId(0));
    let (check, severity, lasting) = (Check::OfflinePartitions, Severity::Critical, Duration::from_secs(5));
    report.findings = vec![Finding { check, severity, lasting, about, count: 1 }];
    report
}

fn on_topic(mut group: GroupReport, name: &str) -> GroupReport {
    group.kind = GroupKind::Other(name.to_owned());
    name.clone_into(&mut group.protocol);
    (group.status, group.severity) = (Status::Stalled, Severity::Critical);
    group.partitions = vec![PartitionLag::unknown(PartitionId(0), Unknown::NotAsked)];
    group.topics = vec![GroupTopic {
        topic: name.into(),
        range: 0..1,
        is_subscribed: true,
        lag: Some(9),
        committed_offset: None,
        unknown_partition_count: 1,
        time_lag: None,
        trend: TopicTrend::default(),
        slow: Box::default(),
    }];
    group
}

#[tokio::test(flavor = "multi_thread")]
async fn names_stay_text_in_every_view() {
    let Some(mut browser) = browser("hostile names on the page").await else { return };
    for name in NASTY {
        let server = Server::start(&[name]).await;
        server.publish(name, world(name));
        let code = |text: &str| {
            reqwest::Url::parse_with_params("http://x/", [("v", text)])
                .expect("a URL")
                .query()
                .map(|query| query[2..].to_owned())
                .unwrap_or_default()
        };
        let encoded = code(name);
        for (view, title) in [
            (String::new(), "Groups"),
            (format!("&q={encoded}"), "Groups with"),
            (format!("&group={encoded}"), ""),
            (format!("&topic={encoded}"), ""),
            ("&view=topics".to_owned(), "Topics"),
            ("&view=findings".to_owned(), "Findings"),
            ("&view=clusters".to_owned(), "Clusters"),
        ] {
            let address = format!("/?cluster={encoded}{view}");
            browser.open(&server.url(&address)).await;
            drawn(&mut browser, title).await;
            let shown = json!(visible(name));
            browser.until(&address, &format!("document.querySelector('main').textContent.includes({shown})")).await;
            let made =
                browser.value("[window.harm ?? null, document.querySelectorAll('main script, main img').length]").await;
            assert_eq!(made, json!([null, 0]), "{name:?} at {address}");
        }
        // From the list to the group by its link.
        browser.open(&server.url("/")).await;
        drawn(&mut browser, "Groups").await;
        browser.value("document.querySelector('main tbody th a').click()").await;
        browser.until("the group", "document.querySelector('main').textContent.includes('Last progress')").await;
        assert_eq!(browser.text("new URLSearchParams(location.search).get('group')").await, name);
        assert_eq!(browser.complaints(&server.url("/")).await, Vec::<String>::new(), "{name:?}");
    }
}

/// Browsers take dots out of paths, and an empty name leaves none.
#[tokio::test(flavor = "multi_thread")]
async fn groups_with_names_that_no_path_can_hold_are_opened() {
    let Some(mut browser) = browser("groups named by dots on the page").await else { return };
    let server = Server::start(&["shop"]).await;
    server.publish("shop", report("shop", 0, 1, &["", ".", "..", "billing"]));
    for (place, name) in ["", ".", "..", "billing"].into_iter().enumerate() {
        browser.open(&server.url("/?sort=name")).await;
        drawn(&mut browser, "Groups").await;
        browser.value(&format!("document.querySelectorAll('main tbody th a')[{place}].click()")).await;
        browser.until(name, "document.querySelector('main').textContent.includes('Last progress')").await;
        let shown = json!(if name.is_empty() { "\"\"" } else { name });
        browser.until(name, &format!("document.querySelector('main h1 bdi').textContent === {shown}")).await;
        assert_eq!(browser.value("new URLSearchParams(location.search).get('group')").await, json!(name));
        browser.reload().await;
        browser.until("the same", &format!("document.querySelector('main h1 bdi')?.textContent === {shown}")).await;
    }
    assert_eq!(browser.complaints(&server.url("/")).await, Vec::<String>::new());
}

/// As the page shows marks that cannot be seen.
fn visible(name: &str) -> String {
    let is_hidden =
        |letter: char| letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown =
        |letter: char| if is_hidden(letter) { format!("\\u{:04x}", u32::from(letter)) } else { letter.to_string() };
    name.chars().map(shown).collect()
}
