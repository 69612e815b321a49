//! Who counts as alive, and what becomes of those who do not.

use std::time::{Duration, Instant};

use deskwire::{config::Settings, domain::Role};

use crate::harness::*;

/// Long enough for a busy machine to answer in time.
const BEAT: Duration = Duration::from_secs(1);

/// The least part of a beat that lies between two.
const LEAST: f64 = 0.9;

fn short(settings: &mut Settings) {
    settings.timing.heartbeat = BEAT;
}

async fn authenticate(raw: &mut Raw, app: &TestApp, id: &str) {
    let token = app.token(id, Role::Customer);
    raw.send(&json!({ "event": "authenticate", "data": { "token": token } })).await;
    raw.event("authenticated").await;
}

#[tokio::test]
async fn a_silent_peer_is_pinged_and_dropped_after_two_intervals() {
    let app = TestApp::with(Database::Sqlite, short).await;
    let started = Instant::now();
    let mut raw = Raw::open(app.address).await;
    raw.event("hello").await;
    assert_eq!(raw.frame().await, Some((0x89, vec![])), "a ping");
    assert_eq!(raw.frame().await, None, "one ping, and no good-bye");
    let lived = started.elapsed();
    assert!(lived >= BEAT.mul_f64(2.0 * LEAST), "dropped after {lived:?}");
}

#[tokio::test]
async fn a_peer_that_answers_pings_stays() {
    let app = TestApp::with(Database::Sqlite, short).await;
    let mut raw = Raw::open(app.address).await;
    authenticate(&mut raw, &app, "casey").await;
    for _ in 0..4 {
        while raw.frame().await.expect("dropped").0 != 0x89 {}
        raw.write(&raw::frame(0x8a, b"")).await;
    }
    raw.send(&json!({ "event": "ping" })).await;
    raw.event("pong").await;
}

#[tokio::test]
async fn a_large_frame_on_a_slow_line_counts_as_life() {
    let app = TestApp::with(Database::Sqlite, short).await;
    let mut raw = Raw::open(app.address).await;
    authenticate(&mut raw, &app, "casey").await;
    let frame =
        raw::text(&json!({ "event": "ping", "data": { "x": "x".repeat(100) }, "ack": 1 }).to_string());
    let started = Instant::now();
    // A few bytes each half interval, and no pong for longer than a silent peer may live.
    let mut pace = tokio::time::interval(BEAT / 2);
    for piece in frame.chunks(frame.len() / 10) {
        pace.tick().await;
        raw.write(piece).await;
    }
    assert!(started.elapsed() > BEAT * 4);
    assert_eq!(raw.event("ack").await["success"], true);
}

#[tokio::test]
async fn who_is_dropped_leaves_the_rooms() {
    let app = TestApp::with(Database::Sqlite, short).await;
    let mut alex = app.agent("alex").await;
    let ticket = alex.create_ticket("x").await;
    alex.join(&ticket).await;
    let mut robin = Raw::open(app.address).await;
    let token = app.token("robin", Role::Agent);
    robin.send(&json!({ "event": "authenticate", "data": { "token": token } })).await;
    robin.send(&json!({ "event": "join_ticket", "data": { "ticketId": ticket } })).await;
    robin.event("joined_ticket").await;
    assert_eq!(alex.event("user_joined_ticket").await["user"]["id"], "robin");
    assert_eq!(alex.event("user_left_ticket").await["user"]["id"], "robin");
    robin.gone().await;
}

#[tokio::test]
async fn a_cut_connection_leaves_the_rooms_at_once() {
    // No beat comes within what a test waits for.
    let app = TestApp::with(Database::Sqlite, |settings| settings.timing.heartbeat = PATIENCE * 2).await;
    let mut alex = app.agent("alex").await;
    let ticket = alex.create_ticket("x").await;
    alex.join(&ticket).await;
    let mut robin = app.agent("robin").await;
    robin.join(&ticket).await;
    alex.event("user_joined_ticket").await;
    robin.cut();
    assert_eq!(alex.event("user_left_ticket").await["user"]["id"], "robin");
}

#[tokio::test]
async fn a_peer_that_never_reads_is_dropped() {
    let app = TestApp::with(Database::Sqlite, short).await;
    let mut alex = app.agent("alex").await;
    let ticket = alex.create_ticket("x").await;
    for _ in 0..20 {
        alex.say(&ticket, &"x".repeat(10_000)).await;
    }
    alex.join(&ticket).await;
    let mut robin = Raw::connect_narrow(app.address).await;
    assert_eq!(robin.upgrade(&[]).await.status, 101);
    let token = app.token("robin", Role::Agent);
    robin.send(&json!({ "event": "authenticate", "data": { "token": token } })).await;
    robin.event("authenticated").await;
    robin.send(&json!({ "event": "join_ticket", "data": { "ticketId": ticket } })).await;
    alex.event("user_joined_ticket").await;
    // It asks for megabytes, goes on pinging, and takes nothing.
    let asked = raw::text(&json!({ "event": "get_messages", "data": { "ticketId": ticket } }).to_string());
    let mut frames = vec![asked; 60].into_iter().chain(std::iter::repeat(raw::frame(0x89, b"alive")));
    let asking = async {
        while robin.try_write(&frames.next().unwrap()).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        std::future::pending::<()>().await;
    };
    let gone = tokio::time::timeout(PATIENCE, alex.event("user_left_ticket"));
    tokio::select! {
        left = gone => assert_eq!(left.expect("still there")["user"]["id"], "robin"),
        () = asking => {}
    }
}

#[tokio::test]
async fn a_peer_that_does_not_answer_a_close_is_cut_off() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut raw = Raw::open(app.address).await;
    raw.send(&json!({ "event": "authenticate", "data": { "token": "bad" } })).await;
    assert_eq!(raw.closed().await, 4401);
    // What it sends now is not carried out, and does not keep it.
    raw.write(&raw::text(r#"{"event":"ping"}"#)).await;
    raw.gone().await;
}
