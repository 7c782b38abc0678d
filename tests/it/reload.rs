//! A configuration that changes while the exporter runs. It is NOT about what a file may say: see `config`.
//! Invariant: a bad file changes nothing but the gauge that shows it.

use std::collections::BTreeSet;

use reqwest::Method;

use crate::support::config_file::{ConfigFile, NOBODY, clusters};
use crate::support::exporter::Exporter;
use crate::support::page::Page;
use crate::support::wait::eventually;

fn watched(page: &Page) -> BTreeSet<String> {
    let up = page.all("highwater_up", &[]).into_iter();
    up.filter_map(|(labels, _)| labels.get("cluster_name").cloned()).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

fn file_of(names: &[&str]) -> String {
    clusters(&names.iter().map(|name| (*name, NOBODY)).collect::<Vec<_>>())
}

const BAD: &str = "poll: {intervall: 5s, timeout: soon}\nclusters:\n  - name: one\n";

#[tokio::test(flavor = "multi_thread")]
async fn by_http() {
    let file = ConfigFile::new(&file_of(&["one"]));
    let exporter = Exporter::start(&["--config", file.path()]).await;
    assert_eq!(watched(&exporter.scrape().await), set(&["one"]));

    file.write(&file_of(&["one", "two"]));
    let (status, told) = exporter.ask(Method::POST, "/-/reload").await;
    assert_eq!((status, told.as_str()), (200, "configuration reloaded"));
    let page = exporter.scrape().await;
    assert_eq!(watched(&page), set(&["one", "two"]));
    assert_eq!(page.get("highwater_config_reload_success", &[]), Some(1.0));

    file.write(BAD);
    let (status, told) = exporter.ask(Method::POST, "/-/reload").await;
    assert_eq!(status, 500, "{told}");
    for mistake in ["poll.intervall", "did you mean `interval`?", "poll.timeout", "bootstrap.servers"] {
        assert!(told.contains(mistake), "{mistake} is missing: {told}");
    }
    let page = exporter.scrape().await;
    assert_eq!(watched(&page), set(&["one", "two"]), "the old configuration goes on");
    assert_eq!(page.get("highwater_config_reload_success", &[]), Some(0.0));
    assert!(exporter.log().contains("the configuration stays as it was"), "{}", exporter.log());

    file.write(&file_of(&["two", "three"]));
    assert_eq!(exporter.ask(Method::POST, "/-/reload").await.0, 200);
    let page = exporter.scrape().await;
    assert_eq!(watched(&page), set(&["two", "three"]), "what is not named any more is gone");
    assert_eq!(page.telling_of("cluster_name", "one"), BTreeSet::new());
    assert_eq!(page.get("highwater_config_reload_success", &[]), Some(1.0));
    assert_eq!(exporter.ask(Method::GET, "/-/reload").await.0, 405, "looking changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn by_signal() {
    let file = ConfigFile::new(&file_of(&["one"]));
    let exporter = Exporter::start(&["--config", file.path()]).await;
    file.write(&file_of(&["one", "two"]));
    exporter.signal("HUP");
    exporter.until("the second cluster", |page| watched(page) == set(&["one", "two"])).await;
    file.write(BAD);
    exporter.signal("HUP");
    let success = |page: &Page| page.get("highwater_config_reload_success", &[]);
    let page = exporter.until("the mistake to be seen", |page| success(page) == Some(0.0)).await;
    assert_eq!(watched(&page), set(&["one", "two"]));
    file.write(&file_of(&["one"]));
    exporter.signal("HUP");
    exporter
        .until("the first cluster alone", |page| watched(page) == set(&["one"]) && success(page) == Some(1.0))
        .await;
}

/// A poller whose settings did not change goes on undisturbed: its counters do not begin anew.
#[tokio::test(flavor = "multi_thread")]
async fn it_disturbs_no_other_cluster() {
    let file = ConfigFile::new(&file_of(&["one"]));
    let exporter = Exporter::start(&["--config", file.path(), "--poll.interval", "50ms"]).await;
    let polls = |page: &Page| page.get("highwater_polls_total", &[("cluster_name", "one")]).unwrap_or(0.0);
    let before = exporter.until("some polls", |page| polls(page) >= 20.0).await;
    file.write(&file_of(&["two", "one"]));
    assert_eq!(exporter.ask(Method::POST, "/-/reload").await.0, 200);
    let after = exporter.scrape().await;
    assert_eq!(watched(&after), set(&["one", "two"]));
    assert!(polls(&after) >= polls(&before), "it began anew: {} polls", polls(&after));
}

/// The address cannot change without a restart; that is said, and all else holds.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_address_waits_for_a_restart() {
    let file = ConfigFile::new(&format!("listen: 127.0.0.1:0\n{}", file_of(&["one"])));
    // The flag would speak louder than the file.
    let exporter = Exporter::start_as_written(&["--config", file.path()]).await;
    file.write(&format!("listen: {NOBODY}\n{}", file_of(&["one", "two"])));
    let (status, told) = exporter.ask(Method::POST, "/-/reload").await;
    assert_eq!((status, told.contains("`listen` stays")), (200, true), "{told}");
    assert_eq!(watched(&exporter.scrape().await), set(&["one", "two"]));
}

/// Without a file there is nothing to read again, which is no bad configuration.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_file_it_is_an_error() {
    let exporter = Exporter::start(&["--bootstrap", NOBODY]).await;
    let (status, told) = exporter.ask(Method::POST, "/-/reload").await;
    assert_eq!((status, told.contains("started with --bootstrap")), (500, true), "{told}");
    exporter.signal("HUP");
    eventually("the signal to be heeded", || async {
        let told = exporter.log().matches("started with --bootstrap").count();
        if told == 2 { Ok(()) } else { Err(exporter.log()) }
    })
    .await;
    assert_eq!(exporter.scrape().await.get("highwater_config_reload_success", &[]), Some(1.0));
}
