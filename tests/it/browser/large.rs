//! Ten thousand groups: a page at a time. It is NOT how long that takes.
//! Invariant: what is in the browser does not grow with the cluster.

use serde_json::json;

use super::{NAMES, browser, drawn};
use crate::http::support::{Server, report};

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_groups_come_by_the_page() {
    let Some(mut browser) = browser("ten thousand groups on the page").await else { return };
    let server = Server::start(&["shop"]).await;
    let names: Vec<_> = (0..10_000).map(|number| format!("group-{number:05}")).collect();
    server.publish("shop", report("shop", 0, 3, &names.iter().map(String::as_str).collect::<Vec<_>>()));
    browser.open(&server.url("/")).await;
    drawn(&mut browser, "Groups").await;
    for piece in 0..3 {
        let first = format!("group-{:05}", piece * 50);
        browser.until("the piece", &format!("{NAMES}[0] === {}", json!(first))).await;
        assert_eq!(browser.value(&format!("{NAMES}.length")).await, json!(50));
        let place = browser.text("document.querySelector('.pager').innerText").await;
        assert!(place.contains(&format!("{}–{} of 10,000", piece * 50 + 1, piece * 50 + 50)), "{place}");
        let nodes = browser.value("document.querySelectorAll('*').length").await;
        assert!(nodes.as_u64().is_some_and(|nodes| nodes < 2000), "{nodes} elements");
        browser.press("n").await;
    }
    browser.until("the fourth", &format!("{NAMES}[0] === 'group-00150'")).await;
    browser.reload().await;
    browser
        .until(
            "the fourth after a reload",
            &format!("document.querySelector('.pager') && {NAMES}[0] === 'group-00150'"),
        )
        .await;
    browser.press("/").await;
    browser.write("09999").await;
    browser.until("the last", &format!("{NAMES}.join() === 'group-09999'")).await;
    // Sent through the address as asked for, not counted in the time it takes.
    let painted = browser.value("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null").await;
    eprintln!("first contentful paint with 10,000 groups: {painted} ms");
    assert_eq!(browser.complaints(&server.url("/")).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_script_the_page_still_tells_the_worst() {
    let Some(mut browser) = browser("the page without its script").await else { return };
    let server = Server::start(&["shop"]).await;
    server.publish("shop", report("shop", 0, 3, &["billing", "archive"]));
    browser.call("Emulation.setScriptExecutionDisabled", json!({"value": true})).await;
    browser.open(&server.url("/")).await;
    browser.until("the names", &format!("{NAMES}.join() === 'archive,billing'")).await;
    assert_eq!(browser.value("document.querySelectorAll('#controls *').length").await, json!(0));
}
