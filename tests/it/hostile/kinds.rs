//! Groups whose progress is not told by commits, though their coordinator would tell commits of them. It is NOT about
//! real share groups: see `real::members`.
//! Invariant: the same group is one of consumers first, so that all it could be shown for is there.

use highwater::model::{Commits, Group, RenderOptions, Severity, Status, Unknown};
use highwater::render::alerts::{Condition, conditions};
use highwater::render::{FAMILIES, Format, metrics};
use kafka_protocol::messages::ApiKey;
use kafka_protocol::protocol::StrBytes;

use super::watch::{LAG, Seen, Watch, world};
use crate::support::fake_broker::{Answer, FakeCluster, Reaction, Request, Requests, Rule};
use crate::support::page::Page;

/// The page with every family there is.
fn page(seen: &Seen) -> Page {
    let all = FAMILIES.iter().map(|family| family.name.to_owned()).collect();
    let options = RenderOptions { kafka_exporter_sums: true, included_families: all, ..RenderOptions::default() };
    let mut page = Vec::new();
    metrics(&[seen.report()], &options, Format::Text, &mut page).expect("memory takes it");
    Page::parse(std::str::from_utf8(&page).expect("the page is text"))
}

fn alerts(seen: &Seen) -> Vec<Condition> {
    let about = |condition: &Condition| condition.labels.get("consumergroup").is_some_and(|group| group == "second");
    let all = conditions(seen.report(), &RenderOptions::default().objectives);
    all.into_iter().filter(about).collect()
}

/// Whether anybody asked what the group commits.
fn is_asked_for(asked: &Requests) -> bool {
    asked.of(ApiKey::OffsetFetch).any(|asked| match &asked.request {
        Request::OffsetFetch(request) => request.groups.iter().any(|group| group.group_id.as_str() == "second"),
        _ => false,
    })
}

#[tokio::test]
async fn a_share_group_has_no_lag_no_alert_and_no_part_in_any_sum() {
    let fake = FakeCluster::start(3, world()).await;
    // A member owns a partition on which nothing was committed, so that there is something to tell of.
    fake.change(|world| world.of("second").members[0].partitions = vec![0, 1]);
    let mut watch = Watch::of(&fake);
    let seen = watch.poll().await;
    assert_eq!((seen.lag("second", "orders", 0), alerts(&seen).is_empty()), (Ok(LAG), false));
    assert!(is_asked_for(&fake.take_asked()));
    let before = page(&seen);

    for kind in ["Share", "Streams"] {
        let listed = move |answer: &mut Answer| {
            let Answer::ListGroups(answer) = answer else { return };
            for group in answer.groups.iter_mut().filter(|group| group.group_id.as_str() == "second") {
                group.group_type = StrBytes::from_static_str(kind);
                group.protocol_type = StrBytes::from_string(kind.to_ascii_lowercase());
            }
        };
        fake.behave();
        fake.when(Rule::new(ApiKey::ListGroups, Reaction::edit(listed)));
        let mut watch = Watch::of(&fake);
        for _ in 0..3 {
            let seen = watch.poll().await;
            let Group { commits, .. } = seen.group("second");
            assert_eq!(commits.as_ref().map(|_: &Commits| ()), Err(&Unknown::NotAsked));
            let report = &seen.report().groups[1];
            assert_eq!((report.lag(), report.time_lag(), report.topics.len()), (None, None, 0));
            assert!(report.severity < Severity::Warning && report.status == Status::Unknown, "{:?}", report.severity);
            assert_eq!((alerts(&seen), seen.problems()), (vec![], vec![]));
            seen.assert_unharmed(&["first", "third"]);
            let page = page(&seen);
            let families = page.telling_of("consumergroup", "second");
            assert!(
                families
                    .iter()
                    .all(|family| ["kafka_consumergroup_info", "kafka_consumergroup_state"].contains(family)),
                "{families:?}"
            );
            assert!(before.telling_of("consumergroup", "second").len() > 10, "they would be there");
            for group in ["first", "third"] {
                let sum = |page: &Page| page.get("kafka_consumergroup_lag_sum", &[("consumergroup", group)]);
                assert_eq!(sum(&page), sum(&before), "{group}");
            }
        }
        assert!(!is_asked_for(&fake.take_asked()), "nobody asks for commits of a group of type {kind}");
    }
}
