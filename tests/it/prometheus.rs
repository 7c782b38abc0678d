//! The harness for Prometheus, shown on a page that is known. It is NOT a test of the exporter.
//! Invariant: what a later test concludes from an answer of Prometheus is what Prometheus scraped.

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;

use crate::support::not_run::not_run;
use crate::support::prometheus::{Prometheus, RELEASES};

const PAGE: &str = "# TYPE kafka_brokers gauge\nkafka_brokers{cluster_name=\"a \\\"quoted\\\" name\"} 3\n";

#[tokio::test]
async fn scraped_values_can_be_asked_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let target = listener.local_addr().expect("an address");
    let page = || async { ([("content-type", "text/plain; version=0.0.4; charset=utf-8")], PAGE) };
    let server = axum::serve(listener, Router::new().route("/metrics", get(page))).into_future();
    let ask = async {
        for release in RELEASES {
            let prometheus = match Prometheus::start(release, target).await {
                Ok(prometheus) => prometheus,
                Err(reason) => {
                    not_run(&format!("a scrape by the {release:?} Prometheus"), &reason);
                    continue;
                }
            };
            prometheus.scraped(1).await;
            let answer = prometheus.query("kafka_brokers + 1").await;
            assert_eq!(answer.len(), 1, "{release:?}: {answer:?}");
            assert_eq!(answer[0].labels["cluster_name"], "a \"quoted\" name");
            assert_eq!(answer[0].labels["job"], "highwater");
            assert!((answer[0].value - 4.0).abs() < f64::EPSILON, "{answer:?}");
            assert_eq!(prometheus.query("kafka_brokerz").await, []);
        }
    };
    tokio::select! {
        () = ask => {}
        ended = server => panic!("the page is no longer served: {ended:?}"),
    }
}
