//! What a scrape finds on the board as reports come, grow old and clusters change.
//!
//! Not how a report is put into words.
//! Invariant: time is whatever the test says.

use super::*;
use crate::model::{Broker, BrokerId, SnapshotBuilder, Timestamp};
use crate::publish::{Coding, Publisher, channel};
use crate::render::Format;

fn at(seconds: u64) -> Moment {
    Moment::from_origin(Duration::from_secs(seconds))
}

fn report(cluster: &str, finished: Moment, broker_count: i32) -> Arc<ClusterReport> {
    let mut builder = SnapshotBuilder::new(ClusterName::from(cluster), finished);
    let broker = |id| Broker { id: BrokerId(id), address: format!("kafka-{id}:9092"), rack: None };
    builder.found_brokers((0..broker_count).map(broker).collect());
    let snapshot = Arc::new(builder.build(finished, Timestamp::default()));
    Arc::new(ClusterReport::of_groups(snapshot, Vec::new()))
}

fn settings() -> BoardSettings {
    BoardSettings { stale_after: Duration::from_mins(1), options: RenderOptions::default() }
}

fn board_of(names: &[&str]) -> (Board, Vec<Publisher>) {
    let (publishers, latest): (Vec<_>, Vec<_>) = names.iter().map(|name| channel(ClusterName::from(*name))).unzip();
    (Board::new(settings(), latest), publishers)
}

fn all() -> Form {
    Form { format: Format::Text, coding: Coding::Identity, cluster: None }
}

async fn text(board: &Board, form: &Form, now: Moment) -> String {
    let page = board.page(form, now).await.expect("a page");
    let parts = page.with_own(&[]).expect("memory does not fail");
    String::from_utf8(parts.concat()).expect("the text format is UTF-8")
}

fn brokers(cluster: &str, count: i32) -> String {
    format!("kafka_brokers{{cluster_name=\"{cluster}\"}} {count}\n")
}

#[tokio::test]
async fn a_page_is_rendered_once_per_publication_and_form() {
    let (board, publishers) = board_of(&["orders"]);
    publishers[0].publish(report("orders", at(10), 3));
    assert_eq!(board.rendered_count(), 0, "with nobody scraping, nothing is rendered");
    assert!(text(&board, &all(), at(11)).await.contains(&brokers("orders", 3)));
    text(&board, &all(), at(12)).await;
    assert_eq!(board.rendered_count(), 1);
    publishers[0].failed("no broker answered".to_owned());
    assert!(text(&board, &all(), at(30)).await.contains(&brokers("orders", 3)), "the last report stands");
    assert_eq!(board.rendered_count(), 1, "a poll that learned nothing changes no page");
    publishers[0].publish(report("orders", at(40), 4));
    assert!(text(&board, &all(), at(41)).await.contains(&brokers("orders", 4)));
    assert_eq!(board.rendered_count(), 2);
}

#[tokio::test]
async fn a_stale_cluster_loses_its_series_and_no_other_does() {
    let (board, publishers) = board_of(&["orders", "payments"]);
    publishers[0].publish(report("orders", at(0), 3));
    publishers[1].publish(report("payments", at(50), 5));
    let early = text(&board, &all(), at(60)).await;
    assert!(early.contains(&brokers("orders", 3)) && early.contains(&brokers("payments", 5)), "{early}");
    let late = text(&board, &all(), at(61)).await;
    assert!(!late.contains("orders") && late.contains(&brokers("payments", 5)), "{late}");
}

#[tokio::test]
async fn one_cluster_alone_is_shown_alone_and_an_unknown_one_is_refused() {
    let (board, publishers) = board_of(&["orders", "payments"]);
    publishers[0].publish(report("orders", at(0), 3));
    publishers[1].publish(report("payments", at(0), 5));
    let only = Form { cluster: Some(ClusterName::from("orders")), ..all() };
    let page = text(&board, &only, at(1)).await;
    assert!(page.contains(&brokers("orders", 3)) && !page.contains("payments"), "{page}");
    let unknown = Form { cluster: Some(ClusterName::from("nope")), ..all() };
    let error = board.page(&unknown, at(1)).await.expect_err("there is no such cluster");
    assert_eq!(error.to_string(), "no cluster is named `nope`");
}

#[tokio::test]
async fn a_packed_page_unpacks_to_the_plain_one() {
    use std::io::Read;
    let (board, publishers) = board_of(&["orders"]);
    publishers[0].publish(report("orders", at(0), 3));
    let packed = Form { coding: Coding::Gzip, format: Format::OpenMetrics, ..all() };
    let parts = board.page(&packed, at(1)).await.expect("a page").with_own(&[]).expect("memory does not fail");
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(parts.concat().as_slice()).read_to_string(&mut unpacked).expect("one gzip member");
    let plain = Form { coding: Coding::Identity, ..packed };
    assert_eq!(unpacked, text(&board, &plain, at(1)).await);
    assert!(unpacked.ends_with("# EOF\n"));
}

#[test]
fn readiness_waits_for_every_first_poll_and_is_never_taken_back() {
    let (board, publishers) = board_of(&["orders", "payments"]);
    publishers[0].publish(report("orders", at(0), 3));
    assert!(!board.is_ready());
    publishers[1].failed("no broker answered".to_owned());
    let (_publisher, added) = channel(ClusterName::from("added"));
    // Nobody asked between the first polls and the reload, and yet it was ready then.
    board.replace(settings(), [added]);
    assert!(board.is_ready());
}

#[test]
fn a_reload_before_the_first_polls_does_not_make_it_ready() {
    let (board, _publishers) = board_of(&["orders"]);
    let (publisher, added) = channel(ClusterName::from("added"));
    board.replace(settings(), [added]);
    assert!(!board.is_ready());
    publisher.failed("no broker answered".to_owned());
    assert!(board.is_ready());
}

#[tokio::test]
async fn a_reload_takes_other_clusters_and_other_options_at_once() {
    let (board, publishers) = board_of(&["orders"]);
    publishers[0].publish(report("orders", at(0), 3));
    assert!(text(&board, &all(), at(1)).await.contains("kafka_brokers{"));
    let kept = board.cluster("orders").expect("it is there");
    assert_eq!(kept.sequence, 1);
    let (publisher, latest) = channel(ClusterName::from("orders"));
    publisher.publish(report("orders", at(0), 9));
    board.replace(settings(), [latest]);
    assert!(text(&board, &all(), at(1)).await.contains(&brokers("orders", 9)), "same sequence, another page");
}
