//! What analysis asks about times, and what that costs brokers. It is NOT about the answers: see the tests of analysis.
//! Invariant: every wish is one that analysis made of what polls before had found.

use std::time::Duration;

use highwater::analysis::{self, History};
use highwater::model::{Quality, Thresholds};
use highwater::simulator::spec::{GroupSpec, GroupType};

use super::*;

/// Polls 15 seconds after the poll before, and gives the report.
async fn poll(site: &mut Site, history: &mut History, thresholds: &Thresholds) -> std::sync::Arc<ClusterReport> {
    site.pass(Duration::from_secs(15));
    let wishes = history.wishes().clone();
    let snapshot = site.ask(&wishes).await;
    assert_eq!(snapshot.problems, []);
    analysis::analyze(snapshot, history, thresholds)
}

/// One group that stands half an hour behind on each of these topics.
async fn behind(topics: Vec<TopicSpec>) -> Site {
    let names: Vec<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
    let group = GroupSpec::new("late", GroupType::Empty, &names);
    let groups = vec![GroupSpec { behind: 1_800, ..group }];
    let story = Scenario { name: "behind".to_owned(), topics, groups, ..Scenario::default() };
    Site::new(0.0, &world(), story, &PollSettings::default()).await
}

/// One record per second in each partition.
fn steady(name: &str, partitions: u32) -> TopicSpec {
    TopicSpec { wobble: 0.0, ..TopicSpec::new(name, partitions) }.rate(f64::from(partitions))
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_about_what_may_be_in_remote_storage_unless_that_is_allowed() {
    const LOCAL: Duration = Duration::from_mins(10);
    for is_allowed in [false, true] {
        let tiered = TopicSpec { local_retention: Some(LOCAL), ..steady("tiered", 2) };
        let mut site = behind(vec![tiered, steady("plain", 2)]).await;
        let mut thresholds = Thresholds::default();
        thresholds.time_lag.asks_remote_storage = is_allowed;
        let mut history = History::default();
        let mut asked = [Duration::ZERO; 2];
        let mut report = poll(&mut site, &mut history, &thresholds).await;
        for _ in 0..12 {
            let now = report.snapshot.finished_at.since_unix();
            for wish in &history.wishes().times {
                let oldest = &mut asked[usize::from(wish.topic.as_str() == "tiered")];
                *oldest = (*oldest).max(now.saturating_sub(wish.at.since_unix()));
            }
            report = poll(&mut site, &mut history, &thresholds).await;
        }
        let [plain, tiered] = asked;
        assert!(plain > LOCAL && tiered > Duration::ZERO, "{plain:?} {tiered:?}");
        assert_eq!(tiered > LOCAL, is_allowed, "{tiered:?}");
        let quality = |name: &str| {
            let topic = report.groups[0].topics.iter().find(|topic| topic.topic.as_str() == name);
            topic.and_then(|topic| topic.time_lag).expect("it is known").quality
        };
        let expected = if is_allowed { Quality::Bracketed } else { Quality::LowerBound };
        assert_eq!((quality("plain"), quality("tiered")), (Quality::Bracketed, expected));
    }
}

#[tokio::test(start_paused = true)]
async fn times_of_ten_thousand_partitions_are_one_request_to_each_leader() {
    const PARTITIONS: usize = 10_000;
    for budget in [PARTITIONS, Thresholds::default().time_lag.probes_per_poll] {
        let topics = (0..20).map(|number| steady(&format!("topic-{number}"), 500));
        let mut site = behind(topics.collect()).await;
        let mut thresholds = Thresholds::default();
        thresholds.time_lag.probes_per_poll = budget;
        let mut history = History::default();
        for _ in 0..2 {
            poll(&mut site, &mut history, &thresholds).await;
        }
        for _ in 0..3 {
            let wished = history.wishes().times.len();
            assert_eq!(wished, budget, "all are behind, and too little is known of any");
            assert_eq!(history.wishes().last_stable, LastStable::None, "nothing else is asked by timestamp");
            site.simulator.reset_requests();
            let report = poll(&mut site, &mut history, &thresholds).await;
            assert_eq!(report.snapshot.granted.times.len(), wished);
            let requests = site.simulator.requests();
            for broker in 1..=3 {
                // Ends, starts and times.
                let asked = requests.get(&(broker, "ListOffsets".to_owned())).copied();
                assert_eq!(asked, Some(3), "broker {broker}: {requests:?}");
            }
        }
    }
}
