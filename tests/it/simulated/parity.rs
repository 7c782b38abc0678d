//! The same small cluster in real Kafka and in the simulator, both asked the same: the answers agree in all that
//! anybody reads. It is NOT about ids, ports and times, which no two clusters have in common.
//! Invariant: every question is asked in the lowest, a middle and the highest version both sides know.

mod configs;
mod groups;
mod metadata;
mod offsets;
mod records;
mod scene;
mod side;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use kafka_protocol::messages::{ApiKey, ApiVersionsRequest};

use scene::Scene;
use side::{Side, text};

/// What was learned: what was asked, and what of the answer is the same in every such cluster.
#[derive(Default)]
struct Facts(BTreeMap<String, String>);

impl Facts {
    fn note(&mut self, question: String, answer: &impl std::fmt::Debug) {
        match self.0.entry(question) {
            Entry::Vacant(place) => place.insert(format!("{answer:?}")),
            Entry::Occupied(place) => panic!("{} is asked twice", place.key()),
        };
    }
}

/// Differences, each with what was asked.
fn differences(real: &Facts, simulated: &Facts) -> Vec<String> {
    let questions = real.0.keys().chain(simulated.0.keys()).collect::<BTreeSet<_>>();
    let differ = questions.into_iter().filter(|question| real.0.get(*question) != simulated.0.get(*question));
    differ
        .map(|question| {
            let (real, simulated) = (real.0.get(question), simulated.0.get(question));
            format!("{question}\n  real      {real:?}\n  simulated {simulated:?}")
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulator_answers_as_kafka_does() {
    let mut scene = Scene::set().await;
    let (mut real, mut simulated) = (Facts::default(), Facts::default());
    for (side, facts) in [(scene.real(), &mut real), (scene.simulated(), &mut simulated)] {
        versions(&side, facts).await;
        metadata::ask(&side, facts).await;
        groups::ask(&side, facts).await;
        configs::ask(&side, facts).await;
    }
    // Only now: with it another topic of Kafka's own comes to be.
    scene.open_transaction().await;
    for (side, facts) in [(scene.real(), &mut real), (scene.simulated(), &mut simulated)] {
        offsets::ask(&side, facts).await;
        records::ask(&side, facts).await;
    }
    scene.lose_a_broker().await;
    for (side, facts) in [(scene.real(), &mut real), (scene.simulated(), &mut simulated)] {
        metadata::ask_without_broker(&side, facts).await;
    }
    assert!(real.0.len() > 300, "{} questions are too few to show anything", real.0.len());
    let differences = differences(&real, &simulated);
    assert!(differences.is_empty(), "{} of {} differ:\n{}", differences.len(), real.0.len(), differences.join("\n"));
}

/// What is advertised lies within what Kafka serves; other than that, Kafka serves more.
async fn versions(side: &Side<'_>, facts: &mut Facts) {
    let named = ApiVersionsRequest::default()
        .with_client_software_name(text("highwater-test"))
        .with_client_software_version(text("1.0"));
    let simulated = side.advertised_by_simulator().await;
    for version in [0, 3, 4] {
        let request = if version < 3 { ApiVersionsRequest::default() } else { named.clone() };
        let answer = side.ask(1, version, &request).await;
        let serves = |key: i16, low: i16, high: i16| {
            let served = answer.api_keys.iter().find(|api| api.api_key == key);
            served.is_some_and(|served| served.min_version <= low && high <= served.max_version)
        };
        for (key, low, high) in &simulated {
            facts.note(format!("ApiVersions {version}: API {key} in {low} to {high}"), &serves(*key, *low, *high));
        }
        facts.note(format!("ApiVersions {version}: error"), &answer.error_code);
    }
    let unnamed = side.ask(1, 3, &ApiVersionsRequest::default()).await;
    facts.note("ApiVersions 3 without a name".to_owned(), &(unnamed.error_code, unnamed.api_keys.len()));
    let unknown = side.ask_versions_in(99).await;
    let keys: Vec<i16> = unknown.api_keys.iter().map(|api| api.api_key).collect();
    facts.note("ApiVersions 99".to_owned(), &(unknown.error_code, keys));
    assert_eq!(unknown.api_keys[0].api_key, ApiKey::ApiVersions as i16);
}
