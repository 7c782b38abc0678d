//! Records deleted before they were read: those that were, and when others will be.
//!
//! Not what a topic keeps; that is its configuration and the age of its oldest record.
//! Invariant: a record counts as lost once, in the poll in which the start is first seen beyond it.

use std::cmp::Ordering;
use std::time::Duration;

use crate::model::{LossEta, Quality, TimeLag, TopicConfig};

use super::lag::distance;

/// Kafka looks for segments to delete this often (`log.retention.check.interval.ms`).
const CHECK_INTERVAL: Duration = Duration::from_mins(5);
/// A start that moved within this time, or two segments, is moved by retention.
const MOVED_LATELY_LEAST: f64 = 3600.0;
/// Lag that grows by less, in seconds per second, reaches no retention that anybody waits for.
const VELOCITY_LEAST: f64 = 0.01;

/// Records that vanished unread since the last reading: those between where the group was, or the start was, and the start
/// now.
pub(super) fn lost(position: i64, start_before: i64, start: i64) -> u64 {
    distance(position.max(start_before), start)
}

/// What is known of how long a partition's records are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept<'a> {
    /// The topic's configuration, where it is known.
    pub(super) config: Option<&'a TopicConfig>,
    /// The age of the oldest record.
    pub(super) oldest: Option<TimeLag>,
    /// Seconds since the start moved; `None` if it was not seen to.
    pub(super) start_moved_ago: Option<f64>,
    /// Seconds by which they are kept shorter with each second, as that was last measured.
    pub(super) shrinking: f64,
}

/// For how long records are kept, in seconds, and whether the configuration says so.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Retention {
    seconds: f64,
    /// What the last deletion left: between two of them the oldest record only grows older.
    at_least: f64,
    is_configured: bool,
    /// Whether it is what deletions leave, and not what they are told to.
    is_measured: bool,
}

impl Kept<'_> {
    /// The age of the oldest record, where it is more than a lower bound.
    fn measured(&self) -> Option<f64> {
        self.oldest.filter(|age| age.quality != Quality::LowerBound).map(|age| age.seconds())
    }

    fn retention(&self) -> Option<Retention> {
        let two_segments =
            self.config.and_then(|config| config.segment).map_or(0.0, |segment| 2.0 * segment.as_secs_f64());
        let lately = MOVED_LATELY_LEAST.max(two_segments);
        let measured = self.measured();
        // A log that was emptied holds only what came later, which says nothing of how long that will be kept.
        let left_by_deletion = self
            .start_moved_ago
            .filter(|ago| *ago <= lately)
            .and_then(|ago| Some(measured? - ago))
            .filter(|left| *left > 0.0);
        let seconds = match self.config {
            None => measured?,
            Some(config) if !config.is_deleted => return None,
            // By size alone nothing is deleted before the size is reached, and when that is nobody can tell.
            Some(config) => measured
                .filter(|_| left_by_deletion.is_some())
                .or(config.retention.map(|retention| retention.as_secs_f64()))?,
        };
        Some(Retention {
            seconds,
            at_least: left_by_deletion.unwrap_or(seconds),
            is_configured: self.config.is_some(),
            is_measured: left_by_deletion.is_some(),
        })
    }

    /// The share of the retained time that is unread, 0 to 1.
    pub(super) fn used(&self, time_lag: f64) -> Option<f64> {
        if time_lag <= 0.0 {
            return Some(0.0);
        }
        let configured = || self.retention().filter(|retention| retention.is_configured);
        let kept = self.measured().or_else(|| configured().map(|retention| retention.seconds))?;
        (kept > 0.0).then(|| (time_lag / kept).clamp(0.0, 1.0))
    }

    /// When the oldest unread record is deleted, of a lag that grows by `velocity` seconds per second, where that is known.
    pub(super) fn eta(&self, time_lag: f64, velocity: Option<f64>) -> Option<LossEta> {
        let Retention { seconds, at_least, is_configured, is_measured } = self.retention()?;
        // Deletion is by whole segments, and a segment is as old as its newest record.
        let segment = self.config.and_then(|config| config.segment);
        let late = segment.map_or(f64::INFINITY, |segment| (segment + CHECK_INTERVAL).as_secs_f64());
        let (left, left_late) = (at_least - time_lag, seconds - time_lag + late);
        // Where less and less is kept, as by size when more is written, what is left comes nearer.
        let shrinking = if is_measured { self.shrinking } else { 0.0 };
        let nearing = velocity.map(|velocity| velocity + shrinking).filter(|nearing| *nearing >= VELOCITY_LEAST);
        if let Some(nearing) = nearing {
            let within = |seconds: f64| (seconds / nearing).max(0.0);
            return Some(LossEta { at_least: within(left), at_most: within(left_late), is_configured });
        }
        // What is older than is kept may go at any time, however fast it is read. A log of which nobody knows what it keeps,
        // and that was not seen to delete anything, may just be young.
        let is_overdue = left <= 0.0 && (is_configured || is_measured);
        let at_most = if left_late <= 0.0 { 0.0 } else { f64::INFINITY };
        is_overdue.then_some(LossEta { at_least: 0.0, at_most, is_configured })
    }
}

