//! Who may listen, how often, and how often at once.

use deskwire::domain::{Rate, Role};
use serde_json::Value;

use super::{agent, customer, epoch, events, since};
use crate::{harness::*, on_each_database};

on_each_database! {
    async fn strangers_find_no_ticket_in_the_words_for_one_that_is_missing(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;
        let ticket = casey.create_ticket("Help").await;
        let stranger = app.api("robin", Role::Customer);
        for api in [stranger.clone(), stranger.with("Accept", "text/event-stream")] {
            let hidden = api.get(&events(&ticket)).await.error(404);
            for missing in ["999", "x", "-1", "99999999999999999999"] {
                assert_eq!(api.get(&events(missing)).await.error(404), hidden, "{missing}");
            }
        }
    }
}

#[tokio::test]
async fn each_request_is_charged_to_joining() {
    let app = TestApp::with(Database::Sqlite, |settings| {
        settings.limits.join = Rate { per_second: 0.001, burst: 3 };
    })
    .await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("Help").await;
    customer(&app).get(&events(&ticket)).await.expect(200);
    customer(&app).stream(&events(&ticket)).await;
    customer(&app).get(&events("999")).await.error(404);
    let limited = customer(&app).get(&events(&ticket)).await;
    assert!(limited.header("retry-after").is_some());
    assert_eq!(limited.error(429)["code"], "rate_limited");
    assert_eq!(casey.refused("join_ticket", json!({ "ticketId": ticket })).await["code"], "rate_limited");
}

#[tokio::test]
async fn what_no_request_should_be_is_refused_by_the_field_at_fault() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("Help").await;
    for (query, field) in [
        ("public=-1", "public"),
        ("public=x", "public"),
        ("public=", "public"),
        ("public=1.5", "public"),
        ("public=18446744073709551616", "public"),
        ("public=1&public=2", "public"),
        ("public=1&internal=%00", "internal"),
        ("wait=61", "wait"),
        ("wait=-1", "wait"),
        ("wait=99999999999", "wait"),
    ] {
        let error = customer(&app).get(&format!("{}?{query}", events(&ticket))).await.error(400);
        assert_eq!((&error["code"], &error["field"]), (&json!("invalid_payload"), &json!(field)), "{query}");
    }
    for id in ["x", "x:", "x:-1", "x:1:2:3", "x:y", ":", "x:99999999999999999999", "\u{7f}:1", "ü:ü"] {
        let error =
            customer(&app).with("Last-Event-ID", id).ask(&events(&ticket)).await.response(false).await;
        assert_eq!(error.status, 400, "{id}");
    }
    let long = format!("{}?public=0&epoch={}", events(&ticket), "x".repeat(8_000));
    assert_eq!(customer(&app).get(&long).await.expect(200)["reset"], true);
    let far = format!("{}?public={}&epoch={}", events(&ticket), u64::MAX, epoch(&app).await);
    assert_eq!(customer(&app).get(&far).await.expect(200)["reset"], true);
    for accept in ["*/*", "application/json", "text/html, application/json;q=0.9", ";;;", "\u{1}"] {
        let answer = customer(&app).with("Accept", accept).ask(&events(&ticket)).await.response(false).await;
        assert!([200, 400].contains(&answer.status), "{accept}: {}", answer.status);
        if answer.status == 200 {
            assert_eq!(answer.header("content-type"), Some("application/json"), "{accept}");
        }
    }
    casey.ok("ping", json!({})).await;
}

#[tokio::test]
async fn nobody_listens_without_a_body_to_hear_by() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    let ticket = casey.create_ticket("Help").await;
    let bearer = format!("Bearer {}", app.token("casey", Role::Customer));
    for accept in ["*/*", "text/event-stream"] {
        for method in ["HEAD", "POST", "DELETE"] {
            let headers = [("Authorization", bearer.as_str()), ("Accept", accept)];
            let mut connection = Raw::connect(app.address).await;
            connection.request(method, &events(&ticket), &headers).await;
            let refused = connection.response(method == "HEAD").await;
            assert_eq!((refused.status, refused.header("allow")), (405, Some("GET")), "{method}");
        }
    }
}

#[tokio::test]
async fn streams_and_polls_count_as_connections_and_those_that_nobody_sees_go_first() {
    let app = TestApp::with(Database::Sqlite, |settings| settings.bounds.connections_per_user = 2).await;
    let mut ari = app.agent("ari").await;
    let ticket = ari.create_ticket("Help").await;
    let at = agent(&app).get(&events(&ticket)).await.expect(200);
    let mut first = agent(&app).stream(&events(&ticket)).await;
    first.event("replay_complete").await;

    // The socket is the oldest.
    let mut second = agent(&app).stream(&events(&ticket)).await;
    second.event("replay_complete").await;
    assert_eq!(ari.closed().await, 4409);

    let poll = |wait: u32| {
        let (path, api) = (since(&ticket, &at, wait), agent(&app));
        tokio::spawn(async move { api.get(&path).await.expect(200) })
    };
    let waits = poll(60);
    let (_, code) = first.closed().await;
    assert_eq!(code, 4409);
    let _also_waits = poll(60);
    let replaced: Value = waits.await.unwrap();
    assert_eq!((&replaced["close"]["code"], &replaced["events"]), (&json!(4409), &json!([])));

    // What is refused takes nobody's place.
    agent(&app).get(&events("999")).await.error(404);
    let mut alex = app.agent("alex").await;
    alex.say(&ticket, "still there").await;
    second.event("new_message").await;
}
