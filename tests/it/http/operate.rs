//! Health, readiness, reload, the landing page, and paths that are none.
//!
//! Not what a reload does.
//! Invariant: errors are JSON, whatever was asked.

use highwater::model::ClusterName;
use highwater::publish::channel;

use super::support::{Server, error_of, header, in_time, report, settings};

#[tokio::test]
async fn healthy_says_so_to_get_and_head() {
    let server = Server::start(&["orders"]).await;
    assert_eq!(server.text("/-/healthy").await, "Highwater is healthy.\n");
    let head = in_time("an answer", server.client.head(server.url("/-/healthy")).send()).await.expect("an answer");
    assert_eq!(head.status(), 200);
}

#[tokio::test]
async fn ready_comes_with_the_last_first_poll_and_stays() {
    let server = Server::start(&["orders", "payments"]).await;
    server.publish("orders", report("orders", 0, 3, &[]));
    assert_eq!(error_of(server.get("/-/ready").await).await.0, 503);
    server.fail("payments", "no broker answered");
    let ready = server.get("/-/ready").await;
    assert_eq!(ready.status(), 200);
    assert_eq!(ready.text().await.expect("text"), "Highwater is ready.\n");

    server.fail("orders", "no broker answered");
    server.clock.set(10_000);
    assert_eq!(server.get("/-/ready").await.status(), 200, "trouble with Kafka is not ours");
    let (_publisher, added) = channel(ClusterName::from("added"));
    server.board.replace(settings(), [added]);
    assert_eq!(server.get("/-/ready").await.status(), 200, "a cluster that was added does not take it back");
}

#[tokio::test]
async fn a_reload_is_done_by_whoever_holds_the_other_end() {
    let mut server = Server::start(&["orders"]).await;
    let (post, put) = (server.client.post(server.url("/-/reload")), server.client.put(server.url("/-/reload")));
    let taken_over = async {
        let request = server.reloads.recv().await.expect("a request");
        request.reply.send(Ok("2 clusters".to_owned())).expect("somebody waits for the result");
    };
    let (answer, ()) = in_time("a reload", async { tokio::join!(post.send(), taken_over) }).await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "content-type"), "text/plain; charset=utf-8");
    assert_eq!(answer.text().await.expect("text"), "2 clusters");

    let refused = async {
        let request = server.reloads.recv().await.expect("a request");
        request.reply.send(Err("poll.interval: too short\nlisten: no address".to_owned())).expect("somebody waits");
    };
    let (answer, ()) = in_time("a reload", async { tokio::join!(put.send(), refused) }).await;
    let error = error_of(answer.expect("an answer")).await;
    assert_eq!(error, (500, "poll.interval: too short\nlisten: no address".to_owned()));
}

#[tokio::test]
async fn a_reload_nobody_does_is_said_to_be_so() {
    let mut server = Server::start(&["orders"]).await;
    let request = server.client.post(server.url("/-/reload"));
    let dropped = async { drop(server.reloads.recv().await.expect("a request")) };
    let (answer, ()) = in_time("an answer", async { tokio::join!(request.send(), dropped) }).await;
    assert_eq!(error_of(answer.expect("an answer")).await.0, 503);
    server.reloads.close();
    let request = server.client.post(server.url("/-/reload"));
    let answer = in_time("an answer", request.send()).await.expect("an answer");
    assert_eq!(error_of(answer).await, (503, "the exporter is stopping".to_owned()));
}

#[tokio::test]
async fn wrong_methods_and_paths_are_told_apart() {
    let server = Server::start(&["orders"]).await;
    let reload = server.get("/-/reload").await;
    let mut allowed: Vec<String> = header(&reload, "allow").split(',').map(|word| word.trim().to_owned()).collect();
    allowed.sort();
    assert_eq!(allowed, ["POST", "PUT"]);
    assert_eq!(error_of(reload).await.0, 405);
    let request = server.client.post(server.url("/metrics"));
    let posted = in_time("an answer", request.send()).await.expect("an answer");
    assert_eq!(header(&posted, "allow"), "GET,HEAD");
    assert_eq!(error_of(posted).await.0, 405);
    let (status, error) = error_of(server.get("/metric").await).await;
    assert_eq!((status, error.as_str()), (404, "there is nothing at `/metric`"));
}

#[tokio::test]
async fn the_landing_page_names_every_cluster() {
    let server = Server::start(&["orders", "pay<ments"]).await;
    server.publish("orders", report("orders", 0, 3, &[]));
    let response = server.get("/").await;
    assert_eq!(header(&response, "content-type"), "text/html; charset=utf-8");
    let page = response.text().await.expect("text");
    assert!(page.contains("orders") && page.contains("pay&lt;ments"), "{page}");
}
