//! Which pages may connect.

use deskwire::config::Settings;

use crate::harness::*;

async fn status(app: &TestApp, origin: &str) -> u16 {
    Raw::connect(app.address).await.upgrade(&[("Origin", origin)]).await.status
}

/// Listens where others could connect too.
fn in_public(settings: &mut Settings) {
    settings.network.listen.set_ip([0, 0, 0, 0].into());
}

const LOCAL: [&str; 6] = [
    "null",
    "http://localhost",
    "http://localhost:3000",
    "https://127.0.0.1:8443",
    "http://[::1]",
    "http://[::1]:5173",
];

const STRANGE: [&str; 6] = [
    "https://evil.example",
    "https://localhost.evil.example",
    "https://127.0.0.1.evil.example",
    "https://help.example.com.evil.example",
    "file://",
    "",
];

#[tokio::test]
async fn on_loopback_pages_of_this_machine_may_connect_and_others_may_not() {
    let app = TestApp::start(Database::Sqlite).await;
    for origin in LOCAL {
        assert_eq!(status(&app, origin).await, 101, "{origin}");
    }
    for origin in STRANGE {
        assert_eq!(status(&app, origin).await, 403, "{origin}");
    }
}

#[tokio::test]
async fn in_public_only_the_own_origin_may_connect() {
    let app = TestApp::with(Database::Sqlite, in_public).await;
    for origin in LOCAL.into_iter().chain(STRANGE) {
        assert_eq!(status(&app, origin).await, 403, "{origin}");
    }
    assert_eq!(status(&app, &format!("http://127.0.0.1:{}", app.address.port())).await, 101);
    for (host, origin, expected) in [
        ("desk.example.com", "https://desk.example.com", 101),
        ("desk.example.com", "https://DESK.example.com", 101),
        ("desk.example.com:8443", "https://desk.example.com:8443", 101),
        ("desk.example.com", "https://desk.example.com:8443", 403),
        ("desk.example.com", "https://other.example.com", 403),
    ] {
        let headers = [("Host", host), ("Origin", origin)];
        assert_eq!(
            Raw::connect(app.address).await.upgrade(&headers).await.status,
            expected,
            "{host} {origin}"
        );
    }
    // Whoever is no trusted proxy says nothing about the host.
    let forged = [("X-Forwarded-Host", "evil.example"), ("Origin", "https://evil.example")];
    assert_eq!(Raw::connect(app.address).await.upgrade(&forged).await.status, 403);
    // A program that is no browser sends none.
    assert_eq!(Raw::connect(app.address).await.upgrade(&[]).await.status, 101);
}

#[tokio::test]
async fn listed_origins_may_connect() {
    let app = TestApp::with(Database::Sqlite, |settings| {
        in_public(settings);
        settings.network.allowed_origins = vec!["https://help.example.com".to_owned()];
    })
    .await;
    assert_eq!(status(&app, "https://help.example.com").await, 101);
    for origin in ["http://help.example.com", "https://help.example.com:444"].into_iter().chain(STRANGE) {
        assert_eq!(status(&app, origin).await, 403, "{origin}");
    }
}

#[tokio::test]
async fn the_star_lets_every_page_connect() {
    let app = TestApp::with(Database::Sqlite, |settings| {
        in_public(settings);
        settings.network.allowed_origins = vec!["*".to_owned()];
    })
    .await;
    for origin in LOCAL.into_iter().chain(STRANGE) {
        assert_eq!(status(&app, origin).await, 101, "{origin}");
    }
}

#[tokio::test]
async fn the_api_may_be_read_by_pages_that_may_open_a_socket_and_by_no_others() {
    let app = TestApp::start(Database::Sqlite).await;
    for (origin, allowed) in
        [("null", true), ("http://localhost:3000", true), ("https://elsewhere.example", false)]
    {
        let answer = http::get(app.address, "/api/attachments/x", &[("Origin", origin)]).await;
        assert_eq!(answer.status, 401, "{origin}");
        assert_eq!(answer.header("access-control-allow-origin"), allowed.then_some(origin), "{origin}");
        assert_eq!(answer.header("access-control-allow-credentials"), None, "{origin}");
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_host_is_the_one_that_it_names() {
    let app = TestApp::with(Database::Sqlite, |settings| {
        in_public(settings);
        settings.network.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    })
    .await;
    let headers = [("X-Forwarded-Host", "desk.example.com"), ("Origin", "https://desk.example.com")];
    assert_eq!(Raw::connect(app.address).await.upgrade(&headers).await.status, 101);
    let answer = http::get(app.address, "/api/me", &headers).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://desk.example.com"));
}

#[tokio::test]
async fn a_page_may_write_through_the_api_after_asking() {
    let app = TestApp::start(Database::Sqlite).await;
    for (origin, allowed) in [("http://localhost:3000", true), ("https://elsewhere.example", false)] {
        let asked = raw::http(
            app.address,
            "OPTIONS",
            "/api/tickets/1/messages",
            &[
                ("Origin", origin),
                ("Access-Control-Request-Method", "POST"),
                ("Access-Control-Request-Headers", "authorization, content-type, idempotency-key"),
            ],
        )
        .await;
        let admitted = asked.status == 200 && asked.header("access-control-allow-origin") == Some(origin);
        assert_eq!(admitted, allowed, "{asked:?}");
    }
}
