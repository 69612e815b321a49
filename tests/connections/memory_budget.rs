//! What all messages together may hold in memory, and those of one user.

use super::{authenticated, padded};
use crate::harness::*;

/// Of which one user may hold a quarter, or one message of the greatest size.
const BUDGET: usize = 80_000;

async fn narrow(largest: usize) -> TestApp {
    TestApp::with(Database::Sqlite, |settings| {
        settings.bounds.inbound_bytes = BUDGET;
        settings.bounds.frame_bytes = largest;
    })
    .await
}

#[tokio::test]
async fn over_the_memory_budget_a_message_is_lost_and_the_connection_lives_on() {
    let app = narrow(100_000).await;
    let mut casey = app.customer("casey").await;
    for _ in 0..3 {
        casey.send_text(padded(BUDGET + 1)).await;
        let error = casey.event("error").await;
        assert_eq!(error["code"], "overloaded");
        assert!(error["retryAfterMs"].as_u64().unwrap() > 0);
        casey.send_text(padded(19_000)).await;
        assert_eq!(casey.ack(1).await["success"], true);
    }
    assert_eq!(app.rows("users"), 1);
}

/// Whether a message of 10,000 bytes is taken.
async fn passes(client: &mut WsClient) -> bool {
    client.send_text(padded(10_000)).await;
    client.frame(|frame| frame["event"] == "error" || frame["ack"] == 1).await["data"]["success"] == true
}

/// Declares a large message and sends nothing of it: the room is taken.
async fn hog(app: &TestApp, user: &str) -> Raw {
    let mut raw = authenticated(app, user).await;
    raw.write(&raw::header(0x81, 17_000)).await;
    raw
}

#[tokio::test]
async fn the_budget_is_shared_and_what_was_held_comes_back() {
    let app = narrow(BUDGET / 4).await;
    let mut casey = app.customer("casey").await;
    let mut hogs = Vec::new();
    for user in ["a", "b", "c", "d"] {
        assert!(passes(&mut casey).await);
        hogs.push(hog(&app, user).await);
    }
    eventually("the budget is spent", async || !passes(&mut casey).await).await;
    casey.ok("ping", json!({})).await;
    drop(hogs);
    eventually("the budget came back", async || passes(&mut casey).await).await;
}

#[tokio::test]
async fn one_user_cannot_spend_the_budget_of_all() {
    let app = narrow(BUDGET / 4).await;
    let mut hogs = Vec::new();
    for _ in 0..10 {
        hogs.push(hog(&app, "robin").await);
    }
    let (mut robin, mut casey) = (app.customer("robin").await, app.customer("casey").await);
    assert!(!passes(&mut robin).await);
    assert!(passes(&mut casey).await);
    drop(hogs);
    eventually("it came back", async || passes(&mut robin).await).await;
}

#[tokio::test]
async fn a_fragmented_message_over_the_budget_is_lost_as_a_whole() {
    let app = narrow(2 * BUDGET).await;
    let mut casey = authenticated(&app, "casey").await;
    let part = vec![b'x'; BUDGET + 1];
    casey.write(&[raw::frame(0x01, &part), raw::frame(0x00, b"y"), raw::frame(0x80, b"z")].concat()).await;
    assert_eq!(casey.event("error").await["code"], "overloaded");
    casey.write(&raw::text(&padded(100))).await;
    assert_eq!(casey.event("ack").await["success"], true);
    // What was begun cannot be taken back, so it ends the connection.
    casey.write(&[raw::frame(0x01, b"x"), raw::frame(0x80, &part)].concat()).await;
    assert_eq!(casey.closed().await, 1009);
}
