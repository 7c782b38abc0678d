//! What is said in a dozen situations, and that everything has its words.
//!
//! Not how the situations come about.
//! Invariant: what is said is read by a person before it is a snapshot.

mod configured;
mod every_word;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::model::{
    Because, BrokerId, ClusterSnapshot, Commits, Condition, EndOffset, Group, GroupId, GroupKind, LossEta, Moment,
    Offsets, PartitionDetail, Problem, ProblemKind, Quality, Question, Subject, TimeLag, TopicConfig, Unknown, Verdict,
};
use crate::render::world::{World, aged, judged, small_world, sum_up, unknown_lag, watched_world};

fn asked<'a>(report: &'a ClusterReport, group: &'a str) -> Explain<'a> {
    Explain { report, group, topic: None, filters: None, options: None, last_error: None }
}

fn told(report: &ClusterReport, group: &str) -> String {
    explain(&asked(report, group)).join("\n")
}

fn problem(question: Question, broker: Option<i32>, subject: Subject, kind: ProblemKind, detail: &str) -> Problem {
    Problem { question, broker: broker.map(BrokerId), subject, kind, count: 1, detail: detail.to_owned() }
}

#[derive(Debug)]
struct TestFilters;

impl Filters for TestFilters {
    fn group(&self, name: &str) -> Verdict {
        match name {
            "console-consumer-1" => Verdict::Excluded("console-consumer-.*".to_owned()),
            "other-team" => Verdict::NotIncluded,
            _ => Verdict::Watched,
        }
    }

    fn topic(&self, name: &str) -> Verdict {
        match name {
            "__consumer_offsets" => Verdict::Excluded("__.*".to_owned()),
            "other-team" => Verdict::NotIncluded,
            _ => Verdict::Watched,
        }
    }
}

