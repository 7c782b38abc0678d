//! Data that is old, and an exporter that is gone: nobody may take that for good news. It is NOT when data is stale.
//! Invariant: what is shown of old data is marked as old, in words.

use serde_json::json;

use super::{NAMES, browser, drawn};
use crate::http::support::{Server, report};

const NOTICE: &str = "document.querySelector('#notices').innerText";

#[tokio::test(flavor = "multi_thread")]
async fn old_data_is_said_to_be_old() {
    let Some(mut browser) = browser("stale data on the page").await else { return };
    let mut server = Server::start(&["shop"]).await;
    browser.open(&server.url("/")).await;
    browser.until("the wait for the first poll", &format!("{NOTICE}.includes('Waiting for the first poll')")).await;
    server.publish("shop", report("shop", 0, 3, &["billing"]));
    drawn(&mut browser, "Groups").await;
    browser.until("the group", &format!("{NAMES}.join() === 'billing' && {NOTICE} === ''")).await;

    server.fail("shop", "no broker answered");
    browser
        .until(
            "the failed poll",
            &format!("{NOTICE}.includes('The last poll failed') && {NOTICE}.includes('no broker answered')"),
        )
        .await;
    server.clock.set(3600);
    browser
        .until(
            "stale data",
            &format!("{NOTICE}.includes('No fresh data from Kafka') && document.title.startsWith('⚠')"),
        )
        .await;
    assert_eq!(browser.value("document.querySelector('main').classList.contains('stale')").await, json!(true));
    browser.reload().await;
    browser.until("the same after a reload", &format!("{NOTICE}.includes('No fresh data from Kafka')")).await;

    server.clock.set(3601);
    server.publish("shop", report("shop", 3601, 3, &["billing", "archive"]));
    browser
        .until("fresh data", &format!("{NAMES}.length === 2 && {NOTICE} === '' && !document.title.startsWith('⚠')"))
        .await;
    assert_eq!(browser.value("document.querySelector('main').classList.contains('stale')").await, json!(false));

    server.stop.send(true).expect("the server listens to it");
    server.ended().await;
    browser
        .until(
            "the lost connection",
            &format!("{NOTICE}.includes('Connection to the exporter lost') && {NOTICE}.includes('ago')"),
        )
        .await;
    browser
        .until(
            "the mark",
            "document.querySelector('main').classList.contains('stale') && document.title.startsWith('⚠')",
        )
        .await;
    assert_eq!(browser.value(&format!("{NAMES}.length")).await, json!(2), "what was known is still there, as old");
    // An alert that is put there anew is read out anew: only its age changes.
    browser.value("window.said = document.querySelector('.notice'); window.aged = said.innerText; true").await;
    browser
        .until("another age in the same notice", "window.said.isConnected && window.said.innerText !== window.aged")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_to_be_missing() {
    let Some(mut browser) = browser("missing things on the page").await else { return };
    let server = Server::start(&["shop"]).await;
    server.publish("shop", report("shop", 0, 3, &["billing"]));
    for address in ["/?cluster=shop&group=nobody", "/?cluster=shop&topic=nothing", "/?cluster=nowhere"] {
        browser.open(&server.url(address)).await;
        browser.until(address, &format!("{NOTICE}.includes('Not found')")).await;
    }
    browser.open(&server.url("/?cluster=shop&after=p.50")).await;
    browser.until("the way back", "document.querySelector('main').innerText.includes('Nothing comes after')").await;
}
