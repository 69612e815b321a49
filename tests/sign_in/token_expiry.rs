//! The end of a token, and how a session outlives it.

use std::time::{Duration, Instant};

use deskwire::domain::Role;

use crate::harness::*;

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn a_token_that_ends_within_a_minute_is_announced_at_once_and_closes_at_its_end() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.open().await;
    let authenticated =
        casey.authenticate(&app.token_for("casey", Role::Customer, Duration::from_secs(2))).await;
    let expiring = casey.event("token_expiring").await;
    assert_eq!(expiring["expiresAt"], authenticated["expiresAt"]);
    casey.ok("ping", json!({})).await;
    assert_eq!(casey.closed().await, 4401);
    let end = humantime_millis(authenticated["expiresAt"].as_str().unwrap());
    assert!(app::now().0 >= end, "closed before the end");
}

#[tokio::test]
async fn a_token_that_lasts_is_not_announced() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.open().await;
    casey.authenticate(&app.token_for("casey", Role::Customer, HOUR)).await;
    assert!(casey.events_so_far("token_expiring").await.is_empty());
}

#[tokio::test]
async fn the_announcement_comes_a_minute_ahead() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.open().await;
    // Whole seconds: it ends between 61 and 62 seconds from now.
    let started = Instant::now();
    casey.authenticate(&app.token_for("casey", Role::Customer, Duration::from_secs(62))).await;
    assert!(casey.events_so_far("token_expiring").await.is_empty());
    let expiring = casey.event("token_expiring").await;
    let left = humantime_millis(expiring["expiresAt"].as_str().unwrap()) - app::now().0;
    assert!((55_000..=60_000).contains(&left), "{left} ms ahead");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_fresh_token_extends_the_session() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.open().await;
    let short = casey.authenticate(&app.token_for("casey", Role::Customer, Duration::from_secs(2))).await;
    let long = casey.authenticate(&app.token_for("casey", Role::Customer, HOUR)).await;
    let first_end = humantime_millis(short["expiresAt"].as_str().unwrap());
    assert!(humantime_millis(long["expiresAt"].as_str().unwrap()) > first_end);
    eventually("the first token's end", async || app::now().0 > first_end + 50).await;
    casey.ok("ping", json!({})).await;
    assert_eq!(casey.events_so_far("token_expiring").await.len(), 1, "only of the short one");
}

#[tokio::test]
async fn the_end_of_an_extension_closes_too() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.open().await;
    casey.authenticate(&app.token_for("casey", Role::Customer, HOUR)).await;
    let short = casey.authenticate(&app.token_for("casey", Role::Customer, Duration::from_secs(2))).await;
    assert_eq!(casey.event("token_expiring").await["expiresAt"], short["expiresAt"]);
    assert_eq!(casey.closed().await, 4401);
}

#[tokio::test]
async fn a_second_token_of_another_user_is_refused_and_changes_nothing() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    let error = casey.refused("authenticate", json!({ "token": app.token("alex", Role::Agent) })).await;
    assert_eq!(error["code"], "forbidden");
    let ticket = casey.ok("create_ticket", json!({ "subject": "Mine" })).await;
    assert_eq!(ticket["ticket"]["requester"]["id"], "casey");
    assert!(ticket["ticket"].get("priority").is_none(), "still a customer");
}

#[tokio::test]
async fn a_second_token_that_is_bad_ends_the_session() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    casey.send("authenticate", json!({ "token": "bad" })).await;
    assert_eq!(casey.event("authentication_error").await["code"], "authentication_failed");
    assert_eq!(casey.closed().await, 4401);
}

#[tokio::test]
async fn a_fresh_token_with_another_role_changes_what_is_allowed() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut robin = app.customer("robin").await;
    let with_priority = json!({ "subject": "x", "priority": "high" });
    assert_eq!(robin.refused("create_ticket", with_priority.clone()).await["code"], "forbidden");
    robin.authenticate(&app.token("robin", Role::Agent)).await;
    robin.ok("create_ticket", with_priority.clone()).await;
    robin.authenticate(&app.token("robin", Role::Customer)).await;
    assert_eq!(robin.refused("create_ticket", with_priority).await["code"], "forbidden");
}

fn humantime_millis(text: &str) -> i64 {
    let time = humantime::parse_rfc3339(text).unwrap();
    i64::try_from(time.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()).unwrap()
}
