//! What is in the database under the names of kinds: rows written as SQL, so that renaming something in
//! the code shows here.

use super::*;
use crate::{harness::*, on_each_database};

/// The kinds of a ticket's log, as the database, the socket and webhooks name them, with their columns.
const ROWS: [(&str, &str, &str, &str); 8] = [
    ("message_edited", "message.edited", "'rita', NULL, {message}", "{}"),
    ("reaction_added", "reaction.added", "'alex', NULL, {message}", r#"{"emoji":"👍"}"#),
    ("reaction_removed", "reaction.removed", "'alex', NULL, {message}", r#"{"emoji":"👍"}"#),
    ("message_deleted", "message.deleted", "'rita', NULL, {message}", "{}"),
    ("participant_added", "participant.added", "'alex', 'paul', NULL", "{}"),
    ("participant_removed", "participant.removed", "'alex', 'paul', NULL", "{}"),
    ("ticket_updated", "ticket.updated", "'alex', NULL, NULL", r#"{"status":{"from":"open","to":"closed"}}"#),
    ("ticket_rated", "ticket.rated", "'rita', NULL, NULL", r#"{"score":5}"#),
];

/// Writes a log with every kind, which a webhook waits for, and gives the names in their order.
fn write_rows(app: &TestApp, hook: &Hook, ticket: &str, message: &str) -> (Vec<String>, Vec<String>) {
    let (mut kinds, mut types) = (vec!["new_message".to_owned()], vec!["ticket.created".to_owned()]);
    types.push("message.created".to_owned());
    for (seq, (kind, event, names, payload)) in (2..).zip(ROWS) {
        let names = names.replace("{message}", message);
        app.execute_sql(&format!(
            "INSERT INTO ticket_events \
             (ticket_id, stream, seq, pos, kind, actor_id, user_id, message_id, payload, created_at) \
             VALUES ({ticket}, 0, {seq}, {seq}, '{kind}', {names}, '{payload}', 1)"
        ));
        kinds.push(kind.to_owned());
        types.push(event.to_owned());
    }
    let (seq, events) = (ROWS.len() + 1, ROWS.len());
    app.execute_sql(&format!(
        "UPDATE tickets SET public_seq = {seq}, public_events = {events} WHERE id = {ticket}"
    ));
    for (seq, event) in types.iter().enumerate() {
        let due = if seq == 0 { "0" } else { "NULL" };
        app.execute_sql(&format!(
            "INSERT INTO webhook_deliveries \
             (webhook_id, event_id, event, ticket_id, stream, seq, pos, next_attempt_at, created_at, queued_at) \
             VALUES ({}, 'evt_{seq}', '{event}', {ticket}, 0, {seq}, {seq}, {due}, 1, 1)",
            hook.id
        ));
    }
    (kinds, types)
}

on_each_database! {
    async fn rows_of_every_kind_are_replayed_and_delivered(database) {
        let mut app = start(database).await;
        let receiver = Receiver::start().await;
        let (mut rita, alex) = (app.customer("rita").await, app.agent("alex").await);
        app.customer("paul").await.close().await;
        let ticket = rita.create_ticket("Help").await;
        let message = rita.say(&ticket, "one").await["id"].as_str().unwrap().to_owned();
        let hook = Hook::register(&app, &receiver, json!({})).await;
        rita.close().await;
        alex.close().await;
        app.stop().await;
        let (kinds, types) = write_rows(&app, &hook, &ticket, &message);
        app.execute_sql("UPDATE webhooks SET events = 'ticket.rated,ticket.created,message.created'");
        app.restart().await;

        let log = app.customer("rita").await.replay(&ticket).await;
        assert_eq!(log.iter().map(|it| it["event"].as_str().unwrap()).collect::<Vec<_>>(), kinds);
        assert_eq!(log[1]["data"]["message"]["id"], json!(message));
        assert_eq!((&log[2]["data"]["emoji"], &log[2]["data"]["userId"]), (&json!("👍"), &json!("alex")));
        assert_eq!(log[6]["data"]["user"]["id"], "paul");
        assert_eq!(log[7]["data"]["changes"], json!({ "status": { "from": "open", "to": "closed" } }));
        assert_eq!(log[8]["data"]["score"], 5);

        let received = receiver.wait_for(types.len()).await;
        assert_eq!(super::kinds(&received), types);
        for (received, event) in received[1..].iter().zip(&log) {
            assert_eq!(received.data(), event["data"]);
        }
        let shown = admin(&app).get(&hook.path("")).await.expect(200);
        assert_eq!(shown["webhook"]["events"], json!(["ticket.rated", "ticket.created", "message.created"]));
    }
}
