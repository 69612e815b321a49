//! Who is let in, and what those who are not get to hear.

use std::time::Duration;

use deskwire::{
    auth::{ClaimNames, Signer},
    domain::{Role, Secret, UserId},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::Value;

use crate::harness::{app::SECRET, *};

fn signed(algorithm: Algorithm, claims: &Value) -> String {
    encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
}

/// Tokens that must be refused, and why.
fn bad_tokens() -> Vec<(&'static str, String)> {
    let foreign =
        Signer::hs256(&Secret::new("another-secret-of-32-characters-or-so"), ClaimNames::default(), None);
    let (id, hour) = (UserId::new("mallory").unwrap(), Duration::from_secs(3_600));
    let foreign = foreign.sign(&id, None, Role::Admin, hour, app::now()).unwrap();
    let later = app::now().0 / 1_000 + 3_600;
    let good = signed(Algorithm::HS256, &json!({ "sub": "mallory", "exp": later }));
    let (_, rest) = good.split_once('.').unwrap();
    let (claims, _) = rest.split_once('.').unwrap();
    // {"alg":"none","typ":"JWT"}
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.");
    let claims = |claims: Value| signed(Algorithm::HS256, &claims);
    vec![
        ("no token", String::new()),
        ("garbage", "a.b.c".to_owned()),
        ("too long", "x".repeat(8_100)),
        ("signed by another", foreign),
        ("not signed", unsigned),
        ("another algorithm", signed(Algorithm::HS512, &json!({ "sub": "mallory", "exp": later }))),
        ("a cut signature", good[..good.len() - 2].to_owned()),
        ("no exp", claims(json!({ "sub": "mallory" }))),
        ("no sub", claims(json!({ "exp": later }))),
        ("an empty sub", claims(json!({ "sub": "", "exp": later }))),
        ("a long sub", claims(json!({ "sub": "x".repeat(129), "exp": later }))),
        ("not valid yet", claims(json!({ "sub": "mallory", "exp": later, "nbf": later - 60 }))),
        ("a role of its own", claims(json!({ "sub": "mallory", "exp": later, "role": "root" }))),
        ("for another audience", claims(json!({ "sub": "mallory", "exp": later, "aud": "shop" }))),
    ]
}

#[tokio::test]
async fn a_good_token_is_answered_with_who_it_is_and_until_when() {
    let app = TestApp::start(Database::Sqlite).await;
    let token = app.token("casey", Role::Customer);
    let mut acked = app.open().await;
    let answer = acked.authenticate(&token).await;
    assert_eq!(answer["user"], json!({ "id": "casey", "name": "Casey", "role": "customer" }));
    assert!(answer["epoch"].is_string());
    assert!(answer["expiresAt"].as_str().unwrap().ends_with(".000Z"));

    let mut named = app.open().await;
    named.send("authenticate", json!({ "token": token })).await;
    let event = named.event("authenticated").await;
    assert_eq!(event["user"], answer["user"]);
    assert_eq!(event["expiresAt"], answer["expiresAt"]);
}

#[tokio::test]
async fn a_bad_token_is_an_event_without_an_ack_and_an_ack_with_one_and_closes() {
    let app = TestApp::start(Database::Sqlite).await;
    for (why, token) in bad_tokens() {
        let mut silent = app.open().await;
        silent.send("authenticate", json!({ "token": token })).await;
        let event = silent.event("authentication_error").await;
        assert_eq!(event["code"], "authentication_failed", "{why}");
        assert!(event["message"].is_string(), "{why}");
        assert_eq!(silent.closed().await, 4401, "{why}");

        let mut acked = app.open().await;
        let error = acked.refused("authenticate", json!({ "token": token })).await;
        assert_eq!(error["code"], "authentication_failed", "{why}");
        assert_eq!(acked.closed().await, 4401, "{why}");
        // Not twice.
        assert!(acked.all_kept().iter().all(|frame| frame["event"] != "authentication_error"), "{why}");
    }
}

#[tokio::test]
async fn an_expired_token_is_called_that() {
    let app = TestApp::start(Database::Sqlite).await;
    let token = signed(Algorithm::HS256, &json!({ "sub": "casey", "exp": app::now().0 / 1_000 - 1 }));
    let mut casey = app.open().await;
    casey.send("authenticate", json!({ "token": token })).await;
    assert_eq!(casey.event("authentication_error").await["code"], "token_expired");
    assert_eq!(casey.closed().await, 4401);
}

#[tokio::test]
async fn who_does_not_authenticate_in_time_is_closed() {
    let app = TestApp::with(Database::Sqlite, |settings| {
        settings.timing.auth_timeout = Duration::from_millis(200);
    })
    .await;
    let mut nobody = app.open().await;
    assert_eq!(nobody.hello["authTimeoutMs"], 200);
    let mut talker = app.open().await;
    assert_eq!(talker.refused("ping", json!({})).await["code"], "unauthenticated");
    assert_eq!(nobody.closed().await, 4401);
    assert_eq!(talker.closed().await, 4401);
    // Who did in time stays.
    let mut casey = app.customer("casey").await;
    nobody = app.open().await;
    assert_eq!(nobody.closed().await, 4401);
    casey.ok("ping", json!({})).await;
}

#[tokio::test]
async fn a_bearer_token_on_the_upgrade_authenticates_by_itself() {
    let app = TestApp::start(Database::Sqlite).await;
    let bearer = format!("Bearer {}", app.token("casey", Role::Customer));
    let mut casey = WsClient::open_with(app.address, &[("authorization", &bearer)]).await;
    assert_eq!(casey.event("authenticated").await["user"]["id"], "casey");
    casey.ok("ping", json!({})).await;

    for (why, token) in bad_tokens().into_iter().filter(|(_, token)| !token.is_empty()) {
        let bearer = format!("bearer {token}");
        let mut mallory = WsClient::open_with(app.address, &[("authorization", &bearer)]).await;
        let error = mallory.event("authentication_error").await;
        assert_eq!(error["code"], "authentication_failed", "{why}");
        assert_eq!(mallory.closed().await, 4401, "{why}");
    }
}

#[tokio::test]
async fn before_authentication_nothing_else_is_done() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut stranger = app.open().await;
    for (command, data) in [
        ("ping", json!({})),
        ("create_ticket", json!({ "subject": "x" })),
        ("create_ticket", json!({ "subject": 5 })),
        ("join_ticket", json!({ "ticketId": 1 })),
        ("leave_ticket", json!({ "ticketId": 1 })),
        ("get_messages", json!({ "ticketId": 1 })),
        ("send_message", json!({ "ticketId": 1, "message": "x" })),
        ("typing_start", json!({ "ticketId": 1 })),
        ("typing_stop", json!({})),
        ("get_online_users", json!({ "ticketId": 1 })),
    ] {
        assert_eq!(
            stranger.refused(command, data.clone()).await["code"],
            "unauthenticated",
            "{command} {data}"
        );
        stranger.send(command, data).await;
        let error = stranger.event("error").await;
        assert_eq!((&error["code"], &error["event"]), (&json!("unauthenticated"), &json!(command)));
    }
    assert_eq!(app.rows("tickets"), 0);
    stranger.authenticate(&app.token("casey", Role::Customer)).await;
    stranger.ok("ping", json!({})).await;
}

#[tokio::test]
async fn an_authenticate_without_a_token_says_what_is_missing() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.open().await;
    for data in [json!({}), json!({ "token": 5 }), json!({ "token": null })] {
        let error = casey.refused("authenticate", data).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!("token")));
    }
    casey.authenticate(&app.token("casey", Role::Customer)).await;
}

#[tokio::test]
async fn commands_sent_behind_a_pending_authenticate_wait_for_it() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.open().await;
    let token = app.token("casey", Role::Customer);
    let authenticated = casey.send_acked("authenticate", json!({ "token": token })).await;
    let created = casey.send_acked("create_ticket", json!({ "subject": "At once" })).await;
    let pinged = casey.send_acked("ping", json!({})).await;
    for ack in [authenticated, created, pinged] {
        assert_eq!(casey.ack(ack).await["success"], true);
    }

    // A refused one does not let them through either.
    let mut mallory = app.open().await;
    mallory.send("authenticate", json!({ "token": "bad" })).await;
    mallory.send("create_ticket", json!({ "subject": "No" })).await;
    assert_eq!(mallory.closed().await, 4401);
    assert_eq!(app.rows("tickets"), 1);
}
