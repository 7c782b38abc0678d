//! Configurations of topics. It is NOT about what follows from them.
//! Invariant: what is shown is what the world's topics are configured with, five minutes ago at most.

use std::sync::Arc;
use std::time::Duration;

use highwater::model::{ClusterSnapshot, TopicConfig, Wishes};
use highwater::simulator::spec::Action;

use super::{Site, site, topic};

const HOUR: Duration = Duration::from_hours(1);

fn config(snapshot: &ClusterSnapshot, name: &str) -> Option<Arc<TopicConfig>> {
    topic(snapshot, name).config.clone()
}

async fn poll(site: &mut Site) -> ClusterSnapshot {
    let snapshot = site.ask(&Wishes::default()).await;
    assert_eq!(snapshot.problems, []);
    snapshot
}

fn asked(site: &Site) -> u64 {
    site.take_requests().get("DescribeConfigs").copied().unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn configurations_are_asked_for_every_five_minutes_and_known_in_between() {
    let mut site = site().await;
    let first = poll(&mut site).await;
    assert_eq!(asked(&site), 1);
    let expected = TopicConfig {
        retention: Some(Duration::from_mins(20)),
        retention_bytes: None,
        segment: Some(Duration::from_hours(7 * 24)),
        is_deleted: true,
        is_compacted: false,
        has_append_times: false,
        local_for: None,
    };
    assert_eq!(config(&first, "orders").as_deref(), Some(&expected));
    let payments = config(&first, "payments").expect("it is told");
    assert_eq!(payments.retention, Some(Duration::from_hours(7 * 24)));
    assert!(Arc::ptr_eq(&payments, &config(&first, "quiet").expect("it is told")), "they are configured alike");

    site.act(&Action::Retain { topic: "orders".to_owned(), retention: HOUR });
    for _ in 0..19 {
        site.pass(Duration::from_secs(15));
        let snapshot = poll(&mut site).await;
        assert_eq!(config(&snapshot, "orders").as_deref(), Some(&expected));
        assert!(Arc::ptr_eq(&payments, &config(&snapshot, "payments").expect("it is known")));
    }
    assert_eq!(asked(&site), 0);
    site.pass(Duration::from_secs(15));
    let snapshot = poll(&mut site).await;
    assert_eq!(asked(&site), 1);
    assert_eq!(config(&snapshot, "orders").expect("it is told").retention, Some(HOUR));
    assert!(Arc::ptr_eq(&payments, &config(&snapshot, "payments").expect("it is told")), "nothing changed");
}

#[tokio::test(start_paused = true)]
async fn a_configuration_goes_with_its_topic() {
    let mut site = site().await;
    poll(&mut site).await;
    site.act(&Action::Recreate { topic: "orders".to_owned() });
    site.act(&Action::Hide { topic: "payments".to_owned() });
    let snapshot = site.ask(&Wishes::default()).await;
    assert_eq!(config(&snapshot, "orders"), None, "another topic of that name may be configured in another way");
    site.act(&Action::Reveal { topic: "payments".to_owned() });
    let snapshot = poll(&mut site).await;
    assert_eq!(config(&snapshot, "payments"), None);
    assert!(config(&snapshot, "quiet").is_some());
    site.pass(Duration::from_mins(5));
    let snapshot = poll(&mut site).await;
    assert!(config(&snapshot, "orders").is_some() && config(&snapshot, "payments").is_some());
}
