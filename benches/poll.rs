//! What one poll costs this process beyond waiting for Kafka: drawing the conclusions, and putting them into words.
//!
//! Not the cost of asking, which needs a cluster of that size.
//! Invariant: the same work in every round; CPU time and medians, because machines are noisy.

#[path = "scale/cost.rs"]
#[expect(dead_code, reason = "the other benchmark looks at more")]
mod cost;

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use highwater::analysis::{History, analyze};
use highwater::model::{
    Assignment, BrokerId, ClusterReport, ClusterSnapshot, Commit, Commits, EndOffset, Group, GroupKind, GroupState,
    Member, Moment, Partition, PartitionId, RenderOptions, Replicas, SnapshotBuilder, Thresholds, Timestamp, Topic,
    TopicId, TopicIndex, Unknown,
};
use highwater::publish::{Board, BoardSettings, Coding, Form, channel};
use highwater::render::{self, Format};
use tokio::runtime::Runtime;

use cost::median;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 21;
const PARTITIONS_PER_TOPIC: u32 = 50;
const MEMBERS_PER_GROUP: u32 = 2;

/// Families that `kafka_exporter` has too, the two sums included.
const KAFKA_EXPORTER: [&str; 15] = [
    "kafka_brokers",
    "kafka_broker_info",
    "kafka_topic_partitions",
    "kafka_topic_partition_current_offset",
    "kafka_topic_partition_oldest_offset",
    "kafka_topic_partition_in_sync_replica",
    "kafka_topic_partition_leader",
    "kafka_topic_partition_leader_is_preferred",
    "kafka_topic_partition_replicas",
    "kafka_topic_partition_under_replicated_partition",
    "kafka_consumergroup_current_offset",
    "kafka_consumergroup_current_offset_sum",
    "kafka_consumergroup_lag",
    "kafka_consumergroup_lag_sum",
    "kafka_consumergroup_members",
];

/// How large a cluster is.
struct Shape {
    name: &'static str,
    groups: u32,
    topics: u32,
    commits_per_group: u32,
}

const SHAPES: [Shape; 4] = [
    Shape { name: "S", groups: 100, topics: 20, commits_per_group: 50 },
    Shape { name: "M", groups: 2_000, topics: 400, commits_per_group: 50 },
    Shape { name: "L", groups: 10_000, topics: 2_000, commits_per_group: 50 },
    Shape { name: "XL", groups: 50_000, topics: 4_000, commits_per_group: 40 },
];

/// Polls before those that are measured, where analysis alone is: a window of ten minutes, and some more.
const POLLS_BEFORE: u64 = 45;

/// So many of a hundred partitions are behind, in turn.
const SHARES: [u32; 3] = [0, 5, 100];

/// Who is behind.
#[derive(Clone, Copy)]
enum Behind {
    /// Half of the groups stand still, the others are a little behind.
    HalfOfTheGroups,
    /// So many of a hundred partitions are read nine tenths as fast as they are written, the others as fast.
    OfHundred(u32),
}

impl Behind {
    /// How far a group has come on a partition.
    fn reached(self, group: u32, partition: u32, end: i64) -> i64 {
        let is_behind = match self {
            Self::HalfOfTheGroups if group % 2 == 1 => return 1000 - i64::from(partition % 20),
            Self::HalfOfTheGroups => false,
            Self::OfHundred(share) => (group * 31 + partition * 7) % 100 < share,
        };
        if is_behind { end / 10 * 9 } else { end - i64::from(partition % 20) }
    }
}

/// What a cluster of this shape tells, where every group reads one topic. Members are those of the poll before, as the collector
/// has it where they are told the same.
fn snapshot(second: u64, shape: &Shape, behind: Behind, before: Option<&ClusterReport>) -> ClusterSnapshot {
    let now = Moment::from_origin(Duration::from_secs(second));
    let mut builder = SnapshotBuilder::new("bench".into(), now);
    let end = i64::try_from(second).unwrap_or(i64::MAX) * 1000;
    for topic in 0..shape.topics {
        let name = (&*format!("topic-{topic:05}")).into();
        let partitions = (0..PARTITIONS_PER_TOPIC).map(|number| partition(number, end, now)).collect();
        builder.found_topic(Topic { name, id: Some(TopicId([7; 16])), is_listed: true, partitions, config: None });
    }
    let mut before = before.into_iter().flat_map(|before| &before.snapshot.groups);
    for number in 0..shape.groups {
        let known = before.next().and_then(|group| group.members.clone().ok());
        let topic = TopicIndex(number % shape.topics);
        let reached = |partition: PartitionId| behind.reached(number, partition.0.cast_unsigned(), end);
        let members = known.unwrap_or_else(|| members(topic, shape.commits_per_group));
        builder.found_group(group(number, topic, members, places(shape.commits_per_group), reached, now));
    }
    builder.build(now, Timestamp::from_unix(Duration::from_secs(second)))
}

