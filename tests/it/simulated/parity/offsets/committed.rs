//! What groups committed. It is NOT about metadata of commits, which every client writes as it likes.
//! Invariant: all of a group's commits are compared, and some that are not there.

use std::collections::BTreeMap;

use kafka_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use kafka_protocol::messages::{GroupId, OffsetFetchRequest, OffsetFetchResponse, TopicName};

use super::super::Facts;
use super::super::groups::GROUPS;
use super::super::side::{Side, text};

/// Some that are committed, some that are not, some that are not there.
const LISTED: [(&str, &[i32]); 4] = [("orders", &[0, 2, 99]), ("payments", &[1, 0]), ("absent", &[0]), ("empty", &[])];

pub(in super::super) async fn ask(side: &Side<'_>, facts: &mut Facts) {
    for version in [1, 2, 3, 5, 6, 7, 8, 9] {
        for group in GROUPS {
            let coordinator = side.coordinator(group).await;
            for (who, broker) in [("its coordinator", coordinator), ("another", Side::other(coordinator))] {
                for is_listed in [true, false] {
                    // The oldest version cannot ask for everything.
                    if version == 1 && !is_listed {
                        continue;
                    }
                    let request = request(version, group, is_listed);
                    let answer = side.ask(broker, version, &request).await;
                    let what = if is_listed { "some" } else { "all" };
                    facts.note(format!("OffsetFetch {version} {what} of {group:?} at {who}"), &told(&answer));
                }
            }
        }
    }
    for (group, member, epoch) in [
        ("modern", Some("nobody"), 1),
        ("modern", Some(""), -1),
        ("modern-gone", Some("nobody"), 1),
        ("readers", Some("nobody"), 1),
        ("absent", Some("nobody"), 1),
    ] {
        let coordinator = side.coordinator(group).await;
        let mut request = request(9, group, true);
        request.groups[0].member_id = member.map(text);
        request.groups[0].member_epoch = epoch;
        let answer = side.ask(coordinator, 9, &request).await;
        facts.note(format!("OffsetFetch 9 of {group} for member {member:?} {epoch}"), &told(&answer));
    }
}

fn request(version: i16, group: &str, is_listed: bool) -> OffsetFetchRequest {
    let name = |topic: &str| TopicName(text(topic));
    let group = GroupId(text(group));
    if version >= 8 {
        let topics = LISTED.iter().map(|(topic, partitions)| {
            OffsetFetchRequestTopics::default().with_name(name(topic)).with_partition_indexes(partitions.to_vec())
        });
        let group =
            OffsetFetchRequestGroup::default().with_group_id(group).with_topics(is_listed.then(|| topics.collect()));
        return OffsetFetchRequest::default().with_topics(Some(Vec::new())).with_groups(vec![group]);
    }
    let topics = LISTED.iter().map(|(topic, partitions)| {
        OffsetFetchRequestTopic::default().with_name(name(topic)).with_partition_indexes(partitions.to_vec())
    });
    OffsetFetchRequest::default().with_group_id(group).with_topics(is_listed.then(|| topics.collect()))
}

type Told = (i16, BTreeMap<(String, i32), (i64, i16)>, Vec<(String, i16)>);

/// The errors above partitions, commits with their errors, and the groups of the newer form.
fn told(answer: &OffsetFetchResponse) -> Told {
    let mut commits = BTreeMap::new();
    for topic in &answer.topics {
        for partition in &topic.partitions {
            let key = (topic.name.to_string(), partition.partition_index);
            commits.insert(key, (partition.committed_offset, partition.error_code));
            assert!(partition.error_code == 0 || partition.committed_leader_epoch == -1);
        }
    }
    for topic in answer.groups.iter().flat_map(|group| &group.topics) {
        for partition in &topic.partitions {
            let key = (topic.name.to_string(), partition.partition_index);
            commits.insert(key, (partition.committed_offset, partition.error_code));
        }
    }
    let groups = answer.groups.iter().map(|group| (group.group_id.to_string(), group.error_code));
    (answer.error_code, commits, groups.collect())
}
