//! Answers that are not what Kafka sends: noise, wrong lengths, wrong numbers, names beyond all measure. It is NOT about
//! every possible byte; that is shown where answers are decoded.
//! Invariant: each costs at most that broker's answer to that question, and is reported.

use highwater::config::PollSettings;
use highwater::model::{ProblemKind, Question};
use kafka_protocol::messages::{ApiKey, GroupId};
use kafka_protocol::protocol::StrBytes;

use super::watch::{Watch, world};
use crate::support::fake_broker::{Answer, FakeCluster, Reaction, Rule};

/// Every question a known broker is asked beyond the handshake and metadata.
const QUESTIONS: [(ApiKey, Question); 4] = [
    (ApiKey::ListGroups, Question::ListGroups),
    (ApiKey::DescribeGroups, Question::DescribeGroups),
    (ApiKey::OffsetFetch, Question::OffsetFetch),
    (ApiKey::ListOffsets, Question::ListOffsets),
];

/// What an answer is replaced by, and the kind that gives.
fn replacements() -> Vec<(&'static str, Reaction, ProblemKind)> {
    let hostile_count = [0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x07].to_vec();
    vec![
        ("noise", Reaction::Body(vec![0xa5; 300]), ProblemKind::Malformed),
        ("nothing", Reaction::Body(Vec::new()), ProblemKind::Malformed),
        ("a hostile count", Reaction::Body(hostile_count), ProblemKind::Malformed),
        ("a frame beyond the bound", Reaction::Announce(i32::MAX), ProblemKind::TooLarge),
        ("a negative length", Reaction::Announce(-7), ProblemKind::Malformed),
        ("an answer to another request", Reaction::WrongCorrelation, ProblemKind::Malformed),
        ("half a frame", Reaction::CutAfter(11), ProblemKind::Disconnected),
    ]
}

#[tokio::test]
async fn an_answer_that_is_none_costs_that_brokers_share_of_that_question() {
    for (api, question) in QUESTIONS {
        for (what, reaction, kind) in replacements() {
            let fake = FakeCluster::start(3, world()).await;
            fake.when(Rule::new(api, reaction).at(2));
            let mut watch = Watch::of(&fake);
            let seen = watch.poll().await;
            // A broker that breaks off is left alone for the rest of the poll; one that answers nonsense is not.
            let is_gone = kind == ProblemKind::Disconnected;
            let unharmed: &[&str] =
                if is_gone || api == ApiKey::ListOffsets { &["first"] } else { &["first", "third"] };
            seen.assert_unharmed(unharmed);
            let told = |(asked, broker, told, _)| (asked, broker, told) == (question, Some(2), kind);
            assert!(seen.problems().into_iter().any(told), "{what} to {api:?}: {:?}", seen.problems());
            let second = seen.find_group("second").map(|group| (group.members.is_ok(), group.commits.is_ok()));
            let expected = match api {
                ApiKey::ListGroups => None,
                ApiKey::DescribeGroups => Some((false, !is_gone)),
                ApiKey::OffsetFetch => Some((true, false)),
                _ => Some((true, true)),
            };
            assert_eq!(second, expected, "{what} to {api:?}");
            fake.behave();
            if !is_gone {
                watch.poll().await.assert_unharmed(&["first", "second", "third"]);
            }
        }
    }
}

#[tokio::test]
async fn a_broker_whose_metadata_is_noise_is_passed_over() {
    for (what, reaction, _) in replacements() {
        let fake = FakeCluster::start(3, world()).await;
        let mut watch = Watch::of(&fake);
        watch.poll().await;
        fake.when(Rule::new(ApiKey::Metadata, reaction).at(1));
        fake.take_asked();
        let seen = watch.poll().await;
        assert_eq!(fake.take_asked().count_at(2, ApiKey::Metadata), 1, "{what}");
        assert_eq!((seen.end("orders", 1), seen.lag("third", "payments", 0)), (Ok(100), Ok(40)), "{what}");
    }
}

#[tokio::test]
async fn a_group_name_that_is_not_utf_8_costs_that_brokers_list() {
    let fake = FakeCluster::start(3, world().group("wörld", 2, "orders")).await;
    let mut watch = Watch::of(&fake);
    watch.poll().await.assert_unharmed(&["second", "wörld"]);
    fake.when(Rule::new(ApiKey::ListGroups, Reaction::Replace("wörld".into(), b"w\xff\xferld".to_vec())).at(2));
    let seen = watch.poll().await;
    assert_eq!(seen.problems(), [(Question::ListGroups, Some(2), ProblemKind::Malformed, 1)]);
    // Groups that were listed before are asked about by name all the same.
    seen.assert_unharmed(&["first", "second", "third", "wörld"]);
}

#[tokio::test]
async fn a_group_name_beyond_all_measure_costs_that_group() {
    let longest = "n".repeat(1024);
    let too_long = "n".repeat(1025);
    let world = world().group(&longest, 2, "orders").group(&too_long, 2, "orders");
    let fake = FakeCluster::start(3, world.group(&"m".repeat(3 << 20), 2, "orders")).await;
    let seen = Watch::of(&fake).poll().await;
    seen.assert_unharmed(&["first", "second", "third", &longest]);
    assert_eq!(seen.find_group(&too_long), None);
    assert_eq!(seen.problems(), [(Question::ListGroups, Some(2), ProblemKind::Invalid, 1)]);
    assert!(seen.only_detail().contains("2 group ids") && seen.only_detail().len() < 200, "{}", seen.only_detail());
}

#[tokio::test]
async fn a_large_answer_is_read_in_full_up_to_the_bound() {
    let settings = PollSettings { frame_bytes_max: 1 << 20, ..PollSettings::default() };
    for (length, is_read) in [(900 << 10, true), (1100 << 10, false)] {
        let fake = FakeCluster::start(3, world()).await;
        let fill = move |answer: &mut Answer| {
            if let Answer::ListGroups(answer) = answer {
                let name = GroupId(StrBytes::from_string("n".repeat(length)));
                let group = answer.groups.first().cloned().unwrap_or_default();
                answer.groups.push(group.with_group_id(name));
            }
        };
        fake.when(Rule::new(ApiKey::ListGroups, Reaction::edit(fill)).at(2));
        let seen = Watch::with(&fake, settings.clone(), &[".*"]).poll().await;
        assert_eq!(seen.find_group("second").is_some(), is_read);
        let kind = if is_read { ProblemKind::Invalid } else { ProblemKind::TooLarge };
        assert_eq!(seen.problems(), [(Question::ListGroups, Some(2), kind, 1)]);
        seen.assert_unharmed(&["first", "third"]);
    }
}
