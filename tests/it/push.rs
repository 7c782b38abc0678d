//! `highwater dashboards`, against a Grafana of our own that holds callers to the documented contract, and against
//! servers that behave as none should.
//!
//! It is NOT a real Grafana, which the machines of the tests do not have.
//! Invariant: the token is in the header that it belongs in, and in nothing that is printed.

mod grafana;
mod misbehaving;

use std::fs;

use crate::support::command::{Ended, highwater};
use crate::support::not_run::not_run;
use crate::support::panels::dashboards;

use grafana::{Contract, TOKEN};

/// The file that a token is given in.
struct TokenFile(tempfile::NamedTempFile);

impl TokenFile {
    fn with(token: &str) -> Self {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        fs::write(file.path(), token).expect("the file can be written");
        Self(file)
    }

    fn path(&self) -> String {
        self.0.path().display().to_string()
    }
}

/// Pushes to the address with the token, and more words.
async fn push(url: &str, more: &[&str]) -> Ended {
    let file = TokenFile::with(&format!("{TOKEN}\n"));
    let path = file.path();
    let words = [&["dashboards", "push", "--grafana", url, "--token-file", path.as_str()], more].concat();
    let ended = highwater(&words).await;
    assert!(!ended.stdout.contains(TOKEN) && !ended.stderr.contains(TOKEN), "the token is printed: {ended}");
    ended
}

#[tokio::test(flavor = "multi_thread")]
async fn every_dashboard_arrives_as_it_is_shipped() {
    let grafana = Contract::start("").await;
    for round in 1..=2 {
        let ended = push(&grafana.url(), &[]).await;
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended}");
        assert_eq!(ended.stdout.lines().count(), 5, "{ended}");
        assert!(ended.stdout.contains("Highwater / Overview  http://127.0.0.1:"), "{ended}");
        assert!(ended.stdout.lines().all(|line| line.contains("/d/highwater-")), "{ended}");
        let stored = grafana.stored();
        assert_eq!(stored.len(), 5, "a second push changes them in place");
        for dashboard in dashboards() {
            let uid = dashboard.json["uid"].as_str().expect("a uid");
            assert!(stored[uid].dashboard == dashboard.json, "round {round}: {uid} is another one");
            assert_eq!(stored[uid].folder, None);
            assert!(stored[uid].message.starts_with("Highwater "));
        }
    }
    assert_eq!(grafana.breaches(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_folder_is_found_or_made_once() {
    let grafana = Contract::start("/grafana").await;
    let made = push(&grafana.url(), &["--folder", "Kafka & \"friends\""]).await;
    assert_eq!(made.code, Some(0), "{made}");
    assert!(made.stdout.starts_with("made the folder Kafka & \"friends\"\n"), "{made}");
    let found = push(&grafana.url(), &["--folder", "Kafka & \"friends\""]).await;
    assert_eq!((found.code, found.stdout.lines().count()), (Some(0), 5), "{found}");
    assert_eq!(grafana.folder_titles(), ["Kafka & \"friends\""]);
    assert!(grafana.stored().values().all(|stored| stored.folder.as_deref() == Some("folder-0")));
    assert_eq!(grafana.breaches(), [""; 0]);
}

/// More folders than Grafana tells at once, and the wanted one is the last.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_on_the_second_page_is_found() {
    let grafana = Contract::start("").await;
    grafana.add_folders((0..1500).map(|number| format!("Folder {number}")));
    let ended = push(&grafana.url(), &["--folder", "Folder 1499"]).await;
    assert_eq!((ended.code, ended.stdout.lines().count()), (Some(0), 5), "{ended}");
    assert!(grafana.stored().values().all(|stored| stored.folder.as_deref() == Some("folder-1499")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_may_come_from_the_environment() {
    let grafana = Contract::start("").await;
    let output = tokio::process::Command::new(crate::support::exporter::BINARY)
        .args(["dashboards", "push", "--grafana", &grafana.url()])
        .env("GRAFANA_TOKEN", TOKEN)
        .output()
        .await
        .expect("the binary starts");
    assert!(output.status.success(), "{output:?}");
    assert_eq!((grafana.stored().len(), grafana.breaches().len()), (5, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_none_is_not_sent() {
    let grafana = Contract::start("").await;
    for wrong in ["", "\n", "two words", "a\r\nx-injected: yes"] {
        let file = TokenFile::with(wrong);
        let path = file.path();
        let ended = highwater(&["dashboards", "push", "--grafana", &grafana.url(), "--token-file", &path]).await;
        assert_eq!(ended.code, Some(1), "{wrong:?}: {ended}");
        assert!(ended.stderr.contains("holds no token"), "{ended}");
        assert!(!ended.stderr.contains("injected"), "{ended}");
    }
    assert_eq!(grafana.request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn export_writes_what_is_shipped() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = folder.path().join("new/dashboards");
    let ended = highwater(&["dashboards", "export", &target.display().to_string()]).await;
    assert_eq!((ended.code, ended.stdout.lines().count()), (Some(0), 5), "{ended}");
    for dashboard in dashboards() {
        let name = dashboard.path.trim_start_matches("dashboards/");
        let text = fs::read_to_string(target.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert!(json == dashboard.json, "{name} is another one");
    }
    not_run("dashboards push into a real Grafana", "there is none among the packages of this system");
}
