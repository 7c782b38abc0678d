//! `/metrics` in every form a scraper may ask for.
//!
//! Not the families themselves.
//! Invariant: packed and plain are one text.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::support::{Server, error_of, header, in_time, report};
use tokio::task::JoinSet;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

async fn server() -> Server {
    let server = Server::start(&["orders", "payments"]).await;
    server.publish("orders", report("orders", 0, 3, &["billing"]));
    server.publish("payments", report("payments", 0, 5, &[]));
    server
}

/// What the system's own gzip makes of it.
fn gunzipped(packed: &[u8]) -> String {
    let mut child = Command::new("gzip")
        .args(["-d", "-c"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("gzip is installed");
    let mut input = child.stdin.take().expect("its input is piped");
    let packed = packed.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&packed).expect("gzip reads it all"));
    let output = child.wait_with_output().expect("gzip ends");
    writer.join().expect("the writer does not panic");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the page is text")
}

fn about_kafka(page: &str) -> Vec<&str> {
    page.lines().filter(|line| line.starts_with("kafka_")).collect()
}

#[tokio::test]
async fn a_plain_scrape_has_kafka_and_ourselves() {
    let server = server().await;
    let response = server.get("/metrics").await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), TEXT);
    assert_eq!(header(&response, "vary"), "accept, accept-encoding");
    assert_eq!(header(&response, "content-encoding"), "");
    let length = header(&response, "content-length");
    let page = response.text().await.expect("a body");
    assert_eq!(length, page.len().to_string());
    for line in [
        "kafka_brokers{cluster_name=\"orders\"} 3\n",
        "kafka_brokers{cluster_name=\"payments\"} 5\n",
        "highwater_up{cluster_name=\"orders\"} 0\n",
        "process_open_fds ",
        "highwater_build_info{",
    ] {
        assert!(page.contains(line), "{line} is not in {page}");
    }
}

#[tokio::test]
async fn every_form_is_the_same_text_and_packed_ones_unpack_with_gzip_itself() {
    let server = server().await;
    let plain = server.text("/metrics").await;
    for (accept, content_type) in [("*/*", TEXT), ("application/openmetrics-text;version=1.0.0", OPEN_METRICS)] {
        let headers = [("accept", accept), ("accept-encoding", "gzip")];
        // The second scrape completes what the first one left in the cache.
        for _ in 0..2 {
            let response = server.get_with("/metrics", &headers).await;
            assert_eq!(header(&response, "content-type"), content_type);
            assert_eq!(header(&response, "content-encoding"), "gzip");
            let length = header(&response, "content-length");
            let packed = response.bytes().await.expect("a body");
            assert_eq!(length, packed.len().to_string());
            let page = gunzipped(&packed);
            assert_eq!(about_kafka(&page), about_kafka(&plain));
            assert!(page.contains("highwater_up{cluster_name=\"orders\"} 0\n"), "{page}");
            assert_eq!(page.ends_with("# EOF\n"), content_type == OPEN_METRICS);
        }
    }
}

#[tokio::test]
async fn no_family_stands_twice_on_a_page() {
    let server = server().await;
    for accept in ["text/plain", "application/openmetrics-text"] {
        let page = server.get_with("/metrics", &[("accept", accept)]).await.text().await.expect("text");
        let mut seen = BTreeSet::new();
        for family in page.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
            assert!(seen.insert(family), "{family} stands twice in {page}");
        }
        assert!(seen.len() > 20, "{seen:?}");
        assert!(page.matches("# EOF").count() <= 1);
    }
}

#[tokio::test]
async fn head_tells_what_get_would_without_a_body() {
    let server = server().await;
    let response = in_time("an answer", server.client.head(server.url("/metrics")).send()).await.expect("an answer");
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), TEXT);
    assert!(header(&response, "content-length").parse::<usize>().expect("a length") > 1000);
    assert!(response.bytes().await.expect("no body").is_empty());
}

#[tokio::test]
async fn one_cluster_alone_and_one_that_is_not_there() {
    let server = server().await;
    let page = server.text("/metrics?cluster=payments").await;
    assert!(page.contains("kafka_brokers{cluster_name=\"payments\"} 5\n"), "{page}");
    assert!(!page.contains("kafka_brokers{cluster_name=\"orders\"}"), "{page}");
    let (status, error) = error_of(server.get("/metrics?cluster=nope%20%22").await).await;
    assert_eq!((status, error.as_str()), (404, "no cluster is named `nope \"`"));
    let (status, _) = error_of(server.get("/metrics?cluster=orders&cluster=payments").await).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn many_first_scrapes_at_once_are_rendered_once() {
    let server = Arc::new(server().await);
    let mut scrapes = JoinSet::new();
    for _ in 0..64 {
        let server = Arc::clone(&server);
        scrapes.spawn(async move { server.text("/metrics").await });
    }
    let pages = in_time("64 scrapes", scrapes.join_all()).await;
    assert!(pages.iter().all(|page| page.contains("kafka_brokers{cluster_name=\"orders\"} 3\n")));
    assert_eq!(server.board.rendered_count(), 1);
    server.publish("orders", report("orders", 0, 4, &[]));
    assert!(server.text("/metrics").await.contains("kafka_brokers{cluster_name=\"orders\"} 4\n"));
    assert_eq!(server.board.rendered_count(), 2);
}

/// Whoever asks for it packed is answered from bytes that are there as well.
#[tokio::test]
async fn many_packed_scrapes_at_once_are_rendered_and_packed_once() {
    let server = Arc::new(server().await);
    // Plain ones in between take nothing away, and give nothing.
    for (scrapes, rendered) in [(64, 2), (20, 2)] {
        let mut packed = JoinSet::new();
        let mut plain = JoinSet::new();
        for number in 0..scrapes {
            let server = Arc::clone(&server);
            if number % 4 == 0 {
                plain.spawn(async move { server.text("/metrics").await });
                continue;
            }
            packed.spawn(async move {
                let response = server.get_with("/metrics", &[("accept-encoding", "gzip")]).await;
                assert_eq!(header(&response, "content-encoding"), "gzip");
                response.bytes().await.expect("a body")
            });
        }
        let plain = in_time("plain scrapes", plain.join_all()).await;
        let packed = in_time("packed scrapes", packed.join_all()).await;
        for packed in &packed {
            assert_eq!(about_kafka(&gunzipped(packed)), about_kafka(&plain[0]));
        }
        assert_eq!(server.board.rendered_count(), rendered);
    }
}

#[tokio::test]
async fn a_stale_cluster_loses_its_series_and_keeps_our_counters() {
    let server = server().await;
    server.clock.set(60);
    assert!(server.text("/metrics").await.contains("kafka_brokers{cluster_name=\"orders\"}"));
    server.clock.set(61);
    server.publish("payments", report("payments", 61, 5, &[]));
    let page = server.text("/metrics").await;
    assert!(!page.contains("kafka_brokers{cluster_name=\"orders\"}"), "{page}");
    assert!(page.contains("kafka_brokers{cluster_name=\"payments\"} 5\n"), "{page}");
    assert!(page.contains("highwater_up{cluster_name=\"orders\"} 0\n"), "{page}");
    let alone = server.text("/metrics?cluster=orders").await;
    assert!(about_kafka(&alone).is_empty(), "{alone}");
    assert!(alone.contains("highwater_up{cluster_name=\"orders\"} 0\n"), "{alone}");
}
