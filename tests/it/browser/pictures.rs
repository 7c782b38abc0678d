//! Pictures of the page, as the documentation shows them. It is NOT a comparison: what is seen moves all the time.
//! Invariant: they are taken in every run, and kept where `HIGHWATER_PICTURES` names a folder.

use std::path::PathBuf;

use super::{browser, drawn};
use crate::support::chromium::Chromium;
use crate::support::exporter::Exporter;

/// Name, address, title, width and height.
const PICTURES: [(&str, &str, &str, u32, u32); 5] = [
    ("overview", "/?cluster=demo", "Groups", 1280, 800),
    ("group", "/?cluster=demo&group=log-indexer", "log-indexer", 1280, 1100),
    ("topic", "/?cluster=demo&topic=game-events", "game-events", 1280, 900),
    ("findings", "/?cluster=demo&view=findings", "Findings", 1280, 520),
    ("phone", "/?cluster=demo", "Groups", 390, 844),
];

const BYTES_MAX: usize = 300_000;

#[tokio::test(flavor = "multi_thread")]
async fn the_pictures_of_the_documentation() {
    let Some(mut browser) = browser("pictures of the page").await else { return };
    let demo = Exporter::start_as_written(&["demo", "--listen", "127.0.0.1:0"]).await;
    demo.until("what there is to see", |page| {
        page.get("kafka_consumergroup_status", &[("consumergroup", "notification-sender"), ("status", "stopped")])
            == Some(1.0)
    })
    .await;
    let folder = std::env::var_os("HIGHWATER_PICTURES").map(PathBuf::from);
    for (name, address, title, width, height) in PICTURES {
        for scheme in ["light", "dark"] {
            browser.screen(width, height, scheme).await;
            browser.open(&demo.url(address)).await;
            drawn(&mut browser, title).await;
            let picture = picture(&mut browser).await;
            assert!(picture.starts_with(b"\x89PNG") && picture.len() < BYTES_MAX, "{name}: {} bytes", picture.len());
            if let Some(folder) = &folder {
                std::fs::write(folder.join(format!("{name}-{scheme}.png")), picture)
                    .expect("the folder can be written to");
            }
        }
    }
}

async fn picture(browser: &mut Chromium) -> Vec<u8> {
    let text = browser.picture().await;
    let digit = |letter: u8| match letter {
        b'A'..=b'Z' => u32::from(letter - b'A'),
        b'a'..=b'z' => u32::from(letter - b'a') + 26,
        b'0'..=b'9' => u32::from(letter - b'0') + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for four in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = four.iter().fold(0, |bits, letter| bits << 6 | digit(*letter)) << (6 * (4 - four.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..four.len()]);
    }
    bytes
}
