//! A ticket's life: waiting, closing, and being reopened by whoever still needs help.

use crate::{harness::*, on_each_database};

/// Everything of the log that a new connection of that user is replayed.
async fn log(mut client: WsClient, ticket: &str) -> Vec<serde_json::Value> {
    let events = client.replay(ticket).await;
    events
        .iter()
        .map(|event| {
            let data = &event["data"];
            json!([event["event"], data["stream"], data["seq"], data["changes"]["status"]["to"]])
        })
        .collect()
}

on_each_database! {
    async fn a_customers_message_reopens_whatever_was_not_open(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        casey.join(&ticket).await;
        alex.join(&ticket).await;
        let mut seq = 0;
        for status in ["closed", "snoozed", "pending"] {
            let mut update = json!({ "ticketId": ticket, "status": status });
            if status == "snoozed" {
                update["snoozedUntil"] = json!(humantime::format_rfc3339_seconds(
                    std::time::SystemTime::now() + std::time::Duration::from_secs(3_600)).to_string());
            }
            alex.ok("update_ticket", update).await;
            assert_eq!(casey.event("ticket_updated").await["changes"]["status"]["to"], status);
            assert_eq!(alex.event("ticket_updated").await["changes"]["status"]["to"], status);
            if status == "snoozed" {
                assert_eq!(alex.event("ticket_updated").await["stream"], "internal");
            }

            assert_eq!(casey.say(&ticket, "again").await["seq"], seq + 2);
            for client in [&mut casey, &mut alex] {
                assert_eq!(client.event("new_message").await["seq"], seq + 2);
                let event = client.event("ticket_updated").await;
                assert_eq!((&event["stream"], &event["seq"]), (&json!("public"), &json!(seq + 3)), "right behind it");
                assert_eq!(event["changes"], json!({ "status": { "from": status, "to": "open" } }));
                assert_eq!(event["actor"]["id"], "casey");
            }
            if status == "snoozed" {
                let event = alex.event("ticket_updated").await;
                assert_eq!(event["stream"], "internal");
                assert_eq!(event["changes"]["snoozedUntil"]["to"], json!(null));
            }
            seq += 3;
            let now = alex.join(&ticket).await["ticket"].clone();
            assert_eq!((&now["status"], &now["snoozedUntil"]), (&json!("open"), &json!(null)));
            assert!(now.get("closedAt").is_none());
        }
        casey.say(&ticket, "what is open stays so").await;
        assert!(alex.events_so_far("ticket_updated").await.is_empty());
    }
}

on_each_database! {
    async fn only_customers_reopen_and_only_once(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        let message = json!({ "ticketId": ticket, "message": "hello", "clientMessageId": "m1" });
        casey.ok("send_message", message.clone()).await;
        let close = json!({ "ticketId": ticket, "status": "closed" });
        alex.ok("update_ticket", close.clone()).await;

        alex.say(&ticket, "an agent's last word").await;
        alex.ok("send_message", json!({ "ticketId": ticket, "message": "note", "visibility": "internal" })).await;
        assert_eq!(casey.ok("send_message", message).await["duplicate"], true);
        assert_eq!(alex.join(&ticket).await["ticket"]["status"], "closed", "neither an agent nor a retry");

        let another = json!({ "ticketId": ticket, "message": "no", "clientMessageId": "m2" });
        casey.ok("send_message", another.clone()).await;
        assert_eq!(alex.event("ticket_updated").await["changes"]["status"], json!({ "from": "closed", "to": "open" }));
        alex.ok("update_ticket", close).await;
        assert_eq!(alex.event("ticket_updated").await["changes"]["status"]["to"], "closed");
        assert_eq!(casey.ok("send_message", another).await["duplicate"], true);
        assert_eq!(alex.join(&ticket).await["ticket"]["status"], "closed");
        let refused = json!({ "ticketId": ticket, "message": "x", "ifPosition": { "public": 0 } });
        assert_eq!(casey.refused("send_message", refused).await["code"], "conflict");
        assert_eq!(alex.join(&ticket).await["ticket"]["status"], "closed", "what was refused reopens nothing");
        assert!(alex.events_so_far("ticket_updated").await.is_empty());
    }
}

on_each_database! {
    async fn a_participant_reopens_as_well_and_it_replays(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let mut bo = app.customer("bo").await;
        let ticket = casey.create_ticket("Help").await;
        alex.ok("add_participant", json!({ "ticketId": ticket, "userId": "bo" })).await;
        let until = humantime::format_rfc3339_seconds(std::time::SystemTime::now() + std::time::Duration::from_secs(60)).to_string();
        alex.ok("update_ticket", json!({ "ticketId": ticket, "snoozedUntil": until })).await;
        bo.say(&ticket, "me too").await;
        let expected = [
            json!(["participant_added", "public", 1, null]),
            json!(["ticket_updated", "public", 2, "snoozed"]),
            json!(["ticket_updated", "internal", 1, null]),
            json!(["new_message", "public", 3, null]),
            json!(["ticket_updated", "public", 4, "open"]),
            json!(["ticket_updated", "internal", 2, null]),
        ];
        assert_eq!(log(app.agent("kim").await, &ticket).await, expected);
        let public: Vec<_> = expected.into_iter().filter(|it| it[1] == "public").collect();
        assert_eq!(log(app.customer("casey").await, &ticket).await, public);
    }
}

on_each_database! {
    async fn of_many_messages_at_once_the_first_reopens(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        alex.ok("update_ticket", json!({ "ticketId": ticket, "status": "closed" })).await;
        // Sent without waiting, so that they share transactions.
        let mut acks = Vec::new();
        for n in 0..40 {
            acks.push(casey.send_acked("send_message", json!({ "ticketId": ticket, "message": n.to_string() })).await);
        }
        for ack in acks {
            assert_eq!(casey.ack(ack).await["success"], true);
        }
        let events = log(app.customer("casey").await, &ticket).await;
        assert_eq!(events[..3], [
            json!(["ticket_updated", "public", 1, "closed"]),
            json!(["new_message", "public", 2, null]),
            json!(["ticket_updated", "public", 3, "open"]),
        ]);
        assert_eq!(events.len(), 42);
        assert!(events[3..].iter().all(|event| event[0] == "new_message"));
        assert_eq!(casey.ok("get_messages", json!({ "ticketId": ticket })).await["total"], 40);
    }
}

on_each_database! {
    async fn closing_and_reopening_race_to_a_ticket_that_is_what_its_log_says(database) {
        let app = TestApp::start(database).await;
        let (mut casey, mut alex) = (app.customer("casey").await, app.agent("alex").await);
        let ticket = casey.create_ticket("Help").await;
        for _ in 0..30 {
            let close = json!({ "ticketId": ticket, "status": "closed" });
            let (closed, _) = tokio::join!(alex.ok("update_ticket", close), casey.say(&ticket, "wait"));
            assert_eq!(closed["ticket"]["status"], "closed", "as it was right then");
        }
        let events = log(app.customer("casey").await, &ticket).await;
        let mut open = true;
        for event in &events {
            match (event[0].as_str().unwrap(), event[3].as_str()) {
                ("ticket_updated", Some(to)) => {
                    assert_ne!(open, to == "open", "each is a change");
                    open = to == "open";
                }
                (name, _) => assert_eq!(name, "new_message"),
            }
        }
        let status = if open { "open" } else { "closed" };
        assert_eq!(alex.join(&ticket).await["ticket"]["status"], status);
    }
}
