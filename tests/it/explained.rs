//! From facts to sentences: whole polls through `analyze`, and what `explain` says of the last one.
//!
//! It is NOT a cluster, real or simulated: the facts are written down here.
//! Invariant: polls are 15 seconds apart, and every sentence comes of a report that analysis can make.

use std::sync::Arc;
use std::time::Duration;

use highwater::analysis::{History, analyze};
use highwater::model::{
    BrokerId, ClusterReport, ClusterSnapshot, Commit, Commits, EndOffset, Granted, Group, GroupKind, GroupState,
    MarkerAnswer, Moment, Partition, PartitionId, ProblemKind, Replicas, SnapshotBuilder, Thresholds, Timestamp, Topic,
    TopicId, TopicIndex, Unknown,
};
use highwater::render::{Explain, explain};

/// One partition of `orders`, and where `billing`, which has no members, stands on it.
#[derive(Clone, Copy)]
struct Facts {
    start: i64,
    end: i64,
    commit: i64,
}

impl Facts {
    fn snapshot(self, poll: u64) -> ClusterSnapshot {
        let moment = Moment::from_origin(Duration::from_secs(15 * poll));
        let mut builder = SnapshotBuilder::new("shop".into(), moment);
        let topic = builder.found_topic(Topic {
            name: "orders".into(),
            id: Some(TopicId([1; 16])),
            is_listed: true,
            partitions: vec![Partition {
                id: PartitionId(0),
                leader: Some(BrokerId(1)),
                leader_epoch: None,
                replicas: Replicas { preferred_leader: None, assigned_count: 1, in_sync_count: 1 },
                high_watermark: Ok(EndOffset { offset: self.end, answered: moment }),
                low_watermark: Ok(self.start),
                last_stable: Err(Unknown::NotAsked),
            }],
            config: None,
        });
        let commit = Commit { topic, partition: PartitionId(0), offset: self.commit, leader_epoch: None };
        builder.found_group(Group {
            epochs: None,
            id: "billing".into(),
            kind: GroupKind::Classic,
            protocol_type: "consumer".to_owned(),
            protocol: String::new(),
            state: GroupState::Empty,
            coordinator: BrokerId(1),
            members: Ok(Arc::default()),
            commits: Ok(Commits { answered: moment, offsets: vec![commit], unreadable: Vec::new(), filtered_count: 0 }),
        });
        builder.build(moment, Timestamp::from_unix(Duration::from_secs(1_700_000_000 + 15 * poll)))
    }
}

/// What is said of the partition after these polls; each finds the facts and what was granted.
fn said(polls: impl IntoIterator<Item = (Facts, Granted)>) -> String {
    let sentences = all_said(polls).into_iter();
    sentences.filter(|sentence| sentence.starts_with("Partition 0")).collect::<Vec<_>>().join("\n")
}

/// All that is said after these polls.
fn all_said(polls: impl IntoIterator<Item = (Facts, Granted)>) -> Vec<String> {
    let mut history = History::default();
    let mut last: Option<Arc<ClusterReport>> = None;
    for (poll, (facts, granted)) in (0..).zip(polls) {
        let mut snapshot = facts.snapshot(poll);
        snapshot.granted = granted;
        last = Some(analyze(snapshot, &mut history, &Thresholds::default()));
    }
    let report = last.expect("there are polls");
    let asked =
        Explain { report: &report, group: "billing", topic: None, filters: None, options: None, last_error: None };
    explain(&asked)
}

#[test]
fn records_that_were_gone_before_anybody_watched_are_told_of() {
    let said_of = |facts: Facts| said([(facts, Granted::default())]);
    let gone = Facts { start: 200, end: 1_000, commit: 93 };
    insta::assert_snapshot!(said_of(gone), @"Partition 0 of `orders` cannot be judged (`unknown`): it was watched for 0 s, and a judgement takes 5 min; it committed 93, the log ends at 1,000, and 800 records are unread; the log starts at 200, and 107 offsets before it were deleted unread.");
    insta::assert_snapshot!(said_of(Facts { start: 1_000, commit: 999, ..gone }), @"Partition 0 of `orders` is ok: its lag is no more than what is produced between two commits; it committed 999, the log ends at 1,000, and nothing is unread; the log starts at 1,000, and 1 offset before it was deleted unread.");
    let there = said_of(Facts { commit: 200, ..gone });
    assert!(!there.contains("deleted"), "{there}");
}

#[test]
fn records_that_go_while_it_is_watched_are_told_of_with_those_before() {
    let at = |start| (Facts { start, end: 1_000, commit: 93 }, Granted::default());
    insta::assert_snapshot!(said([at(200), at(250)]), @"Partition 0 of `orders` lost unread records (`data_loss`): 50 records were deleted before the group read them; it committed 93, the log ends at 1,000, and 750 records are unread, the oldest of them at least 15 s old, older than all that is known of the partition; the log starts at 250, and 157 offsets before it were deleted unread.");
}

#[test]
fn where_markers_may_not_be_read_that_is_said_of_few_unread_offsets() {
    let facts = Facts { start: 0, end: 1_000, commit: 999 };
    let refused = |why| {
        let markers_until = Err(Unknown::Failed(why));
        let answer = MarkerAnswer { topic: TopicIndex(0), partition: PartitionId(0), from: 999, markers_until };
        Granted { markers: vec![answer], ..Granted::default() }
    };
    let sentence = |facts: Facts, granted: Granted| {
        let silent = (0..3).map(|_| (facts, Granted::default()));
        let sentences = all_said(silent.clone().chain([(facts, granted)]).chain(silent));
        sentences.into_iter().find(|sentence| sentence.contains("READ"))
    };
    let told = sentence(facts, refused(ProblemKind::TopicAuthorization)).unwrap_or_default();
    insta::assert_snapshot!(told, @"READ on `orders` is missing, so markers that end transactions cannot be told from records there: one or a few unread offsets may be such markers, and what is said of their age that of the last transactions.");
    assert_eq!(sentence(facts, refused(ProblemKind::Timeout)), None, "no right is missing");
    assert_eq!(sentence(Facts { commit: 1_000, ..facts }, refused(ProblemKind::TopicAuthorization)), None);
    assert_eq!(sentence(Facts { commit: 900, ..facts }, refused(ProblemKind::TopicAuthorization)), None);
}
