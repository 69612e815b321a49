//! The page, what every response carries, and what is not there.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

use crate::harness::*;

const PAGE: &str = include_str!("../../examples/websocket-chat-client.html");

#[tokio::test]
async fn the_page_is_the_example_and_its_policy_lets_exactly_its_script_and_style_run() {
    let app = TestApp::start(Database::Sqlite).await;
    let page = http::get(app.address, "/", &[]).await;
    assert_eq!((page.status, page.text()), (200, PAGE));
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").unwrap();
    for (directive, element) in [("script-src", "script"), ("style-src", "style")] {
        let (_, rest) = page.text().split_once(&format!("<{element}>")).unwrap();
        let (inline, _) = rest.split_once(&format!("</{element}>")).unwrap();
        let hash = BASE64_STANDARD.encode(Sha256::digest(inline));
        let expected = format!("{directive} 'sha256-{hash}'");
        assert!(policy.split(';').any(|it| it.trim() == expected), "{expected}: {policy}");
    }
    for wanted in ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(wanted), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[tokio::test]
async fn head_is_answered_wherever_get_is_and_without_a_body() {
    let app = TestApp::start(Database::Sqlite).await;
    for path in ["/", "/healthz", "/readyz", "/metrics", "/nothing", "/api/attachments/x"] {
        let get = http::get(app.address, path, &[]).await;
        let mut connection = Raw::connect(app.address).await;
        connection.request("HEAD", path, &[]).await;
        let head = connection.response(true).await;
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        if path != "/metrics" {
            assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
        }
        // Had a body come, it would be read as the next response.
        connection.request("GET", "/healthz", &[]).await;
        assert_eq!(connection.response(false).await.text(), "ok", "{path}");
    }
}

#[tokio::test]
async fn other_methods_are_told_which_ones_are_allowed() {
    let app = TestApp::start(Database::Sqlite).await;
    for path in ["/", "/healthz", "/readyz", "/metrics", "/api/attachments/x", "/ws"] {
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
            let refused = raw::http(app.address, method, path, &[]).await;
            assert_eq!(refused.status, 405, "{method} {path}");
            let allowed = refused.header("allow").unwrap_or_else(|| panic!("{method} {path}"));
            assert!(allowed.contains("GET"), "{method} {path}: {allowed}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_in_json() {
    let app = TestApp::start(Database::Sqlite).await;
    for (method, path) in [
        ("GET", "/nothing"),
        ("POST", "/nothing"),
        ("GET", "/ws/"),
        ("GET", "/api"),
        ("GET", "/api/attachments/"),
        ("GET", "/api/attachments/a/b"),
        ("GET", "/../../etc/passwd"),
        ("GET", "/%2e%2e/deskwire.db"),
        ("GET", "/deskwire.db"),
        ("GET", "//"),
    ] {
        let missing = raw::http(app.address, method, path, &[]).await;
        assert_eq!(missing.status, 404, "{method} {path}");
        assert_eq!(missing.header("content-type"), Some("application/json"), "{method} {path}");
        assert_eq!(missing.json()["error"]["code"], "not_found", "{method} {path}");
    }
}

#[tokio::test]
async fn every_response_carries_the_security_headers() {
    let app = TestApp::with(Database::Sqlite, |settings| {
        settings.network.public_url = Some("https://desk.example.com".to_owned());
    })
    .await;
    let stranger = [("Origin", "https://evil.example")];
    let mut responses = vec![Raw::connect(app.address).await.upgrade(&stranger).await];
    for (method, path) in [
        ("GET", "/"),
        ("HEAD", "/"),
        ("POST", "/"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
        ("GET", "/nothing"),
        ("GET", "/ws"),
        ("GET", "/api/attachments/x"),
        ("GET", "/api/attachments/%ff"),
    ] {
        responses.push(raw::http(app.address, method, path, &[]).await);
    }
    for response in responses {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(response.header(name), Some(value), "{response:?}");
        }
        assert!(response.header("content-security-policy").unwrap().contains("default-src 'none'"));
        assert!(response.header("server").is_none(), "{response:?}");
    }
}
