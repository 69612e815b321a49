//! `/metrics`: what is counted, and who may read it.

use deskwire::domain::{Secret, metric::Metric};
use strum::VariantArray;

use crate::harness::*;

/// The value of a sample. Other tests of this process count into the same numbers.
fn sample(text: &str, name: &str) -> f64 {
    let line =
        text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}: {text}"));
    line.trim().parse().unwrap()
}

async fn read(app: &TestApp) -> String {
    let metrics = http::get(app.address, "/metrics", &[]).await;
    assert_eq!(metrics.status, 200);
    assert!(metrics.header("content-type").unwrap().starts_with("text/plain; version=0.0.4"));
    metrics.text().to_owned()
}

#[tokio::test]
async fn what_happens_is_counted_under_the_documented_names() {
    let app = TestApp::with(Database::Sqlite, |settings| settings.bounds.inbound_bytes = 50_000).await;
    let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
    let ticket = casey.create_ticket("x").await;
    casey.join(&ticket).await;
    alex.join(&ticket).await;
    casey.ok("ping", json!({})).await;
    let before = read(&app).await;

    for i in 0..5 {
        casey.say(&ticket, &i.to_string()).await;
        alex.event("new_message").await;
    }
    casey.refused("join_ticket", json!({ "ticketId": 999 })).await;
    casey.refused("no_such_command", json!({})).await;
    let script = json!([{ "name": "x", "data": "PHNjcmlwdD4=" }]);
    casey.refused("send_message", json!({ "ticketId": ticket, "attachments": script })).await;
    casey.send("ping", json!({ "x": "x".repeat(50_000) })).await;
    assert_eq!(casey.event("error").await["code"], "overloaded");
    let after = read(&app).await;

    let grew =
        |name: &str| sample(&after, name) - if before.contains(name) { sample(&before, name) } else { 0.0 };
    assert!(grew(r#"deskwire_commands_total{command="send_message",outcome="ok"}"#) >= 5.0);
    assert!(grew(r#"deskwire_commands_total{command="join_ticket",outcome="not_found"}"#) >= 1.0);
    assert!(grew(r#"deskwire_commands_total{command="malformed",outcome="unknown_event"}"#) >= 1.0);
    assert!(grew(r#"deskwire_refused_attachments_total{reason="unsupported_type"}"#) >= 1.0);
    assert!(grew("deskwire_inbound_overloads_total") >= 1.0);
    assert!(grew("deskwire_deliveries_total") >= 10.0);
    for histogram in ["deskwire_commit_batch_size", "deskwire_commit_seconds", "deskwire_delivery_seconds"] {
        assert!(grew(&format!("{histogram}_count")) >= 5.0, "{histogram}");
    }
    assert!(sample(&after, "deskwire_rooms") >= 1.0);
    // What only happens when something went wrong has no sample before that.
    let rare = [Metric::OutboxOverflows, Metric::RoomHeals];
    for metric in Metric::VARIANTS.iter().filter(|metric| !rare.contains(metric)) {
        assert!(
            after.contains(&format!("# HELP {} {}", metric.name(), metric.help())),
            "{metric:?}: {after}"
        );
    }
}

#[tokio::test]
async fn a_name_that_a_peer_made_up_is_no_label() {
    let app = TestApp::start(Database::Sqlite).await;
    let mut casey = app.customer("casey").await;
    casey.refused("made_up_by_a_peer", json!({})).await;
    assert!(!read(&app).await.contains("made_up_by_a_peer"));
}

#[tokio::test]
async fn without_a_token_only_this_machine_reads_them_and_not_through_a_proxy() {
    let app = TestApp::start(Database::Sqlite).await;
    read(&app).await;
    let nothing = http::get(app.address, "/nothing", &[]).await;
    for headers in
        [("X-Forwarded-For", "203.0.113.1"), ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-For", "")]
    {
        let hidden = http::get(app.address, "/metrics", &[headers]).await;
        assert_eq!((hidden.status, &hidden.body), (404, &nothing.body), "{headers:?}");
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_nobody_reads_them_without_a_token() {
    let app = TestApp::with(Database::Sqlite, |settings| {
        settings.network.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    })
    .await;
    for address in ["203.0.113.1", "127.0.0.1", "::1"] {
        let hidden = http::get(app.address, "/metrics", &[("X-Forwarded-For", address)]).await;
        assert_eq!(hidden.status, 404, "{address}");
    }
}

#[tokio::test]
async fn with_a_token_only_its_bearer_reads_them() {
    let app = TestApp::with(Database::Sqlite, |settings| {
        settings.metrics_token = Some(Secret::new("scrape-me-0123456789"));
    })
    .await;
    for wrong in
        ["", "Bearer", "Bearer scrape-me", "Bearer scrape-me-0123456789x", "Basic scrape-me-0123456789"]
    {
        let headers = if wrong.is_empty() { vec![] } else { vec![("Authorization", wrong)] };
        assert_eq!(http::get(app.address, "/metrics", &headers).await.status, 404, "{wrong}");
    }
    let headers = [("Authorization", "Bearer scrape-me-0123456789"), ("X-Forwarded-For", "203.0.113.1")];
    assert_eq!(http::get(app.address, "/metrics", &headers).await.status, 200);
}