fn partition(number: u32, end: i64, now: Moment) -> Partition {
    let leader = Some(BrokerId((number % 3).cast_signed()));
    Partition {
        id: PartitionId(number.cast_signed()),
        leader,
        leader_epoch: Some(1),
        replicas: Replicas { preferred_leader: leader, assigned_count: 3, in_sync_count: 3 },
        last_stable: Err(Unknown::NotAsked),
        high_watermark: Ok(EndOffset { offset: end, answered: now }),
        low_watermark: Ok(0),
    }
}

fn places(commit_count: u32) -> impl Iterator<Item = PartitionId> {
    (0..commit_count).map(|place| PartitionId(place.cast_signed()))
}

fn members(topic: TopicIndex, commit_count: u32) -> Arc<[Member]> {
    let member = |member: u32| {
        let mine = places(commit_count).filter(|partition| partition.0.cast_unsigned() % MEMBERS_PER_GROUP == member);
        let partitions: Vec<_> = mine.map(|partition| (topic, partition)).collect();
        Member {
            member_id: format!("consumer-{member}-1b4e28ba-2fa1-11d2-883f-0016d3cca427"),
            client_id: format!("consumer-{member}"),
            client_host: "/10.0.0.1".to_owned(),
            group_instance_id: None,
            assignment: Some(Assignment { partition_count: partitions.len(), partitions, subscribed: vec![topic] }),
        }
    };
    (0..MEMBERS_PER_GROUP).map(member).collect()
}

fn group(
    number: u32,
    topic: TopicIndex,
    members: Arc<[Member]>,
    places: impl Iterator<Item = PartitionId>,
    reached: impl Fn(PartitionId) -> i64,
    now: Moment,
) -> Group {
    let commits = places.map(|partition| Commit { topic, partition, offset: reached(partition), leader_epoch: None });
    Group {
        id: (&*format!("group-{number:05}")).into(),
        kind: GroupKind::Classic,
        protocol_type: "consumer".to_owned(),
        protocol: "range".to_owned(),
        state: GroupState::Stable,
        coordinator: BrokerId(0),
        epochs: None,
        members: Ok(members),
        commits: Ok(Commits { answered: now, offsets: commits.collect(), unreadable: Vec::new(), filtered_count: 0 }),
    }
}

/// CPU time in milliseconds: this process does nothing else meanwhile.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let (spent, done) = cost::spent(work);
    (spent.cpu_ms, done)
}

/// Everything there is to show.
fn all_families() -> RenderOptions {
    RenderOptions { series_max: usize::MAX, ..RenderOptions::default() }
}

fn families_of_kafka_exporter() -> RenderOptions {
    let others = render::FAMILIES.iter().map(|family| family.name).filter(|name| !KAFKA_EXPORTER.contains(name));
    RenderOptions {
        kafka_exporter_sums: true,
        excluded_families: others.map(str::to_owned).collect(),
        ..all_families()
    }
}

fn text(report: &ClusterReport, options: &RenderOptions, page: &mut Vec<u8>) -> io::Result<f64> {
    page.clear();
    let (took, written) = timed(|| render::metrics(&[report], options, Format::Text, page));
    written.map(|()| took)
}

/// The page as a scrape with gzip gets it from the board; returns its length too.
fn gzip(board: &Board, runtime: &Runtime, now: Moment) -> io::Result<(f64, usize)> {
    let form = Form { format: Format::Text, coding: Coding::Gzip, cluster: None };
    let (took, page) = timed(|| runtime.block_on(board.page(&form, now)));
    let pieces = page.map_err(io::Error::other)?.with_own(&[])?;
    Ok((took, pieces.iter().map(bytes::Bytes::len).sum()))
}

fn forget_peak() {
    // Where this is refused, the peak is that of all shapes so far.
    drop(std::fs::write("/proc/self/clear_refs", "5"));
}

