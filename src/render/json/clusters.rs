//! Clusters in JSON.
//!
//! Not their groups and topics: those have lists of their own.
//! Invariant: the counts are of one report, or all `null` beside `report_reason`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::list::{List, Paging, piece};
use super::{Reason, by_status};
use crate::model::{ClusterReport, Severity, StatusCounts};
use crate::render::ClusterView;

/// One cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cluster<'a> {
    /// Its configured name.
    pub name: Cow<'a, str>,
    /// Whether its last poll learned something.
    pub up: bool,
    /// Time since the last poll that learned something; `null` before the first.
    pub age_seconds: Option<f64>,
    /// Why the last poll learned nothing; `null` if it learned something.
    pub last_error: Option<Cow<'a, str>>,
    /// Why what follows is `null`: `not_polled`, `nothing_learned` or `stale`.
    pub report_reason: Reason,
    /// When the poll was finished, in Unix time.
    pub finished_at_unix_seconds: Option<f64>,
    /// Brokers that metadata names.
    pub brokers: Option<usize>,
    /// Topics that metadata lists and the filters pass.
    pub topics: Option<usize>,
    /// Groups that the filters pass.
    pub groups: Option<usize>,
    /// How many of them have which status; every status is there.
    pub groups_by_status: Option<BTreeMap<Cow<'a, str>, u32>>,
    /// How many findings are of which severity; every severity is there.
    pub findings_by_severity: Option<BTreeMap<Cow<'a, str>, u32>>,
    /// Things the poll could not learn.
    pub problems: Option<usize>,
}

/// One cluster in JSON.
#[must_use]
pub fn cluster<'a>(view: &ClusterView<'a>) -> Cluster<'a> {
    let report = view.report.ok();
    let snapshot = report.map(|report| &*report.snapshot);
    Cluster {
        name: Cow::Borrowed(view.name),
        up: view.is_up,
        age_seconds: view.age.map(|age| age.as_secs_f64()),
        last_error: view.last_error.map(Cow::Borrowed),
        report_reason: view.report.err().map(|why| Cow::Borrowed(why.word())),
        finished_at_unix_seconds: snapshot.map(|snapshot| snapshot.finished_at.unix_seconds()),
        brokers: snapshot.map(|snapshot| snapshot.brokers.len()),
        topics: snapshot.map(|snapshot| snapshot.topics.iter().filter(|topic| topic.is_listed).count()),
        groups: report.map(|report| report.groups.len()),
        groups_by_status: report.map(groups_by_status),
        findings_by_severity: report.map(findings_by_severity),
        problems: snapshot.map(|snapshot| snapshot.problems.len()),
    }
}

fn groups_by_status<'a>(report: &ClusterReport) -> BTreeMap<Cow<'a, str>, u32> {
    let mut counts = StatusCounts::default();
    report.groups.iter().for_each(|group| counts.add(group.status));
    by_status(|status| counts.of(status))
}

fn findings_by_severity<'a>(report: &ClusterReport) -> BTreeMap<Cow<'a, str>, u32> {
    let mut counts: BTreeMap<_, _> =
        [Severity::Info, Severity::Warning, Severity::Critical].map(|severity| (severity.word().into(), 0)).into();
    for finding in &report.findings {
        *counts.entry(finding.severity.word().into()).or_default() += 1;
    }
    counts
}

/// The clusters, by name.
#[must_use]
pub fn cluster_list<'a>(views: &[ClusterView<'a>], paging: Paging<'_>) -> List<Cluster<'a>> {
    let mut named: Vec<_> = views.iter().map(|view| (view.name, view)).collect();
    named.sort_by_key(|(name, _)| *name);
    piece(&named, paging, |view| cluster(view))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{About, BrokerId, Check, Finding, Status};
    use crate::render::NoReport;
    use crate::render::world::World;

    fn views(report: &ClusterReport) -> [ClusterView<'_>; 2] {
        let shop = ClusterView {
            name: "shop",
            is_up: true,
            age: Some(Duration::from_millis(1500)),
            last_error: None,
            report: Ok(report),
        };
        let report = Err(NoReport::NotPolled);
        [shop, ClusterView { name: "idle", is_up: false, age: None, last_error: Some("no broker answered"), report }]
    }

    fn report() -> ClusterReport {
        let mut report = World::new("shop")
            .broker(1, "kafka-1:9092", None)
            .topic("orders", &[(0, 9)])
            .group("billing", &[("orders", 0, 4)])
            .group("shipping", &[])
            .group_facts(|group| group.status = Status::Stalled)
            .report();
        let about = About::Broker(BrokerId(2));
        let (check, severity, lasting) = (Check::BrokerSetChanged, Severity::Critical, Duration::from_mins(1));
        report.findings = vec![Finding { check, severity, lasting, about, count: 1 }];
        report
    }

    #[test]
    fn a_cluster_has_counts() {
        let report = report();
        let json = serde_json::to_string_pretty(&cluster(&views(&report)[0])).expect("plain values");
        insta::assert_snapshot!(json, @r#"
        {
          "name": "shop",
          "up": true,
          "age_seconds": 1.5,
          "last_error": null,
          "report_reason": null,
          "finished_at_unix_seconds": 1700000000.5,
          "brokers": 1,
          "topics": 1,
          "groups": 2,
          "groups_by_status": {
            "ahead": 0,
            "catching_up": 0,
            "data_loss": 0,
            "falling_behind": 0,
            "lagging_steady": 0,
            "no_commit": 0,
            "ok": 1,
            "recreated": 0,
            "rewind": 0,
            "stalled": 1,
            "stopped": 0,
            "truncated": 0,
            "txn_blocked": 0,
            "unassigned": 0,
            "unknown": 0
          },
          "findings_by_severity": {
            "critical": 1,
            "info": 0,
            "warning": 0
          },
          "problems": 0
        }
        "#);
    }

    #[test]
    fn a_cluster_without_a_report_says_why() {
        let report = report();
        let list = cluster_list(&views(&report), Paging { after: None, limit: 1 });
        let json = serde_json::to_string_pretty(&list).expect("plain values");
        insta::assert_snapshot!(json, @r#"
        {
          "items": [
            {
              "name": "idle",
              "up": false,
              "age_seconds": null,
              "last_error": "no broker answered",
              "report_reason": "not_polled",
              "finished_at_unix_seconds": null,
              "brokers": null,
              "topics": null,
              "groups": null,
              "groups_by_status": null,
              "findings_by_severity": null,
              "problems": null
            }
          ],
          "next": "idle",
          "total": 2
        }
        "#);
    }
}
