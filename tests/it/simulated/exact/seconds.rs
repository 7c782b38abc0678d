//! Lag in seconds beside the true age of the oldest unread record. It is NOT about how narrow brackets are, which those
//! of analysis show.
//! Invariant: a true age further from the one shown than the bracket is wide is a difference, and so is an age without a lag.

use std::collections::{BTreeSet, HashMap, HashSet};

use highwater::simulator::Truth;

use crate::support::page::{Labels, Page};

type Place<'a> = (&'a str, &'a str, u32);

/// Ages are shown in 64ths of a second, and bounds are rounded apart.
const ROUNDED: f64 = 0.1;

/// All that is wrong with ages on a page, but for those in logs that are excused.
pub(super) fn differences(page: &Page, truth: &Truth, excused: &BTreeSet<(String, u32)>) -> Vec<String> {
    let (ages, lags) = (by_place(page, "lag_seconds"), by_place(page, "lag"));
    let uncertainties = by_place(page, "lag_uncertainty_seconds");
    let true_ages = true_ages(truth);
    let starts = page.all("kafka_topic_partition_oldest_offset", &[]).into_iter();
    let starts: HashSet<_> = starts.map(|(labels, _)| (text(labels, "topic"), number(labels))).collect();
    let mut wrong = Vec::new();
    for (place, age) in &ages {
        if !lags.contains_key(place) {
            wrong.push(format!("age of {place:?}: {age} is shown without a lag"));
        }
        let Some(uncertainty) = uncertainties.get(place) else {
            wrong.push(format!("age of {place:?}: {age} is shown and not how well it is known"));
            continue;
        };
        let Some(true_age) = true_ages.get(place) else { continue };
        if excused.contains(&(place.1.to_owned(), place.2)) {
            continue;
        }
        // The estimate may be at either end of its bracket, and below a lower bound there is nothing.
        let most = if uncertainty.is_finite() { age + 2.0 * uncertainty } else { f64::INFINITY };
        let least = if uncertainty.is_finite() { age - 2.0 * uncertainty } else { *age };
        // Where the start is not known, the first unread record may be one that is deleted.
        let may_be_deleted = !starts.contains(&(place.1, place.2));
        if (*true_age < least - ROUNDED && !may_be_deleted) || *true_age > most + ROUNDED {
            wrong.push(format!("age of {place:?}: {age} give or take {uncertainty} is shown, {true_age} is true"));
        }
    }
    wrong.extend(
        uncertainties
            .keys()
            .filter(|place| !ages.contains_key(*place))
            .map(|place| format!("age of {place:?}: how well it is known is shown, and it is not")),
    );
    // Who is caught up is known to be, from the first poll on.
    let caught_up = lags.iter().filter(|(_, lag)| **lag == 0.0);
    wrong.extend(
        caught_up
            .filter(|(place, _)| ages.get(*place) != Some(&0.0))
            .map(|(place, _)| format!("age of {place:?}: {:?} is shown, and nothing is unread", ages.get(place))),
    );
    wrong.extend(of_topics(page, &ages));
    wrong
}

/// The greatest of what is shown of their partitions.
fn of_topics(page: &Page, ages: &HashMap<Place<'_>, f64>) -> Option<String> {
    let mut greatest = HashMap::new();
    for ((group, topic, _), age) in ages {
        let known = greatest.entry((*group, *topic)).or_insert(*age);
        *known = age.max(*known);
    }
    let shown = page.all("kafka_consumergroup_topic_lag_seconds", &[]).into_iter();
    let shown: HashMap<_, f64> =
        shown.map(|(labels, age)| ((text(labels, "consumergroup"), text(labels, "topic")), age)).collect();
    (shown != greatest).then(|| format!("ages of topics: {shown:?} are shown, {greatest:?} are true"))
}

fn true_ages(truth: &Truth) -> HashMap<Place<'_>, f64> {
    let each = truth.groups.iter().flat_map(|group| group.partitions.iter().map(move |reading| (group, reading)));
    let known = each.filter_map(|(group, reading)| {
        let place = (group.name.as_str(), reading.topic.as_str(), reading.partition);
        Some((place, reading.lag_seconds?))
    });
    known.collect()
}

fn by_place<'a>(page: &'a Page, what: &str) -> HashMap<Place<'a>, f64> {
    let all = page.all(&format!("kafka_consumergroup_{what}"), &[]).into_iter();
    let place = |labels| (text(labels, "consumergroup"), text(labels, "topic"), number(labels));
    all.map(|(labels, value)| (place(labels), value)).collect()
}

fn number(labels: &Labels) -> u32 {
    text(labels, "partition").parse().expect("a partition's number")
}

fn text<'a>(labels: &'a Labels, name: &str) -> &'a str {
    labels.get(name).map(String::as_str).unwrap_or_default()
}
