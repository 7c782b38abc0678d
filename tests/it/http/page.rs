//! The page's parts over HTTP, and how much of it there is. It is NOT how it looks; `browser` is.
//! Invariant: what is sent does not grow with the cluster.

use std::io::Read as _;

use reqwest::header::HeaderMap;

use super::support::{Server, header, report};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn assert_guarded(headers: &HeaderMap, path: &str) {
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    assert_eq!(value("content-security-policy"), POLICY, "{path}");
    assert_eq!(value("x-content-type-options"), "nosniff", "{path}");
    assert_eq!(value("referrer-policy"), "no-referrer", "{path}");
}

#[tokio::test]
async fn every_answer_keeps_a_browser_from_doing_more() {
    let server = Server::start(&["shop"]).await;
    for path in ["/", "/assets/main.js", "/assets/nope.js", "/api/v1/clusters", "/metrics", "/nowhere"] {
        assert_guarded(server.get(path).await.headers(), path);
    }
}

#[tokio::test]
async fn parts_are_kept_and_packed_for_those_who_say_so() {
    let server = Server::start(&["shop"]).await;
    for (name, content_type) in [
        ("main.js", "text/javascript; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ] {
        let path = format!("/assets/{name}");
        let plain = server.get(&path).await;
        assert_eq!((plain.status().as_u16(), header(&plain, "content-type").as_str()), (200, content_type));
        assert_eq!(header(&plain, "cache-control"), "no-cache");
        let etag = header(&plain, "etag");
        let text = plain.text().await.expect("text");
        let packed = server.get_with(&path, &[("accept-encoding", "gzip")]).await;
        assert_eq!(header(&packed, "content-encoding"), "gzip");
        let mut unpacked = String::new();
        let bytes = packed.bytes().await.expect("a body");
        flate2::read::GzDecoder::new(bytes.as_ref()).read_to_string(&mut unpacked).expect("gzip");
        assert_eq!(unpacked, text);
        for known in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
            let again = server.get_with(&path, &[("if-none-match", known.as_str())]).await;
            assert_eq!((again.status().as_u16(), header(&again, "etag")), (304, etag.clone()));
        }
        let other = server.get_with(&path, &[("if-none-match", "\"other\"")]).await;
        assert_eq!(other.status().as_u16(), 200);
    }
}

#[tokio::test]
async fn ten_thousand_groups_make_no_longer_page() {
    let server = Server::start(&["shop"]).await;
    let names: Vec<_> = (0..10_000).map(|number| format!("group-{number:05}")).collect();
    server.publish("shop", report("shop", 0, 3, &names.iter().map(String::as_str).collect::<Vec<_>>()));
    let page = server.text("/").await;
    assert_eq!(page.matches("<tr><th scope=\"row\">").count(), 20);
    assert!(page.contains("and 9980 more") && page.len() < 16_000, "{} bytes", page.len());
    let packed = server.get_with("/api/v1/clusters/shop/overview?limit=50", &[("accept-encoding", "gzip")]).await;
    assert_eq!(header(&packed, "content-encoding"), "gzip");
    let packed = packed.bytes().await.expect("a body");
    assert!(packed.len() < 4000, "{} bytes", packed.len());
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(packed.as_ref()).read_to_string(&mut unpacked).expect("gzip");
    assert_eq!(unpacked, server.text("/api/v1/clusters/shop/overview?limit=50").await);
    let lines = server.text("/api/v1/clusters/shop/overview?limit=50").await;
    assert!(lines.len() < 50_000, "{} bytes", lines.len());
}

#[tokio::test]
async fn lists_are_filtered_and_sorted_by_the_server() {
    let server = Server::start(&["shop"]).await;
    server.publish("shop", report("shop", 0, 3, &["billing", "archive", "shipping"]));
    let names = async |path: &str| {
        let body: serde_json::Value = serde_json::from_str(&server.text(path).await).expect("JSON");
        let items = body["items"].as_array().unwrap_or_else(|| panic!("{path}: {body}")).clone();
        items.iter().map(|item| item["group"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    let of = "/api/v1/clusters/shop";
    assert_eq!(names(&format!("{of}/overview?sort=name")).await, ["archive", "billing", "shipping"]);
    assert_eq!(names(&format!("{of}/overview?search=PP")).await, ["shipping"]);
    assert_eq!(names(&format!("{of}/groups?search=i&severity=ok&status=ok")).await, ["archive", "billing", "shipping"]);
    assert_eq!(names(&format!("{of}/groups?severity=critical")).await, [""; 0]);
    assert_eq!(server.get(&format!("{of}/groups?status=none")).await.status().as_u16(), 400);
}
