//! A report that has everything in it.
//!
//! It is NOT one that analysis would draw: its numbers need not agree.
//! Invariant: every value that can be told is told somewhere, and every kind of absence too.

use std::sync::Arc;
use std::time::Duration;

use highwater::model::{
    About, Assignment, AtFault, Because, Broker, BrokerId, Capacity, Check, ClusterReport, Condition, EndOffset,
    Finding, Group, GroupKind, GroupReport, GroupState, GroupTopic, HotPartition, LagReading, LossEta, Member, Offsets,
    Partition, PartitionId, PartitionLag, Point, ProblemKind, Quality, Reading, RebalanceSource, Rebalances, Replicas,
    Severity, Skew, SlowCause, SlowPartition, SnapshotBuilder, Status, Storm, StormCause, StormRule, StormRules,
    TimeLag, Timestamp, Topic, TopicConfig, TopicIndex, TopicReport, TopicTrend, Trace, Unknown,
};

use super::super::support::{at, report};

const TIMEOUT: Unknown = Unknown::Failed(ProblemKind::Timeout);

/// The topics `orders` and `payments`, and `deleted`, of which only a commit speaks; the groups `billing`, of which all is
/// known, `recovering` like it, and `silent`, of which nothing is; a finding of each check.
pub(in super::super) fn everything() -> ClusterReport {
    let ClusterReport { groups, .. } = report("shop", 0, 0, &["billing", "recovering", "silent"]);
    let groups = groups.into_iter().map(|group| match group.id.as_str() {
        "billing" => known(group),
        "recovering" => recovering(group),
        _ => silent(group),
    });
    let mut report = ClusterReport::of_groups(Arc::new(snapshot()), groups.collect());
    let hot = |id, severity| HotPartition { partition: PartitionId(id), ratio: 7.5, share: 0.5, severity };
    let skew = Skew {
        ratio: 2.5,
        effective_partitions: 1.5,
        hot: [hot(0, Severity::Warning), hot(1, Severity::Critical)].into(),
        concentrated: Some(PartitionId(2)),
    };
    for topic in &mut report.topics {
        *topic = TopicReport {
            produced_per_second: Some(2.5),
            retained_seconds: Some(3700.0),
            skew: Some(skew.clone()),
            are_markers_hidden: false,
            is_remote_unasked: false,
            partition_rates: [Reading::of(Some(2.5)), Reading::UNKNOWN].into(),
            history: Trace {
                past: Arc::default(),
                now: Some(Point { at: 1_700_000_000, told: Reading::of(Some(2.5)) }),
            },
        };
    }
    report.findings = findings();
    report
}

fn snapshot() -> highwater::model::ClusterSnapshot {
    let mut builder = SnapshotBuilder::new("shop".into(), at(0));
    let broker = |id| Broker { id: BrokerId(id), address: format!("kafka-{id}:9092"), rack: None };
    builder.found_brokers((1..4).map(broker).collect());
    let well = |id, offset| Partition {
        id: PartitionId(id),
        leader: Some(BrokerId(1)),
        leader_epoch: Some(5),
        replicas: Replicas { preferred_leader: Some(BrokerId(1)), assigned_count: 3, in_sync_count: 3 },
        high_watermark: Ok(EndOffset { offset, answered: at(0) }),
        low_watermark: Ok(offset.min(43)),
        last_stable: Ok(offset),
    };
    // Where the group committed to, three records are gone.
    let cut = Partition { low_watermark: Ok(43), ..well(0, 100) };
    let offline = Partition {
        leader: None,
        leader_epoch: None,
        replicas: Replicas { preferred_leader: None, assigned_count: 3, in_sync_count: 0 },
        high_watermark: Err(Unknown::NoLeader),
        low_watermark: Err(Unknown::NoLeader),
        last_stable: Err(Unknown::NotAsked),
        ..well(1, 0)
    };
    let config = TopicConfig {
        retention: Some(Duration::from_hours(1)),
        retention_bytes: Some(1 << 30),
        segment: Some(Duration::from_mins(10)),
        is_deleted: true,
        is_compacted: true,
        has_append_times: true,
        local_for: None,
    };
    let mut topic = |name: &str, partitions, config: Option<TopicConfig>| {
        let config = config.map(Arc::new);
        builder.found_topic(Topic { name: name.into(), id: None, is_listed: true, partitions, config });
    };
    topic("orders", vec![cut, offline], Some(config));
    topic("payments", vec![well(0, 7)], None);
    builder.topic_index("deleted");
    let orders = builder.topic_index("orders");
    builder.found_group(billing(orders));
    builder.build(at(0), Timestamp::from_unix(Duration::from_secs(1_700_000_000)))
}

/// One member that owns a partition of `orders`.
fn billing(orders: TopicIndex) -> Group {
    let assignment =
        Assignment { partitions: vec![(orders, PartitionId(0))], partition_count: 1, subscribed: vec![orders] };
    let member = Member {
        member_id: "billing-1-aaaa".to_owned(),
        client_id: "billing-1".to_owned(),
        client_host: "/10.0.0.1".to_owned(),
        group_instance_id: Some("one".to_owned()),
        assignment: Some(assignment),
    };
    Group {
        id: "billing".into(),
        kind: GroupKind::Classic,
        protocol_type: String::new(),
        protocol: String::new(),
        state: GroupState::Stable,
        coordinator: BrokerId(1),
        members: Ok([member].into()),
        epochs: None,
        commits: Err(Unknown::NotAsked),
    }
}

