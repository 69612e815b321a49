//! How large a message may be.

use serde_json::Value;

use super::{authenticated, padded};
use crate::harness::*;

const UNAUTHENTICATED: usize = 8 * 1024;

async fn small(frame_bytes: usize) -> TestApp {
    TestApp::with(Database::Sqlite, |settings| settings.bounds.frame_bytes = frame_bytes).await
}

#[tokio::test]
async fn before_authentication_8_kib_pass_and_one_byte_more_closes() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut raw = Raw::open(app.address).await;
    raw.write(&raw::text(&padded(UNAUTHENTICATED))).await;
    assert_eq!(raw.event("ack").await["error"]["code"], "unauthenticated");
    raw.write(&raw::text(&padded(UNAUTHENTICATED + 1))).await;
    assert_eq!(raw.event("error").await["code"], "too_large");
    assert_eq!(raw.closed().await, 1009);
}

#[tokio::test]
async fn the_header_alone_of_a_huge_frame_is_enough_to_be_closed() {
    let app = TestApp::start(Database::Sqlite).await;
    for payload in [8_193, 1 << 20, 1 << 40, u64::MAX >> 1, u64::MAX] {
        let mut stranger = Raw::open(app.address).await;
        stranger.write(&raw::header(0x82, payload)).await;
        assert_eq!(stranger.closed().await, 1009, "{payload}");
    }
    for payload in [16 * 1024 * 1024 + 1, 1 << 40, u64::MAX] {
        let mut casey = authenticated(&app, "casey").await;
        casey.write(&raw::header(0x82, payload)).await;
        assert_eq!(casey.closed().await, 1009, "{payload}");
    }
}

#[tokio::test]
async fn a_client_in_the_middle_of_a_huge_frame_sees_why_it_is_closed() {
    let app = TestApp::start(Database::Sqlite).await;
    for _ in 0..5 {
        let mut raw = Raw::open(app.address).await;
        // All of it is sent before anything is read.
        raw.write(&raw::frame(0x81, &vec![b'x'; 20_000_000])).await;
        assert_eq!(raw.closed().await, 1009);
    }
    let mut polite = app.open().await;
    polite.send_text("x".repeat(1_000_000)).await;
    assert_eq!(polite.event("error").await["code"], "too_large");
    assert_eq!(polite.closed().await, 1009);
}

#[tokio::test]
async fn after_authentication_the_frame_limit_counts() {
    let app = small(50_000).await;
    let mut casey = authenticated(&app, "casey").await;
    casey.write(&raw::text(&padded(50_000))).await;
    assert_eq!(casey.event("ack").await["success"], true);
    casey.write(&raw::text(&padded(50_001))).await;
    assert_eq!(casey.closed().await, 1009);
}

#[tokio::test]
async fn fragments_are_bounded_in_sum() {
    let app = small(50_000).await;
    let whole = padded(50_000);
    let (one, two) = whole.as_bytes().split_at(30_000);
    let mut casey = authenticated(&app, "casey").await;
    casey.write(&[raw::frame(0x01, one), raw::frame(0x80, two)].concat()).await;
    assert_eq!(casey.event("ack").await["success"], true);
    // Each message by itself, not all of them.
    casey.write(&[raw::frame(0x01, one), raw::frame(0x80, two)].concat()).await;
    assert_eq!(casey.event("ack").await["success"], true);
    casey.write(&[raw::frame(0x01, one), raw::frame(0x00, one), raw::frame(0x80, one)].concat()).await;
    assert_eq!(casey.closed().await, 1009);

    let mut stranger = Raw::open(app.address).await;
    let part = vec![b'x'; 5_000];
    stranger.write(&[raw::frame(0x01, &part), raw::frame(0x80, &part)].concat()).await;
    assert_eq!(stranger.closed().await, 1009);
}

#[tokio::test]
async fn a_large_message_and_a_small_one_behind_it_are_carried_out_in_order() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("x").await;
    let large = json!([{ "name": "a.txt", "data": "YWJj".repeat(500_000) }]);
    let first = casey
        .send_acked("send_message", json!({ "ticketId": ticket, "message": "1", "attachments": large }))
        .await;
    let second = casey.send_acked("send_message", json!({ "ticketId": ticket, "message": "2" })).await;
    let seq = |answer: Value| answer["message"]["seq"].as_u64();
    assert_eq!(seq(casey.ack(second).await), Some(2));
    assert_eq!(seq(casey.ack(first).await), Some(1));
}
