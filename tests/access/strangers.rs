//! What a stranger learns of a ticket: nothing, not even that it exists.

use serde_json::Value;

use crate::{harness::*, on_each_database};

/// Every command that names a ticket, in forms that would be refused for other reasons too.
fn commands() -> Vec<(&'static str, Value)> {
    let send = |more: Value| {
        let mut data = json!({ "message": "x" });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ("send_message", data)
    };
    vec![
        ("join_ticket", json!({})),
        ("join_ticket", json!({ "since": { "public": 99 }, "epoch": "another" })),
        ("leave_ticket", json!({})),
        ("get_messages", json!({})),
        ("get_messages", json!({ "limit": 0 })),
        ("get_messages", json!({ "before": 1, "after": 1 })),
        ("get_messages", json!({ "before": 1 })),
        ("get_online_users", json!({})),
        ("typing_start", json!({})),
        ("typing_start", json!({ "visibility": "internal" })),
        ("typing_stop", json!({})),
        send(json!({})),
        send(json!({ "message": "" })),
        send(json!({ "message": "x".repeat(10_001) })),
        send(json!({ "visibility": "internal" })),
        send(json!({ "replyTo": 1 })),
        send(json!({ "ifPosition": { "public": 0 } })),
        send(json!({ "clientMessageId": "k" })),
        send(json!({ "attachments": [{ "name": "a", "data": "not base64!" }] })),
        send(json!({ "attachments": [{ "name": "a", "data": "TVqQAAMAAAAEAAAA" }] })),
    ]
}

/// The answer as it is on the wire.
async fn answer(client: &mut WsClient, command: &str, data: &Value, ticket: &Value, ack: bool) -> String {
    let mut data = data.clone();
    data["ticketId"] = ticket.clone();
    let mut frame = json!({ "event": command, "data": data });
    if ack {
        frame["ack"] = json!("same");
    }
    client.send_text(frame.to_string()).await;
    client.receive_text().await.unwrap()
}

on_each_database! {
    async fn a_foreign_ticket_is_answered_like_a_missing_one_byte_for_byte(database) {
        let app = TestApp::start(database).await;
        let (mut dana, mut casey) = (app.customer("dana").await, app.customer("casey").await);
        let foreign = dana.create_ticket("Private").await;
        dana.ok("send_message", json!({ "ticketId": foreign, "message": "x", "clientMessageId": "k" })).await;
        dana.join(&foreign).await;
        let (foreign, missing) = (json!(foreign), json!("123456789"));

        for (command, data) in commands() {
            for ack in [true, false] {
                let of_foreign = answer(&mut casey, command, &data, &foreign, ack).await;
                let of_missing = answer(&mut casey, command, &data, &missing, ack).await;
                assert_eq!(of_foreign, of_missing, "{command} {data}");
                let expected = if command.starts_with("typing") || command == "leave_ticket" { "not_joined" } else { "not_found" };
                assert!(of_foreign.contains(&format!(r#""code":"{expected}""#)), "{of_foreign}");
            }
        }
        for never in ["user_joined_ticket", "user_typing"] {
            assert!(dana.events_so_far(never).await.is_empty());
        }
        assert!(app.attachment_files().is_empty());
    }
}

on_each_database! {
    async fn impossible_ids_are_missing_tickets_too(database) {
        let app = TestApp::start(database).await;
        let mut casey = app.customer("casey").await;

        for id in [json!(0), json!(-1), json!(i64::MIN), json!(i64::MAX), json!("9223372036854775807")] {
            let error = casey.refused("get_messages", json!({ "ticketId": id })).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("not_found"), &json!("ticketId")), "{id}");
        }
    }
}

on_each_database! {
    async fn a_participant_sees_what_the_requester_sees(database) {
        let app = TestApp::start(database).await;
        let (mut dana, mut casey, mut alex) =
            (app.customer("dana").await, app.customer("casey").await, app.agent("alex").await);
        let opened = json!({ "subject": "Both", "requesterId": "dana", "participants": ["casey"] });
        let created = alex.ok("create_ticket", opened).await;
        let ticket = created["ticket"]["id"].as_str().unwrap().to_owned();
        dana.join(&ticket).await;
        casey.join(&ticket).await;

        casey.say(&ticket, "of a participant").await;
        let seen = dana.event("new_message").await;
        assert_eq!(seen["sender"]["id"], "casey");
        assert_eq!(casey.event("new_message").await, seen);
        let mut stranger = app.customer("sid").await;
        assert_eq!(stranger.refused("join_ticket", json!({ "ticketId": ticket })).await["code"], "not_found");
    }
}

on_each_database! {
    async fn a_customer_cannot_open_tickets_for_or_with_others(database) {
        let app = TestApp::start(database).await;
        let (mut dana, mut casey) = (app.customer("dana").await, app.customer("casey").await);
        dana.ok("ping", json!({})).await;

        for (field, value) in [("requesterId", json!("dana")), ("participants", json!(["dana"])), ("priority", json!("high"))] {
            let error = casey.refused("create_ticket", json!({ "subject": "x", field: value })).await;
            assert_eq!((&error["code"], &error["field"]), (&json!("forbidden"), &json!(field)));
        }
    }
}
