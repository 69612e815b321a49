//! Users who may not come in any more, and those who come too often.

use deskwire::domain::Role;

use crate::{harness::*, on_each_database};

on_each_database! {
    async fn a_disabled_user_is_refused_with_4403(database) {
        let app = TestApp::start(database).await;
        app.customer("casey").await.close().await;
        app.execute_sql("UPDATE users SET disabled = TRUE WHERE id = 'casey'");

        let mut casey = app.open().await;
        casey.send("authenticate", json!({ "token": app.token("casey", Role::Customer) })).await;
        assert_eq!(casey.event("authentication_error").await["code"], "forbidden");
        assert_eq!(casey.closed().await, 4403);

        let bearer = format!("Bearer {}", app.token("casey", Role::Customer));
        let download = http::get(app.address, "/api/attachments/x", &[("Authorization", &bearer)]).await;
        assert_eq!(download.status, 403);

        app.execute_sql("UPDATE users SET disabled = FALSE WHERE id = 'casey'");
        app.customer("casey").await;
    }
}

on_each_database! {
    async fn revoked_tokens_are_refused_and_newer_ones_are_not(database) {
        let app = TestApp::start(database).await;
        let old = app.token("casey", Role::Customer);
        let mut casey = app.open().await;
        casey.authenticate(&old).await;
        let now = app::now().0 / 1_000 * 1_000;
        app.execute_sql(&format!("UPDATE users SET tokens_valid_after = {} WHERE id = 'casey'", now + 1_000));

        let error = casey.refused("authenticate", json!({ "token": old })).await;
        assert_eq!(error["code"], "authentication_failed");
        assert_eq!(casey.closed().await, 4401);

        eventually("the next second", async || app::now().0 >= now + 1_000).await;
        app.customer("casey").await;
    }
}

#[tokio::test]
async fn over_the_allowed_connections_the_oldest_is_replaced() {
    let app = TestApp::with(Database::Sqlite, |settings| settings.bounds.connections_per_user = 2).await;
    let mut first = app.customer("casey").await;
    let mut second = app.customer("casey").await;
    let mut other = app.customer("robin").await;
    let mut third = app.customer("casey").await;
    assert_eq!(first.closed().await, 4409);
    for client in [&mut second, &mut third, &mut other] {
        client.ok("ping", json!({})).await;
    }
    // A place that was given back is free again.
    third.close().await;
    let mut fourth = app.customer("casey").await;
    second.ok("ping", json!({})).await;
    fourth.ok("ping", json!({})).await;
}

#[tokio::test]
async fn extending_a_session_takes_no_second_place() {
    let app = TestApp::with(Database::Sqlite, |settings| settings.bounds.connections_per_user = 1).await;
    let mut casey = app.customer("casey").await;
    for _ in 0..3 {
        casey.authenticate(&app.token("casey", Role::Customer)).await;
    }
    casey.ok("ping", json!({})).await;
}
