//! Any offsets at all: numbers stay numbers, memory stays small.

use allocation_counter::measure;
use proptest::prelude::*;

use super::world::snapshot;
use super::*;

fn any_end() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![
        Just(None),
        (0..2000_i64).prop_map(Some),
        any::<i64>().prop_map(Some),
        Just(Some(i64::MAX)),
        Just(Some(0))
    ]
}

fn any_polls() -> impl Strategy<Value = Vec<(u64, Vec<Option<i64>>)>> {
    let ends = proptest::collection::vec(any_end(), 0..8);
    proptest::collection::vec((prop_oneof![Just(0_u64), Just(30), Just(31), 0..5000_u64], ends), 1..60)
}

fn check(skew: &Skew, partition_count: usize) -> Result<(), TestCaseError> {
    prop_assert!(skew.ratio.is_finite() && skew.ratio >= 1.0, "{skew:?}");
    prop_assert!(skew.effective_partitions >= 1.0, "{skew:?}");
    prop_assert!(skew.effective_partitions <= partition_count.max(1) as f64, "{skew:?}");
    for hot in &skew.hot {
        prop_assert!(hot.ratio.is_finite() && hot.ratio >= 1.0 && (0.0..=1.0).contains(&hot.share), "{skew:?}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_offsets_give_numbers(polls in any_polls(), enough in 1..3_u8) {
        let thresholds = HotThresholds { rate_min: 0.0, z: 2.0, score: enough, ..HotThresholds::default() };
        let mut heat = Hot::default();
        let mut second = 0;
        for (passed, ends) in polls {
            second += passed;
            let partition_count = ends.len();
            heat.observe(&snapshot(second, 3, vec![("t", 1, ends)]), &thresholds);
            let mut reports = [TopicReport::default()];
            heat.tell(&mut reports);
            if let Some(skew) = &reports[0].skew {
                check(skew, partition_count)?;
            }
            prop_assert!(heat.broker_skew().is_none_or(|skew| skew.is_finite() && skew >= 1.0));
        }
    }

    #[test]
    fn any_rates_give_numbers(rates in proptest::collection::vec(0..1_000_000_i64, 2..20), polls in 30..80_u64) {
        let thresholds = HotThresholds { score: 1, ..HotThresholds::default() };
        let mut heat = Hot::default();
        let mut reports = [TopicReport::default()];
        for poll in 0..polls {
            let ends = rates.iter().map(|rate| Some(rate * i64::try_from(poll).unwrap_or(0))).collect();
            heat.observe(&snapshot(poll * 30, 1, vec![("t", 1, ends)]), &thresholds);
            heat.tell(&mut reports);
        }
        if let Some(skew) = &reports[0].skew {
            check(skew, rates.len())?;
            // Steady rates leave nothing to chance: who is hot has three times as much as the middle of the others.
            for hot in &skew.hot {
                let place = usize::try_from(hot.partition.0).unwrap_or(0);
                let rate = rates[place];
                let below = rates.iter().filter(|other| **other * 3 <= rate).count();
                prop_assert!(rates.len() < 5 || below * 2 >= rates.len() - 2, "{skew:?}");
            }
        }
    }
}

#[test]
fn a_hundred_thousand_partitions_take_twenty_megabytes() {
    const TOPICS: usize = 100;
    const PARTITIONS: usize = 100;
    let names: Vec<String> = (0..TOPICS).map(|number| format!("topic-{number}")).collect();
    let snapshots: Vec<_> = (0..30_u64)
        .map(|poll| {
            let ends = vec![Some(i64::try_from(poll).expect("it is small") * 1000); PARTITIONS];
            let topics = names.iter().map(|name| (name.as_str(), 1, ends.clone())).collect();
            snapshot(poll * POLL, 3, topics)
        })
        .collect();
    let mut heat = Hot::default();
    let grown = measure(|| snapshots.iter().for_each(|snapshot| heat.observe(snapshot, &HotThresholds::default())));
    let each = grown.bytes_current as f64 / (TOPICS * PARTITIONS) as f64;
    assert!(each <= 200.0, "{each} bytes for each partition");
}

#[test]
fn a_poll_of_topics_in_which_no_partition_stands_out_allocates_nothing() {
    const TOPICS: usize = 50;
    let names: Vec<String> = (0..TOPICS).map(|number| format!("topic-{number}")).collect();
    let at = |poll: u64| {
        let end = |partition: u64| i64::try_from(poll * (1000 + 10 * partition)).ok();
        let ends: Vec<_> = (0..12).map(end).collect();
        snapshot(poll * POLL, 3, names.iter().map(|name| (name.as_str(), 1, ends.clone())).collect())
    };
    let thresholds = HotThresholds::default();
    let mut heat = Hot::default();
    (0..200).for_each(|poll| heat.observe(&at(poll), &thresholds));
    let snapshots: Vec<_> = (200..240).map(at).collect();
    let mut reports = vec![TopicReport::default(); TOPICS];
    let quiet = measure(|| {
        for snapshot in &snapshots {
            heat.observe(snapshot, &thresholds);
            heat.tell(&mut reports);
        }
    });
    assert!(reports.iter().all(|report| report.skew.as_ref().is_some_and(|skew| skew.hot.is_empty())), "{reports:?}");
    // What brokers took is kept apart for each piece of the long window, of which there are four in ten minutes.
    assert!(quiet.count_total <= 8, "{quiet:?}");
}