/// Some records are lost already and others that are unread come next.
pub(super) const NOW: LossEta = LossEta { at_least: 0.0, at_most: 0.0, is_configured: true };

/// Which of two is nearer to loss: what is lost for certain, where both may be lost already.
pub(super) fn sooner(left: &LossEta, right: &LossEta) -> Ordering {
    let bounds = left.at_least.total_cmp(&right.at_least);
    bounds.then_with(|| left.at_most.total_cmp(&right.at_most))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: f64 = 3600.0;
    const DAY: f64 = 24.0 * HOUR;
    const UNMOVED: Kept<'_> = Kept { config: None, oldest: None, start_moved_ago: None, shrinking: 0.0 };

    fn config(retention: Option<f64>) -> TopicConfig {
        TopicConfig {
            retention: retention.map(Duration::from_secs_f64),
            retention_bytes: None,
            segment: Some(Duration::from_hours(1)),
            is_deleted: true,
            is_compacted: false,
            has_append_times: false,
            local_for: None,
        }
    }

    fn age(seconds: f64, quality: Quality) -> TimeLag {
        TimeLag::new(seconds, (seconds, seconds), quality)
    }

    fn eta(kept: &Kept<'_>, time_lag: f64, velocity: f64) -> Option<(f64, f64)> {
        kept.eta(time_lag, Some(velocity)).map(|eta| (eta.at_least, eta.at_most))
    }

    #[test]
    fn only_what_vanished_since_the_last_reading_and_was_unread_is_lost() {
        for (position, before, start, expected) in [
            (100, 50, 50, 0),
            (100, 50, 100, 0),
            (100, 50, 130, 30),
            // Below the start already: only what vanished now.
            (100, 130, 130, 0),
            (100, 130, 150, 20),
            // The start went back, as a stale leader may say.
            (100, 150, 130, 0),
            (200, 50, 130, 0),
        ] {
            assert_eq!(lost(position, before, start), expected, "{position} {before} {start}");
        }
    }

    #[test]
    fn configured_retention_bounds_the_loss_by_a_segment_and_a_check() {
        let config = config(Some(DAY));
        let kept = Kept { config: Some(&config), oldest: Some(age(2.0 * HOUR, Quality::Bracketed)), ..UNMOVED };
        let late = HOUR + 300.0;
        assert_eq!(eta(&kept, HOUR, 1.0), Some((23.0 * HOUR, 23.0 * HOUR + late)));
        assert_eq!(eta(&kept, HOUR, 0.5), Some((46.0 * HOUR, 2.0 * (23.0 * HOUR + late))));
        assert_eq!(eta(&kept, 25.0 * HOUR, 1.0), Some((0.0, late - HOUR)), "it may be deleted at any time");
        assert_eq!(eta(&kept, HOUR, 0.0), None);
        assert_eq!(eta(&kept, HOUR, -0.5), None);
    }

    #[test]
    fn a_start_that_moves_shows_what_is_kept_whatever_the_configuration_says() {
        let config = config(Some(7.0 * DAY));
        let oldest = Some(age(3.0 * HOUR, Quality::Bracketed));
        let by_size = Kept { config: Some(&config), oldest, start_moved_ago: Some(60.0), ..UNMOVED };
        // A minute ago the oldest record that was left was a minute younger.
        assert_eq!(eta(&by_size, HOUR, 1.0).map(|eta| eta.0), Some(2.0 * HOUR - 60.0));
        let long_ago = Kept { start_moved_ago: Some(2.5 * HOUR), ..by_size };
        assert_eq!(eta(&long_ago, HOUR, 1.0).map(|eta| eta.0), Some(7.0 * DAY - HOUR));
    }

    #[test]
    fn what_came_after_a_log_was_emptied_says_nothing_of_what_is_kept() {
        let config = config(Some(7.0 * DAY));
        let oldest = Some(age(60.0, Quality::Bracketed));
        let emptied = Kept { config: Some(&config), oldest, start_moved_ago: Some(1800.0), ..UNMOVED };
        assert_eq!(eta(&emptied, 60.0, 0.0), None);
        assert_eq!(eta(&emptied, 60.0, 1.0).map(|eta| eta.0), Some(7.0 * DAY - 60.0));
        assert_eq!(eta(&Kept { config: None, ..emptied }, 60.0, 0.0), None);
    }

    #[test]
    fn what_is_kept_ever_shorter_is_reached_also_by_who_keeps_its_distance() {
        let config = config(None);
        let oldest = Some(age(3.0 * HOUR, Quality::Bracketed));
        let kept = Kept { config: Some(&config), oldest, start_moved_ago: Some(60.0), shrinking: 0.5 };
        let late = HOUR + 300.0;
        let left = 2.0 * HOUR - 60.0;
        assert_eq!(eta(&kept, HOUR, 0.0), Some((2.0 * left, 2.0 * (2.0 * HOUR + late))));
        assert_eq!(eta(&kept, HOUR, 0.5).map(|eta| eta.0), Some(left));
        assert_eq!(eta(&kept, HOUR, -0.25).map(|eta| eta.0), Some(4.0 * left));
        assert_eq!(eta(&kept, HOUR, -0.5), None, "it catches up as fast");
        assert_eq!(kept.eta(HOUR, None), None, "how fast it moves is not known");
        let by_time = TopicConfig { retention: Some(Duration::from_secs_f64(DAY)), ..config };
        let long_ago = Kept { config: Some(&by_time), start_moved_ago: Some(2.5 * HOUR), ..kept };
        assert_eq!(eta(&long_ago, HOUR, 0.0), None, "what was measured long ago says nothing of what is configured");
    }

    #[test]
    fn what_is_older_than_is_kept_may_go_at_any_time_however_fast_it_is_read() {
        let config = config(Some(DAY));
        let kept = Kept { config: Some(&config), oldest: Some(age(25.0 * HOUR, Quality::Bracketed)), ..UNMOVED };
        for velocity in [0.0, -0.5] {
            assert_eq!(eta(&kept, 24.5 * HOUR, velocity), Some((0.0, f64::INFINITY)));
            assert_eq!(eta(&kept, 27.0 * HOUR, velocity), Some((0.0, 0.0)), "later than Kafka deletes it");
            assert_eq!(eta(&kept, 23.5 * HOUR, velocity), None);
        }
        assert_eq!(kept.eta(24.5 * HOUR, None).map(|eta| eta.at_least), Some(0.0));
        // Who reads a young topic from its start, of which nobody says what it keeps.
        let young = Kept { config: None, ..kept };
        assert_eq!(eta(&young, 25.0 * HOUR, 0.0), None);
        let moved = Kept { start_moved_ago: Some(60.0), ..young };
        assert_eq!(eta(&moved, 25.0 * HOUR, 0.0), Some((0.0, f64::INFINITY)));
    }

    #[test]
    fn nothing_is_lost_where_nothing_is_deleted() {
        let forever = config(None);
        let kept = Kept { config: Some(&forever), oldest: Some(age(HOUR, Quality::Bracketed)), ..UNMOVED };
        assert_eq!(kept.eta(HOUR / 2.0, Some(1.0)), None);
        let compacted = TopicConfig { is_deleted: false, is_compacted: true, ..config(Some(DAY)) };
        let kept = Kept { config: Some(&compacted), start_moved_ago: Some(60.0), ..kept };
        assert_eq!(kept.eta(HOUR / 2.0, Some(1.0)), None);
    }

    #[test]
    fn without_a_configuration_the_measured_age_counts_alone() {
        let kept = Kept { oldest: Some(age(2.0 * HOUR, Quality::Coarse)), ..UNMOVED };
        let eta = kept.eta(HOUR, Some(1.0)).expect("an age is known");
        assert_eq!(eta, LossEta { at_least: HOUR, at_most: f64::INFINITY, is_configured: false });
        let unknown = Kept { oldest: Some(age(2.0 * HOUR, Quality::LowerBound)), ..kept };
        assert_eq!(unknown.eta(HOUR, Some(1.0)), None, "the oldest record may be of any age");
        assert_eq!(unknown.used(HOUR), None);
        assert_eq!(unknown.used(0.0), Some(0.0));
    }

    #[test]
    fn the_share_used_is_that_of_what_is_there() {
        let config = config(Some(DAY));
        let kept = Kept { config: Some(&config), oldest: Some(age(4.0 * HOUR, Quality::Bracketed)), ..UNMOVED };
        assert_eq!(kept.used(HOUR), Some(0.25));
        assert_eq!(kept.used(DAY), Some(1.0));
        let unmeasured = Kept { oldest: None, ..kept };
        assert_eq!(unmeasured.used(6.0 * HOUR), Some(0.25));
    }
}
