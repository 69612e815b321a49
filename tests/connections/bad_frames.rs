//! Well-formed WebSocket messages that are no frames of this protocol.

use deskwire::domain::Role;
use tokio_tungstenite::tungstenite::Message;

use crate::harness::*;

const NOT_FRAMES: [&str; 17] = [
    "",
    "hello",
    "42",
    "null",
    "[]",
    "\"ping\"",
    "{",
    "{}",
    r#"{"event":5}"#,
    r#"{"event":null}"#,
    r#"{"data":{}}"#,
    r#"{"event":"ping","ack":-1}"#,
    r#"{"event":"ping","ack":1.5}"#,
    r#"{"event":"ping","ack":9007199254740992}"#,
    r#"{"event":"ping","ack":{}}"#,
    r#"{"event":"ping","event":"ping"}"#,
    r#"{"event":"ping"} {"event":"ping"}"#,
];

#[tokio::test]
async fn what_is_no_frame_is_answered_with_bad_frame() {
    let app = TestApp::start(Database::Sqlite).await;
    let long = format!(r#"{{"event":"ping","ack":"{}"}}"#, "x".repeat(65));
    let empty_data = r#"{"event":"ping","data":{"#;
    for text in NOT_FRAMES.into_iter().chain([long.as_str(), empty_data]) {
        let mut stranger = app.open().await;
        stranger.send_text(text).await;
        let error = stranger.event("error").await;
        assert_eq!(error["code"], "bad_frame", "{text}");
        assert!(error.get("event").is_none(), "{text}");
        assert_eq!(stranger.refused("ping", json!({})).await["code"], "unauthenticated", "{text}");
    }
}

#[tokio::test]
async fn a_binary_message_is_a_bad_frame() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    for bytes in [b"".to_vec(), br#"{"event":"ping"}"#.to_vec()] {
        casey.send_message(Message::binary(bytes)).await;
        assert_eq!(casey.event("error").await["code"], "bad_frame");
    }
    casey.ok("ping", json!({})).await;
}

#[tokio::test]
async fn the_third_bad_frame_within_a_minute_closes_with_4400() {
    let app = TestApp::start(Database::Sqlite).await;
    for mut client in [app.open().await, app.customer("casey").await] {
        client.send_text("one").await;
        client.send_message(Message::binary(vec![0, 159, 146, 150])).await;
        client.event("error").await;
        client.event("error").await;
        client.refused("no_such_event", json!({})).await;
        client.send_text("three").await;
        assert_eq!(client.event("error").await["code"], "bad_frame");
        assert_eq!(client.closed().await, 4400);
    }
}

#[tokio::test]
async fn every_ack_of_the_allowed_kinds_comes_back_as_it_was() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    let long = "é".repeat(64);
    for ack in
        [json!(0), json!(9_007_199_254_740_991_u64), json!(""), json!("\"\\\u{1}\u{2028}"), json!(long)]
    {
        casey.send_text(json!({ "event": "ping", "ack": ack }).to_string()).await;
        let answer = casey.frame(|frame| frame["event"] == "ack").await;
        assert_eq!((&answer["ack"], &answer["data"]["success"]), (&ack, &json!(true)));
    }
    // None, and null, are no ack.
    for text in [r#"{"event":"ping"}"#, r#"{"event":"ping","ack":null,"data":null}"#] {
        casey.send_text(text).await;
        casey.event("pong").await;
    }
}

#[tokio::test]
async fn the_bytes_of_an_envelope_come_in_the_promised_order() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut raw = Raw::open(app.address).await;
    assert!(raw.frame().await.unwrap().1.starts_with(br#"{"event":"hello","data":{"#));
    let token = app.token("casey", Role::Customer);
    raw.send(&json!({ "event": "authenticate", "data": { "token": token }, "ack": "a" })).await;
    assert!(raw.frame().await.unwrap().1.starts_with(br#"{"event":"ack","ack":"a","data":{"success":true,"#));
    raw.send(&json!({ "event": "create_ticket", "data": { "subject": "x" } })).await;
    assert!(
        raw.frame().await.unwrap().1.starts_with(br#"{"event":"ticket_created","data":{"ticket":{"id":"#)
    );
    raw.send(&json!({ "event": "nope" })).await;
    assert!(raw.frame().await.unwrap().1.starts_with(br#"{"event":"error","data":{"code":"unknown_event","#));
}

#[tokio::test]
async fn an_unknown_event_is_named_and_shortened() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    assert_eq!(casey.refused("no_such_event", json!({})).await["code"], "unknown_event");
    casey.send("Ping", json!({})).await;
    let error = casey.event("error").await;
    assert_eq!((&error["code"], &error["event"]), (&json!("unknown_event"), &json!("Ping")));
    casey.send(&"<script>\u{0}".repeat(1_000), json!({})).await;
    let error = casey.event("error").await;
    assert_eq!(error["code"], "unknown_event");
    assert_eq!(error["event"].as_str().unwrap().chars().count(), 64);
    // Escapes in the name are the name.
    casey.send_text(r#"{"event":"\u0070ing","ack":1}"#).await;
    assert_eq!(casey.ack(1).await["success"], true);
}
