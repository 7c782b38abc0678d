//! What one poll costs this process beyond waiting for Kafka: drawing the conclusions, and putting them into words.
//!
//! Not the cost of asking, which needs a cluster of that size.
//! Invariant: the same work in every round; medians, because machines are noisy.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use highwater::analysis::{History, analyze};
use highwater::model::{
    BrokerId, ClusterSnapshot, Commit, Commits, EndOffset, Group, GroupKind, GroupState, Moment, Partition,
    PartitionId, RenderOptions, Replicas, SnapshotBuilder, Thresholds, Timestamp, Topic, TopicIndex,
};
use highwater::render::{self, Format};

const ROUNDS: usize = 21;
const PARTITIONS_PER_TOPIC: i32 = 50;

/// Name, groups, topics of 50 partitions, commits per group.
const SHAPES: [(&str, u32, u32, u32); 3] = [("S", 100, 20, 50), ("M", 2_000, 400, 50), ("L", 10_000, 2_000, 50)];

fn snapshot(second: u64, groups: u32, topics: u32, commits_per_group: u32) -> ClusterSnapshot {
    let now = Moment::from_origin(Duration::from_secs(second));
    let mut builder = SnapshotBuilder::new("bench".into(), now);
    let end = i64::try_from(second).unwrap_or(i64::MAX) * 1000;
    for topic in 0..topics {
        let partitions = (0..PARTITIONS_PER_TOPIC).map(|id| Partition {
            id: PartitionId(id),
            leader: Some(BrokerId(id % 3)),
            leader_epoch: Some(1),
            replicas: Replicas { preferred_leader: Some(BrokerId(id % 3)), assigned_count: 3, in_sync_count: 3 },
            high_watermark: Ok(EndOffset { offset: end, answered: now }),
            low_watermark: Ok(0),
        });
        let partitions = partitions.collect();
        builder.found_topic(Topic {
            name: (&*format!("topic-{topic:05}")).into(),
            id: None,
            is_listed: true,
            partitions,
        });
    }
    for group in 0..groups {
        let commits = (0..commits_per_group).map(|place| Commit {
            topic: TopicIndex((group + place / 50) % topics),
            partition: PartitionId(i32::try_from(place % 50).unwrap_or(0)),
            offset: end - i64::from(place % 20),
            leader_epoch: None,
        });
        builder.found_group(Group {
            id: (&*format!("group-{group:05}")).into(),
            kind: GroupKind::Classic,
            protocol_type: "consumer".to_owned(),
            protocol: "range".to_owned(),
            state: GroupState::Stable,
            coordinator: BrokerId(0),
            members: Ok(Vec::new()),
            commits: Ok(Commits { answered: now, offsets: commits.collect(), unreadable: Vec::new() }),
        });
    }
    builder.build(now, Timestamp::default())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let done = work();
    (start.elapsed(), done)
}

fn median(mut rounds: Vec<Duration>) -> f64 {
    rounds.sort_unstable();
    rounds.get(rounds.len() / 2).map_or(f64::NAN, |median| median.as_secs_f64() * 1000.0)
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "medians of {ROUNDS} rounds, in milliseconds of one thread\n")?;
    writeln!(
        out,
        "| shape | groups | partitions | commits | analyze | render | render and gzip | series | page MB | gzip MB |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|---|")?;
    for (name, groups, topics, commits) in SHAPES {
        let mut history = History::default();
        let (mut analyzed, mut rendered, mut packed) = (Vec::new(), Vec::new(), Vec::new());
        let (mut page, mut gzip) = (Vec::new(), Vec::new());
        for second in 1..=ROUNDS as u64 {
            let facts = snapshot(second * 15, groups, topics, commits);
            let (took, report) = timed(|| analyze(facts, &mut history, &Thresholds::default()));
            analyzed.push(took);
            page.clear();
            let options = RenderOptions::default();
            let (took, written) = timed(|| render::metrics(&[&report], &options, Format::Text, &mut page));
            written?;
            rendered.push(took);
            let (took, written) = timed(|| {
                let encoder = GzEncoder::new(Vec::new(), Compression::new(2));
                let mut buffered = io::BufWriter::with_capacity(64 << 10, encoder);
                render::metrics(&[&report], &options, Format::Text, &mut buffered)?;
                buffered.into_inner()?.finish()
            });
            gzip = written?;
            packed.push(took);
        }
        let series =
            page.split(|byte| *byte == b'\n').filter(|line| !line.is_empty() && !line.starts_with(b"#")).count();
        let partitions = topics * PARTITIONS_PER_TOPIC.unsigned_abs();
        writeln!(
            out,
            "| {name} | {groups} | {partitions} | {} | {:.1} | {:.1} | {:.1} | {series} | {:.1} | {:.1} |",
            groups * commits,
            median(analyzed),
            median(rendered),
            median(packed),
            megabytes(&page),
            megabytes(&gzip),
        )?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a rounded figure for people")]
fn megabytes(bytes: &[u8]) -> f64 {
    bytes.len() as f64 / 1e6
}
