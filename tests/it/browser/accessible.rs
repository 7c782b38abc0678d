//! Every view for everybody: axe-core, dark and light, on a screen and on a phone. It is NOT a matter of taste.
//! Invariant: no view is left out.

use serde_json::json;

use super::{browser, drawn};
use crate::support::chromium::{Chromium, axe};
use crate::support::exporter::Exporter;
use crate::support::not_run::not_run;

const VIEWS: [(&str, &str); 7] = [
    ("?cluster=demo", "Groups"),
    ("?cluster=demo&q=nothing-is-called-so", "Groups with"),
    ("?cluster=demo&group=invoice-printer", "invoice-printer"),
    ("?cluster=demo&topic=game-events", "game-events"),
    ("?cluster=demo&view=topics", "Topics"),
    ("?cluster=demo&view=findings", "Findings"),
    ("?cluster=demo&view=clusters", "Clusters"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_view_is_accessible_dark_and_light_and_fits_a_phone() {
    let Some(mut browser) = browser("accessibility of the page").await else { return };
    let axe = match axe() {
        Ok(axe) => axe,
        Err(reason) => return not_run("accessibility of the page", &reason),
    };
    let demo = Exporter::start_as_written(&["demo", "--listen", "127.0.0.1:0"]).await;
    demo.until("a hot partition", |page| {
        page.get("kafka_topic_hot_partitions", &[("topic", "game-events")]) > Some(0.0)
    })
    .await;
    let mut mistakes = Vec::new();
    for scheme in ["light", "dark"] {
        for (width, height) in [(1280, 900), (390, 844)] {
            browser.screen(width, height, scheme).await;
            for (address, title) in VIEWS {
                browser.open(&demo.url(&format!("/{address}"))).await;
                drawn(&mut browser, title).await;
                let found = browser.inaccessible(&axe).await;
                mistakes.extend(found.into_iter().map(|what| format!("{address} {width} {scheme}: {what}")));
                fits(&mut browser, address).await;
            }
            browser.press("?").await;
            browser.until("the help", "document.querySelector('dialog[open]')").await;
            mistakes.extend(browser.inaccessible(&axe).await);
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
    assert_eq!(browser.complaints(&demo.url("/")).await, Vec::<String>::new());
}

/// Nothing is wider than the screen.
async fn fits(browser: &mut Chromium, address: &str) {
    let wider = browser.value("document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
    assert_eq!(wider, json!(0), "{address} is wider than its screen");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_would_be_found() {
    let Some(mut browser) = browser("axe-core itself").await else { return };
    let Ok(axe) = axe() else { return };
    browser.open("data:text/html,<p style='color:%23ddd'>pale</p><img src='x'>").await;
    let found = browser.inaccessible(&axe).await.join("\n");
    assert!(found.contains("color-contrast") && found.contains("image-alt"), "{found}");
}
