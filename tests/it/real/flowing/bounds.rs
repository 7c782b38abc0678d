//! Between what a number in flight must lie. It is NOT how the exporter computes: nothing here is interpolated.
//! Invariant: bounds are counted in polls of the exporter, not in seconds, so that a slow machine widens both.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{PARTITIONS, POLL_INTERVAL, is_whole, topic_lag};
use crate::support::page::Page;

/// A page shows the poll that its counter names, or one or two off: the counter is written after the report, and
/// read after the page is rendered. The commits in it were read while that poll lasted.
const POLLS_BACK: i64 = 4;
/// The ends that lag is estimated from are those of that poll and the one before.
const POLLS_BACK_ENDS: i64 = POLLS_BACK + 1;
/// The producer hears of a written record later than consumers may read it: by less than a second.
const POLLS_AHEAD: i64 = 5;
/// A commit is due every interval and reaches the coordinator some time later: by less than a second.
const COMMIT_DELAY: Duration = Duration::from_secs(1);
/// A caught-up group may lag two records on each partition, as the exporter defines it.
const MARKERS: i64 = 2 * PARTITIONS as i64;

/// What was counted around one scrape.
pub(super) struct Sample {
    pub(super) polls: i64,
    pub(super) delivered: i64,
    pub(super) read: BTreeMap<&'static str, i64>,
    pub(super) page: Page,
}

/// Its lag is what was written less what it has read: not less than was there at the poll before, not more than is
/// there soon after.
pub(super) fn assert_stopped(samples: &[Sample], committed: i64, total: i64) {
    let mut checked = 0;
    let mut before = BTreeMap::new();
    for Sample { polls, page, .. } in samples {
        let lags = page.by_partition("kafka_consumergroup_lag");
        let own = lags.into_iter().filter(|((group, ..), _)| group == "stopped");
        for (place, lag) in own {
            let least = before.insert(place.clone(), lag).unwrap_or(0);
            assert!(lag >= least, "{place:?} lagged {least} and now {lag}, though nobody reads");
        }
        let (Some(lag), Some(earlier)) = (topic_lag(page, "stopped"), earlier(samples, polls - POLLS_BACK_ENDS)) else {
            continue;
        };
        let most = later(samples, polls + POLLS_AHEAD, total) - committed;
        assert!(lag <= most, "lags {lag}, and only {most} records are unread");
        if is_whole(page, "stopped") {
            let least = earlier.delivered - committed;
            assert!(lag >= least, "lags {lag}, and {least} records were unread before");
            checked += 1;
        }
    }
    assert!(checked > samples.len() / 2, "only {checked} of {} pages could be checked", samples.len());
}

/// No page is beyond the noise floor, which is counted rather than computed from a rate: what was written since the records that must be
/// committed by now were read. What the consumer truly has not read yet is in it.
pub(super) fn assert_caught_up(samples: &[Sample], group: &str, commit_interval: Duration, total: i64) {
    let polls_to_commit = polls_in(commit_interval + COMMIT_DELAY);
    let mut checked = 0;
    for Sample { polls, page, .. } in samples {
        let earlier = earlier(samples, polls - POLLS_BACK - polls_to_commit);
        let read = earlier.and_then(|earlier| earlier.read.get(group));
        let (Some(lag), Some(read)) = (topic_lag(page, group), read) else { continue };
        let floor = later(samples, polls + POLLS_AHEAD, total) - read + MARKERS;
        assert!(lag <= floor, "{group} keeps pace and lags {lag}, noise is {floor} at most:\n{}", page.excerpt());
        checked += 1;
    }
    assert!(checked > samples.len() / 3, "only {checked} of {} pages could be checked", samples.len());
}

/// The usual case is held to the noise floor as the exporter defines it: production, at the rate that was seen, within a
/// commit interval and the skew of the readings, and one poll for the commit to arrive.
pub(super) fn assert_typical(samples: &[Sample], group: &str, commit_interval: Duration) {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else { panic!("no samples") };
    let lag = median(samples.iter().filter_map(|sample| topic_lag(&sample.page, group)));
    let unread = median(samples.iter().filter_map(|sample| Some(sample.delivered - sample.read.get(group)?)));
    let skews = samples.iter().filter_map(|sample| sample.page.get("highwater_snapshot_skew_seconds", &[]));
    let skew = skews.map(Duration::from_secs_f64).max().expect("the skew is known");
    let polls = polls_in(commit_interval + skew + POLL_INTERVAL);
    let noise = (last.delivered - first.delivered) * polls / (last.polls - first.polls);
    assert!(lag <= unread + noise + MARKERS, "{group} mostly lags {lag}, with {unread} unread and noise of {noise}");
}

fn polls_in(time: Duration) -> i64 {
    i64::try_from(time.as_millis().div_ceil(POLL_INTERVAL.as_millis())).expect("a few")
}

fn median(values: impl Iterator<Item = i64>) -> i64 {
    let mut values: Vec<i64> = values.collect();
    values.sort_unstable();
    *values.get(values.len() / 2).expect("some values")
}

/// The last sample from when no more than `polls` polls had ended.
fn earlier(samples: &[Sample], polls: i64) -> Option<&Sample> {
    samples.iter().rev().find(|sample| sample.polls <= polls)
}

/// What was delivered when `polls` polls had ended, or in the end.
fn later(samples: &[Sample], polls: i64, total: i64) -> i64 {
    samples.iter().find(|sample| sample.polls >= polls).map_or(total, |sample| sample.delivered)
}
