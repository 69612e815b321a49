//! Sessions of anonymous visitors.

use std::time::Duration;

use deskwire::{
    config::Settings,
    domain::{Rate, Role, Secret},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use crate::{
    harness::{app::now, *},
    on_each_database,
};

const IDENTITY_SECRET: &str = "Yq3nT8vXw1Lc6ZkRj5Hb0DsGm9PeFu2A";

fn on(settings: &mut Settings) {
    settings.widget.widget_sessions = true;
}

fn vouching(settings: &mut Settings) {
    on(settings);
    settings.widget.identity_secret = Some(Secret::new(IDENTITY_SECRET));
}

fn bearer(app: &TestApp, session: &Value) -> Api {
    app.anonymous_api().with("Authorization", &format!("Bearer {}", session["token"].as_str().unwrap()))
}

async fn begin(app: &TestApp) -> Value {
    app.anonymous_api().post("/api/widget/session", json!({})).await.expect(201)
}

/// In seconds since 1970.
fn in_seconds(seconds: i64) -> i64 {
    now().0 / 1_000 + seconds
}

/// What a helpdesk's server makes.
fn vouched(secret: &str, id: &str, name: &str, email: &str, expires_at: i64) -> Value {
    let text = format!("deskwire-identity-v1\n{id}\n{name}\n{email}\n{expires_at}");
    let mut hmac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    hmac.update(text.as_bytes());
    let hmac = hex::encode(hmac.finalize().into_bytes());
    let mut claim = json!({ "id": id, "expiresAt": expires_at, "hmac": hmac });
    for (field, value) in [("name", name), ("email", email)] {
        if !value.is_empty() {
            claim[field] = json!(value);
        }
    }
    json!({ "identity": claim })
}

on_each_database! {
    async fn a_visitor_without_a_token_gets_a_session_and_opens_a_ticket(database) {
        let mut app = TestApp::with(database, on).await;
        let answer = app.anonymous_api().send_bytes("POST", "/api/widget/session", b"").await;
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let session = answer.expect(201);
        let id = session["user"]["id"].as_str().unwrap().to_owned();
        assert!(id.starts_with("visitor-") && id.len() == 30, "{id}");
        assert_eq!((&session["user"]["name"], &session["user"]["role"]), (&json!("Visitor"), &json!("customer")));
        assert_eq!(app.rows("users"), 0, "nothing is written before they come in");
        assert_ne!(begin(&app).await["user"]["id"], json!(id));

        let mut visitor = app.open().await;
        let authenticated = visitor.authenticate(session["token"].as_str().unwrap()).await;
        assert_eq!((&authenticated["user"], &authenticated["expiresAt"]), (&session["user"], &session["expiresAt"]));
        let ticket = visitor.create_ticket("Hello?").await;
        let mut alex = app.agent("alex").await;
        assert_eq!(alex.ok("get_ticket", json!({ "ticketId": ticket })).await["ticket"]["requester"], session["user"]);
        bearer(&app, &session).get(&format!("/api/tickets/{ticket}")).await.expect(200);
        bearer(&app, &begin(&app).await).get(&format!("/api/tickets/{ticket}")).await.error(404);
        bearer(&app, &session).get("/api/admin/queues").await.error(403);
        // The key is the database's: a restart ends no session.
        app.restart().await;
        bearer(&app, &session).get(&format!("/api/tickets/{ticket}")).await.expect(200);
    }
}

on_each_database! {
    async fn sessions_are_off_unless_they_are_turned_on(database) {
        let mut app = TestApp::with(database, on).await;
        let session = begin(&app).await;
        let renewing = bearer(&app, &session);
        renewing.post("/api/widget/session/renew", json!({})).await.expect(200);
        app.stop().await;
        let off = TestApp::with(app.database().clone(), |settings| {
            settings.storage.data_dir = app.data_dir().to_owned();
        }).await;
        assert_eq!(off.anonymous_api().post("/api/widget/session", json!({})).await.error(404)["code"], "not_found");
        let answer = bearer(&off, &session).get("/api/tickets").await;
        assert_eq!(answer.error(401)["code"], "authentication_failed", "then its tokens are none");
    }
}

on_each_database! {
    async fn who_a_visitor_is_is_taken_from_their_helpdesks_server_alone(database) {
        let app = TestApp::with(database, vouching).await;
        let api = app.anonymous_api();
        let claim = vouched(IDENTITY_SECRET, "casey", "Casey <b>J</b>", "casey@example.com", in_seconds(300));
        let session = api.post("/api/widget/session", claim.clone()).await.expect(201);
        assert_eq!(session["user"], json!({ "id": "casey", "name": "Casey J", "role": "customer" }));
        bearer(&app, &session).get("/api/tickets").await.expect(200);
        assert_eq!(app.texts("SELECT email AS text FROM users WHERE id = 'casey'"), ["casey@example.com"]);
        // Only the id is needed.
        let bare = vouched(IDENTITY_SECRET, "dana", "", "", in_seconds(300));
        assert_eq!(api.post("/api/widget/session", bare).await.expect(201)["user"]["name"], "dana");

        let refused = async |change: &dyn Fn(&mut Value)| {
            let mut changed = claim.clone();
            change(&mut changed["identity"]);
            let answer = api.post("/api/widget/session", changed).await;
            answer.error(401)["code"].clone()
        };
        for (field, value) in [
            ("id", json!("root")),
            ("name", json!("Root")),
            ("name", Value::Null),
            ("email", json!("root@example.com")),
            ("expiresAt", json!(in_seconds(301))),
            ("hmac", json!("")),
            ("hmac", json!("00".repeat(32))),
            ("hmac", json!("not hexadecimal")),
        ] {
            assert_eq!(refused(&|claim| claim[field] = value.clone()).await, "authentication_failed", "{field}");
        }
        let another = vouched("another secret of thirty-two bytes", "casey", "", "", in_seconds(300));
        assert_eq!(api.post("/api/widget/session", another).await.error(401)["code"], "authentication_failed");
        let over = vouched(IDENTITY_SECRET, "casey", "", "", in_seconds(-1));
        assert_eq!(api.post("/api/widget/session", over).await.error(401)["code"], "token_expired");
        let endless = vouched(IDENTITY_SECRET, "casey", "", "", in_seconds(90_000));
        assert_eq!(api.post("/api/widget/session", endless).await.error(400)["field"], "identity.expiresAt");
        let taken = vouched(IDENTITY_SECRET, "visitor-AAAAAAAAAAAAAAAAAAAAAA", "", "", in_seconds(300));
        assert_eq!(api.post("/api/widget/session", taken).await.error(400)["field"], "identity.id");
    }
}

on_each_database! {
    async fn nobody_is_taken_at_their_word(database) {
        let app = TestApp::with(database, on).await;
        let api = app.anonymous_api();
        let claim = vouched(IDENTITY_SECRET, "casey", "", "", in_seconds(300));
        for (body, field) in [
            (claim, "identity"),
            (json!({ "name": "Root" }), "name"),
            (json!({ "id": "root" }), "id"),
            (json!({ "email": "a@example.com" }), "email"),
        ] {
            let error = api.post("/api/widget/session", body.clone()).await.error(403);
            assert_eq!((&error["code"], &error["field"]), (&json!("forbidden"), &json!(field)), "{body}");
        }
    }
}

on_each_database! {
    async fn a_session_in_an_agents_name_is_refused(database) {
        let app = TestApp::with(database, vouching).await;
        app.agent("alex").await;
        let claim = vouched(IDENTITY_SECRET, "alex", "Alex", "", in_seconds(300));
        let session = app.anonymous_api().post("/api/widget/session", claim).await.expect(201);
        assert_eq!(bearer(&app, &session).get("/api/tickets").await.error(401)["code"], "authentication_failed");
        let mut client = app.open().await;
        client.send("authenticate", json!({ "token": session["token"] })).await;
        assert_eq!(client.closed().await, 4401);
        assert_eq!(app.texts("SELECT role AS text FROM users WHERE id = 'alex'"), ["agent"]);
    }
}

on_each_database! {
    async fn a_session_is_renewed_until_its_end(database) {
        let app = TestApp::with(database, |settings| {
            on(settings);
            settings.widget.widget_session_max = Duration::from_secs(3_000);
            settings.widget.widget_token_ttl = Duration::from_secs(2_000);
        }).await;
        let session = begin(&app).await;
        let renewed = bearer(&app, &session).post("/api/widget/session/renew", json!({})).await.expect(200);
        assert_eq!((&renewed["user"], &renewed["renewableUntil"]), (&session["user"], &session["renewableUntil"]));
        bearer(&app, &renewed).get("/api/tickets").await.expect(200);
        // Of anybody else's token no session is made.
        let casey = app.api("casey", Role::Customer).post("/api/widget/session/renew", json!({})).await;
        assert_eq!(casey.error(403)["code"], "forbidden");
        assert_eq!(app.anonymous_api().post("/api/widget/session/renew", json!({})).await.error(401)["code"], "unauthenticated");
    }
}

on_each_database! {
    async fn a_token_never_outlives_its_session_and_an_expired_one_is_not_renewed(database) {
        let app = TestApp::with(database, |settings| {
            on(settings);
            settings.widget.widget_session_max = Duration::from_millis(2_000);
        }).await;
        let session = begin(&app).await;
        assert!(session["expiresAt"].as_str() <= session["renewableUntil"].as_str(), "{session}");
        let api = bearer(&app, &session);
        eventually("it has come to its end", async || {
            api.post("/api/widget/session/renew", json!({})).await.status == 401
        }).await;
        assert_eq!(api.post("/api/widget/session/renew", json!({})).await.error(401)["code"], "token_expired");
    }
}

on_each_database! {
    async fn revoking_and_disabling_end_a_session_and_all_that_it_is_renewed_to(database) {
        let app = TestApp::with(database, on).await;
        let root = app.api("root", Role::Admin);
        for (action, status, code) in [("revoke", 401, 4401), ("disable", 403, 4403)] {
            let session = begin(&app).await;
            let mut visitor = app.open().await;
            visitor.authenticate(session["token"].as_str().unwrap()).await;
            let id = session["user"]["id"].as_str().unwrap();
            root.post(&format!("/api/admin/users/{id}/{action}"), json!({})).await.expect(200);
            assert_eq!(visitor.closed().await, code);
            // A renewal is of the same session, so it is as void.
            let renewed = bearer(&app, &session).post("/api/widget/session/renew", json!({})).await.expect(200);
            assert_eq!(bearer(&app, &renewed).get("/api/tickets").await.status, status, "{action}");
        }
        bearer(&app, &begin(&app).await).get("/api/tickets").await.expect(200);
    }
}

on_each_database! {
    async fn sessions_are_limited_by_address(database) {
        let app = TestApp::with(database, |settings| {
            on(settings);
            settings.limits.session = Rate { per_second: 0.01, burst: 3 };
            settings.network.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        }).await;
        let from = |address: &str| app.anonymous_api().with("X-Forwarded-For", address);
        let session = from("203.0.113.7").post("/api/widget/session", json!({})).await.expect(201);
        from("203.0.113.7").post("/api/widget/session", json!({ "name": "x" })).await.error(403);
        let token = format!("Bearer {}", session["token"].as_str().unwrap());
        from("203.0.113.7").with("Authorization", &token).post("/api/widget/session/renew", json!({})).await.expect(200);
        for path in ["/api/widget/session", "/api/widget/session/renew"] {
            let limited = from("203.0.113.7").with("Authorization", &token).post(path, json!({})).await;
            assert_eq!(limited.error(429)["code"], "rate_limited");
        }
        from("203.0.113.8").post("/api/widget/session", json!({})).await.expect(201);
    }
}

on_each_database! {
    async fn strange_pages_get_no_session(database) {
        let app = TestApp::with(database, |settings| {
            on(settings);
            settings.network.listen.set_ip([0, 0, 0, 0].into());
            settings.network.allowed_origins = vec!["https://help.example.com".to_owned()];
        }).await;
        let from = |origin: &str| app.anonymous_api().with("Origin", origin);
        for origin in ["https://evil.example", "null", "", "https://help.example.com.evil.example", "http://help.example.com"] {
            let answer = from(origin).post("/api/widget/session", json!({})).await;
            assert_eq!(answer.error(403)["code"], "forbidden", "{origin}");
        }
        let answer = from("https://help.example.com").post("/api/widget/session", json!({})).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://help.example.com"));
        let session = answer.expect(201);
        let renew = |origin: &str| bearer(&app, &session).with("Origin", origin);
        renew("https://evil.example").post("/api/widget/session/renew", json!({})).await.error(403);
        renew("https://help.example.com").post("/api/widget/session/renew", json!({})).await.expect(200);
    }
}

on_each_database! {
    async fn a_strangers_body_is_small_or_refused(database) {
        let app = TestApp::with(database, vouching).await;
        let api = app.anonymous_api();
        for raw in ["[]", "7", "{", "\"x\"", "{}{}", "{\"identity\":[]}", "{\"identity\":{\"id\":7}}", "{\"identity\":{}}"] {
            let answer = api.send_bytes("POST", "/api/widget/session", raw.as_bytes()).await;
            assert_eq!(answer.error(400)["code"], "invalid_payload", "{raw}");
        }
        let nested = format!("{}{}", "{\"a\":".repeat(1_000), "}".repeat(1_000));
        let answer = api.send_bytes("POST", "/api/widget/session", nested.as_bytes()).await;
        assert!(matches!(answer.status, 201 | 400), "and nothing breaks: {}", answer.status);
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(9_000));
        let answer = api.send_refused("POST", "/api/widget/session", large.as_bytes()).await;
        assert_eq!(answer.error(413)["code"], "too_large");
        begin(&app).await;
    }
}