/// On two partitions of `orders`, and on `deleted`, which it does not want any more.
fn known(mut group: GroupReport) -> GroupReport {
    let time_lag = TimeLag::new(30.0, (20.0, 40.0), Quality::Coarse);
    let behind = PartitionLag {
        offsets: Offsets::new(Ok(40), Ok(60)),
        condition: Condition::BelowLogStart,
        time_lag: Some(time_lag),
        status: Status::DataLoss,
        because: Because::Lost { records: 3 },
        ..PartitionLag::unknown(PartitionId(0), Unknown::NotAsked)
    };
    let lower_bound = TimeLag::new(9.0, (9.0, f64::INFINITY), Quality::LowerBound);
    let no_leader =
        PartitionLag { time_lag: Some(lower_bound), ..PartitionLag::unknown(PartitionId(1), Unknown::NoLeader) };
    let unwanted = PartitionLag { is_subscribed: false, ..PartitionLag::unknown(PartitionId(0), Unknown::NotListed) };
    group.partitions = vec![unwanted, behind, no_leader];
    let trend = TopicTrend {
        consumed_per_second: Some(7.5),
        velocity: Some(-0.25),
        drain_eta: Some(120.0),
        loss_eta: Some(LossEta { at_least: 600.0, at_most: 1200.0, is_configured: true }),
        retention_used: Some(0.5),
        records_lost: 3,
        last_progress: Some(Timestamp::from_unix(Duration::from_secs(1_700_000_000))),
    };
    let topic = |name: &str, range| GroupTopic {
        topic: name.into(),
        range,
        is_subscribed: true,
        lag: None,
        committed_offset: None,
        unknown_partition_count: 1,
        time_lag: None,
        trend: TopicTrend::default(),
        slow: Box::default(),
    };
    let orders = GroupTopic {
        lag: Some(60),
        committed_offset: Some(40),
        time_lag: Some(time_lag),
        trend,
        slow: SlowCause::ALL.map(|cause| SlowPartition { partition: PartitionId(0), cause }).into(),
        ..topic("orders", 1..3)
    };
    group.topics = vec![topic("deleted", 0..1), orders];
    group.status = Status::DataLoss;
    group.severity = Severity::Critical;
    group.status_counts.add(Status::DataLoss);
    group.status_counts.add(Status::Unknown);
    group.capacity = Some(Capacity {
        per_member: 5.0,
        produced_per_second: 10.0,
        to_keep_pace: 2,
        to_drain: Some(3),
        drain_within: 3600.0,
        partitions: 4,
    });
    group.rebalances = Some(rebalances());
    let reading =
        LagReading { records: Reading::of(Some(60.0)), seconds: Reading::of(Some(30.0)), unknown_partitions: 1 };
    group.history = Trace { past: Arc::default(), now: Some(Point { at: 1_700_000_000, told: reading }) };
    group
}

/// In a storm of which everything is known.
fn rebalances() -> Arc<Rebalances> {
    let seen = Timestamp::from_unix(Duration::from_secs(1_700_000_000));
    let rules = StormRules::default().with(StormRule::Flapping, true);
    Arc::new(Rebalances {
        counts: [3, 0, 2],
        aborted: Some(1),
        last: Some(seen),
        epoch: Some(7),
        storm: Some(Storm { cause: StormCause::CrashLoop, since: seen, rules }),
        at_fault: Some(Box::new(AtFault {
            member_id: "worker-1-9f".to_owned(),
            group_instance_id: Some("worker-1".to_owned()),
            client_id: "worker".to_owned(),
            client_host: "/10.0.0.7".to_owned(),
            others: 2,
        })),
        ..Rebalances::none(RebalanceSource::Offsets)
    })
}

/// As `billing`, and it will have caught up soon.
fn recovering(group: GroupReport) -> GroupReport {
    let mut group = known(group);
    (group.status, group.severity) = (Status::CatchingUp, Severity::Info);
    group
}

/// Its coordinator does not answer; it was on `orders`.
fn silent(mut group: GroupReport) -> GroupReport {
    group.kind = GroupKind::Consumer;
    group.state = GroupState::Unknown;
    group.member_count = Err(TIMEOUT);
    group.idle_member_count = None;
    group.unassigned_partition_count = None;
    group.uncommitted_partition_count = None;
    group.partitions = vec![PartitionLag::unknown(PartitionId(0), TIMEOUT)];
    group.topics = vec![GroupTopic {
        topic: "orders".into(),
        range: 0..1,
        is_subscribed: true,
        lag: None,
        committed_offset: None,
        unknown_partition_count: 1,
        time_lag: None,
        trend: TopicTrend::default(),
        slow: Box::default(),
    }];
    group.status = Status::Unknown;
    group.severity = Severity::Info;
    group
}

fn findings() -> Vec<Finding> {
    let about = |check| match check {
        Check::OfflinePartitions | Check::UnderReplicated => About::Topic("orders".into(), PartitionId(1)),
        Check::PreferredLeaderImbalance | Check::LeaderSkew => About::Broker(BrokerId(1)),
        Check::BrokerSetChanged => About::Broker(BrokerId(7)),
    };
    let severities = [Severity::Critical, Severity::Warning, Severity::Info].into_iter().cycle();
    let finding = |(check, severity)| Finding {
        check,
        severity,
        lasting: Duration::from_secs(330),
        about: about(check),
        count: 1,
    };
    Check::ALL.into_iter().zip(severities).map(finding).collect()
}
