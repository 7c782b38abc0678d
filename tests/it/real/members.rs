//! Members without work, and work without commits. It is NOT about what was committed: see `commits`.
//! Invariant: what no commit tells is absent and counted.

use crate::support::exporter::Exporter;
use crate::support::kafka::{Cluster, Console, Membership, Spec, Version, Work, Worker};

#[tokio::test(flavor = "multi_thread")]
async fn members_of_groups() {
    let cluster = Cluster::start(Spec::new(Version::Kafka4_3, 1)).await;
    cluster.create_topic("jobs", 2, 1).await;
    cluster.produce("jobs", 0, 10).await;
    cluster.produce("jobs", 1, 10).await;
    let exporter = Exporter::watching(&cluster, "500ms").await;
    for membership in [Membership::Classic("range"), Membership::Consumer] {
        never_commits(&cluster, &exporter, &membership).await;
        too_many(&cluster, &exporter, &membership).await;
    }
    share(&cluster, &exporter).await;
}

fn work(group: &str, membership: &Membership) -> Work {
    Work { membership: membership.clone(), ..Work::new(&format!("{group} {membership:?}"), &["jobs"]) }
}

/// A consumer that keeps its place itself owns partitions and commits none: no lag, which would be a guess.
async fn never_commits(cluster: &Cluster, exporter: &Exporter, membership: &Membership) {
    let work = Work { commit_interval: None, ..work("silent", membership) };
    let of_group = [("consumergroup", work.group.as_str())];
    let mut worker = Worker::start(cluster, work.clone());
    worker.until_assigned(2).await;
    worker.until_read(20).await;
    let page = exporter
        .until("the uncommitted partitions", |page| {
            page.get("kafka_consumergroup_uncommitted_partitions", &of_group) == Some(2.0)
        })
        .await;
    assert_eq!(page.state(&work.group).as_deref(), Some("Stable"));
    assert_eq!(page.get("kafka_consumergroup_topic_unknown_partitions", &of_group), Some(2.0));
    for family in ["lag", "topic_lag", "current_offset"] {
        assert_eq!(page.all(&format!("kafka_consumergroup_{family}"), &of_group), [], "{family}");
    }
    let json = exporter.partition(&work.group, "jobs", 0).await;
    assert_eq!((&json["condition"], &json["lag_reason"]), (&"no_commit".into(), &"no_commit".into()), "{json}");
    // Kafka's tool has no lag for it either.
    let theirs = cluster.describe_group(&work.group).await;
    assert_eq!(theirs.len(), 2);
    assert!(theirs.values().all(|row| (row.current, row.lag) == (None, None)), "{theirs:?}");
    worker.stop().await;
}

/// Three members on two partitions: one of them is idle.
async fn too_many(cluster: &Cluster, exporter: &Exporter, membership: &Membership) {
    let work = work("crowded", membership);
    let of_group = [("consumergroup", work.group.as_str())];
    let mut workers = Vec::new();
    for _ in 0..3 {
        workers.push(Worker::start(cluster, work.clone()));
    }
    let count =
        |page: &crate::support::page::Page, what: &str| page.get(&format!("kafka_consumergroup_{what}"), &of_group);
    let page = exporter
        .until("an idle member", |page| (count(page, "members"), count(page, "idle_members")) == (Some(3.0), Some(1.0)))
        .await;
    assert_eq!(count(&page, "unassigned_partitions"), Some(0.0));
    for worker in workers {
        worker.stop().await;
    }
    let page = exporter.until("the members to leave", |page| count(page, "members") == Some(0.0)).await;
    assert_eq!(count(&page, "idle_members"), Some(0.0));
    assert_eq!(page.state(&work.group).as_deref(), Some("Empty"));
}

/// A share group (KIP-932) has no commits: it is listed with its type and state, and has no lag that was made up.
async fn share(cluster: &Cluster, exporter: &Exporter) {
    let mut console = Console::share(cluster, "sharers", "jobs", None).await;
    console.until_read(20).await;
    let of_group = [("consumergroup", "sharers")];
    let page = exporter.until("a member", |page| page.state("sharers").as_deref() == Some("Stable")).await;
    let info = page.all("kafka_consumergroup_info", &of_group);
    let types: Vec<_> = info.iter().filter_map(|(labels, _)| labels.get("type")).collect();
    assert_eq!(types, ["Share"]);
    for family in page.telling_of("consumergroup", "sharers") {
        assert!(["kafka_consumergroup_info", "kafka_consumergroup_state"].contains(&family), "{family}");
    }
    drop(console);
    exporter.until("the member to be gone", |page| page.state("sharers").as_deref() == Some("Empty")).await;
}
