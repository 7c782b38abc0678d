//! Coordinators and leaders move from broker to broker while polls come thick and fast. It is NOT a fault: nothing
//! dies, and every question has an answer somewhere at all times.
//! Invariant: no move makes a number wrong or a group vanish.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::equality::assert_equal;
use super::standing::{Standing, TOPIC_NAMES, WIDE, spec, watched};
use crate::support::exporter::Exporter;
use crate::support::kafka::Cluster;
use crate::support::page::Page;

/// Each moves all leaders of a topic, all coordinators, and one coordinator on its own: about a minute in all.
const ROUNDS: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn coordinators_and_leaders_on_the_move() {
    let cluster = Cluster::start(spec()).await;
    let standing = Standing::arrange(&cluster).await;
    let mut exporter = Exporter::watching(&cluster, "50ms").await;
    exporter.until("all to be known", |page| standing.is_complete(page)).await;
    let pid = exporter.pid();

    let seen = RefCell::new(Seen::default());
    let check = |page: &Page| {
        standing.check(page);
        assert_eq!(page.get("highwater_up", &[]), Some(1.0), "three brokers answer");
        seen.borrow_mut().note(page);
    };
    watched(&exporter, check, moves(&cluster, &standing)).await;

    let seen = seen.into_inner();
    let everywhere = cluster.ids().count() * standing.groups.len();
    assert_eq!(seen.coordinators.len(), everywhere, "every broker coordinated every group: {:?}", seen.coordinators);
    assert_eq!(seen.leaders.len(), cluster.ids().count(), "every broker led the topic: {:?}", seen.leaders);
    let page = exporter.until("all to be known again", |page| standing.is_complete(page)).await;
    assert_equal(&cluster, &page, &TOPIC_NAMES).await;
    assert_eq!(exporter.pid(), pid);
    exporter.assert_unharmed();
}

async fn moves(cluster: &Cluster, standing: &Standing) {
    let brokers: Vec<i32> = cluster.ids().collect();
    let groups = standing.groups.keys().cycle();
    // One step further in each round, so that each broker gets all in turn.
    let turns = brokers.iter().cycle().zip(brokers.iter().cycle().skip(1)).zip(brokers.iter().cycle().skip(2));
    for (((first, second), third), group) in turns.zip(groups).take(ROUNDS) {
        cluster.move_leaders("__consumer_offsets", *first).await;
        cluster.move_leaders(WIDE, *second).await;
        cluster.move_coordinator(group, *third).await;
    }
}

/// Who led and coordinated, according to the exporter.
#[derive(Default)]
struct Seen {
    coordinators: BTreeSet<(String, String)>,
    leaders: BTreeSet<i64>,
}

impl Seen {
    fn note(&mut self, page: &Page) {
        for (labels, _) in page.all("kafka_consumergroup_info", &[]) {
            let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
            self.coordinators.insert((label("consumergroup"), label("coordinator")));
        }
        let leaders = page.by_partition("kafka_topic_partition_leader");
        self.leaders.extend(leaders.iter().filter(|((_, topic, _), _)| topic == WIDE).map(|(_, leader)| *leader));
    }
}
