//! Agents who may not come in any more: they get no tickets, and an erased one's return to the queue.

use std::time::Duration;

use deskwire::domain::Assignment;
use serde_json::Value;

use crate::{
    harness::{
        program::{beside, success},
        *,
    },
    on_each_database,
};

async fn server(database: Database, return_after_ms: u64) -> TestApp {
    TestApp::with(database, |settings| {
        settings.policy.assignment = Assignment::RoundRobin;
        settings.policy.return_after_ms = return_after_ms;
        settings.timing.heal_interval = Duration::from_millis(50);
    })
    .await
}

async fn erase(app: &TestApp, user: &str) {
    success(beside(app, &["erase-user", user, "--yes", "--no-vacuum"])).await;
}

async fn assignee(client: &mut WsClient, ticket: &str) -> Value {
    client.ok("get_ticket", json!({ "ticketId": ticket })).await["ticket"]["assignee"]["id"].clone()
}

async fn is_assigned(client: &mut WsClient, ticket: &str) {
    eventually("an assignee", async || !assignee(client, ticket).await.is_null()).await;
}

on_each_database! {
    async fn who_is_disabled_while_connected_is_given_nothing(database) {
        let app = server(database, 0).await;
        let (mut casey, mut ada) = (app.customer("casey").await, app.agent("ada").await);
        app.execute_sql("UPDATE users SET disabled = true WHERE id = 'ada'");
        let ticket = casey.create_ticket("Help").await;
        let mut ari = app.agent("ari").await;
        assert_eq!(ari.event("notification").await["kind"], "assigned");
        assert_eq!(assignee(&mut casey, &ticket).await, "ari", "though it was ada's turn");
        assert!(ada.events_so_far("notification").await.is_empty());
    }
}

on_each_database! {
    async fn who_was_made_a_customer_while_connected_as_an_agent_is_given_nothing(database) {
        let app = server(database, 0).await;
        let (mut casey, _ada) = (app.customer("casey").await, app.agent("ada").await);
        success(beside(&app, &["user", "put", "ada", "--name", "Ada", "--role", "customer"])).await;
        let ticket = casey.create_ticket("Help").await;
        let mut ari = app.agent("ari").await;
        assert_eq!(ari.event("notification").await["kind"], "assigned");
        assert_eq!(assignee(&mut casey, &ticket).await, "ari");
    }
}

on_each_database! {
    async fn what_is_open_of_an_erased_agent_goes_to_the_next_one(database) {
        let app = server(database, 200).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let (open, pending) = (casey.create_ticket("Open").await, casey.create_ticket("Pending").await);
        for ticket in [&open, &pending] {
            is_assigned(&mut casey, ticket).await;
            casey.join(ticket).await;
        }
        alex.ok("update_ticket", json!({ "ticketId": pending, "status": "pending" })).await;
        let mut ari = app.agent("ari").await;
        erase(&app, "alex").await;
        assert_eq!(alex.closed().await, 4403);

        assert_eq!(ari.event("notification").await["kind"], "assigned");
        let returned = json!({ "from": "alex", "to": null });
        let told = casey.frame(|it| it["data"]["changes"]["assigneeId"] == returned).await["data"].clone();
        assert_eq!((&told["ticketId"], &told["actor"]), (&json!(open), &Value::Null));
        assert_eq!(assignee(&mut casey, &open).await, "ari");
        assert_eq!(assignee(&mut casey, &pending).await, "alex", "it waits for the customer");

        casey.say(&pending, "Here I am").await;
        assert_eq!(ari.event("notification").await["kind"], "assigned");
        assert_eq!(assignee(&mut casey, &pending).await, "ari");
    }
}

on_each_database! {
    async fn nothing_waits_for_an_agent_who_was_erased_while_the_server_was_down(database) {
        let mut app = server(database, 100).await;
        let (mut casey, alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        is_assigned(&mut casey, &ticket).await;
        drop(alex);
        app.stop().await;
        erase(&app, "alex").await;
        app.restart().await;
        let mut casey = app.customer("casey").await;
        let mut ari = app.agent("ari").await;
        assert_eq!(ari.event("notification").await["kind"], "assigned");
        assert_eq!(assignee(&mut casey, &ticket).await, "ari");
    }
}
