//! Addresses where something else listens than a plaintext Kafka: the most frequent mistake of all. It is NOT about
//! Kafka that is in trouble.
//! Invariant: whoever reads the log or the terminal learns what listens there, and nothing else suffers.

use std::collections::BTreeMap;

use tokio::task::JoinSet;

use crate::support::command::highwater;
use crate::support::config_file::{ConfigFile, clusters};
use crate::support::exporter::Exporter;
use crate::support::kafka::{Cluster, Spec, Version};
use crate::support::page::{Page, integer};
use crate::support::peer::{Manner, Peer};
use crate::support::wait::eventually;

/// What has to be said.
fn sentence(manner: Manner) -> &'static str {
    match manner {
        Manner::Http | Manner::PatientHttp => "the port answers in HTTP, not in Kafka's protocol",
        Manner::Banner => "the port answers in text (`SSH-…`), not in Kafka's protocol",
        Manner::TlsAlert | Manner::TlsSilent => "the port answers in TLS: this listener wants security.protocol SSL",
        Manner::Silent => "the port accepts connections and says nothing",
        // Before that stands how the connection ended, which is a matter of chance.
        Manner::Closing => "listeners that want SASL or that refuse this client's address do so",
    }
}

/// What is logged about the polls of a cluster.
fn told(exporter: &Exporter, cluster: &str) -> Vec<String> {
    let log = exporter.log();
    // Whether more than polls can be had of it is told elsewhere.
    let of_polls = log.lines().filter(|line| line.contains("target=highwater::poller"));
    let of_cluster = of_polls.filter(|line| line.contains(&format!("cluster={cluster} ")));
    of_cluster.map(str::to_owned).collect()
}

fn count(page: &Page, family: &str, cluster: &str) -> i64 {
    page.get(family, &[("cluster_name", cluster)]).map_or(0, integer)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_what_listens_there() {
    let cluster = Cluster::start(Spec::new(Version::Kafka4_3, 1)).await;
    cluster.create_topic("fine", 1, 1).await;
    let mut peers = BTreeMap::new();
    for manner in Manner::ALL {
        peers.insert(format!("{manner:?}"), (manner, Peer::listen(manner).await));
    }
    let addresses: Vec<(&str, String)> =
        peers.iter().map(|(name, (_, peer))| (name.as_str(), peer.address())).collect();
    let mut named: Vec<(&str, &str)> = addresses.iter().map(|(name, address)| (*name, address.as_str())).collect();
    let good = cluster.bootstrap();
    named.push(("good", &good));
    let poll = "poll: {interval: 200ms, timeout: 10s, request_timeout: 2s}\n";
    let file = ConfigFile::new(&format!("{poll}{}", clusters(&named)));
    let exporter = Exporter::start(&["--config", file.path()]).await;

    for (name, (manner, _)) in &peers {
        let line = eventually("a sentence in the log", || async {
            told(&exporter, name)
                .into_iter()
                .find(|line| line.contains("learned nothing"))
                .ok_or_else(|| exporter.log())
        })
        .await;
        // The log escapes quotes.
        assert!(line.replace('\\', "").contains(sentence(*manner)), "{manner:?}: {line}");
    }
    // Every cluster is polled on, the good one as if it were alone, and what lasts is told once.
    let before = exporter.scrape().await;
    let (polls, failures) = ("highwater_polls_total", "highwater_poll_failures_total");
    let has_gone_on = |page: &Page, name: &str| count(page, polls, name) >= count(&before, polls, name) + 3;
    let after =
        exporter.until("three more polls of each", |page| named.iter().all(|(name, _)| has_gone_on(page, name))).await;
    for (name, _) in &named {
        let is_good = *name == "good";
        assert_eq!(count(&after, "highwater_up", name), i64::from(is_good), "{name}");
        let failed = if is_good { 0 } else { count(&after, polls, name) };
        assert_eq!(count(&after, failures, name), failed, "{name}");
        assert_eq!(told(&exporter, name).len(), 1, "{name}: {}", exporter.log());
    }
    assert_eq!(after.get("kafka_topic_partitions", &[("topic", "fine")]), Some(1.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_says_what_listens_there() {
    let mut asking = JoinSet::new();
    for manner in Manner::ALL {
        asking.spawn(async move {
            let peer = Peer::listen(manner).await;
            (manner, peer.address(), highwater(&["lag", "--bootstrap", &peer.address()]).await)
        });
    }
    for (manner, address, ended) in asking.join_all().await {
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{manner:?}: {ended}");
        assert!(ended.stderr.contains(sentence(manner)), "{manner:?}: {ended}");
        assert!(ended.stderr.contains(&address), "{manner:?}: {ended}");
    }
}

/// Of several addresses one is enough, whatever the others are and however long they take.
#[tokio::test(flavor = "multi_thread")]
async fn one_right_address_is_enough() {
    let cluster = Cluster::start(Spec::new(Version::Kafka4_3, 1)).await;
    cluster.create_topic("fine", 1, 1).await;
    cluster.commit("reader", "fine", 0, 0).await.expect("the commit is taken");
    let mut addresses = Vec::new();
    let mut peers = Vec::new();
    for manner in [Manner::Silent, Manner::PatientHttp, Manner::Silent, Manner::Closing] {
        let peer = Peer::listen(manner).await;
        addresses.push(peer.address());
        peers.push(peer);
    }
    addresses.push(cluster.bootstrap());
    let ended = highwater(&["lag", "--bootstrap", &addresses.join(",")]).await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended}");
    assert!(ended.stdout.contains("reader"), "{ended}");
}
