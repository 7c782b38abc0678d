//! What Kafka's tools say of brokers, disks and settings. It is NOT about topics and groups.
//! Invariant: each of them works, and says what the world says.

use std::collections::BTreeSet;

use serde_json::Value;

use super::scene::Scene;
use crate::support::kafka::Version;

#[tokio::test(flavor = "multi_thread")]
async fn works_with_every_tool_for_operators() {
    let scene = Scene::at("11m", &["healthy", "retention-loss", "broker-down"]).await;
    let (truth, page) = (scene.truth().await, scene.page().await);
    let tools = scene.tools(Version::Kafka4_3).await;
    let config = ["--describe", "--entity-type", "topics", "--entity-name", "access-logs"];
    let (id, quorum, dirs, config) = tokio::join!(
        tools.run("ClusterTool", &["cluster-id"]),
        tools.run("MetadataQuorumCommand", &["describe", "--status"]),
        tools.run("LogDirsCommand", &["--describe"]),
        tools.run("ConfigCommand", &config),
    );
    let id = id.expect("Kafka knows its id");
    let id = id.trim().strip_prefix("Cluster ID: ").expect("an id");
    assert!(id.len() == 22 && id.ends_with(['A', 'Q', 'g', 'w']), "16 bytes in base64: {id}");
    let quorum = quorum.expect("Kafka describes its quorum");
    let line = |key: &str| quorum.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
    assert_eq!(line("ClusterId:"), Some(id), "{quorum}");
    let up: BTreeSet<i32> =
        truth.brokers.iter().filter(|broker| broker.state == "up").map(|broker| broker.id).collect();
    let leader = line("LeaderId:").and_then(|leader| leader.parse().ok()).expect("somebody leads");
    assert!(up.contains(&leader), "{quorum}");
    assert_eq!(page.get("kafka_brokers", &[]).map(crate::support::page::integer), i64::try_from(up.len()).ok());

    let dirs = dirs.expect("Kafka describes its disks");
    let dirs = dirs.lines().find(|line| line.starts_with('{')).expect("a line of JSON");
    let dirs: Value = serde_json::from_str(dirs).expect("JSON");
    let brokers = dirs["brokers"].as_array().expect("a list");
    assert_eq!(brokers.iter().filter_map(|broker| broker["broker"].as_i64()).count(), up.len(), "{dirs}");
    for broker in brokers {
        let id = broker["broker"].as_i64().expect("a number");
        let partitions = truth.topics.iter().flat_map(|topic| &topic.partitions);
        let own = partitions.filter(|partition| partition.replicas.iter().any(|replica| i64::from(*replica) == id));
        let told = broker["logDirs"][0]["partitions"].as_array().map(Vec::len);
        assert_eq!(told, Some(own.count()), "broker {id}");
    }

    let config = config.expect("Kafka describes its settings");
    assert!(config.contains("retention.ms=480000 sensitive=false"), "eight minutes: {config}");
}
