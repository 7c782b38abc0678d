//! Hot partitions of topics that fell silent: what the long window remembers of them is over.
//!
//! Not topics that are written, whose partitions are compared with each other.
//! Invariant: only lowers scores, and none of a partition that is written in batches as far apart as this silence.

use super::partition::PartitionHeat;
use super::spans::{ABSENT, Spans};

/// A sub-interval with less than this part of the mean is one in which the partition was not written.
const LOW: f64 = 0.25;

/// Lowers the long scores that a short window contradicts in which the topic got too little to be judged. Where part of that
/// window is not known, it contradicts nothing.
pub(super) fn cool(short: &Spans, long: &Spans, partitions: &mut [PartitionHeat]) {
    let is_known = |heat: &PartitionHeat| heat.short.within(short).iter().all(|count| *count < ABSENT);
    if !partitions.iter().any(|heat| heat.long_score.has_points()) || !partitions.iter().all(is_known) {
        return;
    }
    for heat in partitions.iter_mut().filter(|heat| heat.long_score.has_points()) {
        if has_stopped(heat.short.within(short), short, heat.long.within(long), long) {
            heat.long_score.lower();
        }
    }
}

/// Whether a partition was written all the time, from some sub-interval to some other one, and is not any more.
fn has_stopped(now: &[u32], short: &Spans, counts: &[u32], long: &Spans) -> bool {
    let pieces = || counts.iter().zip(long.all()).filter(|(count, _)| **count < ABSENT);
    let low = LOW * rate(pieces());
    let is_low = |(count, span): (&u32, &f32)| f64::from(*count) < low * f64::from(*span);
    if rate(now.iter().zip(short.all())) >= low {
        return false;
    }
    // One silence between the first and the last time that it was written, and this may be another one.
    let (mut is_begun, mut is_ended) = (false, false);
    for piece in pieces() {
        match (is_low(piece), is_begun) {
            (false, _) if is_ended => return false,
            (false, _) => is_begun = true,
            (true, true) => is_ended = true,
            (true, false) => {}
        }
    }
    is_begun
}

/// Records per second.
fn rate<'a>(pieces: impl Iterator<Item = (&'a u32, &'a f32)>) -> f64 {
    let sum = |(records, seconds): (f64, f64), (count, span): (&u32, &f32)| {
        (records + f64::from(*count), seconds + f64::from(*span))
    };
    let (records, seconds) = pieces.fold((0.0, 0.0), sum);
    if seconds > 0.0 { records / seconds } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::spans::{GAP, SLOTS};
    use super::*;

    fn spans(seconds: f32) -> Spans {
        let mut spans = Spans::default();
        (0..SLOTS).for_each(|_| spans.push(seconds, seconds * 12.0));
        spans
    }

    #[test]
    fn a_partition_has_stopped_where_it_was_written_without_a_pause_before() {
        let (short, long) = (spans(25.0), spans(150.0));
        let has_stopped = |now: u32, counts: [u32; SLOTS]| has_stopped(&[now; SLOTS], &short, &counts, &long);
        let steady = [900, 800, 900, 950, 900, 900, 900, 900, 900, 900, 300, 0];
        assert!(has_stopped(0, steady) && has_stopped(2, steady), "also with a trickle");
        assert!(!has_stopped(100, steady), "it is written again");
        assert!(has_stopped(0, [900, 900, 900, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "long ago");
        assert!(has_stopped(0, [0, 0, 0, 900, 900, 900, 900, 900, 0, 0, 0, 0]), "it began lately");
        assert!(has_stopped(0, [900, 900, GAP, 900, 900, 900, 900, 900, 900, 900, 0, 0]));
        let in_turns = [900, 900, 900, 900, 0, 0, 900, 900, 900, 900, 0, 0];
        assert!(!has_stopped(0, in_turns), "it paused before");
        assert!(!has_stopped(0, [0; SLOTS]) && !has_stopped(0, [GAP; SLOTS]));
    }
}
