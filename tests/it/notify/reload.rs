//! Receivers that come and go with the configuration. It is NOT about what they are told.
//! Invariant: a receiver that stays is not disturbed, and one that goes leaves no series.

use std::collections::BTreeSet;

use reqwest::Method;

use crate::support::config_file::{ConfigFile, NOBODY, clusters};
use crate::support::exporter::Exporter;
use crate::support::page::Page;

fn receivers(page: &Page) -> BTreeSet<String> {
    let all = page.all("highwater_notifications_total", &[]).into_iter();
    all.map(|(labels, _)| format!("{} {}", labels["kind"], labels["receiver"])).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

fn file(notify: &str) -> String {
    clusters(&[("one", NOBODY)]) + "notify:\n" + notify
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_changes_who_is_told() {
    let both =
        "  alertmanagers: [http://127.0.0.1:1]\n  webhooks: [http://127.0.0.1:1/secret-path, http://127.0.0.1:2]\n";
    let config = ConfigFile::new(&file(both));
    let mut exporter = Exporter::start(&["--config", config.path()]).await;
    let all = set(&["alertmanager 127.0.0.1:1", "webhook 127.0.0.1:1", "webhook 127.0.0.1:2"]);
    exporter.until("all receivers", |page| receivers(page) == all).await;
    config.write(&file("  webhooks: [{url: \"http://127.0.0.1:1/secret-path\", timeout: 1s}, http://127.0.0.1:3]\n"));
    assert_eq!(exporter.ask(Method::POST, "/-/reload").await.0, 200);
    let others = set(&["webhook 127.0.0.1:1", "webhook 127.0.0.1:3"]);
    exporter.until("other receivers", |page| receivers(page) == others).await;
    config.write(&file("  webhooks: [https://127.0.0.1:1/secret-path]\n"));
    let (status, answer) = exporter.ask(Method::POST, "/-/reload").await;
    assert_eq!(status, 500, "{answer}");
    assert!(answer.contains("notify.webhooks[0]: https is not supported yet"), "{answer}");
    assert_eq!(receivers(&exporter.scrape().await), others);
    config.write(&file("  webhooks: []\n"));
    assert_eq!(exporter.ask(Method::POST, "/-/reload").await.0, 200);
    exporter.until("nobody to tell", |page| receivers(page).is_empty()).await;
    let log = exporter.log();
    assert!(!log.contains("secret-path"), "the path of a webhook may be a secret: {log}");
    exporter.assert_unharmed();
    exporter.signal("TERM");
    assert_eq!(exporter.ended().await, Some(0));
}
