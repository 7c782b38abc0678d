//! The page on the demo: views, addresses, search and keyboard, while everything goes on. It is NOT about looks.
//! Invariant: whatever is done, nothing is asked of others and nothing complains.

use serde_json::json;

use super::{NAMES, browser, drawn};
use crate::support::chromium::Chromium;
use crate::support::exporter::Exporter;

const RANKS: &str = "[...document.querySelectorAll('main tbody tr')].map((row) => ['critical', 'warning', 'info', 'ok'].indexOf(row.className))";

async fn demo() -> Exporter {
    let demo = Exporter::start_as_written(&["demo", "--listen", "127.0.0.1:0"]).await;
    demo.until("the stopped group", |page| {
        page.get("kafka_consumergroup_status", &[("consumergroup", "notification-sender"), ("status", "stopped")])
            == Some(1.0)
    })
    .await;
    demo
}

#[tokio::test(flavor = "multi_thread")]
async fn people_find_what_they_look_for() {
    let Some(mut browser) = browser("the page on the demo").await else { return };
    let demo = demo().await;
    browser.screen(1280, 900, "light").await;
    browser.open(&demo.url("/")).await;
    drawn(&mut browser, "Groups").await;
    worst_first_and_live(&mut browser).await;
    addresses(&mut browser, &demo).await;
    search(&mut browser, &demo).await;
    keyboard(&mut browser, &demo).await;
    assert_eq!(browser.complaints(&demo.url("/")).await, Vec::<String>::new());
}

async fn worst_first_and_live(browser: &mut Chromium) {
    let ranks: Vec<i64> = serde_json::from_value(browser.value(RANKS).await).expect("numbers");
    assert!(ranks.len() > 20 && ranks.first() == Some(&0) && ranks.is_sorted(), "{ranks:?}");
    browser.value("window.mark = true").await;
    // The lag of a group that nobody reads for grows with every poll.
    let lag = "[...document.querySelectorAll('main tbody tr')].find((row) => row.innerText.includes('stock-report')).cells[2].textContent";
    let before = browser.text(lag).await;
    browser.until("another number", &format!("{lag} !== {}", json!(before))).await;
    assert_eq!(browser.value("window.mark").await, json!(true), "the page was not loaded anew");
    let sparks = browser.value("document.querySelectorAll('main tbody svg.spark path.line').length").await;
    assert!(sparks.as_u64().is_some_and(|sparks| sparks > 20), "{sparks} lines");
}

/// Each view by its address, and what it must show.
async fn addresses(browser: &mut Chromium, demo: &Exporter) {
    for (address, title, shown) in [
        ("?cluster=demo&sort=name&severity=ok", "Groups", "by name"),
        ("?cluster=demo&group=invoice-printer", "invoice-printer", "Last progress"),
        ("?cluster=demo&topic=game-events", "game-events", "Written by partition"),
        ("?cluster=demo&view=topics&sort=rate", "Topics", "by what is written"),
        ("?cluster=demo&view=findings", "Findings", "Findings"),
        ("?cluster=demo&view=clusters", "Clusters", "demo"),
    ] {
        browser.open(&demo.url(&format!("/{address}"))).await;
        drawn(browser, title).await;
        browser.until(address, &format!("document.querySelector('main').innerText.includes({})", json!(shown))).await;
        assert_eq!(browser.text("location.search").await, address, "it stays where it was opened");
    }
    browser.open(&demo.url("/?cluster=demo&sort=name&severity=ok")).await;
    drawn(browser, "Groups").await;
    let names: Vec<String> = serde_json::from_value(browser.value(NAMES).await).expect("names");
    assert!(!names.is_empty() && names.is_sorted(), "{names:?}");
    // What a group's page is for: why, since when, whose partitions.
    browser.open(&demo.url("/?cluster=demo&group=invoice-printer")).await;
    drawn(browser, "invoice-printer").await;
    for wanted in [
        "stalled",
        "First:",
        "Its status is",
        "oldest unread record is from",
        "consumer-invoice-printer-",
        "Rebalances",
        "Members came",
    ] {
        browser.until(wanted, &format!("document.querySelector('main').innerText.includes({})", json!(wanted))).await;
    }
    assert_eq!(browser.value("document.querySelectorAll('main figure svg').length").await, json!(2));
}

async fn search(browser: &mut Chromium, demo: &Exporter) {
    browser.open(&demo.url("/?cluster=demo")).await;
    drawn(browser, "Groups").await;
    browser.press("/").await;
    browser.until("the focus", "document.activeElement.id === 'search'").await;
    browser.write("PRINTER").await;
    browser.until("what was found", &format!("{NAMES}.join() === 'invoice-printer'")).await;
    assert_eq!(browser.text("new URLSearchParams(location.search).get('q')").await, "PRINTER");
    assert_eq!(browser.text("document.activeElement.id").await, "search", "one can go on writing");
    browser.reload().await;
    browser
        .until(
            "the same after a reload",
            &format!("{NAMES}.join() === 'invoice-printer' && document.getElementById('search').value === 'PRINTER'"),
        )
        .await;
    browser.press("/").await;
    browser.press("Escape").await;
    browser.until("all of them", &format!("{NAMES}.length > 20 && !location.search.includes('q=')")).await;
}

async fn keyboard(browser: &mut Chromium, demo: &Exporter) {
    browser.open(&demo.url("/?cluster=demo")).await;
    drawn(browser, "Groups").await;
    browser.press("j").await;
    browser.press("ArrowDown").await;
    browser.press("k").await;
    let focused =
        "[...document.querySelectorAll('main tbody tr')].findIndex((row) => row.contains(document.activeElement))";
    assert_eq!(browser.value(focused).await, json!(0));
    // A live update in between does not take the focus away.
    let name = browser.text("document.activeElement.textContent").await;
    browser.value("window.before = document.activeElement").await;
    browser.until("a new drawing", "!window.before.isConnected").await;
    assert_eq!(browser.text("document.activeElement.textContent").await, name);
    browser.press("Enter").await;
    drawn(browser, &name).await;
    browser.press("Escape").await;
    drawn(browser, "Groups").await;
    for (key, title) in [("t", "Topics"), ("f", "Findings"), ("c", "Clusters"), ("g", "Groups")] {
        browser.press(key).await;
        drawn(browser, title).await;
    }
    browser.value("history.back()").await;
    drawn(browser, "Clusters").await;
    browser.press("?").await;
    browser.until("the help", "document.querySelector('dialog[open]').innerText.includes('next page')").await;
    browser.press("Escape").await;
    browser.until("no help", "!document.querySelector('dialog[open]')").await;
}