#[test]
fn a_group_in_several_troubles() {
    insta::assert_snapshot!(told(&watched_world(), "billing"), @r"
    `billing` is a group of type Consumer in state Stable, with 2 members; its coordinator is broker 1.
    Its status is `data_loss` (critical), the worst of its partitions: 1 `data_loss`, 1 `no_commit`, 1 `falling_behind` and 1 `ok`.
    1 owned partition was never committed.
    It is in a storm of rebalances, found 10 min 1 s ago, because one member comes again and again; the cause is `crash_loop`: a process ends soon after each start.
    Look at why the process ends; its own log says so, the group only shows that it does.
    There were at least 15 rebalances since it is watched, the last 30 s ago; 2 were overtaken by the next: the offsets topic tells of them, which misses none after the first.
    3 members keep up with 12 records/s; 2 run; what it reads has 4 partitions, so at most 4 help; 4 also read what is behind within 1 h; one member was seen to read 5 records/s.
    On `orders` with 3 partitions, 60 records are unread, the oldest at least 1 h old, older than all that is known of the partition; the lag of 1 partition is not known and not counted.
    There the group reads 10 records/s, 12 records/s are produced and its lag in time grows by 0.25 s every second.
    A commit on it was last seen to have moved 10 s before the poll ended.
    What is unread there spans 50% of the time that all records there span.
    Retention deletes unread records in 2 h at the earliest, and in 2 h 30 min at the latest.
    How long records are kept there is only measured: the oldest is 1 d old. The topic's configuration was not told: DESCRIBE_CONFIGS on it is missing, or it was not asked for yet.
    5 records were deleted there before the group read them, since the exporter watches.
    Partition 1 of `orders` is hot (critical): it gets 7.2 times the records of the others, 88% of all.
    On partition 1 of `orders` the group is much further behind than on the others, because it gets many more records (`key_skew`).
    Partition 1 of `orders` lost unread records (`data_loss`): 5 records were deleted before the group read them; it committed 45, the log ends at 90, and 40 records are unread, the oldest of them at least 1 h old, older than all that is known of the partition.
    Partition 2 of `orders` has no commit: the group owns it and never committed an offset for it.
    Partition 0 of `orders` is falling behind: its time lag grows by 0.25 s every second (z = 3.1); it committed 100, the log ends at 120, and 20 records are unread, the oldest of them between 2 min 10 s and 2 min 25 s old.
    On `payments` with 1 partition, nothing is unread.
    There 12 records/s are produced.
    Partition 0 of `payments` is ok: its lag is no more than what is produced between two commits; it committed 7, the log ends at 7, and nothing is unread.
    Its members also own 3 partitions of topics that `topics` filters out.
    ");
}

#[test]
fn one_partition_is_stalled_among_many() {
    let report = World::new("shop")
        .topic("orders", &[(0, 6000); 48])
        .group("billing", &[])
        .group_facts(|group| group.member_count = Ok(1));
    let report = (0..48).fold(report, |world, partition| {
        world.lag("orders", PartitionLagOf { partition, committed: if partition == 12 { 5000 } else { 5999 } }.lag())
    });
    let report = report.group_facts(|group| {
        let stalled = Because::NotMoved { seconds: 720.0, allowed: 120.0 };
        let old = aged(715.0, 720.0, 725.0, Quality::Bracketed);
        judged(&mut group.partitions[12], Status::Stalled, stalled, Some(old));
        sum_up(group);
    });
    insta::assert_snapshot!(told(&report.report(), "billing"), @r"
    `billing` is a group of type Consumer in state Stable, with 1 member; its coordinator is broker 1.
    Its status is `stalled` (critical), the worst of its partitions: 1 `stalled` and 47 `ok`.
    On `orders` with 48 partitions, 1,047 records are unread, the oldest between 11 min 55 s and 12 min 5 s old.
    Partition 12 of `orders` is stalled: its commit has not moved for 12 min, where 2 min are allowed; it committed 5,000, the log ends at 6,000, and 1,000 records are unread, the oldest of them between 11 min 55 s and 12 min 5 s old.
    47 partitions of `orders` (0 to 11 and 13 to 47) are ok; furthest behind is 0: its lag is no more than what is produced between two commits; it committed 5,999, the log ends at 6,000, and 1 record is unread.
    ");
}

/// A partition that is caught up, but for what it has not read.
struct PartitionLagOf {
    partition: i32,
    committed: i64,
}

impl PartitionLagOf {
    fn lag(&self) -> crate::model::PartitionLag {
        let mut lag = unknown_lag(self.partition, Unknown::NotAsked);
        let unread = u64::try_from(6000 - self.committed).expect("ends lie above");
        lag.offsets = Offsets::new(Ok(self.committed), Ok(unread));
        lag.condition = Condition::Normal;
        judged(&mut lag, Status::Ok, Because::CaughtUp, Some(TimeLag::ZERO));
        lag
    }
}

#[test]
fn a_coordinator_does_not_answer() {
    let mut report = small_world();
    let mut snapshot = (*report.snapshot).clone();
    let detail = "DescribeGroups at broker 1 and 3 more: no answer within 5s.";
    snapshot.problems = vec![problem(Question::DescribeGroups, Some(1), Subject::Broker, ProblemKind::Timeout, detail)];
    report.snapshot = snapshot.into();
    insta::assert_snapshot!(told(&report, "silent"), @r"
    `silent` is a group of type Consumer in an unknown state, whose members are not known, because the broker that knows it is silent (`timeout`); its coordinator is broker 1.
    Its status is `ok`, the worst of its partitions: 1 `unknown`.
    On `deleted` with 1 partition, no lag is known.
    Partition 0 of `deleted` cannot be judged (`unknown`): the lag is not known, because the broker that knows it is silent (`timeout`).
    Not learned in the last poll: DescribeGroups at broker 1 and 3 more: no answer within 5s (`timeout`).
    ");
}

#[test]
fn a_group_whose_commits_are_hidden() {
    let mut report = World::new("shop").group("idle", &[]).report();
    let told_of = |report: &mut ClusterReport, filtered_count| {
        let commits =
            Commits { answered: Moment::default(), offsets: Vec::new(), unreadable: Vec::new(), filtered_count };
        let idle = Group {
            id: GroupId::from("idle"),
            kind: GroupKind::Classic,
            protocol_type: String::new(),
            protocol: String::new(),
            state: GroupState::Empty,
            coordinator: BrokerId(1),
            epochs: None,
            members: Ok(Arc::default()),
            commits: Ok(commits),
        };
        report.snapshot = ClusterSnapshot { groups: vec![idle], ..(*report.snapshot).clone() }.into();
        told(report, "idle").lines().nth(1).map(str::to_owned)
    };
    insta::assert_snapshot!(told_of(&mut report, 0).unwrap_or_default(), @"No commit of it is shown to us. Kafka lists a group without members as long as it has commits, so either DESCRIBE on their topics is missing, or they have just expired.");
    insta::assert_snapshot!(told_of(&mut report, 3).unwrap_or_default(), @"It committed on 3 partitions of topics that `topics` filters out, and no lag is told of those.");
}

#[test]
fn a_group_without_anything() {
    insta::assert_snapshot!(told(&small_world(), "archive"), @r"
    `archive` is a group of type Classic in state Empty, without members; its coordinator is broker 1.
    It committed no offset and owns no partition, so it has no lag.
    ");
    let share = World::new("shop").group("sharers", &[]).group_facts(|group| group.kind = GroupKind::Share).report();
    insta::assert_snapshot!(told(&share, "sharers"), @r"
    `sharers` is a group of type Share in state Stable, with 2 members; its coordinator is broker 1.
    Groups of type Share commit no offsets, so they have no lag that could be told.
    ");
}

#[test]
fn a_group_that_is_not_there() {
    let denied = "ListGroups at broker 2: CLUSTER_AUTHORIZATION_FAILED";
    let report = World::new("shop")
        .group("billing", &[])
        .problem(problem(Question::ListGroups, Some(2), Subject::Broker, ProblemKind::ClusterAuthorization, denied))
        .problem(problem(Question::ListOffsets, Some(2), Subject::Broker, ProblemKind::Timeout, "not about groups"))
        .report();
    insta::assert_snapshot!(told(&report, "Biling"), @r"
    No broker listed group `Biling` in the last poll, which saw 1 group.
    There is `billing`.
    Kafka lists a group while it has members or committed offsets, and forgets it when the last offset has expired.
    Kafka hides groups on which DESCRIBE is missing, without an error.
    Not learned in the last poll: ListGroups at broker 2: CLUSTER_AUTHORIZATION_FAILED (`cluster_authorization_failed`). Grant the exporter DESCRIBE on the cluster.
    ");
    let filtered = |group| explain(&Explain { filters: Some(&TestFilters), ..asked(&report, group) }).join("\n");
    insta::assert_snapshot!(filtered("console-consumer-1"), @"Group `console-consumer-1` is not watched: `console-consumer-.*` of `groups.exclude` matches it.");
    insta::assert_snapshot!(filtered("other-team"), @"Group `other-team` is not watched: no pattern of `groups.include` matches it.");
    assert!(filtered("nobody").contains("The filters let its name pass."));
}

#[test]
fn a_topic_that_the_group_has_nothing_on() {
    let report = watched_world();
    let on = |topic| {
        let asked = Explain { topic: Some(topic), filters: Some(&TestFilters), ..asked(&report, "billing") };
        explain(&asked).into_iter().filter(|sentence| sentence.contains(topic)).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(on("__consumer_offsets"), @"Topic `__consumer_offsets` is not watched: `__.*` of `topics.exclude` matches it.");
    insta::assert_snapshot!(on("other-team"), @"Topic `other-team` is not watched: no pattern of `topics.include` matches it.");
    insta::assert_snapshot!(on("orders-dead-letter"), @r"
    Group `billing` committed no offset on topic `orders-dead-letter`, and no member of it owns a partition there.
    Topic `orders-dead-letter` is not in the cluster's metadata: there is none, or DESCRIBE on it is missing, which also hides commits on it.
    ");
    let asked = Explain { topic: Some("orders"), ..asked(&report, "archive") };
    insta::assert_snapshot!(explain(&asked).join("\n"), @r"
    `archive` is a group of type Classic in state Empty, without members; its coordinator is broker 1.
    It committed no offset and owns no partition, so it has no lag.
    Group `archive` committed no offset on topic `orders`, and no member of it owns a partition there.
    ");
}

#[test]
fn only_the_topic_that_was_asked_for() {
    let report = watched_world();
    let asked = Explain { topic: Some("payments"), ..asked(&report, "billing") };
    let text = explain(&asked).join("\n");
    assert!(text.contains("On `payments`") && !text.contains("On `orders`"), "{text}");
}

#[test]
fn a_transaction_is_open() {
    let report = World::new("shop")
        .topic("orders", &[(0, 100), (0, 100), (0, 100)])
        .group("billing", &[("orders", 0, 60), ("orders", 1, 98), ("orders", 2, 70)])
        .group_facts(|group| {
            let old = aged(300.0, 400.0, 600.0, Quality::Coarse);
            judged(&mut group.partitions[0], Status::TxnBlocked, Because::OpenTransaction { hidden: 40 }, Some(old));
            judged(&mut group.partitions[1], Status::Ok, Because::OnlyMarkers, Some(TimeLag::ZERO));
            judged(&mut group.partitions[2], Status::Ok, Because::CaughtUpLately { seconds_ago: 45.0 }, Some(old));
            sum_up(group);
        });
    insta::assert_snapshot!(told(&report.report(), "billing"), @r"
    `billing` is a group of type Consumer in state Stable, with 2 members; its coordinator is broker 1.
    Its status is `txn_blocked` (warning), the worst of its partitions: 1 `txn_blocked` and 2 `ok`.
    On `orders` with 3 partitions, 72 records are unread, the oldest between 5 min and 10 min old, about 6 min 40 s by a coarse estimate.
    Partition 0 of `orders` is held up by a transaction (`txn_blocked`): the group has read all it may, and a transaction that is open hides 40 offsets; it committed 60, the log ends at 100, and 40 records are unread, the oldest of them between 5 min and 10 min old, about 6 min 40 s by a coarse estimate.
    Partition 2 of `orders` is ok: it was caught up 45 s ago; it committed 70, the log ends at 100, and 30 records are unread, the oldest of them between 5 min and 10 min old, about 6 min 40 s by a coarse estimate.
    Partition 1 of `orders` is ok: all that is left are markers of transactions and records of aborted ones, which consumers of committed records pass over; it committed 98, the log ends at 100, and 2 records are unread.
    ");
}

#[test]
fn a_first_poll_is_too_short_to_tell() {
    let report = World::new("shop")
        .topic("orders", &[(0, 100), (0, 100)])
        .group("billing", &[("orders", 0, 60), ("orders", 1, 99)])
        .group_facts(|group| {
            let because = Because::TooShort { watched: 0.0, wanted: 300.0 };
            let old = aged(86_400.0, 86_400.0, f64::INFINITY, Quality::LowerBound);
            for lag in &mut group.partitions {
                judged(lag, Status::Unknown, because, Some(old));
            }
            sum_up(group);
        });
    insta::assert_snapshot!(told(&report.report(), "billing"), @r"
    `billing` is a group of type Consumer in state Stable, with 2 members; its coordinator is broker 1.
    Its status is `unknown` (info), the worst of its partitions: 2 `unknown`.
    On `orders` with 2 partitions, 41 records are unread, the oldest at least 1 d old, older than all that is known of the partition.
    All 2 partitions of `orders` cannot be judged (`unknown`); furthest behind is 0: it was watched for 0 s, and a judgement takes 5 min; it committed 60, the log ends at 100, and 40 records are unread, the oldest of them at least 1 d old, older than all that is known of the partition.
    ");
}

#[test]
fn a_leader_is_missing_and_another_is_silent() {
    let failed = Unknown::Failed(ProblemKind::Timeout);
    let detail = "ListOffsets at broker 2: no answer within 5s";
    let report = World::new("shop")
        .topic("orders", &[(0, 100), (0, 100), (0, 100), (0, 100)])
        .partition(1, |partition| {
            partition.leader = None;
            partition.high_watermark = Err(Unknown::NoLeader);
        })
        .partition(2, |partition| {
            partition.leader = Some(BrokerId(2));
            partition.high_watermark = Err(failed);
        })
        .partition(3, |partition| {
            partition.leader = Some(BrokerId(2));
            partition.high_watermark = Err(failed);
        })
        .group("billing", &[("orders", 0, 100)])
        .group_facts(|group| judged(&mut group.partitions[0], Status::Ok, Because::CaughtUp, Some(TimeLag::ZERO)))
        .lag("orders", committed(unknown_lag(1, Unknown::NoLeader)))
        .lag("orders", committed(unknown_lag(2, failed)))
        .lag("orders", committed(unknown_lag(3, failed)))
        .group_facts(sum_up)
        .problem(problem(Question::ListOffsets, Some(2), Subject::Broker, ProblemKind::Timeout, detail))
        .problem(problem(Question::ListOffsets, Some(3), Subject::Broker, ProblemKind::Timeout, "of others"))
        .problem(problem(Question::OffsetFetch, Some(3), Subject::Broker, ProblemKind::Timeout, "of others"));
    insta::assert_snapshot!(told(&report.report(), "billing"), @r"
    `billing` is a group of type Consumer in state Stable, with 2 members; its coordinator is broker 1.
    Its status is `unknown` (info), the worst of its partitions: 3 `unknown` and 1 `ok`.
    On `orders` with 4 partitions, nothing is unread; the lag of 3 partitions is not known and not counted.
    Partition 1 of `orders` cannot be judged (`unknown`): the lag is not known, because no broker leads the partition now, so nobody tells where it ends; it committed 50.
    2 partitions of `orders` (2 and 3) cannot be judged (`unknown`): the lag is not known, because the broker that knows it is silent (`timeout`).
    Partition 0 of `orders` is ok: its lag is no more than what is produced between two commits; it committed 100, the log ends at 100, and nothing is unread.
    Not learned in the last poll: ListOffsets at broker 2: no answer within 5s (`timeout`).
    ");
}

fn committed(mut lag: crate::model::PartitionLag) -> crate::model::PartitionLag {
    lag.offsets = Offsets::new(Ok(50), lag.lag());
    lag
}

#[test]
fn commits_that_do_not_fit_their_log() {
    let report = World::new("shop")
        .topic("orders", &[(0, 100), (0, 100), (0, 100), (100, 100), (0, 100), (0, 100)])
        .group("billing", &(0..6).map(|partition| ("orders", partition, 100)).collect::<Vec<_>>())
        .group_facts(|group| {
            let rules = [
                (Condition::Ahead, Status::Truncated, Because::Condition),
                (Condition::Ahead, Status::Ahead, Because::Condition),
                (Condition::Recreated, Status::Recreated, Because::Condition),
                (Condition::BelowLogStart, Status::DataLoss, Because::Lost { records: 4 }),
                (Condition::Normal, Status::Rewind, Because::WentBack { offsets: 1200 }),
                (Condition::Normal, Status::Unassigned, Because::NoOwner),
            ];
            for (lag, (condition, status, because)) in group.partitions.iter_mut().zip(rules) {
                lag.condition = condition;
                judged(lag, status, because, None);
            }
            group.partitions[1].offsets = Offsets::new(Ok(150), Ok(0));
            group.partitions[3].offsets = Offsets::new(Ok(93), Ok(0));
            sum_up(group);
        });
    insta::assert_snapshot!(told(&report.report(), "billing"), @r"
    `billing` is a group of type Consumer in state Stable, with 2 members; its coordinator is broker 1.
    Its status is `truncated` (critical), the worst of its partitions: 1 `truncated`, 1 `data_loss`, 1 `unassigned`, 1 `recreated`, 1 `ahead` and 1 `rewind`.
    On `orders` with 6 partitions, nothing is unread.
    Partition 0 of `orders` lost records that were read (`truncated`): the log was cut: it ends at 100, below the commit 100, as after an unclean election.
    Partition 3 of `orders` lost unread records (`data_loss`): 4 records were deleted before the group read them; it committed 93, the log ends at 100, and nothing is unread; the log starts at 100, and 7 offsets before it were deleted unread.
    Partition 5 of `orders` is unassigned: the group subscribes to the topic, and no member owns the partition; it committed 100, the log ends at 100, and nothing is unread.
    Partition 2 of `orders` was recreated: the commit 100 is of a topic of this name that was deleted and made anew.
    Partition 1 of `orders` has a commit ahead of its end (`ahead`): the commit 150 lies beyond the end 100: the log was cut, or the commit is wrong.
    Partition 4 of `orders` was rewound (`rewind`): its commit went back and is 1,200 offsets short of where it was; it committed 100, the log ends at 100, and nothing is unread.
    ");
}

#[test]
fn retention_is_configured_or_only_measured() {
    let world = |config: Option<TopicConfig>, is_configured| {
        let mut report = World::new("shop")
            .topic("orders", &[(0, 100)])
            .group("billing", &[("orders", 0, 60)])
            .group_facts(|group| {
                let grows = Because::Trend { velocity: 1.0, z: 4.0 };
                let old = aged(3000.0, 3600.0, 4000.0, Quality::Bracketed);
                judged(&mut group.partitions[0], Status::FallingBehind, grows, Some(old));
                sum_up(group);
                group.topics[0].trend.loss_eta = Some(LossEta { at_least: 0.0, at_most: f64::INFINITY, is_configured });
                group.topics[0].trend.velocity = Some(1.0);
                group.topics[0].trend.retention_used = Some(0.42);
            })
            .report();
        report.topics[0].retained_seconds = Some(7200.0);
        let mut snapshot = (*report.snapshot).clone();
        snapshot.topics[0].config = config.map(Into::into);
        report.snapshot = snapshot.into();
        report
    };
    let config = TopicConfig {
        retention: Some(std::time::Duration::from_hours(2)),
        retention_bytes: None,
        segment: None,
        is_deleted: true,
        is_compacted: false,
        has_append_times: false,
        local_for: None,
    };
    insta::assert_snapshot!(told(&world(Some(config.clone()), true), "billing"), @r"
    `billing` is a group of type Consumer in state Stable, with 2 members; its coordinator is broker 1.
    Its status is `falling_behind` (warning), the worst of its partitions: 1 `falling_behind`.
    On `orders` with 1 partition, 40 records are unread, the oldest between 50 min and 1 h 6 min old.
    There its lag in time grows by 1 s every second, as it does when nothing is read.
    What is unread there spans 42% of the time that all records there span.
    Retention may delete unread records at any time.
    Records are kept there for 2 h.
    Partition 0 of `orders` is falling behind: its time lag grows by 1 s every second, as it does when nothing is read (z = 4.0); it committed 60, the log ends at 100, and 40 records are unread, the oldest of them between 50 min and 1 h 6 min old.
    ");
    let measured = told(&world(None, false), "billing");
    insta::assert_snapshot!(measured.lines().find(|line| line.contains("DESCRIBE_CONFIGS")).unwrap_or_default(), @"How long records are kept there is only measured: the oldest is 2 h old. The topic's configuration was not told: DESCRIBE_CONFIGS on it is missing, or it was not asked for yet.");
    let kept = told(&world(Some(TopicConfig { is_deleted: false, ..config }), true), "billing");
    assert!(kept.contains("No record is deleted there for its age."), "{kept}");
}

#[test]
fn members_are_too_few_and_cannot_be_enough() {
    let capacity = |per_member, to_keep_pace, partitions| Capacity {
        per_member,
        produced_per_second: 12_000.0,
        to_keep_pace,
        to_drain: Some(to_keep_pace),
        drain_within: 3600.0,
        partitions,
    };
    let mut group = watched_world().groups.remove(1);
    group.member_count = Ok(3);
    let enough = needed(&capacity(3100.0, 4, 6), &group);
    insta::assert_snapshot!(enough, @"4 members keep up with 12,000 records/s; 3 run; what it reads has 6 partitions, so at most 6 help; one member was seen to read 3,100 records/s.");
    group.member_count = Ok(1);
    insta::assert_snapshot!(needed(&capacity(3100.0, 1, 1), &group), @"No number of members keeps up with 12,000 records/s; 1 runs; what it reads has 1 partition, so at most 1 helps; one member was seen to read 3,100 records/s.");
}

#[test]
fn what_is_left_out_of_the_metrics_is_said() {
    let report = watched_world();
    let excluded = ["kafka_consumergroup_lag", "kafka_brokers"].map(str::to_owned);
    let options = |partitions| RenderOptions {
        partitions,
        excluded_families: BTreeSet::from(excluded.clone()),
        ..RenderOptions::default()
    };
    let tail = |partitions| {
        let options = options(partitions);
        let sentences = explain(&Explain { options: Some(&options), ..asked(&report, "billing") });
        sentences.iter().rev().take(3).rev().cloned().collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(tail(PartitionDetail::Lagging), @r"
    Its members also own 3 partitions of topics that `topics` filters out.
    Partitions without unread records have no series: `metrics.partitions` is `lagging`.
    `metrics.families.exclude` leaves out `kafka_consumergroup_lag`.
    ");
    assert!(tail(PartitionDetail::None).contains("`metrics.partitions` is `none`"));
    assert!(!tail(PartitionDetail::All).contains("metrics.partitions"));
}

#[test]
fn topics_that_are_no_longer_wanted_do_not_count() {
    let report = World::new("shop")
        .topic("old", &[(0, 100), (0, 100)])
        .group("billing", &[("old", 0, 60), ("old", 1, 50)])
        .group_facts(|group| {
            for lag in &mut group.partitions {
                judged(lag, Status::LaggingSteady, Because::NoTrend, None);
                lag.is_subscribed = false;
            }
            sum_up(group);
        });
    insta::assert_snapshot!(told(&report.report(), "billing"), @r"
    `billing` is a group of type Consumer in state Stable, with 2 members; its coordinator is broker 1.
    Its status is `ok`: its members subscribe to none of the topics it committed to.
    On `old` with 2 partitions, 90 records are unread.
    All 2 partitions of `old` do not count, since the group's members subscribe to other topics; they are behind at a steady distance (`lagging_steady`); furthest behind is 1: its time lag follows no trend; it committed 50, the log ends at 100, and 50 records are unread.
    ");
}

#[test]
fn later_polls_that_learned_nothing_are_told() {
    let report = small_world();
    let sentences = explain(&Explain { last_error: Some("no broker answered"), ..asked(&report, "billing") });
    assert_eq!(sentences.last().map(String::as_str), Some("A later poll learned nothing: no broker answered."));
}

#[test]
fn the_output_is_bounded() {
    let mut world = World::new("shop");
    let names: Vec<String> = (0..50).map(|number| format!("topic-{number:02}")).collect();
    for name in &names {
        world = world.topic(name, &[(0, 100); 100]);
    }
    world = world.group("billing", &[]);
    for name in &names {
        for partition in 0..100 {
            world = world.lag(name, unknown_lag(partition, Unknown::NoLeader));
        }
    }
    for number in 0..1000 {
        let detail = format!("problem {number}");
        world = world.problem(problem(Question::Metadata, None, Subject::Cluster, ProblemKind::Other, &detail));
    }
    let sentences = explain(&asked(&world.report(), "billing"));
    assert!(sentences.len() < 40, "{sentences:#?}");
    assert!(sentences.iter().any(|sentence| sentence.contains("40 more topics")), "{sentences:#?}");
    assert!(sentences.iter().any(|sentence| sentence == "995 things more could not be learned."), "{sentences:#?}");
}

#[test]
fn names_of_strangers_move_no_cursor() {
    let nasty = "\u{1b}[31m\r\nred\u{202e}";
    let detail = format!("OffsetFetch: {nasty}");
    let report = World::new("shop")
        .topic(nasty, &[(0, 9)])
        .group(nasty, &[(nasty, 0, 4)])
        .problem(problem(
            Question::OffsetFetch,
            None,
            Subject::Group(GroupId::from(nasty)),
            ProblemKind::Other,
            &detail,
        ))
        .report();
    for group in [nasty, "\u{7}nobody"] {
        let asked = Explain { topic: Some(nasty), last_error: Some(nasty), ..asked(&report, group) };
        let sentences = explain(&asked);
        for sentence in &sentences {
            assert!(!sentence.chars().any(|letter| letter.is_control() || letter == '\u{202e}'), "{sentence:?}");
        }
        assert!(sentences[0].contains("\\u{"), "{sentences:?}");
    }
}

#[test]
fn what_was_produced_after_the_commit_is_no_lag() {
    let report = World::new("shop")
        .topic("orders", &[(0, 10)])
        .partition(0, |partition| partition.high_watermark = Ok(EndOffset { offset: 12, answered: Moment::default() }))
        .group("billing", &[("orders", 0, 10)])
        .group_facts(|group| {
            group.partitions[0].offsets = Offsets::new(Ok(10), Ok(0));
            group.topics[0].lag = Some(0);
            judged(&mut group.partitions[0], Status::Ok, Because::CaughtUp, Some(TimeLag::ZERO));
        });
    let text = told(&report.report(), "billing");
    assert!(text.contains("it committed 10, the log ends at 12, and what lies between came after"), "{text}");
}
