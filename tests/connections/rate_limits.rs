//! How often who may do what.

use deskwire::{
    config::Settings,
    domain::{Rate, Rates, Role},
};
use serde_json::Value;

use crate::harness::*;

/// So slow that nothing comes back during a test.
fn few(burst: u32) -> Rate {
    Rate { per_second: 0.01, burst }
}

async fn with_limits(change: impl FnOnce(&mut Rates)) -> TestApp {
    TestApp::with(Database::Sqlite, |settings| change(&mut settings.limits)).await
}

fn assert_limited(error: &Value) {
    assert_eq!(error["code"], "rate_limited", "{error}");
    let wait = error["retryAfterMs"].as_u64().unwrap();
    assert!((1..=100_000).contains(&wait), "{wait}");
}

type Narrow = fn(&mut Rates);

#[tokio::test]
async fn each_class_has_a_limit_of_its_own_for_each_user() {
    let classes: [(&[&str], Narrow); 6] = [
        (&["send_message"], |rates| rates.message = few(2)),
        (&["typing_start", "typing_stop"], |rates| rates.typing = few(2)),
        (&["join_ticket", "leave_ticket"], |rates| rates.join = few(2)),
        (&["get_messages"], |rates| rates.history = few(2)),
        (&["create_ticket"], |rates| rates.ticket = few(3)),
        (&["ping", "get_online_users"], |rates| rates.other = few(2)),
    ];
    let all: Vec<&str> = classes.iter().flat_map(|(commands, _)| commands.iter().copied()).collect();
    for (limited, narrow) in classes {
        let app = with_limits(narrow).await;
        let (mut casey, mut robin) = (app.customer("casey").await, app.customer("robin").await);
        let ticket = casey.create_ticket("One").await;
        let data = json!({ "ticketId": ticket, "subject": "s", "message": "m" });
        for i in 0..2 {
            let command = limited[i % limited.len()];
            assert_ne!(code(&casey.request(command, data.clone()).await), "rate_limited", "{command}");
        }
        for command in limited {
            assert_limited(&casey.refused(command, data.clone()).await);
        }
        for command in all.iter().filter(|command| !limited.contains(command)) {
            assert_ne!(code(&casey.request(command, data.clone()).await), "rate_limited", "{command}");
        }
        let of_another = robin.request(limited[0], data.clone()).await;
        assert_ne!(code(&of_another), "rate_limited", "the limit of one user touches another");
        // Another connection of the same user is the same user.
        assert_limited(&app.customer("casey").await.refused(limited[0], data).await);
    }
}

fn code(answer: &Value) -> String {
    answer["error"]["code"].as_str().unwrap_or("ok").to_owned()
}

#[tokio::test]
async fn attempts_to_authenticate_are_counted_by_address() {
    let app = with_limits(|rates| rates.auth = few(3)).await;
    for _ in 0..3 {
        app.customer("casey").await;
    }
    let mut robin = app.open().await;
    let token = app.token("robin", Role::Customer);
    assert_limited(&robin.refused("authenticate", json!({ "token": token })).await);
    robin.send("authenticate", json!({ "token": token })).await;
    assert_limited(&robin.event("authentication_error").await);
    // It may be tried again on the same connection.
    assert_eq!(robin.refused("ping", json!({})).await["code"], "unauthenticated");
}

#[tokio::test]
async fn over_http_only_bad_tokens_are_charged_to_the_address() {
    let app = with_limits(|rates| rates.auth = few(1)).await;
    let get = async |token: &str| {
        let bearer = format!("Bearer {token}");
        http::get(app.address, "/api/attachments/x", &[("Authorization", bearer.as_str())]).await
    };
    let good = app.token("casey", Role::Customer);
    for _ in 0..3 {
        assert_eq!(get(&good).await.status, 404);
    }
    assert_eq!(get("bad").await.status, 401);
    let refused = get("bad").await;
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
    assert_limited(&refused.json()["error"]);
    assert_eq!(get(&good).await.status, 404, "others behind the same address are not kept out");
}

fn trust(settings: &mut Settings, proxies: &[&str]) {
    settings.network.trusted_proxies = proxies.iter().map(|net| net.parse().unwrap()).collect();
    settings.limits.auth = few(1);
}

async fn is_let_in(app: &TestApp, forwarded_for: &str) -> bool {
    let mut client = WsClient::open_with(app.address, &[("x-forwarded-for", forwarded_for)]).await;
    let answer = client.request("authenticate", json!({ "token": app.token("casey", Role::Customer) })).await;
    answer["success"] == true
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_forwarded_address_is_counted_by_itself() {
    let app = TestApp::with(Database::Sqlite, |settings| trust(settings, &["127.0.0.0/8"])).await;
    assert!(is_let_in(&app, "203.0.113.1").await);
    assert!(!is_let_in(&app, "203.0.113.1").await);
    assert!(is_let_in(&app, "203.0.113.2").await);
    // What the client wrote itself stands before what the proxy added.
    assert!(!is_let_in(&app, "198.51.100.7, 203.0.113.2").await);
    // One IPv6 network is one sender.
    assert!(is_let_in(&app, "2001:db8::1").await);
    assert!(!is_let_in(&app, "2001:db8::2").await);
}

#[tokio::test]
async fn what_a_stranger_forwards_is_not_believed() {
    let app = TestApp::with(Database::Sqlite, |settings| trust(settings, &["10.0.0.0/8"])).await;
    assert!(is_let_in(&app, "203.0.113.1").await);
    assert!(!is_let_in(&app, "203.0.113.2").await);
}

#[tokio::test]
async fn what_is_no_command_is_charged_to_other() {
    for junk in [json!({ "event": "no_such_command" }), json!("not an object")] {
        let app = with_limits(|rates| rates.other = few(2)).await;
        let mut casey = app.customer("casey").await;
        for _ in 0..2 {
            casey.send_text(junk.to_string()).await;
            assert_ne!(casey.event("error").await["code"], "rate_limited");
        }
        assert_limited(&casey.refused("ping", json!({})).await);
        let mut stranger = app.open().await;
        for _ in 0..2 {
            stranger.send_text(junk.to_string()).await;
            assert_ne!(stranger.event("error").await["code"], "rate_limited");
        }
        assert_limited(&stranger.refused("ping", json!({})).await);
    }
}

async fn flood(client: &mut WsClient, command: &str, data: &Value) -> u16 {
    let frame = json!({ "event": command, "data": data }).to_string();
    for _ in 0..1_000 {
        if !client.try_send_text(frame.clone()).await {
            break;
        }
    }
    client.closed().await
}

#[tokio::test]
async fn who_keeps_flooding_is_closed_with_4429() {
    let app = with_limits(|rates| rates.other = few(5)).await;
    let mut casey = app.customer("casey").await;
    assert_eq!(flood(&mut casey, "ping", &json!({})).await, 4429);
    assert_limited(&casey.event("error").await);
    // Only this connection was closed.
    assert_limited(&app.customer("casey").await.refused("ping", json!({})).await);
}

#[tokio::test]
async fn flooding_with_tokens_is_flooding_too() {
    let app = with_limits(|rates| rates.auth = few(1)).await;
    let mut casey = app.customer("casey").await;
    let token = json!({ "token": app.token("casey", Role::Customer) });
    assert_eq!(flood(&mut casey, "authenticate", &token).await, 4429);
}
