//! What a running exporter answers besides metrics, as any client reads it. It is NOT read through the product's own
//! types, which would follow a renamed key in silence.
//! Invariant: a list is read to its end.

use reqwest::Method;
use serde_json::Value;

use super::exporter::Exporter;
use super::wait::eventually;

impl Exporter {
    /// The JSON at a path.
    ///
    /// # Panics
    /// When the answer is an error, or no JSON.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path).await;
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path} answers {body}: {error}"))
    }

    /// All groups of the cluster `default`.
    pub(crate) async fn groups(&self) -> Vec<Value> {
        let list = self.json("/api/v1/clusters/default/groups?limit=1000").await;
        assert_eq!(list["next"], Value::Null, "more groups than one piece holds");
        list["items"].as_array().expect("a list").clone()
    }

    /// A group's partition; `null` where the exporter does not tell of it.
    pub(crate) async fn partition(&self, group: &str, topic: &str, partition: i32) -> Value {
        let named = |list: Option<&Value>, key: &str, wanted: &Value| {
            list.and_then(Value::as_array).and_then(|list| list.iter().find(|item| item[key] == *wanted)).cloned()
        };
        let groups = Value::Array(self.groups().await);
        let group = named(Some(&groups), "group", &group.into());
        let topic = named(group.as_ref().map(|group| &group["topics"]), "topic", &topic.into());
        let partition = named(topic.as_ref().map(|topic| &topic["partitions"]), "partition", &partition.into());
        partition.unwrap_or_default()
    }

    /// Waits until a group's partition is in this condition, and gives it.
    pub(crate) async fn until_condition(&self, group: &str, topic: &str, partition: i32, condition: &str) -> Value {
        eventually(&format!("{group} on {topic} to be {condition}"), || async {
            let found = self.partition(group, topic, partition).await;
            if found["condition"] == condition { Ok(found) } else { Err(found.to_string()) }
        })
        .await
    }
}