fn measure(shape: &Shape, runtime: &Runtime, out: &mut impl Write) -> io::Result<()> {
    forget_peak();
    let mut history = History::default();
    let (publisher, latest) = channel("bench".into());
    let board = Board::new(BoardSettings { stale_after: Duration::MAX, options: all_families() }, [latest.clone()]);
    let (mut analyzed, mut packed, mut rendered, mut rendered_known) = (vec![], vec![], vec![], vec![]);
    let mut packed_length = 0;
    for second in 1..=ROUNDS as u64 {
        let facts = snapshot(second * 15, shape, Behind::HalfOfTheGroups, latest.get().report.as_deref());
        let now = facts.finished;
        let (took, ()) = timed(|| {
            let report = analyze(facts, &mut history, &Thresholds::default());
            // The former report ends here; that is part of the time.
            publisher.publish(report);
        });
        analyzed.push(took);
        let (took, length) = gzip(&board, runtime, now)?;
        packed.push(took);
        packed_length = length;
    }
    // Since it was forgotten.
    let peak = cost::peak_of(std::process::id());
    let Some(report) = latest.get().report.clone() else { return Ok(()) };
    let mut page = Vec::new();
    for _ in 0..ROUNDS {
        rendered_known.push(text(&report, &families_of_kafka_exporter(), &mut page)?);
        rendered.push(text(&report, &all_families(), &mut page)?);
    }
    let series = page.split(|byte| *byte == b'\n').filter(|line| !line.is_empty() && !line.starts_with(b"#")).count();
    writeln!(
        out,
        "| {} | {} | {} | {} | {:.1} | {:.1} | {:.1} | {:.1} | {series} | {:.1} | {:.1} | {} |",
        shape.name,
        shape.groups,
        shape.topics * PARTITIONS_PER_TOPIC,
        shape.groups * shape.commits_per_group,
        median(analyzed),
        median(rendered_known),
        median(rendered),
        median(packed),
        megabytes(page.len()),
        megabytes(packed_length),
        peak.map_or("-".to_owned(), |peak| peak.to_string()),
    )?;
    out.flush()
}

/// What analysis costs by how much there is to analyze, with all its history.
fn by_lag(shape: &Shape, shares: &[u32], out: &mut impl Write) -> io::Result<()> {
    for share in shares.iter().copied() {
        let mut history = History::default();
        let mut last: Option<Arc<ClusterReport>> = None;
        let (mut analyzed, mut probes, mut lagging) = (vec![], 0, 0);
        for poll in 1..=POLLS_BEFORE + ROUNDS as u64 {
            let facts = snapshot(poll * 15, shape, Behind::OfHundred(share), last.as_deref());
            let (took, report) = timed(|| {
                let report = analyze(facts, &mut history, &Thresholds::default());
                // The former report ends here; that is part of the time.
                last.replace(Arc::clone(&report));
                report
            });
            if poll > POLLS_BEFORE {
                analyzed.push(took);
                probes = probes.max(history.wishes().times.len());
                let partitions = report.groups.iter().flat_map(|group| &group.partitions);
                lagging = partitions.filter(|partition| !partition.is_caught_up()).count();
            }
        }
        let commits = shape.groups * shape.commits_per_group;
        // Samples of a trend are taken in every third poll only, which a median would not show.
        let mean = mean(&analyzed);
        writeln!(
            out,
            "| {} | {share} % | {lagging} of {commits} | {:.1} | {mean:.1} | {probes} |",
            shape.name,
            median(analyzed)
        )?;
        out.flush()?;
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut out = io::stdout().lock();
    // Names of shapes and shares that are behind choose among them, as in `cargo bench --bench poll -- M L 5%`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let (shares, names): (Vec<&String>, Vec<_>) = words.iter().partition(|word| word.ends_with('%'));
    let is_wanted = |shape: &&Shape| names.is_empty() || names.iter().any(|name| *name == shape.name);
    let is_behind = |share: &u32| shares.is_empty() || shares.iter().any(|word| **word == format!("{share}%"));
    let by_share: Vec<u32> = SHARES.into_iter().filter(is_behind).collect();
    if shares.is_empty() {
        writeln!(
            out,
            "medians of {ROUNDS} rounds, in milliseconds of CPU time; peak memory without the plain page\n\n\
             | shape | groups | partitions | commits | analyze | render kafka_exporter's | render all | render and gzip \
             | series | page MB | gzip MB | peak MB |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
        )?;
        SHAPES.iter().filter(is_wanted).try_for_each(|shape| measure(shape, &runtime, &mut out))?;
    }
    writeln!(
        out,
        "\nanalysis after {POLLS_BEFORE} polls, by how many partitions are behind; at M and 5 % at most 15 ms\n"
    )?;
    writeln!(
        out,
        "| shape | behind | commits behind | analyze, median | mean | most probes by time in a poll |\n|---|---|---|---|---|---|"
    )?;
    SHAPES.iter().filter(is_wanted).try_for_each(|shape| by_lag(shape, &by_share, &mut out))
}

fn mean(numbers: &[f64]) -> f64 {
    let count = u32::try_from(numbers.len()).map_or(f64::NAN, f64::from);
    numbers.iter().sum::<f64>() / count
}

#[expect(clippy::cast_precision_loss, reason = "a rounded figure for people")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}
